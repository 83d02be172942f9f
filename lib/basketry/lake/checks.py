"""The law (nothing is lost) and the gates (nothing too bad is published)."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from pyspark.sql import DataFrame

from basketry.errors import ContractError, GateError
from basketry.lake.settings import CleanSettings

SETTLED = frozenset({"basket_cancelled", "return_netted", "return_dropped", "returned"})
"""Reasons that are no fault of the record: the trade itself was undone."""

OUTCOMES = ("kept", "duplicate", "rejected", "blank")


class Check(NamedTuple):
    """A row of silver.checks."""

    check: str
    n: int
    share: float
    limit: float | None
    passed: bool


@dataclass(frozen=True)
class Tally:
    """Records by outcome, for each file and in total, and by reason; `unread` files gave none that parses.

    `n_kept_lines` are the records kept of receipts alone.
    """

    read: Counter[str]
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    n_faulty: int = 0
    n_kept_lines: int = 0
    unread: tuple[str, ...] = ()

    @property
    def n_read(self) -> int:
        return self.read.total()

    def n(self, outcome: str) -> int:
        return sum(counts[outcome] for counts in self.outcomes.values())


def tally(outcomes: DataFrame, files: DataFrame) -> Tally:
    """Counts of `outcomes` (file, outcome, reasons: one row a record) beside what bronze.files says was read."""
    listed = files.select("file", "source", "n_records", "n_blank", "n_faulty").collect()
    read = Counter({row.file: row.n_records for row in listed})
    unread = sorted(row.file for row in listed if 0 < row.n_faulty == row.n_records - row.n_blank)
    by_file: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    n_faulty = 0
    for file, outcome, why, n in outcomes.groupBy("file", "outcome", "reasons").count().collect():
        by_file.setdefault(file, Counter())[outcome] += n
        reasons.update(dict.fromkeys(why, n))
        n_faulty += n if set(why) - SETTLED else 0
    n_kept_lines = sum(by_file[row.file]["kept"] for row in listed if row.source == "lines" and row.file in by_file)
    return Tally(read, by_file, reasons, n_faulty, n_kept_lines, tuple(unread))


def refuse_unbalanced(counted: Tally) -> None:
    """Raises ContractError when, for a file, records read are not kept + duplicates + rejects + blank (+ late)."""
    for file in sorted({*counted.read, *counted.outcomes}):
        found = counted.outcomes.get(file, Counter())
        if counted.read[file] != found.total():
            parts = " + ".join(f"{found[o]} {o}" for o in dict.fromkeys((*OUTCOMES, *sorted(found))))
            raise ContractError(
                f"{file}: {counted.read[file]} records were read, but {parts} = {found.total()}; "
                "nothing was published. bronze.lines and bronze.files disagree: "
                "change the file's time (touch) and run ingest_lines again"
            )


def refuse_lost(counted: Tally, n_lines: int) -> None:
    """Raises ContractError when the lines to be published are not as many as the receipt records kept."""
    if n_lines != counted.n_kept_lines:
        raise ContractError(
            f"silver.lines: {counted.n_kept_lines} records were kept, but {n_lines} lines would be published; "
            "nothing was. This is a fault of basketry, not of the receipts: report it with the run's log"
        )


def quality(counted: Tally, flagged: Counter[str], clean: CleanSettings) -> list[Check]:
    """The rows of silver.checks: records by outcome and by reason, kept lines by flag, and what has a limit."""
    read, lines = counted.n_read, counted.n_kept_lines
    informed = {o: counted.n(o) for o in ("kept", "rejected", "blank")}
    informed |= {f"reason:{reason}": n for reason, n in sorted(counted.reasons.items())}
    filled = {flag: n for flag, n in sorted(flagged.items()) if flag.startswith("filled:")}
    return [
        _check("read", read, read, None),
        *(_check(name, n, read, None) for name, n in informed.items()),
        *(_check(name, n, lines, None) for name, n in filled.items()),
        _check("duplicate", counted.n("duplicate"), read, clean.max_duplicates),
        _check("faulty", counted.n_faulty, read, clean.max_rejected),
        _check("unread_file", len(counted.unread), len(counted.read), clean.max_unread_files),
        _check("unknown_item", flagged["unknown_item"], lines, clean.max_unknown_items),
        _check("outlier", flagged["outlier"], lines, clean.max_outliers),
    ]


def refuse_failed(rows: list[Check], unread: tuple[str, ...]) -> None:
    """Raises GateError that lists every check above its limit, and the first of the `unread` files."""
    failed = [f"{row.check}: {row.n} ({row.share:.2%}), at most {row.limit:.2%}" for row in rows if not row.passed]
    if failed:
        causes = [f"{row.check} {row.n}" for row in rows if row.check.startswith("reason:")]
        named = f" Not one record could be read of {', '.join(unread[:5])}." if unread else ""
        raise GateError(
            f"silver.checks: nothing was published. {'; '.join(failed)}. Found: {', '.join(causes) or 'no rejects'}."
            f"{named} Correct the raw files, or raise the limit in lake.clean"
        )


def _check(name: str, n: int, of: int, limit: float | None) -> Check:
    share = min(1.0, n / of) if of else 0.0
    return Check(name, n, share, limit, limit is None or share <= limit)
