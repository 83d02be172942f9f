"""The suite as data: each step, what it reads and writes. The order of the steps follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter

from basketry import tables
from basketry.errors import SettingsError
from basketry.tables import Table


@dataclass(frozen=True)
class Step:
    """A step has one job file of its name. `reads` are tables of earlier steps; its own outputs do not count.

    `files` are the settings that name what it reads outside the lake, where set. `is_drawn`: each run of it gives other
    rows and must be accounted for, or takes what comes only once, so that it is never replayed.
    """

    name: str
    does: str
    reads: tuple[Table, ...]
    writes: tuple[Table, ...]
    files: tuple[str, ...] = ()
    is_drawn: bool = False

    @property
    def sources(self) -> str:
        """What it reads, raw files first."""
        return ", ".join([*(["raw files"] if "lake.raw" in self.files else []), *map(str, self.reads)])


STEPS: tuple[Step, ...] = (
    Step("ingest_lines", "read new raw files", (tables.FORGOTTEN,), (tables.RAW_LINES, tables.FILES), ("lake.raw",)),
    Step(
        "clean_lines",
        "type, de-duplicate and account for every record",
        (tables.RAW_LINES, tables.FILES),
        (tables.LINES, tables.REJECTS, tables.ITEMS, tables.USERS, tables.CHECKS),
    ),
    Step(
        "build_baskets",
        "gather lines into baskets",
        (tables.LINES, tables.ITEMS),
        (tables.BASKETS, tables.OVERSIZE_BASKETS, tables.INTERACTIONS),
    ),
    Step(
        "mine_rules",
        "mine itemsets, rules, pairs and sequences, and weigh them against chance",
        (tables.BASKETS, tables.ITEMS),
        (
            tables.ITEMSETS,
            tables.RULES,
            tables.RULE_CHANGES,
            tables.RULE_TRENDS,
            tables.PAIRS,
            tables.PAIR_COUNTS,
            tables.ITEM_COUNTS,
            tables.STRATA,
            tables.SEQUENCES,
            tables.SEQUENCE_PATTERNS,
            tables.LEFT_OUT,
        ),
        files=("mining.user_segments",),
    ),
    Step(
        "evaluate",
        "compare every model on days it never saw",
        (tables.BASKETS, tables.INTERACTIONS, tables.ITEMS, tables.USERS),
        (tables.METRICS, tables.VALIDATION_LOG),
        files=("mining.user_segments", "embeddings.given_vectors"),
    ),
    Step(
        "measure_drift",
        "compare the last days with those before, rules with the holdout, models with those published",
        (tables.BASKETS, tables.ITEMS, tables.FILES, tables.REJECTS, tables.RULES, tables.METRICS),
        (tables.DRIFT,),
    ),
    Step(
        "train_als",
        "fit ALS and item-item weights, and list what to recommend",
        (tables.BASKETS, tables.INTERACTIONS, tables.ITEMS, tables.USERS, tables.PAIRS, tables.METRICS, tables.DRIFT),
        (
            tables.USER_FACTORS,
            tables.ITEM_FACTORS,
            tables.ITEM_AFFINITIES,
            tables.RECOMMENDATIONS,
            tables.SIMILAR_ITEMS,
            tables.EXCLUDED_ITEMS,
        ),
        files=("recommend.lists.out_of_stock", "recommend.lists.only_users"),
    ),
    Step(
        "train_embeddings",
        "train item vectors on Horovod workers, and place users among them",
        (tables.BASKETS, tables.ITEMS, tables.METRICS, tables.DRIFT),
        (
            tables.ITEM_EMBEDDINGS,
            tables.ITEM_EMBEDDINGS_HALF,
            tables.ITEM_EMBEDDINGS_INT8,
            tables.ITEM_NEIGHBOURS,
            *(tables.USER_EMBEDDINGS, tables.VECTOR_MOVES),
            *(tables.PAIR_VECTORS, tables.PAIR_HEAD),
            tables.TRAINING_LOG,
        ),
        files=("embeddings.given_vectors",),
    ),
    Step(
        "segment_users",
        "segment users, name the segments, and say what each buys more",
        (tables.LINES, tables.BASKETS, tables.USERS, tables.ITEMS, tables.ITEM_EMBEDDINGS, tables.RULES),
        (
            tables.USER_SEGMENTS,
            tables.SEGMENTS,
            tables.SEGMENT_TREE,
            tables.SEGMENT_CHOICES,
            tables.SEGMENT_PROFILES,
            tables.SEGMENT_ITEMS,
            tables.SEGMENT_RULES,
            tables.SEGMENT_GENERALISATION,
        ),
    ),
    Step(
        "group_items",
        "group items that are bought alike, and judge the groups by later baskets",
        (tables.ITEMS, tables.BASKETS, tables.PAIRS, tables.ITEM_EMBEDDINGS),
        (tables.ITEM_GROUPS, tables.ITEM_TREE, tables.GROUP_QUALITY),
    ),
    Step(
        "forecast_demand",
        "forecast weekly sales of items and types, with their uncertainty",
        (tables.LINES, tables.ITEMS),
        (tables.WEEKLY_SALES, tables.DEMAND, tables.DEMAND_MODELS),
        files=("demand.stock.file",),
    ),
    Step(
        "rank_hot_sellers",
        "rank who will sell most and who rises",
        (tables.WEEKLY_SALES, tables.DEMAND, tables.ITEMS),
        (tables.HOT_SELLERS, tables.HOT_SELLER_CHECKS),
    ),
    Step(
        "plan_stock",
        "plan how much of each item to hold and when to order",
        (tables.DEMAND, tables.WEEKLY_SALES, tables.PAIRS, tables.LINES, tables.ITEMS),
        (tables.STOCK_PLAN, tables.STOCK_CURVE),
        files=("stock.terms",),
    ),
)
BY_NAME = {step.name: step for step in STEPS}
ALLOCATION_FILES = ("allocation.space", "allocation.fixed", "allocation.forbidden")
# Not part of a run: done when they are named.
BY_HAND: tuple[Step, ...] = (
    Step(
        "fold_in_users",
        "renew factors and lists of the users whose purchases changed, without fitting anew",
        (
            tables.RUNS,
            tables.DRIFT,
            tables.BASKETS,
            tables.INTERACTIONS,
            tables.ITEMS,
            tables.USERS,
            tables.ITEM_FACTORS,
            tables.ITEM_AFFINITIES,
            tables.PAIRS,
            tables.EXCLUDED_ITEMS,
        ),
        (tables.USER_FACTORS, tables.RECOMMENDATIONS),
        files=("recommend.lists.only_users",),
    ),
    Step(
        "tune_recommender",
        "choose settings of ALS and weights of lists on days before those that evaluate judges",
        (tables.BASKETS, tables.INTERACTIONS, tables.ITEMS, tables.USERS),
        (tables.TUNING,),
    ),
    Step(
        "allocate_items",
        "choose the items of each site so that orders leave whole from one",
        (tables.BASKETS, tables.ITEMS, tables.PAIRS),
        (tables.ALLOCATION, tables.ALLOCATION_QUALITY),
        files=ALLOCATION_FILES,
    ),
    Step(
        "slot_items",
        "choose the zone of each item so that orders visit few",
        (tables.BASKETS, tables.ITEMS, tables.PAIRS),
        (tables.SLOTTING, tables.ALLOCATION_QUALITY),
        files=ALLOCATION_FILES,
    ),
    Step(
        "forget_users",
        "take forgotten users out of every table that names users",
        (tables.FORGOTTEN,),
        (tables.RAW_LINES, tables.FILES, tables.REJECTS, *tables.OF_USERS),
    ),
    Step(
        "release_counts",
        "publish noisy counts of users by item and pair, within a privacy budget",
        (tables.BASKETS, tables.ITEMS),
        (tables.PRIVACY_LEDGER, tables.RELEASED_ITEMS, tables.RELEASED_PAIRS),
        is_drawn=True,
    ),
    Step(
        "stream_lines",
        "take receipts as they come into bronze and silver, and find what is bought together now",
        (tables.FORGOTTEN,),
        tables.STREAMED,
        files=("lake.raw",),
        is_drawn=True,
    ),
    Step("maintain_tables", "join small files, delete files that only old versions need, in every table", (), ()),
)
JOBS = BY_NAME | {step.name: step for step in BY_HAND}


def needs() -> dict[str, set[str]]:
    """By the name of each step of a run: the steps that write what it reads; a command may write it too."""
    writer = {table: step.name for step in STEPS for table in step.writes}
    return {step.name: {writer[table] for table in step.reads if table in writer} for step in STEPS}


def ordered() -> list[Step]:
    """Every step after the steps that write what it reads; ties as declared.

    Raises graphlib.CycleError when the declarations go in a circle.
    """
    return [BY_NAME[name] for name in TopologicalSorter(needs()).static_order()]


def choose(names: list[str]) -> list[Step]:
    """The named steps in pipeline order, those by hand last; every step of a run when none is named."""
    refuse_unknown(names)
    return [step for step in [*ordered(), *BY_HAND] if step.name in names] if names else ordered()


def refuse_unknown(names: Iterable[str], where: str = "") -> None:
    """Raises SettingsError, beginning with `where`, when a name is not that of a step."""
    unknown = sorted(set(names) - set(JOBS))
    if unknown:
        steps = ", ".join(step.name for step in [*ordered(), *BY_HAND])
        raise SettingsError(f"{where}no such step: {', '.join(unknown)}; steps are {steps}")
