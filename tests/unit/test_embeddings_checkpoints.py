"""Checkpoints: every damage is found and the one before used; a training that goes on from one ends as undisturbed."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from basketry.embeddings import checkpoints
from basketry.embeddings.checkpoints import (
    State,
    UnsoundCheckpointError,
    forget,
    identity,
    load,
    newest_sound,
    save,
    with_checkpoints,
)
from basketry.embeddings.comm import Alone
from basketry.embeddings.train import train
from basketry.errors import SettingsError, TrainingError
from tests.support.samples import work_folder

NAME = "a" * 64
WHOLE = {"comm": "alone", "workers": 1, "checkpoint_every": 20}


class Said(list):
    def __call__(self, text, **numbers):
        self.append((text, numbers))


def state(step):
    rng = np.random.default_rng(step)
    arrays = {"rows": rng.normal(size=(6, 5)).astype(np.float32), "squares": rng.random((6, 3)).astype(np.float32)}
    return State(step, 1, 2.5, 7, 3.25, [{"step": 10, "loss": 0.1}], arrays)


def alike(found, expected):
    plain = [replace(each, arrays={}) for each in (found, expected)]
    return plain[0] == plain[1] and all((found.arrays[k] == expected.arrays[k]).all() for k in expected.arrays)


def test_what_was_saved_is_what_is_loaded_and_the_two_newest_stay(tmp_path):
    for step in (10, 20, 30):
        save(tmp_path, NAME, state(step))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("step-000000020.json", "step-000000020.npz", "step-000000030.json", "step-000000030.npz")
    ]
    assert alike(load(tmp_path / "step-000000030.json", NAME), state(30))


def test_200_flipped_bits_and_50_cuts_are_found_and_the_one_before_is_used(tmp_path):
    for step in (10, 20):
        save(tmp_path, NAME, state(step))
    rng = np.random.default_rng(3)
    files = [tmp_path / "step-000000020.npz", tmp_path / "step-000000020.json"]
    for number in range(250):
        path = files[number % 2]
        whole = path.read_bytes()
        path.write_bytes(flipped(whole, rng) if number < 200 else whole[: rng.integers(len(whole))])
        said = Said()
        found, used = newest_sound(tmp_path, NAME, said)
        assert found.name == "step-000000010.json" and alike(used, state(10))
        assert [text for text, _ in said] == ["checkpoint refused, the one before is tried"]
        path.write_bytes(whole)
    assert newest_sound(tmp_path, NAME, Said())[1].step == 20


def flipped(data, rng):
    at = int(rng.integers(8 * len(data)))
    return data[: at // 8] + bytes([data[at // 8] ^ (1 << at % 8)]) + data[at // 8 + 1 :]


def test_a_missing_file_another_training_and_another_format_are_refused(tmp_path, monkeypatch):
    save(tmp_path, NAME, state(10))
    path = tmp_path / "step-000000010.json"
    with pytest.raises(UnsoundCheckpointError, match="another training"):
        load(path, "b" * 64)
    monkeypatch.setattr(checkpoints, "FORMAT", checkpoints.FORMAT + 1)
    with pytest.raises(UnsoundCheckpointError, match="another training"):
        load(path, NAME)
    monkeypatch.undo()
    path.with_suffix(".npz").unlink()
    with pytest.raises(UnsoundCheckpointError, match="cannot be read: No such file"):
        load(path, NAME)
    assert newest_sound(tmp_path, NAME, Said()) is None


def test_arrays_without_a_manifest_were_never_finished(tmp_path):
    save(tmp_path, NAME, state(10))
    (tmp_path / "step-000000020.npz").write_bytes(b"half")
    (tmp_path / "step-000000020.json.7.part").write_bytes(b"{")
    assert newest_sound(tmp_path, NAME, Said())[1].step == 10
    save(tmp_path, NAME, state(30))
    assert {path.stem for path in tmp_path.iterdir()} == {"step-000000010", "step-000000030"}


def test_a_checkpoint_that_cannot_be_written_ends_the_training_by_name(tmp_path):
    with pytest.raises(TrainingError, match=r"step-000000010 could not be written: No such file.*checkpoint_dir"):
        save(tmp_path / "gone", NAME, state(10))


def test_what_decides_the_result_has_checkpoints_of_its_own(tmp_path):
    spec = work_folder(tmp_path / "work", **WHOLE)
    one = identity(spec)
    how = {"workers": 4, "comm": "spark", "exchange": "sharded", "table_mib": 1}
    assert identity(replace(spec, settings=spec.settings.model_copy(update=how))) == one
    assert identity(replace(spec, seed=4)) != one
    assert identity(replace(spec, settings=spec.settings.model_copy(update={"learning_rate": 0.3}))) != one
    spec.shard_file(0).write_bytes(spec.shard_file(1).read_bytes())
    assert identity(spec) != one


def test_checkpoints_of_other_settings_are_not_used_and_said_until_something_is_published(tmp_path):
    folder, said = tmp_path / "lake" / "published", Said()
    spec = with_checkpoints(work_folder(tmp_path / "1", **WHOLE), folder, said)
    save(folder / spec.identity[:16], spec.identity, state(10))
    other = with_checkpoints(work_folder(tmp_path / "2", **WHOLE, learning_rate=0.3), folder, said)
    assert other.resume is None
    assert [text for text, _ in said] == ["checkpoints of other settings or baskets are not used"]
    assert with_checkpoints(spec, folder, said).resume.endswith("step-000000010.json")
    forget(folder)
    assert not folder.parent.exists()
    forget(None)


def test_a_folder_that_cannot_be_made_is_a_wrong_setting(tmp_path):
    with pytest.raises(SettingsError, match=r"embeddings\.checkpoint_dir: /proc/none.*cannot be made"):
        with_checkpoints(work_folder(tmp_path, **WHOLE), checkpoints.Path("/proc/none"), Said())


def test_training_that_goes_on_from_a_checkpoint_ends_with_the_very_rows_and_log_of_an_undisturbed_one(tmp_path):
    spec = work_folder(tmp_path / "work", **WHOLE, log_every=15, tower=True)
    whole, again = [], []
    rows = train(spec, Alone(), whole.append)
    spec = with_checkpoints(spec, tmp_path / "kept", Said())
    with pytest.raises(KeyboardInterrupt):
        # In the middle of an interval; and the checkpoint lies in the middle of a row of the log.
        train(spec, Alone(), dying_at(45))
    spec = with_checkpoints(spec, tmp_path / "kept", Said())
    assert spec.resume.endswith("step-000000040.json")
    assert (train(spec, Alone(), again.append) == rows).all()
    assert [replace(row, seconds=0) for row in again] == [replace(row, seconds=0) for row in whole]
    assert all(one.seconds < other.seconds for one, other in pairwise(again))
    assert with_checkpoints(spec, tmp_path / "kept", Said()).resume.endswith("step-000000060.json")


def dying_at(step):
    def write(row):
        if row.step == step:
            raise KeyboardInterrupt

    return write
