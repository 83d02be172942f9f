"""`basketry mine FILE`: a first look at a file, without a lake."""

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any

import typer
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from rich.console import Console

from basketry.arguments import parse_arguments
from basketry.commands.options import Assign, Config, flags
from basketry.commands.tables import cell, grid
from basketry.errors import ContractError, MissingInputError
from basketry.mining.rules import Mined, mine_rules
from basketry.mining.settings import Engine
from basketry.session import build_session

NEEDED = {"basket_id", "item_id"}
SHOWN = ("antecedent", "consequent", "freq", "support", "confidence", "lift", "leverage")
N_SHOWN = 10


def mine_file(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet with basket_id and item_id, or text: a basket a line")],
    min_count: Annotated[int | None, typer.Option(help="Baskets an itemset needs")] = None,
    min_support: Annotated[float | None, typer.Option(help="The same as a share of all baskets")] = None,
    engine: Annotated[Engine | None, typer.Option(help="Which miner")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for itemsets and rules (Parquet)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of tables")] = False,
    config: Config = None,
    assign: Assign = None,
) -> None:
    """Mine a file: itemsets by size and the rules with most leverage. With --out all of them are written."""
    given = {"min_count": min_count, "min_support": min_support, "engine": engine}
    asked = [f"mining.{name}={value}" for name, value in given.items() if value is not None]
    settings = parse_arguments(flags(config, [*(assign or []), *asked]), os.environ).settings
    every = read_baskets(build_session(settings.spark, "basketry mine"), file).persist()
    baskets = every.where(F.size("items") <= settings.lake.baskets.max_items)
    found = mine_rules(baskets, settings.mining)
    if out:
        found.itemsets.write.mode("overwrite").parquet(str(out / "itemsets"))
        found.rules.write.mode("overwrite").parquet(str(out / "rules"))
    told = summary(found, baskets.count(), every.count())
    if as_json:
        typer.echo(json.dumps(told))
    else:
        _print(told)


def read_baskets(spark: SparkSession, file: Path) -> DataFrame:
    """Baskets (items: distinct, sorted) of a file; key none. Raises MissingInputError, ContractError when empty."""
    if not file.exists():
        raise MissingInputError(f"{file}: no such file")
    baskets = _read(spark, str(file.resolve())).where(F.size("items") > 0)
    if baskets.isEmpty():
        raise ContractError(f"{file}: no basket found; wanted columns basket_id and item_id, or a basket a line")
    return baskets


def summary(found: Mined, n_baskets: int, n_read: int) -> dict[str, Any]:
    """Counts of itemsets by size, and the rules with most leverage, ties by name."""
    sizes = found.itemsets.groupBy("size").count().orderBy("size").collect()
    best = found.rules.orderBy(F.desc("leverage"), "antecedent", "consequent").select(*SHOWN).limit(N_SHOWN)
    return {
        "baskets": n_baskets,
        "set_aside": n_read - n_baskets,
        "itemsets": {str(row["size"]): row["count"] for row in sizes},
        "n_rules": found.rules.count(),
        "rules": [row.asDict() for row in best.collect()],
    }


def _read(spark: SparkSession, file: str) -> DataFrame:
    if file.endswith(".parquet"):
        return _gathered(spark.read.parquet(file), file)
    first = spark.read.text(file).head()
    # Words of the first line: a header may be quoted, and one with another delimiter must not pass for a basket.
    if first and NEEDED & set(re.findall(r"\w+", first["value"])):
        return _gathered(spark.read.option("header", True).csv(file), file)
    return spark.read.text(file).select(_distinct(F.split("value", ",")).alias("items"))


def _gathered(lines: DataFrame, file: str) -> DataFrame:
    missing = sorted(NEEDED - set(lines.columns))
    if missing:
        raise ContractError(f"{file}: no column {', '.join(missing)}; found {', '.join(lines.columns)}")
    known = lines.select(*[F.col(name).cast("string") for name in sorted(NEEDED)]).where("basket_id is not null")
    return known.groupBy("basket_id").agg(_distinct(F.collect_set("item_id")).alias("items")).select("items")


def _distinct(items: Column) -> Column:
    trimmed = F.transform(items, lambda item: F.trim(item))
    return F.array_sort(F.array_distinct(F.filter(trimmed, lambda item: item != "")))


def _print(told: dict[str, Any]) -> None:
    console = Console(highlight=False)
    aside = f"; {told['set_aside']:,} oversize ones set aside (lake.baskets.max_items)" if told["set_aside"] else ""
    console.print(f"{told['baskets']:,} baskets{aside}, {told['n_rules']:,} rules", style="bold")
    sizes = grid("items", "itemsets", right={"items", "itemsets"})
    for size, n in told["itemsets"].items():
        sizes.add_row(size, f"{n:,}")
    rules = grid(*SHOWN, right=set(SHOWN[2:]))
    for rule in told["rules"]:
        rules.add_row(*[", ".join(value) if isinstance(value, list) else cell(value) for value in rule.values()])
    console.print(sizes)
    console.print(rules)
