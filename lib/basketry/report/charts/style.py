"""One look for every chart: ink, palette, sizes."""

from collections import Counter
from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# matplotlib's own; the page puts the colour of its text in its place, so that charts read in light and dark.
INK = "#000000"
FAINT = "#8a8f98"
# Mid tones that stand off white and near-black alike (Okabe and Ito 2008, without yellow and black).
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#b8558f", "#e69f00", "#3fa0d6", "#7a5cc0", "#8c6d31")
OTHER = "#8a8f98"
GOOD, BAD, THIRD = PALETTE[:3]
CHARACTERS = 28


def figure(width: float = 8.0, height: float = 4.6) -> tuple[Figure, Axes]:
    """An empty chart of this many inches, with transparent ground."""
    fig = Figure(figsize=(width, height), layout="constrained")
    fig.patch.set_alpha(0)
    axes = fig.add_subplot()
    axes.patch.set_alpha(0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return fig, axes


def colours(groups: Iterable[str]) -> dict[str, str]:
    """A colour for each of the largest groups, grey for the rest; ties by name."""
    by_size = sorted(Counter(groups).items(), key=lambda found: (-found[1], found[0]))
    return {name: PALETTE[n] if n < len(PALETTE) else OTHER for n, (name, _) in enumerate(by_size)}


def short(name: str) -> str:
    """The name, cut to what a label holds."""
    return name if len(name) <= CHARACTERS else f"{name[: CHARACTERS - 1].rstrip()}…"


def literal(text: str) -> str:
    """Text that matplotlib draws as it is: a dollar sign would start a formula."""
    return text.replace("$", r"\$")
