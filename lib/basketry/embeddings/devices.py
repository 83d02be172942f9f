"""Which processor a worker uses: its own GPU where there is one, its share of the cores where there is none."""

import os

import tensorflow as tf


def prepare(threads: int) -> None:
    """Call before the first TensorFlow operation. `threads` bounds a worker's cores."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        mine = gpus[local_gpu(len(gpus))]
        tf.config.set_visible_devices(mine, "GPU")
        tf.config.experimental.set_memory_growth(mine, True)


def local_gpu(n_gpus: int) -> int:
    """The GPU of this worker: Horovod's local rank counts the workers of one machine."""
    return int(os.environ.get("HOROVOD_LOCAL_RANK", "0")) % n_gpus
