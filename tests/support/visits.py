"""Made-up visits: users with their own tastes and dates, and one item that others go after."""

from datetime import date, timedelta

import numpy as np

N_ITEMS, PERIOD = 12, 120


def planted_visits(seed, n_users=150, planted=("i10", "i11"), within=7):
    """Rows (basket_id, user_id, sold_on, items): most who buy planted[0] buy planted[1] at a visit soon after.

    Every user likes other items than the next; the planted items are bought by chance too.
    """
    random = np.random.default_rng(seed)
    first, then = planted
    for user in range(n_users):
        taste = random.dirichlet(np.full(N_ITEMS, 0.15)) * 2
        taste[-2:] = 0.15
        days = np.sort(random.choice(PERIOD, int(random.integers(8, 30)), replace=False)).tolist()
        held = [{f"i{i:02}" for i in np.flatnonzero(random.random(N_ITEMS) < taste)} | {"i00"} for _ in days]
        for i, items in enumerate(held):
            soon = [j for j in range(i + 1, len(days)) if days[j] - days[i] <= within]
            if first in items and soon and random.random() < 0.7:
                held[soon[0]].add(then)
        for day, items in zip(days, held, strict=True):
            yield f"u{user}-{day}", f"u{user}", date(2024, 1, 1) + timedelta(days=day), sorted(items)
