"""With segments.min_users no row of any table of segments tells of fewer users, by itself or by what it leaves unsaid.

Checked by going through the receipts, user by user.
"""

from collections import Counter

import numpy as np
import pytest
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.segments.few import generalisation
from basketry.segments.rows import Receipts
from basketry.segments.segment import segment_users
from basketry.segments.settings import SegmentsSettings
from tests.spark.test_segments_users import nobody, receipts
from tests.support.tables import rows

LEAST = 6
ASKED = {"k_min": 4, "k_max": 4, "n_seeds": 2, "min_baskets": 2, "item_min_users": 5, "levels": ("item",), "max_q": 0.9,
         "min_stability": 0}  # fmt: skip
ITEMS = """
item_id item_index department type
milk    1          FOOD       dairy
bread   2          FOOD       bakery
soap    3          DRUG       soap
brush   4          DRUG       soap
oil     5          FUEL       oil
rose    6          GARDEN     rose
"""
RULES = """
level segment antecedent consequent leverage
item  all     {milk}     {bread}    0.5
item  all     {bread}    {milk}     0.4
item  all     {soap}     {brush}    0.3
item  all     {soap}     {milk}     0.2
item  all     {oil}      {milk}     0.1
item  all     {milk}     {rose}     0.1
"""
# Users of a kind, and what each kind buys a week; 20 buy food, 14 drugs, 4 drugs often, 2 fuel.
KINDS = {
    "food": (20, (1, 8, 15), ("milk", "bread")),
    "drug": (14, (2, 9, 16, 23), ("soap", "brush")),
    "often": (4, tuple(range(1, 25)), ("soap", "brush")),
    "fuel": (2, (5, 6), ("oil",)),
}
USERS = [(kind, n) for kind, (many, _, _) in KINDS.items() for n in range(many)]


def basket(kind, n, day):
    """Some add an item of another kind: milk 7 of the drugs, soap 3 of the food, roses 1 here and 5 there."""
    more = {"drug": ["milk"] * (n < 7) + ["rose"] * (n < 5), "food": ["soap"] * (n < 3) + ["rose"] * (n < 1)}
    return sorted({*KINDS[kind][2][: 1 + n % 2 + (n % 3 > 0)], *(more.get(kind, []) if day > 8 else [])})


BOUGHT = [(f"{kind}{n:02}", day, basket(kind, n, day)) for kind, n in USERS for day in KINDS[kind][1]]


@pytest.fixture(scope="module")
def given(spark):
    baskets = [f"{user}-{day} {user} 2024-01-{day:02} {{{' '.join(items)}}}" for user, day, items in BOUGHT]
    lines = [f"{user}-{day} {item} 1 {user} 2 2024-01-{day:02}" for user, day, items in BOUGHT for item in items]
    parts = (
        ["basket_id user_id sold_on items", *baskets],
        ["basket_id item_id line_number user_id amount sold_on", *lines],
        ["user_id user_index", *(f"{kind}{n:02} {at}" for at, (kind, n) in enumerate(USERS))],
    )
    made = receipts(spark, *("\n".join(part) for part in parts), ITEMS, RULES)
    return Receipts(*(each.persist() for each in made))


def segmented(spark, given, least):
    found = segment_users(given, nobody(spark), SegmentsSettings(**ASKED, min_users=least), seed=1, to_on=None)
    return found._replace(**{name: df.persist() for name, df in found._asdict().items()})


@pytest.fixture(scope="module")
def both(spark, given):
    return segmented(spark, given, 0), segmented(spark, given, LEAST)


DEPARTMENTS = {"FOOD": {"milk", "bread"}, "DRUG": {"soap", "brush"}, "FUEL": {"oil"}, "GARDEN": {"rose"}}


def tells_of_few(told, every):
    """Of the numbers of users told, and of what the others of `every` hold together: whether one is neither 0 nor
    enough.
    """
    return any(0 < n < LEAST for n in (*told, sum(every) - sum(told)))


def few(found):
    """The tables of segments with a row that tells of few users, by a look at the receipts."""
    of_user = dict(rows(found.user_segments, "user_id", "segment"))
    members = {n: {user for user in of_user if of_user[user] == n} for n in set(of_user.values())}
    sizes = rows(found.segments, "segment", "n_users", "n_fitted")
    assert [row[:2] for row in sizes] == [(n, len(members[n])) for n in sorted(members)]
    bad = {"segments"} if min(n for row in sizes for n in row[1:]) < LEAST else set()
    bad |= {"tree"} if min(rows(found.tree, "n_users")) < (LEAST,) else set()

    def check(table, at, *of):
        """The rows of the segments `at` count users who bought one of each side, of each of the counts `of`."""
        every = [[who(members[n], *items) for n in sorted(members)] for items in of]
        told = [[who(members[n], *items) for n in at] for items in of]
        return {table} if any(map(tells_of_few, told, every)) else set()

    for feature in {name for _, name in rows(found.profiles.where("kind = 'share'"), "kind", "feature")}:
        at = [n for n, name in rows(found.profiles, "segment", "feature") if name == feature]
        bad |= check("profiles", at, (DEPARTMENTS[feature],))
    for item in {item for (item,) in rows(found.items, "item")}:
        bad |= check("items", [n for n, name in rows(found.items, "segment", "item") if name == item], ({item},))
    sides = rows(found.rules, "antecedent", "consequent", "segment")
    for one, other in {row[:2] for row in sides}:
        bad |= check("rules", [row[2] for row in sides if row[:2] == (one, other)], ({one},), ({one}, {other}))
    return bad


def who(members, *sides):
    """How many of the members have a basket with one of each side."""
    return len({user for user, _, items in BOUGHT if user in members and all(side & set(items) for side in sides)})


def test_small_segments_were_there_and_became_part_of_the_nearest(both):
    found, published = (dict(rows(each.user_segments, "user_id", "segment")) for each in both)
    assert sorted(Counter(found.values()).values()) == [2, 4, 14, 20]
    kinds = {tuple(sorted({user[:4] for user in published if published[user] == n})) for n in set(published.values())}
    assert len(kinds) == 2 and any({"drug", "ofte"} <= set(each) for each in kinds)


def test_no_row_of_any_table_tells_of_few_users(both):
    assert few(both[0]) == {"segments", "tree", "profiles", "items", "rules"}
    assert few(both[1]) == set()


def test_what_is_told_is_what_is_found_of_the_same_segments(both):
    """Rows left out are the only difference that min_users makes to rules once the segments are what they are."""
    held = both[1]
    n = {row[:3]: row[3:] for row in rows(held.rules, "antecedent", "consequent", "segment", "n", "freq")}
    of_user = dict(rows(held.user_segments, "user_id", "segment"))
    for (one, other, segment), counted in n.items():
        with_one = [items for user, _, items in BOUGHT if of_user[user] == segment and one in items]
        assert counted == (len(with_one), sum(other in items for items in with_one))
    assert n and held.items.count() and held.profiles.count()


def test_what_it_cost_is_told(both):
    free, held = both
    cost = {row[:2]: row[2:] for row in rows(held.generalisation, "measure", "segment", "found", "published")}
    assert cost["segments", "all"] == (4, 2) and cost["users", "all"] == (40, 34)
    assert sorted(found for (measure, _), (found, _) in cost.items() if measure == "parts") in ([1, 3], [2, 2])
    for place, each in enumerate(both):
        squares = sum(distance**2 for (distance,) in rows(each.user_segments, "distance"))
        assert cost["squares", "all"][place] == pytest.approx(squares)
        width = sum(n * mean for n, mean in rows(each.segments, "n_fitted", "silhouette")) / 40
        assert cost["silhouette", "all"][place] == pytest.approx(width)
    for name in ("profiles", "items", "rules"):
        found, published = cost[name, "all"]
        assert published == getattr(held, name).count() < found
    assert free.generalisation.count() == 0


def test_fewer_users_who_moved_are_not_told(spark):
    points, found, published = np.arange(9.0)[:, None], np.repeat([0, 1, 2], [4, 3, 2]), np.repeat([0, 1], [4, 5])
    for least, stayed in ((2, 7.0), (3, None)):
        told = generalisation(spark, points, found, published, np.array([1, 2]), {}, least)
        assert rows(told.where("measure = 'users'"), "found", "published") == [(9.0, stayed)]
    assert rows(told.where("measure = 'parts'"), "segment", "found") == [("1", 1.0), ("2", 2.0)]


def test_partitions_change_nothing_of_it(spark, given, both):
    shuffled = Receipts(*(df.repartition(5, F.rand(n)) for n, df in enumerate(given)))
    for a, b in zip(both[1], segmented(spark, shuffled, LEAST), strict=True):
        assert rows(a, *a.columns) == rows(b, *a.columns)


def test_fewer_users_than_that_in_all_are_refused(spark, given):
    with pytest.raises(ContractError, match=r"40 users have segments.min_baskets = 2 .* segments.min_users = 41"):
        segmented(spark, given, 41)
