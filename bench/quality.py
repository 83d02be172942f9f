"""Every recommender, and what is usually tried, on two published tasks: the missing item of a cart, the next basket.

python bench/quality.py [--levels type item] [--tasks cart next_basket] [--period test]. On the lake of `make run`.
cart: baskets from 2017-12-01 on that hold two known items or more, one hidden; learnt from all days before.
next_basket: the last basket of each user with four or more; learnt from all other baskets. Known are items in at least
MIN_BASKETS baskets that are learnt from; every list ranks all of them. `--period validation` does the same with the
days before December, on which settings are chosen. Each row is also a line of JSON in bench/results/quality.jsonl.
"""

import argparse
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from mining import LAKE, kept
from pyspark.sql import Window
from pyspark.sql import functions as F
from scipy import sparse
from scipy.sparse.linalg import svds

from basketry import tables
from basketry.config import Settings
from basketry.evaluation.cases import CART, OF_USERS, cart_cases, explore_cases, next_period_cases
from basketry.evaluation.judge import judge_of
from basketry.evaluation.levels import interactions_of, items_at
from basketry.evaluation.settings import EvaluationSettings
from basketry.evaluation.splits import part
from basketry.mining.levels import at_level
from basketry.mining.pairs import find_pairs
from basketry.mining.rules import mine_rules
from basketry.mining.settings import MiningSettings
from basketry.recommend.affinities import ease
from basketry.recommend.als import fit_als
from basketry.recommend.blend import Blend
from basketry.recommend.fold_in import fold_in
from basketry.recommend.gram import gram
from basketry.recommend.learnt import Purchases, factors_of, learn
from basketry.recommend.models import factor_model, pair_model, rule_model
from basketry.recommend.recommend import answers
from basketry.recommend.scorers import ByEmbeddings, ByItems
from basketry.recommend.suite import cart_models, user_models
from basketry.recommend.weights import decayed_counts
from basketry.session import build_session
from basketry.tables.store import Store

RESULTS = Path(__file__).parent / "results" / "quality.jsonl"
TASKS, LEVELS = ("cart", "next_basket"), ("type", "item")
MIN_BASKETS = {("cart", "type"): 40, ("cart", "item"): 100, ("next_basket", "type"): 40, ("next_basket", "item"): 20}
# The first day that nobody sees; carts are those of the 32 days before.
ENDS = {"test": date(2018, 1, 2), "validation": date(2017, 12, 1)}
JUDGED = {"ks": (10,), "n_bootstrap": 200, "max_cases": 20_000, "holdout_days": 32}
SPLITS = {"cart": "period", "next_basket": "last_basket"}
SEED = 20260101
BASKETS_ALS, LARGE_ALS = "als_64_of_baskets", "als_64_alpha_10"
LARGER = {CART: BASKETS_ALS, **dict.fromkeys(OF_USERS["last_basket"], LARGE_ALS)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levels", nargs="+", default=LEVELS, choices=LEVELS)
    parser.add_argument("--tasks", nargs="+", default=TASKS, choices=TASKS)
    parser.add_argument("--period", default="test", choices=ENDS)
    asked = parser.parse_args()
    store = Store(build_session(Settings().spark, "bench quality"), str(LAKE.parent))
    made = (row for task in asked.tasks for level in asked.levels for row in judged(store, task, level, asked.period))
    print(as_markdown(list(kept(made, RESULTS))))


def judged(store, task, level, period):
    """A row a model and metric."""
    print(f"quality: {task} by {level}, {period}", file=sys.stderr)
    settings = EvaluationSettings(split=SPLITS[task], min_item_baskets=MIN_BASKETS[task, level], **JUDGED)
    whole = purchases(store, level, ENDS[period])
    bought = part(whole.baskets, whole.interactions, settings, ENDS[period])
    known = whole._replace(baskets=bought.baskets.train.persist(), interactions=bought.interactions.train.persist())
    learnt = learn(known, Settings().recommend, seed=SEED, as_of=bought.as_of)
    judge = judge_of(known.interactions, whole.items, None, settings, seed=SEED)
    models = {"cart": of_carts, "next_basket": of_users}[task](known, learnt, Settings().recommend)
    names = {model.name: model.name for model in models}
    for name, cases in {"cart": carts, "next_basket": users}[task](bought, judge).items():
        told = cases.select(*[c for c in ("case_id", "user_id", "cart", "masked") if c in cases.columns])
        listed = answers(told, learnt, models, 10)
        more = (
            by_folded_carts(told, learnt, known.baskets) if name == CART else by_large_als(told, learnt, known, bought)
        )
        listed, names = listed.unionByName(more), names | {LARGER[name]: LARGER[name]}
        for row in judge.rows(name, cases, listed.toArrow(), names):
            if row.slice == "all" and row.metric in ("recall", "ndcg"):
                shown = {name: getattr(row, name) for name in ("task", "model", "metric", "n")}
                yield shown | {"level": level, "period": period, "value": round(row.value, 4)}


def purchases(store, level, end):
    """Told by the level, before `end`; baskets with sold_at, which tells a user's last one."""
    receipts, items = store.read(tables.BASKETS).where(F.col("sold_on") < F.lit(end)), store.read(tables.ITEMS)
    told = at_level(receipts, items, level).join(receipts.select("basket_id", "sold_at"), on="basket_id", how="inner")
    named = items if level == "item" else items_at(items, level)
    return Purchases(told.persist(), interactions_of(told).persist(), named, store.read(tables.USERS))


def carts(bought, judge):
    return {CART: judge.chosen(cart_cases(bought.interactions.train, bought.baskets.holdout, seed=SEED))}


def users(bought, judge):
    """What users buy next, and what of it is new to them."""
    names, cases = OF_USERS["last_basket"], judge.chosen(next_period_cases(*bought.interactions))
    return {names.whole: cases, names.explore: explore_cases(cases)}


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
        items_of("raw_lift", lifts(counts, bought.baskets.count())),
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


def by_folded_carts(told, learnt, baskets):
    """ALS of rank 64 that takes each basket for a user; a cart is folded in as one more."""
    settings = Settings().recommend.model_copy(update={"rank": 64})
    met = baskets.select("basket_id", F.explode("items").alias("item_id"), F.lit(1.0).alias("weight"))
    ids = baskets.select(F.col("basket_id").alias("user_id"))
    numbered = ids.withColumn("user_index", F.row_number().over(Window.orderBy("user_id")) - 1)
    factors = fit_als(met.withColumnRenamed("basket_id", "user_id"), numbered, learnt.items, settings, seed=SEED)
    carts = told.select(
        F.col("case_id").alias("user_id"), F.explode("cart").alias("item_id"), F.lit(1.0).alias("weight")
    )
    folded = factors._replace(users=fold_in(carts, factors.items, settings))
    model = replace(factor_model(factors.items, learnt.catalogue), name=BASKETS_ALS)
    return answers(told.withColumn("user_id", F.col("case_id")), learnt._replace(factors=folded), [model], 10)


def by_large_als(told, learnt, known, bought):
    """ALS of rank 64 and alpha 10, of the counts that ours learns from."""
    settings = Settings().recommend.model_copy(update={"rank": 64, "alpha": 10.0})
    counts = decayed_counts(known.interactions, as_of=bought.as_of, half_life_days=settings.half_life_days)
    factors = factors_of(counts, known, settings, seed=SEED)
    model = replace(factor_model(factors.items, learnt.catalogue), name=LARGE_ALS)
    return answers(told, learnt._replace(factors=factors), [model], 10)


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
    heads = list(dict.fromkeys((row["task"], row["level"], row["metric"]) for row in rows))
    shown = {(row["task"], row["level"], row["metric"], row["model"]): row["value"] for row in rows}
    lines = ["| model | " + " | ".join(" ".join(head) for head in heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for model in dict.fromkeys(row["model"] for row in rows):
        cells = [shown.get((*head, model)) for head in heads]
        lines.append(f"| {model} | " + " | ".join("" if cell is None else f"{cell:.3f}" for cell in cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
