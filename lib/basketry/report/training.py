"""How the embeddings were trained, and how they did meanwhile on days they never saw."""

import pandas as pd

from basketry.report.sheet import Column, Sheet, records
from basketry.tables import Table
from basketry.tables.snapshot import Snapshot

COLUMNS = (
    Column("step", "step", "count"),
    Column("epoch", "pass", "count"),
    Column("loss", "loss (nats)", "number", "mean completion loss since the row before"),
    Column("validation_loss", "validation loss (nats)", "number", "of baskets of the holdout, never learnt from"),
    Column("learning_rate", "learning rate", "number"),
    Column("n_examples", "examples", "count"),
    Column("n_workers", "workers", "count"),
)


def read_training(lake: Snapshot, log: Table) -> pd.DataFrame:
    """The columns that the log, gold.training_log or gold.validation_log, has of COLUMNS, by step."""
    wanted = [column.name for column in COLUMNS if column.name in log.column_names]
    return lake.frame(log, wanted).sort_values("step")


def training_sheet(name: str, log: pd.DataFrame) -> Sheet:
    columns = tuple(column for column in COLUMNS if column.name in log)
    return Sheet(name, f"The {name} log", columns, records(log))
