"""Every exchange moves the rows that a plain loop moves, for any number of workers; and which one auto takes."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from basketry.embeddings import sharded, table
from basketry.embeddings.allotment import table_of
from basketry.embeddings.choice import exchange_of, table_bytes
from basketry.embeddings.comm import Alone
from basketry.embeddings.table import RowGradient, initial_rows
from basketry.embeddings.train import train
from tests.support.samples import N_GROUPS, N_ITEMS, planted_features, work_folder
from tests.support.threads import together

EXCHANGES = ("gathered", "dense", "sharded")
RATE = 0.1
# Rows 3 and 5 have gradients at every worker, 5 in such a way that they cancel out; others at one or none.
STEPS = 3


def gradients(rank, size, step, width=17):
    rng = np.random.default_rng([rank, step])
    ids = np.array([5, 3, *rng.choice(np.arange(6, N_ITEMS), 7, replace=False)], np.int32)
    rows = rng.normal(size=(len(ids), width)).astype(np.float32)
    rows[0] = 1 if rank else 1 - size
    return ids, rows


def by_hand(rows, size):
    """Row by row: the sum of all workers' gradients, spread over features, then Adagrad for each of three parts."""
    rows, squares = rows.astype(float), np.full((len(rows), 3), 1e-3)
    for step in range(STEPS):
        total = {}
        for rank in range(size):
            for item, given in zip(*gradients(rank, size, step), strict=True):
                for row in (item, *(N_ITEMS + n for n in planted_features()[item] if n >= 0)):
                    total[row] = total.get(row, 0) + given.astype(float)
        for row, given in total.items():
            for part, at in enumerate((slice(0, 8), slice(8, 16), slice(16, 17))):
                squares[row, part] += (given[at] ** 2).mean()
                rows[row, at] -= RATE * given[at] / squares[row, part] ** 0.5
    return rows


@pytest.fixture
def small_blocks(monkeypatch):
    for module in (table, sharded):
        monkeypatch.setattr(module, "BLOCK", 5)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("name", EXCHANGES)
@pytest.mark.parametrize("size", [1, 2, 4])
def test_an_exchange_moves_the_rows_that_a_plain_loop_moves(tmp_path, name, size):
    spec = work_folder(tmp_path, exchange=name, tower=True)

    def work(comm):
        own, exchange = table_of(spec, comm)
        exchange.start(None)
        before = exchange.whole(own.rows)
        finite = []
        for step in range(STEPS):
            ids, rows = gradients(comm.rank, size, step)
            finite.append(bool(exchange.push(RowGradient(tf.constant(ids), tf.constant(rows)), tf.constant(RATE))))
        fetched = exchange.fetch(tf.range(comm.rank, N_ITEMS, dtype=tf.int32)).numpy()
        return before, exchange.whole(own.rows), fetched, finite, exchange.disagreement()

    found = together(size, work)
    before, after = found[0][:2]
    np.testing.assert_allclose(after, by_hand(before, size), atol=1e-5)
    rows = after.astype(float)
    features = np.where(planted_features()[:, :, None] >= 0, rows[N_ITEMS + planted_features()], 0).sum(1)
    for rank, (*others, fetched, finite, apart) in enumerate(found):
        np.testing.assert_allclose(fetched, (rows[:N_ITEMS] + features)[rank:], atol=1e-5)
        assert finite == [True] * STEPS and apart == 0
        assert rank == 0 or others == [None, None]


@pytest.mark.parametrize("optimizer", ["adam", "momentum"])
def test_what_an_optimizer_remembers_and_a_clipped_gradient_are_the_same_by_each(tmp_path, optimizer):
    def rows(name):
        spec = work_folder(tmp_path / name, exchange=name, tower=True, optimizer=optimizer, clip_norm=3)

        def work(comm):
            own, exchange = table_of(spec, comm)
            exchange.start(None)
            for step in range(STEPS):
                ids, given = gradients(comm.rank, 3, step)
                exchange.push(RowGradient(tf.constant(ids), tf.constant(given)), tf.constant(RATE))
            return exchange.whole(own.rows)

        return together(3, work)[0]

    expected = rows("gathered")
    for name in ("dense", "sharded"):
        np.testing.assert_allclose(rows(name), expected, atol=1e-5)


@pytest.mark.parametrize("name", EXCHANGES)
def test_a_gradient_that_is_not_finite_at_one_worker_changes_no_row_at_any(tmp_path, name):
    spec = work_folder(tmp_path, exchange=name)

    def work(comm):
        own, exchange = table_of(spec, comm)
        exchange.start(None)
        before = exchange.whole(own.rows)
        ids, rows = gradients(comm.rank, 2, 0)
        rows[4, 2] = np.inf if comm.rank else 0
        finite = exchange.push(RowGradient(tf.constant(ids), tf.constant(rows)), tf.constant(RATE))
        return bool(finite), before, exchange.whole(own.rows)

    (first, before, after), (second, *_) = together(2, work)
    assert (first, second) == (False, False)
    assert (before == after).all()


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("name", EXCHANGES)
def test_what_one_number_of_workers_kept_another_starts_from(tmp_path, name):
    spec = work_folder(tmp_path, exchange=name)
    rng = np.random.default_rng(1)
    kept = {"rows": rng.normal(size=(N_ITEMS, 17)), "state": rng.random((N_ITEMS, 3))}
    kept = {key: array.astype(np.float32) for key, array in kept.items()}

    def work(comm):
        own, exchange = table_of(spec, comm)
        exchange.start(kept if comm.rank == 0 else None)
        return {key: exchange.whole(variable) for key, variable in own.variables.items()}, own.rows.shape[0]

    found = together(3, work)
    assert all((found[0][0][key] == kept[key]).all() for key in kept)
    assert [held for _, held in found] == ([14, 13, 13] if name == "sharded" else [N_ITEMS] * 3)


@pytest.mark.usefixtures("small_blocks")
def test_a_part_of_the_first_rows_is_that_part_of_all_of_them():
    counts = np.arange(23, 0, -1)
    whole = initial_rows(counts, 4, 3, 0, n_zeros=6)
    parts = [initial_rows(counts, 4, 3, 0, 6, place, 3) for place in range(3)]
    assert all((part == whole[place::3]).all() for place, part in enumerate(parts))
    assert whole.shape == (29, 9) and not whole[23:].any() and whole[:23].all()


@pytest.mark.parametrize("name", ["dense", "sharded"])
def test_a_whole_training_is_the_same_by_each(tmp_path, name):
    def rows(folder, exchange):
        spec = work_folder(folder, comm="alone", workers=1, validates=True, tower=True, exchange=exchange)
        log = []
        return train(spec, Alone(), log.append), [(row.loss, row.validation_loss) for row in log]

    expected, losses = rows(tmp_path / "1", "gathered")
    found, again = rows(tmp_path / "2", name)
    assert np.abs(found - expected).max() <= 1e-5
    np.testing.assert_allclose(again, losses, atol=1e-5)


def test_auto_shards_a_table_that_is_too_large_and_sums_whole_ones_where_all_is_touched_often(tmp_path):
    spec = work_folder(tmp_path, workers=2)
    # 40 items of 2 * 8 + 1 numbers and 3 of Adagrad's: 3,200 bytes.
    assert table_bytes(spec) == 3200
    assert exchange_of(spec) == "gathered"
    # 44 draws of each of 4 workers touch some 26 items: together 2.6 times the table.
    assert exchange_of(replace(spec, settings=spec.settings.model_copy(update={"workers": 4}))) == "dense"
    np.save(spec.path("counts.npy"), np.full(20_000, 5))
    many = replace(spec, n_items=20_000, n_features=N_GROUPS)
    assert exchange_of(many) == "gathered"
    assert table_bytes(many) == 20_008 * 80
    assert exchange_of(replace(many, settings=spec.settings.model_copy(update={"table_mib": 1}))) == "sharded"
    one = replace(many, settings=spec.settings.model_copy(update={"table_mib": 1, "workers": 1}))
    assert exchange_of(one) == "gathered"


@pytest.mark.parametrize("optimizer", ["adagrad", "momentum", "adam"])
@pytest.mark.parametrize("patience", [0, 3])
def test_the_size_of_a_table_is_what_is_held_of_it(tmp_path, optimizer, patience):
    spec = work_folder(tmp_path, tower=True, foretells=True, optimizer=optimizer, patience=patience)
    held = table_of(spec, Alone())[0].variables.values()
    assert table_bytes(spec) == sum(variable.numpy().nbytes for variable in held)
