"""Rows of gold.drift of models: what of its gain over popularity each has lost since it was last published."""

from collections.abc import Mapping

import numpy as np
from pyspark.sql import Row as MetricRow

from basketry.drift.psi import Floats
from basketry.drift.rates import false_discovery, loss
from basketry.drift.rows import Row, blank
from basketry.drift.settings import DriftSettings

# By task and model, a row of gold.metrics: one metric of all cases at one length of list.
Judged = Mapping[tuple[str, str], MetricRow]
BASELINE = "popularity"
WIDTH = 1.959964


def of_models(judged: Judged, published: Judged, settings: DriftSettings) -> list[Row]:
    """A row a task and model that is in both and was asked the same, by task and model.

    Gains, not values, are compared: two holdouts are not equally easy.
    """
    keys = [key for key in sorted(judged) if key in published and _compare(judged[key], published[key])]
    if not keys:
        return [blank("model", _nothing(judged, published), settings.model_loss)]
    now, then = [judged[key] for key in keys], [published[key] for key in keys]
    p = loss(_gains(then), _errors(then), _gains(now), _errors(now))
    tests = zip(now, then, _gains(then), _gains(now), p, false_discovery(p), strict=True)
    return [_row(one, other, [float(number) for number in numbers], settings) for one, other, *numbers in tests]


def _compare(now: MetricRow, then: MetricRow) -> bool:
    is_alike = (now["question"], now["k"]) == (then["question"], then["k"])
    is_known = all(row["baseline"] and row["ci_low"] is not None and row["ci_high"] is not None for row in (now, then))
    return is_alike and is_known and now["model"] != BASELINE and then["value"] > 0


def _nothing(judged: Judged, published: Judged) -> str:
    if not judged:
        return "not measured: gold.metrics is not there; evaluate writes it"
    if not published:
        return "not measured: no model that was judged has been published yet"
    return "not measured: what was published was judged by other settings of evaluation"


def _gains(rows: list[MetricRow]) -> Floats:
    return np.array([row["value"] / row["baseline"] for row in rows])


def _errors(rows: list[MetricRow]) -> Floats:
    """The standard error of each value as a share of it, from its 95 % interval; 0 of a value of 0."""
    widths = [(row["ci_high"] - row["ci_low"]) / row["value"] if row["value"] else 0 for row in rows]
    return np.array(widths) / (2 * WIDTH)


def _row(now: MetricRow, then: MetricRow, numbers: list[float], settings: DriftSettings) -> Row:
    """`numbers`: gain before and now, p and q."""
    before, late, p, q = numbers
    change = late / before - 1
    is_drifted = q <= settings.max_q and change <= -settings.model_loss
    why = (
        f"NDCG@{now['k']} {now['value']:.4f}, {late:.2f} times popularity; {then['value']:.4f} and {before:.2f} times "
        "when it was last published"
    )
    return Row(
        "model", f"{now['task']}: {now['model']}", then["n"], now["n"], before, late, change, None, None, None, None, 0,
        settings.model_loss, p, q, is_drifted, settings.actions.model if is_drifted else "none", why,
    )  # fmt: skip
