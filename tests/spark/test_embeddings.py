"""Samples for the workers, the vocabulary, neighbours, and the whole training as a function of DataFrames."""

from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as F

from basketry import tables
from basketry.embeddings.earlier import earlier_of
from basketry.embeddings.embeddings import train_embeddings
from basketry.embeddings.export import nearest
from basketry.embeddings.precision import from_half
from basketry.embeddings.samples import HOLDOUT_PACKS, set_apart, vocabulary, write_holdout, write_samples
from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.users import user_vectors
from basketry.errors import ContractError, MissingInputError, SettingsError
from basketry.tables.given import read_vectors
from tests.support.samples import planted_baskets
from tests.support.tables import frame, rows

SMALL = EmbeddingSettings(
    comm="alone", workers=1, shards=2, slots=8, negatives=8, embedding_dim=4, epochs=2, min_count=2, n_neighbours=3
)
PICTURE = """
basket_id  items
b1         {ale bun cod}
b2         {ale bun}
b3         {ale cod dip}
b4         {bun}
b5         {ale}
"""


@pytest.fixture
def baskets(spark):
    return frame(spark, tables.BASKETS, PICTURE)


def written(folder):
    return sorted(row for path in folder.glob("*.parquet") for row in pq.read_table(path)["items"].to_pylist())


def quiet(*_, **__):
    pass


@pytest.fixture(scope="module")
def items(spark):
    return frame(
        spark,
        tables.ITEMS,
        """
        item_id  category  size  name
        ale      drink     1L    Ale-strong
        bun      bread     -     bun
        cod      -         -     cod
        gin      drink     2L    Strong
        nut      snack     1L    ale
        """,
    )


def test_the_vocabulary_is_frequent_items_first_ties_by_id(baskets):
    assert vocabulary(baskets, 2) == [("ale", 4), ("bun", 3), ("cod", 2)]


def test_too_few_items_are_refused(baskets):
    with pytest.raises(ContractError, match=r"1 item\(s\) in at least 4 baskets"):
        vocabulary(baskets, 4)


def test_samples_are_baskets_of_known_items_by_index(baskets, tmp_path):
    n_tokens = write_samples(baskets, vocabulary(baskets, 2), SMALL.model_copy(update={"shards": 1}), tmp_path)
    assert written(tmp_path) == [[0, 1], [0, 1, 2], [0, 2]]
    assert n_tokens == 7


def test_a_basket_longer_than_a_pack_is_cut_not_lost(spark, tmp_path):
    long = frame(spark, tables.BASKETS, "basket_id items\nb1 {a b c d e f g h i j}\nb2 {a b c d e f g h i j}")
    write_samples(long, vocabulary(long, 2), SMALL.model_copy(update={"shards": 1}), tmp_path)
    assert written(tmp_path) == [list(range(8))] * 2 + [[8, 9]] * 2


def test_partitions_do_not_change_the_samples(spark, tmp_path):
    items = [[f"i{i:02d}" for i in basket] for basket in planted_baskets(200)]
    df = spark.createDataFrame(
        [(f"b{n}", basket) for n, basket in enumerate(items)], "basket_id string, items array<string>"
    )
    bytes_of = []
    for parts in (1, 7):
        folder = tmp_path / str(parts)
        folder.mkdir()
        write_samples(df.repartition(parts), vocabulary(df, 2), SMALL, folder)
        bytes_of.append([path.read_bytes() for path in sorted(folder.glob("*"))])
    assert bytes_of[0] == bytes_of[1]


def test_a_holdout_is_a_bounded_sample_of_known_items_that_partitions_do_not_change(spark, tmp_path):
    picture = "\n".join(
        f"h{n:03} {{{' '.join(f'i{i:02d}' for i in b)} new{n}}}" for n, b in enumerate(planted_baskets(99))
    )
    later = frame(spark, tables.BASKETS, f"basket_id items\n{picture}")
    items = [(f"i{n:02d}", 9) for n in range(40)]
    found = []
    for parts in (1, 5):
        folder = tmp_path / str(parts)
        folder.mkdir()
        write_holdout(later.repartition(parts), items, SMALL, 7, folder)
        found.append(written(folder))
    assert found[0] == found[1]
    whole = Counter(tuple(basket) for basket in planted_baskets(99))
    assert 0 < sum(map(len, found[0])) <= SMALL.shards * HOLDOUT_PACKS * SMALL.slots
    assert not Counter(map(tuple, found[0])) - whole


def test_baskets_set_apart_are_their_share_of_all_and_of_every_shard(spark):
    baskets = spark.range(4000).select(F.format_string("b%d", "id").alias("basket_id"))
    learnt, watched = set_apart(baskets, SMALL.model_copy(update={"validation_share": 0.1}))
    apart = watched.groupBy(F.pmod(F.xxhash64("basket_id"), F.lit(2)).alias("shard")).count()
    assert {count for _, count in rows(apart, "shard", "count")} <= set(range(150, 251))
    both = learnt.union(watched)
    assert both.count() == both.distinct().count() == 4000


def test_with_patience_training_ends_early_and_says_with_which_vectors(spark, items):
    planted = [(f"b{n}", None, [f"i{i}" for i in basket]) for n, basket in enumerate(planted_baskets(400))]
    baskets = spark.createDataFrame(planted, "basket_id string, user_id string, items array<string>")
    wild = {"learning_rate": 5.0, "log_every": 1, "patience": 2, "validation_share": 0.2, "shards": 1, "epochs": 9}
    said = {}
    trained = train_embeddings(
        baskets, items, SMALL.model_copy(update=wild), 7, lambda text, **more: said.update({text: more})
    )
    end = said["training ended early"]
    assert end["vectors_of"] == end["batch"] - 2 < end["of"] - 2
    assert end["of"] == said["start workers"]["steps"]
    # A fifth of the baskets was not learnt from.
    assert 0.7 < said["start workers"]["bought"] / sum(len(basket) for _, _, basket in planted) < 0.9
    assert tables.conform(trained.log, tables.TRAINING_LOG).count() == end["batch"]


def test_more_shards_than_baskets_are_refused(baskets, tmp_path):
    with pytest.raises(ContractError, match="do not fill embeddings"):
        write_samples(baskets, vocabulary(baskets, 2), SMALL.model_copy(update={"shards": 64}), tmp_path)


def test_neighbours_are_exact_and_leave_the_item_itself_out():
    vectors = np.array([[1, 0], [2, 0], [1, 1], [0, 1]], np.float32)
    found, cosine = nearest(vectors, 2, among=4)
    assert found[:3].tolist() == [[1, 2], [0, 2], [0, 1]]
    assert found[3, 0] == 2
    assert np.allclose(cosine[0], [1, np.sqrt(0.5)], atol=1e-6)
    assert nearest(vectors, 10, among=4)[0].shape == (4, 3)


def test_with_features_other_items_have_vectors_too_and_known_ones_as_neighbours(baskets, items):
    settings = SMALL.model_copy(update={"shards": 1, "features": ("category", "name")})
    trained = train_embeddings(baskets, items, settings, 7, quiet)
    assert rows(trained.embeddings, "item_id", "is_cold") == [
        *[("ale", False), ("bun", False), ("cod", False), ("gin", True)]
    ]
    near = [(item, other) for item, other in rows(trained.neighbours, "item_id", "neighbour_item_id")]
    assert {other for _, other in near} == {"ale", "bun", "cod"}
    assert Counter(item for item, _ in near) == {"ale": 2, "bun": 2, "cod": 2, "gin": 2}


def test_a_user_lies_at_the_mean_of_what_they_buy_as_often_as_they_buy_it(spark):
    bought = frame(
        spark,
        tables.BASKETS,
        """
        basket_id  user_id  items
        b1         u1       {ale bun new}
        b2         u1       {ale}
        b3         u2       {new}
        b4         -        {bun}
        b5         u3       {bun}
        """,
    )
    found = user_vectors(bought, ["ale", "bun"], np.array([[3, 0], [0, 6]], np.float32))
    assert rows(found, "user_id", "vector", "n_items") == [("u1", (2.0, 2.0), 2), ("u3", (0.0, 6.0), 1)]


def test_training_gives_every_known_item_a_vector_and_neighbours(baskets, items):
    trained = train_embeddings(baskets, items, SMALL.model_copy(update={"shards": 1}), 7, quiet)
    near = tables.ITEM_NEIGHBOURS, tables.USER_EMBEDDINGS, tables.VECTOR_MOVES, tables.TRAINING_LOG
    declared = tables.ITEM_EMBEDDINGS, tables.ITEM_EMBEDDINGS_HALF, tables.ITEM_EMBEDDINGS_INT8, *near
    for df, table in zip(trained, declared, strict=True):
        assert tables.conform(df, table).schema == table.schema
    exact = trained.embeddings.orderBy("item_id").toPandas()
    small = trained.int8.orderBy("item_id").toPandas()
    half = trained.half.orderBy("item_id").toPandas()
    for side in ("in", "out"):
        given = np.stack(list(exact[f"vector_{side}"]))
        assert {len(each) for each in half[f"vector_{side}"]} == {2 * 4}
        assert (from_half(half[f"vector_{side}"]) == given.astype(np.float16)).all()
        vectors = np.stack(list(small[f"numbers_{side}"])) * small[f"scale_{side}"].to_numpy()[:, None]
        off = np.abs(vectors - np.stack(list(exact[f"vector_{side}"]))).max(axis=1)
        assert (off <= small[f"scale_{side}"] / 2 + 1e-7).all() and off.max() > 0
    assert rows(trained.embeddings, "item_id") == [("ale",), ("bun",), ("cod",)]
    assert {len(row["vector_in"]) for row in trained.embeddings.collect()} == {4}
    watched = train_embeddings(baskets, items, SMALL.model_copy(update={"shards": 1}), 7, quiet, baskets)
    assert tables.conform(watched.log, tables.VALIDATION_LOG).where("validation_loss > 0").count() == 1
    assert rows(watched.embeddings, "item_id", "vector_in") == rows(trained.embeddings, "item_id", "vector_in")
    assert [row[0:2] for row in rows(trained.neighbours, "item_id", "position")][:2] == [("ale", 1), ("ale", 2)]


def test_swapped_items_are_of_a_type_of_silver_items(spark, baskets, items):
    swapping = SMALL.model_copy(update={"shards": 1, "swap": 1.0, "min_count": 1})
    with pytest.raises(ContractError, match=r"share a type; give a product table, or set embeddings\.swap=0"):
        train_embeddings(baskets, items, swapping, 7, quiet)
    typed = frame(spark, tables.ITEMS, "item_id type\nale drink\nbun bread\ncod fish\ndip drink")
    once, again = (train_embeddings(baskets, typed, swapping, 7, quiet) for _ in range(2))
    plain = train_embeddings(baskets, typed, swapping.model_copy(update={"swap": 0.0}), 7, quiet)
    vectors = [rows(trained.embeddings, "item_id", "vector_in") for trained in (once, again, plain)]
    assert vectors[0] == vectors[1] != vectors[2]


def vectors(spark, **of):
    return spark.createDataFrame([*of.items()], "item_id string, vector array<double>")


def test_items_of_silver_with_given_vectors_have_vectors_though_never_sold(spark, baskets, items, tmp_path):
    path = str(tmp_path / "texts")
    given_to = {"ale": [1.0, 0.0], "bun": [0.0, 1.0], "nut": [0.5, 0.5], "nobody sells it": [1.0, 1.0]}
    vectors(spark, **given_to).write.format("delta").save(path)
    given = SMALL.model_copy(update={"shards": 1, "given_vectors": path})
    trained = train_embeddings(baskets, items, given, 7, quiet)
    known = [("ale", False), ("bun", False), ("cod", False)]
    assert rows(trained.embeddings, "item_id", "is_cold") == [*known, ("nut", True)]
    assert len(find(trained.embeddings, "nut")["vector_in"]) == 4
    both = train_embeddings(baskets, items, given.model_copy(update={"features": ("category", "name")}), 7, quiet)
    assert rows(both.embeddings, "item_id", "is_cold") == [*known, ("gin", True), ("nut", True)]
    warm = given.model_copy(update={"start_from": "published", "freeze": "known"})
    again = train_embeddings(baskets, items, warm, 7, quiet, published=trained.embeddings)
    assert find(again.embeddings, "ale") == find(trained.embeddings, "ale")


def test_given_vectors_are_read_by_path_or_by_name_and_refused_where_they_are_none(spark, tmp_path):
    path, told = str(tmp_path / "texts"), vectors(spark, ale=[1.0, 2.0])
    told.write.format("delta").save(path)
    told.write.parquet(f"{path}.parquet")
    told.createOrReplaceTempView("texts_by_name")
    for source in (path, f"{path}.parquet", "texts_by_name"):
        assert read_vectors(spark, source, "s").collect() == [("ale", [1.0, 2.0])]
    for source in (f"{path}/no", "no_such_texts", "no.parquet"):
        with pytest.raises(MissingInputError, match=f"s: {source} cannot be read; is it there"):
            read_vectors(spark, source, "s")
    told.withColumn("vector", F.lit("1, 2")).createOrReplaceTempView("texts_as_text")
    with pytest.raises(ContractError, match="s: vector of texts_as_text is string; give an array of numbers"):
        read_vectors(spark, "texts_as_text", "s")
    told.drop("vector").createOrReplaceTempView("no_texts")
    with pytest.raises(ContractError, match="s: no_texts has no column vector"):
        read_vectors(spark, "no_texts", "s")


PUBLISHED = """
item_id  vector_in        vector_out       bias  is_cold
bun      {1 2 3 4}        {0.5 1 0.5 1}    0.25  false
ale      {0.1 0.2 0.3 1}  {2 1 -2 1}       1     false
old      {1 0 0 0}        {0 0 0 1}        -1    false
"""


def test_training_from_published_vectors_freezes_those_or_says_how_far_they_moved(spark, baskets, items):
    published = frame(spark, tables.ITEM_EMBEDDINGS, PUBLISHED)
    warm = SMALL.model_copy(update={"shards": 1, "start_from": "published", "freeze": "known"})
    trained = train_embeddings(baskets, items, warm, 7, quiet, published=published)
    before = {row[0]: row for row in rows(published, *tables.ITEM_EMBEDDINGS.column_names)}
    after = {row[0]: row for row in rows(trained.embeddings, *tables.ITEM_EMBEDDINGS.column_names)}
    assert after.keys() == {"ale", "bun", "cod"}
    assert all(after[item] == before[item] for item in ("ale", "bun"))
    told = ("vector", "n_known", "n_new", "largest", "n_pulled_back")
    assert [row[:3] for row in rows(trained.moves, *told)] == [("in", 2, 1), ("out", 2, 1)]
    near = warm.model_copy(update={"freeze": "none", "max_drift": 1e-4, "warmup_steps": 0, "learning_rate": 1.0})
    trained = train_embeddings(baskets, items, near, 7, quiet, published=published)
    assert all(row[3] > 1e-4 and row[4] > 0 for row in rows(trained.moves, *told))
    found = earlier_of(trained.embeddings, 4)
    for item in ("ale", "bun"):
        one, other = (np.array(side["vector_in"]) for side in (find(trained.embeddings, item), find(published, item)))
        assert 0 < 1 - one @ other / np.linalg.norm(one) / np.linalg.norm(other) <= 1e-4 + 1e-6
    assert found.items == ["ale", "bun", "cod"]


def find(embeddings, item):
    return embeddings.where(F.col("item_id") == item).first()


def test_published_vectors_that_do_not_fit_or_are_no_numbers_are_refused(spark):
    published = frame(spark, tables.ITEM_EMBEDDINGS, PUBLISHED)
    with pytest.raises(
        SettingsError, match=r"embedding_dim = 8, but gold\.item_embeddings has vectors of 4: give that"
    ):
        earlier_of(published, 8)
    broken = published.withColumn("bias", F.when(F.col("item_id") == "bun", float("nan")).otherwise(F.col("bias")))
    with pytest.raises(ContractError, match=r"1 item\(s\) have a number that is not finite, bun first"):
        earlier_of(broken, 4)
    assert earlier_of(published.limit(0), 4) is None
