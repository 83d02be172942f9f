"""A file's header decides where a value stands; case, spaces, signs and order do not count."""

import pytest
from pydantic import ValidationError

from basketry.lake.files import RawFile, file_format, source_of
from basketry.lake.ingest import _tasks
from basketry.lake.located import places
from basketry.lake.names import canonical
from basketry.lake.settings import LakeSettings, LineColumns
from tests.support.reading import AT


def place_of(name, header):
    return dict(zip(LineColumns.model_fields, places(header, LineColumns()), strict=True))[name]


@pytest.mark.parametrize("spelling", ["basket_id", "BASKET_ID", "Basket Id", "basketId", "\ufeffinvoice no"])
def test_a_spelling_is_found_wherever_it_stands(spelling):
    assert place_of("basket_id", ["x", spelling]) == 1


def test_the_first_accepted_spelling_wins_and_so_does_the_first_of_two_equal_columns():
    assert place_of("basket_id", ["invoice", "basket_id"]) == 1
    assert place_of("price", ["price", "Price"]) == 0


def test_a_column_that_is_not_there_has_no_place():
    assert place_of("basket_id", ["basket", "item_id"]) is None


@pytest.mark.parametrize(
    "name",
    [
        "  crème  brûlée ",
        "CRÈME BRÛLÉE",
        "cre\u0300me bru\u0302le\u0301e",
        "crème\u00a0brûlée\t",
        "c\u200brème \ufeffbrûlée",
    ],
)
def test_names_that_look_alike_are_one(name):
    assert canonical(name) == "crème brûlée"


def test_names_that_differ_stay_apart():
    assert len({canonical(n) for n in ("tea 1", "tea 11", "te a1", "téa 1")}) == 4


@pytest.mark.parametrize(
    "name, source, kind",
    [("d=1/part-0.csv", "lines", "csv"), ("products.csv.gz", "items", "csv"),
     ("2024/Items_v2.parquet", "items", "parquet"), ("a.jsonl.gz", "lines", "jsonl"),
     ("README", "lines", "unknown"), ("a.gz", "lines", "unknown"), ("old/notes.txt", None, "csv")],
)  # fmt: skip
def test_the_name_tells_source_and_format(name, source, kind):
    settings = LakeSettings(lines={"files": ["*.csv", "*.jsonl*", "*.gz", "README"]})
    assert (source_of(name, settings), file_format(name)) == (source, kind)


def test_a_zone_that_does_not_exist_is_refused_and_so_are_prices_for_items_known_by_name():
    with pytest.raises(ValidationError, match="no such time zone; write its IANA name"):
        LakeSettings(time_zone="Mars/Base")
    with pytest.raises(ValidationError, match="needs item_key=id"):
        LakeSettings(clean={"item_key": "name", "missing": {"amount": "items"}})


def test_every_file_is_in_one_task_and_large_ones_do_not_share():
    files = [RawFile(f"f{n}", "lines", "csv", size, AT) for n, size in enumerate([900, 1, 1, 800, 1, 1])]
    tasks = _tasks(files, parallelism=2)
    assert sorted(raw.file for task in tasks for raw in task) == [f.file for f in files]
    assert not any({"f0", "f3"} <= {raw.file for raw in task} for task in tasks)
