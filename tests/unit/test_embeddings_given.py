"""Vectors that the user gives: what is refused, the sum and its gradient, planted cold items, and a warm start."""

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf

from basketry.embeddings.allotment import table_of
from basketry.embeddings.checkpoints import identity, with_checkpoints
from basketry.embeddings.choice import table_bytes
from basketry.embeddings.comm import Alone
from basketry.embeddings.composition import Composition
from basketry.embeddings.earlier import Earlier, start_of
from basketry.embeddings.features import Features, composed, no_features
from basketry.embeddings.given import Given, given_of, with_given
from basketry.embeddings.optimizers import Adagrad
from basketry.embeddings.table import ItemTable, RowGradient, squared_norm
from basketry.embeddings.train import train
from basketry.errors import ContractError
from tests.support.samples import N_GROUPS, N_ITEMS, planted_given, planted_start, work_folder

WHOLE = {"comm": "alone", "workers": 1, "checkpoint_every": 20}
FEATURES = np.array([[0, -1], [1, 0], [-1, -1]], np.int32)
NAN, INF = float("nan"), float("inf")
GIVEN = np.array([[1, 0], [0.5, -1], [0, 0], [2, 1]], np.float32)


def rows_of(*pairs):
    kind = pa.list_(pa.float32())
    return pa.table({"item_id": [item for item, _ in pairs], "vector": pa.array([v for _, v in pairs], kind)})


def test_given_vectors_are_taken_as_they_are():
    found = given_of(rows_of(("bun", [1, 2]), ("ale", [3, 4])), "v")
    assert found.items == ["bun", "ale"] and found.vectors.tolist() == [[1, 2], [3, 4]]
    assert found.vectors.dtype == np.float32


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ((("ale", [1, 2]), ("bun", [1, 2, 3])), "vectors of length 2, 3; give one length"),
        ((("ale", [1, 2]), ("bun", None)), "vectors of length 2, null; give one length"),
        ((("ale", []),), "vectors of length 0; give one length"),
        ((), "vectors of length none; give one length"),
        ((("cod", [1, None]), ("ale", [1, 2]), ("bun", [1, NAN])), r"2 vector\(s\) with a number .* of item bun first"),
        ((("ale", [1, -INF]),), r"1 vector\(s\) with a number that is null or not finite, of item ale first"),
        ((("ale", [1, 2]), ("bun", [1, 2]), ("ale", [1, 2])), r"1 item\(s\) more than once, ale first"),
        (((None, [1, 2]), ("bun", [1, 2])), "a row without item_id; give each item once"),
    ],
)
def test_what_are_no_vectors_of_items_is_refused_by_name(pairs, said):
    with pytest.raises(ContractError, match=rf"embeddings\.given_vectors: lake/texts has {said}"):
        given_of(rows_of(*pairs), "lake/texts")


def test_vectors_are_standardised_by_trained_items_and_those_without_one_get_nothing():
    rng = np.random.default_rng(2)
    given = Given([f"i{n}" for n in range(60)], rng.normal(3, 5, (60, 4)).astype(np.float32))
    trained = [f"i{n}" for n in range(0, 100, 2)]
    found = with_given(no_features(50), trained, given, "v")
    known = found.given[:30]
    np.testing.assert_allclose(known.mean(0), 0, atol=1e-6)
    assert np.linalg.norm(known, axis=1).mean() == pytest.approx(1)
    assert not found.given[30:50].any()
    assert found.cold_items == sorted(f"i{n}" for n in range(1, 60, 2)) and found.given.shape == (80, 4)
    shift = given.vectors[2] - given.vectors[int(found.cold_items[5][1:])]
    ratio = (known[1] - found.given[55]) / shift
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-4)


def test_an_item_is_cold_by_its_features_or_its_given_vector():
    features = Features(FEATURES, np.array([[1, -1], [0, 1]], np.int32), ["gin", "nut"], 2)
    given = Given(["new", "nut", "ale", "bun"], np.eye(4, dtype=np.float32))
    found = with_given(features, ["ale", "bun", "cod"], given, "v")
    assert found.cold_items == ["gin", "new", "nut"]
    assert found.cold.tolist() == [[1, -1], [-1, -1], [0, 1]]
    assert found.given.any(axis=1).tolist() == [True, True, False, False, True, True]
    assert (found.trained == FEATURES).all() and (found.n, found.n_given) == (2, 4)


def test_vectors_of_no_trained_item_are_refused_and_equal_ones_say_nothing():
    given = Given(["new", "old"], np.ones((2, 3), np.float32))
    with pytest.raises(ContractError, match=r"v has no item in enough baskets; are its item_id those of silver\.items"):
        with_given(no_features(1), ["ale"], given, "v")
    assert not with_given(no_features(1), ["old"], given, "v").given.any()


@pytest.fixture
def table():
    rows = ItemTable(np.random.default_rng(1).normal(size=(7, 5)).astype(np.float32), Adagrad((2, 2, 1)))
    rows.state.assign(np.ones((7, 3)))
    return rows


def test_an_item_is_its_own_row_its_features_and_its_given_vector_projected(table):
    rows, items = table.rows.numpy(), Composition(FEATURES, GIVEN[:3], 5)
    shared = np.stack([rows[3], rows[4] + rows[3], np.zeros(5)])
    expected = rows[:3] + shared + GIVEN[:3] @ rows[5:]
    np.testing.assert_allclose(items.of(tf.constant([1, 2, 0]), table.take).numpy(), expected[[1, 2, 0]], atol=1e-6)
    alone = Composition(np.empty((3, 0), np.int32), GIVEN[:3], 3).of(tf.constant([1]), table.take)
    np.testing.assert_allclose(alone[0], rows[1] + GIVEN[1] @ rows[3:5], atol=1e-6)
    cold = Features(FEATURES, np.array([[1, -1]], np.int32), ["new"], 2, GIVEN)
    np.testing.assert_allclose(composed(rows, 3, cold), [*expected, rows[4] + GIVEN[3] @ rows[5:]], atol=1e-6)


def test_the_gradient_is_that_of_the_sum(table):
    drawn = np.random.default_rng(3).normal(size=(2, 5)).astype(np.float32)
    before = table.rows.numpy()
    gradient = Composition(FEATURES, GIVEN[:3], 5).spread(RowGradient(tf.constant([1, 0]), tf.constant(drawn)))
    table.update(gradient, squared_norm(gradient), tf.constant(0.1))
    same = tf.Variable(before)
    with tf.GradientTape() as tape:
        projected = tf.matmul(tf.constant(GIVEN[:3]), same[5:])
        items = tf.stack([same[1] + same[4] + same[3] + projected[1], same[0] + same[3] + projected[0]])
        loss = tf.reduce_sum(items * drawn)
    by_tape = tf.convert_to_tensor(tape.gradient(loss, same)).numpy()
    parts = [by_tape[:, :2], by_tape[:, 2:4], by_tape[:, 4:]]
    expected = [0.1 * part / np.sqrt(1 + (part**2).mean(1, keepdims=True)) for part in parts]
    np.testing.assert_allclose(before - table.rows.numpy(), np.concatenate(expected, 1), atol=1e-6)


@pytest.mark.parametrize("tower", [False, True])
def test_a_training_is_the_same_by_each_exchange_and_goes_on_from_a_checkpoint_to_the_very_rows(tmp_path, tower):
    second = {"foretells": tower, "next_weight": 0.5 * tower}

    def spec_of(name, **how):
        return work_folder(tmp_path / name, n_given=6, tower=tower, validates=True, **second, **how, **WHOLE)

    expected = train(spec_of("gathered"), Alone(), [].append)
    assert expected.shape == (N_ITEMS + (2 * N_GROUPS + 1) * tower + 6, 17) and np.abs(expected[-6:]).min() > 1e-4
    for name in ("dense", "sharded"):
        assert np.abs(train(spec_of(name, exchange=name), Alone(), [].append) - expected).max() <= 1e-5
    spec = with_checkpoints(spec_of("killed"), tmp_path / "kept", lambda *_, **__: None)

    def die(row):
        if row.step == 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(spec, Alone(), die)
    again = with_checkpoints(spec, tmp_path / "kept", lambda *_, **__: None)
    assert again.resume.endswith("step-000000040.json")
    assert (train(again, Alone(), [].append) == expected).all()


def test_other_vectors_have_checkpoints_of_their_own_and_the_table_is_as_large_as_it_says(tmp_path):
    spec = work_folder(tmp_path, n_given=6, tower=True, **WHOLE)
    assert table_bytes(spec) == sum(v.numpy().nbytes for v in table_of(spec, Alone())[0].variables.values())
    one = identity(spec)
    np.save(spec.path("given.npy"), planted_given(6) * 2)
    assert identity(spec) != one


def test_an_item_that_was_never_sold_lies_in_the_group_its_given_vector_tells(tmp_path):
    spec = work_folder(tmp_path, steps=150, n_given=16, **WHOLE)
    # Of the same groups, and other vectors than any that was trained.
    later = planted_given(16, 3 * N_ITEMS)[N_ITEMS:]
    cold = Features(np.empty((N_ITEMS, 0), np.int32), np.empty((len(later), 0), np.int32), [], 0)
    cold = cold._replace(given=np.concatenate([planted_given(16), later]))
    rows = composed(train(spec, Alone(), [].append), N_ITEMS, cold)
    given = later.any(axis=1)
    scores = rows[N_ITEMS:, :8][given] @ rows[:N_ITEMS, 8:16].T
    groups = np.arange(len(later))[given] % N_GROUPS
    assert (scores.argmax(1) % N_GROUPS == groups).mean() > 0.8
    assert not rows[N_ITEMS:][~given].any()


def test_a_warm_start_finds_the_projection_anew_and_new_items_start_at_their_given_vectors():
    # 60 published items lie where 3 numbers tell, but for noise; the next is new, and one more is cold.
    rng, names = np.random.default_rng(4), [f"i{n:02d}" for n in range(61)]
    given, told = rng.normal(size=(62, 3)).astype(np.float32), rng.normal(size=(3, 5))
    rows = (given @ told + rng.normal(0, 0.05, (62, 5))).astype(np.float32)
    features = no_features(61)._replace(given=given, cold=np.empty((1, 0), np.int32), cold_items=["cold"])
    start = start_of(Earlier(names[:60], rows[:60], np.zeros(60, bool)), names, np.arange(90, 29, -1), features)
    found = composed(np.nan_to_num(start.rows), 61, features)
    np.testing.assert_allclose(found[:60], rows[:60], atol=1e-5)
    np.testing.assert_allclose(found[60:, :4], given[60:] @ told[:, :4], atol=0.3)
    assert start.is_known.tolist() == [True] * 60 + [False] + [True] * 3
    assert np.isnan(start.rows[60, :4]).all()


def test_a_frozen_projection_stays_bit_by_bit(tmp_path):
    spec = work_folder(tmp_path, n_given=6, warm=True, freeze="known", exchange="sharded", **WHOLE)
    rows, given = train(spec, Alone(), [].append), planted_start(6, 8)
    frozen = np.isfinite(given).all(axis=1)
    assert frozen[N_ITEMS:].tolist() == [True] * 5 + [False]
    assert (rows[frozen] == given[frozen]).all() and np.abs(rows[-1]).max() > 0.01
