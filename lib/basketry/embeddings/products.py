"""The products of matrices that training spends its time on, by what they take in."""

from typing import Protocol, cast

import tensorflow as tf

from basketry.embeddings.compiled import fused
from basketry.embeddings.settings import EmbeddingSettings


class Product(Protocol):
    """The matrix product of a and b, either one transposed where that is said: float32 of float32."""

    def __call__(
        self, a: tf.Tensor, b: tf.Tensor, *, transpose_a: bool = False, transpose_b: bool = False
    ) -> tf.Tensor: ...


@fused
def in_bfloat16(a: tf.Tensor, b: tf.Tensor, *, transpose_a: bool = False, transpose_b: bool = False) -> tf.Tensor:
    """Of both rounded to bfloat16, which has the range of float32, so that no loss needs scaling; sums are float32
    (mixed precision: Kalamkar et al. 2019).
    """
    # tf.matmul would round the sums too; this one has a kernel by XLA alone.
    a, b = tf.cast(a, tf.bfloat16), tf.cast(b, tf.bfloat16)
    return tf.raw_ops.BatchMatMulV3(x=a, y=b, Tout=tf.float32, adj_x=transpose_a, adj_y=transpose_b)


def product_of(settings: EmbeddingSettings) -> Product:
    return in_bfloat16 if settings.precision == "bfloat16" else cast(Product, tf.matmul)


def sums_in(settings: EmbeddingSettings) -> tf.DType:
    """What gradients are added up in, and the optimizer steps in. Another order of adding moves the last bit of a
    float32, which rounding to bfloat16 makes much of; float64 leaves no trace of it in the rows, which are float32, so
    that they hang on no number of workers.
    """
    return tf.float64 if settings.precision == "bfloat16" else tf.float32
