"""Rows of gold.drift of rules: whether each is as sure in the holdout as in the days it was mined from.

The test takes baskets for draws. Of the sample's it calls a rule in 4 of 100 draws of baskets in the place of the
holdout, and in 22 of 100 draws of weeks, since an offer makes the baskets of a week alike (bench/drift.py).
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.drift.rates import false_discovery, two_proportions
from basketry.drift.rows import Row, blank
from basketry.drift.settings import DriftSettings

KEY = ["level", "segment", "antecedent", "consequent"]
COUNTS = ["freq", "confidence", "holdout_freq", "holdout_antecedent_freq"]
# What would make the subject of two rules the same text.
UNSAFE = re.compile(r'[",:]|->|^\s|\s$')


def of_rules(rules: DataFrame, items: DataFrame, settings: DriftSettings) -> list[Row]:
    """A row a rule of gold.rules that can be tested, by subject, after one that sums them up; names by silver.items."""
    held = rules.where(F.col("holdout_antecedent_freq").isNotNull()).select(*KEY, *COUNTS).toPandas()
    if held.empty:
        return [blank("rule", _nothing(rules), settings.rule_change)]
    held["subject"] = [subject(*row) for row in held[KEY].itertuples(index=False)]
    tested, names = _tested(held.sort_values("subject", ignore_index=True)), _names(rules, items)
    rows = [_row(rule, names if rule.level == "item" else {}, settings) for rule in tested.itertuples(index=False)]
    return [_summary(rows, len(held), settings), *rows]


def subject(level: str, segment: str, antecedent: Sequence[str], consequent: Sequence[str]) -> str:
    """As `item all: ham, eggs -> salt`; names that would make that unclear are in quotes."""
    left, right = (", ".join(map(_quoted, side)) for side in (antecedent, consequent))
    return f"{level} {_quoted(segment)}: {left} -> {right}"


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) if UNSAFE.search(name) or not name else name


def _nothing(rules: DataFrame) -> str:
    if rules.isEmpty():
        return "not measured: gold.rules has no rule"
    return "not measured: rules were mined without a holdout (mining.holdout_days, or too few days)"


def _tested(rules: pd.DataFrame) -> pd.DataFrame:
    """The rules that can be tested, with n (mined baskets with the antecedent), p and q."""
    n = (rules["freq"] / rules["confidence"]).round().to_numpy(np.int64)
    counts = [rules[name].to_numpy(np.int64) for name in ("freq", "holdout_freq", "holdout_antecedent_freq")]
    p = two_proportions(counts[0], n, counts[1], counts[2])
    told = rules.assign(n=n, p=p, q=false_discovery(p))
    return told[told["p"].notna()]


def _names(rules: DataFrame, items: DataFrame) -> dict[str, str]:
    """Names of the items of rules, by item_id."""
    both = F.explode(F.concat("antecedent", "consequent")).alias("item_id")
    named = rules.where(F.col("level") == "item").select(both).distinct()
    return dict(tuple(row) for row in named.join(items, "item_id", "inner").select("item_id", "name").collect())


def _row(rule: Any, names: Mapping[str, str], settings: DriftSettings) -> Row:
    late = rule.holdout_freq / rule.holdout_antecedent_freq
    change = late / rule.confidence - 1
    is_drifted = rule.q <= settings.max_q and abs(change) >= settings.rule_change
    left, right = (", ".join(names.get(item, item) for item in side) for side in (rule.antecedent, rule.consequent))
    why = (
        f"{left} -> {right}: confidence {rule.confidence:.3f} of {rule.n:,} mined baskets, {late:.3f} of "
        f"{rule.holdout_antecedent_freq:,} in the holdout"
    )
    n = rule.n, rule.holdout_antecedent_freq
    return Row(
        "rule", rule.subject, *n, rule.confidence, late, change, None, None, None, None, 0,
        settings.rule_change, rule.p, rule.q, is_drifted, settings.actions.rule if is_drifted else "none", why,
    )  # fmt: skip


def _summary(rows: list[Row], n_rules: int, settings: DriftSettings) -> Row:
    n = sum(row.is_drifted for row in rows)
    untested = f"; {n_rules - len(rows):,} cannot be tested: too few baskets" if len(rows) < n_rules else ""
    why = (
        f"{n:,} of {len(rows):,} rules tested are less or more sure in the holdout by {settings.rule_change:.0%} and "
        f"more, q <= {settings.max_q}{untested}"
    )
    return blank("rule", why, settings.rule_change)
