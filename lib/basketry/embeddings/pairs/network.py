"""The pair network and its loss: did these two items meet in a basket, or are they from two baskets?

What goes in is the same whichever item is named first, so what comes out is too. Each hidden layer is a matrix, batch
normalisation (Ioffe and Szegedy 2015), ReLU and dropout (Srivastava et al. 2014); the logit goes through a sigmoid. A
batch is one logical shard's part of a step, whichever worker does it.
"""

from typing import NamedTuple

import tensorflow as tf

from basketry.embeddings.compiled import graph
from basketry.embeddings.network import Loss
from basketry.embeddings.pairs.layout import EPSILON, parameters_of
from basketry.embeddings.settings import EmbeddingSettings


class PairPart(NamedTuple):
    """One shard's part of a step: [slots] items; [slots, 1 + negatives] the slots they are paired with and the weights
    of the pairs; [2] the seed of the dropout; [head rows] ids of the network's rows.
    """

    items: tf.Tensor
    partners: tf.Tensor
    weights: tf.Tensor
    seed: tf.Tensor
    head: tf.Tensor

    @property
    def asked(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Ids of the rows that its loss takes."""
        return self.items, self.head


@graph
def pair_loss(rows: tf.Tensor, head: tf.Tensor, part: PairPart, settings: EmbeddingSettings, dropout: float) -> Loss:
    """The loss of one part: of each met pair, and the mean of those apart beside it. rows [slots, dim + 1] are
    part.items', head [head rows, dim + 1].
    """
    with tf.GradientTape() as tape:
        tape.watch((rows, head))
        logits = logits_of(rows, head, part, settings, dropout)
        # Of the first column "met" is right, of the others it is not.
        losses = tf.nn.softplus(tf.concat([-logits[:, :1], logits[:, 1:]], 1))
        total = tf.reduce_sum(part.weights * losses)
    to_rows, to_head = map(tf.convert_to_tensor, tape.gradient(total, (rows, head)))
    return Loss(total, tf.reduce_sum(part.weights[:, 0]), to_rows, to_head)


def logits_of(
    rows: tf.Tensor, head: tf.Tensor, part: PairPart, settings: EmbeddingSettings, dropout: float
) -> tf.Tensor:
    """[slots, 1 + negatives] logits of having met."""
    known = parameters_of(head, settings, tf.reshape)
    weights = tf.reshape(part.weights, (-1, 1))
    found = _normalised(_inputs(rows, part.partners), weights)
    for number in range(1, len(settings.pair_hidden) + 1):
        found = _normalised(tf.matmul(found, known[f"weight_{number}"]), weights)
        found = tf.nn.relu(found * known[f"scale_{number}"] + known[f"shift_{number}"])
        found = _dropped(found, part.seed + number, dropout)
    logits = tf.matmul(found, known["weight"], transpose_b=True) + known["bias"]
    return tf.reshape(logits, part.partners.shape)


def _inputs(rows: tf.Tensor, partners: tf.Tensor) -> tf.Tensor:
    """[pairs, inputs]."""
    others = tf.gather(rows, partners)
    own = tf.broadcast_to(rows[:, None, :], others.shape)
    found = tf.concat([own * others, tf.abs(own - others), own[:, :, -1:] + others[:, :, -1:]], 2)
    return tf.reshape(found, (-1, found.shape[2]))


def _normalised(numbers: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Less the mean, over the root of the variance of each column, pairs weighted."""
    shares = weights / tf.maximum(tf.reduce_sum(weights), 1.0)
    numbers -= tf.reduce_sum(shares * numbers, 0)
    return numbers * tf.math.rsqrt(tf.reduce_sum(shares * tf.square(numbers), 0) + EPSILON)


def _dropped(numbers: tf.Tensor, seed: tf.Tensor, dropout: float) -> tf.Tensor:
    """A share of the numbers nothing, the rest larger by as much."""
    if not dropout:
        return numbers
    # Named, since what is chosen otherwise differs from device to device.
    drawn = tf.random.stateless_uniform(numbers.shape, seed, alg="philox")
    return numbers * tf.cast(drawn >= dropout, numbers.dtype) / (1 - dropout)
