"""Items as sums of rows of the table: their own, those of their features, and those that project given vectors."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from basketry.embeddings.table import RowGradient, summed


class Composition:
    """`features` [items + labels, width]: numbers of the features of each item, negative ones none, as of all labels;
    `given` [items + labels, k].

    The table has the rows of the items first, then those of the labels, then those of the features; from `given_at` on
    k that a given vector is multiplied by.
    """

    def __init__(
        self, features: NDArray[np.int32], given: NDArray[np.float32] | None = None, given_at: int = 0
    ) -> None:
        self._n_items = len(features)
        self._features = tf.constant(features) if features.size else None
        self._given = None if given is None else tf.constant(given)
        self._projection = None if given is None else given_at + tf.range(given.shape[1])

    def of(self, ids: tf.Tensor, take: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
        """[n, 2 dim + 1]: the items of ids [n]; `take` gives rows of the table by their numbers [n] or [n, k]."""
        rows = self._with_features(ids, take)
        if self._given is None:
            return rows
        return rows + tf.matmul(tf.gather(self._given, ids), take(self._projection))

    def spread(self, gradient: RowGradient) -> RowGradient:
        """The gradient of items by rows of the table: a feature's is the sum of its items'; the projection's that of
        each times its given vector.
        """
        parts = [gradient]
        if self._features is not None:
            parts.append(self._of_features(gradient))
        if self._given is not None:
            parts.append(self._of_projection(gradient))
        if len(parts) == 1:
            return gradient
        return RowGradient(tf.concat([part.ids for part in parts], 0), tf.concat([part.rows for part in parts], 0))

    def _with_features(self, ids: tf.Tensor, take: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
        if self._features is None:
            return take(ids)
        numbers = tf.gather(self._features, ids)
        known = numbers >= 0
        # An item's own row stands in for a feature it has not, so that none is asked for in vain.
        parts = take(tf.concat([ids[:, None], tf.where(known, self._n_items + numbers, ids[:, None])], 1))
        return parts[:, 0] + tf.reduce_sum(tf.where(known[:, :, None], parts[:, 1:], 0.0), 1)

    def _of_features(self, gradient: RowGradient) -> RowGradient:
        numbers = tf.gather(self._features, gradient.ids)
        at = tf.where(numbers >= 0)
        features = self._n_items + tf.gather_nd(numbers, at)
        return summed(features, tf.gather(gradient.rows, at[:, 0]))

    def _of_projection(self, gradient: RowGradient) -> RowGradient:
        # On the processor, as sums are: equal bit by bit at all workers.
        with tf.device("/CPU:0"):
            theirs = tf.cast(tf.gather(self._given, gradient.ids), gradient.rows.dtype)
            rows = tf.matmul(theirs, gradient.rows, transpose_a=True)
        return RowGradient(tf.cast(self._projection, gradient.ids.dtype), rows)
