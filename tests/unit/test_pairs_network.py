"""The pair network: numpy's answer is TensorFlow's, its gradient is that of its loss, no order of the items counts."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from basketry.embeddings.pairs import network
from basketry.embeddings.pairs.answers import PairHead, chance_of, log_lift, logits_of, pair_head_of, parameters_named
from basketry.embeddings.pairs.layout import initial_head, n_head_rows, parameters_of, shapes_of
from basketry.embeddings.pairs.network import PairPart, pair_loss
from basketry.embeddings.pairs.population import settled
from basketry.embeddings.pairs.sampled import Pairs
from basketry.embeddings.settings import EmbeddingSettings

# Hidden layers wider and narrower than a row of the table.
SETTINGS = EmbeddingSettings(embedding_dim=4, pair_hidden=(7, 3))
N_ITEMS, SLOTS, NEGATIVES = 12, 20, 2


@pytest.fixture
def case():
    """rows of items, head rows that are far from where they start, and a part, of float64."""
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(N_ITEMS, 5))
    head = initial_head(SETTINGS, 1) + rng.normal(0, 0.3, (n_head_rows(SETTINGS), 5))
    partners = rng.integers(0, SLOTS, (SLOTS, 1 + NEGATIVES))
    weights = np.tile([1, 0.5, 0.5], (SLOTS, 1))
    weights[-3:] = 0
    items = rng.integers(0, N_ITEMS, SLOTS)
    ids = tf.constant(items, tf.int32), tf.constant(partners, tf.int32)
    return rows, head, PairPart(*ids, tf.constant(weights), tf.constant([3, 4], tf.int32), tf.range(N_ITEMS, N_ITEMS))


def pairs_of(part):
    items, partners, weights = (np.asarray(value) for value in part[:3])
    slots, place = np.nonzero(weights)
    found = items[slots], items[partners[slots, place]], place == 0, weights[slots, place], slots
    return Pairs(*found), (slots, place)


def test_what_is_drawn_for_the_head_is_what_is_read_back():
    head = initial_head(SETTINGS, 3)
    found = parameters_of(head, SETTINGS, np.reshape)
    assert {name: each.shape for name, each in found.items()} == shapes_of(SETTINGS)
    assert head.shape == (n_head_rows(SETTINGS), 5) and n_head_rows(SETTINGS) == 11 * 2 + 2 + 2 + 7 + 1 + 1 + 1 + 1
    assert (found["scale_1"] == 1).all() and (found["shift_2"] == 0).all() and found["bias"] == 0
    assert np.count_nonzero(head) == sum(np.count_nonzero(each) for each in found.values()) == 77 + 7 + 21 + 3 + 3
    assert 0.8 < found["weight_1"].std() / (2 / 11) ** 0.5 < 1.2


def test_numpy_alone_gives_what_tensorflow_gives_where_the_statistics_are_those_of_the_batch(case):
    rows, head, part = case
    rows, head = rows.astype(np.float32), head.astype(np.float32)
    part = part._replace(weights=tf.cast(part.weights, tf.float32))
    theirs = network.logits_of(tf.gather(rows, part.items), tf.constant(head), part, SETTINGS, 0.0)
    pairs, at = pairs_of(part)
    layers = settled(parameters_of(head, SETTINGS, np.reshape), rows, pairs)
    ours = logits_of(layers, rows, pairs.a, pairs.b)
    np.testing.assert_allclose(ours, theirs.numpy()[at], atol=1e-5)
    assert ours.std() > 0.1
    loss = pair_loss(tf.gather(rows, part.items), tf.constant(head), part, SETTINGS, 0.0)
    by_hand = pairs.weights @ np.logaddexp(0, np.where(pairs.is_met, -ours, ours))
    assert float(loss.total) == pytest.approx(by_hand, rel=1e-5)
    assert float(loss.n_examples) == SLOTS - 3


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_the_gradient_is_that_of_the_loss(case, dropout):
    rows, head, part = case
    given = [tf.gather(rows, part.items), tf.constant(head)]
    found = pair_loss(*given, part, SETTINGS, dropout)
    rng, step = np.random.default_rng(8), 1e-6
    for which, gradient in enumerate((found.to_rows.numpy(), found.to_drawn.numpy())):
        for _ in range(5):
            way = rng.normal(size=gradient.shape)
            ends = []
            for sign in (1, -1):
                moved = list(given)
                moved[which] = given[which] + sign * step * way
                ends.append(float(pair_loss(*moved, part, SETTINGS, dropout).total))
            assert (gradient * way).sum() == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4, abs=1e-6)


def test_dropout_is_the_same_by_seed_and_another_by_another(case):
    rows, head, part = case

    def logits(part, dropout):
        return network.logits_of(tf.gather(rows, part.items), tf.constant(head), part, SETTINGS, dropout).numpy()

    assert (logits(part, 0.4) == logits(part, 0.4)).all()
    other = part._replace(seed=tf.constant([3, 9], tf.int32))
    assert (logits(part, 0.4) != logits(other, 0.4)).any() and (logits(part, 0.0) == logits(other, 0.0)).all()


def head_of(case):
    rows, head, part = case
    layers = settled(parameters_of(head, SETTINGS, np.reshape), rows, pairs_of(part)[0])
    return PairHead([f"i{n}" for n in range(N_ITEMS)], rows, layers, 1.5, -0.25)


def test_the_score_is_the_same_whichever_item_is_named_first_and_none_without_a_vector(case):
    head = head_of(case)
    one, other = ["i0", "i3", "i7", "new", "i1"], ["i5", "i2", "i8", "i1", "new"]
    found = log_lift(head, one, other)
    assert (found == log_lift(head, other, one)).all()
    assert np.isfinite(found[:3]).all() and np.isneginf(found[3:]).all() and found[:3].std() > 0.01
    plain = head._replace(slope=1.0, offset=0.0)
    np.testing.assert_allclose(found[:3], 1.5 * log_lift(plain, one, other)[:3] - 0.25)
    np.testing.assert_allclose(chance_of(np.log([1, 4, 0.25])), [0.5, 0.8, 0.2])


def test_what_the_tables_hold_gives_the_same_score(case):
    head = head_of(case)
    named = parameters_named(head)
    parameters = pd.DataFrame(
        {
            "name": list(named),
            "shape": [list(each.shape) for each in named.values()],
            "numbers": [each.ravel().astype(np.float32) for each in named.values()],
        }
    ).sample(frac=1, random_state=1)
    vectors = pd.DataFrame({"item_id": head.items, "vector": list(head.rows[:, :-1]), "bias": head.rows[:, -1]})
    read = pair_head_of(vectors.iloc[[4, 2]], parameters)
    assert read.items == ["i4", "i2"] and len(read.layers) == 3
    np.testing.assert_allclose(log_lift(read, ["i2"], ["i4"]), log_lift(head, ["i4"], ["i2"]), atol=1e-5)
    assert pair_head_of(vectors.iloc[:0], parameters) is None and pair_head_of(vectors, parameters.iloc[:0]) is None
