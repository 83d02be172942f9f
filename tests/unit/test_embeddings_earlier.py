"""A training that starts where items were published: by item_id, frozen ones bit by bit, and near where they were."""

import numpy as np
import pytest

from basketry.embeddings import sharded
from basketry.embeddings.allotment import table_of
from basketry.embeddings.checkpoints import identity, with_checkpoints
from basketry.embeddings.comm import Alone
from basketry.embeddings.earlier import Earlier, start_of
from basketry.embeddings.features import Features, composed, no_features
from basketry.embeddings.moves import cosine_distance, held
from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.train import train
from tests.support.samples import planted_start, work_folder
from tests.support.threads import together

WHOLE = {"comm": "alone", "workers": 1, "checkpoint_every": 20}
NAMES = ["ale", "bun", "cod", "dip"]
COUNTS = np.array([80, 40, 20, 10])


def published(*items, cold=()):
    rows = np.random.default_rng([*map(ord, "".join(items))]).normal(size=(len(items), 5)).astype(np.float32)
    return Earlier(list(items), rows, np.isin(items, cold))


def row_of(earlier, item):
    return earlier.rows[earlier.items.index(item)]


def test_items_start_where_they_were_by_id_and_new_ones_are_drawn():
    earlier = published("dip", "gone", "bun")
    start = start_of(earlier, NAMES, COUNTS, no_features(4))
    for item in ("bun", "dip"):
        assert (start.rows[NAMES.index(item)] == row_of(earlier, item)).all()
    assert start.is_known.tolist() == [False, True, False, True]
    assert np.isnan(start.rows[[0, 2], :-1]).all()
    # Popularity, as far above that of known items as it is of counts.
    bias = start.rows[:, -1]
    known = [row_of(earlier, item)[-1] for item in ("bun", "dip")]
    assert bias[0] - np.mean(known) == pytest.approx(np.log(80) - np.log([40, 10]).mean(), abs=1e-6)


def test_another_order_of_what_was_published_and_of_what_is_learnt_starts_the_same():
    earlier, turned = published("dip", "ale", "cod"), NAMES[::-1]
    again = Earlier(earlier.items[::-1], earlier.rows[::-1], earlier.is_cold[::-1])
    one = start_of(earlier, NAMES, COUNTS, no_features(4))
    other = start_of(again, turned, COUNTS[::-1], no_features(4))
    np.testing.assert_array_equal(other.rows[::-1], one.rows)
    np.testing.assert_array_equal(other.is_known[::-1], one.is_known)


def test_an_item_that_was_cold_starts_where_it_was_but_is_not_known():
    earlier = published("ale", "bun", cold=["bun"])
    start = start_of(earlier, NAMES, COUNTS, no_features(4))
    assert start.is_known.tolist() == [True, False, False, False]
    assert (start.rows[1, :-1] == row_of(earlier, "bun")[:-1]).all()
    assert start.rows[1, -1] == pytest.approx(row_of(earlier, "ale")[-1] + np.log(40 / 80), abs=1e-6)


def test_features_start_at_what_published_items_share_and_so_new_ones_at_their_features():
    # Of 40 trained items in 2 groups, number 39 is new; its group lies where the others of it do. Feature 2 is new.
    numbers = np.arange(40)
    trained = np.stack([numbers % 2, np.where(numbers == 39, 2, -1)], 1).astype(np.int32)
    features = Features(trained, np.array([[1, -1]], np.int32), ["cold"], 3)
    names = [f"i{n:02d}" for n in numbers]
    centres = np.array([[1, 0, 0, 1, 0.5], [0, 1, 1, 0, -0.5]])
    rows = (centres[numbers % 2] + np.random.default_rng(1).normal(0, 0.1, (40, 5))).astype(np.float32)
    earlier = Earlier(names[:39], rows[:39], np.zeros(39, bool))
    start = start_of(earlier, names, np.arange(80, 40, -1), features)
    found = composed(np.nan_to_num(start.rows), 40, features)
    np.testing.assert_allclose(found[:39], rows[:39], atol=1e-6)
    np.testing.assert_allclose(found[[39, 40], :4], np.tile(centres[1, :4], (2, 1)), atol=0.15)
    assert start.is_known.tolist() == [True] * 39 + [False, True, True, False]
    assert np.isnan(start.rows[39, :4]).all() and np.isnan(start.rows[42]).all()


@pytest.mark.parametrize("tower", [False, True])
@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("exchange", ["gathered", "sharded"])
def test_a_table_starts_at_the_given_rows_and_draws_the_others(tmp_path, tower, size, exchange, monkeypatch):
    monkeypatch.setattr(sharded, "BLOCK", 5)
    specs = [work_folder(tmp_path / str(warm), tower=tower, warm=warm, exchange=exchange) for warm in (True, False)]

    def work(comm):
        found = []
        for spec in specs:
            own, ways = table_of(spec, comm)
            ways.start(None)
            found.append(ways.whole(own.rows))
        return found

    warm, cold = together(size, work)[0]
    given = planted_start(specs[0].n_features, 8)
    np.testing.assert_array_equal(warm, np.where(np.isnan(given), cold, given))


def test_with_no_step_the_rows_are_those_it_started_from(tmp_path):
    given = planted_start(0, 8)
    rows = train(work_folder(tmp_path, steps=0, warm=True, **WHOLE), Alone(), [].append)
    known = np.isfinite(given)
    assert (rows[known] == given[known]).all() and np.isfinite(rows).all()


@pytest.mark.parametrize("exchange", ["gathered", "dense", "sharded"])
def test_frozen_rows_stay_bit_by_bit_and_the_others_learn(tmp_path, exchange):
    spec = work_folder(tmp_path, warm=True, tower=True, freeze="known", exchange=exchange, **WHOLE)
    before = train(work_folder(tmp_path / "0", steps=0, warm=True, tower=True, **WHOLE), Alone(), [].append)
    log = []
    after = train(spec, Alone(), log.append)
    frozen = np.isfinite(planted_start(spec.n_features, 8)).all(axis=1)
    assert frozen.sum() == 32 + 8
    assert (after[frozen] == before[frozen]).all()
    assert (np.abs(after[~frozen] - before[~frozen]).max(axis=1) > 0.01).all()
    assert log[-1].loss < log[0].loss


@pytest.mark.parametrize("freeze", ["none", "known"])
def test_a_warm_training_that_was_killed_goes_on_to_the_very_rows_of_an_undisturbed_one(tmp_path, freeze):
    how = {**WHOLE, "warm": True, "freeze": freeze}
    whole = train(work_folder(tmp_path / "1", **how), Alone(), [].append)
    spec = with_checkpoints(work_folder(tmp_path / "2", **how), tmp_path / "kept", lambda *_, **__: None)
    with pytest.raises(KeyboardInterrupt):
        train(spec, Alone(), dying_at(50))
    again = with_checkpoints(spec, tmp_path / "kept", lambda *_, **__: None)
    assert again.resume.endswith("step-000000040.json")
    assert (train(again, Alone(), [].append) == whole).all()


def dying_at(step):
    def write(row):
        if row.step == step:
            raise KeyboardInterrupt

    return write


def test_another_start_has_checkpoints_of_its_own_but_not_another_bound(tmp_path):
    spec = work_folder(tmp_path, warm=True, **WHOLE)
    one = identity(spec)
    assert identity(work_folder(tmp_path, warm=True, max_drift=0.1, **WHOLE)) == one
    np.save(spec.path("start.npy"), planted_start(0, 8) * 2)
    assert identity(spec) != one


def apart(share):
    """Known rows before, and after a turn of random size: a few far ones, one opposite, one of nothing."""
    rng = np.random.default_rng(4)
    before = rng.normal(size=(200, 17)).astype(np.float32)
    after = (before + rng.normal(size=before.shape) * rng.uniform(0, share, (200, 1))).astype(np.float32)
    after[0, :8], after[1, :8] = -3 * before[0, :8], 0
    return before, after


def test_vectors_that_moved_beyond_the_bound_are_turned_back_to_it_and_counted():
    before, after = apart(2)
    found, told = held(after, before, EmbeddingSettings(max_drift=0.2))
    for row, at in zip(told, (slice(0, 8), slice(8, 16)), strict=True):
        moved, now = (cosine_distance(before[:, at], rows[:, at]) for rows in (after, found))
        assert now.max() <= 0.2 + 1e-6
        assert 20 < row["n_pulled_back"] == (moved > 0.2).sum() < 180
        np.testing.assert_allclose(now[(moved > 0.2) & (np.arange(200) > 0)], 0.2, atol=1e-6)
        assert (found[moved <= 0.2, at] == after[moved <= 0.2, at]).all()
        lengths = [np.linalg.norm(rows[:, at], axis=1) for rows in (after, found)]
        np.testing.assert_allclose(*lengths, rtol=1e-5)
        assert (row["median"], row["largest"]) == (np.median(moved), moved.max())
    assert told[0]["largest"] == pytest.approx(2) and told[0]["n_known"] == 200
    assert (found[:, -1] == after[:, -1]).all()


def test_without_a_bound_nothing_is_turned_and_frozen_rows_are_what_they_were():
    before, after = apart(2)
    found, told = held(after, before, EmbeddingSettings())
    assert (found == after).all() and [row["n_pulled_back"] for row in told] == [0, 0]
    found, told = held(after, before, EmbeddingSettings(freeze="known"))
    assert (found == before).all() and max(row["largest"] for row in told) < 1e-12
    assert held(after[:0], before[:0], EmbeddingSettings())[1] == []
