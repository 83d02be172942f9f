"""What a run prints: progress a person can follow, or one JSON object a line for a scheduler."""

import logging
import sys
import time
from typing import Any, Literal

import structlog
from pydantic import Field
from rich.console import Console

from basketry.section import Section


class LogSettings(Section):
    """What a run prints, on standard error."""

    format: Literal["auto", "text", "json"] = Field("auto", description="auto: text on a terminal, else json")


def configure_logs(settings: LogSettings, **context: str) -> Any:
    """A logger that carries `context` (run and step) in every event."""
    json = settings.format == "json" or (settings.format == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    renderer: Any = structlog.processors.JSONRenderer(sort_keys=True) if json else _Text()
    structlog.configure(
        processors=[*shared, renderer],
        # Standard error as it is when an event comes: a test or a notebook may have put another in its place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger().bind(**context)


class _Text:
    """One plain line an event: step, seconds since it began, what it is doing, numbers."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._console = Console(file=sys.stderr, highlight=False, soft_wrap=True)

    def __call__(self, _logger: Any, _method: str, event: dict[str, Any]) -> str:
        level, step, text = event.pop("level"), event.pop("step", ""), event.pop("event")
        for hidden in ("timestamp", "run_id", "does"):
            event.pop(hidden, None)
        numbers = "  ".join(f"{name} {_plain(value)}" for name, value in event.items())
        style = {"error": "bold red", "warning": "yellow"}.get(level, "")
        with self._console.capture() as captured:
            elapsed = time.monotonic() - self._began
            self._console.print(f"{step:<16} {elapsed:5.0f} s  {text}  ", style=style, markup=False, end="")
            self._console.print(numbers, style="dim", markup=False, end="")
        return captured.get()


def _plain(value: Any) -> str:
    if isinstance(value, bool | str):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}" if isinstance(value, float) else str(value)
