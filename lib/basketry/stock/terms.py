"""The terms of each item: those of the settings, or of stock.terms for the item, its type, category or department."""

import pandas as pd
from pydantic import ValidationError
from pyspark.sql import SparkSession

from basketry.errors import ContractError
from basketry.stock.settings import StockSettings
from basketry.tables.given import read_given

TERMS = (
    "service",
    "lead_days",
    "lead_sd_days",
    "review_days",
    "shelf_days",
    "margin",
    "holding",
    "salvage",
    "order_cost",
)
# The narrowest last: it rules.
SCOPES = {"department": "department", "category": "category", "type": "type", "item": "unit_id"}


def read_terms(session: SparkSession, settings: StockSettings) -> pd.DataFrame:
    """scope, name, setting and value (a number) of stock.terms; empty without it.

    Raises MissingInputError and ContractError for a file that is not there or of no use.
    """
    columns = ("scope", "name", "setting", "value")
    if settings.terms is None:
        return pd.DataFrame(columns=columns)
    rows = read_given(session, settings.terms, columns, "stock.terms").dropna().orderBy(*columns).toPandas()
    wrong = [fault for row in rows.itertuples(index=False) if (fault := _fault(row, settings))]
    twice = rows[rows.duplicated(["scope", "name", "setting"])]
    wrong += [f"{row.scope} {row.name}: {row.setting} twice" for row in twice.itertuples()]
    if wrong:
        raise ContractError(f"stock.terms: {settings.terms}: {len(wrong)} wrong row(s): {'; '.join(wrong[:5])}")
    return rows.assign(value=rows["value"].astype(float))


def _fault(row: "pd.core.frame.Pandas", settings: StockSettings) -> str | None:  # type: ignore[name-defined]
    scope, name, setting, value = row
    if scope not in SCOPES or setting not in TERMS:
        return f"{scope} {name} {setting}: scope is one of {', '.join(SCOPES)}, setting one of {', '.join(TERMS)}"
    try:
        StockSettings.model_validate({**settings.model_dump(), setting: value})
    except ValidationError as error:
        return f"{scope} {name}: {setting} = {value}: {error.errors()[0]['msg']}"
    return None


def terms_of(units: pd.DataFrame, given: pd.DataFrame, settings: StockSettings) -> pd.DataFrame:
    """One row a unit of `units` (unit_id, type, category, department), a column for each of TERMS.

    Raises ContractError where a unit's margin and salvage, from different rows, leave waste without cost.
    """
    terms = pd.DataFrame({name: float(getattr(settings, name)) for name in TERMS}, index=units.index)
    for scope, column in SCOPES.items():
        for setting, rows in given[given["scope"] == scope].groupby("setting"):
            found = units[column].map(rows.set_index("name")["value"])
            terms[setting] = found.astype(float).fillna(terms[setting])
    wrong = units["unit_id"][terms["margin"] + terms["salvage"] >= 1].tolist()
    if wrong:
        raise ContractError(
            f"stock.terms: margin + salvage must be below 1, or waste would pay; not so for {', '.join(wrong[:5])}"
        )
    return terms
