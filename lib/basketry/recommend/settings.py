"""Settings of the recommender."""

from typing import Annotated

from pydantic import Field

from basketry.section import Section


class HabitWeights(Section):
    """Weights of the sources of what a user buys next, and of the repeat list.

    Of others' purchases a weight of n visits says: as if the user had come n times more, and bought what they buy.
    """

    personal_frequency: float = Field(1.0, ge=0, le=1000, description="of the user's own share of visits (factor)")
    recent_frequency: float = Field(0.6, ge=0, le=1000, description="of the share of the user's recent visits (factor)")
    users: float = Field(12.0, ge=0, le=1000, description="of the share of visits of similar users (visits)")
    als: float = Field(0.5, ge=0, le=1000, description="of ALS (visits)")
    popularity: float = Field(0.0003, gt=0, le=1000, description="of popularity (factor)")


class ExploreWeights(Section):
    """Weights of the sources of a user's explore list."""

    users: float = Field(1.0, ge=0, le=1000, description="of the share of visits of similar users (factor)")
    als: float = Field(1.0, ge=0, le=1000, description="of ALS (factor)")
    ease: float = Field(0.1, ge=0, le=1000, description="of item-item weights over what was bought (factor)")
    types: float = Field(1.0, ge=0, le=1000, description="of the popular items of the types a user buys (factor)")
    popularity: float = Field(0.03, gt=0, le=1000, description="of popularity (factor)")


class CartWeights(Section):
    """Weights of the sources of a cart's list."""

    personal_frequency: float = Field(0.4, ge=0, le=1000, description="of the user's own share of visits (factor)")
    recent_frequency: float = Field(
        0.15, ge=0, le=1000, description="of the share of the user's recent visits (factor)"
    )
    ease: float = Field(1.0, ge=0, le=1000, description="of what the items of the cart say (factor)")
    popularity: float = Field(0.001, gt=0, le=1000, description="of popularity (factor)")


class WideWeights(Section):
    """Weights of what evaluate adds to a cart's list, to say what each would add there; no list is made of them."""

    embeddings: float = Field(1.0, ge=0, le=1000, description="of the chances by the embeddings (factor)")
    cosine: float = Field(0.1, ge=0, le=1000, description="of the cosine of counts (factor)")
    rules: float = Field(0.1, ge=0, le=1000, description="of the best rule's confidence (factor)")


class ListSettings(Section):
    """What users' lists may hold, and whose lists are made."""

    exclude_items: tuple[str, ...] = Field((), description="items that no list holds (item ids)")
    exclude_categories: tuple[str, ...] = Field(
        (), description="categories of silver.items of which no list holds anything (names)"
    )
    out_of_stock: str | None = Field(
        None, description="CSV or Parquet with item_id: these items are in no list; null: none (path)"
    )
    max_per_category: int | None = Field(
        None, ge=1, le=1000, description="items of one category in a list, the best ones; null: any number (count)"
    )
    min_score: float | None = Field(None, description="smallest score listed; null: any (score)")
    only_users: str | None = Field(
        None,
        description="CSV or Parquet with user_id: lists are made for these users and for those never seen, the others "
        "keep the lists they have; null: for all (path)",
    )


class TuneSettings(Section):
    """What tune_recommender tries. The days it judges on lie before those that evaluate judges on."""

    ranks: tuple[Annotated[int, Field(ge=1, le=512)], ...] = Field(
        (16, 32), min_length=1, description="lengths of the ALS vectors tried (counts)"
    )
    alphas: tuple[Annotated[float, Field(gt=0, le=1000)], ...] = Field(
        (1.0, 4.0), min_length=1, description="alphas tried (factors)"
    )
    regularizations: tuple[Annotated[float, Field(ge=0, le=100)], ...] = Field(
        (0.05, 0.1), min_length=1, description="ALS regularisations tried (factors)"
    )
    half_lives: tuple[Annotated[float, Field(gt=0, le=3650)], ...] = Field(
        (90.0, 180.0), min_length=1, description="half-lives of a purchase tried (days)"
    )
    max_fits: int = Field(
        6, ge=1, le=1000, description="combinations of these fitted, the present one and others by the seed (count)"
    )
    factors: tuple[Annotated[float, Field(ge=0, le=1000)], ...] = Field(
        (0.0, 0.5, 2.0), min_length=1, description="what each weight of a list is multiplied by in turn (factors)"
    )
    max_rounds: int = Field(1, ge=1, le=10, description="rounds over all weights of a list (count)")
    validation_days: int = Field(
        28, ge=1, le=3650, description="days before evaluation.holdout_days that the settings are chosen on (days)"
    )
    max_cases: int = Field(
        2000, ge=1, le=1_000_000, description="users or baskets scored at most; a seeded sample above (count)"
    )


class RecommendSettings(Section):
    """ALS, item-item weights, similar users, and the lists made from them."""

    rank: int = Field(16, ge=1, le=512, description="length of the ALS vectors (count)")
    iterations: int = Field(10, ge=1, le=100, description="ALS iterations (count)")
    alpha: float = Field(1.0, gt=0, le=1000, description="how much a purchase outweighs no purchase (factor)")
    regularization: float = Field(0.1, ge=0, le=100, description="ALS regularisation (factor)")
    half_life_days: float = Field(180.0, gt=0, le=3650, description="age at which a purchase counts half (days)")
    recent_half_life_days: float = Field(
        28.0, gt=0, le=3650, description="the same for what a user bought of late (days)"
    )
    recent_prior_visits: float = Field(
        4.0, ge=0, le=1000, description="visits without the item added to those of late: few visits say little (count)"
    )
    min_item_baskets: int = Field(
        5, ge=1, le=1_000_000, description="purchases an item needs for factors; below, popular items stand in (count)"
    )
    blocks: int = Field(4, ge=1, le=10_000, description="blocks ALS cuts users and items into (count)")
    affinity_items: int = Field(
        3000, ge=2, le=100_000, description="most popular items that item-item weights are found among (count)"
    )
    affinity_memory_mib: int = Field(
        2048, ge=1, description="memory the dense item-item matrices may take on the driver (MiB)"
    )
    affinity_ridge: float = Field(20.0, gt=0, description="ridge of EASE (weighted baskets)")
    affinity_size_power: float = Field(
        1.0, ge=0, le=2, description="a basket of n items weighs n to minus this power (exponent)"
    )
    n_affinities: int = Field(100, ge=1, le=10_000, description="strongest item-item weights kept an item (count)")
    n_neighbours: int = Field(
        100, ge=1, le=10_000, description="users like a user whose purchases are averaged (count)"
    )
    neighbour_pool: int = Field(
        20_000, ge=1, le=1_000_000, description="users that neighbours are looked for among, drawn by the seed (count)"
    )
    habit: HabitWeights = Field(HabitWeights(), description="weights of what a user buys next")
    explore: ExploreWeights = Field(ExploreWeights(), description="weights of what is new to a user")
    cart: CartWeights = Field(CartWeights(), description="weights of what goes into a cart")
    wide: WideWeights = Field(WideWeights(), description="weights of what evaluate adds to a cart's list")
    top_n: int = Field(10, ge=1, le=1000, description="length of each of a user's lists (count)")
    n_similar: int = Field(10, ge=1, le=1000, description="length of each item's list (count)")
    lists: ListSettings = Field(ListSettings(), description="what lists may hold, and whose are made")
    tune: TuneSettings = Field(TuneSettings(), description="what tune_recommender tries, and on what days")
