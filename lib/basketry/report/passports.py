"""A rule's own page: its 2x2 table, its strata, its months, its users, whether it held, in words."""

from typing import Any, NamedTuple

import pandas as pd
import pyarrow.dataset as ds

from basketry import tables
from basketry.report.receipts import Receipts
from basketry.report.rules import SIDES
from basketry.report.sheet import Column, Sheet, is_missing, number, records, shown
from basketry.report.verdicts import ARTEFACT, SURVIVES
from basketry.tables.mining import WHOLE
from basketry.tables.snapshot import Snapshot, any_of

N_STRATA = 5
Strata = dict[tuple[str, str], dict[int, tuple[int, int]]]
CELLS = (
    Column("row", "baskets"),
    Column("with", "with the second", "count"),
    Column("without", "without", "count"),
    Column("all", "all", "count"),
)
STRATA = (
    Column("stratum", "items in the basket", "count", "the smallest size of the baskets counted together"),
    Column("n_baskets", "baskets", "count"),
    Column("n_one", "with the first", "count"),
    Column("n_other", "with the second", "count"),
    Column("expected", "both, by chance", "number"),
)
MONTHS = (
    Column("month", "month"),
    Column("n_antecedent", "with the first", "count"),
    Column("freq", "with both", "count"),
    Column("confidence", "share", "share"),
)
MEASURES = (
    "leverage", "conviction", "cosine", "jaccard", "kulczynski", "imbalance", "zhang", "certainty", "odds_ratio",
    "hyper_lift", "improvement", "is_redundant", "is_productive", "p",
)  # fmt: skip


class Passport(NamedTuple):
    """`words`: sentences, most important first. `strata` is None for a rule of several items a side."""

    number: int
    who: str
    what: str
    who_id: str
    what_id: str
    verdict: str
    words: list[str]
    cells: Sheet
    strata: Sheet | None
    months: Sheet
    measures: list[tuple[str, Any]]


def passports(lake: Snapshot, rules: pd.DataFrame, receipts: Receipts) -> list[Passport]:
    """One for each of the rules shown, in their order."""
    strata = _strata_of(lake, rules)
    months, late = _months_of(receipts), _trends_of(lake)
    found = [_passport(row, strata, months.get(place, [])) for place, row in enumerate(records(rules))]
    keys = [(row["level"], *(tuple(row[side]) for side in SIDES)) for row in records(rules)]
    return [
        each._replace(words=[*each.words, trend_in_words(late[key])]) if key in late else each
        for each, key in zip(found, keys, strict=True)
    ]


def two_by_two(rule: dict[str, Any]) -> tuple[int, int, int, int]:
    """Baskets with both sides, the antecedent alone, the consequent alone, neither: solved from the measures."""
    freq = int(rule["freq"])
    n = round(freq / rule["support"])
    n_antecedent, n_consequent = round(freq / rule["confidence"]), round(n * rule["confidence"] / rule["lift"])
    return freq, n_antecedent - freq, n_consequent - freq, n - n_antecedent - n_consequent + freq


def in_words(rule: dict[str, Any]) -> list[str]:
    """What the rule says and how far to trust it, a sentence each."""
    both, first_only, second_only, neither = two_by_two(rule)
    n = both + first_only + second_only + neither
    return [
        f"Of the {both + first_only:,} baskets with {rule['who']}, {both:,} also hold {rule['what']}: "
        f"{shown(rule['confidence'], 'share')} (with 95 % certainty between {shown(rule['confidence_low'], 'share')} "
        f"and {shown(rule['confidence_high'], 'share')}).",
        f"{rule['what']} is in {shown((both + second_only) / n, 'share')} of all {n:,} baskets, so the plain lift is "
        f"{number(rule['lift'])}.",
        _adjusted(rule),
        _VERDICTS.get(rule["verdict"], _DOUBT) + f" (false discovery rate q: {shown(rule['q'], 'chance')})",
        f"{rule['n_users']:,} users bought both together; one of them alone makes up to "
        f"{shown(rule['top_user_share'], 'share')} of these baskets.",
        _held_again(rule),
    ]


def trend_in_words(row: dict[str, Any]) -> str:
    """A sentence of a rule that rises or falls."""
    return (
        f"Of late it {row['trend']}: with weights that halve every {number(row['half_life_weeks'])} weeks back, "
        f"{shown(row['recent_confidence'], 'share')} also buy it, {number(row['ratio'])} times the share of all weeks "
        f"(false discovery rate q: {shown(row['q'], 'chance')})."
    )


def _trends_of(lake: Snapshot) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of gold.rule_trends that rise or fall, by level and sides; none where mining.half_life_weeks is not set."""
    if not lake.has(tables.RULE_TRENDS):
        return {}
    asked = (ds.field("segment") == WHOLE) & ds.field("trend").is_valid()
    rows = lake.read(tables.RULE_TRENDS, where=asked).to_pylist()
    return {(row["level"], *(tuple(row[side]) for side in SIDES)): row for row in rows}


_VERDICTS = {
    SURVIVES: "Beyond chance, even among all the rules that could have been found.",
    ARTEFACT: "Explained by basket size: large baskets hold more of everything, and nothing is left beyond that.",
}
_DOUBT = "May be chance: so many rules were looked at that some this strong come by luck."


def _adjusted(rule: dict[str, Any]) -> str:
    if is_missing(rule["adjusted_lift"]):
        return "Among baskets of like size none with both is expected."
    return (
        f"Among baskets of like size, chance alone gives {number(rule['expected'])} with both; the adjusted lift is "
        f"{number(rule['adjusted_lift'])}."
    )


def _held_again(rule: dict[str, Any]) -> str:
    if is_missing(rule["holdout_freq"]):
        return "No days were kept aside, so whether it holds again is not known."
    there = f"In the last days, which were never mined, {rule['holdout_freq']:,.0f} baskets hold both"
    if rule["replicated"] is None:
        return f"{there}; too few are expected there to tell whether it held."
    verb = "it held again" if rule["replicated"] else "it did not hold again"
    return f"{there}, {number(rule['holdout_adjusted_lift'])} times what chance gives: {verb}."


def _passport(rule: dict[str, Any], strata: Strata, months: list[Any]) -> Passport:
    who_id, what_id = (" + ".join(rule[side]) if rule["level"] == "item" else "" for side in SIDES)
    measures = [(name, rule[name]) for name in MEASURES]
    return Passport(
        rule["number"], rule["who"], rule["what"], who_id, what_id, rule["verdict"], in_words(rule), _cells_sheet(rule),
        _strata_sheet(rule, strata), Sheet("months", "Month by month", MONTHS, months), measures,
    )  # fmt: skip


def _cells_sheet(rule: dict[str, Any]) -> Sheet:
    both, first, second, neither = two_by_two(rule)
    lines = (("with the first", both, first), ("without", second, neither), ("all", both + second, first + neither))
    rows = [{"row": name, "with": held, "without": rest, "all": held + rest} for name, held, rest in lines]
    return Sheet("cells", "The four counts behind it", CELLS, rows)


def _strata_of(lake: Snapshot, rules: pd.DataFrame) -> Strata:
    """Of the items of rules with one item a side: by level and item, then by stratum, (n_baskets, n)."""
    single = rules[(rules["antecedent"].map(len) == 1) & (rules["consequent"].map(len) == 1)]
    items = sorted({items[0] for side in SIDES for items in single[side]})
    strata = {(row["level"], row["stratum"]): row["n_baskets"] for row in lake.read(tables.STRATA).to_pylist()}
    found: Strata = {}
    for row in lake.read(tables.ITEM_COUNTS, where=any_of("item", items)).to_pylist():
        level, stratum = row["level"], row["stratum"]
        found.setdefault((level, row["item"]), {})[stratum] = (strata[level, stratum], row["n"])
    return found


def _strata_sheet(rule: dict[str, Any], strata: Strata) -> Sheet | None:
    if len(rule["antecedent"]) > 1 or len(rule["consequent"]) > 1:
        return None
    one, other = (strata[rule["level"], rule[side][0]] for side in SIDES)
    rows = [
        {"stratum": stratum, "n_baskets": n, "n_one": n_one, "n_other": other[stratum][1],
         "expected": n_one * other[stratum][1] / n}
        for stratum, (n, n_one) in one.items()
        if stratum in other
    ]  # fmt: skip
    most = sorted(rows, key=lambda row: (-row["expected"], row["stratum"]))[:N_STRATA]
    note = f"The {len(most)} sizes that expect most, of {len(rows)}; all of them expect {number(rule['expected'])}."
    return Sheet("strata", "By size of the basket", STRATA, most, note=note)


def _months_of(receipts: Receipts) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for (place, month), (n, freq) in sorted(receipts.met.items()):
        row = {"month": month, "n_antecedent": n, "freq": freq, "confidence": freq / n if n else None}
        found.setdefault(place, []).append(row)
    return found
