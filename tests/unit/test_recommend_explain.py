"""What is said of one item is what its list says; of an item that no list holds, where it would stand and why not."""

import pytest

from basketry.recommend.blend import Blend, explain_block
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.explain import explain
from tests.support.terms import terms
from tests.unit.test_recommend_blend import BLEND, CASES, CATALOGUE

BLENDS = {"repeat": BLEND, "explore": BLEND}
# Without the masks of those cases: a user's lists have none.
FREE = CASES.drop(columns="masked")


def explained(case, item, **rules):
    return explain(FREE[FREE["case_id"] == case], BLENDS, CATALOGUE, terms(CATALOGUE, **rules), item)


@pytest.mark.parametrize("case", ["known", "new"])
@pytest.mark.parametrize("item", list("abcd"))
def test_every_item_of_a_list_is_explained_as_listed(case, item):
    rows = explain_block(FREE, BLENDS, CATALOGUE, 4, terms(CATALOGUE))
    (row,) = rows[(rows["case_id"] == case) & (rows["item_id"] == item)].itertuples()
    found = explained(case, item)
    assert (found.list, found.position, found.score) == (row.list, row.position, pytest.approx(row.score))
    assert list(found.added.values()) == pytest.approx(list(row.parts))
    assert {reason["text"] for reason in row.reasons} <= set(found.reasons.values())
    assert found.closed == []


def test_what_keeps_an_item_out_is_named_and_where_it_would_stand():
    category = CATALOGUE.positions(list("aabb")) * 0
    out = CATALOGUE.items == "c"
    assert (explained("new", "c", excluded=out).closed, explained("new", "c", excluded=out).position) == (
        ["excluded"],
        3,
    )
    assert explained("new", "d", excluded=out).position == 3
    assert explained("new", "d", min_score=0.005).closed == ["min_score"]
    full = explained("new", "b", category=category, max_per_category=1)
    assert (full.closed, full.position) == (["max_per_category"], 2)
    assert explained("new", "a", category=category, max_per_category=1).closed == []


def test_equal_scores_stand_in_the_order_of_their_ids():
    alike = Catalogue(CATALOGUE.items, CATALOGUE.popularity * 0 + 1)
    flat = {"explore": Blend((), alike.popularity, 1.0, "flat")}
    case = FREE[FREE["case_id"] == "new"]
    assert [explain(case, flat, alike, terms(alike), item).position for item in "abcd"] == [1, 2, 3, 4]


def test_a_source_that_speaks_against_an_item_names_nothing_good():
    found = explained("known", "b")
    assert found.added["ease"] < 0 and found.reasons["ease"] is None
