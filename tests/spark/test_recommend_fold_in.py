"""Fold-in gives a fitted model's own users back, and who is new to it what they would have got."""

import numpy as np
import pytest
from pyspark.sql import functions as F

from basketry.errors import ContractError, TrainingError
from basketry.recommend.als import fit_als
from basketry.recommend.fold_in import fold_in
from tests.spark.test_recommend_als import SETTINGS, N, items, matrix, planted, seen, users, weights  # noqa: F401
from tests.support.tables import rows


@pytest.fixture(scope="module")
def fitted(spark, users, items):  # noqa: F811
    few = SETTINGS.model_copy(update={"iterations": 3})
    found = fit_als(weights(spark, seen(planted())), users, items, few, seed=1)
    return found._replace(users=found.users.persist(), items=found.items.persist())


def test_the_users_of_a_fitted_model_get_their_own_factors_back(spark, fitted):
    found = fold_in(weights(spark, seen(planted())), fitted.items, SETTINGS)
    assert rows(found, "user_id") == rows(fitted.users, "user_id")
    mine, theirs = matrix(found, "user_id"), matrix(fitted.users, "user_id")
    # MLlib updates users last and solves in doubles too; equal to the bit when this was written. Sums in another order
    # may round otherwise: a few of the last places of a float near 1.
    assert mine == pytest.approx(theirs, abs=1e-6)


def test_a_new_user_ranks_the_planted_taste_right(spark, fitted):
    affinity = planted()
    taste = [i for i in range(N) if affinity[4, i] > 0.3]
    found = fold_in(weights(spark, [("new", f"i{i:02d}", 1.0) for i in taste[::2]]), fitted.items, SETTINGS)
    scores = matrix(fitted.items, "item_id") @ np.array(found.collect()[0]["factors"])
    assert min(scores[taste[1::2]]) > max(np.delete(scores, taste))


def test_items_without_factors_drop_and_a_user_left_with_none_has_no_row(spark, fitted):
    given = [("u", "i00", 1.0), ("u", "it's new", 5.0), ("v", "it's new", 1.0)]
    found = fold_in(weights(spark, given), fitted.items, SETTINGS)
    alone = fold_in(weights(spark, given[:1]), fitted.items, SETTINGS)
    assert rows(found, "user_id", "factors") == rows(alone, "user_id", "factors")
    assert rows(found, "user_id") == [("u",)]


def test_no_purchases_or_no_items_give_no_users(spark, fitted):
    assert fold_in(weights(spark, []), fitted.items, SETTINGS).isEmpty()
    assert fold_in(weights(spark, [("u", "i00", 1.0)]), fitted.items.limit(0), SETTINGS).isEmpty()


def test_any_partitioning_gives_the_same_factors_to_the_bit(spark, fitted):
    given = weights(spark, seen(planted()))
    shuffled = [fold_in(given.repartition(n, F.rand(n)), fitted.items.repartition(n), SETTINGS) for n in (1, 5)]
    one, many = (rows(found, "user_id", "factors") for found in shuffled)
    assert one == many


@pytest.mark.parametrize("bad", [0.0, float("nan"), None])
def test_bad_weights_are_refused(spark, fitted, bad):
    with pytest.raises(ContractError, match="of 2 weights 1 are not finite numbers above 0"):
        fold_in(weights(spark, [("u", "i00", 1.0), ("v", "what", bad)]), fitted.items, SETTINGS)


def test_a_repeated_pair_is_refused(spark, fitted):
    with pytest.raises(ContractError, match="1 repeat a user and item"):
        fold_in(weights(spark, [("u", "i00", 1.0)] * 2), fitted.items, SETTINGS)


def test_factors_that_leave_a_user_undetermined_are_refused(spark, fitted):
    free = SETTINGS.model_copy(update={"regularization": 0.0})
    with pytest.raises(TrainingError, match=r"raise recommend\.regularization"):
        fold_in(weights(spark, [("u", "i00", 1.0)]), fitted.items.limit(2), free)
