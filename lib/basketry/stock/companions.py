"""What is lost with an item that is not there, beyond its own margin: what is bought with it beyond chance."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.stock.distribution import Array
from basketry.stock.settings import StockSettings


class Companions(NamedTuple):
    """By unit: margin of companions lost with one missing piece, how many there are, and the one that adds most."""

    margin: Array
    n: Array
    first: list[str | None]


def complements(pairs: DataFrame) -> pd.DataFrame:
    """Significant pairs of items bought together more than by chance: item_a, item_b, n_ab, n_a, n_b, expected."""
    wanted = (F.col("level") == "item") & F.col("is_significant") & (F.col("adjusted_lift") > 1)
    return pairs.where(wanted).select("item_a", "item_b", "n_ab", "n_a", "n_b", "expected").toPandas()


def companions_of(pairs: pd.DataFrame, unit_ids: pd.Series, margin: Array, settings: StockSettings) -> Companions:
    """`pairs` as `complements` gives them, `margin` [units] of a piece, NaN where unknown.

    Of A: companion_share x sum over B of (n_ab - expected) / n_a x n_ab / (n_ab + companion_prior) x margin of B,
    max_companion x margin of A at most. A piece of B is taken to be sold in each basket with it.
    """
    known = pd.Series(np.nan_to_num(margin), index=list(unit_ids))
    found = both_ways(pairs, settings)
    found = found[found["a"].isin(known.index) & found["b"].isin(known.index)]
    found["adds"] = found["more"] * found["weight"] * found["b"].map(known) * settings.companion_share
    found = found[found["adds"] > 0].sort_values(["a", "adds", "b"], ascending=[True, False, True])
    each = found.groupby("a")["adds"].agg(["sum", "size"]).reindex(known.index, fill_value=0)
    first = found.drop_duplicates("a").set_index("a")["b"].to_dict()
    bounded = np.minimum(each["sum"].to_numpy(float), settings.max_companion * known.to_numpy())
    return Companions(bounded, each["size"].to_numpy(int), [first.get(unit) for unit in known.index])


def both_ways(pairs: pd.DataFrame, settings: StockSettings) -> pd.DataFrame:
    """Each pair as (a, b) and (b, a), n_ab, `more` baskets with b among those with a than chance, and its `weight`."""
    ways = [
        pd.DataFrame(
            {
                "a": pairs[f"item_{a}"],
                "b": pairs[f"item_{b}"],
                "n_ab": pairs["n_ab"],
                "more": (pairs["n_ab"] - pairs["expected"]) / pairs[f"n_{a}"],
                "weight": pairs["n_ab"] / (pairs["n_ab"] + settings.companion_prior),
            }
        )
        for a, b in (("a", "b"), ("b", "a"))
    ]
    return pd.concat(ways, ignore_index=True)
