"""What lists are told with, without tables: nothing kept out, names in capitals, pairs as given."""

import numpy as np
import pandas as pd

from basketry.recommend.allowed import Allowed
from basketry.recommend.blend import Terms
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.facts import Facts, pairs_of


def terms(catalogue: Catalogue, pairs: list[tuple[str, str, int, float | None]] = (), **rules: object) -> Terms:
    """`pairs`: item_a, item_b, n_ab, adjusted_lift; item n of the catalogue is in 10 (n + 1) of 100 baskets.

    `rules` are fields of Allowed.
    """
    size = len(catalogue.items)
    n_baskets = 10 * np.arange(1, size + 1)
    names = np.array([item.upper() for item in catalogue.items], dtype=object)
    found = pairs_of(pd.DataFrame(pairs, columns=["item_a", "item_b", "n_ab", "adjusted_lift"]), catalogue)
    kept = {"excluded": np.zeros(size, dtype=np.bool_), "category": np.full(size, -1)} | rules
    return Terms(Allowed(**kept), Facts(names, n_baskets, 100, found, n_baskets, alpha=1.0, regularization=0.1))
