"""segment_users and group_items on a small lake, run again, and what `basketry segments` prints of it."""

import pytest

from basketry import tables
from basketry.commands.segments import WIDTH, lines_of
from tests.support.tables import rows

N = 24
SETTINGS = [
    *("--set", "segments.k_min=2", "--set", "segments.k_max=2", "--set", "segments.n_seeds=2"),
    *("--set", "segments.levels=[item]", "--set", "segments.item_min_users=5"),
    *("--set", "segments.groups.n_groups=2", "--set", "segments.groups.judged_by=department"),
]
MEALS = (("soap", "brush"), ("bread", "butter"))


@pytest.fixture
def shop(lake):
    """A third of the users buy soap and brush each week, the others bread and butter twice."""
    baskets, lines = (
        ["basket_id user_id sold_on items n_items"],
        ["basket_id item_id line_number user_id amount sold_on"],
    )
    for user in range(N):
        meal = MEALS[user % 3 > 0]
        for day in (1, 8, 15, 22) if user % 3 == 0 else (1, 3, 8, 10, 15, 17, 22, 24):
            date = f"2024-01-{day:02}"
            baskets.append(f"{user}-{day} u{user:02} {date} {{{' '.join(sorted(meal))}}} 2")
            lines += [f"{user}-{day} {item} 1 u{user:02} {5 + user % 4}.00 {date}" for item in meal]
    lake.put(tables.BASKETS, "\n".join(baskets))
    lake.put(tables.LINES, "\n".join(lines))
    lake.put(tables.USERS, "user_id user_index\n" + "\n".join(f"u{user:02} {user}" for user in range(N)))
    items = ("soap 1 SOAP DRUG", "brush 2 BRUSH DRUG", "bread 3 BREAD FOOD", "butter 4 BUTTER FOOD")
    lake.put(tables.ITEMS, "\n".join(["item_id item_index name department", *items]))
    lake.put(tables.ITEM_EMBEDDINGS, "item_id vector_in\nsoap {1 0}\nbrush {2 0.1}\nbread {0 1}\nbutter {0.1 2}")
    return lake


def test_segments_and_groups_of_a_lake(shop):
    assert shop.run("segment_users", *SETTINGS) == 0
    soap = [f"u{user:02}" for user in range(0, N, 3)]
    assert rows(shop.read(tables.USER_SEGMENTS).where("segment = 2"), "user_id") == [(user,) for user in soap]
    assert shop.read(tables.SEGMENT_RULES).count() == 0

    # A lake whose other users left: soap, now the largest, keeps its number.
    stayed = shop.read(tables.USERS).where("user_index % 3 = 0 OR user_index < 9").localCheckpoint()
    shop.store.replace(tables.USERS, stayed, "test")
    assert shop.run("segment_users", *SETTINGS) == 0
    assert rows(shop.read(tables.SEGMENTS), "segment", "n_users") == [(1, 6), (2, 8)]

    printed = list(lines_of(shop.store))
    assert all(len(line) <= WIDTH for line in printed) and len(printed) == 7
    assert printed[0].startswith("2   ") and printed[0].endswith("8 users, 57.1%")
    assert printed[1].startswith("    last basket 2 (") and "spent a week" in printed[1]
    assert "much DRUG" in printed[0] and "buys more: BRUSH x" in printed[2]

    assert shop.run("group_items", *SETTINGS) == 0
    groups = rows(shop.read(tables.ITEM_GROUPS), "item", "group_id")
    assert groups == [("bread", 1), ("brush", 2), ("butter", 1), ("soap", 2)]
    assert shop.read(tables.ITEM_TREE).count() == 7
    assert rows(shop.read(tables.GROUP_QUALITY), "metric", "value") == [
        ("adjusted_rand", 1.0),
        ("purity", 1.0),
        ("together", 0.5),
    ]


def test_segments_of_too_few_users_are_one_and_the_command_says_so(shop):
    assert shop.run("segment_users", *SETTINGS, "--set", "segments.min_users=9") == 0
    assert rows(shop.read(tables.SEGMENTS), "segment", "n_users") == [(1, N)]
    told = list(lines_of(shop.store))[4:]
    assert told[0] == "9 users at least: 2 found are 1 (1 of 2)"
    assert told[1].startswith("    moved: too few users to say; ") and told[1].endswith("-> 0.000")
    assert told[2] == "    rows: profiles 5 -> 4, items 0 -> 0, rules 0 -> 0"


def test_without_users_segment_users_is_exit_3_and_publishes_nothing(shop, capsys):
    assert shop.run("segment_users", *SETTINGS, "--set", "segments.min_baskets=99") == 3
    assert "segments.min_baskets = 99" in capsys.readouterr().err
    assert not shop.store.exists(tables.SEGMENTS)
