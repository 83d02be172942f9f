"""The step whole: what changed of late, of receipts, rules and models."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.drift.models import Judged, of_models
from basketry.drift.rows import Row, blank
from basketry.drift.rules import of_rules
from basketry.drift.settings import DriftSettings
from basketry.drift.shares import Asked, of_rated, of_shares
from basketry.drift.tallies import arrived, baskets_by_size, days_of, lines_by_level, records_by_reason
from basketry.tables import DRIFT
from basketry.tables.drift import WHOLE_MEASURE


class Receipts(NamedTuple):
    """Rows of silver.baskets and silver.items of the period, of bronze.files and silver.rejects, all but the first
    maybe none.
    """

    baskets: DataFrame
    items: DataFrame
    files: DataFrame
    rejects: DataFrame


def measure_drift(
    receipts: Receipts, rules: DataFrame, judged: Judged, published: Judged, settings: DriftSettings
) -> DataFrame:
    """Rows of gold.drift. `rules`: gold.rules; `judged`: what gold.metrics says of each task and model now;
    `published`: what it said when each was last published.
    """
    rows = [
        *_of_baskets(receipts, settings),
        _of_records(receipts, settings),
        *of_rules(rules, receipts.items, settings),
        *of_models(judged, published, settings),
    ]
    return receipts.baskets.sparkSession.createDataFrame([tuple(row) for row in rows], DRIFT.schema)


def _of_baskets(receipts: Receipts, settings: DriftSettings) -> Iterator[Row]:
    days = days_of(receipts.baskets, "sold_on")
    if days is None:
        yield from (blank(measure, "not measured: no basket", settings.psi) for measure in ("item_mix", "basket_size"))
        return
    for level, counted in lines_by_level(receipts.baskets, receipts.items, days, settings).items():
        if counted is None:
            yield blank("item_mix", f"not measured: silver.items has no {level}", settings.psi, level)
        else:
            names = partial(_names, receipts.items) if level == "item" else None
            yield of_shares(Asked("item_mix", level, "lines", days), counted, settings, names=names)
    sizes = baskets_by_size(receipts.baskets, days, settings)
    yield of_rated(Asked("basket_size", WHOLE_MEASURE, "baskets", days), sizes, settings)


def _of_records(receipts: Receipts, settings: DriftSettings) -> Row:
    files = arrived(receipts.files)
    days = days_of(files, "arrived_on")
    if days is None or days.span == 1:
        when = "not known: bronze.files has none" if days is None else f"one day, {days.last}"
        return blank("reject_reason", f"not measured: the day that files of receipts came is {when}", settings.psi)
    counted = records_by_reason(files, receipts.rejects, days, settings)
    return of_rated(Asked("reject_reason", WHOLE_MEASURE, "records", days), counted, settings)


def _names(items: DataFrame, wanted: Sequence[str]) -> Mapping[str, str]:
    """Names by item_id."""
    rows = items.where(F.col("item_id").isin(list(wanted))).select("item_id", "name").collect()
    return {row["item_id"]: row["name"] for row in rows}
