"""The pair head is trained, goes on from a checkpoint, learns planted pairs, and says probabilities once calibrated."""

from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from basketry.embeddings.allotment import table_of
from basketry.embeddings.checkpoints import with_checkpoints
from basketry.embeddings.choice import table_bytes
from basketry.embeddings.comm import Alone
from basketry.embeddings.pairs.answers import log_lift
from basketry.embeddings.pairs.calibration import platt, quality_of
from basketry.embeddings.pairs.sampled import MOST, learnt_pairs, pairs_set_apart
from basketry.embeddings.pairs.training import settled_head
from basketry.embeddings.train import train
from basketry.errors import TrainingError
from tests.support.samples import N_GROUPS, N_ITEMS, pair_folder

NAMES = [f"i{n}" for n in range(N_ITEMS)]
ALONE = {"comm": "alone", "workers": 1}


class Said(dict):
    def __call__(self, text, **numbers):
        self[text] = numbers


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """The spec, its head after 150 steps, and what was said."""
    spec, said = pair_folder(tmp_path_factory.mktemp("pairs"), steps=150, **ALONE), Said()
    return spec, settled_head(spec, NAMES, train(spec, Alone(), lambda _: None), said), said


def test_planted_pairs_are_told_from_pairs_of_two_baskets_that_training_never_saw(learnt):
    spec, head, _ = learnt
    apart = pairs_set_apart(spec)
    scores = log_lift(head, [NAMES[n] for n in apart.a], [NAMES[n] for n in apart.b])
    assert roc_auc_score(apart.is_met, scores, sample_weight=apart.weights) > 0.9
    one, other = np.triu_indices(N_ITEMS, 1)
    lift = np.exp(log_lift(head, [NAMES[n] for n in one], [NAMES[n] for n in other]))
    is_one_group = one % N_GROUPS == other % N_GROUPS
    # Eight groups of one size, so items of one group meet eight times as often as chance has it, but for an item with
    # itself: 8 / (4 / 5) = 10 times.
    assert 5 < np.median(lift[is_one_group]) < 20
    assert np.median(lift[~is_one_group]) < 0.3


def test_it_says_how_good_its_probabilities_are(learnt):
    *_, said = learnt
    told = said["the pair head is calibrated"]
    assert 0 < told["log_loss"] < 0.4 < np.log(2) and told["brier"] < 0.15 and told["calibration_error"] < 0.1
    assert 0 < told["slope"] < 3


def test_where_nothing_is_set_apart_the_head_stays_as_it_is(tmp_path):
    spec, said = pair_folder(tmp_path, steps=2, **ALONE), Said()
    rows = train(spec, Alone(), lambda _: None)
    for shard in range(spec.settings.shards):
        pq.write_table(pq.read_table(spec.holdout_file(shard)).slice(0, 0), spec.holdout_file(shard))
    head = settled_head(spec, NAMES, rows, said)
    assert (head.slope, head.offset) == (1, 0)
    assert "the pair head is not calibrated: the baskets set apart are too few" in said


def test_training_that_goes_on_from_a_checkpoint_ends_with_the_very_rows(tmp_path):
    spec, log, again = pair_folder(tmp_path / "work", checkpoint_every=20, log_every=15, **ALONE), [], []
    rows = train(spec, Alone(), log.append)
    assert rows.shape == (spec.n_rows, 9) and spec.n_rows > N_ITEMS
    spec = with_checkpoints(spec, tmp_path / "kept", Said())

    def dying(row):
        if row.step == 45:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(spec, Alone(), dying)
    spec = with_checkpoints(spec, tmp_path / "kept", Said())
    assert spec.resume.endswith("step-000000040.json")
    assert (train(spec, Alone(), again.append) == rows).all()
    assert [replace(row, seconds=0) for row in again] == [replace(row, seconds=0) for row in log]


def test_the_table_is_the_same_by_each_exchange_and_as_large_as_is_said(tmp_path):
    rows = []
    for exchange in ("gathered", "dense", "sharded"):
        spec = pair_folder(tmp_path / exchange, steps=20, exchange=exchange, **ALONE)
        rows.append(train(spec, Alone(), lambda _: None))
        held = table_of(spec, Alone())[0].variables.values()
        assert table_bytes(spec) == sum(variable.numpy().nbytes for variable in held)
    assert all(np.abs(other - rows[0]).max() <= 1e-5 for other in rows[1:])


@pytest.mark.parametrize(("optimizer", "rate"), [("adam", 0.02), ("momentum", 0.001)])
def test_every_optimizer_moves_rows_of_this_layout(tmp_path, optimizer, rate):
    spec = pair_folder(tmp_path, steps=60, optimizer=optimizer, pair_learning_rate=rate, **ALONE)
    log = []
    train(spec, Alone(), log.append)
    assert log[-1].validation_loss < 0.95 * log[0].validation_loss


def test_the_validation_loss_is_that_of_pairs_set_apart_and_has_no_dropout(tmp_path):
    losses = []
    for dropout in (0.0, 0.5):
        spec, log = pair_folder(tmp_path / str(dropout), steps=1, pair_dropout=dropout, log_every=1, **ALONE), []
        # So slow that nothing moves but the loss that is learnt from.
        still = replace(spec, settings=spec.settings.model_copy(update={"learning_rate": 1e-9}))
        train(still, Alone(), log.append)
        losses.append((log[0].loss, log[0].validation_loss))
    assert losses[0][1] == pytest.approx(losses[1][1], abs=1e-6)
    assert abs(losses[0][0] - losses[1][0]) > 1e-3


def test_a_gradient_that_is_not_finite_ends_it_with_the_name_of_its_own_setting(tmp_path):
    spec = pair_folder(tmp_path, steps=5, **ALONE)
    # An item that nobody bought has no logarithm of its baskets to start at.
    np.save(spec.path("counts.npy"), np.arange(N_ITEMS))
    with (
        pytest.raises(TrainingError, match=r"not finite in 4 steps; lower embeddings\.pair_learning_rate = 0\.3"),
        np.errstate(all="ignore"),
    ):
        train(spec, Alone(), lambda _: None)


def test_statistics_are_counted_over_the_same_pairs_whatever_is_asked(learnt, monkeypatch):
    spec = learnt[0]
    more = replace(spec, settings=spec.settings.model_copy(update={"workers": 4}))
    one, other = learnt_pairs(spec), learnt_pairs(more)
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
    assert 0.7 * MOST < len(one.a) <= MOST and (one.a != one.b).all()
    monkeypatch.setattr("basketry.embeddings.pairs.sampled.MOST", 100)
    assert all((a[:100] == b).all() for a, b in zip(one, learnt_pairs(spec), strict=True))


def drawn(seed, n=4000):
    """Logits that are three times too sure and shifted, with labels and weights."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(0, 1, n)
    return 3 * honest + 1, rng.random(n) < 1 / (1 + np.exp(-honest)), rng.choice([1.0, 0.25], n)


def test_calibration_undoes_what_makes_logits_too_sure():
    slope, offset = platt(*drawn(1))
    assert (slope, offset) == (pytest.approx(1 / 3, rel=0.15), pytest.approx(-1 / 3, abs=0.1))
    logits, is_met, weights = drawn(2)
    before, after = quality_of(logits, is_met, weights), quality_of(slope * logits + offset, is_met, weights)
    assert after.log_loss < before.log_loss - 0.1 and after.brier < before.brier - 0.02
    assert after.calibration_error < 0.05 < before.calibration_error


def test_calibration_stays_finite_where_both_sorts_part_and_never_turns_the_order_round():
    is_met = np.array([True, True, False, False])
    slope, offset = platt(np.array([2.0, 1.0, -1.0, -2.0]), is_met, np.ones(4))
    assert 0 < slope < 5 and abs(offset) < 0.1
    assert platt(np.array([-2.0, -1.0, 1.0, 2.0]), is_met, np.ones(4))[0] == 0


def test_quality_is_that_of_the_textbook():
    logits, is_met, weights = drawn(3, 500)
    said = 1 / (1 + np.exp(-logits))
    found = quality_of(logits, is_met, weights)
    assert found.log_loss == pytest.approx(log_loss(is_met, said, sample_weight=weights))
    assert found.brier == pytest.approx(brier_score_loss(is_met, said, sample_weight=weights))
    # 0.05 and 0.03 said where one comes about, twice 0.95 where one does: too little and too much.
    odds = np.log(np.array([0.05, 0.03, 0.95, 0.95]) / np.array([0.95, 0.97, 0.05, 0.05]))
    found = quality_of(odds, np.array([True, False, True, False]), np.ones(4))
    assert found.calibration_error == pytest.approx((0.92 + 0.9) / 4)
