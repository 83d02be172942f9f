"""Users called by a keyed pseudonym, and records of forgotten users left out, as an executor reads a file."""

import hmac
import io
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from basketry.errors import SettingsError
from basketry.lake.people import WITHHELD, People, fingerprint, people_of
from basketry.lake.settings import LakeSettings
from tests.support.reading import read

KEY = "a key of more than sixteen"
KEYED = People(KEY.encode())
WITHOUT_BOB = People(forgotten=frozenset({fingerprint("bob")}))
HEAD = "basket_id,household_id,item_id\n"


def test_a_pseudonym_is_the_hmac_of_the_id_after_the_name_of_its_key():
    made = KEYED.name("bob")
    key_id, rest = made.split("-")
    assert rest == hmac.new(KEY.encode(), b"user bob", sha256).hexdigest()[:32]
    assert (key_id, len(key_id)) == (KEYED.key_id, 8)
    other = People(b"another key of sixteen")
    assert other.key_id != key_id
    assert other.name("bob").split("-")[1] != rest
    assert KEY not in repr(KEYED)


def test_each_user_has_one_name_whatever_surrounds_the_id_and_an_empty_one_stays_empty():
    found = read("a.csv", f"{HEAD}b1,bob,bob\nb2, bob\t,x\nb3,,x\nb4,  ,x\nb5,ann,x\n".encode(), people=KEYED)
    bob, ann = KEYED.name("bob"), KEYED.name("ann")
    assert found.values == [["b1", bob, "bob"], ["b2", bob, "x"], ["b3", "", "x"], ["b4", "", "x"], ["b5", ann, "x"]]
    assert found.raws == [None] * 5
    assert found.own["key_id"] == KEYED.key_id


def test_a_text_that_could_not_be_parsed_is_withheld_from_bronze_with_a_key():
    found = read("a.csv", f"{HEAD}b1,bob\n\nb2,ann,x\n".encode(), people=KEYED)
    assert found.faults == ["wrong_field_count", "blank", None]
    assert found.raws == [WITHHELD, "", None]


def test_every_accepted_spelling_is_a_user_in_json_lines_where_a_better_one_comes_late():
    data = b'{"basket_id": "1", "customer_id": "bob"}\n{"user_id": "bob", "basket_id": "2"}\n{"basket_id": "3"}\n'
    found, bob = read("a.jsonl", data, people=KEYED), KEYED.name("bob")
    assert found.columns == ["basket_id", "customer_id", "user_id"]
    assert found.values == [["1", bob], ["2", None, bob], ["3", None, None]]
    assert found.raws == [None] * 3
    assert read("a.jsonl", data, people=WITHOUT_BOB).numbers == [3]


def test_numbers_in_parquet_are_ids_too():
    to = io.BytesIO()
    pq.write_table(pa.table({"basket_id": [1, 2, 3], "household_id": pa.array([7.0, None, 8.0])}), to)
    found = read("a.parquet", to.getvalue(), people=KEYED)
    assert found.values == [["1", KEYED.name("7")], ["2", None], ["3", KEYED.name("8")]]
    assert read("a.parquet", to.getvalue(), people=People(forgotten=frozenset({fingerprint("7")}))).numbers == [2, 3]


@pytest.mark.parametrize("people", [WITHOUT_BOB, People(KEY.encode(), WITHOUT_BOB.forgotten)], ids=["id", "pseudonym"])
def test_records_of_a_forgotten_user_are_left_out_and_the_others_keep_their_numbers(people):
    found = read("a.csv", f"{HEAD}b1,bob,x\nb2,ann,bob\n\nb3, bob ,y\nb4,bobby,z\n".encode(), people=people)
    assert found.numbers == [2, 3, 5]
    assert [values and values[1] for values in found.values] == [people.name("ann"), None, people.name("bobby")]
    counts = {name: found.own[name] for name in ("n_records", "n_blank", "n_faulty", "n_forgotten")}
    assert counts == {"n_records": 3, "n_blank": 1, "n_faulty": 0, "n_forgotten": 2}


def test_a_record_that_could_not_be_parsed_stays_but_not_its_text_when_it_names_one_who_is_forgotten():
    found = read("a.csv", f'{HEAD}b1,bob\nb1;"bob";x\nb2,bobby\nb3,ann,x\n'.encode(), people=WITHOUT_BOB)
    assert found.raws == [WITHHELD, WITHHELD, "b2,bobby", "b3,ann,x"]
    assert found.own["n_faulty"] == 3


def test_a_product_table_is_left_as_it_is():
    assert read("a.csv", f"{HEAD}b1,bob,x\n".encode(), source="items", people=KEYED).values == [["b1", "bob", "x"]]


@pytest.mark.parametrize("key, found", [(None, "is not set"), ("short", "has 5 characters")])
def test_pseudonyms_without_a_good_key_are_refused(key, found):
    with pytest.raises(SettingsError, match=f"BASKETRY_PSEUDONYM_KEY {found}"):
        people_of(LakeSettings(pseudonyms=True), key)
    assert people_of(LakeSettings(), key).key is None
