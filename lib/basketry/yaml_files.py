"""Settings files as plain dictionaries, with YAML's surprises refused by name."""

import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent

from basketry.errors import SettingsError

MAX_BYTES = 1_000_000


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML 1.2 file (`1e-3` is a number, `no` is a string).

    Raises SettingsError when the file is missing, too large, not a mapping, has a key twice or uses anchors.
    """
    text = _read_text(path)
    try:
        _refuse_anchors(path, text)
        loaded = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise SettingsError(f"{path}: not valid YAML: {_one_line(error)}") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise SettingsError(f"{path}: holds a {type(loaded).__name__}; write `section:` blocks as in conf/base.yaml")
    return loaded


def to_yaml(value: Any) -> str:
    """One value in YAML's flow style, on one line. JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`base` with `over` laid on top, section by section; lists and scalars are replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def _read_text(path: Path) -> str:
    if not path.is_file():
        raise SettingsError(f"{path}: no such settings file; see conf/ for examples")
    if path.stat().st_size > MAX_BYTES:
        raise SettingsError(f"{path}: {path.stat().st_size:,} bytes; a settings file has at most {MAX_BYTES:,}")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error


def _refuse_anchors(path: Path, text: str) -> None:
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            line = event.start_mark.line + 1
            raise SettingsError(f"{path}: line {line}: anchors and aliases are not allowed; write the value out")


def _one_line(error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return place + str(getattr(error, "problem", None) or error).splitlines()[0]
