"""Settings: one typed section per package. `--set` > environment > YAML (last file first) > defaults."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from basketry.allocation.settings import AllocationSettings
from basketry.demand.settings import DemandSettings
from basketry.drift.settings import DriftSettings
from basketry.embeddings.settings import EmbeddingSettings
from basketry.errors import SettingsError
from basketry.evaluation.settings import EvaluationSettings
from basketry.lake.settings import PSEUDONYM_KEY, LakeSettings
from basketry.logs import LogSettings
from basketry.mining.settings import MiningSettings
from basketry.privacy.settings import PrivacySettings
from basketry.recommend.settings import RecommendSettings
from basketry.report.settings import ReportSettings
from basketry.section import canonical, digest
from basketry.segments.settings import SegmentsSettings
from basketry.serve.settings import ServeSettings
from basketry.session import SECRETS, SparkSettings
from basketry.stock.settings import StockSettings
from basketry.stream.settings import StreamSettings
from basketry.yaml_files import merge, read_yaml

PREFIX = "BASKETRY_"
HIDDEN = "***"
BOUNDS = {
    "gt": ">",
    "ge": ">=",
    "lt": "<",
    "le": "<=",
    "pattern": "like",
    "min_length": "at least",
    "max_length": "at most",
}
TYPES = {int: "whole number", float: "number", bool: "true or false", str: "text", type(None): "null"}
# Variables of other parts of the suite that share the prefix but are no settings.
RESERVED = {"BASKETRY_CONFIG", "BASKETRY_FAULT", "BASKETRY_HOME", "BASKETRY_SPARK_DEFAULTS", PSEUDONYM_KEY}


class Settings(BaseSettings):
    """Every setting of the suite; unknown keys are refused."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    seed: int = Field(7, ge=0, lt=2**31, description="seed of every random choice (integer)")
    lake: LakeSettings = Field(LakeSettings(), description="where the data is and how it is cleaned")
    stream: StreamSettings = Field(StreamSettings(), description="receipts taken as they come")
    mining: MiningSettings = Field(MiningSettings(), description="itemsets and rules")
    recommend: RecommendSettings = Field(RecommendSettings(), description="ALS and its lists")
    embeddings: EmbeddingSettings = Field(EmbeddingSettings(), description="item embeddings")
    evaluation: EvaluationSettings = Field(EvaluationSettings(), description="how models are compared")
    drift: DriftSettings = Field(DriftSettings(), description="what changed of late, and what follows")
    segments: SegmentsSettings = Field(SegmentsSettings(), description="segments of users and groups of items")
    demand: DemandSettings = Field(DemandSettings(), description="weekly forecasts, hot sellers and risers")
    stock: StockSettings = Field(StockSettings(), description="how much of each item to hold, and when to order")
    allocation: AllocationSettings = Field(AllocationSettings(), description="which items lie where")
    privacy: PrivacySettings = Field(PrivacySettings(), description="noisy counts of users, for publication")
    report: ReportSettings = Field(ReportSettings(), description="how much the page of `basketry report` holds")
    serve: ServeSettings = Field(ServeSettings(), description="what `basketry serve` answers")
    spark: SparkSettings = Field(SparkSettings(), description="the Spark session")
    logs: LogSettings = Field(LogSettings(), description="what a run prints")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files, environ = _LOADING[-1]
        given = EnvSettingsSource(settings_cls)
        given.env_vars = {name.lower(): value for name, value in environ.items()}
        return init_settings, given, InitSettingsSource(settings_cls, init_kwargs=dict(files))

    def digest(self) -> str:
        """sha256 of what steps may read, as canonical JSON: another page or service changes no table."""
        return digest(self.model_dump(mode="json", exclude={"report", "serve"}))

    def to_json(self) -> str:
        """As ops.runs keeps them: of Spark properties with a name like a secret's not the value."""
        plain = self.model_dump(mode="json")
        for properties in (plain["spark"]["conf"], *plain["spark"]["step_conf"].values()):
            for name in filter(re.compile(SECRETS).search, properties):
                properties[name] = HIDDEN
        return canonical(plain)


# pydantic-settings builds its sources on the class: files and variables of the load in progress stand here meanwhile.
_LOADING: list[tuple[Mapping[str, Any], Mapping[str, str]]] = [({}, {})]


def load_settings(files: Iterable[Path], assignments: Iterable[str], environ: Mapping[str, str]) -> Settings:
    """The settings of a run. Raises SettingsError naming every wrong setting at once, with its path and range."""
    from_files: dict[str, Any] = {}
    for path in files:
        from_files = merge(from_files, read_yaml(path))
    from_arguments: dict[str, Any] = {}
    for assignment in assignments:
        from_arguments = merge(from_arguments, parse_assignment(assignment))
    _refuse_unknown_variables(environ)
    _LOADING.append((from_files, environ))
    try:
        return Settings(**from_arguments)
    except ValidationError as error:
        raise SettingsError(describe(error)) from error
    finally:
        _LOADING.pop()


def parse_assignment(text: str) -> dict[str, Any]:
    """`section.key=value` as a nested mapping; the value is read as YAML."""
    path, separator, value = text.partition("=")
    if not separator or not all(path.split(".")):
        raise SettingsError(f"--set {text}: write section.key=value, as in --set mining.min_support=0.01")
    try:
        nested: Any = YAML(typ="safe", pure=True).load(value)
    except YAMLError as error:
        raise SettingsError(f"--set {text}: the value is not valid YAML") from error
    for key in reversed(path.split(".")):
        nested = {key: nested}
    return dict(nested)


def describe(error: ValidationError) -> str:
    """One line a wrong setting: path, what was found, what is allowed."""
    lines = [f"{len(error.errors())} wrong setting(s):"]
    for fault in error.errors():
        path = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            lines.append(f"  {path}: no such setting; `basketry settings` lists them all")
        else:
            lines.append(f"  {path} = {fault['input']!r}: {fault['msg']}{_allowed(fault['loc'])}")
    return "\n".join(lines)


def _allowed(loc: tuple[int | str, ...]) -> str:
    """The range and meaning of the field at `loc`."""
    model: Any = Settings
    for part in loc[:-1]:
        field = getattr(model, "model_fields", {}).get(part)
        model = field.annotation if field else None
    field = getattr(model, "model_fields", {}).get(loc[-1])
    if field is None:
        return ""
    return f" (allowed: {allowed_range(field)}; {field.description})"


def allowed_range(field: Any) -> str:
    """The type and bounds of a field in words, as `number, > 0, <= 1`."""
    bounds = [
        f"{sign} {getattr(rule, attribute)}"
        for rule in field.metadata
        for attribute, sign in BOUNDS.items()
        if getattr(rule, attribute, None) is not None
    ]
    return ", ".join([_type_in_words(field.annotation), *bounds])


def _type_in_words(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(map(str, get_args(annotation)))
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(_type_in_words(a) for a in get_args(annotation))
    if get_origin(annotation) is Annotated:
        return _type_in_words(get_args(annotation)[0])
    if get_origin(annotation) is tuple:
        return f"list of {_type_in_words(get_args(annotation)[0])}"
    if get_origin(annotation) is dict:
        return "mapping"
    return TYPES.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    """pydantic-settings skips BASKETRY_ variables whose first part is no section; a misspelt one must not be lost."""
    known = {name.upper() for name in Settings.model_fields}
    given = {name for name in environ if name.startswith(PREFIX)} - RESERVED
    unknown = sorted(name for name in given if name.removeprefix(PREFIX).split("__")[0].upper() not in known)
    if unknown:
        raise SettingsError(f"environment: {', '.join(unknown)}: no such setting; write {PREFIX}SECTION__KEY")
