"""The completion loss against a basket-by-basket computation, and its written-out gradient against TensorFlow's."""

import numpy as np
import pytest
import tensorflow as tf

from basketry.embeddings.network import Part, completion

DIM = 3
ITEMS = [0, 3, 4, 1, 3, 0]
BASKET = [0, 0, 0, 1, 1, 2]
OTHERS = [2, 2, 2, 1, 1, 0]
NEGATIVES = [3, 2, 2]


@pytest.fixture
def case():
    rng = np.random.default_rng(5)
    table = rng.normal(size=(5, 2 * DIM + 1)).astype(np.float32)
    log_q = np.log(rng.dirichlet(np.ones(5))).astype(np.float32)
    part = Part(*(tf.constant(x, tf.int32) for x in (ITEMS, BASKET, OTHERS, NEGATIVES)))
    return table, log_q, part


def by_hand(table, log_q):
    """The loss as a reader would write it: one left-out item at a time."""
    vector_in, vector_out, bias = table[:, :DIM], table[:, DIM:-1], table[:, -1]
    total = tf.constant(0.0)
    for at, item in enumerate(ITEMS):
        others = [i for j, i in enumerate(ITEMS) if BASKET[j] == BASKET[at] and j != at]
        if others:
            context = tf.reduce_mean(tf.gather(vector_in, others), 0)
            candidates = [item, *(n for n in NEGATIVES if n != item)]
            logits = [tf.tensordot(context, vector_out[c], 1) + bias[c] - log_q[c] for c in candidates]
            total += tf.reduce_logsumexp(logits) - logits[0]
    return total


def test_the_loss_is_that_of_each_left_out_item(case):
    table, log_q, part = case
    found = completion(tf.gather(table, ITEMS), tf.gather(table, NEGATIVES), part, tf.constant(log_q))
    assert float(found.total) == pytest.approx(float(by_hand(tf.constant(table), log_q)), rel=1e-5)
    assert float(found.n_examples) == 5


def test_the_gradient_is_that_of_the_loss(case):
    table, log_q, part = case
    found = completion(tf.gather(table, ITEMS), tf.gather(table, NEGATIVES), part, tf.constant(log_q))
    ours = np.zeros_like(table)
    np.add.at(ours, ITEMS, found.to_rows.numpy())
    np.add.at(ours, NEGATIVES, found.to_drawn.numpy())
    variable = tf.Variable(table)
    with tf.GradientTape() as tape:
        loss = by_hand(variable, log_q)
    np.testing.assert_allclose(ours, tf.convert_to_tensor(tape.gradient(loss, variable)), atol=1e-5)


def test_large_logits_do_not_overflow(case):
    table, log_q, part = case
    found = completion(tf.gather(table * 100, ITEMS), tf.gather(table * 100, NEGATIVES), part, tf.constant(log_q))
    assert np.isfinite(found.total) and np.isfinite(found.to_rows).all() and np.isfinite(found.to_drawn).all()
