"""Where the records went: by outcome, by reason and file, and month by month."""

from collections import Counter

import pyarrow.compute as pc

from basketry import tables
from basketry.report.receipts import Receipts
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet
from basketry.tables.snapshot import Snapshot

CHECKS = (
    Column("check", "records"),
    Column("n", "number", "count"),
    Column("share", "of all read", "share"),
    Column("limit", "largest share allowed", "share"),
    Column("passed", "within it", "flag"),
)
FILES = (
    Column("file", "file"),
    Column("n_records", "records", "count"),
    Column("rejected", "rejected", "count"),
    Column("share", "share", "share"),
    Column("n_blank", "blank", "count"),
    Column("reasons", "reasons, most frequent first"),
)
MONTHS = (
    Column("month", "month"),
    Column("baskets", "baskets", "count"),
    Column("lines", "items in them", "count"),
    Column("mean_size", "items a basket", "number"),
)


def checks_sheet(lake: Snapshot) -> Sheet:
    rows = sorted(lake.read(tables.CHECKS).to_pylist(), key=lambda row: (-row["n"], row["check"]))
    rows = [{**row, "check": in_words(row["check"])} for row in rows]
    return Sheet("checks", "Every record that came, and where it went", CHECKS, rows)


def in_words(check: str) -> str:
    """silver.checks.check as words: reason:bad_quantity is a reason for rejecting."""
    return check.replace("reason:", "rejected for ").replace("_", " ")


def files_sheet(lake: Snapshot, settings: ReportSettings) -> Sheet:
    """The latest files by name, with what of each was rejected and why."""
    files = sorted(lake.read(tables.FILES, ("file", "n_records", "n_blank")).to_pylist(), key=lambda row: row["file"])
    rejected, reasons = rejects_by_file(lake)
    rows = [
        row | {
            "rejected": rejected[row["file"]],
            "share": rejected[row["file"]] / row["n_records"] if row["n_records"] else None,
            "reasons": ", ".join(f"{name} {n:,}" for name, n in reasons.get(row['file'], Counter()).most_common()),
        }
        for row in files[-settings.n_files :]
    ]  # fmt: skip
    left_out = len(files) - len(rows)
    note = f"{left_out:,} earlier files are left out; report.n_files shows more." if left_out else ""
    return Sheet("files", "Rejected records by file", FILES, rows, note=note)


def rejects_by_file(lake: Snapshot) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """Rejected records of each file, and of each file by reason; a record may have several."""
    whole: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    for batch in lake.batches(tables.REJECTS, ("file", "reasons")):
        whole.update({row["values"]: row["counts"] for row in pc.value_counts(batch["file"]).to_pylist()})
        parents = pc.list_parent_indices(batch["reasons"])
        pairs = zip(batch["file"].take(parents).to_pylist(), pc.list_flatten(batch["reasons"]).to_pylist(), strict=True)
        for (file, reason), n in sorted(Counter(pairs).items()):
            reasons.setdefault(file, Counter())[reason] += n
    return whole, reasons


def months_sheet(receipts: Receipts) -> Sheet:
    rows = [
        {"month": month, "baskets": n, "lines": receipts.lines[month], "mean_size": receipts.lines[month] / n}
        for month, n in sorted(receipts.baskets.items())
    ]
    return Sheet("months", "Baskets by month", MONTHS, rows)
