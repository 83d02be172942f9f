"""The task of next purchases: its gradient against TensorFlow's, what it learns, and that it is not there when off."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pyarrow.parquet as pq
import pytest
import tensorflow as tf

from basketry.embeddings.checkpoints import with_checkpoints
from basketry.embeddings.comm import Alone
from basketry.embeddings.next_purchase import next_gradient
from basketry.embeddings.results import without_labels
from basketry.embeddings.stream import NO_LABEL, packs
from basketry.embeddings.train import train
from tests.support.samples import N_GROUPS, N_ITEMS, planted_labels, work_folder

DIM, N_LABELS = 3, 4
# The last basket is of empty slots; the second one has no label.
ITEMS, BASKET, LABEL = [0, 3, 4, 1, 3, 0, 2, 0], [0, 0, 0, 1, 1, 2, 2, 3], [2, NO_LABEL, 0, *[NO_LABEL] * 5]
ALONE = {"comm": "alone", "workers": 1, "foretells": True, "next_weight": 1.0}


def quiet(*_, **__):
    pass


def by_hand(table, outputs):
    """The loss as a reader would write it, a basket at a time."""
    total = tf.constant(0.0)
    for number, label in enumerate(LABEL):
        if label != NO_LABEL:
            mean = tf.reduce_mean(
                tf.gather(table[:, :DIM], [i for i, b in zip(ITEMS, BASKET, strict=True) if b == number]), 0
            )
            logits = tf.linalg.matvec(outputs[:, DIM:-1], mean) + outputs[:, -1]
            total += tf.reduce_logsumexp(logits) - logits[label]
    return total


def test_the_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(5)
    table, outputs = (tf.Variable(rng.normal(size=(n, 2 * DIM + 1)).astype(np.float32)) for n in (5, N_LABELS))
    found, to_outputs = next_gradient(tf.gather(table, ITEMS), outputs, tf.constant(BASKET), tf.constant(LABEL))
    ours = np.zeros(table.shape)
    np.add.at(ours, ITEMS, found.numpy())
    with tf.GradientTape() as tape:
        loss = by_hand(table, outputs)
    expected = [tf.convert_to_tensor(each) for each in tape.gradient(loss, [table, outputs])]
    np.testing.assert_allclose(ours, expected[0], atol=1e-5)
    np.testing.assert_allclose(to_outputs, expected[1], atol=1e-5)


def test_a_part_without_labels_has_no_gradient():
    rows = tf.ones([8, 2 * DIM + 1])
    for found in next_gradient(rows, rows[:N_LABELS], tf.constant(BASKET), tf.constant([NO_LABEL] * 8)):
        assert not found.numpy().any()


def test_a_label_stays_with_its_basket_through_passes_and_packs(tmp_path):
    spec = work_folder(tmp_path, **ALONE)
    table = pq.read_table(spec.shard_file(0))
    of_basket = {}
    for items, label in zip(table["items"].to_pylist(), table["label"].to_pylist(), strict=True):
        of_basket.setdefault(tuple(items), set()).add(label)
    seen = []
    for pack in islice(packs(spec.shard_file(0), 3, 0, spec.settings.slots), 60):
        n = len(np.unique(pack.basket[pack.others > 0]))
        assert len(pack.labels) == spec.settings.slots and (pack.labels[n:] == NO_LABEL).all()
        for number in range(n):
            assert pack.labels[number] in of_basket[tuple(pack.items[(pack.basket == number) & (pack.others > 0)])]
        seen += pack.labels[:n].tolist()
    assert NO_LABEL in seen and set(seen) == set(range(-1, N_GROUPS))


def trained(folder, **how):
    spec, log = work_folder(folder, **how), []
    return spec, train(spec, Alone(), log.append), log


def next_loss(spec, rows, baskets):
    """Mean over `baskets` (nats), in numpy."""
    dim, losses = spec.settings.embedding_dim, []
    outputs = rows[spec.n_items : spec.n_items + spec.n_labels]
    for items, label in baskets:
        logits = outputs[:, dim:-1] @ rows[items, :dim].mean(0) + outputs[:, -1]
        losses.append(np.logaddexp.reduce(logits) - logits[label])
    return np.mean(losses)


def test_a_planted_label_is_learnt(tmp_path):
    spec, rows, _ = trained(tmp_path, steps=200, **ALONE)
    table = pq.read_table(spec.shard_file(1)).to_pydict()
    labelled = [pair for pair in zip(table["items"], table["label"], strict=True) if pair[1] != NO_LABEL]
    assert len(labelled) > 100
    assert next_loss(spec, rows, labelled) < np.log(N_GROUPS) / 10


@pytest.mark.parametrize("tower", [True, False])
def test_where_the_task_is_off_vectors_are_the_very_ones_of_a_folder_without_labels(tmp_path, tower):
    how = {"comm": "alone", "workers": 1, "tower": tower}
    _, rows, log = trained(tmp_path / "1", **how)
    spec, found = work_folder(tmp_path / "2", **how, foretells=True), []
    assert (train(replace(spec, n_labels=0), Alone(), found.append) == rows).all()
    assert [row.loss for row in found] == [row.loss for row in log]
    beside = without_labels(trained(tmp_path / "3", **how, foretells=True, next_weight=1.0)[1], spec)
    assert beside.shape == rows.shape and np.abs(beside - rows).max() > 0.01


@pytest.mark.parametrize("exchange", ["dense", "sharded"])
def test_each_exchange_gives_the_same_rows_and_labels_start_anew(tmp_path, exchange):
    how = {**ALONE, "tower": True, "warm": True, "freeze": "known", "optimizer": "momentum", "clip_norm": 3}
    spec, rows, _ = trained(tmp_path / "1", **how)
    assert np.abs(trained(tmp_path / "2", **how, exchange=exchange)[1] - rows).max() <= 1e-5
    frozen, labels = spec.frozen, slice(N_ITEMS, N_ITEMS + N_GROUPS)
    assert (rows[frozen] == spec.start[frozen]).all() and frozen.any()
    assert np.isnan(spec.start[labels]).all() and np.isfinite(rows).all() and rows[labels, -1].all()


def test_training_that_goes_on_from_a_checkpoint_ends_with_the_very_rows(tmp_path):
    how = {**ALONE, "tower": True, "checkpoint_every": 20}
    whole = trained(tmp_path / "1", **how)[1]
    spec = with_checkpoints(work_folder(tmp_path / "2", **how), tmp_path / "kept", quiet)

    def die(row):
        if row.step == 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(spec, Alone(), die)
    spec = with_checkpoints(spec, tmp_path / "kept", quiet)
    assert spec.resume.endswith("step-000000040.json")
    assert (train(spec, Alone(), lambda _: None) == whole).all()


def test_planted_labels_follow_from_the_group():
    assert planted_labels([[0, 8], [1, 9], [2, 10], [3, 11], [4, 12], [0, 16]]) == [1, 4, 7, 2, NO_LABEL, 1]
