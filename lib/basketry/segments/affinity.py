"""Distances of items from how much more often they meet than baskets of their size explain."""

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.segments.arrays import Names, names_of
from basketry.segments.near import Edges, knee
from basketry.segments.settings import GroupSettings

# Of items that meet no more often than that.
FAR = 1.0


def edges_of_pairs(pairs: DataFrame, settings: GroupSettings) -> tuple[Names, Edges]:
    """Every item of gold.pairs at the level by name, and its pairs nearer than FAR.

    Distance: baskets expected over baskets found (0 to 1), the inverse of the adjusted lift, `shrink` added to both so
    that a pair of rare items is not near for one basket more. The driver holds 24 bytes a pair of gold.pairs.
    """
    known = pairs.where(F.col("level") == settings.level)
    ends = known.select(F.explode(F.array("item_a", "item_b")).alias("item")).distinct()
    items = names_of(sorted(ends.toPandas()["item"]))
    distance = (F.col("expected") + settings.shrink) / (F.col("n_ab") + settings.shrink)
    near = known.select("item_a", "item_b", distance.alias("distance")).where(F.col("distance") < FAR)
    rows = near.orderBy("item_a", "item_b").toPandas()
    one, other = (np.searchsorted(items.astype(str), rows[name].to_numpy(str)) for name in ("item_a", "item_b"))
    return items, Edges(len(items), one, other, rows["distance"].to_numpy(float))


def pair_knee(edges: Edges, min_points: int) -> float:
    """The knee of the distances to the (min_points - 1)-th nearest, of the items that have so many pairs."""
    end, distance = np.concatenate([edges.one, edges.other]), np.tile(edges.distance, 2)
    order = np.lexsort((distance, end))
    place = np.searchsorted(end[order], np.arange(edges.n)) + min_points - 2
    enough = np.bincount(end, minlength=edges.n) >= min_points - 1
    return knee(np.sort(distance[order][place[enough]])) if enough.any() else FAR
