"""Classes of series that are forecast alike: new, rare, slow, steady, fast."""

import numpy as np
from numpy.typing import NDArray

from basketry.demand.methods import Flags, Numbers
from basketry.demand.settings import DemandSettings

CLASSES = ("new", "rare", "slow", "steady", "fast")


def classes_of(quantity: Numbers, is_seen: Flags, settings: DemandSettings) -> NDArray[np.int64]:
    """[series] the place in CLASSES of each series of quantity and is_seen [series, weeks], by all its weeks."""
    n_seen, n_sold = is_seen.sum(axis=1), (is_seen & (quantity > 0)).sum(axis=1)
    mean = np.where(is_seen, quantity, 0).sum(axis=1) / np.maximum(n_seen, 1)
    by_volume = 2 + np.searchsorted(settings.class_bounds, mean, side="right")
    found = np.where(n_sold < settings.min_weeks_sold, 1, by_volume)
    return np.asarray(np.where(n_seen < settings.new_weeks, 0, found))
