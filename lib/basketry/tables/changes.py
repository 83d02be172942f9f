"""gold: what a run found that the one before it did not."""

from collections.abc import Iterator

from pyspark.sql import types as T

from basketry.tables.contract import BIGINT, DOUBLE, STRING, STRINGS, Column, Table


def _now_and_before(name: str, type_: T.DataType, note: str) -> Iterator[Column]:
    yield Column(name, type_, f"{note}; null: no such rule now", nullable=True)
    yield Column(f"{name}_before", type_, "the same before; null: no such rule then", nullable=True)


RULE_CHANGES = Table(
    "gold",
    "rule_changes",
    key=("level", "segment", "antecedent", "consequent"),
    columns=(
        Column("level", STRING, "as in gold.rules"),
        Column("segment", STRING, "as in gold.rules"),
        Column("antecedent", STRINGS, "the items bought, sorted"),
        Column("consequent", STRINGS, "the items that go with them, sorted"),
        Column(
            "change",
            STRING,
            "new: significant, and was not; dead: the other way round; moved: another rank",
            check="change IN ('new', 'dead', 'moved')",
        ),
        Column(
            "rank",
            BIGINT,
            "place among the significant rules of its level and segment, by leverage, from 1; null: not one of them",
            nullable=True,
        ),
        Column("rank_before", BIGINT, "the same before; null: not one of them then", nullable=True),
        *_now_and_before("freq", BIGINT, "baskets that hold both sides"),
        *_now_and_before("confidence", DOUBLE, "freq / baskets with the antecedent (0 to 1)"),
        *_now_and_before("adjusted_lift", DOUBLE, "freq / baskets expected among baskets of the same size"),
        *_now_and_before("q", DOUBLE, "false discovery rate"),
    ),
    note="Rules beside those of the run before: new ones, dead ones, and moves within the first 100 ranks.",
)
