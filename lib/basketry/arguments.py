"""The flags every job takes, and the settings they lead to."""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from basketry.config import Settings, load_settings
from basketry.errors import SettingsError
from basketry.lake.settings import PSEUDONYM_KEY

SAFE_NAME = re.compile(r"^(?!.*\.\.)[A-Za-z0-9_.-]{1,100}$")


@dataclass(frozen=True)
class Replay:
    """A past run done again: inputs at these versions, outputs below another root."""

    into: str
    versions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Arguments:
    """What a job was asked to do; `from_on` is the first day read, `to_on` the first day no longer read."""

    settings: Settings
    run_id: str | None = None
    from_on: date | None = None
    to_on: date | None = None
    dry_run: bool = False
    replay: Replay | None = None
    pseudonym_key: str | None = field(default=None, repr=False)


def parse_arguments(argv: Sequence[str] | None, environ: Mapping[str, str]) -> Arguments:
    """The job's arguments and settings. Raises SettingsError on anything unknown or out of range."""
    parser = Parser(allow_abbrev=False)
    add_job_flags(parser)
    given = parser.parse_args(argv)
    key = environ.get(PSEUDONYM_KEY)
    if given.replay:
        return _replayed(Path(given.replay), key)
    files = given.config or [p for p in environ.get("BASKETRY_CONFIG", "").split(":") if p]
    settings = load_settings([Path(f) for f in files], given.set, environ)
    first, last = _day(given.from_on, "--from"), _day(given.to_on, "--to")
    if first and last and first >= last:
        raise SettingsError(f"--from {first} --to {last}: --to is the first day no longer read, so it must be later")
    return Arguments(settings, safe_name(given.run_id, "--run-id"), first, last, given.dry_run, pseudonym_key=key)


def safe_name(text: str | None, what: str) -> str | None:
    """`text` when it may name a run or a table. Raises SettingsError otherwise."""
    if text is not None and not SAFE_NAME.match(text):
        raise SettingsError(f"{what} {text!r}: use letters, digits, '_', '-' and '.', without '..'")
    return text


def replay_file(
    path: Path, settings: str, into: str, versions: Mapping[str, int], period: tuple[date | None, date | None]
) -> None:
    """Write what --replay reads back."""
    days = [day and day.isoformat() for day in period]
    path.write_text(
        json.dumps({"settings": json.loads(settings), "into": into, "versions": dict(versions), "period": days})
    )


def _replayed(path: Path, key: str | None) -> Arguments:
    asked: dict[str, Any] = json.loads(path.read_text())
    first, last = (_day(day, "period") for day in asked["period"])
    settings = Settings.model_validate(asked["settings"])
    return Arguments(settings, None, first, last, replay=Replay(asked["into"], asked["versions"]), pseudonym_key=key)


def _day(text: str | None, flag: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SettingsError(f"{flag} {text}: not a date; write YYYY-MM-DD") from error


class Parser(argparse.ArgumentParser):
    """Wrong arguments are wrong settings: exit code 2 with one message."""

    def error(self, message: str) -> NoReturn:
        raise SettingsError(f"{message}\n{self.format_usage()}")


def add_job_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of every job."""
    parser.add_argument("--config", action="append", metavar="FILE", help="settings file; repeat it, later wins")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="one setting, as mining.min_support=0.01"
    )
    parser.add_argument("--from", dest="from_on", metavar="DATE", help="first day read")
    parser.add_argument("--to", dest="to_on", metavar="DATE", help="first day no longer read")
    parser.add_argument("--run-id", metavar="NAME", help="name of this run; default: made from the time")
    parser.add_argument("--dry-run", action="store_true", help="compute and check everything, write nothing")
    parser.add_argument("--replay", help=argparse.SUPPRESS)


def job_flags(given: argparse.Namespace, config: Sequence[str]) -> list[str]:
    """What `add_job_flags` took, to hand on; `config` in place of the settings files."""
    named = {"--from": given.from_on, "--to": given.to_on, "--run-id": given.run_id}
    return [
        *(f"--config={path}" for path in config),
        *(f"--set={text}" for text in given.set),
        *(f"{flag}={value}" for flag, value in named.items() if value),
        *(["--dry-run"] if given.dry_run else []),
    ]
