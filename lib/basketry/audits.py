"""gold.audits: what audit-null found, kept so that the page can show it while it is true."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from basketry.config import Settings
from basketry.job import new_run_id
from basketry.mining.audit import Audit
from basketry.mining.audit_sequences import SequenceAudit
from basketry.mining.settings import level_digest
from basketry.runs import commit_note
from basketry.tables import AUDITS, BASKETS, ITEMS
from basketry.tables.audits import RULES_KIND, SEQUENCES_KIND
from basketry.tables.store import Store

COMMAND = "audit-null"


@dataclass(frozen=True)
class Question:
    """What was audited: the receipts at these table versions, at a level, by these settings."""

    level: str
    versions: Mapping[str, int]
    settings: Settings


def keep(store: Store, asked: Question, found: Audit | SequenceAudit) -> None:
    """Put the audit's rows into gold.audits; the same audit again replaces them, one of more draws adds its own."""
    rows = [tuple(row[name] for name in AUDITS.column_names) for row in audit_rows(asked, found)]
    note = commit_note(new_run_id(datetime.now(UTC)), COMMAND)
    store.merge(AUDITS, store.spark.createDataFrame(rows, AUDITS.schema), note)


def audit_rows(asked: Question, found: Audit | SequenceAudit) -> Iterator[dict[str, Any]]:
    """A row for the real receipts, then one a shuffle."""
    of_rules = isinstance(found, Audit)
    question = {
        "kind": RULES_KIND if of_rules else SEQUENCES_KIND,
        "level": asked.level,
        "mining_digest": level_digest(asked.settings.mining.model_dump(mode="json")),
        "baskets_version": asked.versions[str(BASKETS)],
        "items_version": asked.versions[str(ITEMS)],
        "seed": asked.settings.seed,
        "null": asked.settings.mining.null if of_rules else "order",
    }
    for draw, tally in enumerate((found.real, *found.shuffled)):
        said = tally._asdict()
        listed = said.pop("usual" if of_rules else "listed")
        yield {"ordered": None, "kept": None, **question, "draw": draw, "listed": listed, **said}
