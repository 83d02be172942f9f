"""Optimizers against Keras' on whole gradients, and against a plain loop where a step touches some rows only."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from basketry.embeddings.allotment import table_of
from basketry.embeddings.comm import Alone
from basketry.embeddings.optimizers import rate_of
from basketry.embeddings.table import clipped, summed
from basketry.embeddings.train import train
from tests.support.samples import N_ITEMS, work_folder

RATE, STEPS, WIDTH = 0.05, 12, 17


def pushed(tmp_path, gradients, **settings):
    """Rows before and after gradients, each (ids, rows), ids repeated or not, and the rates of a real training."""
    spec = work_folder(tmp_path, comm="alone", workers=1, **settings)
    table, exchange = table_of(spec, Alone())
    before = table.rows.numpy()
    for number, (ids, rows) in enumerate(gradients, start=1):
        rate = tf.constant(rate_of(spec.settings, RATE, number), tf.float32)
        exchange.push(summed(tf.constant(ids), tf.constant(rows, tf.float32)), rate)
    return before.astype(float), table.rows.numpy()


def some(n_rows, steps=STEPS):
    """Gradients of rows drawn with replacement, so that many are there twice and many not at all."""
    rng = np.random.default_rng(4)
    return [(rng.integers(0, N_ITEMS, n_rows).astype(np.int32), rng.normal(size=(n_rows, WIDTH))) for _ in range(steps)]


@pytest.mark.parametrize(
    ("name", "keras_own"),
    [
        ("adam", keras.optimizers.Adam(RATE, beta_1=0.9, beta_2=0.999, epsilon=1e-7)),
        ("momentum", keras.optimizers.SGD(RATE, momentum=0.9)),
    ],
)
def test_where_every_step_touches_every_row_it_is_the_textbook_one(tmp_path, name, keras_own):
    rng = np.random.default_rng(2)
    every = np.arange(N_ITEMS, dtype=np.int32)
    gradients = [(every, rng.normal(size=(N_ITEMS, WIDTH)).astype(np.float32)) for _ in range(STEPS)]
    before, after = pushed(tmp_path, gradients, optimizer=name)
    theirs = keras.Variable(before.astype(np.float32))
    for _, rows in gradients:
        keras_own.apply([tf.constant(rows)], [theirs])
    np.testing.assert_allclose(after, np.asarray(theirs), atol=1e-5)
    assert np.abs(after - before).max() > RATE


def test_adam_of_rows_that_come_twice_or_not_at_all_is_a_plain_loop(tmp_path):
    gradients = some(30)
    rows, after = pushed(tmp_path, gradients, optimizer="adam", momentum=0.8)
    mean, square = np.zeros_like(rows), np.zeros_like(rows)
    for number, (ids, given) in enumerate(gradients, start=1):
        for row in set(ids.tolist()):
            total = sum(given[n] for n in range(len(ids)) if ids[n] == row)
            mean[row] = 0.8 * mean[row] + 0.2 * total
            square[row] = 0.999 * square[row] + 0.001 * total**2
            rows[row] -= RATE * (mean[row] / (1 - 0.8**number)) / np.sqrt(square[row] / (1 - 0.999**number))
    np.testing.assert_allclose(after, rows, atol=1e-4)


def test_momentum_of_rows_that_come_twice_or_not_at_all_is_a_plain_loop(tmp_path):
    gradients = some(30)
    rows, after = pushed(tmp_path, gradients, optimizer="momentum", momentum=0.8)
    moves = np.zeros_like(rows)
    for ids, given in gradients:
        for row in set(ids.tolist()):
            moves[row] = 0.8 * moves[row] + RATE * sum(given[n] for n in range(len(ids)) if ids[n] == row)
            rows[row] -= moves[row]
    np.testing.assert_allclose(after, rows, atol=1e-5)


def test_a_gradient_longer_than_the_norm_is_made_so_long_and_a_shorter_one_is_left():
    rows = tf.constant([[3.0, 0.0], [0.0, 4.0]])
    np.testing.assert_allclose(clipped(rows, tf.constant(25.0, tf.float64), 1.0), rows / 5, rtol=1e-6)
    np.testing.assert_array_equal(clipped(rows, tf.constant(25.0, tf.float64), 5.5), rows)


def test_the_norm_is_that_of_all_rows_with_those_of_features(tmp_path):
    # Momentum 0 is plain descent, which shows the gradient itself; item 0 has two features, item 1 one.
    gradient = [(np.array([0, 1], np.int32), np.eye(2, WIDTH))]
    before, after = pushed(tmp_path, gradient, optimizer="momentum", momentum=0, clip_norm=0.5, tower=True)
    assert np.linalg.norm(after - before) == pytest.approx(0.5 * RATE, rel=1e-4)
    assert np.count_nonzero(np.abs(after - before).max(1)) == 5
    _, free = pushed(tmp_path, gradient, optimizer="momentum", momentum=0, clip_norm=9, tower=True)
    assert np.linalg.norm(free - before) == pytest.approx(5**0.5 * RATE, rel=1e-4)


@pytest.mark.parametrize(("name", "rate"), [("adam", 0.02), ("momentum", 0.01)])
def test_they_learn(tmp_path, name, rate):
    spec = work_folder(tmp_path, comm="alone", workers=1, optimizer=name, learning_rate=rate, clip_norm=50)
    log = []
    train(spec, Alone(), log.append)
    assert log[-1].loss < 0.95 * log[0].loss
