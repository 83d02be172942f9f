"""gold.metrics of a task, against sums done by hand."""

from math import log2

import pytest

from basketry.errors import ContractError
from basketry.evaluation.compare import compare
from basketry.evaluation.settings import EvaluationSettings

SETTINGS = EvaluationSettings(ks=(1, 3), n_bootstrap=50)


def cases(spark, *rows):
    return spark.createDataFrame(rows, "case_id string, user_id string, relevant array<string>")


def lists(spark, picture):
    """`model case items`, items best first, as one word of single letters."""
    rows = [line.split() for line in picture.strip().splitlines()]
    places = [(m, c, p, i) for m, c, items in rows for p, i in enumerate(items, start=1)]
    return spark.createDataFrame(places, "model string, case_id string, position int, item_id string")


def values(df, column="value"):
    return {(row["model"], row["metric"], row["k"]): row[column] for row in df.collect()}


@pytest.fixture(scope="module")
def measured(spark):
    asked = cases(spark, ("1", "u", ["a", "b"]), ("2", "u", ["c"]), ("3", None, ["d"]))
    shown = lists(
        spark,
        """
        popularity 1 xab
        popularity 2 xyc
        popularity 3 xyz
        als        1 bya
        als        2 cxy
        """,
    )
    return compare("cart", asked, shown, ["popularity", "als"], SETTINGS, seed=1)


def test_values_are_means_over_all_cases_and_no_list_counts_as_zero(measured):
    found = values(measured)
    assert found["als", "recall", 1] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert found["als", "recall", 3] == pytest.approx((1 + 1 + 0) / 3)
    assert found["als", "hit_rate", 1] == pytest.approx(2 / 3)
    assert found["popularity", "hit_rate", 1] == 0
    best = 1 + 1 / log2(3)
    assert found["popularity", "ndcg", 3] == pytest.approx(((1 / log2(3) + 1 / 2) / best + 1 / 2 + 0) / 3)


def test_each_row_names_its_baseline_and_its_gain_over_it(measured):
    found, baseline, delta = values(measured), values(measured, "baseline"), values(measured, "delta")
    for model, metric, k in found:
        assert baseline[model, metric, k] == found["popularity", metric, k]
        assert delta[model, metric, k] == found[model, metric, k] - found["popularity", metric, k]


def test_each_row_holds_its_interval_and_the_number_of_cases(measured):
    assert measured.count() == 2 * 3 * 2
    for row in measured.collect():
        assert row["ci_low"] <= row["value"] <= row["ci_high"]
        assert (row["task"], row["slice"], row["n"]) == ("cart", "all", 3)


def test_a_model_without_any_list_scores_zero(spark):
    asked = cases(spark, ("1", "u", ["a"]))
    found = values(compare("cart", asked, lists(spark, "popularity 1 a"), ["popularity", "rules"], SETTINGS, seed=1))
    assert found["rules", "recall", 3] == 0
    assert found["popularity", "recall", 3] == 1


def test_no_case_is_refused(spark):
    with pytest.raises(ContractError, match="no cart case in the holdout"):
        compare("cart", cases(spark), lists(spark, "popularity 1 a"), ["popularity"], SETTINGS, seed=1)
