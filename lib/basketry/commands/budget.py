"""`basketry budget`: what releases of noisy counts have cost, and what is left."""

from pyspark.sql import DataFrame
from rich.console import Console
from rich.table import Table as Grid

from basketry import tables
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.tables import grid
from basketry.privacy.ledger import MOST_LEFT, Spent, releases_left, spent_of
from basketry.privacy.settings import PrivacySettings

NUMBERS = ("epsilon", "delta", "spent")


def budget(config: Config = None, assign: Assign = None) -> None:
    """Print every release of noisy counts, what they have spent together, and how many more the budget has room for."""
    opened = open_lake(flags(config, assign))
    store, settings = opened.store, opened.arguments.settings.privacy
    console, spent = Console(highlight=False), Spent(0, 0.0, 0.0)
    if store.exists(tables.PRIVACY_LEDGER):
        ledger = store.read(tables.PRIVACY_LEDGER)
        spent = spent_of(ledger)
        console.print(_listed(ledger))
    console.print(_balance(spent, settings), soft_wrap=True)


def _listed(ledger: DataFrame) -> Grid:
    listed = grid("release", "at (UTC)", "run", "level", *NUMBERS, right={"release", *NUMBERS})
    for row in ledger.orderBy("number").collect():
        numbers = f"{row['epsilon']:.4g}", f"{row['delta']:.3g}", f"{row['spent_epsilon']:.4f}"
        at = f"{row['released_at']:%Y-%m-%d %H:%M}"
        listed.add_row(str(row["number"]), at, row["run_id"], row["level"], *numbers)
    return listed


def _balance(spent: Spent, settings: PrivacySettings) -> str:
    left, delta = releases_left(spent, settings), settings.budget_delta
    more = f"{MOST_LEFT:,} or more" if left == MOST_LEFT else str(left)
    return (
        f"{spent.releases} release(s) have spent epsilon {spent.epsilon(delta):.4f} of {settings.budget_epsilon:.4g} "
        f"at delta {delta:.3g}; room for {more} more of epsilon {settings.epsilon:.4g} at delta {settings.delta:.3g}"
    )
