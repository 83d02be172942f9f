"""Who may publish: rows of gold.metrics by hand, beside those of the last time."""

import pytest

from basketry import tables
from basketry.errors import MissingInputError
from basketry.gates import faults
from tests.support.tables import frame

HEAD = "task model slice metric k value ci_high baseline question"
RIVALS = """
next_period popularity all ndcg 10 0.20 0.21 0.20 q
next_period personal_frequency all ndcg 10 0.40 0.41 0.20 q
next_period habit all ndcg 20 0.10 0.10 0.20 q
next_period habit new_users ndcg 10 0.10 0.10 0.20 q
next_period habit all recall 10 0.10 0.10 0.20 q
explore popularity all ndcg 10 0.03 0.04 0.03 q
"""
GOOD = "next_period habit all ndcg 10 0.39 0.42 0.20 q\nexplore explore all ndcg 10 0.05 0.06 0.03 q"


def metrics(spark, *rows):
    return frame(spark, tables.METRICS, "\n".join([HEAD, RIVALS.strip(), *rows]))


def found(spark, *rows, before=None, max_loss=0.1):
    published = None if before is None else metrics(spark, *before)
    return faults("train_als", metrics(spark, *rows), published, max_loss)


def test_a_model_that_may_be_as_good_as_its_rivals_is_published(spark):
    assert found(spark, GOOD) == []
    assert found(spark, GOOD, before=[GOOD]) == []


def test_a_model_that_is_certainly_worse_than_a_rival_is_not(spark):
    (fault,) = found(spark, GOOD.replace("0.39 0.42", "0.37 0.39"))
    assert fault == "next_period: habit has an NDCG@10 of 0.3700, at most 0.3900, personal_frequency has 0.4000"
    (fault,) = found(spark, GOOD.replace("0.05 0.06", "0.01 0.02"))
    assert "explore has" in fault and "popularity has 0.0300" in fault


def test_a_model_that_lost_much_of_its_gain_over_popularity_is_not(spark):
    # It had 4 times popularity, and has 2.1 at most: at most nearly half may be lost.
    had = GOOD.replace("0.39 0.42", "0.80 0.81")
    (fault,) = found(spark, GOOD, before=[had], max_loss=0.4)
    assert "2.10 times popularity, and had 4.00 times" in fault
    assert found(spark, GOOD, before=[had], max_loss=0.48) == []


@pytest.mark.parametrize("other", [("q", "another"), ("ndcg 10", "ndcg 5")])
def test_last_time_counts_only_when_it_asked_the_same(spark, other):
    had = GOOD.replace("0.39 0.42", "0.80 0.81").replace(*other)
    assert found(spark, GOOD, before=[had]) == []


def test_a_model_that_nobody_judged_is_named(spark):
    with pytest.raises(MissingInputError, match="says nothing of habit: run evaluate first"):
        found(spark, GOOD.splitlines()[1])
    with pytest.raises(MissingInputError, match="habit, explore, popularity, personal_frequency:"):
        faults("train_als", metrics(spark).limit(0), None, 0.1)


CART = "cart popularity all ndcg 10 0.02 0.03 0.02 q\ncart embeddings all ndcg 10 0.05 0.06 0.02 q\n"


@pytest.mark.parametrize(("value", "n_faults"), [("0.055", 0), ("0.065", 1)])
def test_vectors_that_are_certainly_worse_than_counting_are_not_published(spark, value, n_faults):
    judged = metrics(spark, CART + f"cart ppmi_svd all ndcg 10 {value} 0.08 0.02 q")
    found = faults("train_embeddings", judged, None, 0.1)
    assert len(found) == n_faults
    assert all("embeddings has an NDCG@10 of 0.0500, at most 0.0600, ppmi_svd has 0.0650" in fault for fault in found)


def test_a_rival_that_nobody_judged_is_named(spark):
    with pytest.raises(MissingInputError, match="says nothing of ppmi_svd: run evaluate first"):
        faults("train_embeddings", metrics(spark, CART.strip()), None, 0.1)
