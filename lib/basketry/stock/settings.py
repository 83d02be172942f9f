"""Settings of stock."""

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from basketry.section import Section

Share = Annotated[float, Field(gt=0, lt=1)]


class StockSettings(Section):
    """Targets, times and costs of the stock plan; stock.terms gives them item by item."""

    service: float = Field(0.95, gt=0, lt=1, description="demand to serve from the shelf, of what keeps (fraction)")
    lead_days: float = Field(3.0, ge=0, le=365, description="from order to delivery, mean (days)")
    lead_sd_days: float = Field(1.0, ge=0, le=90, description="standard deviation of that time (days)")
    review_days: float = Field(7.0, gt=0, le=365, description="between two looks at the stock (days)")
    shelf_days: float = Field(7.0, gt=0, le=365, description="a perishable can be sold for, then it is waste (days)")
    margin: float = Field(0.3, gt=0, lt=1, description="margin of a piece (fraction of its price)")
    holding: float = Field(0.25, gt=0, le=5, description="cost of holding a piece for a year (fraction of its cost)")
    salvage: float = Field(0.1, ge=0, lt=1, description="what a piece of waste still brings (fraction of its price)")
    order_cost: float = Field(0.0, ge=0, description="cost of one order line (currency of the source)")
    terms: str | None = Field(
        None,
        description="CSV or Parquet with scope (item, type, category or department), name, setting (service, "
        "lead_days, lead_sd_days, review_days, shelf_days, margin, holding, salvage or order_cost) and value; the "
        "narrowest scope rules (path)",
    )
    perishable_departments: tuple[str, ...] = Field(
        ("PRODUCE", "MEAT", "DELI", "PASTRY", "SEAFOOD", "SALAD BAR"),
        description="departments of perishables, in any case (names)",
    )
    perishable_categories: tuple[str, ...] = Field((), description="categories of perishables, in any case (names)")
    perishable_types: tuple[str, ...] = Field((), description="types of perishables, in any case (names)")
    companion_share: float = Field(
        0.25, ge=0, le=1, description="of the margin bought with an item, lost with it; 0: none (fraction)"
    )
    companion_prior: float = Field(
        20.0, ge=0, description="baskets of doubt that a pair must outweigh: n / (n + prior) counts (count)"
    )
    max_companion: float = Field(1.0, ge=0, description="largest companion margin (fraction of the item's own margin)")
    recent_weeks: int = Field(8, ge=1, le=104, description="last weeks whose mean sales are shown beside (weeks)")
    normal_from: float = Field(
        50.0, ge=1, description="demand taken as normal from this mean on; below, Poisson or wider (pieces)"
    )
    max_weeks: float = Field(
        26.0, gt=0, description="expected demand that the stock is at most, whatever the service asks for (weeks)"
    )
    curve: tuple[Share, ...] = Field(
        (0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995),
        description="services that gold.stock_curve compares, of what keeps (fractions)",
    )
    max_pieces: float = Field(
        100.0, gt=0, description="mean pieces of a line above which an item is sold by volume and left out (pieces)"
    )
    max_units: int = Field(500_000, ge=1, description="items planned, held on the driver in about 2 kB each (count)")

    @field_validator("curve")
    @classmethod
    def _once(cls, services: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sorted(set(services)))

    @field_validator("perishable_departments", "perishable_categories", "perishable_types")
    @classmethod
    def _upper(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.upper() for name in names)

    @model_validator(mode="after")
    def _waste_costs(self) -> "StockSettings":
        if self.margin + self.salvage >= 1:
            raise ValueError(f"margin {self.margin} + salvage {self.salvage} must be below 1, or waste would pay")
        return self
