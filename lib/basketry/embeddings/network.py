"""The completion loss and its gradient: which item is missing from this basket?

A row of an item is its in-vector, its out-vector and its bias: 2 dim + 1 numbers. The loss of a left-out item is a
sampled softmax over it and the drawn negatives: logits less the log of the probability of being drawn (Bengio and
Senecal 2008), a negative that is the left-out item itself masked. The gradient is written out, so that the three
large matrix products run on TensorFlow's own kernels (XLA's are slower on CPUs) and all the rest is fused by XLA.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from basketry.embeddings.compiled import fused
from basketry.embeddings.products import Product

MASKED = -1e9


class Part(NamedTuple):
    """One shard's part of a step: [slots] items, basket numbers, other items in the basket; [negatives] drawn items;
    [slots] labels by basket number, where next purchases are learnt.
    """

    items: tf.Tensor
    basket: tf.Tensor
    others: tf.Tensor
    negatives: tf.Tensor
    labels: tf.Tensor | None = None

    @property
    def asked(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Ids of the rows that its loss takes."""
        return self.items, self.negatives


class Loss(NamedTuple):
    """Sum of the losses of the left-out items (nats), their number, and the gradient for the rows that went in."""

    total: tf.Tensor
    n_examples: tf.Tensor
    to_rows: tf.Tensor
    to_drawn: tf.Tensor


class Found(NamedTuple):
    """Losses of some parts. ids: of the rows asked for, each once; rows: those. Places in ids: `places` of what each
    part asks for, `beside` of the rest.
    """

    losses: list[Loss]
    ids: tf.Tensor
    rows: tf.Tensor
    places: tf.Tensor
    beside: tf.Tensor


def losses_of(
    parts: list[Any],
    fetch: Callable[[tf.Tensor], tf.Tensor],
    loss: Callable[..., Loss],
    beside: Sequence[tf.Tensor] = (),
) -> Found:
    """The losses of all parts, with rows that are fetched once, [n, width] by ids [n]; those of the ids `beside` too.

    `loss` takes the rows of both sorts of ids that a part asks for, and the part.
    """
    asked = [ids for part in parts for ids in part.asked]
    ids, places = tf.unique(tf.concat([*asked, *beside], 0))
    rows = fetch(ids)
    places, others = tf.split(places, [sum(x.shape[0] for x in asked), sum(x.shape[0] for x in beside)])
    ends = iter(tf.split(places, [x.shape[0] for x in asked]))
    losses = [loss(tf.gather(rows, next(ends)), tf.gather(rows, next(ends)), part) for part in parts]
    return Found(losses, ids, rows, places, others)


def gradient_of(found: Found, sums_in: tf.DType = tf.float32) -> tf.Tensor:
    """[ids, width]: the sum of all parts' losses by each row asked for."""
    each = tf.concat([rows for x in found.losses for rows in (x.to_rows, x.to_drawn)], 0)
    return tf.math.unsorted_segment_sum(tf.cast(each, sums_in), found.places, tf.size(found.ids))


def completion(rows: tf.Tensor, drawn: tf.Tensor, part: Part, log_q: tf.Tensor, product: Product = tf.matmul) -> Loss:
    """The loss of one part. rows [slots, 2 dim + 1] are part.items', drawn likewise part.negatives'; log_q [items]."""
    context, positive = _contexts(rows, part, tf.gather(log_q, part.items))
    out, bias = out_and_bias(drawn)
    logits = product(context, out, transpose_b=True)
    offset = bias - tf.gather(log_q, part.negatives)
    total, n_examples, by_positive, by_negatives = _softmax(positive, logits, offset, part)
    to_rows = _to_rows(rows, context, by_positive, product(by_negatives, out), part)
    to_out = product(by_negatives, context, transpose_a=True)
    to_drawn = tf.concat([tf.zeros_like(out), to_out, tf.reduce_sum(by_negatives, 0)[:, None]], 1)
    return Loss(total, n_examples, to_rows, to_drawn)


@fused
def _contexts(rows: tf.Tensor, part: Part, log_q: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """[slots, dim] mean in-vector of the other items of the basket, and [slots] corrected logit of the left-out one."""
    out, bias = out_and_bias(rows)
    context = _sum_of_others(rows[:, : out.shape[1]], part) * _share(part)
    return context, tf.reduce_sum(context * out, 1) + bias - log_q


@fused
def _softmax(
    positive: tf.Tensor, logits: tf.Tensor, offset: tf.Tensor, part: Part
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """Loss and number of examples, and the derivative of the loss by the positive and the negative logits."""
    hit = part.items[:, None] == part.negatives[None, :]
    logits = tf.where(hit, MASKED, logits + offset[None, :])
    top = tf.maximum(tf.reduce_max(logits, 1), positive)
    at_positive, at_negatives = tf.exp(positive - top), tf.exp(logits - top[:, None])
    total = at_positive + tf.reduce_sum(at_negatives, 1)
    real = tf.cast(part.others > 0, tf.float32)
    loss = tf.reduce_sum(real * (top + tf.math.log(total) - positive))
    share = real / total
    return loss, tf.reduce_sum(real), at_positive * share - real, at_negatives * share[:, None]


@fused
def _to_rows(
    rows: tf.Tensor, context: tf.Tensor, by_positive: tf.Tensor, to_context: tf.Tensor, part: Part
) -> tf.Tensor:
    """The gradient for `rows`; an in-vector learns from every other item of its basket."""
    out, _ = out_and_bias(rows)
    to_context = (to_context + by_positive[:, None] * out) * _share(part)
    return tf.concat([_sum_of_others(to_context, part), by_positive[:, None] * context, by_positive[:, None]], 1)


def out_and_bias(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    dim = (rows.shape[1] - 1) // 2
    return rows[:, dim : 2 * dim], rows[:, 2 * dim]


def _share(part: Part) -> tf.Tensor:
    """[slots, 1]: what one of the other items weighs in their mean."""
    return 1.0 / tf.cast(tf.maximum(part.others, 1), tf.float32)[:, None]


def _sum_of_others(vectors: tf.Tensor, part: Part) -> tf.Tensor:
    return tf.gather(tf.math.unsorted_segment_sum(vectors, part.basket, vectors.shape[0]), part.basket) - vectors
