"""What both plans start from: the planned items, the orders of both periods, the rules and the links."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.allocation.orders import Parted, first_day_after, gather_orders, most_sold
from basketry.allocation.rules import Rules, read_rules, rules_of
from basketry.allocation.settings import AllocationSettings, Place
from basketry.allocation.starts import Links


class Inputs(NamedTuple):
    """silver.baskets, silver.items and gold.pairs, and the plan that stands (columns place and item_id)."""

    baskets: DataFrame
    items: DataFrame
    pairs: DataFrame
    last: DataFrame


class Prepared(NamedTuple):
    """The catalogue (item_id, name, category, n_baskets; most sold first) gives items their positions."""

    catalogue: pd.DataFrame
    orders: Parted
    rules: Rules
    links: Links


class Planned(NamedTuple):
    """Rows of the plan, rows of gold.allocation_quality, and what there is to say of both."""

    rows: DataFrame
    quality: DataFrame
    said: list[str]


def prepare(given: Inputs, where: Sequence[Place], settings: AllocationSettings) -> Prepared:
    """Raises ContractError and MissingInputError for input or rules of no use."""
    rules = read_rules(given.baskets.sparkSession, settings)
    before = first_day_after(given.baskets, settings.holdout_days)
    names = {place.name for place in where}
    fixed = {item for place, item in rules.fixed if place in names}
    catalogue = most_sold(given.baskets, given.items, before, fixed, settings.n_items)
    orders = gather_orders(given.baskets, catalogue, before, settings)
    item_ids = catalogue["item_id"].tolist()
    return Prepared(
        catalogue,
        orders,
        rules_of(rules, item_ids, where, given.last, settings),
        links_of(given.pairs, item_ids),
    )


def links_of(pairs: DataFrame, item_ids: Sequence[str]) -> Links:
    """Significant complements among the items; strongest adjusted lift first, ties by item."""
    at = pd.Series(range(len(item_ids)), index=list(item_ids), dtype="int64")
    wanted = (F.col("level") == "item") & F.col("is_significant") & (F.col("direction") == "complement")
    found = pairs.where(wanted & F.col("adjusted_lift").isNotNull()).select("item_a", "item_b", "adjusted_lift")
    rows = found.toPandas()
    rows = rows[rows["item_a"].isin(at.index) & rows["item_b"].isin(at.index)]
    rows = rows.sort_values(["adjusted_lift", "item_a", "item_b"], ascending=[False, True, True])
    return Links(at[rows["item_a"]].to_numpy(), at[rows["item_b"]].to_numpy(), rows["adjusted_lift"].to_numpy(float))
