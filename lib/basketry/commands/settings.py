"""`basketry settings`."""

import os
from collections.abc import Iterator
from typing import Any

import typer
from pydantic import BaseModel

from basketry.arguments import parse_arguments
from basketry.commands.options import Assign, Config, flags
from basketry.config import Settings, allowed_range
from basketry.yaml_files import to_yaml


def print_settings(config: Config = None, assign: Assign = None) -> None:
    """Print every setting as this command would use it, with its meaning, unit and range (YAML)."""
    typer.echo(settings_yaml(parse_arguments(flags(config, assign), os.environ).settings), nl=False)


def settings_yaml(settings: Settings) -> str:
    """The settings as a commented YAML file; conf/base.yaml is this for the defaults."""
    return "\n".join(_lines(settings, "")) + "\n"


def _lines(section: BaseModel, indent: str) -> Iterator[str]:
    for name, field in type(section).model_fields.items():
        value: Any = getattr(section, name)
        if isinstance(value, BaseModel):
            if not indent:
                yield ""
            yield f"{indent}# {field.description}"
            yield f"{indent}{name}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}# {field.description}; {allowed_range(field)}"
            yield f"{indent}{name}: {to_yaml(section.model_dump(mode='json')[name])}"
