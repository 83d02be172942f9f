"""How the embeddings were trained."""

import pandas as pd

from basketry import tables
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.snapshot import Snapshot

COLUMNS = (
    Column("step", "step", "count"),
    Column("epoch", "pass", "count"),
    Column("loss", "loss (nats)", "number", "mean completion loss since the row before"),
    Column("learning_rate", "learning rate", "number"),
    Column("n_examples", "examples", "count"),
    Column("n_workers", "workers", "count"),
)


def read_training(lake: Snapshot) -> pd.DataFrame:
    return lake.frame(tables.TRAINING_LOG, [c.name for c in COLUMNS]).sort_values("step")


def training_sheet(log: pd.DataFrame) -> Sheet:
    return Sheet("training", "The training log", COLUMNS, records(log))
