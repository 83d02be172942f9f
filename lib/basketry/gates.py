"""What keeps a worse model from being published: its metrics beside those of its rivals, and its own of last time; and
what drifted.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from basketry import tables
from basketry.errors import GateError, MissingInputError
from basketry.job import Run
from basketry.runs import last_done
from basketry.tables.upkeep import is_same_since

METRIC = "ndcg"
MOST_NAMED = 3


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
    "train_embeddings": (Gate(("cart",), "embeddings", ("popularity", "ppmi_svd")),),
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
    published = _published(run, store.read(tables.RUNS), step) if store.exists(tables.RUNS) else None
    found = faults(step, metrics, published, settings.max_loss)
    if found:
        raise GateError(
            f"nothing is published: {'; '.join(found)}. `basketry show gold.metrics` has every metric; "
            "evaluation.is_gated=false publishes all the same"
        )
    run.progress("no worse than what it must beat, by gold.metrics")


def pass_drift(run: Run, drift: DataFrame) -> None:
    """Go on only when nothing of gold.drift asks to publish no model; a replay passes.

    Raises GateError that names what drifted. The settings decide, not only those it was measured with, so that who
    knows why may go on without measuring again.
    """
    found = _asking(run, drift, "block")
    if found:
        raise GateError(
            f"no model is published: {_listed(found)}. `basketry drift` shows what changed; once you know why, go on "
            f"with {_instead(found)}"
        )


def pass_refit(run: Run, drift: DataFrame, runs: DataFrame) -> None:
    """Go on only when nothing of gold.drift asks to fit anew, or train_als ended well since; a replay passes.

    `runs`: ops.runs. Raises GateError that names what drifted and what to run.
    """
    found = _asking(run, drift, "refit")
    if not found:
        return
    last = last_done(runs, ("train_als",))
    known = last["input_versions"].get(str(tables.DRIFT)) if last else None
    if known is None or not is_same_since(run.store, tables.DRIFT, known):
        raise GateError(
            f"nothing is folded in: {_listed(found)}, so that the items' factors are of another time. `basketry run "
            f"train_als` fits them anew; or go on with {_instead(found)}"
        )


def judged_when_published(run: Run) -> Judged:
    """By task and model, the row that gates look at, of the metrics that the last run of the step that publishes the
    model had read; of a model that none publishes, train_als's.
    """
    runs = run.read(tables.RUNS, is_optional=True)
    read = {step: _published(run, runs, step) for step in GATES}
    found = {step: judged(metrics) if metrics is not None else {} for step, metrics in read.items()}
    trained = {gate.model for gate in GATES["train_embeddings"]}
    return {
        key: row
        for step, rows in found.items()
        for key, row in rows.items()
        if (key[1] in trained) == (step == "train_embeddings")
    }


def _published(run: Run, runs: DataFrame, step: str) -> DataFrame | None:
    """gold.metrics as the last run of the step that ended well read them."""
    last = last_done(runs, (step,))
    return run.as_read_by(last, tables.METRICS) if last else None


def _asking(run: Run, drift: DataFrame, action: str) -> list[Row]:
    """The rows with this action, of measures of which the settings still say so; none in a replay."""
    measures = [name for name, asked in run.settings.drift.actions if asked == action]
    asking = drift.where((F.col("action") == action) & F.col("measure").isin(measures))
    return [] if run.scratch else asking.orderBy(F.desc(F.abs("value")), "measure", "subject").collect()


def _listed(rows: list[Row]) -> str:
    """The first few, with why."""
    more = f"; and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
    return "; ".join(f"{row['measure']} of {row['subject']}: {row['why']}" for row in rows[:MOST_NAMED]) + more


def _instead(rows: list[Row]) -> str:
    measures = sorted({row["measure"] for row in rows})
    return " ".join(f"--set drift.actions.{measure}=note" for measure in measures)


def faults(step: str, metrics: DataFrame, published: DataFrame | None, max_loss: float) -> list[str]:
    """Why the step may not publish, a text each; none when it may.

    `metrics`: gold.metrics; `published`: as it was when the step last published. Compared is NDCG of the shortest list,
    over all cases, and only what is certain counts: the upper end of the interval lies below the rival's value, or
    below 1 - max_loss of the last gain over popularity. Raises MissingInputError when `metrics` lack a model.
    """
    now, last = judged(metrics), judged(published) if published is not None else {}
    asked = [gate.model for gate in GATES[step]] + [rival for gate in GATES[step] for rival in gate.rivals]
    silent = [model for model in dict.fromkeys(asked) if model not in {model for _, model in now}]
    if silent:
        raise MissingInputError(
            f"{tables.METRICS} says nothing of {', '.join(silent)}: run evaluate first, or publish what nobody has "
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
