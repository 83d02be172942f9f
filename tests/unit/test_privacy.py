"""The noise of a release as computed by hand, and what one user can change."""

from collections import Counter
from itertools import combinations
from math import exp, log, sqrt

import numpy as np
import pytest

from basketry.errors import GateError
from basketry.privacy import noise
from basketry.privacy.accounting import Part, epsilon_of, part_of, plan_of, rho_of, threshold_of
from basketry.privacy.bounds import contribution
from basketry.privacy.ledger import Spent, fits, refuse_overspending, releases_left
from basketry.privacy.settings import PrivacySettings

MOST = 5, 4


def shop(seed):
    """Baskets of up to 12 users, some in baskets of everything, each with items few others have."""
    rng = np.random.default_rng(seed)
    items = np.array([f"i{n}" for n in range(30)])
    sizes = rng.integers(1, 31, (int(rng.integers(1, 13)), int(rng.integers(1, 8))))
    return {f"u{n}": [list(rng.choice(items, k, replace=False)) for k in row] for n, row in enumerate(sizes)}


def counted(users):
    found = [contribution(user, baskets, *MOST) for user, baskets in users.items()]
    return Counter(i for one in found for i in one.items), Counter(p for one in found for p in one.pairs)


def test_a_user_more_or_less_changes_few_counts_each_by_one():
    n_full = 0
    for seed in range(200):
        users = shop(seed)
        gone = sorted(users)[seed % len(users)]
        both = counted(users), counted({user: baskets for user, baskets in users.items() if user != gone})
        for whole, less, most in zip(*both, MOST, strict=True):
            changes = [whole[key] - less[key] for key in whole.keys() | less.keys() if whole[key] != less[key]]
            assert len(changes) <= most and set(changes) <= {1}, seed
            assert sum(change**2 for change in changes) <= most
            n_full += len(changes) == most
    # The bounds are met, not merely kept.
    assert n_full > 200


def test_what_a_user_counts_for_is_what_they_bought_most_in_whatever_order_it_comes():
    for user, baskets in [person for seed in range(20) for person in shop(seed).items()]:
        found = contribution(user, baskets, *MOST)
        often = Counter(item for basket in baskets for item in basket)
        together = Counter(p for b in baskets for p in combinations(sorted(set(b) & set(found.items)), 2))
        for kept, counts, most in zip(found, (often, together), MOST, strict=True):
            assert len(set(kept)) == len(kept) == min(most, len(counts))
            assert max([counts[key] for key in counts.keys() - set(kept)], default=0) <= min(
                (counts[key] for key in kept), default=0
            )
        again = contribution(user, [basket[::-1] for basket in reversed(baskets)], *MOST)
        assert [sorted(part) for part in again] == [sorted(part) for part in found]


def test_noise_is_that_computed_by_hand():
    # L = ln(1 / 5e-7) = 14.508658; rho = (sqrt(L + 1) - sqrt(L))^2 = (3.938103 - 3.809024)^2 = .0166617, half of it for
    # each table; sigma = sqrt(16 / (2 x .0083308)) = 30.9885, sqrt(4 / (2 x .0083308)) = 15.4943.
    plan = plan_of(PrivacySettings(epsilon=1, delta=1e-6, max_items=16, max_pairs=4))
    assert plan.rho == pytest.approx(0.0166617, rel=1e-5)
    assert (plan.items.sigma, plan.pairs.sigma) == pytest.approx((30.9885, 15.4943), rel=1e-5)
    assert plan.delta_keys == 5e-7 == 2 * plan.items.delta
    # At sigma = 1 the chances of 0, 1, .. are 1, e^-1/2, e^-2, .. over 2.506628; P(noise >= 2) = .0585..
    assert [threshold_of(1.0, 1, p) for p in (0.0586, 0.0585, 0.0045)] == [3, 4, 5]
    assert threshold_of(1.0, 10, 0.586) == 3


@pytest.mark.parametrize("epsilon", [0.001, 0.1, 1, 3.7, 20])
@pytest.mark.parametrize("delta", [1e-15, 3e-7, 0.004])
def test_rho_costs_no_more_than_the_epsilon_asked_for(epsilon, delta):
    rho = rho_of(epsilon, delta)
    assert epsilon * (1 - 1e-9) < epsilon_of(rho, delta) <= epsilon


def test_the_noise_drawn_has_the_deviation_of_the_plan_and_is_another_each_time():
    part = part_of(8, 0.04, 0.005)
    assert part.sigma == 10
    one, other = (noise.noisy([1000] * 10_000, part) for _ in range(2))
    drawn = np.array(list(one.values())) - 1000
    assert len(drawn) == 10_000
    # Six deviations of the mean and of the standard deviation.
    assert abs(drawn.mean()) < 6 * 10 / sqrt(10_000) and abs(drawn.std() / 10 - 1) < 6 / sqrt(20_000)
    assert np.corrcoef(drawn, list(other.values()))[0, 1] < 0.05
    assert one != other


def test_a_key_of_one_user_is_shown_no_more_often_than_delta_says():
    sigma, delta = 2.0, 0.01
    threshold = threshold_of(sigma, 1, delta)
    weights = {k: exp(-(k**2) / (2 * sigma**2)) for k in range(-60, 61)}
    chances = [
        sum(w for k, w in weights.items() if 1 + k >= t) / sum(weights.values()) for t in (threshold - 1, threshold)
    ]
    assert chances[1] <= delta < chances[0]
    shown = noise.noisy([1] * 20_000, Part(1, 1 / (2 * sigma**2), sigma, delta, threshold))
    assert min(shown.values()) >= threshold
    # Five deviations of the share.
    assert abs(len(shown) / 20_000 - chances[1]) < 5 * sqrt(delta / 20_000)


def test_noise_that_costs_more_than_the_ledger_says_is_none():
    with pytest.raises(ValueError, match="rho"):
        noise.noisy([1, 2], Part(16, 0.001, 5.0, 1e-6, 40))


def test_releases_add_up_as_rho_and_the_last_that_fits_is_the_last():
    settings = PrivacySettings(epsilon=1, delta=1e-6, budget_epsilon=3, budget_delta=1e-5)
    plan, spent = plan_of(settings), Spent(0, 0.0, 0.0)
    n = releases_left(spent, settings)
    # 9 x .0166617 = .149955, delta for it 1e-5 - 9 x 5e-7 = 5.5e-6: .149955 + 2 sqrt(.149955 x 12.110761) = 2.845193.
    assert n == 9
    for _ in range(n):
        spent = refuse_overspending(spent, plan, settings)
    assert spent.epsilon(1e-5) == pytest.approx(2.845193, rel=1e-5)
    with pytest.raises(GateError, match=r"9 releases have spent epsilon 2\.845 at delta 1e-05, with this one"):
        refuse_overspending(spent, plan, settings)
    # More budget is more room, and nothing of what is spent comes back.
    assert releases_left(spent, settings.model_copy(update={"budget_epsilon": 3.1})) == 1
    assert not fits(spent, settings.model_copy(update={"budget_epsilon": 2.8}))


def test_a_budget_of_one_release_has_room_for_exactly_that_one():
    for epsilon, delta in ((0.1, 1e-6), (1, 1e-6), (2.7, 3e-9)):
        settings = PrivacySettings(epsilon=epsilon, delta=delta, budget_epsilon=epsilon, budget_delta=delta)
        assert releases_left(Spent(0, 0.0, 0.0), settings) == 1


def test_delta_of_keys_alone_can_end_the_budget():
    settings = PrivacySettings(epsilon=0.01, delta=1e-6, budget_epsilon=3, budget_delta=2e-6)
    spent = Spent(3, 0.001, 1.5e-6)
    with pytest.raises(GateError, match="4 releases with this one take 2e-06 of delta for keys alone"):
        refuse_overspending(spent, plan_of(settings), settings)
    assert log(1 / 5e-7) == pytest.approx(14.508658)
