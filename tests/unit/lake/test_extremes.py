"""What is far too wide, long or packed ends soon, in bounded memory, with a clear outcome."""

import gzip
import io
import json
import time
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.bad_inputs import HEAD, row
from tests.support.reading import read

MIB = 1 << 20
TEN_MIB = "x" * (10 * MIB)
WIDE = [f"c{n}" for n in range(20_001)]


def as_parquet(columns):
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def bomb():
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0) as packed:
        for _ in range(1024):
            packed.write(b"0" * MIB)
    return out.getvalue()


CASES = {
    "field_of_10_mib.csv": (f"{HEAD}\n{row('a', item_id=TEN_MIB)}\n{row('b')}\n".encode(), ["too_long", None]),
    "quoted_field_of_10_mib.csv": (f"{HEAD}\n{row('a', item_id=chr(34) + TEN_MIB + chr(34))}\n".encode(), ["too_long"]),
    "field_of_10_mib.jsonl": (
        json.dumps({"basket_id": TEN_MIB}).encode() + b'\n{"basket_id": "b"}\n',
        ["too_long", None],
    ),
    "field_of_10_mib.parquet": (as_parquet({"basket_id": [TEN_MIB, "b"]}), ["too_long", None]),
    "header_of_10_mib.csv": (TEN_MIB.encode() + b"\n1\n", [None]),
    "columns_20001.csv": (f"{','.join(WIDE)}\n{'1,' * 20_000}1\n".encode(), ["too_many_columns"]),
    "columns_20001.parquet": (as_parquet({name: [1] for name in WIDE}), ["too_many_columns"]),
    "keys_20001.jsonl": (json.dumps(dict.fromkeys(WIDE, 1)).encode() + b"\n", [None]),
    "gigabyte_in_a_mebibyte.csv.gz": (bomb(), ["gzip_bomb"]),
    "no_bytes.jsonl": (b"", []),
    "no_bytes.parquet": (b"", ["damaged_parquet"]),
}


@pytest.mark.parametrize("name", CASES)
def test_an_extreme_file_ends_soon_in_bounded_memory_with_its_fault(name):
    data, faults = CASES[name]
    began = time.monotonic()
    tracemalloc.start()
    found = read(name, data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.faults == faults
    assert peak < 160 * MIB
    assert all(len(raw or "") <= MIB for raw in found.raws)
    assert len(found.columns) <= 2000
    assert time.monotonic() - began < 60
