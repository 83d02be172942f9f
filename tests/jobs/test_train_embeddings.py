"""The job: its tables from silver.baskets, the same on a second run; training that fails ends with exit 6."""

import json

import pytest

from basketry import tables
from basketry.job import Run
from tests.support.lake import UNJUDGED
from tests.support.samples import planted_baskets
from tests.support.tables import rows

SMALL = ["comm=alone", "workers=1", "shards=1", "slots=64", "embedding_dim=4", "epochs=2", "min_count=2"]
FLAGS = [UNJUDGED] + [word for setting in SMALL for word in ("--set", f"embeddings.{setting}")]


@pytest.fixture
def filled(lake):
    picture = [f"b{n:03d} {{{' '.join(f'i{i:02d}' for i in b)}}}" for n, b in enumerate(planted_baskets(100))]
    lake.put(tables.BASKETS, "\n".join(["basket_id items", *picture]))
    return lake


def test_a_run_that_died_goes_on_from_its_checkpoint_to_what_an_undisturbed_run_gives(filled, monkeypatch, capsys):
    with monkeypatch.context() as dying:
        dying.setattr(Run, "write", interrupted)
        assert filled.run("train_embeddings", *FLAGS) == 130
    assert any((filled.root / "_checkpoints" / "published").rglob("step-*.json"))
    seen = []
    for is_resumed in (True, False):
        assert filled.run("train_embeddings", *FLAGS) == 0
        assert ("go on from a checkpoint" in capsys.readouterr().err) == is_resumed
        seen.append(rows(filled.read(tables.ITEM_EMBEDDINGS), *tables.ITEM_EMBEDDINGS.column_names))
        assert not (filled.root / "_checkpoints").exists()
    assert seen[0] == seen[1]
    assert [row[0] for row in seen[0]] == [f"i{n:02d}" for n in range(40)]
    assert filled.read(tables.ITEM_NEIGHBOURS).count() == 40 * 10
    assert filled.read(tables.TRAINING_LOG).count() > 0


def interrupted(*_):
    raise KeyboardInterrupt


def test_a_run_may_start_from_what_the_last_one_published(filled):
    warm = ["--set", "embeddings.start_from=published", "--set", "embeddings.freeze=known"]
    seen = []
    for n_moves in (0, 2):
        assert filled.run("train_embeddings", *FLAGS, *warm) == 0
        seen.append(rows(filled.read(tables.ITEM_EMBEDDINGS), *tables.ITEM_EMBEDDINGS.column_names))
        assert filled.read(tables.VECTOR_MOVES).count() == n_moves
    assert seen[0] == seen[1]
    pinned = filled.read(tables.RUNS).orderBy("started_at").collect()[-1]["input_versions"]
    assert filled.store.read(tables.ITEM_EMBEDDINGS, pinned["gold.item_embeddings"]).count() == len(seen[0])
    assert filled.run("train_embeddings", *FLAGS, *warm, "--set", "embeddings.embedding_dim=6") == 2


def test_the_pair_head_is_trained_on_a_tower_of_its_own_and_goes_on_from_its_checkpoint(filled, monkeypatch, capsys):
    head = [word for setting in ("pair_head=true", "pair_dim=4") for word in ("--set", f"embeddings.{setting}")]
    assert filled.run("train_embeddings", *FLAGS) == 0
    vectors = rows(filled.read(tables.ITEM_EMBEDDINGS), *tables.ITEM_EMBEDDINGS.column_names)
    of_pairs = tables.PAIR_VECTORS, tables.PAIR_HEAD
    assert [filled.read(table).count() for table in of_pairs] == [0, 0]
    with monkeypatch.context() as dying:
        dying.setattr(Run, "write", interrupted)
        assert filled.run("train_embeddings", *FLAGS, *head) == 130
    assert any((filled.root / "_checkpoints" / "published" / "pair").rglob("step-*.json"))
    seen = []
    for n_resumed in (2, 0):
        capsys.readouterr()
        assert filled.run("train_embeddings", *FLAGS, *head) == 0
        assert capsys.readouterr().err.count("go on from a checkpoint") == n_resumed
        seen.append([rows(filled.read(table), *table.column_names) for table in of_pairs])
        assert rows(filled.read(tables.ITEM_EMBEDDINGS), *tables.ITEM_EMBEDDINGS.column_names) == vectors
        assert not (filled.root / "_checkpoints").exists()
    assert seen[0] == seen[1]
    assert [row[0] for row in seen[0][0]] == [row[0] for row in vectors]
    assert [row[0] for row in seen[0][1]] == ["bias_1", "bias_2", "calibration", "weight_1", "weight_2"]


def test_every_event_carries_the_name_of_the_step(filled, capsys):
    assert filled.run("train_embeddings", *FLAGS) == 0
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert any(event["event"] == "training" for event in events)
    assert {event["step"] for event in events} == {"train_embeddings"}


def test_training_that_fails_ends_with_exit_6_and_publishes_nothing(filled):
    too_many = [word for w in ("comm=spark", "workers=16", "shards=16") for word in ("--set", f"embeddings.{w}")]
    assert filled.run("train_embeddings", *FLAGS, *too_many) == 6
    assert not filled.store.exists(tables.ITEM_EMBEDDINGS)


def test_a_work_folder_that_cannot_be_written_is_a_wrong_setting(filled):
    assert filled.run("train_embeddings", *FLAGS, "--set", "embeddings.work_dir=/proc/none") == 2
    assert not filled.store.exists(tables.ITEM_EMBEDDINGS)
