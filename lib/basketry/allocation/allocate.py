"""Items by site, so that as many orders as possible leave whole from one site."""

from collections.abc import Iterator

import numpy as np

from basketry.allocation.judged import Outcome, Row, Task, filled, judge
from basketry.allocation.orders import Array
from basketry.allocation.prepare import Inputs, Planned, Prepared, prepare
from basketry.allocation.reasons import companions, reason
from basketry.allocation.rules import refuse_too_many_changes
from basketry.allocation.search import improve_sites
from basketry.allocation.settings import AllocationSettings
from basketry.allocation.sites import Sites
from basketry.allocation.starts import CORES, category_sites, draws, fill_sites, grouped_sites, groups_of
from basketry.tables.allocation import ALLOCATION, ALLOCATION_QUALITY

NEED = "whole only with it here"


def allocate_items(given: Inputs, settings: AllocationSettings, *, seed: int) -> Planned:
    """gold.allocation, and what it is worth on orders after those it learnt from.

    Velocity first, with groups of affine items in the rest; then a local search. Raises ContractError and
    MissingInputError for input or rules of no use.
    """
    known = prepare(given, settings.sites, settings)
    plan = Sites(known.orders.learnt, known.rules)
    plan.set_to(_start(known, settings))
    refuse_too_many_changes(known.rules, plan.is_at)
    started = plan.value
    improve_sites(plan, max_tries=settings.max_tries, max_together=settings.max_together, seed=seed)
    quality = _quality(known, plan.is_at, settings, seed)
    session = given.baskets.sparkSession
    said = [f"local search: {started:,} orders filled before, {plan.value:,} after", *(row[-1] for row in quality)]
    return Planned(
        session.createDataFrame(list(_rows(known, plan)), ALLOCATION.schema),
        session.createDataFrame(quality, ALLOCATION_QUALITY.schema),
        said,
    )


def _start(known: Prepared, settings: AllocationSettings) -> Array:
    """Of the plans made in one go that which fills most of the orders learnt from; the last plan where it binds."""
    if known.rules.last is not None:
        return fill_sites(known.rules, [np.flatnonzero(site) for site in known.rules.last])
    groups = groups_of(known.links, len(known.catalogue), settings.max_group)
    plans = [fill_sites(known.rules, grouped_sites(known.rules, groups, core)) for core in CORES]
    learnt = known.orders.learnt
    return max(plans, key=lambda plan: float(learnt.weight @ filled(learnt, plan)))


def _quality(known: Prepared, chosen: Array, settings: AllocationSettings, seed: int) -> list[Row]:
    learnt, later = known.orders
    n_sites, n_items = chosen.shape
    by_velocity = fill_sites(known.rules, [np.arange(n_items)] * n_sites)
    by_category = fill_sites(known.rules, category_sites(known.rules, known.catalogue["category"]))
    at_random = [
        fill_sites(known.rules, list(draws(n_items, n_sites, seed + draw))) for draw in range(settings.n_draws)
    ]

    def outcome(*plans: Array) -> Outcome:
        return Outcome(*(np.mean([filled(orders, plan) for plan in plans], axis=0) for orders in (learnt, later)))

    others = {"velocity": outcome(by_velocity), "category": outcome(by_category), "random": outcome(*at_random)}
    task = Task("sites", learnt.total, later.total)
    return judge(task, learnt, later, outcome(chosen), others)


def _rows(known: Prepared, plan: Sites) -> Iterator[tuple[object, ...]]:
    catalogue, rules = known.catalogue, known.rules
    names, sold = catalogue["name"].tolist(), catalogue["n_baskets"].tolist()
    for number, site in enumerate(rules.places):
        friends, needed = companions(known.links, plan.is_at[number]), plan.losses(number)
        for position, item in enumerate(np.flatnonzero(plan.is_at[number]).tolist(), 1):
            n_orders, is_fixed = int(needed[item]), bool(rules.is_fixed[number, item])
            why = reason(sold[item], n_orders, NEED, friends.get(item), names, is_fixed)
            space = float(rules.space[item])
            yield site, catalogue["item_id"][item], position, sold[item], n_orders, space, is_fixed, why
