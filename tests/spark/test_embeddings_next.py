"""Labels of next purchases, by hand; and the training that learns them, as a function of DataFrames."""

from collections import Counter
from datetime import date

import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as F

from basketry import tables
from basketry.embeddings.embeddings import train_embeddings
from basketry.embeddings.next_labels import labels_of
from basketry.embeddings.samples import vocabulary, write_samples
from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.spec import shard_name
from basketry.embeddings.stream import NO_LABEL
from basketry.errors import ContractError
from tests.support.tables import frame, rows

SETTINGS = EmbeddingSettings(
    comm="alone", workers=1, shards=1, slots=8, negatives=8, embedding_dim=4, epochs=2, min_count=2, n_neighbours=3
).model_copy(update={"next_weight": 1.0})
LABEL, LEARNT = ("basket_id", "label"), ("item_id", "vector_in", "vector_out", "bias")
# The eighth is the last of the seven days after the first, the ninth is beyond; the 20th is the last day of all.
BOUGHT = """
basket_id  user_id  sold_on     items
b1         u1       2024-01-01  {ale bun}
b2         u1       2024-01-01  {ale gin}
b3         u1       2024-01-02  {bun cod}
b4         u1       2024-01-08  {cod nut}
b5         u1       2024-01-09  {ale bun}
b6         u2       2024-01-02  {ale cod}
b7         u2       2024-01-20  {ale nut}
b8         -        2024-01-03  {ale bun}
b9         -        2024-01-04  {ale bun}
c1         u3       2024-01-13  {ale bun}
c2         u3       2024-01-14  {bun cod}
c3         u3       2024-01-15  {bun cod}
c4         u4       2024-01-05  {cod new}
c5         u4       2024-01-06  {bun new}
d1         u5       2024-01-04  {ale cod}
d2         u5       2024-01-12  {cod nut}
"""


@pytest.fixture(scope="module")
def bought(spark):
    return frame(spark, tables.BASKETS, BOUGHT)


@pytest.fixture(scope="module")
def items(spark):
    return frame(spark, tables.ITEMS, "item_id category\nale drink\nbun bread\ncod -\ngin drink\nnut snack\nold unsold")


def quiet(*_, **__):
    pass


def test_a_basket_is_labelled_by_what_the_same_user_buys_in_the_days_after(bought, items):
    labels, n = labels_of(bought, items, SETTINGS)
    found = dict(rows(labels, "basket_id", "label"))
    bread, drink, snack, _ = range(n)
    assert found.keys() == {row[0] for row in rows(bought, "basket_id")}
    assert found.pop("b1") in (bread, snack) and found.pop("b2") in (bread, snack)
    assert found.pop("b3") in (bread, drink, snack) and found.pop("b4") in (bread, drink)
    # c1's days are whole up to the last of all, c2's are cut; of nobody nothing is known; what is new has no category.
    assert (found.pop("c1"), found.pop("c4")) == (bread, bread)
    assert set(found.values()) == {NO_LABEL}
    one_day = dict(rows(labels_of(bought, items, SETTINGS.model_copy(update={"next_days": 1})).of_baskets, *LABEL))
    assert {basket for basket, label in one_day.items() if label != NO_LABEL} == {"b1", "b2", "b4", "c1", "c2", "c4"}
    assert one_day["b1"] == one_day["b2"] == one_day["c2"] == bread


def test_partitions_do_not_change_labels_and_all_that_is_bought_next_is_drawn(spark, items):
    visits = [("01", ["ale"]), ("05", ["ale", "bun", "nut"])]
    days = [(f"u{n}", f"2024-01-{day}", basket) for n in range(200) for day, basket in visits]
    told = [
        (f"b{n}", user, date.fromisoformat(day), basket)
        for n, (user, day, basket) in enumerate([*days, ("u0", "2024-02-01", ["ale"])])
    ]
    bought = spark.createDataFrame(told, "basket_id string, user_id string, sold_on date, items array<string>")
    one, other = (rows(labels_of(bought.repartition(n), items, SETTINGS).of_baskets, *LABEL) for n in (1, 7))
    assert one == other
    drawn = Counter(label for _, label in one)
    assert drawn[NO_LABEL] == 201 and all(40 < drawn[label] < 95 for label in range(3))


def test_samples_hold_labels_only_where_next_purchases_are_learnt(bought, items, tmp_path):
    known, labels = vocabulary(bought, 2), labels_of(bought, items, SETTINGS).of_baskets
    plain, told = tmp_path / "plain", tmp_path / "told"
    sizes = []
    for folder, given in ((plain, None), (told, labels)):
        folder.mkdir()
        sizes.append(write_samples(bought, known, SETTINGS, folder, given))
    assert sizes[0] == sizes[1]
    plain, told = (pq.read_table(folder / shard_name(0)) for folder in (plain, told))
    assert plain.column_names == ["items"] and plain.equals(told.select(["items"]))
    # gin is in too few baskets: b2 has one known item. Rows come in the order of the ids.
    assert told["label"].to_pylist() == [label for basket, label in rows(labels, *LABEL) if basket != "b2"]
    with pytest.raises(ContractError, match=r"none has a next purchase .* embeddings\.next_days = 7"):
        write_samples(bought, known, SETTINGS, tmp_path, labels.withColumn("label", F.lit(NO_LABEL)))


def test_training_gives_vectors_of_items_alone_and_labels_start_anew(bought, items):
    said = {}

    def say(text, **more):
        said[text] = more

    with_features = SETTINGS.model_copy(update={"features": ("category",)})
    trained = train_embeddings(bought, items, with_features, 7, say)
    assert [item for (item,) in rows(trained.embeddings, "item_id")] == ["ale", "bun", "cod", "gin", "new", "nut"]
    assert said["start workers"]["labels"] == 4
    warm = with_features.model_copy(update={"start_from": "published", "freeze": "known"})
    again = train_embeddings(bought, items, warm, 7, quiet, published=trained.embeddings)
    kept = (rows(each.embeddings.where("not is_cold"), *LEARNT) for each in (trained, again))
    assert next(kept) == next(kept)


@pytest.mark.parametrize("level", ["type", "department"])
def test_next_purchases_told_by_what_no_item_has_are_refused(bought, items, level):
    with pytest.raises(ContractError, match=f"no item has a {level}, which embeddings.next_weight needs"):
        labels_of(bought, items.drop("department"), SETTINGS.model_copy(update={"next_level": level}))
