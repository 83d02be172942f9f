"""Settings of the stream."""

from typing import Literal, Self

from pydantic import Field, model_validator

from basketry.section import Section


class StreamSettings(Section):
    """Where receipts come from as they are sold, how often, and what is bought together now."""

    source: Literal["files", "delta", "kafka"] = Field(
        "files", description="new files of lake.raw, rows added to a Delta table, or messages of a Kafka topic (name)"
    )
    table: str | None = Field(None, description="the Delta table whose new rows come, for source delta (path, address)")
    servers: str | None = Field(None, description="Kafka's brokers, for source kafka (host:port, ...)")
    topic: str | None = Field(None, description="the topic; a message is one line as a JSON object (name)")
    options: dict[str, str] = Field(
        default_factory=dict, description="more options of Spark's reader of the source, name: value; no secrets"
    )
    trigger: Literal["available_now", "live"] = Field(
        "available_now", description="available_now: take what is there and end, for cron; live: go on until stopped"
    )
    trigger_seconds: float = Field(
        2.0, ge=0, le=86_400, description="live: least time from one batch to the next; 0: none (s)"
    )
    files_per_batch: int = Field(
        200, ge=1, le=100_000, description="most files, or data files of the Delta table, of a batch (count)"
    )
    messages_per_batch: int = Field(100_000, ge=1, description="most Kafka messages of a batch (count)")
    late_days: int = Field(
        31, ge=1, le=3650, description="days from a sale after which a record is late: see ops.corrections (days)"
    )
    checkpoint: str | None = Field(
        None, description="where the stream keeps how far it is; null: below lake.root, by source (path, address)"
    )
    window_hours: int = Field(24, ge=1, le=24 * 366, description="of sales that count as now (hours)")
    slide_minutes: int = Field(60, ge=1, le=24 * 60, description="the window's end moves by as much (minutes)")
    pair_min_count: int = Field(20, ge=5, description="baskets of the window an item needs to enter the pairs (count)")
    pair_min_freq: int = Field(
        5, ge=1, description="baskets of the window a pair needs to be listed unless significant (count)"
    )

    @model_validator(mode="after")
    def _says_where_from(self) -> Self:
        needed = {"files": (), "delta": ("table",), "kafka": ("servers", "topic")}[self.source]
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"source={self.source} needs {', '.join(f'stream.{name}' for name in missing)}")
        return self
