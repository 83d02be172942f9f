"""Random histories of a small lake: baskets that come, change, go and come back, in commits; counts of it by loops."""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import combinations
from typing import NamedTuple

import numpy as np

from basketry.mining.strata import strata_of

FIRST = date(2024, 1, 1)
N_DAYS = 40
N_USERS = 6
ITEMS = [f"i{n:02}" for n in range(14)]


class Basket(NamedTuple):
    user_id: str | None
    sold_on: date
    items: tuple[str, ...]


Baskets = dict[str, Basket]
Change = tuple[str, str, Basket]


def drawn(draw: random.Random, latest: int = N_DAYS) -> Basket:
    """A basket of a day up to the `latest`; popular items are in most, one basket in eight is of nobody."""
    size = min(len(ITEMS), 1 + int(draw.expovariate(0.3)))
    weights = [1 / (n + 1) for n in range(len(ITEMS))]
    items = {draw.choices(ITEMS, weights)[0] for _ in range(size)}
    user = draw.choice([None, *(f"u{n}" for n in range(N_USERS))])
    return Basket(user, FIRST + timedelta(draw.randrange(latest)), tuple(sorted(items)))


def opening(draw: random.Random) -> Baskets:
    return {f"b{n}": drawn(draw, N_DAYS - 10) for n in range(80)}


def commit(draw: random.Random, baskets: Baskets) -> list[Change]:
    """Some baskets inserted, of late days or long ago, corrected, deleted, or written again as they are; `baskets` then
    are as the changes leave them. What a feed says of each: (_change_type, basket_id, basket).
    """
    changes: list[Change] = []
    for _ in range(draw.randrange(1, 9)):
        kind = draw.choice(["insert", "insert", "correct", "delete", "replay", "retime"])
        known = draw.choice(sorted(baskets)) if baskets else None
        if kind == "insert" or known is None or any(name == known for _, name, _ in changes):
            name = f"b{draw.randrange(400)}"
            if name not in baskets and not any(name == other for _, other, _ in changes):
                baskets[name] = drawn(draw)
                changes.append(("insert", name, baskets[name]))
        elif kind == "delete":
            changes.append(("delete", known, baskets.pop(known)))
        else:
            changes += _updated(draw, baskets, known, kind)
    return changes


def _updated(draw: random.Random, baskets: Baskets, name: str, kind: str) -> list[Change]:
    before, other = baskets[name], drawn(draw)
    after = {"correct": other, "replay": before, "retime": before._replace(sold_on=other.sold_on)}[kind]
    baskets[name] = after
    return [("update_preimage", name, before), ("update_postimage", name, after)]


class Truth(NamedTuple):
    """Counted by loops: baskets and lines of a stratum, baskets of an item in a stratum, and of a pair its baskets,
    users and those of the top user.
    """

    strata: dict[int, tuple[int, int]]
    items: dict[tuple[int, str], int]
    pairs: dict[tuple[str, str], tuple[int, int, int]]


def truth(baskets: Baskets, pair_min_count: int) -> Truth:
    strata, items, n, users = Counter(), Counter(), Counter(), defaultdict(Counter)
    lines: Counter[int] = Counter()
    held = Counter(item for basket in baskets.values() for item in basket.items)
    for basket in baskets.values():
        stratum = int(strata_of(np.array([len(basket.items)]))[0])
        strata[stratum] += 1
        lines[stratum] += len(basket.items)
        items.update((stratum, item) for item in basket.items)
        for pair in combinations([item for item in basket.items if held[item] >= pair_min_count], 2):
            n[pair] += 1
            users[pair].update([basket.user_id] if basket.user_id else [])
    pairs = {pair: (n[pair], len(users[pair]), max(users[pair].values(), default=0)) for pair in n}
    return Truth({size: (strata[size], lines[size]) for size in strata}, dict(items), pairs)
