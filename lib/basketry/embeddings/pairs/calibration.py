"""Calibration: what makes a logit a probability on baskets that training never saw. Numpy only."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from basketry.embeddings.pairs.answers import Floats

BINS = 10


class Quality(NamedTuple):
    """How good probabilities are: mean log loss (nats), mean squared error (Brier 1950) and expected calibration error,
    the mean distance of what is said from what comes about, in ten bins of equal width (Naeini et al. 2015).
    """

    log_loss: float
    brier: float
    calibration_error: float


def platt(logits: Floats, is_met: Floats, weights: Floats) -> tuple[float, float]:
    """Slope, not below 0, and offset of the logits that make the labels likeliest (Platt 1999).

    As there labels are drawn in by one pair, so that there is a best line where both sorts can be told apart.
    """
    n_met, n_apart = weights @ is_met, weights @ ~is_met
    target = np.where(is_met, (n_met + 1) / (n_met + 2), 1 / (n_apart + 2))

    def loss(line: Floats) -> tuple[float, Floats]:
        said = line[0] * logits + line[1]
        off = weights * (expit(said) - target)
        return float(weights @ (np.logaddexp(0, said) - target * said)), np.array([off @ logits, off.sum()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)])
    return float(found.x[0]), float(found.x[1])


def quality_of(log_odds: Floats, is_met: Floats, weights: Floats) -> Quality:
    said, shares = expit(log_odds), weights / weights.sum()
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    off = np.bincount(bins, shares * (said - is_met), minlength=BINS)
    log_loss = shares @ (np.logaddexp(0, log_odds) - is_met * log_odds)
    return Quality(float(log_loss), float(shares @ (said - is_met) ** 2), float(np.abs(off).sum()))
