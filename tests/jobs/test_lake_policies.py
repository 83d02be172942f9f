"""What the settings decide of a receipt line: missing values, prices, outliers, returns; and what gates."""

from basketry import tables
from tests.support.bad_inputs import HEAD, row
from tests.support.lake import LENIENT, put
from tests.support.tables import rows

PRODUCTS = ["product_id,name,unit_price", "tea,Black Tea,2.40", "jam,Jam,", "ham,Ham,N/A", ",Nameless,1"]
FILL = {"quantity": "2", "amount": "items", "store_id": "s0", "user_id": "reject"}


def ingested(lake, *lines, head=HEAD):
    put(lake, "a.csv", *lines, head=head)
    assert lake.run("ingest_lines") == 0


def refused(lake):
    return {raw.split(",")[0]: reasons for raw, reasons in rows(lake.read(tables.REJECTS), "raw", "reasons")}


def test_missing_values_are_filled_or_refused_as_the_settings_say_and_the_line_tells(lake):
    put(lake, "products.csv", *PRODUCTS[1:], head=PRODUCTS[0])
    no_price = {"price": ""}
    lines = [row("whole"), row("b1", quantity=""), row("b2", quantity="3", **no_price), row("anon", user_id="")]
    ingested(lake, *lines, row("jam", item_id="jam", **no_price), row("nail", item_id="nail", **no_price))
    flags = [word for name, value in FILL.items() for word in ("--set", f"lake.clean.missing.{name}={value}")]
    assert lake.run("clean_lines", *LENIENT, *flags) == 0
    assert rows(lake.read(tables.LINES), "basket_id", "quantity", "amount", "store_id", "filled") == [
        ("b1", 2, 5.0, "s0", ("quantity", "store_id")),
        ("b2", 3, 7.2, "s0", ("amount", "store_id")),
        ("whole", 1, 2.5, "s0", ("store_id",)),
    ]
    assert refused(lake) == {
        "anon": ("missing_user_id",),
        "jam": ("missing_amount",),
        "nail": ("missing_amount",),
        "ham": ("bad_type_price",),
        "": ("missing_item_id",),
    }
    checks = dict(rows(lake.read(tables.CHECKS), "check", "n"))
    assert {name: n for name, n in checks.items() if name.startswith("filled:")} == {
        "filled:quantity": 1,
        "filled:amount": 1,
        "filled:store_id": 3,
    }
    # Of three lines; the two products are no lines.
    assert dict(rows(lake.read(tables.CHECKS), "check", "share"))["filled:store_id"] == 1
    assert rows(lake.read(tables.ITEMS), "item_id", "name", "price", "is_stub") == [
        ("jam", "Jam", None, False),
        ("tea", "Black Tea", 2.4, False),
    ]


def test_lines_far_from_their_items_usual_values_are_flagged_counted_and_kept(lake):
    usual = [row(f"b{n:02}", quantity=str(1 + n % 2), price=f"2.{40 + n}") for n in range(12)]
    odd = [row("dear", price="250"), row("many", quantity="400"), row("rare", item_id="ring", price="9999")]
    ingested(lake, *usual, *odd)
    assert lake.run("clean_lines", *LENIENT) == 0
    lines = lake.read(tables.LINES)
    assert rows(lines.where("is_outlier"), "basket_id") == [("dear",), ("many",)]
    assert lines.count() == 15
    assert dict(rows(lake.read(tables.CHECKS), "check", "n"))["outlier"] == 2
    assert lake.run("clean_lines", *LENIENT, "--set", "lake.clean.max_outliers=0.1") == 5


RETURNS = {
    "net": ([("b1", 2, 5.0), ("b2", 1, 2.5)], {"r1": ("return_netted",), "r2": ("orphan_return",)}),
    "drop": ([("b1", 3, 7.5), ("b2", 1, 2.5)], {"r1": ("return_dropped",), "r2": ("return_dropped",)}),
    "keep": ([("b1", 3, 7.5), ("b2", 1, 2.5), ("r1", -1, -2.5), ("r2", -1, -2.5)], {}),
}


def test_a_return_is_netted_dropped_or_kept_whatever_the_policy_was_before(lake):
    lines = [row("b1", quantity="3"), row("b2"), row("r1", quantity="-1"), row("r2", quantity="-1")]
    names = dict(zip(lines, ["", "", "b1,1", "nowhere,1"], strict=True))
    ingested(
        lake, *[f"{line},{named or ','}" for line, named in names.items()], head=f"{HEAD},ref_basket_id,ref_line_no"
    )
    for policy, (kept, reasons) in RETURNS.items():
        assert lake.run("clean_lines", *LENIENT, "--set", f"lake.clean.returns={policy}") == 0
        assert rows(lake.read(tables.LINES), "basket_id", "quantity", "amount") == kept
        assert refused(lake) == reasons


def test_a_file_of_which_nothing_could_be_read_stops_the_cleaning_by_name(lake, capsys):
    put(lake, "b.parquet", b"PAR1 cut")
    ingested(lake, *[row(f"b{n}") for n in range(100)])
    assert lake.run("clean_lines") == 5
    said = capsys.readouterr().err
    assert "unread_file: 1 (50.00%), at most 0.00%" in said and "Not one record could be read of b.parquet" in said
    assert lake.run("clean_lines", "--set", "lake.clean.max_unread_files=0.5") == 0


def test_a_log_entry_of_no_bytes_is_refused_by_name(lake, capsys):
    ingested(lake, row("b1"))
    put(lake, "b.csv", row("b2"))
    assert lake.run("ingest_lines") == 0
    (lake.root / "bronze" / "files" / "_delta_log" / "00000000000000000002.json").write_bytes(b"")
    assert lake.run("clean_lines") == 3
    assert "bronze.files: its log is damaged" in capsys.readouterr().err
