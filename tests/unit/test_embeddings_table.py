"""Row-wise Adagrad, and one update for a row that is named many times."""

import numpy as np
import tensorflow as tf

from basketry.embeddings.optimizers import Adagrad
from basketry.embeddings.table import ItemTable, RowGradient, initial_rows, squared_norm, summed


def test_repeated_ids_are_added_up_before_the_update():
    found = summed(tf.constant([4, 1, 4]), tf.constant([[1.0], [10.0], [2.0]]))
    assert dict(zip(found.ids.numpy().tolist(), found.rows.numpy()[:, 0].tolist(), strict=True)) == {4: 3.0, 1: 10.0}


def test_one_number_a_part_scales_the_whole_part():
    table = ItemTable(np.zeros((2, 5), np.float32), Adagrad((2, 2, 1)))
    table.state.assign(np.ones((2, 3)))
    gradient = RowGradient(tf.constant([1]), tf.constant([[3.0, 4.0, 0.0, 2.0, 5.0]]))
    assert table.update(gradient, squared_norm(gradient), tf.constant(0.1))
    # squares: 1 + mean of (9, 16), 1 + mean of (0, 4), 1 + 25
    np.testing.assert_allclose(table.state.numpy(), [[1, 1, 1], [13.5, 3, 26]])
    moved = -0.1 * np.array([3 / 13.5**0.5, 4 / 13.5**0.5, 0, 2 / 3**0.5, 5 / 26**0.5])
    np.testing.assert_allclose(table.rows.numpy(), [np.zeros(5), moved], rtol=1e-6)


def test_workers_start_apart_so_that_a_missing_broadcast_is_seen():
    first, again, second = (initial_rows(np.array([8, 2]), 9, 3, rank) for rank in (0, 0, 1))
    assert np.abs(first - second).max() > 0.01
    assert (first == again).all()
    np.testing.assert_allclose(first[:, -1], [np.log(2), -np.log(2)], rtol=1e-6)
