"""Training ends when the validation loss has not fallen for some rows of the log, and gives the rows of the lowest."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from basketry.embeddings.checkpoints import with_checkpoints
from basketry.embeddings.comm import Alone
from basketry.embeddings.patience import Patience
from basketry.embeddings.train import Trainer, train
from tests.support.samples import work_folder

# Far too fast, so that it gets worse soon.
WILD = {"comm": "alone", "workers": 1, "validates": True, "learning_rate": 3.0, "tower": True}


def quiet(*_, **__):
    pass


@pytest.mark.parametrize(
    ("rows", "losses", "ends_after"),
    [
        (2, [5, 4, 4.5, 4.2], 4),
        (2, [5, 4, 4.5, 3.9, 3.95, 3.9], 6),
        (1, [5, 5], 2),
        (2, [5, None, 6, None, 4, 4.1, None, 4.1], 8),
        (0, [5, 6, 7, 8], None),
        (3, [4, 3, 2, 1], None),
    ],
)
def test_it_is_over_after_so_many_rows_without_a_lower_loss(rows, losses, ends_after):
    patience, over = Patience(rows), []
    for loss in losses:
        patience.see(loss)
        over.append(patience.is_over)
    assert over == [number == ends_after for number in range(1, len(losses) + 1)]
    assert patience.best == min(loss for loss in losses if loss)


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ended")
    spec = work_folder(folder / "work", steps=300, patience=3, checkpoint_every=20, **WILD)
    spec, log = with_checkpoints(spec, folder / "kept", quiet), []
    return spec, train(spec, Alone(), log.append), log


def test_training_ends_early_with_the_rows_of_the_lowest_loss(ended, tmp_path):
    _, rows, log = ended
    losses = [row.validation_loss for row in log]
    assert len(losses) == int(np.argmin(losses)) + 1 + 3 < 30
    undisturbed = Trainer(work_folder(tmp_path, steps=300, **WILD), Alone())
    undisturbed.start(None)
    for _ in range(log[int(np.argmin(losses))].step):
        undisturbed.advance()
    assert (undisturbed.rows() == rows).all()


def test_a_training_that_goes_on_ends_where_the_undisturbed_one_did(ended):
    spec, rows, log = ended
    manifests = sorted(Path(spec.checkpoints).glob("step-*.json"))
    assert len(manifests) == 2
    for manifest in manifests:
        again = []
        assert (train(replace(spec, resume=str(manifest), checkpoints=None), Alone(), again.append) == rows).all()
        assert [row.validation_loss for row in again] == [row.validation_loss for row in log]


def test_without_a_loss_nothing_ends_and_the_last_rows_are_given(tmp_path):
    plain = {key: value for key, value in WILD.items() if key != "validates"}
    rows = [train(work_folder(tmp_path / str(n), patience=n, **plain), Alone(), quiet) for n in (0, 1)]
    assert (rows[0] == rows[1]).all()
