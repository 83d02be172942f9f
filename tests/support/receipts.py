"""Made-up receipts with known structure: heavy-tailed sizes, skewed popularity, planted pairs."""

from datetime import date, timedelta

import numpy as np

SCHEMA = "basket_id string, user_id string, sold_on date, items array<string>"


def receipts(seed, n_baskets=600, n_items=40, largest=35, planted=("i20", "i25"), avoided=("i00", "i01"), days=100):
    """Rows (basket_id, user_id, sold_on, items): `planted` items come together, `avoided` ones never do.

    Every tenth basket is anonymous; before planting a basket has at most `largest` items.
    """
    random = np.random.default_rng(seed)
    shares = 1 / np.arange(1, n_items + 1)
    for number in range(n_baskets):
        size = min(1 + int(random.pareto(1.5) * 3), largest)
        basket = {f"i{i:02}" for i in random.choice(n_items, size=size, replace=False, p=shares / shares.sum())}
        if set(avoided) <= basket:
            basket.discard(avoided[int(random.integers(2))])
        if random.random() < 0.08:
            basket |= set(planted)
        user = None if number % 10 == 0 else f"u{int(random.integers(40))}"
        yield f"b{number:04}", user, date(2024, 1, 1) + timedelta(days=number * days // n_baskets), sorted(basket)


def receipts_frame(spark, rows):
    return spark.createDataFrame(list(rows), SCHEMA)
