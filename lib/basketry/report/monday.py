"""What a category manager can do with it: a few rules, alternatives, traps and files, each with its reason."""

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from basketry.report.sheet import Column, Row, Sheet, number, records, shown
from basketry.report.verdicts import ARTEFACT, SURVIVES

N_EACH = 5
# A rule that one user makes is that user's habit.
LARGEST_USER_SHARE = 0.2


class Advice(NamedTuple):
    """`points`: (text, address of the row's own page or None)."""

    title: str
    why: str
    points: list[tuple[str, str | None]]


def advice(rules: pd.DataFrame, edges: pd.DataFrame, files: Sheet) -> list[Advice]:
    """Only advice that has a point."""
    found = [_together(rules), _alternatives(edges), _traps(rules), _files(files)]
    return [each for each in found if each.points]


def advice_sheet(found: list[Advice]) -> Sheet:
    """Every piece of advice, one row each."""
    rows = [{"what": each.title, "point": text, "why": each.why} for each in found for text, _ in each.points]
    columns = (Column("what", "what to do"), Column("point", "with what"), Column("why", "why"))
    return Sheet("monday", "What to do on Monday", columns, rows)


def _together(rules: pd.DataFrame) -> Advice:
    sound = (
        (rules["verdict"] == SURVIVES) & rules["replicated"].eq(True) & (rules["top_user_share"] < LARGEST_USER_SHARE)
    )
    best = _once_a_pair(rules[sound]).head(N_EACH)
    points = [
        (
            f"{_sides(row)}: {row['freq']:,} baskets, {number(row['adjusted_lift'])} times what chance gives",
            row["link"],
        )
        for row in records(best)
    ]
    return Advice(
        "Show or offer together", "Beyond chance, held again in days never mined, not one user's habit.", points
    )


def _traps(rules: pd.DataFrame) -> Advice:
    worst = _once_a_pair(rules[rules["verdict"] == ARTEFACT].sort_values("lift", ascending=False, kind="stable"))
    points = [
        (
            f"{_sides(row)}: plain lift {number(row['lift'])}, adjusted {number(row['adjusted_lift'])}",
            row["link"],
        )
        for row in records(worst.head(N_EACH))
    ]
    return Advice("Leave alone", "They look strong on a usual list, but large baskets explain them.", points)


def _alternatives(edges: pd.DataFrame) -> Advice:
    apart = edges[edges["direction"] == "substitute"]
    # Five sizes of one milk are one piece of advice.
    by_name = pd.Series(
        [frozenset(names) for names in zip(apart["name_a"], apart["name_b"], strict=True)], dtype=object
    )
    found = apart[~by_name.duplicated().to_numpy()].head(N_EACH)
    points: list[tuple[str, str | None]] = [
        (
            f"{_apart(row['name_a'], row['name_b'], [row['item_a']], [row['item_b']], 'or')}: "
            f"{row['n_ab']:,} baskets with both, {number(row['expected'])} by chance",
            None,
        )
        for row in records(found)
    ]
    return Advice("Treat as alternatives", "Bought instead of each other: one stands in for the other.", points)


def _files(files: Sheet) -> Advice:
    worst = sorted((row for row in files.rows if row["rejected"]), key=lambda row: (-row["share"], row["file"]))
    points: list[tuple[str, str | None]] = [
        (f"{row['file']}: {row['rejected']:,} records ({shown(row['share'], 'share')}), {row['reasons']}", None)
        for row in worst[:N_EACH]
    ]
    return Advice("Ask the sender of these files", "They have the largest shares of rejected records.", points)


def _once_a_pair(rules: pd.DataFrame) -> pd.DataFrame:
    """The first rule of each set of items: A -> B and B -> A are one piece of advice."""
    both = [(row["level"], frozenset([*row["antecedent"], *row["consequent"]])) for row in records(rules)]
    return rules[~pd.Series(both, index=rules.index, dtype=object).duplicated()]


def _sides(rule: Row) -> str:
    return _apart(rule["who"], rule["what"], rule["antecedent"], rule["consequent"], "with")


def _apart(one: str, other: str, one_ids: Iterable[str], other_ids: Iterable[str], word: str) -> str:
    """Both names; with their ids where the names alone do not tell them apart."""
    if one != other:
        return f"{one} {word} {other}"
    return f"{one} ({' + '.join(one_ids)} {word} {' + '.join(other_ids)})"
