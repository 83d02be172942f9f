"""Settings of the lake: where it is, what the raw files look like, what is refused."""

from pydantic import Field

from basketry.section import Section


class LakeSettings(Section):
    """Where tables and raw files live, and how receipts are cleaned."""

    root: str = Field("data/lake", description="folder or address of the Delta tables (path)")
    catalog: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_]+$", description="Unity Catalog to use instead of root (name)"
    )
    raw: str = Field("data/raw", description="folder or address of the raw files (path)")
    time_zone: str = Field("UTC", description="time zone of the shops, gives a line its date (IANA name)")
    allow_empty: bool = Field(False, description="accept input tables without rows")
