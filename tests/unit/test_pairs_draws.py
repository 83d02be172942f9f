"""Which pairs are learnt from: one of the same basket, others of two baskets, as often as chance has them."""

import numpy as np
import pytest

from basketry.embeddings.pairs.draws import drawn_partners, dropout_seed
from basketry.embeddings.stream import NO_LABEL, Pack

NEGATIVES = 3


def pack_of(*baskets, slots=12):
    sizes = [len(basket) for basket in baskets]
    rest = slots - sum(sizes)
    items = [item for basket in baskets for item in basket] + [0] * rest
    basket = np.repeat(range(len(sizes) + 1), [*sizes, rest])
    others = np.repeat([*(size - 1 for size in sizes), 0], [*sizes, rest])
    return Pack(*(np.array(column, np.int32) for column in (items, basket, others, [NO_LABEL] * slots)))


PACK = pack_of([0, 1, 2], [1, 3], [4, 0, 5, 2])


def drawn(pack=PACK, seed=1, step=2, shard=3):
    return drawn_partners(pack, NEGATIVES, seed, step, shard)


def test_the_first_partner_is_of_the_same_basket_and_the_others_are_of_other_ones():
    for step in range(200):
        partners, weights = drawn(step=step)
        real = np.flatnonzero(PACK.others)
        basket = PACK.basket[partners]
        assert (partners[real, 0] != real).all() and (basket[real, 0] == PACK.basket[real]).all()
        assert (basket[real, 1:] != PACK.basket[real][:, None]).all()
        assert (weights[real, 0] == 1).all() and not weights[len(real) :].any()
        is_itself = PACK.items[partners[real, 1:]] == PACK.items[real][:, None]
        np.testing.assert_allclose(weights[real, 1:], np.where(is_itself, 0, 1 / NEGATIVES))


def test_every_other_item_of_the_basket_and_every_item_of_other_baskets_is_as_likely():
    seen = np.zeros((2, 12, 12))
    for step in range(4000):
        partners, _ = drawn(step=step)
        np.add.at(seen[0], (np.arange(12), partners[:, 0]), 1)
        np.add.at(seen[1], (np.arange(12)[:, None], partners[:, 1:]), 1)
    met, apart = seen / seen.sum(2, keepdims=True)
    # Slot 3 is item 1 beside item 3; others hold 3 + 4 items, item 1 itself among them, which is no pair but drawn.
    np.testing.assert_allclose(met[3], np.eye(12)[4])
    np.testing.assert_allclose(met[6, 5:9], [1 / 3, 0, 1 / 3, 1 / 3], atol=0.03)
    np.testing.assert_allclose(apart[3], [1 / 7] * 3 + [0] * 2 + [1 / 7] * 4 + [0] * 3, atol=0.02)


def test_draws_repeat_by_seed_step_and_shard():
    again = drawn()
    assert all((one == other).all() for one, other in zip(drawn(), again, strict=True))
    assert (dropout_seed(1, 2, 3) == dropout_seed(1, 2, 3)).all()
    for other in ({"seed": 2}, {"step": 3}, {"shard": 4}):
        assert (drawn(**other).partners != again.partners).any()
        assert (dropout_seed(**({"seed": 1, "step": 2, "shard": 3} | other)) != dropout_seed(1, 2, 3)).any()


@pytest.mark.parametrize("baskets", [([0, 1, 2],), ([*range(12)],)])
def test_one_basket_alone_has_no_pairs_apart(baskets):
    partners, weights = drawn(pack_of(*baskets))
    assert weights[:, 0].sum() == len(baskets[0]) and not weights[:, 1:].any()
    assert partners.min() >= 0 and partners.max() < 12


def test_an_empty_pack_has_no_pairs():
    empty = Pack(*[np.zeros(12, np.int32)] * 4)
    partners, weights = drawn(empty)
    assert not weights.any() and partners.min() >= 0 and partners.max() < 12
