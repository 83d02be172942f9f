"""What a release costs, and the noise and the thresholds it asks for.

The loss is counted as zero-concentrated differential privacy, rho, which adds up over releases: Bun & Steinke 2016,
"Concentrated differential privacy". Keys come from the data, so one that few users have appears only above a threshold,
at a chance that counts in delta: Korolova et al. 2009, "Releasing search queries and clicks privately".
"""

from math import inf, log, nextafter, sqrt
from typing import NamedTuple

import numpy as np

from basketry.privacy.settings import PrivacySettings

# In deviations: what lies further out has a chance below 1e-190.
FAR = 30


class Part(NamedTuple):
    """How one table is released: a user counts once for at most `bound` keys; a noisy count below `threshold` is not
    shown. `sigma` is the discrete Gaussian's; `delta` the chance that a key of one user alone is shown.
    """

    bound: int
    rho: float
    sigma: float
    delta: float
    threshold: int


class Plan(NamedTuple):
    """A release of both tables; `rho` and `delta_keys` are those of its parts together."""

    rho: float
    delta_keys: float
    items: Part
    pairs: Part


def plan_of(settings: PrivacySettings) -> Plan:
    """Half of delta is for keys, the other half for turning rho into epsilon."""
    delta_keys = settings.delta / 2
    rho = rho_of(settings.epsilon, settings.delta - delta_keys)
    of_pairs = rho * settings.pair_share
    items = part_of(settings.max_items, rho - of_pairs, delta_keys / 2)
    return Plan(rho, delta_keys, items, part_of(settings.max_pairs, of_pairs, delta_keys / 2))


def part_of(bound: int, rho: float, delta: float) -> Part:
    """Two neighbours differ by 1 in at most `bound` counts, so by sqrt(bound) in L2; noise of sigma then costs
    bound / (2 sigma^2) (Canonne, Kamath & Steinke 2020, "The discrete Gaussian for differential privacy").
    """
    sigma = sqrt(bound / (2 * rho))
    return Part(bound, rho, sigma, delta, threshold_of(sigma, bound, delta))


def epsilon_of(rho: float, delta: float) -> float:
    """The epsilon at delta that rho implies (Bun & Steinke, proposition 1.3); infinite at no delta."""
    return rho + 2 * sqrt(rho * log(1 / delta)) if delta > 0 else inf


def rho_of(epsilon: float, delta: float) -> float:
    """The largest rho of no more than epsilon at delta: (sqrt(L + epsilon) - sqrt(L))^2 with L = ln(1 / delta)."""
    nats = log(1 / delta)
    rho = (epsilon / (sqrt(nats + epsilon) + sqrt(nats))) ** 2
    while epsilon_of(rho, delta) > epsilon:
        rho = nextafter(rho, 0)
    return rho


def threshold_of(sigma: float, bound: int, delta: float) -> int:
    """The least threshold T with bound * P(1 + noise >= T) <= delta, so that of the keys that one user alone has, none
    is shown but with chance delta.

    The tail is summed here: OpenDP 0.16 leaves the chance of T itself out of what it says (its issue 2922).
    """
    weights = np.exp(-(np.arange(int(FAR * sigma) + 2) ** 2) / (2 * sigma**2))
    tail = np.cumsum(weights[::-1])[::-1] / (2 * weights.sum() - 1)
    return 1 + int(np.argmax(bound * tail <= delta))
