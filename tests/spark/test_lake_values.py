"""Text becomes a value or null: never a failure, never another value."""

import pytest
from pyspark.sql import functions as F

from basketry.lake import values


def one(spark, column):
    return spark.range(1).select(column.alias("v")).collect()[0].v


@pytest.mark.parametrize(
    "text, value",
    [("3", 3), ("-3", -3), ("3.0", 3), ("1.5", None), ("3.", None), ("two", None), ("--", None), ("1e3", None),
     ("", None), ("9999999999", None), (" 3", None), ("٣", None)],
)  # fmt: skip
def test_integer(spark, text, value):
    assert one(spark, values.integer(F.lit(text))) == value


@pytest.mark.parametrize(
    "text, value",
    [("3", 3), ("2.005", 2.005), (".5", 0.5), ("5.", 5), ("1e-2", 0.01), ("1e400", None), ("NaN", None),
     ("Infinity", None), ("12,50", None), ("12,5O", None), ("1234567890123", None), ("-0.10", -0.1)],
)  # fmt: skip
def test_money(spark, text, value):
    found = one(spark, values.money(F.lit(text)))
    assert (found if found is None else float(found)) == value


@pytest.mark.parametrize(
    "text, utc",
    [("2024-01-05 10:00:00", "2024-01-05 10:00:00"), ("2024-01-05T10:00:00Z", "2024-01-05 10:00:00"),
     ("2024-01-05T10:00:00+02:00", "2024-01-05 08:00:00"), ("2024-01-05", "2024-01-05 00:00:00"),
     ("2024-01-05 10:00", "2024-01-05 10:00:00"), ("2024-13-45 99:00:00", None), ("2024-02-30 10:00:00", None),
     ("2024-07-05 10:00:00 Europe/Berlin", "2024-07-05 08:00:00"), ("2024-01-05 10:00:00 UTC", "2024-01-05 10:00:00"),
     ("2024-01-05 10:00:00 Mars/Base", None),
     ("10:00", None), ("2024", None), ("now", None), ("1704448800", None)],
)  # fmt: skip
def test_time_in_utc(spark, text, utc):
    assert one(spark, values.time(F.lit(text), "UTC").cast("string")) == utc


@pytest.mark.parametrize(
    "text, utc",
    [("2024-07-05 10:00:00", "2024-07-05 08:00:00"), ("2024-01-05 10:00:00", "2024-01-05 09:00:00"),
     ("2024-07-05T10:00:00Z", "2024-07-05 10:00:00"), ("2024-07-05", "2024-07-04 22:00:00"),
     ("2024-07-05 10:00:00 America/New_York", "2024-07-05 14:00:00"),
     ("2024-03-31 02:30:00", "2024-03-31 01:30:00"), ("2024-10-27 02:30:00", "2024-10-27 00:30:00")],
)  # fmt: skip
def test_time_of_a_shop_abroad(spark, text, utc):
    assert one(spark, values.time(F.lit(text), "Europe/Berlin").cast("string")) == utc


def test_cents_round_halves_away_from_zero(spark):
    found = [one(spark, values.cents(F.lit(t).cast("decimal(18,6)"))) for t in ("2.005", "-2.005", "99999999999")]
    assert [str(v) for v in found] == ["2.01", "-2.01", "None"]
