"""Which processor a worker uses: its own GPU where there is one, its share of the cores where there is none."""

import os

import tensorflow as tf


def use_own_device(local_rank: int, local_size: int) -> None:
    """Call before the first TensorFlow operation; the arguments count the workers of this machine.

    More workers than GPUs share them in turn.
    """
    tf.config.threading.set_intra_op_parallelism_threads(max(1, len(os.sched_getaffinity(0)) // local_size))
    tf.config.threading.set_inter_op_parallelism_threads(1)
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        mine = gpus[local_rank % len(gpus)]
        tf.config.set_visible_devices(mine, "GPU")
        tf.config.experimental.set_memory_growth(mine, True)
