"""Every recommender, and what is usually tried, on two published tasks: the missing item of a cart, the next basket.

python bench/recommenders.py [--levels type item] [--tasks cart next_basket] [--period test]. On the lake of `make run`.
cart: baskets from 2017-12-01 on that hold two known items or more, one hidden; learnt from all days before.
next_basket: the last basket of each user with four or more; learnt from all other baskets. Known are items in at least
MIN_BASKETS baskets that are learnt from; every list ranks all of them. `--period validation` does the same one period
earlier, which is where settings are chosen. Each row is also a line of JSON in bench/results/recommenders.jsonl.
"""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mining import LAKE, kept
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from scipy import sparse
from scipy.sparse.linalg import svds

from basketry import tables
from basketry.config import Settings
from basketry.evaluation.cases import cart_cases, explore_cases, next_period_cases
from basketry.evaluation.compare import compare
from basketry.evaluation.levels import interactions_of, items_at
from basketry.evaluation.settings import EvaluationSettings
from basketry.mining.levels import at_level
from basketry.mining.pairs import find_pairs
from basketry.mining.rules import mine_rules
from basketry.mining.settings import MiningSettings
from basketry.recommend.affinities import ease
from basketry.recommend.blend import Blend
from basketry.recommend.gram import gram
from basketry.recommend.learnt import Purchases, learn
from basketry.recommend.models import pair_model, rule_model
from basketry.recommend.recommend import answers
from basketry.recommend.scorers import ByEmbeddings, ByItems
from basketry.recommend.suite import cart_models, user_models
from basketry.recommend.weights import as_of_day
from basketry.session import build_session
from basketry.tables.store import Store

RESULTS = Path(__file__).parent / "results" / "recommenders.jsonl"
MIN_BASKETS = {"type": 40, "item": 100}
CUTS = {"test": (date(2017, 12, 1), date(2018, 1, 2)), "validation": (date(2017, 11, 1), date(2017, 12, 1))}
MIN_OF_USER = 4
JUDGED = EvaluationSettings(ks=(10,), n_bootstrap=200, max_cases=20_000)
SEED = 20260101


class Asked(NamedTuple):
    """What is learnt from, the cases by task, and what lists may name."""

    bought: Purchases
    cases: dict[str, DataFrame]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levels", nargs="+", default=["type", "item"], choices=list(MIN_BASKETS))
    parser.add_argument("--tasks", nargs="+", default=["cart", "next_basket"], choices=["cart", "next_basket"])
    parser.add_argument("--period", default="test", choices=list(CUTS))
    asked = parser.parse_args()
    store = Store(build_session(Settings().spark, "bench recommenders"), str(LAKE.parent))
    made = (row for task in asked.tasks for level in asked.levels for row in judged(store, task, level, asked.period))
    print(as_markdown(list(kept(made, RESULTS))))


def judged(store, task, level, period):
    """A row a model and metric."""
    print(f"recommenders: {task} by {level}, {period}", file=sys.stderr)
    told = by_level(store, level)
    asked = {"cart": carts, "next_basket": next_baskets}[task](told, store, level, period)
    settings = Settings()
    learnt = learn(asked.bought, settings.recommend, seed=SEED, as_of=as_of_day(asked.bought.interactions))
    models = {"cart": of_carts, "next_basket": of_users}[task](asked.bought, learnt, settings.recommend)
    for name, cases in asked.cases.items():
        lists = answers(cases.persist(), learnt, models, 10)
        found = compare(name, cases, lists, [model.name for model in models], JUDGED, seed=SEED).collect()
        for row in found:
            yield {"task": name, "level": level, "period": period, "model": row["model"], "metric": row["metric"]} | {
                "value": round(row["value"], 4), "n": row["n"]
            }  # fmt: skip


def by_level(store, level):
    return at_level(store.read(tables.BASKETS), store.read(tables.ITEMS), level).persist()


def carts(told, store, level, period):
    """Cases of the baskets of a period; learnt from all before it."""
    start, end = CUTS[period]
    train = known_only(told.where(F.col("sold_on") < F.lit(start)), level)
    later = told.where((F.col("sold_on") >= F.lit(start)) & (F.col("sold_on") < F.lit(end)))
    bought = purchases(train, store, level)
    return Asked(bought, {"cart": cart_cases(bought.interactions, later, seed=SEED)})


def next_baskets(told, store, level, period):
    """The last basket of each user (the last but one for validation) against all before it."""
    dated = store.read(tables.BASKETS).select("basket_id", "sold_at")
    mine = told.where(F.col("user_id").isNotNull()).join(dated, on="basket_id", how="inner")
    latest = Window.partitionBy("user_id").orderBy(F.desc("sold_at"), F.desc("basket_id"))
    placed = mine.withColumn("back", F.row_number().over(latest) - (period == "validation")).withColumn(
        "n_baskets", F.count("*").over(Window.partitionBy("user_id"))
    )
    held = (F.col("back") == 1) & (F.col("n_baskets") >= MIN_OF_USER)
    train = known_only(placed.where((F.col("back") >= 1) & ~held), level)
    bought = purchases(train, store, level)
    holdout = interactions_of(placed.where(held))
    return Asked(
        bought,
        {
            "next_basket": next_period_cases(bought.interactions, holdout),
            "next_basket_new": explore_cases(bought.interactions, holdout),
        },
    )


def known_only(train, level):
    """The baskets without items in fewer than MIN_BASKETS of them."""
    lines = train.withColumn("item_id", F.explode("items"))
    counts = lines.groupBy("item_id").agg(F.count("*").alias("n"))
    often = counts.where(F.col("n") >= MIN_BASKETS[level]).select("item_id")
    names = [name for name in train.columns if name != "items"]
    # One row an item on the right.
    kept_lines = lines.join(F.broadcast(often), on="item_id", how="inner").groupBy(*names)
    return kept_lines.agg(F.array_sort(F.collect_list("item_id")).alias("items")).persist()


def purchases(train, store, level):
    items = store.read(tables.ITEMS)
    named = items if level == "item" else items_at(items, level)
    return Purchases(train, interactions_of(train), named, store.read(tables.USERS))


def of_carts(bought, learnt, settings):
    """Ours, then what else is tried on carts."""
    known = learnt.catalogue
    mining = MiningSettings(min_support=0.0005, min_confidence=0.01, max_length=2)
    pairs = find_pairs(bought.baskets, None, MiningSettings(pair_min_count=20, pair_min_freq=1)).pairs.persist()
    rules = rule_model(mine_rules(bought.baskets, mining).rules, known)
    counts = gram(bought.baskets, known, 0.0)
    rooted = gram(bought.baskets, known, 0.5)
    return [
        *cart_models(learnt, settings),
        rules,
        pair_model(pairs, known),
        items_of("raw_lift", lifts(counts, len_of(bought.baskets))),
        items_of("ease_plain_500", ease(counts, 500.0)),
        items_of("ease_rooted_50", ease(rooted, 50.0)),
        ppmi_svd(counts, known),
    ]


def of_users(_, learnt, settings):
    """Ours, then what else is tried on users."""
    models = {model.name: model for model in user_models(learnt, settings, seed=SEED)}
    popular = learnt.catalogue.popularity
    plain = {
        "personal+popularity": ("personal_frequency",),
        "users+ease": ("users", "ease"),
    }
    blended = [Blend(tuple((models[n], 1.0) for n in parts), popular, 0.001, name) for name, parts in plain.items()]
    return [*models.values(), *blended]


def len_of(baskets):
    return baskets.count()


def items_of(name, weights):
    return ByItems(sparse.csr_array(weights), "cart", name)


def lifts(counts, n):
    each = np.diag(counts)
    found = np.where(counts > 0, counts * n / np.outer(each, each), 0)
    np.fill_diagonal(found, 0)
    return found


def ppmi_svd(counts, known, rank=64):
    """In and out vectors of the positive pointwise mutual information, plus log popularity (Levy and Goldberg 2014)."""
    met = counts - np.diag(np.diag(counts))
    each = np.maximum(met.sum(axis=1), 1)
    ppmi = np.maximum(np.log(np.maximum(met, 1e-12) * met.sum() / np.outer(each, each)), 0)
    left, size, right = svds(sparse.csr_array(ppmi), k=rank, v0=np.ones(len(ppmi)))
    root = np.sqrt(size)
    return ByEmbeddings(
        np.arange(len(ppmi)), left * root, right.T * root, np.log(known.popularity + 1e-9), name="ppmi_svd"
    )


def as_markdown(rows):
    """A line a model: value by task, level and metric."""
    heads = list(
        dict.fromkeys((row["task"], row["level"], row["metric"]) for row in rows if row["metric"] != "hit_rate")
    )
    shown = {(row["task"], row["level"], row["metric"], row["model"]): row["value"] for row in rows}
    lines = ["| model | " + " | ".join(" ".join(head) for head in heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for model in dict.fromkeys(row["model"] for row in rows):
        cells = [shown.get((*head, model)) for head in heads]
        lines.append(f"| {model} | " + " | ".join("" if cell is None else f"{cell:.3f}" for cell in cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
