"""What is bought together now: pairs of the baskets of a sliding window, by the significance that all pairs have."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.few import pairs_of_enough
from basketry.mining.levels import at_level
from basketry.mining.pairs import find_pairs
from basketry.mining.settings import MiningSettings
from basketry.tables import PAIRS_NOW


def pairs_now(
    baskets: DataFrame, items: DataFrame, settings: MiningSettings, hours: int, slide_minutes: int
) -> DataFrame:
    """gold.pairs_now: the pairs of the `hours` before the end of the slide with the latest sale; none without a basket.

    `settings` say what an item and a pair need, as for gold.pairs, `min_users` too; q counts every pair of the window's
    items.
    """
    latest = baskets.agg(F.max(F.unix_seconds("sold_at"))).collect()[0][0]
    if latest is None:
        return baskets.sparkSession.createDataFrame([], PAIRS_NOW.schema)
    end = (latest // (60 * slide_minutes) + 1) * 60 * slide_minutes
    first, last = (F.timestamp_seconds(F.lit(seconds)) for seconds in (end - 3600 * hours, end))
    inside = baskets.where((F.col("sold_at") >= first) & (F.col("sold_at") < last))
    found = find_pairs(at_level(inside, items, "item"), None, settings).pairs
    found = pairs_of_enough(found, settings.min_users) if settings.min_users else found
    by = "" if settings.null == "strata" else "_margins"
    named = {name: f"{name}{by}" for name in ("expected", "adjusted_lift", "p", "q")}
    frame = {"window_start": first, "window_end": last}
    values = frame | {name: F.col(named.get(name, name)) for name in PAIRS_NOW.column_names if name not in frame}
    return found.select(*[value.alias(name) for name, value in values.items()])
