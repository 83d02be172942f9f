"""Sixty named ways in which a raw file goes wrong, each with the outcome of every record in it.

An outcome is `kept`, `duplicate`, `blank`, or the reasons for which the record is refused, joined by `+`.
"""

import gzip
import io
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

NAMES = ["basket_id", "line_no", "user_id", "item_id", "quantity", "price", "timestamp"]
HEAD = ",".join(NAMES)


@dataclass(frozen=True)
class Bad:
    """A file: its name below the raw folder, its bytes, and what becomes of each record, in order."""

    file: str
    data: bytes
    outcomes: list[str]


def row(basket: str, **changed: str) -> str:
    """A sound CSV line, or one with some values changed."""
    values = {"basket_id": basket, "line_no": "1", "user_id": "u", "item_id": "tea", "quantity": "1"}
    values |= {"price": "2.50", "timestamp": "2024-01-05 10:00:00"} | changed
    return ",".join(values[name] for name in NAMES)


def obj(basket: str, **changed: str) -> str:
    """A sound JSON object; a value is given as JSON text."""
    values = {"basket_id": f'"{basket}"', "line_no": "1", "user_id": '"u"', "item_id": '"tea"', "quantity": "1"}
    values |= {"price": "2.50", "timestamp": '"2024-01-05 10:00:00"'} | changed
    return "{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}"


def parquet(**columns: object) -> bytes:
    """One row whose columns are the sound ones with some changed; None leaves a column out."""
    values: dict[str, object] = {"basket_id": ["p"], "line_no": [1], "user_id": ["u"], "item_id": ["tea"]}
    values |= {"quantity": [1], "price": [2.5], "timestamp": ["2024-01-05 10:00:00"]} | columns
    out = io.BytesIO()
    pq.write_table(pa.table({name: v for name, v in values.items() if v is not None}), out)
    return out.getvalue()


def _csv(name: str, *rows: str, end: str = "\n", head: str = HEAD) -> bytes:
    return "".join(line + end for line in [head, *(r.replace("@", name) for r in rows)]).encode()


A, B = row("@a"), row("@b")
GOOD = ["kept", "kept"]
TURNED = ",".join(reversed(NAMES))
NOTHING_NAMED = "missing_amount+missing_basket_id+missing_item_id+missing_quantity+missing_sold_at"
CSV_CASES = {
    "no_bytes": (b"", []),
    "header_only": (_csv("-"), []),
    "header_without_newline": (HEAD.encode(), []),
    "no_newline_at_end": (_csv("nn", A, B).rstrip(b"\n"), GOOD),
    "carriage_returns": (_csv("cr", A, B, end="\r\n"), GOOD),
    "old_mac_line_ends": (_csv("om", A, B, end="\r"), GOOD),
    "mixed_line_ends": (_csv("ml", A + "\r", B), GOOD),
    "blank_line_inside": (_csv("bl", A, "", B), ["kept", "blank", "kept"]),
    "blank_lines_at_end": (_csv("be", A, "", ""), ["kept", "blank", "blank"]),
    "blank_line_before_header": (b"\n" + _csv("bh", A), ["kept"]),
    "line_of_spaces": (_csv("ls", A, "   "), ["kept", "blank"]),
    "only_commas": (_csv("oc", ",,,,,,", A), ["blank", "kept"]),
    "only_empty_quotes": (_csv("oq", '"","",,,,,', A), ["blank", "kept"]),
    "too_few_fields": (_csv("tf", "@a,1,u", B), ["wrong_field_count", "kept"]),
    "too_many_fields": (_csv("tm", A + ",extra", B), ["wrong_field_count", "kept"]),
    "text_between": (_csv("tb", A, "### upstream timeout", B), ["kept", "wrong_field_count", "kept"]),
    "unclosed_quote": (_csv("uq", row('"@a'), B), ["unclosed_quote", "kept"]),
    "unclosed_quote_in_last_line": (_csv("ul", A, row('"@b')), ["kept", "unclosed_quote"]),
    "letters_after_quote": (_csv("lq", row('"@a"x'), B), ["bad_quote", "kept"]),
    "quoted_newline": (_csv("qn", row("@a", item_id='"tea\nblack"'), B), GOOD),
    "quoted_delimiter": (_csv("qd", row("@a", item_id='"tea, black"'), B), GOOD),
    "doubled_quote": (_csv("dq", row("@a", item_id='"tea ""x"""'), B), GOOD),
    "quote_inside_bare_field": (_csv("qi", row("@a", item_id='5" nail'), B), GOOD),
    "nul_byte": (_csv("nb", row("@a", item_id="t\0a"), B), ["nul_byte", "kept"]),
    "long_field": (_csv("lf", row("@a", item_id="x" * 200_000), B), ["too_long", "kept"]),
    "long_line": (_csv("ll", "y" * 3_000_000, B), ["too_long", "kept"]),
    "byte_order_mark": (b"\xef\xbb\xbf" + _csv("bm", A), ["kept"]),
    "utf_16": (_csv("16", A, B).decode().encode("utf-16"), GOOD),
    "utf_16_without_mark": (_csv("6w", A, B).decode().encode("utf-16-le"), GOOD),
    "utf_32": (_csv("32", A, B).decode().encode("utf-32"), GOOD),
    "latin_1": (_csv("l1", row("@a", item_id="th\u00e9"), B).decode().encode("latin-1"), GOOD),
    "turned_columns": (_csv("tc", ",".join(reversed(A.split(","))), head=TURNED), ["kept"]),
    "upper_case_header": (_csv("uh", A, head=HEAD.upper()), ["kept"]),
    "spaced_header": (_csv("sh", A, head=HEAD.replace("_", " ")), ["kept"]),
    "unknown_column": (_csv("uc", A + ",x", head=HEAD + ",promo"), ["kept"]),
    "missing_column": (_csv("mc", A.rsplit(",", 1)[0], head=HEAD.rsplit(",", 1)[0]), ["missing_sold_at"]),
    "no_header": (_csv("nh", B, head=A), [NOTHING_NAMED]),
    "header_repeated": (
        _csv("hr", A, HEAD),
        ["kept", "bad_type_line_number+bad_type_price+bad_type_quantity+bad_type_sold_at"],
    ),
    "semicolons": (_csv("sc", A.replace(",", ";"), head=HEAD.replace(",", ";")), [NOTHING_NAMED]),
}


BAD_VALUES: dict[str, tuple[dict[str, str], str]] = {
    "infinite_price": ({"price": "1e400"}, "bad_type_price"),
    "nan_price": ({"price": "NaN"}, "bad_type_price"),
    "comma_price": ({"price": "12;50"}, "bad_type_price"),
    "negative_price": ({"price": "-1"}, "bad_amount"),
    "no_price": ({"price": ""}, "missing_amount"),
    "half_a_piece": ({"quantity": "1.5"}, "bad_type_quantity"),
    "huge_quantity": ({"quantity": "99999999999"}, "bad_type_quantity"),
    "zero_quantity": ({"quantity": "0"}, "bad_quantity"),
    "negative_quantity": ({"quantity": "-2"}, "bad_quantity"),
    "year_one": ({"timestamp": "0001-01-01 00:00:00"}, "too_early"),
    "next_century": ({"timestamp": "2124-01-05 10:00:00"}, "too_late"),
    "thirteenth_month": ({"timestamp": "2024-13-05 10:00:00"}, "bad_type_sold_at"),
    "time_without_day": ({"timestamp": "10:00"}, "bad_type_sold_at"),
    "word_for_a_time": ({"timestamp": "now"}, "bad_type_sold_at"),
    "empty_basket": ({"basket_id": ""}, "missing_basket_id"),
    "blank_item": ({"item_id": " \u200b "}, "missing_item_id"),
}


def _value_cases() -> dict[str, tuple[bytes, list[str]]]:
    return {
        f"{name}.csv": (_csv(f"v{n}", row("@a", **changed), row("@b")), [reason, "kept"])
        for n, (name, (changed, reason)) in enumerate(BAD_VALUES.items())
    }


def _lines(name: str, *objects: str) -> bytes:
    return "".join(text.replace("@", name) + "\n" for text in objects).encode()


JSON_CASES = {
    "cut_object": (_lines("jc", obj("@a")[:30], obj("@b")), ["not_json", "kept"]),
    "array_on_a_line": (_lines("ja", f"[{obj('@a')}, {obj('@b')}]"), ["not_an_object"]),
    "two_objects_on_a_line": (_lines("jt", obj("@a") + obj("@b")), ["not_json"]),
    "key_twice": (_lines("jk", obj("@a")[:-1] + ', "price": 9}'), ["duplicate_key"]),
    "bare_nan": (_lines("jn", obj("@a", price="NaN")), ["not_json"]),
    "null_object": (_lines("jo", "{}", '{"basket_id": null}', obj("@a")), ["blank", "blank", "kept"]),
    "missing_key": (
        _lines("jm", '{"basket_id": "@a"}', obj("@b")),
        ["missing_amount+missing_item_id+missing_quantity+missing_sold_at+missing_line_number", "kept"],
    ),
    "unknown_key": (_lines("ju", obj("@a")[:-1] + ', "x": {"y": [1, "\u00e9"]}}'), ["kept"]),
    "deep_nesting": (_lines("jd", "[" * 100_000, obj("@a")), ["not_json", "kept"]),
    "long_number": (_lines("jl", obj("@a", quantity="1" * 5000)), ["bad_type_quantity"]),
    "lone_surrogate": (_lines("js", obj("@a", item_id='"t\\ud800"')), ["kept"]),
    "pretty_printed": (b'{\n"basket_id": "x"\n}\n', ["not_json", "not_json", "not_json"]),
}


def _packed_cases() -> dict[str, tuple[bytes, list[str]]]:
    sound = gzip.compress(_csv("gz", row("@a")), mtime=0)
    broken = sound[:-12] + bytes([sound[-12] ^ 255]) + sound[-11:]
    table = parquet(basket_id=["pq"])
    return {
        "packed.csv.gz": (sound, ["kept"]),
        "packed_without_saying_so.csv": (gzip.compress(_csv("gw", row("@a")), mtime=0), ["kept"]),
        "not_packed.csv.gz": (_csv("ng", row("@a")), ["kept"]),
        "cut.csv.gz": (sound[: len(sound) // 2], ["damaged_gzip"]),
        "flipped.csv.gz": (broken, ["damaged_gzip"]),
        "bomb.csv.gz": (gzip.compress(b"0" * (80 << 20), 9, mtime=0), ["gzip_bomb"]),
        "sound.parquet": (table, ["kept"]),
        "cut.parquet": (table[: len(table) // 2], ["damaged_parquet"]),
        "text.parquet": (b"not a table", ["damaged_parquet"]),
        "text_prices.parquet": (parquet(basket_id=["pt"], price=["2.50"]), ["kept"]),
        "float_counts.parquet": (parquet(basket_id=["pf"], quantity=[2.0], line_no=[1.0]), ["kept"]),
        "row_of_nulls.parquet": (pa_nulls(), ["blank"]),
        "number_ids.parquet": (parquet(basket_id=[7], item_id=[8], user_id=[float("nan")]), ["kept"]),
        "long_value.parquet": (parquet(basket_id=["pl"], item_id=["x" * 1_000_000]), ["too_long"]),
        "no_price.parquet": (parquet(basket_id=["pn"], price=None), ["missing_amount"]),
        "table.xlsx": (b"PK\x03\x04", ["unknown_format"]),
        "wide.csv": (
            _csv("wd", *["1," * 20_000] * 2, head=",".join(f"c{i}" for i in range(20_001))),
            ["too_many_columns"],
        ),
    }


def pa_nulls() -> bytes:
    """A row in which every value is null."""
    return parquet(**{name: pa.nulls(1, pa.string()) for name in NAMES})


def bad_inputs() -> list[Bad]:
    """Every case; no two share a basket."""
    every = {f"{name}.csv": case for name, case in CSV_CASES.items()}
    every |= {f"{name}.jsonl": case for name, case in JSON_CASES.items()}
    every |= _value_cases() | _packed_cases()
    return [Bad(name, data, outcomes) for name, (data, outcomes) in every.items()]
