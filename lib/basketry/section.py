"""The base of every settings section: closed, frozen, finite; and the name of a choice of settings."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One typed section of the settings; a stage declares its own in `<stage>/settings.py`.

    Every field has a default, a range and a description that ends with its unit:
    conf/base.yaml is generated from them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def canonical(plain: Mapping[str, Any]) -> str:
    """Settings, given as plain values, as JSON that equal ones share."""
    return json.dumps(plain, sort_keys=True)


def digest(plain: Mapping[str, Any]) -> str:
    """sha256 of the canonical JSON of settings given as plain values."""
    return sha256(canonical(plain).encode()).hexdigest()
