"""Every physical record of a raw file is read once, in order, with its values or with why it has none."""

import random
from collections import Counter

import pytest

from basketry.lake.settings import LakeSettings
from tests.support.bad_inputs import HEAD, bad_inputs, row
from tests.support.reading import read

READER_FAULTS = {
    "wrong_field_count",
    "unclosed_quote",
    "bad_quote",
    "nul_byte",
    "too_long",
    "not_json",
    "not_an_object",
    "duplicate_key",
    "damaged_gzip",
    "gzip_bomb",
    "damaged_parquet",
    "unknown_format",
    "too_many_columns",
    "blank",
}
BAD = bad_inputs()


@pytest.mark.parametrize("bad", BAD, ids=[bad.file for bad in BAD])
def test_each_record_of_a_bad_input_is_read_with_its_fault(bad):
    found = read(bad.file, bad.data)
    assert found.faults == [o if o in READER_FAULTS else None for o in bad.outcomes]
    assert found.numbers == list(range(1, len(bad.outcomes) + 1))
    assert [values is None for values in found.values] == [fault is not None for fault in found.faults]
    counted = Counter(found.faults)
    assert found.own["n_records"] == len(bad.outcomes)
    assert found.own["n_blank"] == counted["blank"]
    assert found.own["n_faulty"] == counted.total() - counted["blank"] - counted[None]


def test_there_are_sixty_and_more_bad_inputs_and_no_two_share_a_name():
    assert len({bad.file for bad in BAD}) == len(BAD) >= 60


@pytest.mark.parametrize(
    "encoding, found",
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-16-be", "utf-16-be"),
     ("utf-32", "utf-32"), ("latin-1", "latin-1")],
)  # fmt: skip
def test_the_encoding_is_found_and_no_letter_is_lost(encoding, found):
    read_back = read("a.csv", f"{HEAD}\n{row('b1', item_id='thé')}\n".encode(encoding))
    assert (read_back.own["encoding"], read_back.rows[0]["item_id"]) == (found, "thé")


def test_a_declared_encoding_that_does_not_fit_is_refused_by_name():
    found = read("a.csv", f"{HEAD}\n{row('b1', item_id='thé')}\n".encode("latin-1"), lines={"encoding": "utf-8"})
    assert found.faults == ["not_utf-8"]


def test_delimiter_and_quote_are_those_of_the_settings():
    found = read("a.csv", b"basket_id;item_id\n'b;1';tea\n", lines={"delimiter": ";", "quote": "'"})
    assert found.rows == [{"basket_id": "b;1", "item_id": "tea"}]


def test_numbers_of_json_keep_the_digits_they_were_written_with():
    found = read("a.jsonl", b'{"price": 1.10, "n": 1e400, "yes": true, "none": null, "in": {"a": [1.50]}}\n')
    assert found.rows == [{"price": "1.10", "n": "1e400", "yes": "true", "none": None, "in": '{"a": ["1.50"]}'}]


def test_a_json_key_seen_late_is_a_column_and_columns_end_at_the_limit():
    data = b'{"a": 1}\n{"b": 2, "a": 3}\n{"c": 4}\n'
    assert read("a.jsonl", data).columns == ["a", "b", "c"]
    assert read("a.jsonl", data).rows[1] == {"a": "3", "b": "2"}
    assert read("a.jsonl", data, max_columns=2).columns == ["a", "b"]


def test_raw_texts_and_line_ends_make_up_the_file():
    data = "".join(f"{row(f'b{n}', item_id=chr(34) + 'tea' + chr(10) + str(n) + chr(34))}\n" for n in range(500))
    found = read("a.csv", f"{HEAD}\n{data}".encode())
    assert "".join(f"{raw}\n" for raw in found.raws) == data
    assert found.faults == [None] * 500


def test_a_quote_left_open_costs_one_line_and_not_the_rest_of_a_long_file():
    lines = [row(f"b{n}") for n in range(5000)]
    lines[10] = '"' + lines[10]
    found = read("a.csv", "\n".join([HEAD, *lines]).encode())
    assert Counter(found.faults) == {None: 4999, "unclosed_quote": 1}
    assert found.raws[10] == lines[10]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one to four cuts, flips, doublings or insertions."""
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(spoilt))
        match chance.randrange(5):
            case 0:
                spoilt[at] = chance.randrange(256)
            case 1:
                del spoilt[at : at + chance.randint(1, 40)]
            case 2:
                spoilt[at:at] = chance.choice([b'"', b"\n", b"\r", b",", b"\0", b"\xff", b"{", b"\\", b"\xe2\x80\xa8"])
            case 3:
                spoilt[at:at] = bytes(spoilt[at : at + 60])
            case 4:
                del spoilt[at:]
        spoilt = spoilt or bytearray(b"\n")
    return bytes(spoilt)


@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_mutations_of_good_files_are_each_accounted_for(seed):
    chance = random.Random(seed)  # noqa: S311
    for _ in range(100):
        good, ending = chance.choice(good_files())
        found = read(f"a{ending}", mutated(good, chance))
        assert found.numbers == list(range(1, len(found.numbers) + 1))
        assert [v is None for v in found.values] == [f is not None for f in found.faults]
        assert found.own["n_records"] == len(found.numbers)
        assert all(v is None or len(v) <= len(found.columns) for v in found.values)


def good_files() -> list[tuple[bytes, str]]:
    text = "\n".join([HEAD, *(row(f"b{n}", item_id='"tea, ""x"""') for n in range(20))]) + "\n"
    objects = "".join(f'{{"basket_id": "b{n}", "price": 1.5}}\n' for n in range(20))
    return [(text.encode(), ".csv"), (text.encode("utf-16"), ".csv"), (objects.encode(), ".jsonl")]


def test_settings_have_room_for_real_receipts():
    assert LakeSettings().max_columns >= 100
