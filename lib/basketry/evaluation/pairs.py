"""Do these two go together? Every pair of items that the holdout can tell of, none drawn, so the base rate is honest.

A pair goes together when it met in more holdout baskets than chance and their sizes lead one to expect, at a Poisson
chance of at most ALPHA: up to that share of the pairs that have nothing to do with each other do so by chance, and no
model can know which. Models know the counts and the embeddings of the days before alone.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy.special import pdtrc
from scipy.stats import poisson

from basketry.evaluation.bootstrap import DRAWN_AT_ONCE, ends
from basketry.evaluation.cases import PAIR
from basketry.evaluation.compare import ALL_CASES, BASELINE, Key, Measured, Row, rows
from basketry.evaluation.curve import METRICS, Flags, Floats, Order, curve, order_of
from basketry.evaluation.settings import EvaluationSettings

ALPHA = 0.05
HARD = "hard"
NO_LIST = 0


def compare_pairs(
    pairs: pd.DataFrame,
    embeddings: DataFrame,
    settings: EvaluationSettings,
    others: Mapping[str, Floats] | None = None,
    *,
    seed: int,
) -> list[Row]:
    """Rows of gold.metrics for `pairs` (n, n_a, n_b, n_baskets and expected before the cut; later_n, later_expected and
    later_p after it) and embeddings of the same days (item_id, vector_in, vector_out, bias). `others`: scores of each
    pair by more models of those days, by name.

    Slice hard leaves out negatives that never met before the cut: those are easy to tell. A model calls positive as
    many of all pairs, by its score, as n_expected says. A slice without a positive or a negative is left out, so the
    result is empty where the task cannot be asked.
    Pairs share items, so an interval that drew pairs would be too narrow: items are drawn, and a pair counts as often
    as both its items were (the pigeonhole bootstrap, Owen 2007, which errs to the wide side).
    """
    is_positive, n_called = goes_together(pairs), n_expected(pairs)
    scores_by_model = {**scores_of(pairs, embeddings), **(others or {})}
    orders = {model: order_of(scores, n_called) for model, scores in scores_by_model.items()}
    met = is_positive | (pairs["n"] > 0).to_numpy()
    parts = {ALL_CASES: np.ones(len(pairs), dtype=np.bool_), HARD: met}
    asked = {name: part for name, part in parts.items() if is_positive.any() and (part & ~is_positive).any()}
    found: dict[Key, Measured] = {}
    for name, part in asked.items():
        found |= _measured(name, orders, is_positive, part, _draws(pairs, settings.n_bootstrap, seed))
    return rows(PAIR, found)


def goes_together(pairs: pd.DataFrame) -> Flags:
    """Whether a pair met more often than expected after the cut, at ALPHA."""
    return np.asarray((pairs["later_n"] > pairs["later_expected"]) & (pairs["later_p"] <= ALPHA))


def n_expected(pairs: pd.DataFrame) -> float:
    """How many pairs the days before lead one to expect to go together, so that no label sets a threshold.

    A pair expected m times later whose adjusted lift was l meets about Poisson(l m) times; the sum over pairs of the
    chance that this reaches the count that makes a positive.
    """
    later = pairs["later_expected"].to_numpy()
    positive_from = poisson.isf(ALPHA, later) + 1
    return float(pdtrc(positive_from - 1, _adjusted_lift(pairs) * later).sum())


def scores_of(pairs: pd.DataFrame, embeddings: DataFrame) -> dict[str, Floats]:
    """By model, a score of each pair; the baseline knows how often each item sells, not that they meet."""
    n, n_a, n_b = (pairs[name].to_numpy(dtype=np.float64) for name in ("n", "n_a", "n_b"))
    return {
        BASELINE: n_a * n_b,
        "adjusted_lift": _adjusted_lift(pairs),
        "lift": n / n_a * pairs["n_baskets"].to_numpy() / n_b,
        "cosine": n / np.sqrt(n_a * n_b),
        "confidence": n / np.minimum(n_a, n_b),
        "embeddings": by_embeddings(pairs, embeddings),
    }


def by_embeddings(pairs: pd.DataFrame, embeddings: DataFrame) -> Floats:
    """Mean of both directions of vector_in . vector_out + bias, as an item completes a basket of the other alone;
    minus infinity where either item has none.
    """
    names = sorted({*pairs["item_a"], *pairs["item_b"]})
    found = embeddings.where(F.col("item_id").isin(names)).toPandas().set_index("item_id").sort_index()
    if found.empty:
        return np.full(len(pairs), -np.inf)
    a, b = (found.index.get_indexer(pd.Index(pairs[side])) for side in ("item_a", "item_b"))
    into, out = (np.stack(found[side].to_list()).astype(np.float64) for side in ("vector_in", "vector_out"))
    bias = found["bias"].to_numpy()
    both = (into[a] * out[b]).sum(axis=1) + bias[b] + (into[b] * out[a]).sum(axis=1) + bias[a]
    return np.where((a >= 0) & (b >= 0), both / 2, -np.inf)


def _adjusted_lift(pairs: pd.DataFrame) -> Floats:
    """Baskets before with both / expected; 0 where none was expected, as no basket could hold both."""
    n, expected = pairs["n"].to_numpy(dtype=np.float64), pairs["expected"].to_numpy(dtype=np.float64)
    return np.asarray(np.divide(n, expected, out=np.zeros_like(expected), where=expected > 0))


def _draws(pairs: pd.DataFrame, n_bootstrap: int, seed: int) -> Iterator[Floats]:
    """Weights [draws, pairs], some draws at a time."""
    code = pd.factorize(pd.concat([pairs["item_a"], pairs["item_b"]]), sort=True)[0]
    a, b = code[: len(pairs)], code[len(pairs) :]
    random, n_items = np.random.default_rng(seed), int(code.max()) + 1
    at_once = max(1, min(DRAWN_AT_ONCE, 2**22 // len(pairs)))
    for start in range(0, n_bootstrap, at_once):
        size = min(at_once, n_bootstrap - start)
        drawn = random.multinomial(n_items, np.full(n_items, 1 / n_items), size=size).astype(float)
        yield drawn[:, a] * drawn[:, b]


def _measured(
    name: str, orders: Mapping[str, Order], is_positive: Flags, part: Flags, draws: Iterator[Floats]
) -> dict[Key, Measured]:
    """Every model's metrics of a part of the pairs; the same draws for all."""
    keys = [Key(name, metric, NO_LIST, model) for model in orders for metric in METRICS]
    values = _values(orders, is_positive, part[None, :].astype(float))[0]
    drawn = np.concatenate([_values(orders, is_positive, part * weights) for weights in draws])
    n = int(part.sum())
    return {key: Measured(float(v), i, n) for key, v, i in zip(keys, values, ends(drawn), strict=True)}


def _values(orders: Mapping[str, Order], is_positive: Flags, weights: Floats) -> Floats:
    """[draws, models * metrics]."""
    curves = [curve(order, is_positive, weights) for order in orders.values()]
    return np.stack([metric(found) for found in curves for metric in METRICS.values()], axis=1)
