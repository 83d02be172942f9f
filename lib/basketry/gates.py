"""What keeps a worse model from being published: its metrics beside those of its rivals, and its own of last time."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from basketry import tables
from basketry.errors import GateError, MissingInputError
from basketry.job import Run
from basketry.runs import last_done

METRIC = "ndcg"


class Gate(NamedTuple):
    """A model that a step publishes must be no worse than its rivals at the tasks that are judged of these."""

    tasks: tuple[str, ...]
    model: str
    rivals: tuple[str, ...]


GATES: Mapping[str, tuple[Gate, ...]] = {
    "train_als": (
        Gate(("next_period", "next_basket"), "habit", ("popularity", "personal_frequency")),
        Gate(("explore", "next_basket_new"), "explore", ("popularity",)),
    ),
    "train_embeddings": (Gate(("cart",), "embeddings", ("popularity",)),),
}
Judged = dict[tuple[str, str], Row]


def pass_gate(run: Run, metrics: DataFrame) -> None:
    """Go on only when gold.metrics calls none of the step's models worse than what it must beat, or no gate is set.

    Raises MissingInputError when it says nothing of one, GateError when one is worse. Nobody reads what a replay
    writes: it passes.
    """
    step, settings, store = run.step.name, run.settings.evaluation, run.store
    if run.scratch or not settings.is_gated:
        return
    last = last_done(store.read(tables.RUNS), (step,)) if store.exists(tables.RUNS) else None
    published = run.as_read_by(last, tables.METRICS) if last else None
    found = faults(step, metrics, published, settings.max_loss)
    if found:
        raise GateError(
            f"nothing is published: {'; '.join(found)}. `basketry show gold.metrics` has every metric; "
            "evaluation.is_gated=false publishes all the same"
        )
    run.progress("no worse than what it must beat, by gold.metrics")


def faults(step: str, metrics: DataFrame, published: DataFrame | None, max_loss: float) -> list[str]:
    """Why the step may not publish, a text each; none when it may.

    `metrics`: gold.metrics; `published`: as it was when the step last published. Compared is NDCG of the shortest list,
    over all cases, and only what is certain counts: the upper end of the interval lies below the rival's value, or
    below 1 - max_loss of the last gain over popularity. Raises MissingInputError when `metrics` lack a model.
    """
    now, last = judged(metrics), judged(published) if published is not None else {}
    silent = [gate.model for gate in GATES[step] if gate.model not in {model for _, model in now}]
    if silent:
        raise MissingInputError(
            f"{tables.METRICS} says nothing of {' and '.join(silent)}: run evaluate first, or publish what nobody has "
            "judged by evaluation.is_gated=false"
        )
    return [fault for gate in GATES[step] for fault in _of(gate, now, last, max_loss)]


def judged(metrics: DataFrame) -> Judged:
    """By task and model, the row that gates look at."""
    rows = metrics.where((F.col("slice") == "all") & (F.col("metric") == METRIC)).orderBy("k").collect()
    return {(row["task"], row["model"]): row for row in rows if row["k"] == rows[0]["k"]}


def _of(gate: Gate, now: Judged, last: Judged, max_loss: float) -> Iterator[str]:
    for task in gate.tasks:
        row, before = now.get((task, gate.model)), last.get((task, gate.model))
        if row is None:
            continue
        yield from _below_rivals(row, [now[task, rival] for rival in gate.rivals])
        if before is not None and before["question"] == row["question"] and before["k"] == row["k"]:
            yield from _below_last(row, before, max_loss)


def _below_rivals(row: Row, rivals: Iterable[Row]) -> Iterator[str]:
    for rival in rivals:
        if row["ci_high"] < rival["value"]:
            yield f"{_said(row)}, {rival['model']} has {rival['value']:.4f}"


def _below_last(row: Row, before: Row, max_loss: float) -> Iterator[str]:
    """Gains, not values, are compared: two holdouts are not equally easy."""
    if not row["baseline"] or not before["baseline"]:
        return
    gain, least = row["ci_high"] / row["baseline"], (1 - max_loss) * before["value"] / before["baseline"]
    if gain < least:
        had = before["value"] / before["baseline"]
        yield f"{_said(row)}, {gain:.2f} times popularity, and had {had:.2f} times when it was last published"


def _said(row: Row) -> str:
    return f"{row['task']}: {row['model']} has an NDCG@{row['k']} of {row['value']:.4f}, at most {row['ci_high']:.4f}"
