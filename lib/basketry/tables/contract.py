"""A table's declaration, and what follows from it: schema, constraints, conformity, merge condition."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import DataFrame
from pyspark.sql import types as T

from basketry.errors import ContractError

STRING = T.StringType()
INT = T.IntegerType()
BIGINT = T.LongType()
DOUBLE = T.DoubleType()
BOOLEAN = T.BooleanType()
BINARY = T.BinaryType()
DATE = T.DateType()
TIMESTAMP = T.TimestampType()
MONEY = T.DecimalType(12, 2)
STRINGS = T.ArrayType(T.StringType(), containsNull=False)
OPTIONAL_STRINGS = T.ArrayType(T.StringType(), containsNull=True)
INTS = T.ArrayType(T.IntegerType(), containsNull=False)
FLOATS = T.ArrayType(T.FloatType(), containsNull=False)
TINY_INTS = T.ArrayType(T.ByteType(), containsNull=False)
SCORES = T.MapType(T.StringType(), T.DoubleType(), valueContainsNull=False)
VERSIONS = T.MapType(T.StringType(), T.LongType(), valueContainsNull=False)
# Delta commits that change how rows lie in files, and no row.
UPKEEP_COMMITS = ("OPTIMIZE", "VACUUM START", "VACUUM END")


@dataclass(frozen=True)
class Column:
    """A column: Spark type, meaning with its unit, whether it may be null, and a CHECK on its value (Spark SQL).

    `varies` marks what differs between two runs over the same input, as a wall time; `verify` leaves it out.
    """

    name: str
    type: T.DataType
    note: str
    nullable: bool = False
    check: str | None = None
    varies: bool = False

    @property
    def field(self) -> T.StructField:
        return T.StructField(self.name, self.type, self.nullable, {"comment": self.note})


@dataclass(frozen=True)
class Table:
    """A Delta table: `layer.name`, unique non-null `key`, columns in order.

    `dated_by` names the date column that --from and --to select on; upkeep puts rows of near dates together, which
    bench/layout.py found better than partitions. `found_by` names more columns to find rows by: of these and the date
    Delta keeps the least and greatest value of each file, and of no other, which makes writing cheaper. A table with
    neither keeps those of all.
    `changes` turns the Delta change feed on; `only_grows` makes Delta refuse whatever changes or deletes a row.
    """

    layer: str
    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    note: str
    partition_by: tuple[str, ...] = ()
    dated_by: str | None = None
    found_by: tuple[str, ...] = ()
    changes: bool = False
    only_grows: bool = False

    def __post_init__(self) -> None:
        nullable = {c.name for c in self.columns if c.nullable}
        unknown = {*self.key, *self.partition_by, *self._skipped_by} - set(self.column_names)
        if unknown or nullable & set(self.key):
            raise ValueError(
                f"{self}: unknown columns {sorted(unknown)}, nullable key {sorted(nullable & set(self.key))}"
            )

    def __str__(self) -> str:
        return f"{self.layer}.{self.name}"

    @property
    def column_names(self) -> list[str]:
        return [c.name for c in self.columns]

    @cached_property
    def schema(self) -> T.StructType:
        """The StructType of the Delta table: types, nullability and comments."""
        return T.StructType([c.field for c in self.columns])

    @property
    def properties(self) -> dict[str, str]:
        """Delta table properties: one CHECK constraint a column that has one, what has statistics, and switches."""
        checks = {f"delta.constraints.{c.name}_is_valid": c.check for c in self.columns if c.check}
        statistics = {"delta.dataSkippingStatsColumns": ",".join(self._skipped_by)} if self._skipped_by else {}
        switches = {"delta.enableChangeDataFeed": self.changes, "delta.appendOnly": self.only_grows}
        return checks | statistics | {name: "true" for name, is_on in switches.items() if is_on}

    @property
    def _skipped_by(self) -> tuple[str, ...]:
        return (*self.found_by, *filter(None, [self.dated_by]))

    def merge_condition(self, target: str = "old", source: str = "new") -> str:
        """Equality on the whole key; the key is non-null by contract, so no row is inserted twice."""
        return " AND ".join(f"{target}.{c} = {source}.{c}" for c in self.key)

    def differs(self, target: str = "old", source: str = "new") -> str:
        """Whether any column outside the key differs; null equals null here."""
        others = [c for c in self.column_names if c not in self.key]
        return " OR ".join(f"NOT ({target}.{c} <=> {source}.{c})" for c in others) or "false"


def conform(df: DataFrame, table: Table) -> DataFrame:
    """`df` with exactly the table's columns, in declared order.

    Raises ContractError listing every missing, unexpected and differently typed column at once.
    """
    faults = list(_faults(df.schema, table))
    if faults:
        raise ContractError(f"{table}: does not match its contract: " + "; ".join(faults))
    return df.select(*table.column_names)


def _faults(found: T.StructType, table: Table) -> Iterator[str]:
    types = {f.name: f.dataType for f in found}
    for column in table.columns:
        if column.name not in types:
            yield f"{column.name} is missing"
        elif types[column.name].simpleString() != column.type.simpleString():
            # simpleString leaves out nullability, which Spark widens freely; Delta's constraints hold it.
            yield f"{column.name} is {types[column.name].simpleString()}, declared {column.type.simpleString()}"
    for name in sorted(set(types) - set(table.column_names)):
        yield f"{name} is not declared"
