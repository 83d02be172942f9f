"""The pair head as a function of DataFrames: its tables, and the same score from them."""

import numpy as np
import pytest

from basketry import tables
from basketry.embeddings.export import pair_frames
from basketry.embeddings.pairs.answers import log_lift, pair_head_of
from basketry.embeddings.pairs.training import train_pair_head
from basketry.embeddings.settings import EmbeddingSettings
from basketry.errors import ContractError
from tests.support.samples import N_GROUPS, N_ITEMS, planted_baskets

SMALL = EmbeddingSettings(
    comm="alone",
    workers=1,
    shards=2,
    slots=64,
    epochs=30,
    min_count=2,
    validation_share=0.2,
    pair_head=True,
    pair_dim=8,
)


class Said(dict):
    def __call__(self, text, **numbers):
        self[text] = numbers


def frame_of(spark, baskets, n_partitions):
    named = [(f"b{n}", [f"i{item}" for item in basket]) for n, basket in enumerate(baskets)]
    return spark.createDataFrame(named, "basket_id string, items array<string>").repartition(n_partitions)


@pytest.fixture(scope="module")
def trained(spark):
    said = Said()
    return train_pair_head(frame_of(spark, planted_baskets(600), 3), SMALL, 7, said), said


def test_items_of_one_group_score_above_others_and_what_was_set_apart_says_how_sure_to_be(trained):
    head, said = trained
    one, other = np.triu_indices(N_ITEMS, 1)
    scores = log_lift(head, [f"i{n}" for n in one], [f"i{n}" for n in other])
    is_one_group = one % N_GROUPS == other % N_GROUPS
    assert np.median(scores[is_one_group]) > 1 > 0 > np.median(scores[~is_one_group])
    assert said["the pair head is calibrated"]["log_loss"] < np.log(2)
    assert said["train the pair head"]["items"] == N_ITEMS
    # A fifth of the baskets was not learnt from.
    n_bought = sum(map(len, planted_baskets(600)))
    assert 0.7 < said["train the pair head"]["bought"] / n_bought < 0.9


def test_the_tables_hold_what_scores_alike(spark, trained):
    head, _ = trained
    vectors, network = pair_frames(spark, head)
    for df, table in ((vectors, tables.PAIR_VECTORS), (network, tables.PAIR_HEAD)):
        assert tables.conform(df, table).schema == table.schema
    read = pair_head_of(vectors.toPandas(), network.toPandas())
    pairs = ["i0", "i3"], ["i8", "i9"]
    np.testing.assert_allclose(log_lift(read, *pairs), log_lift(head, *pairs), atol=1e-5)


def test_partitions_change_nothing(spark, trained):
    again = train_pair_head(frame_of(spark, planted_baskets(600), 2), SMALL, 7, Said())
    assert again.items == trained[0].items and (again.rows == trained[0].rows).all()
    assert (again.slope, again.offset) == (trained[0].slope, trained[0].offset)


def test_off_there_is_none_and_its_tables_have_no_rows(spark):
    off = SMALL.model_copy(update={"pair_head": False})
    assert train_pair_head(frame_of(spark, planted_baskets(20), 1), off, 7, Said()) is None
    for df, table in zip(pair_frames(spark, None), (tables.PAIR_VECTORS, tables.PAIR_HEAD), strict=True):
        assert tables.conform(df, table).count() == 0


def test_too_few_baskets_are_refused(spark):
    with pytest.raises(ContractError, match="are needed to train"):
        train_pair_head(frame_of(spark, [[0, 1]], 1), SMALL, 7, Said())
