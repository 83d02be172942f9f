"""Why an item lies where it lies, in words with numbers."""

from collections.abc import Sequence

import numpy as np

from basketry.allocation.starts import Array, Links


def companions(links: Links, is_there: Array) -> dict[int, tuple[int, float]]:
    """For each item of a place [items] the one there that it is bought with most beyond chance, and how much."""
    both = np.flatnonzero(is_there[links.a] & is_there[links.b])
    ends = np.concatenate([links.a[both], links.b[both]])
    others = np.concatenate([links.b[both], links.a[both]])
    # Links are strongest first: of each item's the least place in them.
    order = np.argsort(np.concatenate([both, both]), kind="stable")
    items, first = np.unique(ends[order], return_index=True)
    lifts = np.concatenate([links.lift[both], links.lift[both]])[order]
    return {int(item): (int(others[order][at]), float(lifts[at])) for item, at in zip(items, first, strict=True)}


def reason(
    n_baskets: int, n_needed: int, need: str, friend: tuple[int, float] | None, names: Sequence[str], is_fixed: bool
) -> str:
    """As `sold in 1,204 baskets; 37 orders are whole only with it here; with PASTA: 3.1 times as often as chance`."""
    parts = ["fixed here"] if is_fixed else []
    parts.append(f"sold in {n_baskets:,} basket{'' if n_baskets == 1 else 's'}")
    if n_needed:
        parts.append(f"{n_needed:,} order{'' if n_needed == 1 else 's'} {need}")
    if friend:
        parts.append(f"with {names[friend[0]]}: {friend[1]:.1f} times as often as chance")
    return "; ".join(parts)
