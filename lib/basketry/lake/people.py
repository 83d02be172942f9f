"""Whose records come in: under a keyed pseudonym where that is asked for, and not at all once the user is forgotten."""

import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from basketry.errors import SettingsError
from basketry.lake.located import WHITE, user_places
from basketry.lake.records import BLANK
from basketry.lake.settings import PSEUDONYM_KEY, LakeSettings

Array = np.ndarray[Any, np.dtype[Any]]
SHORTEST_KEY = 16
# Before the id, so that the list of the forgotten shares no hash with another list of the same ids.
SALT = "basketry forgets "
# What a text that could not be parsed is made of, for Python and for Spark alike.
BETWEEN_WORDS = "[\\s,;|\"'{}:\\[\\]]+"
WITHHELD = "withheld: it may name a user; the raw file has it"


@dataclass(frozen=True)
class People:
    """`key` makes the pseudonyms, None: users are called as the source calls them. `forgotten`: fingerprints."""

    key: bytes | None = field(default=None, repr=False)
    forgotten: frozenset[str] = frozenset()

    @property
    def key_id(self) -> str | None:
        """Tells one key from another, and nothing about it: 8 hexadecimal digits, with which its pseudonyms begin."""
        return None if self.key is None else _keyed(self.key, "the key itself")[:8]

    def name(self, user: str) -> str:
        """What the user is called from bronze on: the id, or the HMAC-SHA256 of it (128 bits, hexadecimal)."""
        return user if self.key is None else f"{self.key_id}-{_keyed(self.key, f'user {user}')[:32]}"

    def is_forgotten(self, user: str) -> bool:
        return fingerprint(user) in self.forgotten


EVERYONE = People()


def people_of(settings: LakeSettings, key: str | None, forgotten: frozenset[str] = frozenset()) -> People:
    """Raises SettingsError when pseudonyms are asked for without a key, or with a short one."""
    if not settings.pseudonyms:
        return People(None, forgotten)
    if key is None or len(key) < SHORTEST_KEY:
        found = "is not set" if key is None else f"has {len(key)} characters"
        raise SettingsError(
            f"lake.pseudonyms: the environment variable {PSEUDONYM_KEY} {found}; give it a secret of {SHORTEST_KEY} "
            "characters or more, the same for every run: another one renames every user"
        )
    return People(key.encode(), forgotten)


def fingerprint(user: str) -> str:
    """By which a forgotten user is known when a record of theirs comes again; lake/forget.py makes it in Spark."""
    return sha256((SALT + user).encode()).hexdigest()


def guarded(batch: pa.RecordBatch, header: list[str], settings: LakeSettings, people: People) -> pa.RecordBatch:
    """Rows of bronze.lines as they may be kept: without those of forgotten users, users by their names.

    With a key there is no raw text, which has the id; a record that was parsed has its values. Without one, the text of
    a record that could not be parsed is withheld when it names a forgotten user.
    """
    if people == EVERYONE:
        return batch
    values, is_kept = _renamed(batch["values"], user_places(header, settings.lines.columns), people)
    raws = _without_ids(batch["raw"], batch["fault"], people)
    for name, column in (("values", values), ("raw", raws)):
        batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), column)
    return batch.filter(pa.array(is_kept))


def _renamed(values: pa.ListArray, places: list[int], people: People) -> tuple[pa.ListArray, Array]:
    """The lists with each user renamed, and which of them name nobody who is forgotten."""
    rows = pc.list_parent_indices(values).to_numpy()
    flat = pc.list_flatten(values)
    is_user = np.isin(np.arange(len(rows)) - np.searchsorted(rows, rows), places)
    users = flat.filter(pa.array(is_user)).dictionary_encode()
    known = [text.strip(WHITE) for text in users.dictionary.to_pylist()]
    is_gone = np.array([people.is_forgotten(user) for user in known], bool)
    codes = users.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    is_kept = np.ones(len(values), bool)
    is_kept[rows[is_user][(codes >= 0) & np.append(is_gone, False)[codes]]] = False
    names = pa.array([people.name(user) if user else "" for user in known], pa.string()).take(users.indices)
    return _with_elements(values, pc.replace_with_mask(flat, pa.array(is_user), names)), is_kept


def _with_elements(lists: pa.ListArray, flat: pa.Array) -> pa.ListArray:
    """Lists of the same lengths, null where these are, of other elements."""
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False)
    return pa.ListArray.from_arrays(pa.array(np.r_[0, np.cumsum(lengths)], pa.int32()), flat, mask=lists.is_null())


def _without_ids(raws: pa.Array, faults: pa.Array, people: People) -> pa.Array:
    if people.key is not None:
        is_parsed, is_blank = pc.is_null(faults), pc.fill_null(pc.equal(faults, BLANK), False)
        kept = pc.if_else(is_blank, raws, WITHHELD)
        return pc.if_else(pc.or_(is_parsed, pc.is_null(raws)), pa.scalar(None, pa.string()), kept)
    texts = raws.to_pylist() if faults.null_count < len(faults) else []
    told = [fault not in (None, BLANK) for fault in faults.to_pylist()] if texts else []
    hidden = [is_told and text is not None and _names(text, people) for text, is_told in zip(texts, told, strict=True)]
    return pc.if_else(pa.array(hidden, pa.bool_()), WITHHELD, raws) if any(hidden) else raws


def _names(text: str, people: People) -> bool:
    return any(people.is_forgotten(word) for word in re.split(BETWEEN_WORDS, text))


def _keyed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), sha256).hexdigest()
