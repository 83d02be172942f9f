"""Neighbours found in blocks are all there are; items that are bought together or alike are one group."""

import numpy as np
import pytest
from sklearn import metrics

from basketry import tables
from basketry.errors import ContractError
from basketry.segments.groups import Sources, group_items
from basketry.segments.judge import against_known, in_baskets
from basketry.segments.near import edges_within
from basketry.segments.settings import GroupSettings
from tests.support.tables import frame, rows

POINTS = np.random.default_rng(1).normal(size=(70, 3)).round(1)


def test_neighbours_in_blocks_are_all_there_are(spark):
    distance = metrics.pairwise_distances(POINTS)
    found = edges_within(spark, POINTS, 0.5, GroupSettings(), block=16)
    one, other = np.nonzero(np.triu(distance <= 0.5 + 1e-12, 1))
    assert (found.one.tolist(), found.other.tolist()) == (one.tolist(), other.tolist()) and len(one) > 20
    assert found.distance == pytest.approx(distance[one, other])


def test_too_many_points_or_neighbours_are_refused(spark):
    with pytest.raises(ContractError, match=r"70 items are more than segments.groups.max_items = 60"):
        edges_within(spark, POINTS, 1.0, GroupSettings(max_items=60))
    with pytest.raises(ContractError, match=r"gives 2,415 pairs of neighbours, more than max_edges = 1,000"):
        edges_within(spark, POINTS, 99.0, GroupSettings(max_edges=1000))


ITEMS = """
item_id item_index category
bread   1          breakfast
butter  2          breakfast
jam     3          breakfast
rice    4          supper
beans   5          supper
oil     6          -
salt    7          supper
"""
# The last week's baskets alone are judged by: 3 lines of 8 in a group already there with breakfast and supper apart.
BASKETS = """
basket_id sold_on    items
1         2024-01-01 {bread rice}
2         2024-02-01 {bread butter jam}
3         2024-02-01 {bread rice salt}
4         2024-02-02 {beans oil}
"""
VECTORS = """
item_id vector_in is_cold
bread   {1 0}     false
butter  {2 0.1}   false
jam     {3 0.1}   false
rice    {0 1}     false
beans   {0.1 3}   false
oil     {0.1 2}   false
salt    {0 1}     true
"""
PAIRS = """
level item_a item_b n_ab expected
item  bread  butter 95   5
item  bread  jam    95   5
item  butter jam    45   5
item  beans  rice   95   5
item  oil    rice   45   5
item  beans  oil    95   5
item  bread  rice   10   60
type  a      b      95   5
"""


@pytest.fixture
def sources(spark):
    parts = (tables.ITEMS, ITEMS), (tables.BASKETS, BASKETS), (tables.PAIRS, PAIRS), (tables.ITEM_EMBEDDINGS, VECTORS)
    return Sources(*(frame(spark, table, text) for table, text in parts), unseen_days=31)


GROUPS = [("beans", 1), ("bread", 2), ("butter", 2), ("jam", 2), ("oil", 1), ("rice", 1)]


@pytest.mark.parametrize("method", ["dbscan", "ward", "average", "kmeans"])
def test_items_bought_alike_are_one_group(sources, method):
    settings = GroupSettings(method=method, n_groups=2, min_points=3, eps=0.5, holdout_days=7)
    found = group_items(sources, settings, seed=1)
    assert rows(found.groups, "item", "group_id") == GROUPS
    quality = {row["metric"]: row for row in found.quality.collect()}
    assert quality["purity"]["value"] == 1 and quality["adjusted_rand"]["n"] == 5
    # Lines in a group: bread butter jam, bread rice, beans oil.
    assert (quality["together"]["value"], quality["together"]["n"]) == (3 / 7, 7)
    assert quality["together"]["is_unseen"] is False
    assert found.tree.count() == (11 if method in ("ward", "average") else 0)


def test_items_bought_together_are_one_group(sources):
    settings = GroupSettings(by="pairs", method="dbscan", min_points=3, eps=0.25, holdout_days=7)
    found = group_items(sources, settings, seed=1)
    assert rows(found.groups, "item", "group_id", "is_core") == [(*pair, True) for pair in GROUPS]
    assert rows(found.quality.where("metric = 'together'"), "is_unseen") == [(True,)]
    # (5 + 5) / (45 + 5) = 0.2 is beyond 0.15: butter and jam have one neighbour, and are at the border of bread.
    narrow = group_items(sources, settings.model_copy(update={"eps": 0.15}), seed=1)
    assert rows(narrow.groups.where("is_core"), "item") == [("beans",), ("bread",)]
    assert rows(narrow.groups, "item", "group_id") == GROUPS


def test_the_tree_of_pairs_joins_those_most_together_first(sources):
    settings = GroupSettings(by="pairs", method="average", n_groups=2, level="item")
    tree = group_items(sources, settings, seed=1).tree.orderBy("node").collect()
    assert [row["item"] for row in tree[:6]] == [item for item, _ in GROUPS]
    assert [(row["height"], row["n_items"]) for row in tree[6:]] == [
        (pytest.approx(height), n) for height, n in ((0.1, 2), (0.1, 2), (0.15, 3), (0.15, 3), (1.0, 6))
    ]


def test_everything_noise_names_the_eps_to_try(sources):
    said = []
    settings = GroupSettings(method="dbscan", min_points=3, eps=0.001)
    found = group_items(sources, settings, seed=1, say=lambda text, **_: said.append(text))
    assert rows(found.groups.where("is_noise"), "item") == [(item,) for item, _ in GROUPS]
    assert found.quality.count() == 0
    assert any(text.startswith("every item is noise at segments.groups.eps = 0.001") for text in said)


def test_one_group_of_most_items_is_told(sources):
    said = []
    group_items(sources, GroupSettings(method="dbscan", eps=1.5), seed=1, say=lambda text, **_: said.append(text))
    assert "one group holds most items at segments.groups.eps = 1.5: set eps lower, or min_points higher" in said


def test_no_embeddings_are_no_groups_and_too_many_for_a_tree_are_refused(sources):
    said = []
    empty = sources._replace(embeddings=sources.embeddings.limit(0))
    found = group_items(empty, GroupSettings(), seed=1, say=lambda text, **_: said.append(text))
    assert found.groups.count() == found.tree.count() == found.quality.count() == 0
    assert "run train_embeddings" in said[0]
    with pytest.raises(ContractError, match=r"method=ward of 6 items takes .* more than max_tree_items = 5"):
        group_items(sources, GroupSettings(max_tree_items=5), seed=1)


def test_groups_are_judged_against_their_own_items_shuffled(spark):
    label, known = np.repeat([0, 1, 2], 40), np.repeat(["a", "b", "c"], 40).astype(object)
    purity, rand = against_known(label, known, 5, seed=1)
    assert (purity.value, rand.value) == (1, 1) and abs(rand.shuffled) < 0.05 and 0.33 <= purity.shuffled < 0.5
    # Baskets of two items of one group: each second line finds its group; of shuffled groups one in three does.
    items = np.array([f"i{n:03}" for n in range(120)], dtype=object)
    pairs = "\n".join(f"{n} 2024-01-01 {{i{n:03} i{n + 1:03}}}" for n in range(0, 120, 2))
    [found] = in_baskets(frame(spark, tables.BASKETS, f"basket_id sold_on items\n{pairs}"), items, label, 5, seed=1)
    assert found.value == 0.5 and 0.1 < found.shuffled < 0.24 and found.n == 120
