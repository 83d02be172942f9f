"""Every user and item has an answer; lists equal a plain sort of all scores."""

from datetime import date

import numpy as np
import pytest

from basketry import tables
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.facts import Evidence
from basketry.recommend.learnt import Purchases, learn
from basketry.recommend.lists import ranked_lists
from basketry.recommend.recommend import similar_items, user_lists
from basketry.recommend.scorers import ByFactors
from basketry.recommend.settings import RecommendSettings
from tests.support.tables import frame, rows

SETTINGS = RecommendSettings(rank=2, iterations=3, min_item_baskets=2, top_n=3, n_similar=2, blocks=2)


@pytest.fixture(scope="module")
def bought(spark):
    interactions = """
        user_id item_id n_baskets
        u1      a       3
        u1      b       1
        u2      a       2
        u2      b       2
        u3      c       2
        u3      d       1
        """
    items = "item_id item_index\na 0\nb 1\nc 2\nd 3\ne 4"
    baskets = "basket_id items\n1 {a b}\n2 {a b}\n3 {c d}\n4 {a}"
    return Purchases(
        frame(spark, tables.BASKETS, baskets),
        frame(spark, tables.INTERACTIONS, interactions),
        frame(spark, tables.ITEMS, items),
        people(spark),
    )


@pytest.fixture(scope="module")
def learnt(bought):
    return learn(bought, SETTINGS, seed=1, as_of=date(2024, 1, 1))


def people(spark):
    return frame(spark, tables.USERS, "user_id user_index\nu1 0\nu2 1\nu3 2\nnew 3")


@pytest.fixture(scope="module")
def evidence(spark, bought):
    pairs, excluded = (spark.createDataFrame([], table.schema) for table in (tables.PAIRS, tables.EXCLUDED_ITEMS))
    return Evidence(bought.baskets, bought.interactions, bought.items, pairs, excluded)


@pytest.fixture(scope="module")
def lists(spark, learnt, evidence):
    return user_lists(learnt, people(spark), evidence, SETTINGS, seed=1).collect()


def listed(rows, key, item, mark):
    return {(row[key], row["position"]): (row[item], row[mark]) for row in rows}


def test_every_user_and_nobody_in_particular_have_an_answer(lists):
    assert {row["user_id"] for row in lists} == {"", "u1", "u2", "u3", "new"}
    found = listed([row for row in lists if row["list"] == "explore"], "user_id", "item_id", "source")
    # a was bought 5 times, b 3, c 2, d 1.
    for unseen in ("", "new"):
        assert [found[unseen, p] for p in (1, 2, 3)] == [(i, "popularity") for i in "abc"]


def test_a_repeat_list_holds_what_the_user_bought_most_and_an_explore_list_nothing_bought(lists):
    repeat = listed([row for row in lists if row["list"] == "repeat"], "user_id", "item_id", "source")
    explore = listed([row for row in lists if row["list"] == "explore"], "user_id", "item_id", "source")
    assert [repeat["u1", p][0] for p in (1, 2)] == ["a", "b"]
    assert ("u1", 3) not in repeat
    assert {explore["u1", p][0] for p in (1, 2)} == {"c", "d"}
    assert not {"", "new"} & {user for user, _ in repeat}


def test_contributions_add_up_to_the_score(lists):
    for row in lists:
        assert sum(row["contributions"].values()) == pytest.approx(row["score"], abs=1e-9)
        assert row["contributions"][row["source"]] == max(row["contributions"].values())


def test_some_users_in_other_partitions_get_the_same_rows(spark, learnt, evidence, lists):
    some = people(spark).where("user_id IN ('u1', 'new')").repartition(5)
    spread = evidence._replace(interactions=evidence.interactions.repartition(3), items=evidence.items.repartition(2))
    found = user_lists(learnt, some, spread, SETTINGS, seed=1).collect()
    asked = [row for row in lists if row["user_id"] in ("", "u1", "new")]
    assert sorted(map(told, found)) == sorted(map(told, asked))
    # Products of factors in blocks of another size differ in their last digit.
    assert sorted(row["score"] for row in found) == pytest.approx(sorted(row["score"] for row in asked), abs=1e-6)


def told(row):
    return repr([row[name] for name in ("user_id", "list", "position", "item_id", "source", "reasons")])


def test_similar_items_leave_out_the_item_itself_and_answer_for_unknown_ones(learnt):
    found = listed(similar_items(learnt, 2).collect(), "item_id", "similar_item_id", "is_fallback")
    assert {key for key, _ in found} == {"", "a", "b", "c"}
    assert found["a", 1] == ("b", False)
    assert [found["", p] for p in (1, 2)] == [("a", True), ("b", True)]


def test_similarity_is_the_cosine_and_null_where_popular_items_stand_in(learnt):
    factors = {row["item_id"]: np.array(row["factors"]) for row in learnt.factors.items.collect()}
    for item, other, similarity in rows(similar_items(learnt, 2), "item_id", "similar_item_id", "similarity"):
        if item == "":
            assert similarity is None
        else:
            x, y = factors[item], factors[other]
            assert similarity == pytest.approx(x @ y / np.linalg.norm(x) / np.linalg.norm(y), abs=1e-6)


def test_lists_equal_a_sort_of_all_scores_for_any_partitioning(spark):
    random = np.random.default_rng(4)
    ids = np.array([f"i{n:03d}" for n in range(50)], dtype=object)
    # Whole numbers: equal scores are common, and exact.
    mine, theirs = random.integers(0, 3, (40, 2)), random.integers(0, 3, (50, 2))
    model = ByFactors(np.arange(50), theirs.astype(np.float32))
    cases = spark.createDataFrame(
        [(f"c{n:02d}", [float(x) for x in mine[n]]) for n in range(40)], "case_id string, factors array<float>"
    )
    scores = mine @ theirs.T
    expected = sorted(
        (f"c{c:02d}", place + 1, ids[i])
        for c in range(40)
        for place, i in enumerate(sorted(range(50), key=lambda i, c=c: (-scores[c, i], i))[:7])
    )
    catalogue = Catalogue(ids, np.full(50, 0.02))
    for n in (1, 6):
        assert (
            rows(ranked_lists(cases.repartition(n), [model], catalogue, 7), "case_id", "position", "item_id")
            == expected
        )
