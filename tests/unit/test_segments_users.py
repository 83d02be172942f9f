"""Points, clusters' agreement, numbers, names and over-bought items of segments of users."""

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.cluster.hierarchy import ward
from scipy.stats import chi2_contingency
from sklearn import metrics

from basketry.segments.agreement import adjusted_rand, silhouette
from basketry.segments.clusters import Choice, choose
from basketry.segments.differences import Counts, homogeneity
from basketry.segments.features import Features
from basketry.segments.identity import numbers_of, tree_of
from basketry.segments.overbought import Bought, expected_users, over_bought
from basketry.segments.profiles import Profiles, names_of_segments
from basketry.segments.scaling import points_of
from basketry.segments.settings import SegmentsSettings


def text(*words):
    return np.array(words, dtype=object)


# Agreement, against scikit-learn.


def test_adjusted_rand_is_scikit_learns():
    rng = np.random.default_rng(1)
    for n, a, b in ((2, 1, 2), (30, 3, 4), (500, 2, 7)):
        one, other = rng.integers(a, size=n), rng.integers(b, size=n)
        other[: n // 2] = one[: n // 2]
        assert adjusted_rand(one, other) == pytest.approx(metrics.adjusted_rand_score(one, other))


def test_adjusted_rand_of_one_cluster_or_of_points_alone_is_1():
    assert adjusted_rand(np.zeros(5, int), np.zeros(5, int)) == 1
    assert adjusted_rand(np.arange(5), np.arange(5)) == 1


def test_silhouette_is_scikit_learns_by_squared_distance():
    rng = np.random.default_rng(2)
    points, labels = rng.normal(size=(60, 3)), rng.integers(4, size=60)
    labels[0] = 4  # alone
    expected = metrics.silhouette_samples(points, labels, metric="sqeuclidean")
    assert silhouette(points, labels) == pytest.approx(expected)


def test_silhouette_of_one_cluster_or_of_equal_points_is_0():
    assert silhouette(np.eye(3), np.zeros(3, int)).tolist() == [0, 0, 0]
    assert silhouette(np.ones((4, 2)), np.array([0, 0, 1, 1])) == pytest.approx(0)


# The number of segments.


def tried(*rows):
    return [Choice(k, np.zeros(1, int), width, stability) for k, width, stability in rows]


def test_the_best_separated_of_the_stable_numbers_is_chosen():
    rows = tried((2, 0.9, 0.4), (3, 0.5, 0.9), (4, 0.6, 0.85), (5, 0.6, 1.0))
    assert choose(rows, SegmentsSettings(min_stability=0.8)).k == 4


def test_the_most_stable_number_is_chosen_when_none_is_stable_enough():
    assert choose(tried((2, 0.9, 0.4), (3, 0.5, 0.6), (4, 0.6, 0.6)), SegmentsSettings(min_stability=0.8)).k == 3


def test_more_segments_at_least_than_at_most_are_refused():
    with pytest.raises(ValidationError, match=r"below segments.k_min = 5"):
        SegmentsSettings(k_min=5, k_max=4)


# Points.


def told(activity, spend, embedding=None):
    activity, spend = np.array(activity, float), np.array(spend, float)
    users = text(*(f"u{n}" for n in range(len(activity))))
    labels = text(*"abcdefg"[: spend.shape[1]])
    embedding = np.empty((len(users), 0)) if embedding is None else np.array(embedding, float)
    return Features(users, np.full(len(users), 9), activity, labels, spend, embedding)


ALL = np.ones(4, bool)


def test_squared_distances_are_the_weighted_sum_of_blocks():
    """Worked by hand: recency alone varies, in two values; shares of half the users are all a, of the others all b."""
    given = told([[0, 1, 1], [0, 1, 1], [9, 1, 1], [9, 1, 1]], [[5, 0], [0, 2], [1, 0], [0, 8]])
    found = points_of(given, ALL, SegmentsSettings(weight_activity=1, weight_shares=2))
    apart = ((found.points[:, None] - found.points) ** 2).sum(axis=2)
    # A two-valued block of variance w has its values 2 sqrt(w) apart.
    assert apart[0].tolist() == pytest.approx([0, 8, 4, 12])
    assert found.dropped == ["frequency", "money"]


def test_a_user_who_spent_nothing_stands_amid_the_shares():
    given = told([[1, 1, 1]] * 4, [[1, 0], [0, 1], [1, 0], [0, 0]])
    is_fit = np.array([True, True, True, False])
    points = points_of(given, is_fit, SegmentsSettings()).points
    assert points[3] == pytest.approx(0)
    assert points[:3].mean(axis=0) == pytest.approx(0)


def test_who_does_not_shape_the_segments_changes_no_point():
    one = told([[1, 1, 2], [2, 3, 1], [3, 1, 1], [5, 5, 5]], [[1, 0], [1, 1], [0, 1], [1, 1]])
    other = told([[1, 1, 2], [2, 3, 1], [3, 1, 1], [90, 1, 7]], [[1, 0], [1, 1], [0, 1], [1, 0]])
    is_fit = np.array([True, True, True, False])
    assert np.array_equal(*(points_of(each, is_fit, SegmentsSettings()).points[:3] for each in (one, other)))


# Numbers.

USERS = text("a", "b", "c", "d", "e", "f")


def test_the_first_run_numbers_segments_by_size_then_by_first_user():
    assert numbers_of(np.array([0, 1, 2, 2, 2, 1]), USERS, {}).tolist() == [3, 2, 1]
    assert numbers_of(np.array([1, 1, 0, 0, 2, 2]), USERS, {}).tolist() == [2, 1, 3]


def test_segments_keep_the_numbers_of_their_users():
    last = {"a": 7, "b": 7, "c": 2, "d": 2, "e": 2, "gone": 9}
    assert numbers_of(np.array([0, 0, 1, 1, 1, 1]), USERS, last).tolist() == [7, 2]


def test_numbers_are_given_so_that_most_users_keep_theirs():
    # Were the first to take 1, of which it has 3 users, the second would be left with none: 3 keep theirs instead of 4.
    users = text(*"abcdefg")
    last = dict(zip(users, (1, 1, 1, 2, 2, 1, 1), strict=True))
    assert numbers_of(np.array([0, 0, 0, 0, 0, 1, 1]), users, last).tolist() == [2, 1]


def test_a_new_segment_gets_a_new_number():
    last = {"a": 1, "b": 1, "c": 4, "d": 4}
    assert numbers_of(np.array([0, 0, 1, 1, 2, 2]), USERS, last).tolist() == [1, 4, 5]


def test_the_tree_is_wards():
    """With one user a segment it is scipy's: its height is the square root of twice what joining adds."""
    centres = np.random.default_rng(3).normal(size=(6, 2))
    nodes = tree_of(centres, np.ones(6, int), np.arange(1, 7))
    heights = sorted(node.height for node in nodes if node.node < 0)
    assert np.sqrt(2 * np.array(heights)) == pytest.approx(ward(centres)[:, 2])
    assert [node.parent for node in nodes if node.node == -1] == [None]
    assert {node.node for node in nodes} == {*range(1, 7), *range(-5, 0)}


def test_the_tree_of_one_segment_is_the_segment():
    assert tree_of(np.zeros((1, 0)), np.array([5]), np.array([1])) == [(1, None, 5, 0.0)]


# Names.


def profiles(difference):
    features = [("activity", "recency"), ("activity", "frequency"), ("activity", "money"), ("share", "BABY")]
    off = np.array(difference, float)
    return Profiles(features, off, off.mean(axis=0), off)


def test_names_say_what_is_most_off():
    found = names_of_segments(profiles([[0.1, 1.5, 0.9, 0.6], [2, -1, 0.2, 0], [0, 0.1, 0, 0]]), np.array([1, 2, 3]))
    assert found == ["frequent, high spend, much BABY", "lapsed, seldom", "typical"]


def test_much_of_one_is_said_before_little_of_the_other():
    found = Profiles([("share", "A"), ("share", "B")], *[np.array([[-1, 1.0], [0, 0]])] * 3)
    assert names_of_segments(found, np.array([1, 2])) == ["much B, little A", "typical"]


def test_two_of_one_name_say_more():
    found = names_of_segments(profiles([[0, 1, 0, 0.4], [0, 1, 0, -0.4]]), np.array([1, 2]))
    assert found == ["frequent, much BABY", "frequent, little BABY"]


def test_two_who_are_alike_in_all_are_told_apart_by_number():
    assert names_of_segments(profiles([[0, 1, 0, 0]] * 2), np.array([4, 9]))[1].endswith(" 9")


def test_one_segment_is_everyone():
    assert names_of_segments(profiles([[0, 0, 0, 0]]), np.array([1])) == ["everyone"]


# Over-bought items.


def bought_of(lists, label, n_items):
    """`lists` [U, I] of yes and no."""
    lists = np.array(lists)
    n = np.stack([lists[label == segment].sum(axis=0) for segment in range(label.max() + 1)], axis=1)
    return Bought(text(*(f"i{at:03}" for at in range(n_items))), n, lists.sum(axis=1), label)


def drawn(rng, n_users, n_items, per_user, popularity):
    """Each user's number of items by chance, in proportion to popularity."""
    lists = np.zeros((n_users, n_items), bool)
    for user, n in enumerate(per_user):
        lists[user, rng.choice(n_items, n, replace=False, p=popularity / popularity.sum())] = True
    return lists


def test_expected_users_keep_both_margins():
    rng = np.random.default_rng(4)
    per_user, popularity = rng.integers(1, 20, 200), rng.random(60) + 0.1
    given = bought_of(drawn(rng, 200, 60, per_user, popularity), rng.integers(3, size=200), 60)
    mean = expected_users(given)
    assert mean.sum(axis=1) == pytest.approx(given.n.sum(axis=1), rel=1e-4)
    lines = [given.distinct[given.label == segment].sum() for segment in range(3)]
    assert mean.sum(axis=0) == pytest.approx(lines, rel=1e-3)


def test_a_segment_that_buys_more_of_everything_over_buys_nothing():
    rng = np.random.default_rng(5)
    label = np.repeat([0, 1], [150, 350])
    per_user, popularity = np.where(label == 0, 60, 12), 1 / np.arange(1, 301)
    given = bought_of(drawn(rng, 500, 300, per_user, popularity), label, 300)
    plain = given.n[:, 0] / 150 > given.n[:, 1] / 350
    assert plain.mean() > 0.9
    assert len(over_bought(given, SegmentsSettings()).item) == 0


def test_planted_items_are_found_and_no_others():
    rng = np.random.default_rng(6)
    label = np.repeat([0, 1], [150, 350])
    lists = drawn(rng, 500, 300, np.where(label == 0, 40, 12), 1 / np.arange(1, 301))
    lists[:60, [200, 250]] = True
    found = over_bought(bought_of(lists, label, 300), SegmentsSettings())
    assert set(zip(found.label, found.item, strict=True)) == {(0, "i200"), (0, "i250")}
    assert (found.n_users / found.expected > 1.4).all() and (found.share > found.share_rest).all()


def test_q_counts_every_item_and_segment_that_was_asked():
    label = np.repeat([0, 1], [150, 350])
    rng = np.random.default_rng(7)
    lists = drawn(rng, 500, 300, np.where(label == 0, 40, 12), 1 / np.arange(1, 301))
    lists[:60, [200, 250]] = lists[:40, [210, 220]] = True
    found = over_bought(bought_of(lists, label, 300), SegmentsSettings(max_q=0.999))
    p, q = np.sort(found.p), np.sort(found.q)
    n_tests = 2 * int((lists.sum(axis=0) >= SegmentsSettings().item_min_users).sum())
    # Of the least p, no greater one gives less: Benjamini and Hochberg's own step.
    assert q[:4] == pytest.approx(np.minimum.accumulate((p * n_tests / np.arange(1, len(p) + 1))[::-1])[::-1][:4])
    assert q[3] < 0.01 < q[8]


# Rules that differ between segments.


def counts_of(n, freq, label):
    """Of one rule from each user's baskets."""
    sums = (n, freq, n * n, n * freq, freq * freq, n > 0, freq > 0)
    return Counts(*(np.bincount(label, weights=each)[None].astype(int) for each in sums))


def test_with_a_basket_a_user_the_test_is_nearly_chi_square_on_baskets():
    rng = np.random.default_rng(8)
    label = rng.integers(3, size=3000)
    freq = (rng.random(3000) < np.array([0.30, 0.33, 0.36])[label]).astype(int)
    table = [[freq[label == s].sum(), (1 - freq[label == s]).sum()] for s in range(3)]
    [p] = homogeneity(counts_of(np.ones(3000, int), freq, label))
    assert 0.0001 < p < 0.05
    assert np.log(p) == pytest.approx(np.log(chi2_contingency(table, correction=False).pvalue), rel=0.05)


def test_users_who_differ_are_no_segments_that_differ():
    """No segment differs, but each user's own confidence does: chi-square on baskets calls most, this about 5 %."""
    rng = np.random.default_rng(9)
    ours, theirs = [], []
    for _ in range(1000):
        label, n = rng.integers(4, size=400), rng.integers(1, 30, size=400)
        freq = rng.binomial(n, rng.beta(0.5, 1.5, size=400))
        counts = counts_of(n, freq, label)
        ours += [homogeneity(counts)[0]]
        theirs += [chi2_contingency([counts.freq[0], counts.n[0] - counts.freq[0]]).pvalue]
    assert np.mean(np.array(ours) < 0.05) < 0.07 and np.mean(np.array(theirs) < 0.05) > 0.5
    assert abs(np.mean(ours) - 0.5) < 0.06


def test_a_rule_that_holds_in_one_segment_alone_is_found():
    rng = np.random.default_rng(10)
    label, n = rng.integers(3, size=400), rng.integers(1, 10, size=400)
    freq = rng.binomial(n, np.array([0.2, 0.2, 0.5])[label])
    assert homogeneity(counts_of(n, freq, label))[0] < 1e-6


def test_a_rule_that_one_segment_alone_meets_or_that_always_holds_has_no_difference():
    one = np.array([[4, 0, 0]])
    assert homogeneity(Counts(one, one // 2, one * 4, one * 2, one, one, one)).tolist() == [1.0]
    every = np.array([[4, 5, 6]])
    assert homogeneity(Counts(*[every] * 7)).tolist() == [1.0]
