"""Noisy counts, by OpenDP: discrete Gaussian noise from the operating system's random bits, drawn once, never seeded.

Noise that could be drawn again from a seed could be taken off again.
"""

from collections.abc import Sequence
from importlib import import_module
from math import sqrt
from typing import Any

from basketry.errors import SettingsError
from basketry.privacy.accounting import Part


def open_dp() -> Any:
    """OpenDP. Raises SettingsError when it is not installed."""
    try:
        found: Any = import_module("opendp.prelude")
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"release_counts draws its noise by OpenDP, which is not installed ({error}): pip install "
            "'basketry[privacy]'. Nothing was released"
        ) from error
    found.enable_features("contrib")
    return found


def noisy(counts: Sequence[int], part: Part) -> dict[int, int]:
    """By position in `counts`, sorted: the noisy counts that reach the threshold.

    Raises ValueError when OpenDP finds that it costs more than `part` says.
    """
    dp = open_dp()
    counted = dp.map_domain(dp.atom_domain(T="u32"), dp.atom_domain(T="i64"))
    each = dp.l02inf_distance(dp.absolute_distance(T="f64"))
    release = dp.m.make_gaussian_threshold(counted, each, scale=part.sigma, threshold=part.threshold)
    rho, _ = release.map((part.bound, sqrt(part.bound), 1.0))
    if rho > part.rho * (1 + 1e-9):
        raise ValueError(f"OpenDP counts a loss of rho = {rho}, the ledger {part.rho}")
    return dict(sorted(release({place: int(n) for place, n in enumerate(counts)}).items()))
