"""`basketry mine` on a file in each of its forms, without a lake."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from basketry.cli import app

BASKETS = [["tea", "milk"]] * 5 + [["tea"]] * 3 + [["jam"]] * 2
LINES = [(f"b{n}", item) for n, basket in enumerate(BASKETS) for item in basket]


def mined(file, *flags):
    given = ["--json", "--set", "spark.log_file=null", *flags]
    return CliRunner().invoke(app, ["mine", str(file), *given])


@pytest.fixture(params=["lines.csv", "quoted.csv", "lines.parquet", "baskets.txt"])
def file(request, tmp_path):
    path = tmp_path / request.param
    if request.param == "lines.parquet":
        pq.write_table(pa.table({"item_id": [i for _, i in LINES], "basket_id": [b for b, _ in LINES]}), path)
    elif request.param == "lines.csv":
        path.write_text("item_id,shop,basket_id\n" + "".join(f"{item},s,{basket}\n" for basket, item in LINES))
    elif request.param == "quoted.csv":
        path.write_text('"basket_id","item_id"\n' + "".join(f'"{basket}","{item}"\n' for basket, item in LINES))
    else:
        path.write_text("\n".join(", ".join([*basket, basket[0]]) for basket in BASKETS) + "\n\n")
    return path


@pytest.mark.usefixtures("spark")
def test_every_form_of_the_same_baskets_gives_the_same(file, tmp_path):
    done = mined(file, "--min-count", "5", "--engine", "native", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["baskets"], found["set_aside"], found["itemsets"]) == (10, 0, {"1": 2, "2": 1})
    assert [(r["antecedent"], r["consequent"], r["freq"]) for r in found["rules"]] == [
        (["milk"], ["tea"], 5),
        (["tea"], ["milk"], 5),
    ]
    assert pq.read_table(tmp_path / "out" / "rules").num_rows == 2


@pytest.mark.usefixtures("spark")
def test_a_file_without_its_columns_names_them(tmp_path):
    (tmp_path / "x.csv").write_text("basket_id,sku\n1,a\n")
    failed = mined(tmp_path / "x.csv")
    assert "no column item_id; found basket_id, sku" in str(failed.exception)


@pytest.mark.usefixtures("spark")
def test_a_header_with_another_delimiter_is_no_basket(tmp_path):
    (tmp_path / "x.csv").write_text("basket_id;item_id\n1;a\n")
    failed = mined(tmp_path / "x.csv")
    assert "no column basket_id, item_id; found basket_id;item_id" in str(failed.exception)
