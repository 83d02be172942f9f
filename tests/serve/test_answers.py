"""What the service answers, against the tables and against the library's own blend."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from scipy import sparse

from basketry import tables
from basketry.recommend.blend import Blend, explain_block
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.scorers import ByItems
from basketry.recommend.settings import RecommendSettings
from basketry.serve import answers
from basketry.tables.snapshot import snapshot
from tests.report.conftest import NAMES
from tests.support.terms import terms


@pytest.fixture(scope="module")
def read(lake):
    return lambda table: DeltaTable(str(lake / table.layer / table.name)).to_pyarrow_table().to_pylist()


def test_associations_are_the_significant_pairs_furthest_from_chance_both_ways(client, read):
    for item, direction in (("i20", "complement"), ("i03", "substitute"), ("i03", "complement")):
        given = client.get(f"/items/{item}/associations", params={"direction": direction, "k": 5}).json()
        rows = [row for row in read(tables.PAIRS) if item in (row["item_a"], row["item_b"])]
        rows = [row for row in rows if row["direction"] == direction and row["is_significant"]]
        rows.sort(key=lambda row: (-abs(row["n_ab"] - row["expected"]), other(row, item)))
        assert [found["item_id"] for found in given["associations"]] == [other(row, item) for row in rows[:5]]
        assert [found["n_baskets"] for found in given["associations"]] == [row["n_ab"] for row in rows[:5]]
        assert not given["is_cold"]


def other(row, item):
    return row["item_b"] if row["item_a"] == item else row["item_a"]


def test_a_user_gets_both_lists_in_order_and_one_when_asked(client, read):
    given = client.get("/users/u3/recommendations", params={"k": 3}).json()
    rows = {(r["list"], r["position"]): r for r in read(tables.RECOMMENDATIONS) if r["user_id"] == "u3"}
    wanted = [(kind, place) for kind in ("repeat", "explore") for place in (1, 2, 3)]
    assert [(item["list"], item["position"]) for item in given["items"]] == wanted
    assert [item["item_id"] for item in given["items"]] == [rows[place]["item_id"] for place in wanted]
    assert given["items"][0]["contributions"] == dict(rows["repeat", 1]["contributions"])
    assert [item["reasons"] for item in given["items"]] == [[rows[p]["reasons"][0]["text"]] for p in wanted]
    only = client.get("/users/u3/recommendations", params={"list": "explore"}).json()
    assert {item["list"] for item in only["items"]} == {"explore"}


def test_ids_never_seen_get_the_cold_list_and_are_told_so(client, read):
    cold = [r["item_id"] for r in sorted(read(tables.RECOMMENDATIONS), key=lambda r: r["position"]) if not r["user_id"]]
    user = client.get("/users/nobody/recommendations").json()
    item = client.get("/items/nothing/associations").json()
    cart = client.post("/cart", json={"items": ["nothing", "nothing"]}).json()
    assert [row["item_id"] for row in user["items"]] == cold
    assert [row["item_id"] for row in item["popular"]] == cold
    assert [row["item_id"] for row in cart["items"]] == cold
    assert user["is_cold"] and item["is_cold"] and cart["is_cold"]
    assert cart["unknown_items"] == ["nothing"]


@pytest.mark.parametrize("cart", [["i00"], ["i05", "i11", "i30"], [f"i{n:02}" for n in range(0, 40, 3)]])
def test_a_cart_is_ranked_as_the_librarys_blend_ranks_it(client, read, cart):
    given = client.post("/cart", json={"items": cart, "k": 8}).json()["items"]
    expected = by_blend(read, cart, k=8)
    assert [item["item_id"] for item in given] == expected["item_id"].tolist()
    assert [item["score"] for item in given] == pytest.approx(expected["score"].tolist())
    for item in given:
        assert sum(item["contributions"].values()) == pytest.approx(item["score"])
        assert set(item["because"]) <= set(cart)


def by_blend(read, cart, k):
    """The rows of explain_block, with the popularity that the cold list publishes."""
    items = sorted(row["item_id"] for row in read(tables.ITEMS))
    place = {item: n for n, item in enumerate(items)}
    said = [row for row in read(tables.ITEM_AFFINITIES) if row["kind"] == "ease"]
    weights = sparse.csr_array(
        ([r["weight"] for r in said], ([place[r["item_id"]] for r in said], [place[r["other_item_id"]] for r in said])),
        shape=(len(items), len(items)),
    )
    settings = RecommendSettings()
    popularity = np.zeros(len(items))
    for row in (r for r in read(tables.RECOMMENDATIONS) if not r["user_id"]):
        popularity[place[row["item_id"]]] = dict(row["contributions"])["popularity"] / settings.explore.popularity
    blend = Blend(((ByItems(weights, "cart", "ease"), settings.cart.ease),), popularity, 0.0, "blend")
    # A blend scales popularity by its largest; the cold list's is a share of that already.
    blend = Blend(blend.models, popularity, settings.cart.popularity * popularity.max(), "blend")
    cases = pd.DataFrame({"case_id": ["c"], "cart": [cart], "masked": [cart]})
    known = Catalogue(np.array(items, dtype=object), popularity)
    excluded = np.isin(items, [row["item_id"] for row in read(tables.EXCLUDED_ITEMS)])
    return explain_block(cases, {"cart": blend}, known, k, terms(known, excluded=excluded)).sort_values("position")


def test_a_known_users_habits_join_the_cart(client):
    alone = client.post("/cart", json={"items": ["i05"]}).json()["items"]
    theirs = client.post("/cart", json={"items": ["i05"], "user_id": "u3"}).json()["items"]
    habit = client.get("/users/u3/recommendations", params={"list": "repeat", "k": 1}).json()["items"][0]
    assert all(item["contributions"]["personal_frequency"] == 0 for item in alone)
    (found,) = [item for item in theirs if item["item_id"] == habit["item_id"]]
    share = habit["contributions"]["personal_frequency"] / RecommendSettings().habit.personal_frequency
    assert found["contributions"]["personal_frequency"] == pytest.approx(
        RecommendSettings().cart.personal_frequency * share
    )


def test_excluded_items_are_never_offered_for_a_cart(client, read):
    excluded = {row["item_id"] for row in read(tables.EXCLUDED_ITEMS)}
    user = next(
        r["user_id"] for r in read(tables.RECOMMENDATIONS) if r["item_id"] in excluded and r["list"] == "repeat"
    )
    given = client.post("/cart", json={"items": ["i05"], "user_id": user, "k": 100}).json()["items"]
    assert given and not excluded & {item["item_id"] for item in given}


def test_what_is_in_the_cart_is_never_offered(client):
    cart = [f"i{n:02}" for n in range(30)]
    given = client.post("/cart", json={"items": cart, "k": 100}).json()["items"]
    assert given and not {item["item_id"] for item in given} & set(cart)


def test_names_come_as_they_are(client):
    given = client.get("/items/i20/associations", params={"k": 100}).json()["associations"]
    assert {row["item_id"]: row["name"] for row in given} == {
        row["item_id"]: NAMES.get(row["item_id"], row["item_id"].upper()) for row in given
    }
    assert len(given) > 10


def test_names_that_are_read_piece_by_piece_are_all_there(lake, read, monkeypatch):
    monkeypatch.setattr(answers, "AT_ONCE", 7)
    names = answers.load(snapshot(str(lake)), RecommendSettings()).names
    assert names == {row["item_id"]: row["name"] for row in read(tables.ITEMS)}


def test_rows_of_a_key_are_those_of_its_run_and_a_key_that_is_not_there_has_none():
    rows = pa.table({"key": ["a", "a", "b", "d"], "n": [1, 2, 3, 4]})
    found = answers.grouped(rows, "key")
    assert [[row["n"] for row in found.of(key)] for key in "abcd"] == [[1, 2], [3], [], [4]]
    assert answers.grouped(rows.slice(0, 0), "key").of("a") == []


def test_health_and_version_say_what_it_answers_from(client, lake):
    health, version = client.get("/health").json(), client.get("/version").json()
    assert health["status"] == "ok" and health["n_items"] == 40 and not health["reload_failed"]
    assert health["version"] == version["version"]
    assert version["tables"]["gold.pairs"] == DeltaTable(str(lake / "gold" / "pairs")).version()
