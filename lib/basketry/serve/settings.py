"""Settings of the service."""

from pydantic import Field

from basketry.section import Section


class ServeSettings(Section):
    """What a request may ask for, and how soon new tables are answered from."""

    reload_seconds: float = Field(10.0, ge=0.1, le=86400, description="between two looks for newer tables (s)")
    max_items: int = Field(100, ge=1, le=1000, description="items an answer lists at most (count)")
    max_cart: int = Field(200, ge=1, le=10_000, description="items of a cart (count)")
    max_body_bytes: int = Field(65_536, ge=1024, le=10_000_000, description="size of a request's body (bytes)")
