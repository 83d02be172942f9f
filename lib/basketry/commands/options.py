"""The options every subcommand shares, and what they open."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pyspark.sql import SparkSession

from basketry.arguments import Arguments, parse_arguments
from basketry.errors import SettingsError
from basketry.lake.settings import LakeSettings
from basketry.session import build_session
from basketry.tables.store import Store, local_root

Config = Annotated[
    list[str] | None,
    typer.Option(
        "--config", metavar="FILE", help="Settings file; repeat it, later wins [default: conf/local.yaml if here]"
    ),
]
Assign = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One setting, as mining.min_support=0.01")
]

LOCAL_CONFIG = Path("conf/local.yaml")


@dataclass(frozen=True)
class Opened:
    """The settings, the session and the tables of a subcommand."""

    arguments: Arguments
    spark: SparkSession
    store: Store


def flags(config: list[str] | None, assign: list[str] | None) -> list[str]:
    """The same options as a job takes them."""
    files = list(config or [])
    if not files and "BASKETRY_CONFIG" not in os.environ and LOCAL_CONFIG.is_file():
        files = [str(LOCAL_CONFIG)]
    return [f"--config={path}" for path in files] + [f"--set={text}" for text in assign or []]


def open_lake(argv: list[str]) -> Opened:
    """Settings first, so that a wrong one is refused before a session starts."""
    arguments = parse_arguments(argv, os.environ)
    spark = build_session(arguments.settings.spark, "basketry")
    lake = arguments.settings.lake
    return Opened(arguments, spark, Store(spark, local_root(lake.root), lake.catalog))


@contextmanager
def needs_extra(name: str) -> Iterator[None]:
    """Raises SettingsError that names the extra when what is imported inside is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise SettingsError(f"{error.name} is not installed: pip install 'basketry[{name}]'") from error


def paths_root(lake: LakeSettings) -> str:
    """Where tables are read without Spark. Raises SettingsError when a catalog names them instead of a path."""
    if lake.catalog:
        raise SettingsError(
            f"lake.catalog = {lake.catalog}: this command reads Delta tables by path, without Spark; set "
            "lake.catalog to null and lake.root to where the tables lie"
        )
    return local_root(lake.root)
