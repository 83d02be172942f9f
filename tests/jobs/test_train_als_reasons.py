"""The reasons of a small shop recompute from its tables with plain numpy; its lists obey the settings; what is told."""

from datetime import date, timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

from basketry import tables
from basketry.cli import app
from basketry.errors import SettingsError
from basketry.tables.store import Store
from tests.support.lake import UNJUDGED, Lake
from tests.support.tables import rows

ITEMS, USERS = "abcdefgh", [f"u{n}" for n in range(9)]
RANDOM = np.random.default_rng(5)
FIRST, LAST = date(2024, 1, 1), date(2024, 2, 29)
# Each user has a taste for one half of the items, and a visit every week.
VISITS = [
    (user, FIRST + timedelta(days=7 * week + n % 7), sorted(set(RANDOM.choice(list(ITEMS), 3, p=np.array(taste) / 12))))
    for n, user in enumerate(USERS)
    for taste in ([[2] * 4 + [1] * 4, [1] * 4 + [2] * 4][n % 2],)
    for week in range(3)
]
VISITS.append(("u0", LAST, ["a"]))
CATEGORY = dict(zip(ITEMS, "XXXYYYZZ", strict=True))
PAIRS = {("a", "b"): 1.5, ("b", "d"): 0.8, ("c", "e"): None, ("a", "h"): 1.25}
FLAGS = [
    f"--set=recommend.{each}"
    for each in ("rank=2", "min_item_baskets=1", "top_n=5", "n_neighbours=3", "explore.ease=6", "explore.als=0.3",
                 "explore.popularity=0.1", "affinity_ridge=1")
] + [UNJUDGED]  # fmt: skip


@pytest.fixture(scope="module")
def made(spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("a shop")
    lake = Lake(Store(spark, str(folder / "lake")), folder / "lake", folder)
    bought = [f"{user} {item} {day} 1" for user, day, items in VISITS for item in items]
    lake.put(tables.INTERACTIONS, "\n".join(["user_id item_id sold_on n_baskets", *bought]))
    baskets = [f"{n} {day} {{{' '.join(items)}}}" for n, (_, day, items) in enumerate(VISITS)]
    lake.put(tables.BASKETS, "\n".join(["basket_id sold_on items", *baskets]))
    items = [f"{item} {n} [b]{item.upper()} {CATEGORY[item]}" for n, item in enumerate(ITEMS)]
    lake.put(tables.ITEMS, "\n".join(["item_id item_index name category", *items]))
    lake.put(tables.USERS, "\n".join(["user_id user_index", *(f"{user} {n}" for n, user in enumerate(USERS))]))
    pairs = [
        f"{level} {a} {b} {n + 2} {ITEMS.index(a) + 10} {ITEMS.index(b) + 10} 99 {lift or '-'}"
        for level in ("item", "type")
        for n, ((a, b), lift) in enumerate(PAIRS.items())
    ]
    lake.put(tables.PAIRS, "\n".join(["level item_a item_b n_ab n_a n_b n adjusted_lift", *pairs]))
    assert lake.run("train_als", *FLAGS, "--run-id=whole") == 0
    return lake


def listed(lake):
    return [row.asDict(recursive=True) for row in lake.read(tables.RECOMMENDATIONS).collect()]


def decayed():
    """[users, items]: shares of visits, both decayed by 180 days as of the last day; and the counts."""
    counts, visits = np.zeros((len(USERS), len(ITEMS))), np.zeros(len(USERS))
    for user, day, items in VISITS:
        visits[USERS.index(user)] += 2 ** (-(LAST - day).days / 180)
        counts[USERS.index(user), [ITEMS.index(item) for item in items]] += 2 ** (-(LAST - day).days / 180)
    return counts / visits[:, None], counts


def test_contributions_add_up_and_every_kind_of_reason_is_given(made):
    found = listed(made)
    for row in found:
        assert sum(row["contributions"].values()) == pytest.approx(row["score"], abs=1e-9)
        added = [row["contributions"][reason["source"]] for reason in row["reasons"]]
        assert added == sorted(added, reverse=True) and len(added) <= 3
        assert all(part >= 0.05 * row["score"] for part in added)
    kinds = {reason["kind"] for row in found for reason in row["reasons"]}
    assert kinds == {"bought", "with", "similar_users", "taste", "popular"}


def reasons(lake, kind):
    return [(r["user_id"], r["item_id"], why) for r in listed(lake) for why in r["reasons"] if why["kind"] == kind]


def test_what_was_bought_and_what_is_popular_recompute_from_the_receipts(made):
    for user, item, why in reasons(made, "bought"):
        days = [day for who, day, items in VISITS if who == user and item in items]
        assert (why["n"], why["last_on"]) == (len(days), max(days))
    for _, item, why in reasons(made, "popular"):
        assert (why["n"], why["of"]) == (sum(item in items for *_, items in VISITS), len(VISITS))


def test_similar_users_recompute_from_the_nearest_by_cosine(made):
    shares, _ = decayed()
    unit = shares / np.linalg.norm(shares, axis=1)[:, None]
    near = unit @ unit.T - 2 * np.eye(len(USERS))
    for user, item, why in reasons(made, "similar_users"):
        nearest = np.argsort(-near[USERS.index(user)], kind="stable")[:3]
        assert (why["n"], why["of"]) == ((shares[nearest, ITEMS.index(item)] > 0).sum(), 3)


def test_what_an_item_goes_with_recomputes_from_affinities_and_pairs(made):
    shares, _ = decayed()
    said = {(r["item_id"], r["other_item_id"]): r["weight"]
            for r in made.read(tables.ITEM_AFFINITIES).where("kind = 'ease'").collect()}  # fmt: skip
    pairs = {(row["item_a"], row["item_b"]): row for row in made.read(tables.PAIRS).where("level = 'item'").collect()}
    told = reasons(made, "with")
    for user, item, why in told:
        added = {one: shares[USERS.index(user), n] * said.get((one, item), 0) for n, one in enumerate(ITEMS)}
        other = max(added, key=lambda one: (added[one], -ITEMS.index(one)))
        row = pairs.get((min(other, item), max(other, item)))
        numbers = row and (row["n_ab"], row["n_a"] if other < item else row["n_b"], row["adjusted_lift"])
        assert why["other_item_id"] == other
        assert (why["n"], why["of"], why["value"]) == (numbers or (None, None, None))
    assert {why["n"] is None for *_, why in told} == {True, False}


def test_taste_recomputes_from_the_factors(made):
    factors = {row["item_id"]: row["factors"] for row in made.read(tables.ITEM_FACTORS).collect()}
    theirs = {row["user_id"]: row["factors"] for row in made.read(tables.USER_FACTORS).collect()}
    every, (_, counts) = np.array([factors[item] for item in ITEMS]), decayed()
    for user, item, why in reasons(made, "taste"):
        count = counts[USERS.index(user)]
        confidence = 1 + np.log1p(count)
        normal = every.T @ (confidence[:, None] * every) + 0.1 * (count > 0).sum() * np.eye(2)
        added = (every @ np.linalg.solve(normal, factors[item])) * confidence * (count > 0)
        assert added.sum() == pytest.approx(np.dot(theirs[user], factors[item]), rel=1e-3)
        share = np.where(np.array(list(ITEMS)) == item, -np.inf, added) / added.sum()
        assert (why["other_item_id"], why["value"]) == (ITEMS[share.argmax()], pytest.approx(share.max(), abs=1e-4))


def basketry(lake, *arguments):
    where = ["--set", f"lake.root={lake.root}", "--set", "spark.log_file=null"]
    result = CliRunner().invoke(app, [*arguments, *where], env={"COLUMNS": "120"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_recommend_prints_a_users_lists_and_the_cold_list_for_others(made):
    printed = basketry(made, "recommend", "--user", "u0")
    mine = [row for row in listed(made) if row["user_id"] == "u0"]
    assert all(f"[b]{row['item_id'].upper()}" in printed for row in mine)
    assert all(why["text"] in printed for row in mine for why in row["reasons"])
    assert "explore" not in basketry(made, "recommend", "--user", "u0", "--list", "repeat")
    cold = basketry(made, "recommend", "--user", "stranger")
    assert "nothing is known of user stranger: this is the cold list" in cold and "baskets" in cold


def test_recommend_for_a_cart_names_the_item_that_speaks_and_the_ones_not_known(made):
    printed = basketry(made, "recommend", "--cart", "a,nothing", "--user", "u0", "-n", "8")
    assert "not in silver.items: nothing" in printed
    offered = [line.split()[2] for line in printed.splitlines() if line.startswith("cart")]
    assert offered and "a" not in offered
    assert "with [b]A: " in printed or "goes with [b]A" in printed
    for wrong in ([], ["--cart", " , "], ["--cart", "a", "--list", "repeat"]):
        with pytest.raises(SettingsError):
            basketry(made, "recommend", *wrong)


def test_explain_says_of_any_item_what_each_source_adds_and_where_it_stands(made):
    row = next(r for r in listed(made) if (r["user_id"], r["list"], r["position"]) == ("u1", "explore", 1))
    printed = basketry(made, "explain", "--user", "u1", "--item", row["item_id"])
    assert all(f"{added:.4f}" in printed for added in [*row["contributions"].values(), row["score"]])
    assert all(why["text"] in printed for why in row["reasons"])
    assert "its score is number 1" in printed and "listed: gold.recommendations has it at position 1" in printed
    with pytest.raises(SettingsError, match=r"--item nothing: silver\.items has no such item"):
        basketry(made, "explain", "--user", "u1", "--item", "nothing")


def test_lists_of_some_users_are_made_by_the_rules_and_the_others_keep_theirs(made):
    before, gone, some = listed(made), made.raw / "gone.csv", made.raw / "some.csv"
    gone.write_text("item_id,shelf\nb,3\nunheard-of,4\n")
    some.write_text("user_id\nu1\nu2\nnobody\n")
    rules = ['exclude_items=["a"]', f"out_of_stock={gone}", f"only_users={some}", "max_per_category=1"]
    assert made.run("train_als", *FLAGS, *[f"--set=recommend.lists.{rule}" for rule in rules], "--run-id=some") == 0
    after = listed(made)
    assert rows(made.read(tables.EXCLUDED_ITEMS), "item_id", "rule") == [("a", "exclude_items"), ("b", "out_of_stock")]
    kept = [row for row in before if row["user_id"] not in ("", "u1", "u2")]
    assert sorted(map(repr, kept)) == sorted(repr(r) for r in after if r["user_id"] not in ("", "u1", "u2"))
    for user in ("", "u1", "u2"):
        for kind in ("repeat", "explore"):
            items = [row["item_id"] for row in after if (row["user_id"], row["list"]) == (user, kind)]
            assert not {"a", "b"} & set(items)
            categories = [CATEGORY[item] for item in items]
            assert len(categories) == len(set(categories)) and (items or (user, kind) == ("", "repeat"))
    told = basketry(made, "explain", "--user", "u1", "--item", "b")
    assert "kept out by recommend.lists.out_of_stock" in told
    assert " a " not in basketry(made, "recommend", "--cart", "c,d", "-n", "8")
