"""Weekly series as text: a row a unit, a number a week; - before the first sale, x out of stock."""

from datetime import date

import numpy as np

from basketry.demand.series import Series

FIRST = date(2024, 1, 1)


def series(picture: str, level: str = "type", groups: tuple[list[int], ...] = ()) -> Series:
    """`name: 1 0 2 x 3`, one line a unit."""
    names, rows = zip(*(line.split(":") for line in picture.strip().splitlines()), strict=True)
    words = [row.split() for row in rows]
    quantity = np.array([[float(word) if word not in ("-", "x") else 0 for word in row] for row in words])
    is_out = np.array([[word == "x" for word in row] for row in words])
    stores = np.array(["all"] * len(names), dtype=object)
    units = np.array([name.strip() for name in names], dtype=object)
    return Series(level, units, stores, FIRST, quantity, is_out, tuple(np.array(group) for group in groups))


def of(quantity: np.ndarray, level: str = "type", groups: tuple[np.ndarray, ...] = ()) -> Series:
    """Series of a matrix [series, weeks] without a week out of stock, of those that sold."""
    names = np.array([f"u{n:05d}" for n in range(len(quantity))], dtype=object)
    stores = np.array(["all"] * len(quantity), dtype=object)
    found = Series(level, names, stores, FIRST, quantity.astype(float), np.zeros(quantity.shape, bool), groups)
    return found.part(found.is_sold)
