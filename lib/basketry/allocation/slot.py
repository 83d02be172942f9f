"""Items by zone of a warehouse, so that an order visits as few zones as possible."""

from collections.abc import Iterator

import numpy as np

from basketry.allocation.exchange import improve_zones
from basketry.allocation.judged import Outcome, Row, Task, judge, visited
from basketry.allocation.orders import Array
from basketry.allocation.prepare import Inputs, Planned, Prepared, prepare
from basketry.allocation.reasons import companions, reason
from basketry.allocation.rules import Rules, refuse_too_many_changes
from basketry.allocation.settings import AllocationSettings
from basketry.allocation.starts import by_category, draws, fill_sites, fill_zones, groups_of
from basketry.allocation.zones import Zones
from basketry.errors import ContractError
from basketry.tables.allocation import ALLOCATION_QUALITY, SLOTTING

NEED = "visit the zone for it only"


def slot_items(given: Inputs, settings: AllocationSettings, *, seed: int) -> Planned:
    """gold.slotting, and what it is worth on orders after those it learnt from.

    Zones by velocity or groups of affine items, whichever visits less; then a local search. Raises ContractError and
    MissingInputError for input or rules of no use.
    """
    known = prepare(given, settings.zones, settings)
    known = known._replace(rules=_one_zone_each(known))
    plan = Zones(known.orders.learnt, known.rules, _start(known, settings))
    refuse_too_many_changes(known.rules, _flags(plan.zone, known.rules))
    started = plan.value
    improve_zones(plan, max_tries=settings.max_tries, seed=seed)
    quality = _quality(known, plan.zone, settings, seed)
    session = given.baskets.sparkSession
    said = [f"local search: {started:,} visits before, {plan.value:,} after", *(row[-1] for row in quality)]
    return Planned(
        session.createDataFrame(list(_rows(known, plan)), SLOTTING.schema),
        session.createDataFrame(quality, ALLOCATION_QUALITY.schema),
        said,
    )


def _one_zone_each(known: Prepared) -> Rules:
    """The rules where an item lies in one zone, and one that had none in the last plan may go anywhere."""
    rules = known.rules
    twice = known.catalogue["item_id"][rules.is_fixed.sum(axis=0) > 1].tolist()
    if twice:
        raise ContractError(f"allocation.fixed: {', '.join(sorted(twice)[:5])}: fixed in more than one zone")
    return rules if rules.last is None else rules._replace(last=rules.last | ~rules.last.any(axis=0))


def _start(known: Prepared, settings: AllocationSettings) -> Array:
    """Of velocity and groups what visits fewer zones; the last plan where it binds, as far as it still fits."""
    rules, item_ids, n_items = known.rules, known.catalogue["item_id"].tolist(), len(known.catalogue)
    if rules.last is not None:
        had = rules.last & ~rules.last.all(axis=0) & ~rules.is_fixed.any(axis=0)
        kept = fill_sites(rules, [np.flatnonzero(zone) for zone in had])
        return fill_zones(rules._replace(is_fixed=kept), np.arange(n_items), item_ids)
    groups = groups_of(known.links, n_items, settings.max_group)
    plans = [fill_zones(rules, order, item_ids) for order in (np.arange(n_items), np.concatenate(groups))]
    learnt = known.orders.learnt
    return min(plans, key=lambda zone: float(learnt.weight @ visited(learnt, zone, len(rules.places))))


def _quality(known: Prepared, chosen: Array, settings: AllocationSettings, seed: int) -> list[Row]:
    learnt, later = known.orders
    item_ids, n_items = known.catalogue["item_id"].tolist(), len(known.catalogue)

    def outcome(*plans: Array) -> Outcome:
        n = len(known.rules.places)
        return Outcome(*(np.mean([visited(orders, plan, n) for plan in plans], axis=0) for orders in (learnt, later)))

    def filled_by(order: Array) -> Array:
        return fill_zones(known.rules, order, item_ids)

    others = {
        "velocity": outcome(filled_by(np.arange(n_items))),
        "category": outcome(filled_by(np.concatenate(by_category(known.catalogue["category"])))),
        "random": outcome(*(filled_by(order) for order in draws(n_items, settings.n_draws, seed))),
    }
    task = Task("zones", int(learnt.weight.sum()), int(later.weight.sum()))
    return judge(task, learnt, later, outcome(chosen), others)


def _rows(known: Prepared, plan: Zones) -> Iterator[tuple[object, ...]]:
    catalogue, rules, alone = known.catalogue, known.rules, plan.alone()
    names, sold = catalogue["name"].tolist(), catalogue["n_baskets"].tolist()
    for number, zone in enumerate(rules.places):
        friends = companions(known.links, plan.zone == number)
        for position, item in enumerate(np.flatnonzero(plan.zone == number).tolist(), 1):
            n_alone, is_fixed = int(alone[item]), bool(rules.is_fixed[number, item])
            why = reason(sold[item], n_alone, NEED, friends.get(item), names, is_fixed)
            space = float(rules.space[item])
            yield catalogue["item_id"][item], zone, position, sold[item], n_alone, space, is_fixed, why


def _flags(zone: Array, rules: Rules) -> Array:
    return np.asarray(zone == np.arange(len(rules.places))[:, None])
