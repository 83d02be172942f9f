"""The first screen: what came in, what was learnt, whether to trust it, what changed."""

from typing import Any, NamedTuple

import pandas as pd
import pyarrow.dataset as ds

from basketry import tables
from basketry.report.metrics import best_models, read_metrics
from basketry.report.noise import Noise, read_noise
from basketry.report.receipts import Receipts
from basketry.report.sheet import Column, Kind, Sheet, records, shown
from basketry.report.verdicts import ARTEFACT, SURVIVES
from basketry.tables.snapshot import Snapshot

HITS = {
    "next_period": "users who buy something of their list of {k}",
    "explore": "users who try something new of their list of {k}",
    "cart": "carts whose missing item is in the list of {k}",
}


class Tile(NamedTuple):
    """A number of the first screen: `name` for machines, `label` and `note` for people."""

    name: str
    label: str
    value: Any
    kind: Kind
    note: str = ""


def tiles(lake: Snapshot, receipts: Receipts, rules: pd.DataFrame) -> list[tuple[str, list[Tile]]]:
    """By heading; without a heading that has none."""
    found = [
        ("What came in", _what_came(lake, receipts)),
        ("What was learnt: rules of the form who buys this also buys that", _what_was_learnt(rules, read_noise(lake))),
        ("How good the recommendations are, on days they never saw", _how_good(lake)),
    ]
    return [(title, made) for title, made in found if made]


def tiles_sheet(found: list[tuple[str, list[Tile]]]) -> Sheet:
    """The tiles as one table."""
    rows = [
        {"what": tile.label, "value": shown(tile.value, tile.kind), "note": tile.note}
        for _, made in found for tile in made
    ]  # fmt: skip
    columns = (Column("what", "what"), Column("value", "value"), Column("note", "note"))
    return Sheet("overview", "At a glance", columns, rows)


def _what_came(lake: Snapshot, receipts: Receipts) -> list[Tile]:
    checks = lake.read(tables.CHECKS, ("check", "n", "share"), ds.field("check") == "rejected").to_pylist()
    rejected = [Tile("rejected", "records rejected", row["share"], "share", f"{row['n']:,} records") for row in checks]
    return [
        Tile("first_on", "from", receipts.first_on, "day"),
        Tile("last_on", "to", receipts.last_on, "day"),
        Tile("baskets", "baskets", sum(receipts.baskets.values()), "count"),
        Tile("items", "items sold", len(receipts.items), "count"),
        Tile("users", "users", len(receipts.users), "count"),
        *rejected,
    ]


def _what_was_learnt(rules: pd.DataFrame, noise: list[Noise]) -> list[Tile]:
    """The usual list, what of it chance alone lists, and what survives."""
    usual = rules[rules["lift"] > 1]
    survive = usual[usual["verdict"] == SURVIVES]
    lasting = survive[survive["replicated"].eq(True)]
    return [
        Tile("usual_rules", "rules on the usual list", len(usual), "count", "by support, confidence and lift above 1"),
        *_what_chance_lists(usual, noise),
        Tile("artefacts", "explained by basket size", int((usual["verdict"] == ARTEFACT).sum()), "count", "artefacts"),
        Tile("surviving_rules", "rules beyond chance", len(survive), "count", "among baskets of like size"),
        Tile("lasting_rules", "of these, held again", len(lasting), "count", "in days never mined"),
    ]


def _what_chance_lists(usual: pd.DataFrame, noise: list[Noise]) -> list[Tile]:
    """What shuffled receipts gave, where they were audited; else a lower bound, and how to have them shuffled."""
    if not noise:
        level = usual["level"].min() if len(usual) else "item"
        note = f"at least: their sides meet as often by chance; basketry audit-null --level {level} counts them"
        return [Tile("noise_rules", "chance alone would list", listed_by_chance(usual), "count", note)]
    return [tile for found in noise for tile in _in_noise(found, f" by {found.level}" if len(noise) > 1 else "")]


def _in_noise(found: Noise, of_level: str) -> list[Tile]:
    (real, *noise), (real_pairs, *noise_pairs) = found.usual, found.significant
    draws = f"{found.draws} shuffle{'s' if found.draws > 1 else ''}"
    return [
        Tile(f"noise_rules_{found.level}", f"rules{of_level} in shuffled receipts", spread(*noise), "text",
             f"{real:,} in the real ones, one item on each side; {draws}"),
        Tile(f"noise_pairs_{found.level}", f"pairs{of_level} beyond chance in them", spread(*noise_pairs), "text",
             f"{real_pairs:,} in the real ones"),
    ]  # fmt: skip


def spread(fewest: int, most: int) -> str:
    return f"{fewest:,}" if fewest == most else f"{fewest:,}–{most:,}"


def listed_by_chance(usual: pd.DataFrame) -> int:
    """Rules of the usual list that would be on it had their sides met as often as chance has them meet.

    A rule's expected baskets, by the same counts of baskets and antecedent, reach the smallest support and the smallest
    confidence on the list. Rules that chance lists and the receipts do not are not counted, so it is a lower bound.
    """
    by_chance = usual["expected"] / usual["freq"]
    support, confidence = usual["support"] * by_chance, usual["confidence"] * by_chance
    return int(((support >= usual["support"].min()) & (confidence >= usual["confidence"].min())).sum())


def _how_good(lake: Snapshot) -> list[Tile]:
    """How often the best model of each task, by lead_metrics, is right at all, beside popularity."""
    if not lake.has(tables.METRICS):
        return []
    metrics = read_metrics(lake)
    best = best_models(metrics)[["task", "model", "k"]]
    known = (metrics["metric"] == "hit_rate") & metrics["task"].isin(list(HITS))
    hits = metrics[known].merge(best, on=["task", "model", "k"], validate="one_to_one")
    return [
        Tile(f"hit_rate_{row['task']}", HITS[row["task"]].format(k=row['k']), row['value'], "share",
             f"by {row['model']}; popularity alone {shown(row['baseline'], 'share')}")
        for row in records(hits)
    ]  # fmt: skip
