"""How much of the list of what most users buy survives in noisy counts, at each epsilon.

python bench/privacy.py [--lake data/lake] [--level type] [--draws 5]. Of the 20 and the 100 items, and pairs, that most
users bought, in truth: the share that is among as many of the largest released counts, median of the draws. `none`: no
noise and no threshold, so what is lost is lost since a user counts for privacy.max_items and max_pairs only. shown:
items or pairs that reach the threshold.

The truth is looked at here, and no draw is paid for in the ledger: the figures are not private. Take them from other
receipts than those whose counts are released, or keep them to yourself.
"""

import argparse
from statistics import median

from rich.console import Console

from basketry import tables
from basketry.commands.options import open_lake
from basketry.commands.tables import grid
from basketry.privacy.accounting import plan_of
from basketry.privacy.bounds import count_users
from basketry.privacy.noise import noisy
from basketry.privacy.settings import PrivacySettings

EPSILONS = (0.1, 0.3, 1.0, 3.0, 10.0)
LENGTHS = (20, 100)
OF_EACH = ("sigma", "shown", "top 20", "top 100")
ALL = dict.fromkeys(("max_items", "max_pairs", "max_keys"), 10**9)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", default="data/lake")
    parser.add_argument("--level", default="type")
    parser.add_argument("--draws", type=int, default=5)
    asked = parser.parse_args()
    store, settings = open_lake([f"--set=lake.root={asked.lake}"]).store, PrivacySettings(level=asked.level)
    receipts = store.read(tables.BASKETS), store.read(tables.ITEMS)
    truth, bounded = (count_users(*receipts, each) for each in (settings.model_copy(update=ALL), settings))
    console = Console(width=110, highlight=False)
    for name, counts in zip(("items", "pairs"), truth, strict=True):
        least = counts["n"].nlargest(LENGTHS[-1]).min()
        console.print(f"{len(counts):,} {name}, number {LENGTHS[-1]} of {least:,} users")
    for name in ("items", "pairs"):
        console.print(table(name, getattr(truth, name), getattr(bounded, name), settings, asked.draws))


def table(name, truth, bounded, settings, n_draws):
    """A row an epsilon, of items or of pairs."""
    shown = grid(f"epsilon: {name}", *OF_EACH, right=set(OF_EACH))
    for epsilon in EPSILONS:
        part = getattr(plan_of(settings.model_copy(update={"epsilon": epsilon})), name)
        draws = [drawn(bounded, part) for _ in range(n_draws)]
        shown.add_row(f"{epsilon:g}", f"{part.sigma:.1f}", *survival(truth, draws))
    shown.add_row("none", "", *survival(truth, [bounded]))
    return shown


def drawn(counts, part):
    """The rows that are released, with their noisy counts."""
    found = noisy(counts["n"].tolist(), part)
    return counts.iloc[list(found)].assign(n=list(found.values()))


def survival(truth, draws):
    """How many are shown, and the share of each true list that is in the one of the same length; medians."""
    shares = [median(len(top(truth, n) & top(draw, n)) / n for draw in draws) for n in LENGTHS]
    return f"{median(map(len, draws)):,.0f}", *(f"{share:.2f}".removeprefix("0") for share in shares)


def top(counts, n):
    """Keys of the n largest counts; ties by key."""
    keys = [name for name in counts.columns if name != "n"]
    rows = counts.sort_values(["n", *keys], ascending=[False, *(True for _ in keys)])[keys].head(n)
    return set(rows.itertuples(index=False, name=None))


if __name__ == "__main__":
    main()
