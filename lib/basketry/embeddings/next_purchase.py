"""A second task on the same vectors (multi-task learning, Caruana 1997): what does the same user buy from next?

The mean in-vector of a whole basket, times a label's out-vector, plus its bias: a softmax over all labels, which are
few. A label is a row of the table as an item is, whose in-vector is not used. The loss of a part is the sum over its
labelled baskets; a step needs its gradient alone.
"""

import tensorflow as tf

from basketry.embeddings.network import Found, Part, out_and_bias
from basketry.embeddings.products import sums_in
from basketry.embeddings.spec import Spec


class NextPurchase:
    """The task of one training. `ids`: the numbers of the labels' rows, which lie right behind the items'."""

    def __init__(self, spec: Spec) -> None:
        self.ids = tf.range(spec.n_items, spec.n_items + spec.n_labels, dtype=tf.int32)
        self._weight, self._sums = spec.settings.next_weight, sums_in(spec.settings)

    def gradient(self, parts: list[Part], found: Found) -> tf.Tensor:
        """[found.ids, 2 dim + 1] of the sum of all parts' losses, weighted; losses_of was given `ids` beside."""
        labels = tf.gather(found.rows, found.beside)
        # The places of a part are those of its items, then of its negatives.
        places = [at[: parts[0].items.shape[0]] for at in tf.split(found.places, len(parts))]
        each = [
            next_gradient(tf.gather(found.rows, at), labels, part.basket, part.labels)
            for at, part in zip(places, parts, strict=True)
        ]
        to_rows, to_labels = zip(*([tf.cast(rows, self._sums) for rows in pair] for pair in each), strict=True)
        rows, at = tf.concat([*to_rows, tf.add_n(to_labels)], 0), tf.concat([*places, found.beside], 0)
        return self._weight * tf.math.unsorted_segment_sum(rows, at, tf.size(found.ids))


def next_gradient(
    rows: tf.Tensor, labels: tf.Tensor, basket: tf.Tensor, label: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The gradient of one part's loss for `rows` [slots, 2 dim + 1] of its items and `labels` [labels, 2 dim + 1].

    `basket` [slots]: the basket's number; `label` [slots]: of basket number b at b, negative for none.
    """
    out, bias = out_and_bias(labels)
    slots, dim = rows.shape[0], out.shape[1]
    labelled = tf.where(label >= 0)[:, 0]
    share = 1 / tf.gather(tf.math.unsorted_segment_sum(tf.ones(slots), basket, slots), labelled)[:, None]
    means = share * tf.gather(tf.math.unsorted_segment_sum(rows[:, :dim], basket, slots), labelled)
    wanted = tf.one_hot(tf.gather(label, labelled), labels.shape[0])
    error = tf.nn.softmax(tf.matmul(means, out, transpose_b=True) + bias) - wanted
    to_baskets = tf.scatter_nd(labelled[:, None], share * tf.matmul(error, out), [slots, dim])
    to_rows = tf.pad(tf.gather(to_baskets, basket), [[0, 0], [0, dim + 1]])
    to_out = tf.matmul(error, means, transpose_a=True)
    return to_rows, tf.concat([tf.zeros_like(out), to_out, tf.reduce_sum(error, 0)[:, None]], 1)
