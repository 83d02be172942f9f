"""Metrics of scored pairs, by hand and against scikit-learn's, weights and ties included."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, roc_auc_score

from basketry.evaluation.curve import accuracy, auc, average_precision, base_rate, curve, f1, order_of

# Best first: positive, two that score the same, one of them positive, two negatives, a positive.
SCORES = np.array([9.0, 5.0, 5.0, 3.0, 2.0, 1.0])
POSITIVE = np.array([True, True, False, False, False, True])
SHUFFLED = np.array([3, 0, 5, 1, 4, 2])


def of(metric, scores, positive, n_called=0, weights=None):
    whole = np.ones((1, len(scores))) if weights is None else np.atleast_2d(weights)
    return metric(curve(order_of(np.asarray(scores), n_called), np.asarray(positive), whole.astype(float))).tolist()


def test_auc_by_hand():
    # Of three negatives the first positive beats three, the tied one two and a half, the last none.
    assert of(auc, SCORES, POSITIVE) == pytest.approx([5.5 / 9])
    assert of(auc, SCORES[SHUFFLED], POSITIVE[SHUFFLED]) == pytest.approx([5.5 / 9])


def test_scores_that_are_all_the_same_know_nothing():
    assert of(auc, [1, 1, 1], [True, False, False]) == [0.5]
    assert of(average_precision, [1, 1, 1], [True, False, False]) == pytest.approx([1 / 3])


def test_the_called_are_the_highest_and_those_that_tie_with_the_last():
    # Two called become three, of which two are positive.
    assert of(accuracy, SCORES, POSITIVE, 2) == pytest.approx([4 / 6])
    assert of(f1, SCORES, POSITIVE, 2) == pytest.approx([2 * 2 / (3 + 3)])
    assert of(accuracy, SCORES, POSITIVE, 1) == pytest.approx([4 / 6])


def test_calling_none_is_right_about_the_negatives():
    assert of(accuracy, SCORES, POSITIVE, 0) == [1 - 3 / 6]
    assert of(f1, SCORES, POSITIVE, 0) == [0]
    assert of(base_rate, SCORES, POSITIVE) == [3 / 6]


def test_without_a_positive_there_is_no_auc():
    assert np.isnan(of(auc, SCORES, np.zeros(6, dtype=bool))).all()
    assert np.isnan(of(average_precision, SCORES, np.zeros(6, dtype=bool))).all()


@pytest.mark.parametrize("seed", range(3))
def test_all_are_those_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    scores, positive = random.integers(0, 12, 60).astype(float), random.random(60) < 0.3
    weights = np.stack([np.ones(60), random.poisson(1.0, 60)])
    called = scores >= np.sort(scores)[-15]
    for draw in range(2):
        w = weights[draw]
        for metric, known in (
            (auc, roc_auc_score(positive, scores, sample_weight=w)),
            (average_precision, average_precision_score(positive, scores, sample_weight=w)),
            (accuracy, accuracy_score(positive, called, sample_weight=w)),
            (f1, f1_score(positive, called, sample_weight=w)),
            (base_rate, np.average(positive, weights=w)),
        ):
            assert of(metric, scores, positive, 15, weights)[draw] == pytest.approx(known), metric.__name__
