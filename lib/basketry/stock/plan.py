"""The stock plan of every forecast item."""

from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.stock.companions import Companions, companions_of, complements
from basketry.stock.distribution import Array
from basketry.stock.policy import DAYS_A_WEEK, DAYS_A_YEAR, Levels, newsvendor, periodic, raised, ratio
from basketry.stock.settings import StockSettings
from basketry.stock.terms import read_terms, terms_of
from basketry.stock.wording import why

EACH = "level = 'item' AND store_id = 'all'"


class Inputs(NamedTuple):
    """gold.demand, gold.weekly_sales, gold.pairs, silver.lines and silver.items."""

    demand: DataFrame
    weekly_sales: DataFrame
    pairs: DataFrame
    lines: DataFrame
    items: DataFrame


class Known(NamedTuple):
    """On the driver: `units` (unit_id, name, type, category, department, price, recent_weekly), the `terms` of each,
    the `weeks` forecast (unit_id, ahead, mean, sd_until, is_new), pairs of complements, and items left out for their
    volume.
    """

    units: pd.DataFrame
    terms: pd.DataFrame
    weeks: pd.DataFrame
    pairs: pd.DataFrame
    n_by_volume: int


def gather(given: Inputs, settings: StockSettings) -> Known:
    """What the plan is made from, ordered by unit_id."""
    demand = given.demand.where(EACH)
    n_units = demand.select("unit_id").distinct().count()
    if n_units > settings.max_units:
        raise ContractError(f"gold.demand has {n_units:,} items, more than stock.max_units = {settings.max_units:,}")
    each = given.lines.where("quantity > 0").groupBy(F.col("item_id").alias("unit_id"))
    sold = each.agg(
        F.median(F.when(F.col("amount") > 0, F.col("amount").cast("double") / F.col("quantity"))).alias("paid"),
        F.avg("quantity").alias("pieces"),
    )
    facts = given.items.select(
        F.col("item_id").alias("unit_id"), "name", "type", "category", "department", F.col("price").cast("double")
    )
    asked = demand.select("unit_id").distinct()
    units = asked.join(facts, on="unit_id", how="left").join(sold, on="unit_id", how="left").toPandas()
    units = units.sort_values("unit_id", ignore_index=True)
    by_volume = (units["pieces"] > settings.max_pieces).to_numpy()
    units = units[~by_volume].reset_index(drop=True)
    units["price"] = units["paid"].fillna(units["price"]).astype(float)
    units["recent_weekly"] = units["unit_id"].map(_recent(given.weekly_sales, settings)).fillna(0.0).astype(float)
    weeks = demand.select("unit_id", "ahead", "mean", "sd_until", "is_new").toPandas()
    weeks = weeks[weeks["unit_id"].isin(units["unit_id"])].sort_values(["unit_id", "ahead"], ignore_index=True)
    terms = terms_of(units, read_terms(given.demand.sparkSession, settings), settings)
    return Known(units, terms, weeks, complements(given.pairs), int(by_volume.sum()))


def levels_of(known: Known, settings: StockSettings) -> pd.DataFrame:
    """Rows of gold.stock_plan, ordered by unit_id."""
    terms, is_perishable = known.terms, perishable(known.units, settings)
    price = known.units["price"].to_numpy(float)
    margin, cost = price * terms["margin"].to_numpy(), price * (1 - terms["margin"].to_numpy())
    friends = companions_of(known.pairs, known.units["unit_id"], margin, settings)
    added = np.nan_to_num(friends.margin)
    protection = np.where(is_perishable, terms["shelf_days"], terms["review_days"] + terms["lead_days"])
    weekly, weekly_sd, is_new = forecast(known, protection)
    missing, left_over = _losses(price, terms, added, is_perishable)
    best = ratio(missing, left_over)
    service = raised(terms["service"].to_numpy(), np.nan_to_num(margin), added)
    fresh = newsvendor(weekly, weekly_sd, terms, best, settings)
    kept = periodic(weekly, weekly_sd, terms, service, cost, settings)
    chosen = Levels(*(np.where(is_perishable, one, other) for one, other in zip(fresh, kept, strict=True)))
    plan = pd.DataFrame(
        {
            "level": "item",
            "unit_id": known.units["unit_id"],
            "store_id": "all",
            "policy": np.where(is_perishable, "newsvendor", "periodic"),
            "weekly_demand": weekly,
            "weekly_sd": weekly_sd,
            "recent_weekly": known.units["recent_weekly"],
            "protection_days": protection,
            "service": np.where(is_perishable, np.nan, service),
            "critical_ratio": best,
            "price": price,
            "unit_margin": margin,
            "companion_margin": added,
            "order_up_to": chosen.order_up_to.astype(np.int64),
            "reorder_point": pd.array(chosen.reorder_point, dtype="Int64"),
            "safety_stock": chosen.safety_stock,
            "expected_service": np.clip(chosen.served, 0, 1),
            "is_new": is_new,
        }
    )
    return plan.assign(why=_sentences(plan.assign(is_bounded=chosen.is_bounded.astype(bool)), known, friends, settings))


def perishable(units: pd.DataFrame, settings: StockSettings) -> Array:
    """[units] whether the settings name its department, category or type."""
    lists = {
        "department": settings.perishable_departments,
        "category": settings.perishable_categories,
        "type": settings.perishable_types,
    }
    named = [units[column].fillna("").str.upper().isin(names).to_numpy() for column, names in lists.items()]
    return np.asarray(np.logical_or.reduce(named))


def forecast(known: Known, protection: Array) -> tuple[Array, Array, Array]:
    """Mean and sd of a week [units] over the weeks that the protection time reaches into, and whether it is new.

    sd is that of their sum, spread evenly over them: errors of near weeks go together. It is at least Poisson's:
    nothing is surer than independent buyers.
    """
    reach = pd.Series(np.maximum(np.ceil(protection / DAYS_A_WEEK), 1), index=known.units["unit_id"])
    first = known.weeks["ahead"] == known.weeks.groupby("unit_id")["ahead"].transform("min")
    rows = known.weeks[(known.weeks["ahead"] <= known.weeks["unit_id"].map(reach)) | first]
    each = (
        rows.sort_values("ahead")
        .groupby("unit_id")
        .agg(mean=("mean", "mean"), sd_until=("sd_until", "last"), n=("ahead", "size"), is_new=("is_new", "max"))
    )
    each = each.reindex(known.units["unit_id"])
    mean, variance = each["mean"].to_numpy(float), (each["sd_until"] ** 2 / each["n"]).to_numpy(float)
    return mean, np.sqrt(np.maximum(variance, mean)), each["is_new"].to_numpy(bool)


def _losses(price: Array, terms: pd.DataFrame, companion: Array, is_perishable: Array) -> tuple[Array, Array]:
    """What a missing piece loses, and one left over: as waste, or held for a review. Of price 1 where unknown."""
    price, margin = np.where(np.isnan(price), 1.0, price), terms["margin"].to_numpy()
    wasted = price * (1 - margin - terms["salvage"].to_numpy())
    held = price * (1 - margin) * terms["holding"].to_numpy() * terms["review_days"].to_numpy() / DAYS_A_YEAR
    # A price of 0 leaves nothing to weigh: then both count alike.
    missing = np.where(price > 0, price * margin + companion, 1.0)
    return missing, np.where(price > 0, np.where(is_perishable, wasted, held), 1.0)


def _recent(weekly_sales: DataFrame, settings: StockSettings) -> "pd.Series[float]":
    """Mean sales of the last weeks by unit; a week that is not listed had none."""
    sales = weekly_sales.where(EACH)
    last = sales.agg(F.max("week_on")).first()
    if last is None or last[0] is None:
        return pd.Series(dtype=float)
    start = last[0] - timedelta(weeks=settings.recent_weeks - 1)
    recent = sales.where(F.col("week_on") >= F.lit(start)).groupBy("unit_id").agg(F.sum("quantity").alias("sold"))
    found = recent.toPandas().set_index("unit_id")["sold"]
    return found / settings.recent_weeks


def _sentences(plan: pd.DataFrame, known: Known, friends: Companions, settings: StockSettings) -> list[str]:
    names = known.units.set_index("unit_id")["name"].to_dict()
    each = zip(plan.itertuples(), known.terms.itertuples(), friends.first, friends.n, strict=True)
    said = [why(row, terms, names.get(first), int(n)) for row, terms, first, n in each]
    bound = f"; it asks for more, but no more than {settings.max_weeks:g} weeks' demand is held"
    return [text + bound * is_bounded for text, is_bounded in zip(said, plan["is_bounded"], strict=True)]
