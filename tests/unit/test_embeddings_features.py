"""The sum of an item's own row and its features', its gradient against TensorFlow's, and planted groups."""

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf

from basketry.embeddings.comm import Alone
from basketry.embeddings.composition import Composition
from basketry.embeddings.features import Features, composed, features_of
from basketry.embeddings.optimizers import Adagrad
from basketry.embeddings.table import ItemTable, RowGradient, squared_norm
from basketry.embeddings.train import train
from basketry.errors import ContractError
from tests.support.samples import N_GROUPS, N_ITEMS, SMALL, planted_features, work_folder

FEATURES = np.array([[0, -1], [1, 0], [-1, -1]], np.int32)

ITEMS = pa.table(
    {
        "item_id": ["ale", "bun", "cod", "gin", "nut"],
        "category": ["drink", "bread", None, "drink", "snack"],
        "size": ["1L", None, None, "2L", "1L"],
        "name": ["Ale-strong", "bun", "cod", "Strong", "ale"],
    }
)


@pytest.fixture
def table():
    rows = ItemTable(np.arange(25, dtype=np.float32).reshape(5, 5), Adagrad((2, 2, 1)))
    rows.state.assign(np.ones((5, 3)))
    return rows


def test_an_item_is_its_own_row_and_those_of_its_features(table):
    rows, items = table.rows.numpy(), Composition(FEATURES)
    found = items.of(tf.constant([1, 2, 0]), table.take).numpy()
    np.testing.assert_array_equal(found, [rows[1] + rows[4] + rows[3], rows[2], rows[0] + rows[3]])
    cold = Features(FEATURES, np.array([[1, -1]], np.int32), ["new"], 2)
    every = items.of(tf.constant([0, 1, 2]), table.take).numpy()
    np.testing.assert_array_equal(composed(rows, 3, cold), [*every, rows[4]])


def test_the_gradient_of_a_feature_is_the_sum_of_its_items(table):
    given = np.random.default_rng(3).normal(size=(2, 5)).astype(np.float32)
    before = table.rows.numpy()
    gradient = Composition(FEATURES).spread(RowGradient(tf.constant([1, 0]), tf.constant(given)))
    table.update(gradient, squared_norm(gradient), tf.constant(0.1))
    same = tf.Variable(before)
    with tf.GradientTape() as tape:
        items = tf.stack([same[1] + same[4] + same[3], same[0] + same[3]])
        loss = tf.reduce_sum(items * given)
    by_tape = tf.convert_to_tensor(tape.gradient(loss, same)).numpy()
    parts = [by_tape[:, :2], by_tape[:, 2:4], by_tape[:, 4:]]
    expected = [0.1 * part / np.sqrt(1 + (part**2).mean(1, keepdims=True)) for part in parts]
    np.testing.assert_allclose(before - table.rows.numpy(), np.concatenate(expected, 1), atol=1e-6)


def test_an_item_has_the_features_of_the_settings_and_a_cold_one_those_that_are_trained():
    settings = SMALL.model_copy(update={"features": ("category", "size", "name"), "name_buckets": 1000})
    found = features_of(ITEMS, ["ale", "bun", "cod"], settings)
    # ale: drink, its size, ale, strong, "ale strong"; bun: bread, bun; cod has no category: its name alone.
    assert found.trained.tolist() == [[0, 1, 2, 3, 4], [5, 6, -1, -1, -1], [7, -1, -1, -1, -1]]
    # nut shares the category with no trained item, and gin its size with none.
    assert found.cold_items == ["gin"]
    assert found.cold.tolist() == [[0, 3, -1, -1, -1]]
    assert found.n == 8


def test_features_that_no_trained_item_has_are_refused():
    with pytest.raises(ContractError, match="no item in enough baskets has a brand; give a product table"):
        features_of(ITEMS, ["ale", "bun"], SMALL.model_copy(update={"features": ("brand",)}))


def test_an_item_that_was_never_sold_lies_in_the_group_its_feature_tells(tmp_path):
    spec = work_folder(tmp_path, steps=150, comm="alone", workers=1, tower=True)
    groups = np.arange(N_GROUPS, dtype=np.int32)[:, None]
    cold = Features(planted_features(), np.pad(groups, ((0, 0), (0, 1)), constant_values=-1), [], N_GROUPS + 1)
    rows = composed(train(spec, Alone(), [].append), N_ITEMS, cold)
    scores = rows[N_ITEMS:, :8] @ rows[:N_ITEMS, 8:16].T
    assert (scores.argmax(1) % N_GROUPS == np.arange(N_GROUPS)).mean() > 0.8
