"""Baskets come back out of the rows they were packed in."""

import pyarrow as pa

from basketry.mining import packed
from basketry.mining.packed import pack, unpack

BASKETS = [["bread", "milk"], None, [], ["milk", None], ["tea"], ["tea", "milk", "bread"]]


def unpacked(rows):
    names, codes, lengths = unpack(rows)
    lines = iter(names.take(pa.array(codes)).to_pylist())
    return [[next(lines) for _ in range(length)] for length in lengths]


def batch(baskets):
    return pa.RecordBatch.from_arrays([pa.array(baskets, pa.list_(pa.string()))], ["items"])


def test_baskets_of_several_rows_have_one_list_of_names(monkeypatch):
    monkeypatch.setattr(packed, "LINES_PER_ROW", 3)
    rows = list(pack([batch(BASKETS[:1]), batch(BASKETS[1:4]), batch(BASKETS[4:])]))
    assert [row.num_rows for row in rows] == [1, 1]
    assert unpacked(rows) == [basket or [] for basket in BASKETS]
    assert sorted(map(str, unpack(rows)[0].to_pylist())) == ["None", "bread", "milk", "tea"]


def test_a_part_of_a_batch_packs_as_itself():
    assert unpacked(list(pack([batch(BASKETS).slice(3, 2)]))) == [["milk", None], ["tea"]]


def test_nothing_packs_into_no_row():
    assert list(pack([])) == []
    assert unpacked([]) == []
