"""Real Horovod workers: any number of them gives the rows of one; what goes wrong ends in one clear error."""

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from basketry.embeddings.checkpoints import with_checkpoints
from basketry.embeddings.launch import launch
from basketry.embeddings.results import log_rows, trained_rows
from basketry.errors import TrainingError
from tests.support.samples import N_GROUPS, N_ITEMS, pair_folder, work_folder

pytestmark = pytest.mark.distributed
ENDLESS = 10_000_000


def quiet(*_, **__):
    pass


def trained(folder, comm, workers, spark=None, **over):
    spec = work_folder(folder, comm=comm, workers=workers, **over)
    launch(spec, spark, quiet)
    return spec, trained_rows(spec)


SLOW = pytest.mark.full


@pytest.fixture(scope="module", params=[True, pytest.param(False, marks=SLOW)], ids=["tower", "own"])
def lone(request, tmp_path_factory):
    """One worker's result without Horovod."""
    folder = tmp_path_factory.mktemp("lone")
    return request.param, *trained(folder, "alone", 1, validates=True, tower=request.param)


@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=SLOW)])
@pytest.mark.parametrize("exchange", ["gathered", pytest.param("dense", marks=SLOW), "sharded"])
def test_workers_give_the_rows_and_the_losses_of_one(tmp_path, lone, workers, exchange):
    tower, lone, alone = lone
    spec, together = trained(tmp_path, "horovodrun", workers, validates=True, tower=tower, exchange=exchange)
    assert np.abs(together - alone).max() <= 1e-5
    assert {row["n_workers"] for row in log_rows(spec)} == {workers}
    for loss in ("loss", "validation_loss"):
        assert [row[loss] for row in log_rows(spec)] == pytest.approx([row[loss] for row in log_rows(lone)], abs=1e-5)


@pytest.mark.parametrize("exchange", [pytest.param("gathered", marks=SLOW), "sharded"])
def test_workers_that_start_from_given_rows_and_freeze_some_give_the_rows_of_one(tmp_path, exchange):
    how = {"warm": True, "tower": True, "freeze": "known"}
    spec, together = trained(tmp_path / "2", "horovodrun", 2, exchange=exchange, **how)
    assert np.abs(together - trained(tmp_path / "1", "alone", 1, **how)[1]).max() <= 1e-5
    given, frozen = spec.start, spec.frozen
    assert (together[frozen] == given[frozen]).all() and (together[~frozen] != given[~frozen]).all()


@pytest.mark.parametrize("exchange", [pytest.param("gathered", marks=SLOW), "sharded"])
def test_workers_that_change_baskets_give_the_rows_of_one(tmp_path, exchange):
    how = {"item_drop": 0.2, "crop": 0.3, "swap": 0.2}
    _, together = trained(tmp_path / "2", "horovodrun", 2, exchange=exchange, **how)
    assert np.abs(together - trained(tmp_path / "1", "alone", 1, **how)[1]).max() <= 1e-5


@pytest.mark.parametrize("exchange", [pytest.param("gathered", marks=SLOW), "sharded"])
def test_workers_that_project_given_vectors_give_the_rows_of_one(tmp_path, exchange):
    how = {"n_given": 6, "tower": True, "validates": True}
    _, together = trained(tmp_path / "2", "horovodrun", 2, exchange=exchange, **how)
    assert np.abs(together - trained(tmp_path / "1", "alone", 1, **how)[1]).max() <= 1e-5


@pytest.mark.parametrize("exchange", [pytest.param("gathered", marks=SLOW), "sharded"])
def test_workers_that_round_what_they_multiply_give_the_rows_of_one(tmp_path, exchange):
    how = {"precision": "bfloat16", "tower": True, "slots": 256, "negatives": 64, "embedding_dim": 32}
    how |= {"foretells": True, "next_weight": 0.5}
    _, together = trained(tmp_path / "2", "horovodrun", 2, exchange=exchange, **how)
    assert np.abs(together - trained(tmp_path / "1", "alone", 1, **how)[1]).max() <= 1e-5


@pytest.mark.parametrize(
    ("exchange", "workers"),
    [
        ("gathered", 2),
        *(pytest.param(*each, marks=SLOW) for each in (("dense", 2), ("sharded", 2), ("gathered", 4), ("sharded", 4))),
    ],
)
def test_workers_that_learn_next_purchases_too_give_the_rows_of_one(tmp_path, exchange, workers):
    how = {"foretells": True, "tower": True, "next_weight": 0.5}
    spec, together = trained(tmp_path / "2", "horovodrun", workers, exchange=exchange, **how)
    assert np.abs(together - trained(tmp_path / "1", "alone", 1, **how)[1]).max() <= 1e-5
    assert together[spec.n_items : spec.n_items + spec.n_labels].any(axis=0).sum() == 8 + 1


@pytest.mark.parametrize("exchange", ["gathered", *(pytest.param(each, marks=SLOW) for each in ("dense", "sharded"))])
def test_workers_that_train_the_pair_head_give_the_rows_and_losses_of_one(tmp_path, exchange):
    specs = [
        pair_folder(tmp_path / "1", comm="alone", workers=1),
        pair_folder(tmp_path / "2", comm="horovodrun", workers=2, exchange=exchange),
    ]
    for spec in specs:
        launch(spec, None, quiet)
    one, two = map(trained_rows, specs)
    assert one.shape == (specs[0].n_rows, 9)
    assert np.abs(two - one).max() <= 1e-5
    for loss in ("loss", "validation_loss"):
        alone, together = ([row[loss] for row in log_rows(spec)] for spec in specs)
        assert together == pytest.approx(alone, abs=1e-5)


def test_workers_inside_spark_give_the_rows_of_one(spark, tmp_path):
    _, alone = trained(tmp_path / "1", "alone", 1)
    _, inside = trained(tmp_path / "spark", "spark", 2, spark)
    assert np.abs(inside - alone).max() <= 1e-5


def test_planted_groups_are_learnt(tmp_path):
    spec, rows = trained(tmp_path, "horovodrun", 2, steps=200)
    scores = rows[:, :8] @ rows[:, 8:16].T
    np.fill_diagonal(scores, -np.inf)
    same_group = scores.argmax(axis=1) % N_GROUPS == np.arange(N_ITEMS) % N_GROUPS
    assert same_group.mean() > 0.9
    losses = [row["loss"] for row in log_rows(spec)]
    assert losses[-1] < losses[0]


def test_a_gradient_that_stays_not_finite_is_said_by_name_and_by_all_workers(tmp_path):
    spec = work_folder(tmp_path, comm="horovodrun", workers=2)
    counts = spec.counts
    counts[0] = 0  # An item that was never drawn has probability 0, so its corrected logit is infinite.
    np.save(spec.path("counts.npy"), counts)
    with pytest.raises(TrainingError, match=r"step 4: the gradient was not finite in 4 steps; lower embeddings\.lear"):
        launch(spec, None, quiet)


def test_a_worker_that_cannot_start_is_an_error_with_its_last_words(tmp_path):
    spec = work_folder(tmp_path, comm="horovodrun", workers=2)
    spec.shard_file(3).unlink()
    with pytest.raises(TrainingError, match=r"worker 1: FileNotFoundError.*baskets-00003\.parquet"):
        launch(spec, None, quiet)


def test_a_killed_worker_ends_the_training_soon_and_no_process_stays(tmp_path):
    spec = work_folder(tmp_path, steps=ENDLESS, comm="horovodrun", workers=2)
    killed = when_training(spec, lambda: os.kill(workers_of(spec)[-1], signal.SIGKILL))
    with pytest.raises(TrainingError, match=r"nothing was published \(process name: 1 exit code: 137\)"):
        launch(spec, None, quiet)
    assert time.monotonic() - killed[0] < 10
    assert workers_of(spec) == []


@pytest.mark.parametrize(
    ("exchange", "workers"),
    [("sharded", 1), *(pytest.param(*each, marks=SLOW) for each in (("gathered", 2), ("dense", 2), ("sharded", 4)))],
)
def test_a_training_whose_worker_was_killed_goes_on_with_any_number_of_workers(tmp_path, exchange, workers):
    _, rows = trained(tmp_path / "1", "alone", 1, steps=600)
    how = {"comm": "horovodrun", "exchange": exchange, "checkpoint_every": 20}
    spec = work_folder(tmp_path / "2", steps=600, workers=2, **how)
    spec = with_checkpoints(spec, tmp_path / "kept", quiet)
    when_training(spec, lambda: os.kill(workers_of(spec)[-1], signal.SIGKILL), once=lambda: checkpoints_of(spec))
    with pytest.raises(TrainingError, match="nothing was published"):
        launch(spec, None, quiet)
    # By the exchange that auto takes for so many workers: another one, but for gathered rows.
    how |= {"comm": "horovodrun" if workers > 1 else "alone", "exchange": "auto"}
    again = work_folder(tmp_path / "3", steps=600, workers=workers, **how)
    again = with_checkpoints(again, tmp_path / "kept", quiet)
    assert again.resume == str(checkpoints_of(spec)[-1])
    launch(again, None, quiet)
    assert np.abs(trained_rows(again) - rows).max() <= 1e-5
    assert [row["step"] for row in log_rows(again)] == list(range(10, 601, 10))


@pytest.mark.full
@pytest.mark.parametrize("exchange", ["gathered", "dense", "sharded"])
def test_workers_that_go_on_from_a_checkpoint_end_with_the_very_rows(tmp_path, exchange):
    spec = work_folder(tmp_path / "1", workers=2, exchange=exchange, tower=True, checkpoint_every=30)
    spec = with_checkpoints(spec, tmp_path / "kept", quiet)
    launch(spec, None, quiet)
    whole = trained_rows(spec)
    halfway = checkpoints_of(spec)[0]
    assert halfway.name == "step-000000030.json"
    again = work_folder(tmp_path / "2", workers=2, exchange=exchange, tower=True)
    launch(replace(again, identity=spec.identity, resume=str(halfway)), None, quiet)
    assert (trained_rows(again) == whole).all()


def test_a_hung_worker_is_seen_within_the_timeout(tmp_path):
    spec = work_folder(tmp_path, steps=ENDLESS, comm="horovodrun", workers=2, exchange_timeout=5)
    stopped = when_training(spec, lambda: os.kill(workers_of(spec)[-1], signal.SIGSTOP))
    with pytest.raises(TrainingError, match=r"nothing was published"):
        launch(spec, None, quiet)
    assert time.monotonic() - stopped[0] < 5 + 15
    assert workers_of(spec) == []


def test_no_progress_at_all_is_a_hang(tmp_path):
    spec = work_folder(tmp_path, steps=ENDLESS, comm="alone", workers=1, stall_seconds=15)
    when_training(spec, lambda: os.kill(workers_of(spec)[-1], signal.SIGSTOP))
    with pytest.raises(TrainingError, match="no progress for 15 s: a hang; nothing was published"):
        launch(spec, None, quiet)
    assert workers_of(spec) == []


def test_a_damaged_result_is_refused(tmp_path):
    spec, _ = trained(tmp_path, "alone", 1, steps=5)
    data = bytearray(spec.path("rows.npy").read_bytes())
    data[-3] ^= 1
    spec.path("rows.npy").write_bytes(data)
    with pytest.raises(TrainingError, match="checksum differs"):
        trained_rows(spec)


def checkpoints_of(spec):
    return sorted(Path(spec.checkpoints).glob("step-*.json"))


def when_training(spec, act, once=None):
    """Do `act` once the first row is logged, or `once` is true; when, is appended to the list that is given back."""
    done = []

    def wait():
        while not (once() if once else log_rows(spec)):
            time.sleep(0.1)
        act()
        done.append(time.monotonic())

    threading.Thread(target=wait, daemon=True).start()
    return done


def workers_of(spec) -> list[int]:
    """Process ids of the training workers of this folder, by rank: the innermost command, not its launchers."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            environ = (entry / "environ").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if words[1:3] == ["-m", "basketry.embeddings.worker"] and spec.folder in words[3]:
            rank = next((word for word in environ if word.startswith("HOROVOD_RANK=")), "")
            found.append((rank, int(entry.name)))
    return [number for _, number in sorted(found)]
