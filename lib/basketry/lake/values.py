"""Text into typed values: null when the text is no such value, never a failure and never a guess."""

from pyspark.sql import Column
from pyspark.sql import functions as F

ZONE = r"(Z|[+-]\d{2}:?\d{2}|UTC|[A-Z][A-Za-z]+/[A-Za-z_/+-]+\d*)"
TIME = rf"^\d{{4}}-\d{{2}}-\d{{2}}([ T]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d{{1,9}})?)?( ?{ZONE})?)?$"
INTEGER = r"^[+-]?\d{1,9}(\.0+)?$"
NUMBER = r"^[+-]?(\d{1,12}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?$"


def integer(text: Column) -> Column:
    """A whole number of at most nine digits; `2.0` is one."""
    return F.when(text.rlike(INTEGER), F.substring_index(text, ".", 1).try_cast("int"))


def money(text: Column) -> Column:
    """DECIMAL(18,6); null beyond twelve digits and for NaN or infinity."""
    return F.when(text.rlike(NUMBER), text.try_cast("decimal(18,6)"))


def time(text: Column, time_zone: str) -> Column:
    """A date with or without a time, ISO form; a zone after it is an offset or an IANA name. Without one it is of
    `time_zone`: an hour that the clocks skip is the one after it, one that they repeat is its first.
    """
    read = F.when(text.rlike(TIME), text.try_cast("timestamp"))
    if time_zone == "UTC":
        return read
    names_zone = text.rlike(f":.*{ZONE}$")
    return F.when(names_zone, read).otherwise(F.to_utc_timestamp(read, time_zone))


def cents(amount: Column) -> Column:
    """DECIMAL(12,2), halves away from zero."""
    return F.round(amount, 2).try_cast("decimal(12,2)")


def chosen(names: dict[str, Column]) -> Column:
    """The names whose condition holds, as an array in the given order; empty when none does."""
    # array_compact would need a lambda, and an operator with one is not compiled as a whole.
    given = [F.when(holds, F.lit(name)).otherwise("") for name, holds in names.items()]
    return F.array_remove(F.array(F.lit(""), *given), "")
