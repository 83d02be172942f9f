"""The reasons that can be given for an item, each as fields that recompute from the tables, and in words."""

from datetime import date
from typing import Literal, NamedTuple

Kind = Literal["bought", "with", "similar_users", "type", "taste", "popular"]
# Values are rounded, so that a sum of floats in another order gives the same.
DECIMALS = 4
WORTH_A_NUMBER = 0.05


class Reason(NamedTuple):
    """A row of `reasons` in gold.recommendations, but for its source."""

    kind: Kind
    text: str
    other_item_id: str | None = None
    n: int | None = None
    of: int | None = None
    value: float | None = None
    last_on: date | None = None


class Together(NamedTuple):
    """Baskets with two items, baskets with the one that speaks for the other, and their adjusted lift."""

    n: int
    of: int
    adjusted_lift: float | None


def bought(n: int, last_on: date) -> Reason:
    """In `n` of the user's baskets, the last time on that day."""
    times = "once, on" if n == 1 else f"{n:,} times, last on"
    return Reason("bought", f"bought {times} {last_on}", n=n, last_on=last_on)


def goes_with(item_id: str, name: str, together: Together | None) -> Reason:
    """With an item that was bought, or is in the cart; without numbers where gold.pairs has no such pair."""
    if together is None:
        return Reason("with", f"goes with {name}", item_id)
    n, of, lift = together
    told = f"with {name}: {n:,} of {of:,} baskets" + ("" if lift is None else f", adjusted lift {lift:.1f}")
    return Reason("with", told, item_id, n, of, None if lift is None else round(lift, DECIMALS))


def similar_users(n: int, of: int) -> Reason:
    """Bought by `n` of the `of` nearest users."""
    return Reason("similar_users", f"{n:,} of the {of:,} users who buy most alike bought it", n=n, of=of)


def of_type(name: str, n: int) -> Reason:
    """The user bought items of that type `n` times."""
    return Reason("type", f"bought {name} {'once' if n == 1 else f'{n:,} times'}", n=n)


def taste(item_id: str, name: str, share: float) -> Reason:
    """`share` of what ALS says comes from buying that item; above 1 where other purchases speak against it.

    Of a user who bought much no purchase has a share worth a number: the text then says that all of them count.
    """
    whole = f"by taste: fits all that was bought, {name} most"
    text = whole if share < WORTH_A_NUMBER else f"by taste, {share:.0%} of it from buying {name}"
    return Reason("taste", text, item_id, value=round(share, DECIMALS))


def popular(n: int, of: int) -> Reason:
    """In `n` of all `of` baskets."""
    return Reason("popular", f"in {n:,} of {of:,} baskets", n=n, of=of)
