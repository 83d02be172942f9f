"""Sites and zones are planned from the lake, judged on later orders, and obey what files say."""

import pytest

from basketry import tables
from tests.support.tables import rows

NAMES = ("bread", "butter", "jam", "rice", "beans", "oil")
METHODS = ("category", "plan", "random", "velocity")
PLACES = [
    *("--set", 'allocation.sites=[{"name":"east","capacity":3},{"name":"west","capacity":3}]'),
    *("--set", 'allocation.zones=[{"name":"A","capacity":3},{"name":"B","capacity":3}]'),
    *("--set", "allocation.holdout_days=7", "--set", "allocation.max_tries=50", "--set", "allocation.n_items=6"),
]


@pytest.fixture
def shop(lake):
    """Everybody buys a whole breakfast or a whole supper, in two weeks alike; velocity mixes both meals."""
    baskets = ["basket_id user_id sold_on items n_items"]
    for day in ("2024-01-01", "2024-01-08"):
        for user in range(12):
            meal = sorted(NAMES[:3] if user % 2 else NAMES[3:])
            baskets.append(f"{user}-{day} u{user} {day} {{{' '.join(meal)}}} 3")
        baskets += [f"{name}-{day} - {day} {{{name}}} 1" for name in ("bread", "rice")]
    lake.put(tables.BASKETS, "\n".join(baskets))
    items = ["item_id item_index name category", *(f"{name} {n} {name.upper()} food" for n, name in enumerate(NAMES))]
    lake.put(tables.ITEMS, "\n".join([*items, "salt 6 SALT food"]))
    pairs = "level item_a item_b n_ab n_a n_b n adjusted_lift is_significant direction"
    kept = "item bread butter 12 14 12 28 2.5 true complement\nitem beans oil 12 12 12 28 2.4 true complement"
    lake.put(tables.PAIRS, f"{pairs}\n{kept}\nitem bread rice 0 14 14 28 0.1 true substitute")
    return lake


def test_each_site_gets_a_meal_and_each_zone_too(shop):
    assert shop.run("allocate_items", *PLACES) == 0
    found = shop.read(tables.ALLOCATION)
    first = rows(found, "site", "item_id")
    by_site = {site: {item for at, item in first if at == site} for site in ("east", "west")}
    assert sorted(map(sorted, by_site.values())) == [sorted(NAMES[3:]), sorted(NAMES[:3])]
    why = dict(rows(found, "item_id", "reason"))
    assert why["bread"] == (
        "sold in 7 baskets; 7 orders whole only with it here; with BUTTER: 2.5 times as often as chance"
    )
    assert why["jam"] == "sold in 6 baskets; 6 orders whole only with it here"
    quality = rows(shop.read(tables.ALLOCATION_QUALITY), "plan", "method", "value", "learnt", "n")
    assert quality[1] == ("sites", "plan", 1.0, 1.0, 14)
    of_sites = [row[:3] for row in quality]
    assert shop.run("slot_items", *PLACES) == 0
    zones = dict(rows(shop.read(tables.SLOTTING), "item_id", "zone"))
    assert len({zones[item] for item in NAMES[:3]}) == len({zones[item] for item in NAMES[3:]}) == 1
    # Each step replaces its own rows of the one table of quality.
    both = rows(shop.read(tables.ALLOCATION_QUALITY), "plan", "method", "value")
    assert [row[:2] for row in both] == [(plan, way) for plan in ("sites", "zones") for way in METHODS]
    assert both[:4] == of_sites and both[5] == ("zones", "plan", 1.0)
    assert shop.run("allocate_items", *PLACES) == 0
    assert rows(shop.read(tables.ALLOCATION), "site", "item_id") == first


def test_what_files_say_is_obeyed_or_refused_with_names(shop, tmp_path, capsys):
    fixed, forbidden = tmp_path / "fixed.csv", tmp_path / "forbidden.csv"
    fixed.write_text("place,item_id\neast,salt\nA,rice\n")
    forbidden.write_text("item_a,item_b\nbread,butter\n")
    given = ["--set", f"allocation.fixed={fixed}", "--set", f"allocation.forbidden={forbidden}"]
    assert shop.run("allocate_items", *PLACES, *given) == 0
    found = rows(shop.read(tables.ALLOCATION), "site", "item_id")
    assert ("east", "salt") in found
    assert not any({(site, "bread"), (site, "butter")} <= set(found) for site in ("east", "west"))
    fixed.write_text("place,item_id\neast,salt\neast,rice\neast,oil\neast,jam\n")
    assert shop.run("allocate_items", *PLACES, *given) == 3
    said = capsys.readouterr().err
    assert all(name in said for name in ("east holds 3", "jam", "oil", "rice", "salt"))
    fixed.write_text("place,item_id\nnowhere,rice\n")
    assert shop.run("slot_items", *PLACES, *given) == 3
    assert "nowhere" in capsys.readouterr().err
