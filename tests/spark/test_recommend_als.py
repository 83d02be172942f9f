"""ALS finds planted factors, solves what it says it solves, and refuses weights it would take in silence."""

import numpy as np
import pytest
from pyspark.sql import functions as F

from basketry import tables
from basketry.errors import ContractError
from basketry.recommend.als import fit_als
from basketry.recommend.settings import RecommendSettings
from tests.support.tables import frame

N = 48
SETTINGS = RecommendSettings(rank=4, iterations=10, alpha=4.0, regularization=0.05, blocks=2)


def index(spark, table, name):
    lines = "\n".join(f"{name[0]}{n:02d} {n}" for n in range(N))
    return frame(spark, table, f"{name}_id {name}_index\n{lines}")


@pytest.fixture(scope="module")
def users(spark):
    return index(spark, tables.USERS, "user")


@pytest.fixture(scope="module")
def items(spark):
    return index(spark, tables.ITEMS, "item")


def weights(spark, rows):
    return spark.createDataFrame(rows, "user_id string, item_id string, weight double")


def planted(seed=5):
    """Affinity [users, items], of rank 4 and far from symmetric: three quarters of the users share one taste."""
    random = np.random.default_rng(seed)
    taste = np.where(np.arange(N) % 4 == 0, np.arange(N) // 4 % 3 + 1, 0)
    section = np.sort(np.arange(N) % 4)
    return np.where(taste[:, None] == section[None, :], 1.0, 0.05) * random.uniform(0.6, 1.4, (N, N))


def seen(affinity, seed=6):
    """(user, item, weight) of a draw of half of what each user is inclined to buy."""
    random = np.random.default_rng(seed)
    drawn = (affinity > 0.3) & (random.random((N, N)) < 0.5)
    return [(f"u{u:02d}", f"i{i:02d}", float(affinity[u, i])) for u, i in zip(*np.nonzero(drawn), strict=True)]


def matrix(factors, name):
    """[N, rank]; zeros for an id without factors."""
    found = {row[name]: row["factors"] for row in factors.collect()}
    return np.array([found.get(f"{name[0]}{n:02d}", [0.0] * SETTINGS.rank) for n in range(N)])


def share_ordered(found, affinity, shown):
    """Over users: the chance that an unseen item the user is inclined to buy scores above one they are not (AUC)."""
    chances = []
    for user in range(N):
        unseen = [i for i in range(N) if (f"u{user:02d}", f"i{i:02d}") not in shown]
        good = [found[user, i] for i in unseen if affinity[user, i] > 0.3]
        bad = [found[user, i] for i in unseen if affinity[user, i] <= 0.3]
        chances += [np.mean([g > b for g in good for b in bad])] if good else []
    return float(np.mean(chances))


@pytest.mark.parametrize("swapped", [False, True])
def test_planted_asymmetric_factors_are_recovered_and_a_transposed_matrix_is_seen(spark, users, items, swapped):
    affinity = planted()
    bought = seen(affinity)
    given = [(f"u{i[1:]}", f"i{u[1:]}", w) for u, i, w in bought] if swapped else bought
    fitted = fit_als(weights(spark, given), users, items, SETTINGS, seed=1)
    scores = matrix(fitted.users, "user_id") @ matrix(fitted.items, "item_id").T
    ordered = share_ordered(scores, affinity, {(u, i) for u, i, _ in bought})
    assert ordered < 0.75 if swapped else ordered > 0.95


def test_each_users_factors_solve_the_published_equation(spark, users, items):
    bought = seen(planted())
    fitted = fit_als(weights(spark, bought), users, items, SETTINGS, seed=1)
    mine, theirs = matrix(fitted.users, "user_id"), matrix(fitted.items, "item_id")
    weight = np.zeros((N, N))
    for user, item, value in bought:
        weight[int(user[1:]), int(item[1:])] = value
    for u in range(N):
        # Hu, Koren and Volinsky 2008, equation 4, with Spark's regularisation by the number of purchases.
        extra = SETTINGS.alpha * weight[u]
        left = theirs.T @ (theirs * (1 + extra)[:, None])
        left += SETTINGS.regularization * np.count_nonzero(extra) * np.eye(SETTINGS.rank)
        right = theirs.T @ np.where(extra > 0, 1 + extra, 0)
        assert mine[u] == pytest.approx(np.linalg.solve(left, right), abs=2e-4)


def test_any_partitioning_gives_the_same_factors(spark, users, items):
    rows = weights(spark, seen(planted()))
    one, many = (fit_als(rows.repartition(n, F.rand(n)), users, items, SETTINGS, seed=1) for n in (1, 5))
    assert matrix(one.users, "user_id") == pytest.approx(matrix(many.users, "user_id"), abs=1e-6)
    assert matrix(one.items, "item_id") == pytest.approx(matrix(many.items, "item_id"), abs=1e-6)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf"), None])
def test_a_weight_that_is_not_positive_and_finite_is_refused(spark, users, items, bad):
    rows = weights(spark, [("u00", "i00", 1.0), ("u01", "i00", bad)])
    with pytest.raises(ContractError, match="of 2 weights 1 are not finite numbers above 0"):
        fit_als(rows, users, items, SETTINGS, seed=1)


def test_a_repeated_pair_is_refused(spark, users, items):
    with pytest.raises(ContractError, match="1 repeat a user and item"):
        fit_als(weights(spark, [("u00", "i00", 1.0)] * 2), users, items, SETTINGS, seed=1)


def test_an_id_that_silver_lacks_is_refused(spark, users, items):
    rows = weights(spark, [("u00", "i00", 1.0), ("who", "i00", 1.0), ("u00", "what", 1.0)])
    with pytest.raises(ContractError, match="2 name a user or item"):
        fit_als(rows, users, items, SETTINGS, seed=1)


def test_no_weights_are_refused(spark, users, items):
    with pytest.raises(ContractError, match="no weights to learn from"):
        fit_als(weights(spark, []), users, items, SETTINGS, seed=1)


def test_as_many_iterations_as_the_settings_allow_fit_on_the_stack(spark, users, items):
    most = SETTINGS.model_copy(update={"iterations": 100, "rank": 2})
    assert fit_als(weights(spark, seen(planted())), users, items, most, seed=1).users.count() == N
