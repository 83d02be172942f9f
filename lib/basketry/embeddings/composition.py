"""Items as sums of rows of the table: their own, and those of their features."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from basketry.embeddings.table import RowGradient, summed


class Composition:
    """`features` [items + labels, width]: numbers of the features of each item, negative ones none, as of all labels.

    The table has the rows of the items first, then those of the labels, then those of the features.
    """

    def __init__(self, features: NDArray[np.int32]) -> None:
        self._n_items = len(features)
        self._features = tf.constant(features) if features.size else None

    def of(self, ids: tf.Tensor, take: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
        """[n, 2 dim + 1]: the items of ids [n]; `take` gives rows of the table by their numbers [n] or [n, k]."""
        if self._features is None:
            return take(ids)
        numbers = tf.gather(self._features, ids)
        known = numbers >= 0
        # An item's own row stands in for a feature it has not, so that none is asked for in vain.
        parts = take(tf.concat([ids[:, None], tf.where(known, self._n_items + numbers, ids[:, None])], 1))
        return parts[:, 0] + tf.reduce_sum(tf.where(known[:, :, None], parts[:, 1:], 0.0), 1)

    def spread(self, gradient: RowGradient) -> RowGradient:
        """The gradient of items by rows of the table: a feature's is the sum of its items'."""
        if self._features is None:
            return gradient
        numbers = tf.gather(self._features, gradient.ids)
        at = tf.where(numbers >= 0)
        features = self._n_items + tf.gather_nd(numbers, at)
        theirs = summed(features, tf.gather(gradient.rows, at[:, 0]))
        return RowGradient(tf.concat([gradient.ids, theirs.ids], 0), tf.concat([gradient.rows, theirs.rows], 0))
