"""The validation loss is that of the holdout by the rows as they stand, and watching it changes no vector."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from basketry.embeddings.comm import Alone
from basketry.embeddings.stream import Negatives, packs_once
from basketry.embeddings.train import train
from tests.support.samples import work_folder

SMALL = {"comm": "alone", "workers": 1}


def trained(spec):
    log = []
    return train(spec, Alone(), log.append), log


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    spec = work_folder(tmp_path_factory.mktemp("watched"), validates=True, **SMALL)
    return spec, *trained(spec)


def test_watching_a_holdout_changes_no_vector(watched, tmp_path):
    _, rows, log = watched
    blind, blind_log = trained(work_folder(tmp_path, **SMALL))
    assert (rows == blind).all()
    assert [row.loss for row in log] == [row.loss for row in blind_log]
    assert {row.validation_loss for row in blind_log} == {None}


def test_the_last_loss_is_that_of_the_trained_rows_on_every_basket_of_the_holdout(watched):
    spec, rows, log = watched
    assert log[-1].validation_loss == pytest.approx(by_hand(spec, rows.astype(float)), rel=1e-5)
    assert len(log) == 6


def by_hand(spec, rows):
    """One left-out item at a time, as a reader would write it."""
    dim = spec.settings.embedding_dim
    vector_in, vector_out, bias = rows[:, :dim], rows[:, dim : 2 * dim], rows[:, -1]
    negatives = Negatives(spec.counts, spec.settings.negative_power, spec.settings.negatives)
    losses, n_baskets = [], 0
    for shard in range(spec.settings.shards):
        for number, pack in enumerate(packs_once(spec.holdout_file(shard), spec.settings.slots)):
            drawn = negatives.draw(spec.seed, spec.n_steps + number, shard)
            for basket in np.unique(pack.basket[pack.others > 0]):
                items = pack.items[(pack.basket == basket) & (pack.others > 0)]
                n_baskets += 1
                for item in items:
                    context = vector_in[items[items != item]].mean(axis=0)
                    candidates = np.array([item, *drawn[drawn != item]])
                    logits = vector_out[candidates] @ context + bias[candidates] - negatives.log_probability[candidates]
                    losses.append(np.logaddexp.reduce(logits) - logits[0])
    held = [pq.read_metadata(spec.holdout_file(shard)).num_rows for shard in range(spec.settings.shards)]
    assert n_baskets == sum(held) > 60
    return np.mean(losses)


def test_learning_shows_in_it(watched):
    losses = [row.validation_loss for row in watched[2]]
    assert losses[-1] < losses[0]


def test_a_holdout_without_known_baskets_has_no_loss(tmp_path):
    spec = work_folder(tmp_path, steps=2, validates=True, **SMALL)
    for shard in range(spec.settings.shards):
        pq.write_table(pq.read_table(spec.holdout_file(shard)).slice(0, 0), spec.holdout_file(shard))
    assert [row.validation_loss for row in trained(spec)[1]] == [None]
