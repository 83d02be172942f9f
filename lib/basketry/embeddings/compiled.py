"""TensorFlow's compilers as typed decorators."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import tensorflow as tf

P = ParamSpec("P")
R = TypeVar("R")


def graph(function: Callable[P, R]) -> Callable[P, R]:
    """`function` as a TensorFlow graph; it may hold Horovod's operations."""
    return cast(Callable[P, R], tf.function(function))


def fused(function: Callable[P, R]) -> Callable[P, R]:
    """`function` compiled by XLA into few passes over memory; Horovod's operations have no kernel there."""
    return cast(Callable[P, R], tf.function(function, jit_compile=True))
