"""What shuffled receipts gave is shown while it is true of the page's rules; else a lower bound, and the way out."""

from datetime import UTC, date, datetime

import pytest
from deltalake import DeltaTable

from basketry import tables
from basketry.config import Settings
from basketry.mining.settings import level_digest
from basketry.report.noise import read_noise
from basketry.tables.snapshot import snapshot
from tests.report.conftest import made
from tests.report.test_report import SMALL
from tests.support.dom import parse, text, tile
from tests.support.plain_lake import plain_lake, record_run, write_table

MINED_AT = datetime(2024, 7, 1, tzinfo=UTC)
FOUND = [(7, 0, 2481, 15145, None), (7, 1, 2139, 0, 0.066), (7, 2, 2165, 3, 0.067), (8, 0, 2481, 15145, None),
         (8, 1, 2150, 0, 0.065)]  # fmt: skip


@pytest.fixture
def lake(tmp_path):
    return plain_lake(tmp_path / "lake")


def version(lake, table):
    return DeltaTable(str(lake / table.layer / table.name)).version()


def mined(lake, **over):
    """A run of mine_rules over the tables as they stand."""
    read = [(str(table), version(lake, table)) for table in (tables.BASKETS, tables.ITEMS)]
    record_run(lake, "mined", {"gold.rules": 0}, MINED_AT, **{"step": "mine_rules", "input_versions": read} | over)


def audited(lake, **over):
    question = {
        "kind": "rules",
        "level": "item",
        "mining_digest": level_digest(Settings().mining.model_dump(mode="json")),
        "baskets_version": version(lake, tables.BASKETS),
        "items_version": version(lake, tables.ITEMS),
        "null": "strata",
    }
    draws = [dict(zip(("seed", "draw", "listed", "significant", "kept"), row, strict=True)) for row in FOUND]
    write_table(lake, tables.AUDITS, [question | draw | over for draw in draws])


def first_screen(lake, tmp_path):
    page = parse((made(lake, tmp_path / "out", **SMALL) / "report.html").read_text(encoding="utf-8"))
    return page, next(text(section) for section in page.iter("section") if section.get("id") == "top")


def test_real_and_noise_over_every_draw(lake, tmp_path):
    mined(lake)
    audited(lake)
    page, said = first_screen(lake, tmp_path)
    assert tile(page, "noise_rules_item") == "2,139–2,165"
    assert tile(page, "noise_pairs_item") == "0–3"
    assert "2,481 in the real ones, one item on each side; 3 shuffles" in said
    assert "15,145 in the real ones" in said
    assert "at least" not in said


def test_upkeep_of_the_receipts_leaves_the_audit_true(lake, tmp_path):
    mined(lake)
    DeltaTable(str(lake / "silver" / "baskets")).optimize.compact()
    audited(lake)
    assert version(lake, tables.BASKETS) == 3
    assert tile(first_screen(lake, tmp_path)[0], "noise_rules_item") == "2,139–2,165"


@pytest.mark.parametrize(
    ("run", "audit"),
    [
        ({}, {"mining_digest": "another"}),
        ({}, {"baskets_version": 1}),
        ({}, {"level": "type"}),
        ({}, {"kind": "sequences"}),
        ({"from_on": date(2024, 1, 1)}, {}),
        ({"step": "train_als"}, {}),
        ({"settings": Settings(mining={"max_q": 0.01}).to_json()}, {}),
    ],
    ids=["settings", "receipts", "level", "sequences", "period", "never mined", "mined otherwise"],
)
def test_an_audit_of_something_else_says_nothing_of_these_rules(lake, run, audit):
    mined(lake, **run)
    audited(lake, **audit)
    assert read_noise(snapshot(str(lake))) == []


def test_without_an_audit_a_lower_bound_says_how_to_have_one(lake, tmp_path):
    mined(lake)
    page, said = first_screen(lake, tmp_path)
    assert int(tile(page, "noise_rules")) > 0
    assert "at least: their sides meet as often by chance; basketry audit-null --level item counts them" in said
    assert "in shuffled receipts" not in said


def test_levels_mined_together_are_told_apart(lake, tmp_path):
    mined(lake, settings=Settings(mining={"levels": ["item", "type"]}).to_json())
    audited(lake)
    first = DeltaTable(str(lake / "gold" / "audits")).to_pyarrow_table().to_pylist()
    write_table(
        lake, tables.AUDITS, [*first, *[row | {"level": "type", "listed": 9 if row["draw"] else 1} for row in first]]
    )
    page, said = first_screen(lake, tmp_path)
    assert (tile(page, "noise_rules_item"), tile(page, "noise_rules_type")) == ("2,139–2,165", "9")
    assert "rules by type in shuffled receipts" in said
