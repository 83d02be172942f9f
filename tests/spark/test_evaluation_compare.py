"""gold.metrics of a task, against sums done by hand."""

from math import log2

import numpy as np
import pytest
from pyspark.mllib.evaluation import RankingMetrics

from basketry import tables
from basketry.errors import ContractError
from basketry.evaluation.judge import judge_of
from basketry.evaluation.last import with_last
from basketry.evaluation.ranking import METRICS, Judged
from basketry.evaluation.settings import EvaluationSettings
from tests.support.tables import frame

SETTINGS = EvaluationSettings(ks=(1, 3), n_bootstrap=50, new_user_visits=1, cold_item_baskets=1)
# Eight users bought a on nine days, w on ten; c was sold once.
BOUGHT = "\n".join(
    [
        "user_id item_id sold_on",
        *[f"w w 2024-02-{day:02}" for day in range(1, 11)],
        *[f"x{n} {item} 2024-02-{day:02}" for n in range(8) for day, item in enumerate("abdxyabdx", 1)],
        "u c 2024-02-01",
        "u b 2024-02-01",
    ]
)


def cases(spark, *rows):
    return spark.createDataFrame(rows, "case_id string, user_id string, relevant array<string>")


def lists(spark, picture):
    """`model case items`, items best first, as one word of single letters."""
    rows = [line.split() for line in picture.strip().splitlines()]
    places = [(m, c, p, i) for m, c, items in rows for p, i in enumerate(items, start=1)]
    return spark.createDataFrame(places, "model string, case_id string, position int, item_id string").toArrow()


def found(rows, slice_="all", column="value"):
    return {(row.model, row.metric, row.k): getattr(row, column) for row in rows if row.slice == slice_}


@pytest.fixture(scope="module")
def judge(spark):
    items = frame(spark, tables.ITEMS, "item_id category\na one\nb one\nc two\nd -\nx -\ny -\nw -")
    segments = spark.createDataFrame([("u", "thrifty"), ("zz", "nobody")], "user_id string, segment string")
    return judge_of(frame(spark, tables.INTERACTIONS, BOUGHT), items, segments, SETTINGS, seed=1)


@pytest.fixture(scope="module")
def measured(spark, judge):
    asked = cases(spark, ("1", "u", ["a", "b"]), ("2", "u", ["c"]), ("3", None, ["d"]), ("4", "w", ["b"]))
    shown = lists(
        spark,
        """
        popularity 1 xab
        popularity 2 xyc
        popularity 3 xyd
        popularity 4 xay
        als        1 bya
        als        2 cxy
        als        3 x
        """,
    )
    return judge.rows("cart", judge.chosen(asked), shown, {"popularity": "popularity", "als": "als"})


def test_values_are_means_over_all_cases_and_no_list_counts_as_zero(measured):
    values = found(measured)
    assert values["als", "recall", 1] == pytest.approx((1 / 2 + 1 + 0 + 0) / 4)
    assert values["als", "recall", 3] == pytest.approx((1 + 1 + 0 + 0) / 4)
    assert values["als", "hit_rate", 1] == pytest.approx(2 / 4)
    assert values["popularity", "hit_rate", 1] == 0
    best = 1 + 1 / log2(3)
    assert values["popularity", "ndcg", 3] == pytest.approx(((1 / log2(3) + 1 / 2) / best + 1 / 2 + 1 / 2 + 0) / 4)


def test_metrics_of_lists_leave_out_who_has_none_and_say_of_how_many_they_are(measured):
    values, n = found(measured), found(measured, column="n")
    # a and b are of one category, every other item is of its own: 2 of 3, 3 of 3; a list of one has no pair.
    assert (values["als", "diversity", 3], n["als", "diversity", 3]) == (pytest.approx((2 / 3 + 1) / 2), 2)
    # u bought b and c before; of nobody nothing is known.
    assert (values["als", "repeat_share", 3], n["als", "repeat_share", 3]) == (pytest.approx(1 / 3), 2)
    assert (values["als", "coverage", 3], n["als", "coverage", 3]) == (5 / 7, 4)
    assert found(measured, column="ci_low")["als", "gini", 3] is None


def test_each_row_names_its_baseline_and_its_gain_over_it(measured):
    values, baseline, delta = found(measured), found(measured, column="baseline"), found(measured, column="delta")
    for model, metric, k in values:
        assert baseline[model, metric, k] == values["popularity", metric, k]
        assert delta[model, metric, k] == values[model, metric, k] - values["popularity", metric, k]


def test_each_row_holds_its_interval_and_the_number_of_cases(measured):
    assert len({row[:5] for row in measured}) == len(measured)
    for row in measured:
        assert row.task == "cart"
        assert row.ci_low is None or row.ci_low <= row.value <= row.ci_high
    assert found(measured, column="n")["als", "recall", 1] == 4


def test_slices_are_users_by_visits_and_segment_and_cold_items(measured):
    assert {row.slice for row in measured} == {"all", "new_users", "heavy_users", "segment:thrifty", "cold_items"}
    # u came once. w came on more days than nine in ten users.
    for slice_ in ("new_users", "segment:thrifty"):
        assert found(measured, slice_)["als", "recall", 1] == pytest.approx((1 / 2 + 1) / 2)
        assert found(measured, slice_, "n")["als", "recall", 1] == 2
    assert found(measured, "heavy_users", "n")["als", "recall", 1] == 1
    # Of what was bought only c had been sold in one basket or less.
    assert found(measured, "cold_items")["als", "hit_rate", 1] == 1
    assert found(measured, "cold_items", "n")["als", "hit_rate", 1] == 1
    assert {(row.metric, row.k) for row in measured if row.slice != "all"} == {
        ("recall", 1),
        ("ndcg", 1),
        ("hit_rate", 1),
    }


def test_a_user_never_seen_is_new(spark, judge):
    asked = judge.chosen(cases(spark, ("1", "stranger", ["a"])))
    rows = judge.rows("cart", asked, lists(spark, "popularity 1 a"), {"popularity": "popularity"})
    assert {row.slice for row in rows} == {"all", "new_users"}
    assert found(rows)["popularity", "repeat_share", 1] == 0


def test_a_model_without_any_list_scores_zero(spark, judge):
    asked, names = judge.chosen(cases(spark, ("1", "u", ["a"]))), {"popularity": "popularity", "rules": "rules"}
    values = found(judge.rows("cart", asked, lists(spark, "popularity 1 a"), names))
    assert values["rules", "recall", 3] == 0
    assert values["rules", "coverage", 3] == 0
    assert ("rules", "novelty", 3) not in values
    assert values["popularity", "recall", 3] == 1


def test_no_case_is_refused(spark, judge):
    with pytest.raises(ContractError, match="no cart case in the holdout"):
        judge.rows("cart", judge.chosen(cases(spark)), lists(spark, "popularity 1 a"), {"popularity": "popularity"})


@pytest.mark.parametrize("k", [3, 8])
def test_what_mllib_says_of_the_same_lists(spark, k):
    random = np.random.default_rng(3)
    listed = [random.permutation(25)[: 8 if n % 3 else 2].tolist() for n in range(30)]
    relevant = [random.choice(25, size=random.integers(1, 7), replace=False).tolist() for _ in listed]
    hits = np.array(
        [[n < len(i) and i[n] in wanted for n in range(8)] for i, wanted in zip(listed, relevant, strict=True)]
    )
    judged = Judged(hits, np.array([len(wanted) for wanted in relevant]))
    known = RankingMetrics(spark.sparkContext.parallelize(list(zip(listed, relevant, strict=True)), 1))
    for name, value in (
        ("precision", known.precisionAt(k)),
        ("recall", known.recallAt(k)),
        ("ndcg", known.ndcgAt(k)),
        ("map", known.meanAveragePrecisionAt(k)),
    ):
        assert METRICS[name](judged, k).mean() == pytest.approx(value), name


def test_the_last_evaluation_stands_beside_this_one_where_it_asked_the_same(spark, measured):
    nothing = spark.createDataFrame([], tables.METRICS.schema)
    first = with_last(measured, nothing, SETTINGS)
    assert first.where("last is not null or delta_last is not null").isEmpty()
    old = tables.conform(first, tables.METRICS).selectExpr("* except (value)", "value / 2 as value")
    again = with_last(measured, old.where("k = 1"), SETTINGS.model_copy(update={"n_bootstrap": 99}))
    assert again.count() == len(measured)
    assert again.where("(last is null) != (k != 1) or delta_last != value / 2").isEmpty()
    other = with_last(measured, old, SETTINGS.model_copy(update={"level": "type"}))
    assert other.where("last is not null").isEmpty()
