"""Settings that name what is not there are refused, and say so."""

import pytest

from basketry import tables
from basketry.errors import ContractError, MissingInputError
from basketry.recommend.allowed import chosen_users, excluded_items
from basketry.recommend.settings import ListSettings
from tests.support.tables import frame, rows

ITEMS = "item_id category\na X\nb X\nc Y\nd -"


def excluded(spark, **rules):
    return rows(excluded_items(frame(spark, tables.ITEMS, ITEMS), ListSettings(**rules)), "item_id", "rule")


def test_an_item_is_kept_out_by_its_id_its_category_and_the_stock(spark, tmp_path):
    gone = tmp_path / "gone.parquet"
    spark.createDataFrame([("c",), ("c",), ("other",), (None,)], "item_id string").toPandas().to_parquet(gone)
    rules = {"exclude_items": ("a", "d"), "exclude_categories": ("X",), "out_of_stock": str(gone)}
    assert excluded(spark, **rules) == [
        ("a", "exclude_categories"), ("a", "exclude_items"), ("b", "exclude_categories"), ("c", "out_of_stock"),
        ("d", "exclude_items"),
    ]  # fmt: skip
    assert excluded(spark) == []


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ({"exclude_items": ("a", "q", "o")}, "exclude_items: silver.items has no item_id 'o', 'q'"),
        ({"exclude_categories": ("Z",)}, "exclude_categories: silver.items has no category 'Z'"),
    ],
)
def test_an_unknown_item_or_category_is_refused_by_name(spark, rules, fault):
    with pytest.raises(ContractError, match=fault):
        excluded(spark, **rules)


def test_a_file_of_strangers_or_none_is_refused(spark, tmp_path):
    file, users = tmp_path / "ids.csv", frame(spark, tables.USERS, "user_id\nu1\nu2")
    file.write_text("item_id,user_id\n7,8\n")
    with pytest.raises(ContractError, match=r"out_of_stock: .* has no item that silver.items knows"):
        excluded(spark, out_of_stock=str(file))
    with pytest.raises(ContractError, match=r"only_users: .* has no user that silver.users knows"):
        chosen_users(users, ListSettings(only_users=str(file)))
    with pytest.raises(MissingInputError, match=r"only_users: .* cannot be read"):
        chosen_users(users, ListSettings(only_users=str(tmp_path / "none.csv")))
    file.write_text("user_id\nu2\nu9\n")
    assert rows(chosen_users(users, ListSettings(only_users=str(file))), "user_id") == [("u2",)]
