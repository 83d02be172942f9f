"""What the service takes and gives, as the OpenAPI page shows it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# Ids come from the source's files: any text, but no control characters.
Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Direction = Literal["complement", "substitute"]
ListName = Literal["repeat", "explore"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Association(Shape):
    """An item bought together more (complement) or less (substitute) often than chance."""

    item_id: str
    name: str
    n_baskets: int = Field(description="baskets with both")
    expected: float = Field(description="baskets with both, were they independent among baskets of like size")
    adjusted_lift: float | None = Field(description="n_baskets / expected; null when nothing is expected")
    q: float = Field(description="false discovery rate")
    replicated: bool | None = Field(description="same direction in the holdout; null when too few to tell")


class Recommendation(Shape):
    """An item to offer, with what each source adds to its score."""

    item_id: str
    name: str
    position: int
    score: float
    source: str = Field(description="the source that contributes most")
    contributions: dict[str, float]


class Listed(Recommendation):
    """An item of a user's list: repeat (bought before) or explore (never bought)."""

    reasons: list[str] = Field(description="why, in words, the largest contribution first; at most three")
    list: ListName


class CartItem(Recommendation):
    """An item to add to a cart, with the items of the cart that speak for it."""

    because: list[str] = Field(description="ids of the cart's items that add most, at most three")


class Answer(Shape):
    """`version` names the state of the tables, see /version; `is_cold` says that the id is not known."""

    version: str
    is_cold: bool


class Associations(Answer):
    """For an item that is not known: no associations, and popular items instead."""

    item_id: str
    associations: list[Association]
    popular: list[Listed]


class Recommendations(Answer):
    """For a user who is not known: the list of a user never seen."""

    items: list[Listed] = Field(description="k of each list, repeat first")


class CartAnswer(Answer):
    """`unknown_items` are the ids of the cart that nothing is known of."""

    items: list[CartItem]
    unknown_items: list[str]


class Version(Shape):
    """Delta version of each table that answers come from."""

    version: str
    tables: dict[str, int]


class Health(Shape):
    """`reload_failed`: newer tables could not be read; answers still come from the older ones."""

    status: Literal["ok"]
    version: str
    n_items: int
    n_users: int
    reload_failed: bool


class Problem(Shape):
    """Why a request was refused: what, where, what is allowed."""

    detail: str
