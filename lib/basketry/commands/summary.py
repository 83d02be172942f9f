"""What the lake holds after a run, in one screen: where records went, rules, a user's list, neighbours, metrics."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from basketry import tables
from basketry.commands.drift import in_brief
from basketry.commands.tables import grid, names_of
from basketry.tables.evaluation import ABLATIONS
from basketry.tables.mining import WHOLE
from basketry.tables.store import Store

# A title, the tables it needs, and what is printed of them.
Section = tuple[str, tuple[tables.Table, ...], Callable[[Store], Iterable[Grid | Text | str]]]
N_SHOWN = 8
SHOWN_METRICS = ("recall", "hit_rate", "ndcg")
PAIR_METRICS = ("base_rate", "accuracy", "f1", "auc")


def print_summary(store: Store) -> None:
    """Print every section whose tables exist."""
    console = Console(highlight=False)
    _print_sections(store, SECTIONS, console)
    console.print(f"\ntables below {store.root}", style="dim", markup=False)
    console.print("next: basketry tables | show gold.rules | drift | runs | verify RUN_ID", style="dim", markup=False)


def print_metrics(store: Store) -> None:
    """How each model did, those too that only say what a part adds."""
    _print_sections(store, ((HOW_GOOD, (tables.METRICS,), _every),), Console(highlight=False))


def _print_sections(store: Store, sections: Sequence[Section], console: Console) -> None:
    for title, needed, section in sections:
        if all(store.exists(table) for table in needed):
            console.print(f"\n{title}", style="bold")
            for part in section(store):
                console.print(part)


def _accounting(store: Store) -> Iterator[Grid]:
    found = grid("records", "number", "share", right={"number", "share"})
    for row in store.read(tables.CHECKS).orderBy(F.desc("n"), "check").limit(N_SHOWN + 4).collect():
        found.add_row(row["check"], f"{row['n']:,}", f"{row['share']:.2%}")
    yield found


def _rules(store: Store) -> Iterator[Grid | str]:
    """The pairs most baskets share beyond chance, each in its more confident direction; those that chance may have
    made come last.
    """
    rules = store.read(tables.RULES).where(F.col("segment") == WHOLE)
    both = F.array_sort(F.concat("antecedent", "consequent"))
    pairs = rules.where(F.size("antecedent") == 1).withColumn("both", both)
    one_way = pairs.groupBy("level", "both").agg(
        F.max_by(F.struct("*"), F.struct("confidence", "antecedent")).alias("rule")
    )
    best_first = (F.desc("is_significant"), F.desc("leverage"), "level", "both")
    rows = one_way.select("rule.*").orderBy(*best_first).limit(N_SHOWN).collect()
    names = names_of(store, {item for row in rows for item in row["both"]})
    numbers = ("baskets", "confidence", "lift", "adjusted")
    found = grid("who buys", "also buys", *numbers, right=set(numbers))
    for row in rows:
        left, right = (", ".join(names[item] for item in row[side]) for side in ("antecedent", "consequent"))
        lifts = [f"{row[name]:.1f}" if row[name] is not None else "-" for name in ("lift", "adjusted_lift")]
        found.add_row(left, right, f"{row['freq']:,}", f"{row['confidence']:.3f}", *lifts)
    yield found
    n, n_significant = rules.agg(F.count("*"), F.count_if("is_significant")).collect()[0]
    yield f"{n:,} rules, {n_significant:,} beyond chance; adjusted: lift among baskets of one size"
    # A lake mined before this table was there has none.
    if store.exists(tables.LEFT_OUT):
        yield from left_out_of(store.read(tables.LEFT_OUT).where(F.col("segment") == WHOLE).collect())


def left_out_of(rows: Sequence[Row]) -> Iterator[str]:
    """What mining.min_users left out, of all levels, in a line; nothing where it is 0."""
    if rows:
        found, left = Counter[str](), Counter[str]()
        for row in rows:
            found[row["what"]] += row["n"]
            left[row["what"]] += row["n_left_out"]
        said = ", ".join(f"{left[what]:,} of {found[what]:,} {what}" for what in sorted(found) if found[what])
        yield f"left out, of fewer than {rows[0]['min_users']:,} users: {said or 'nothing was found'}"


def _recommendations(store: Store) -> Iterator[Grid]:
    """Both lists of the user with most baskets."""
    user = store.read(tables.USERS).orderBy(F.desc("n_baskets"), "user_id").first()
    listed = store.read(tables.RECOMMENDATIONS).where(F.col("user_id") == (user["user_id"] if user else ""))
    rows = listed.where(F.col("position") <= N_SHOWN // 2).orderBy(F.desc("list"), "position").collect()
    names = names_of(store, {row["item_id"] for row in rows})
    found = grid("user", "list", "place", "item", "why", right={"place"})
    for row in rows:
        why = row["reasons"][0]["text"] if row["reasons"] else row["source"]
        found.add_row(row["user_id"], row["list"], str(row["position"]), names[row["item_id"]], why)
    yield found


def _neighbours(store: Store) -> Iterator[Grid]:
    """The neighbours of the item sold in most baskets."""
    near = store.read(tables.ITEM_NEIGHBOURS)
    sold = store.read(tables.BASKETS).select(F.explode("items").alias("item_id")).groupBy("item_id").count()
    best = (
        sold.join(near.select("item_id").distinct(), on="item_id", how="inner")
        .orderBy(F.desc("count"), "item_id")
        .first()
    )
    rows = (
        near.where(F.col("item_id") == (best["item_id"] if best else "")).orderBy("position").limit(N_SHOWN).collect()
    )
    names = names_of(store, {row[column] for row in rows for column in ("item_id", "neighbour_item_id")})
    found = grid("item", "position", "near it", "similarity", right={"position", "similarity"})
    for row in rows:
        found.add_row(
            names[row["item_id"]], str(row["position"]), names[row["neighbour_item_id"]], f"{row['similarity']:.3f}"
        )
    yield found


def _compared(store: Store) -> Iterator[Grid]:
    """The models that compete."""
    return _grids(store.read(tables.METRICS).where(~F.col("model").rlike(ABLATIONS)))


def _every(store: Store) -> Iterator[Grid]:
    return _grids(store.read(tables.METRICS))


def _grids(metrics: DataFrame) -> Iterator[Grid]:
    """One grid a task: every model over all cases at the shortest list, best first, and its interval; pairs last."""
    metrics = metrics.where("slice = 'all'")
    of_lists = metrics.where(F.col("k") > 0)
    k = of_lists.agg(F.min("k")).collect()[0][0]
    rows = _wide(of_lists.where(F.col("k") == k), SHOWN_METRICS)
    for task in sorted({row["task"] for row in rows}):
        yield _task_grid([row for row in rows if row["task"] == task], {name: f"{name}@{k}" for name in SHOWN_METRICS})
    pairs = _wide(metrics.where(F.col("k") == 0), PAIR_METRICS)
    if pairs:
        yield _task_grid(pairs, {name: name for name in PAIR_METRICS})


def _wide(metrics: DataFrame, names: Sequence[str]) -> list[Row]:
    """A row a task and model, best first by the last of the metrics, each a column."""
    found = F.first(F.struct("value", "ci_low", "ci_high", "baseline", "delta_last", "n"))
    wide = metrics.groupBy("task", "model").pivot("metric", list(names)).agg(found)
    return wide.orderBy("task", F.desc(f"{names[-1]}.value"), "model").collect()


def _task_grid(rows: Sequence[Row], titles: Mapping[str, str]) -> Grid:
    """The interval, the ratio and the change since the last run are of the last metric."""
    lead = [row[list(titles)[-1]] for row in rows]
    last = ["interval", "x popular", *(["since last run"] if any(m["delta_last"] is not None for m in lead) else [])]
    values = list(titles.values())
    found = grid(f"{rows[0]['task']} ({lead[0]['n']:,})", *values, *last, right={*values, *last})
    for row, best in zip(rows, lead, strict=True):
        ratio = f"{best['value'] / best['baseline']:.1f}" if best["baseline"] else "-"
        change = f"{best['delta_last']:+.3f}" if best["delta_last"] is not None else "-"
        each = [f"{row[name]['value']:.3f}" for name in titles]
        interval = f"{best['ci_low']:.3f}-{best['ci_high']:.3f}"
        found.add_row(row["model"], *each, *[interval, ratio, change][: len(last)])
    return found


HOW_GOOD = "How good the models are, on days they never saw (cases), with 95 % intervals"
SECTIONS = (
    ("Where the records went", (tables.CHECKS,), _accounting),
    ("Bought together", (tables.RULES, tables.ITEMS), _rules),
    (
        "Recommended to the user with most baskets",
        (tables.RECOMMENDATIONS, tables.USERS, tables.ITEMS),
        _recommendations,
    ),
    ("Nearest by embedding", (tables.ITEM_NEIGHBOURS, tables.BASKETS, tables.ITEMS), _neighbours),
    ("What changed of late", (tables.DRIFT,), in_brief),
    (HOW_GOOD, (tables.METRICS,), _compared),
)
