"""Real Horovod workers: any number of them gives the weights of one; what goes wrong ends in one clear error."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from basketry.embeddings import launch as launching
from basketry.embeddings.launch import launch, log_rows
from basketry.embeddings.network import initial_table
from basketry.embeddings.settings import EmbeddingSettings
from basketry.errors import TrainingError
from tests.support.samples import N_GROUPS, N_ITEMS, work_folder

pytestmark = pytest.mark.distributed


def quiet(*_, **__):
    pass


def trained(folder, comm, workers, **over):
    spec = work_folder(folder, **over)
    return launch(spec, EmbeddingSettings(comm=comm, workers=workers, stall_seconds=300), None, quiet)


def test_two_and_four_workers_give_the_weights_of_one(tmp_path):
    alone = trained(tmp_path / "1", "alone", 1)
    for workers in (2, 4):
        together = trained(tmp_path / str(workers), "horovodrun", workers)
        assert np.abs(together - alone).max() <= 1e-5
    assert {row["n_workers"] for row in log_rows(tmp_path / "4")} == {4}


def test_ranks_differ_before_the_broadcast_so_the_test_above_can_fail():
    first, second = (initial_table(N_ITEMS, 8, seed=3, rank=rank) for rank in (0, 1))
    assert np.abs(first - second).max() > 0.1


def test_planted_groups_are_learnt(tmp_path):
    table = trained(tmp_path, "horovodrun", 2, n_steps=200)
    scores = table[:, :8] @ table[:, 8:16].T
    np.fill_diagonal(scores, -np.inf)
    same_group = scores.argmax(axis=1) % N_GROUPS == np.arange(N_ITEMS) % N_GROUPS
    assert same_group.mean() > 0.9
    losses = [row["loss"] for row in log_rows(tmp_path)]
    assert losses[-1] < losses[0]


def test_a_diverging_loss_is_said_by_name(tmp_path):
    with pytest.raises(TrainingError, match=r"lower embeddings\.learning_rate"):
        trained(tmp_path, "horovodrun", 2, learning_rate=float(np.finfo(np.float32).max))


def test_a_worker_that_cannot_start_is_an_error_with_its_last_words(tmp_path):
    spec = work_folder(tmp_path)
    spec.shard_file(3).unlink()
    with pytest.raises(TrainingError, match=r"(?s)shard-0003\.parquet.*nothing was published"):
        launch(spec, EmbeddingSettings(comm="horovodrun", workers=2), None, quiet)


def test_a_killed_worker_ends_the_training_and_no_process_stays(tmp_path):
    spec = work_folder(tmp_path, n_steps=1_000_000)
    victims = []

    def kill():
        while not log_rows(tmp_path):
            time.sleep(0.1)
        victims.extend(workers_of(spec))
        os.kill(victims[-1], signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
    with pytest.raises(TrainingError, match="nothing was published"):
        launch(spec, EmbeddingSettings(comm="horovodrun", workers=2), None, quiet)
    assert victims
    assert workers_of(spec) == []


def test_a_hung_worker_is_seen(tmp_path):
    spec = work_folder(tmp_path, n_steps=1_000_000)

    def stop():
        while not log_rows(tmp_path):
            time.sleep(0.1)
        for worker in workers_of(spec):
            os.kill(worker, signal.SIGSTOP)

    threading.Thread(target=stop, daemon=True).start()
    with pytest.raises(TrainingError, match="a worker hangs"):
        launch(spec, EmbeddingSettings(comm="horovodrun", workers=2, stall_seconds=20), None, quiet)
    assert workers_of(spec) == []


def test_a_damaged_result_is_refused(tmp_path):
    trained(tmp_path, "alone", 1, n_steps=5)
    path = tmp_path / "table.npy"
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(TrainingError, match="checksum differs"):
        launching._result(tmp_path)


def test_workers_inside_spark_give_the_weights_of_one(spark, tmp_path):
    alone = trained(tmp_path / "1", "alone", 1)
    spec = work_folder(tmp_path / "spark")
    inside = launch(spec, EmbeddingSettings(comm="spark", workers=2), spark, quiet)
    assert np.abs(inside - alone).max() <= 1e-5


def workers_of(spec) -> list[int]:
    """Process ids of the training workers of this folder: the innermost command, not its launchers."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if words[1:3] == ["-m", "basketry.embeddings.worker"] and spec.folder in words[3]:
            found.append(int(entry.name))
    return sorted(found)
