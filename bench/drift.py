"""What measure_drift calls a drift in the real receipts, and in their weeks shuffled, where nothing can have changed.

python bench/drift.py [--lake data/lake] [--draws 200]. Shares of lines: the last 28 days beside the 182 before, and the
same of shuffled weeks. Rules: those of gold.rules; for the holdout stand four weeks at random, or as many baskets.
"""

import argparse

import numpy as np
import pandas as pd
from deltalake import DeltaTable

from basketry.drift.rates import false_discovery, two_proportions
from basketry.drift.rows import verdict
from basketry.drift.settings import DriftSettings
from basketry.drift.tallies import LEVELS
from basketry.drift.windows import Counted, measured

SETTINGS = DriftSettings()
HOLDOUT_WEEKS = 4


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", default="data/lake")
    parser.add_argument("--draws", type=int, default=200)
    asked = parser.parse_args()
    baskets, items = read(asked.lake, "silver/baskets"), read(asked.lake, "silver/items")
    baskets["week"] = (baskets["sold_on"].max() - baskets["sold_on"]).dt.days // 7
    lines = baskets[["week", "items"]].explode("items").merge(items, left_on="items", right_on="item_id", how="left")
    print("| shares of lines by | PSI | by chance | usual | unusual above | shuffled weeks | called |")
    print("|---|---|---|---|---|---|---|")
    for level in (*LEVELS, "item_id"):
        print(mix_row(level, weekly(lines, level), asked.draws))
    rules = read(asked.lake, "gold/rules")
    rules = rules[(rules["level"] == "item") & (rules["segment"] == "all")]
    print("\n| for the holdout | rules tested | called | draws with one called | p at or below .05 |")
    print("|---|---|---|---|---|")
    print(*rules_rows(baskets, rules, asked.draws), sep="\n")


def read(lake, name):
    found = DeltaTable(f"{lake}/{name}").to_pandas()
    return found.assign(sold_on=pd.to_datetime(found["sold_on"])) if "sold_on" in found else found


def weekly(lines, column):
    """[members, whole weeks], the last week first."""
    counted = lines.assign(member=lines[column].fillna("")).groupby(["member", "week"]).size().unstack(fill_value=0)
    return counted.to_numpy()[:, :52]


def mix_row(level, weeks, draws):
    """The real weeks, then how often shuffled ones are called at the thresholds of the settings, and by limit alone."""
    found, random = of_weeks(weeks), np.random.default_rng(12)
    shuffled = [of_weeks(weeks[:, random.permutation(weeks.shape[1])]) for _ in range(draws)]
    values = [each.now.value for each in shuffled]
    called = sum(verdict(each, SETTINGS, "note")[0] for each in shuffled)
    unusual = sum(each.now.value > each.limit for each in shuffled)
    numbers = (found.now.value, found.now.chance, np.median(found.usual), found.limit)
    said = " | ".join(f"{number:.3f}" for number in numbers)
    spread = f"{np.median(values):.3f}, at most {max(values):.3f}"
    return f"| {level} | {said} | {spread} | {called} of {draws}; {unusual} above their limit |"


def of_weeks(weeks):
    """Blocks of 14 days."""
    blocks = weeks.reshape(len(weeks), -1, 2).sum(axis=2)
    names = [""] * len(weeks)
    return measured(Counted(names, blocks, np.zeros(blocks.shape[1], int), 14 * blocks.shape[1]), SETTINGS)


def rules_rows(baskets, rules, draws):
    counts, random = by_week(baskets, rules), np.random.default_rng(13)
    n_weeks = counts[0].shape[1]
    tested, n_called, low = called(*counts, np.arange(n_weeks) < HOLDOUT_WEEKS)
    yield f"| the last {HOLDOUT_WEEKS} weeks | {tested} | {n_called} | | {low:.1%} |"
    dealt = baskets.assign(week=random.integers(0, n_weeks, len(baskets)))
    for name, some in (("weeks at random", counts), ("baskets at random", by_week(dealt, rules))):
        found = np.array([called(*some, random.permutation(n_weeks) < HOLDOUT_WEEKS) for _ in range(draws)])
        tested, n_called, low = found.mean(axis=0)
        yield f"| {name} | {tested:.0f} | {n_called:.2f} | {(found[:, 1] > 0).mean():.0%} | {low:.1%} |"


def by_week(baskets, rules):
    """[rules, weeks]: baskets with the antecedent, and with both sides."""
    week = baskets["week"].to_numpy()
    lines = baskets["items"].explode()
    has = {item: index.to_numpy() for item, index in lines.index.to_series().groupby(lines.to_numpy())}
    left = [held(has, side) for side in rules["antecedent"]]
    whole = [np.intersect1d(found, held(has, side)) for found, side in zip(left, rules["consequent"], strict=True)]
    return tuple(
        np.array([np.bincount(week[each], minlength=week.max() + 1) for each in part]) for part in (left, whole)
    )


def held(has, items):
    found = has[items[0]]
    for item in items[1:]:
        found = np.intersect1d(found, has[item])
    return found


def called(n, both, late):
    """Rules tested, rules called, and the share of p at or below .05."""
    counts = [part[:, weeks].sum(axis=1) for weeks in (~late, late) for part in (both, n)]
    p = two_proportions(*counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.abs(counts[2] / counts[3] / (counts[0] / counts[1]) - 1)
    is_called = (false_discovery(p) <= SETTINGS.max_q) & (change >= SETTINGS.rule_change)
    return (~np.isnan(p)).sum(), is_called.sum(), (p[~np.isnan(p)] <= 0.05).mean()


if __name__ == "__main__":
    main()
