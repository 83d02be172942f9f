"""Settings of demand."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from basketry.section import Section

DemandLevel = Literal["item", "type", "type_store"]
Smoothing = Annotated[float, Field(gt=0, le=1)]
Window = Annotated[int, Field(ge=1, le=520)]


class OutOfStockSettings(Section):
    """When a unit could not sell for want of stock: these weeks are masked, not zeros."""

    file: str | None = Field(
        None,
        description="CSV or Parquet with item_id, store_id (all: everywhere) and week_on, any day of the week, of what "
        "was out of stock; null: none (path)",
    )
    gap_weeks: int | None = Field(
        None,
        ge=1,
        le=52,
        description="weeks without a sale, between a sale in every week and the next sale, that are taken for out of "
        "stock; null: none is (weeks)",
    )
    steady_weeks: int = Field(
        8, ge=1, le=520, description="weeks before such a gap that must each have had a sale (weeks)"
    )


class RankSettings(Section):
    """Who sells most and who rises."""

    top_share: float = Field(
        0.05, gt=0, le=0.5, description="units called hot sellers, and units called risers (share)"
    )
    base_weeks: int = Field(8, ge=2, le=520, description="last weeks that growth is measured against (weeks)")
    riser_alpha: Smoothing = Field(
        0.3, description="weight of the last week in the level whose growth makes a riser (share)"
    )
    min_base_quantity: float = Field(
        20, ge=0, description="pieces sold in these weeks that a riser needs; of fewer, growth is chance (pieces)"
    )


class DemandSettings(Section):
    """Weekly forecasts: of what, how far, by which methods, and how wide."""

    levels: tuple[DemandLevel, ...] = Field(
        ("item", "type", "type_store"), min_length=1, description="what is forecast (names)"
    )
    horizon: int = Field(4, ge=1, le=26, description="weeks forecast (weeks)")
    exclude_items: tuple[str, ...] = Field((), description="items that are not forecast (item ids)")
    exclude_types: tuple[str, ...] = Field((), description="product types that are not forecast (names)")
    exclude_categories: tuple[str, ...] = Field((), description="categories that are not forecast (names)")
    exclude_departments: tuple[str, ...] = Field((), description="departments that are not forecast (names)")
    max_mean_quantity: float | None = Field(
        100,
        gt=0,
        description="mean quantity of a line above which an item, or all items of a type, are sold by volume, "
        "as fuel, and not forecast; null: no limit (pieces)",
    )
    stock: OutOfStockSettings = Field(OutOfStockSettings(), description="weeks out of stock")
    ses_alphas: tuple[Smoothing, ...] = Field(
        (0.1, 0.2, 0.3, 0.4),
        min_length=1,
        description="weights of the last week tried in exponential smoothing (shares)",
    )
    tsb_alphas: tuple[Smoothing, ...] = Field(
        (0.1, 0.2, 0.3), description="weights of the last week tried in TSB, for size and chance alike (shares)"
    )
    windows: tuple[Window, ...] = Field((4, 8, 13), description="lengths of the moving averages tried (weeks)")
    season_weeks: int = Field(52, ge=2, le=520, description="season of the seasonal naive forecast (weeks)")
    validation_origins: int = Field(
        8, ge=1, le=52, description="forecasts from earlier weeks, a horizon apart, that methods are chosen by (count)"
    )
    min_history: int = Field(8, ge=2, le=520, description="weeks that must lie before such an earlier forecast (weeks)")
    max_bias: float = Field(0.05, gt=0, le=1, description="largest bias of a method that is chosen (fraction)")
    new_weeks: int = Field(
        8, ge=0, le=520, description="weeks since its first sale below which a unit is new and borrows (weeks)"
    )
    min_weeks_sold: int = Field(
        13, ge=1, le=520, description="weeks with a sale below which a unit that is not new is rare (weeks)"
    )
    class_bounds: tuple[float, ...] = Field(
        (1.0, 10.0), min_length=2, max_length=2, description="mean pieces a week that part slow, steady, fast (pieces)"
    )
    max_cells: int = Field(
        50_000_000, ge=1000, description="units x weeks of a level that the driver may hold, 100 bytes each (count)"
    )
    rank: RankSettings = Field(RankSettings(), description="hot sellers and risers")

    @field_validator("class_bounds")
    @classmethod
    def _rising(cls, bounds: tuple[float, ...], _: ValidationInfo) -> tuple[float, ...]:
        if not 0 < bounds[0] < bounds[1]:
            raise ValueError("the bounds must be above 0 and rise")
        return bounds
