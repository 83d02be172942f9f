"""Which processor a worker uses: its own GPU where there is one, its share of the cores where there is none."""

import tensorflow as tf


def prepare(threads: int, local_rank: int) -> None:
    """Call before the first TensorFlow operation. `threads` bounds a worker's cores.

    `local_rank` counts the workers of one machine from 0, and so names this worker's GPU.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        mine = gpus[local_rank % len(gpus)]
        tf.config.set_visible_devices(mine, "GPU")
        tf.config.experimental.set_memory_growth(mine, True)
