"""Names in canonical form: one spelling for what differs by case, white space, Unicode form or zero-width letters."""

import re
import unicodedata
from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def canonical(name: str) -> str:
    """NFKC, zero-width letters removed, runs of white space as one space, trimmed, lower case."""
    known = unicodedata.normalize("NFKC", name).replace("\u200b", "").replace("\ufeff", "")
    return re.sub(r"\s+", " ", known).strip().lower()


def with_canonical_names(lines: DataFrame) -> DataFrame:
    """The lines with `item_name` in canonical form, null when nothing is left. Each distinct name is read once."""
    names = lines.select("item_name").where(F.col("item_name").isNotNull()).distinct()
    known = names.mapInArrow(_canonical_batches, "item_name STRING, canonical STRING")
    joined = lines.join(known, "item_name", "left")
    return joined.withColumn("item_name", F.nullif("canonical", F.lit(""))).drop("canonical")


def _canonical_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        found = [canonical(name) for name in batch.column(0).to_pylist()]
        yield pa.RecordBatch.from_arrays([batch.column(0), pa.array(found, pa.string())], ["item_name", "canonical"])
