"""Pairs of items measured against both nulls, with the false discovery rate over the whole search space."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import Array, Batches
from basketry.mining.counts import PAIR_SCHEMA, Counts, add_up, count_items, count_pairs
from basketry.mining.nulls import CHECKABLE, TwoSided, discoveries, expected, tail
from basketry.mining.settings import MiningSettings
from basketry.mining.space import Space, collect_margins, search_space, space_of

# Of each null, the column of expected baskets and that of their p.
NULLS = {"expected": "p", "expected_margins": "p_margins"}
# A pair never seen has a lower tail of exp(-expected): below this it cannot be called a substitute at q <= .05.
LIKELY = 3.0
ITEMS_PER_BLOCK = 256


class Counted(NamedTuple):
    """Baskets at a level, counted: by stratum, in memory, and of each pair seen together (a, b: positions in the labels
    of the space) n, n_users and n_top_user, a row a pair or as `count_pairs` leaves it.
    """

    counts: Counts
    space: Space
    pairs: DataFrame


class Pairs(NamedTuple):
    """gold.pairs of one level, and the counts it was made from."""

    pairs: DataFrame
    pair_counts: DataFrame
    item_counts: DataFrame
    strata: DataFrame


def find_pairs(mined: DataFrame, holdout: DataFrame | None, settings: MiningSettings) -> Pairs:
    """Pairs of `mined` baskets at a level, checked on the `holdout`; key item_a, item_b."""
    return weigh_pairs(count(mined, settings), holdout, settings)


def count(mined: DataFrame, settings: MiningSettings) -> Counted:
    """All that pairs are weighed by, counted in all baskets."""
    counts = in_memory(count_items(mined))
    space = search_space(counts, settings.pair_min_count)
    return Counted(counts, space, count_pairs(mined, space.labels))


def in_memory(counts: Counts) -> Counts:
    return Counts(*(counted.persist() for counted in counts))


def weigh_pairs(counted: Counted, holdout: DataFrame | None, settings: MiningSettings) -> Pairs:
    """Pairs of counted baskets at a level, checked on the `holdout`; key item_a, item_b.

    Listed are pairs in `pair_min_freq` baskets or more, and any that is significant by either null: together or
    apart (substitutes never seen together too). q counts every pair of the search space, listed or not.
    """
    counts, space, seen = counted
    measured = _with_nulls(add_up(seen.unionByName(_likely_unseen(seen, space))), space).persist()
    met = named(measured.where("n > 0").select("a", "b", "n", "n_users", "n_top_user"), space)
    checked = _with_holdout(_listed(measured, space, settings), holdout, space, settings)
    pairs = _shaped(named(checked, space), space, settings)
    return Pairs(pairs, met.select("item_a", "item_b", "n", "n_users", "n_top_user"), counts.items, counts.strata)


def _likely_unseen(seen: DataFrame, space: Space) -> DataFrame:
    """Pairs that either null expects often, each with a count of 0 so that it is there when nobody bought both."""
    n_blocks = -(-len(space.labels) // ITEMS_PER_BLOCK)

    def likely(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for block in batch["id"].to_pylist():
                yield _pair_batch(*_likely_in(space, int(block) * ITEMS_PER_BLOCK))

    return seen.sparkSession.range(n_blocks).mapInArrow(likely, PAIR_SCHEMA)


def _likely_in(space: Space, first: int) -> tuple[Array, Array]:
    rows = slice(first, first + ITEMS_PER_BLOCK)
    likely = [v[:, rows].T @ v >= LIKELY for v in (space.strata, space.margins)]
    left, right = np.nonzero(likely[0] | likely[1])
    left = left + first
    return left[left < right], right[left < right]


def _pair_batch(left: Array, right: Array) -> pa.RecordBatch:
    none = pa.array(np.zeros(len(left), np.int64))
    keys = [pa.array(side, pa.int32()) for side in (left, right)]
    return pa.RecordBatch.from_arrays([*keys, none, none, none], ["a", "b", "n", "n_users", "n_top_user"])


def _with_nulls(counted: DataFrame, space: Space) -> DataFrame:
    """Adds expected and p by each null; p is the tail on the side where the pair lies."""
    added = ["expected", "p", "expected_margins", "p_margins"]

    def measure(a: Array, b: Array, n: Array) -> list[Array]:
        means = [expected(vectors, a, b) for vectors in (space.strata, space.margins)]
        return [column for mean in means for column in (mean, tail(n, mean))]

    return _computed(counted, ["a", "b", "n"], added, measure)


def _listed(measured: DataFrame, space: Space, settings: MiningSettings) -> DataFrame:
    """The pairs to list, with q by each null.

    On the driver: 18 bytes a counted pair. Of a pair never counted only p > .05 is known, so q is exact up to .05.
    """
    frequent = F.col("n") >= settings.pair_min_freq
    sides = [(F.col("n") >= F.col(mean)).alias(mean) for mean in NULLS]
    found = measured.select(*sides, *NULLS.values(), frequent.alias("frequent")).toArrow()
    tested = [(found[mean].to_numpy(), found[p].to_numpy()) for mean, p in NULLS.items()]
    ranked = [discoveries(more, p, space.n_pairs) for more, p in tested]
    significant = [each.called(*given, settings.max_q) for each, given in zip(ranked, tested, strict=True)]
    wanted = np.logical_or.reduce([found["frequent"].to_numpy(), *significant])
    # Workers are sent the q of what is listed, a small part of what was counted.
    known = [each.only(more[wanted], p[wanted]) for each, (more, p) in zip(ranked, tested, strict=True)]

    def q(n: Array, mean: Array, p: Array, mean_margins: Array, p_margins: Array) -> list[Array]:
        return [known[0].of(n >= mean, p), known[1].of(n >= mean_margins, p_margins)]

    listed = measured.where(frequent | _any_called(ranked, settings.max_q))
    return _computed(listed, ["n", "expected", "p", "expected_margins", "p_margins"], ["q", "q_margins"], q)


def _any_called(ranked: list[TwoSided], max_q: float) -> Column:
    """Whether the pair is significant by any null, as a condition of Spark."""
    called = [
        F.col(p) <= F.when(F.col("n") >= F.col(mean), each.more.cutoff(max_q)).otherwise(each.less.cutoff(max_q))
        for each, (mean, p) in zip(ranked, NULLS.items(), strict=True)
    ]
    return called[0] | called[1]


def _computed(df: DataFrame, needed: list[str], added: list[str], compute: Callable[..., list[Array]]) -> DataFrame:
    """`df` with the double columns `added`, computed from the columns `needed` as arrays."""

    def compute_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            new = compute(*(batch[name].to_numpy() for name in needed))
            arrays = [*batch.columns, *(pa.array(column, pa.float64()) for column in new)]
            yield pa.RecordBatch.from_arrays(arrays, [*batch.schema.names, *added])

    types = [f"{f.name} {f.dataType.simpleString()}" for f in df.schema] + [f"{name} double" for name in added]
    return df.mapInArrow(compute_batches, ", ".join(types))


def named(pairs: DataFrame, space: Space) -> DataFrame:
    """Positions replaced by items, with each item's own count."""
    rows = zip(range(len(space.labels)), space.labels, space.n.tolist(), strict=True)
    labels = pairs.sparkSession.createDataFrame(
        [(i, label, int(n)) for i, label, n in rows], "i int, item string, n_item bigint"
    )
    for side in ("a", "b"):
        named = labels.select(
            F.col("i").alias(side), F.col("item").alias(f"item_{side}"), F.col("n_item").alias(f"n_{side}")
        )
        pairs = pairs.join(F.broadcast(named), on=side, how="inner")
    return pairs


def _shaped(pairs: DataFrame, space: Space, settings: MiningSettings) -> DataFrame:
    n_baskets = F.lit(space.n_baskets).cast("bigint")
    is_strata = settings.null == "strata"
    verdict = F.col("q" if is_strata else "q_margins")
    more = F.col("n") >= F.col("expected" if is_strata else "expected_margins")
    return pairs.select(
        "item_a",
        "item_b",
        F.col("n").alias("n_ab"),
        "n_a",
        "n_b",
        n_baskets.alias("n"),
        (F.col("n") / F.col("n_a") * n_baskets / F.col("n_b")).alias("lift"),
        "expected",
        _ratio("n", "expected").alias("adjusted_lift"),
        "p",
        "q",
        "expected_margins",
        _ratio("n", "expected_margins").alias("adjusted_lift_margins"),
        "p_margins",
        "q_margins",
        F.when(more, "complement").otherwise("substitute").alias("direction"),
        (verdict <= settings.max_q).alias("is_significant"),
        "n_users",
        _ratio("n_top_user", "n").alias("top_user_share"),
        "holdout_freq",
        _ratio("holdout_freq", "holdout_expected").alias("holdout_adjusted_lift"),
        F.when(
            F.col("holdout_expected") >= CHECKABLE,
            (F.col("holdout_freq") > F.col("holdout_expected")) == more,
        ).alias("replicated"),
    )


def _ratio(part: str, whole: str) -> Column:
    return F.try_divide(F.col(part), F.col(whole))


def _with_holdout(pairs: DataFrame, holdout: DataFrame | None, space: Space, settings: MiningSettings) -> DataFrame:
    """Adds the pair's baskets in the holdout, and how many `mining.null` expects there; null without a holdout."""
    if holdout is None:
        nothing = F.lit(None)
        return pairs.withColumns({"holdout_freq": nothing.cast("bigint"), "holdout_expected": nothing.cast("double")})
    later = space_of(*collect_margins(count_items(holdout)), space.labels)
    seen = add_up(count_pairs(holdout, space.labels)).select("a", "b", F.col("n").alias("holdout_freq"))
    counted = pairs.join(seen, on=["a", "b"], how="left").fillna(0, ["holdout_freq"])
    vectors = later.strata if settings.null == "strata" else later.margins
    return _computed(counted, ["a", "b"], ["holdout_expected"], lambda a, b: [expected(vectors, a, b)])
