"""Settings of allocation."""

from pydantic import Field, field_validator

from basketry.section import Section


class Place(Section):
    """A site, or a zone of a warehouse."""

    name: str = Field("north", min_length=1, description="what the tables call it (name)")
    capacity: float = Field(3000.0, gt=0, description="what fits in (items, or the unit of allocation.space)")


class AllocationSettings(Section):
    """Sites that fill orders whole, zones of a warehouse, and what a plan may not do."""

    n_items: int = Field(8000, ge=2, le=20_000, description="most sold items that are planned, and fixed ones (count)")
    sites: tuple[Place, ...] = Field(
        tuple(Place(name=name, capacity=3000.0) for name in ("north", "south", "west")),
        min_length=1,
        description="name and capacity of each site (items, or the unit of allocation.space)",
    )
    zones: tuple[Place, ...] = Field(
        tuple(Place(name=f"zone {number:02d}", capacity=500.0) for number in range(1, 17)),
        min_length=1,
        description="name and capacity of each zone, nearest first (items, or the unit of allocation.space)",
    )
    space: str | None = Field(
        None, description="CSV or Parquet with item_id and space, what one item takes; 1 without a row (path)"
    )
    fixed: str | None = Field(
        None, description="CSV or Parquet with place and item_id, what must lie at a site or in a zone (path)"
    )
    forbidden: str | None = Field(
        None, description="CSV or Parquet with item_a and item_b, never at one site or in one zone (path)"
    )
    max_changes: int | None = Field(
        None, ge=0, description="items brought to another place than in the last plan; null: any number (count)"
    )
    holdout_days: int = Field(
        28, ge=1, le=3650, description="last days a plan does not learn from and is judged on (days)"
    )
    max_tries: int = Field(
        10_000,
        ge=0,
        description="changes of a plan tried in the local search, looks for them counted as several (count)",
    )
    max_together: int = Field(4, ge=1, le=20, description="items one change brings to a site at most (count)")
    max_group: int = Field(50, ge=2, description="items of the largest group that goes together (count)")
    max_entries: int = Field(
        20_000_000,
        ge=1000,
        description="planned items in all orders together, held on the driver in about 40 bytes each (count)",
    )
    n_draws: int = Field(5, ge=1, le=100, description="random plans whose mean a plan is compared with (count)")

    @field_validator("sites", "zones")
    @classmethod
    def _named_once(cls, places: tuple[Place, ...]) -> tuple[Place, ...]:
        names = [place.name for place in places]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: a name may stand once")
        return places
