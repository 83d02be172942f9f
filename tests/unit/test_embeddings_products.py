"""Mixed precision: rounded numbers go into large products, float32 comes out, and training still learns."""

import numpy as np
import pytest
import tensorflow as tf

from basketry.embeddings.comm import Alone
from basketry.embeddings.network import Part, completion
from basketry.embeddings.products import in_bfloat16, product_of
from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.train import train
from tests.support.samples import N_GROUPS, N_ITEMS, work_folder

WHOLE = {"comm": "alone", "workers": 1}


@pytest.mark.parametrize(("a", "b"), [(False, False), (False, True), (True, False)])
def test_what_goes_in_is_rounded_and_sums_are_not(a, b):
    rng = np.random.default_rng(1)
    one, other = (rng.normal(size=(96, 96)).astype(np.float32) for _ in range(2))
    found = in_bfloat16(tf.constant(one), tf.constant(other), transpose_a=a, transpose_b=b)
    assert found.dtype == tf.float32
    exact, rounded = (
        (x.T if a else x).astype(float) @ (y.T if b else y)
        for x, y in ((one, other), [np.asarray(tf.cast(tf.cast(m, tf.bfloat16), tf.float32)) for m in (one, other)])
    )
    np.testing.assert_allclose(found, rounded, atol=1e-4)
    assert 0.01 < np.abs(found - exact).max() < 0.5


def test_by_the_defaults_nothing_is_rounded():
    assert product_of(EmbeddingSettings()) is tf.matmul
    assert product_of(EmbeddingSettings(precision="bfloat16")) is in_bfloat16


def test_loss_and_gradient_are_near_those_of_float32():
    rng, slots, dim = np.random.default_rng(2), 256, 16
    baskets = np.repeat(np.arange(slots // 4), 4)
    ids = [rng.integers(0, 500, slots), baskets, np.full(slots, 3), rng.integers(0, 500, 64)]
    part = Part(*(tf.constant(x, tf.int32) for x in ids))
    rows, drawn = (tf.constant(rng.normal(0, 0.5, (n, 2 * dim + 1)), tf.float32) for n in (slots, 64))
    log_q = tf.constant(np.log(rng.dirichlet(np.ones(500))), tf.float32)
    asked = []

    def noted(*matrices, **how):
        asked.append(how)
        return in_bfloat16(*matrices, **how)

    exact, found = (completion(rows, drawn, part, log_q, product) for product in (tf.matmul, noted))
    assert len(asked) == 3
    assert float(found.total) == pytest.approx(float(exact.total), rel=1e-2)
    for one, other in ((found.to_rows, exact.to_rows), (found.to_drawn, exact.to_drawn)):
        assert one.dtype == tf.float32
        apart = np.linalg.norm(one - other) / np.linalg.norm(other)
        assert 1e-5 < apart < 1e-2


def test_planted_groups_are_learnt_in_rows_of_float32(tmp_path):
    logs, found = {}, {}
    for precision in ("float32", "bfloat16"):
        spec = work_folder(tmp_path, steps=200, validates=True, precision=precision, **WHOLE)
        logs[precision] = []
        found[precision] = train(spec, Alone(), logs[precision].append)
    rows = found["bfloat16"]
    assert rows.dtype == np.float32 and np.abs(rows - found["float32"]).max() > 1e-4
    scores = rows[:, :8] @ rows[:, 8:16].T
    np.fill_diagonal(scores, -np.inf)
    assert (scores.argmax(axis=1) % N_GROUPS == np.arange(N_ITEMS) % N_GROUPS).mean() > 0.9
    last = {name: log[-1].validation_loss for name, log in logs.items()}
    assert last["bfloat16"] == pytest.approx(last["float32"], rel=1e-2)
