"""What a pass leaves out, crops and swaps: by its share, repeatably, and never below two items of a basket."""

from collections import Counter
from itertools import islice, pairwise

import numpy as np
import pyarrow as pa
import pytest

from basketry.embeddings.augment import SameType, augmentation_of, cropped, swapped, thinned, types_of
from basketry.embeddings.checkpoints import identity, with_checkpoints
from basketry.embeddings.comm import Alone
from basketry.embeddings.stream import Rows, packs
from basketry.embeddings.train import train
from basketry.errors import ContractError
from tests.support.samples import N_ITEMS, planted_features, work_folder

WHOLE = {"comm": "alone", "workers": 1, "checkpoint_every": 20}
ALL = {"item_drop": 0.2, "crop": 0.3, "swap": 0.2}
SEED = np.random.default_rng


def rows_of(items, sizes):
    return Rows(*(np.asarray(numbers, np.int32) for numbers in (items, sizes, np.arange(len(sizes)))))


def baskets(*sizes, among=10_000):
    drawn = [np.sort(SEED(n).choice(among, size, replace=False)) for n, size in enumerate(sizes)]
    return rows_of(np.concatenate(drawn), sizes)


def split(rows):
    ends = np.cumsum([0, *rows.sizes]).tolist()
    return [rows.items[a:b].tolist() for a, b in pairwise(ends)]


@pytest.mark.parametrize("change", [thinned, cropped])
def test_a_basket_keeps_two_items_or_more_each_in_its_place_and_short_ones_stay_whole(change):
    rows = baskets(*([2, 3, 5, 9] * 100))
    changed = change(rows, 0.9, SEED(1))
    found = split(changed)
    assert (changed.labels == rows.labels).all()
    for before, after in zip(split(rows), found, strict=True):
        assert len(after) >= 2 and after == [item for item in before if item in set(after)]
    assert found[::4] == split(rows)[::4] and found != split(rows)


def test_an_item_is_left_out_with_its_share_alike_in_every_basket():
    sizes = thinned(baskets(*([100] * 400)), 0.3, SEED(1)).sizes
    assert sizes.mean() == pytest.approx(70, abs=1)
    assert sizes.std() == pytest.approx((100 * 0.3 * 0.7) ** 0.5, rel=0.15)


def test_a_crop_has_any_size_and_other_baskets_stay_whole():
    rows = baskets(*([12] * 3000))
    found = cropped(rows, 0.4, SEED(1))
    counts = np.bincount(found.sizes, minlength=13) / 3000
    assert counts[12] == pytest.approx(0.6, abs=0.03)
    np.testing.assert_allclose(counts[2:12], 0.4 / 10, atol=0.015)
    kept = Counter(
        before.index(item) for before, after in zip(split(rows), split(found), strict=True) for item in after
    )
    assert max(kept.values()) < 1.1 * min(kept.values())


def test_an_item_is_swapped_for_another_of_its_type_drawn_by_count():
    counts = np.array([70, 60, 50, 40, 30, 20, 10])
    same_type = SameType(np.array([0, 1, 0, -1, 0, 2, -1], np.int32), counts)
    assert same_type.has_any.tolist() == [True, False, True, False, True, False, False]
    for item, others in ((0, (2, 4)), (2, (0, 4)), (4, (0, 2))):
        drawn = same_type.draw(np.full(30_000, item), SEED(3))
        shares = np.bincount(drawn, minlength=7) / 30_000
        expected = np.zeros(7)
        expected[list(others)] = counts[list(others)] / counts[list(others)].sum()
        np.testing.assert_allclose(shares, expected, atol=0.01)


def test_swaps_have_their_share_stay_in_the_type_and_put_no_item_twice_into_a_basket():
    # Types of 10 in 1,000 items, and every seventh item without one.
    types = np.where(np.arange(1000) % 7, np.arange(1000) % 100, -1).astype(np.int32)
    rows = baskets(*([2, 4, 60] * 200), among=1000)
    found = swapped(rows, 0.3, SameType(types, np.arange(1000, 0, -1)), SEED(1))
    is_new = found.items != rows.items
    assert (found.sizes == rows.sizes).all() and (found.labels == rows.labels).all()
    assert (types[found.items] == types[rows.items]).all()
    assert not is_new[types[rows.items] == -1].any()
    # A little less than 0.3, as long baskets have the one drawn already.
    assert 0.2 < is_new[types[rows.items] >= 0].mean() < 0.3
    for before, after in zip(split(rows), split(found), strict=True):
        assert len(set(after)) == len(after)
        assert not {new for old, new in zip(before, after, strict=True) if new != old} & set(before)


def test_where_all_of_a_type_are_in_the_basket_nothing_is_swapped():
    rows = rows_of(np.arange(4), [4])
    assert (swapped(rows, 1.0, SameType(np.zeros(4, np.int32), np.ones(4, int)), SEED(1)).items == rows.items).all()


def test_types_are_those_of_silver_items_by_id():
    items = pa.table({"item_id": ["ale", "bun", "cod", "gin"], "type": ["drink", "bread", None, "drink"]})
    assert types_of(items, ["gin", "new", "ale", "cod", "bun"]).tolist() == [0, -1, 0, -1, 1]
    with pytest.raises(ContractError, match=r"no two items in enough baskets share a type.*embeddings\.swap=0"):
        types_of(items, ["gin", "bun", "cod"])
    with pytest.raises(ContractError, match="share a type"):
        types_of(items.select(["item_id"]), ["gin", "ale"])


def first_packs(spec, n=80, seed=3, shard=0):
    change = augmentation_of(spec)
    return list(islice(packs(spec.shard_file(shard), seed, shard, spec.settings.slots, change), n))


def test_a_restarted_stream_gives_the_same_packs_and_each_pass_others(tmp_path):
    spec = work_folder(tmp_path, **ALL, **WHOLE)
    once, again = first_packs(spec), first_packs(spec)
    assert all((a.items == b.items).all() and (a.others == b.others).all() for a, b in zip(once, again, strict=True))
    plain = first_packs(work_folder(tmp_path, **WHOLE))
    assert any((a.items != b.items).any() for a, b in zip(once, plain, strict=True))


@pytest.mark.parametrize("what", ["item_drop", "crop", "swap"])
@pytest.mark.parametrize("other", [1, 2, 3])
def test_another_seed_shard_pass_or_row_group_draws_anew(tmp_path, what, other):
    change = augmentation_of(work_folder(tmp_path, **{what: ALL[what]}, **WHOLE))
    rows, place = baskets(*([5] * 60), among=N_ITEMS), np.array([3, 1, 2, 4])
    one = change(rows, place)
    elsewhere = change(rows, place + np.eye(4, dtype=int)[other])
    assert split(one) == split(change(rows, place)) != split(elsewhere)


def test_by_the_defaults_a_training_is_what_it_was_and_augmented_it_is_another(tmp_path):
    spec = work_folder(tmp_path, **WHOLE)
    rows = train(spec, Alone(), [].append)
    spec.path("types.npy").unlink()
    assert (train(spec, Alone(), [].append) == rows).all()
    for what, share in ALL.items():
        other = train(work_folder(tmp_path, **{what: share}, **WHOLE), Alone(), [].append)
        assert np.isfinite(other).all() and np.abs(other - rows).max() > 0.01


def test_what_is_validated_on_is_never_changed(tmp_path):
    def losses(**settings):
        spec, log = work_folder(tmp_path, steps=10, validates=True, learning_rate=1e-9, **settings, **WHOLE), []
        train(spec, Alone(), log.append)
        return log[0].loss, log[0].validation_loss

    plain, changed = losses(), losses(**ALL)
    assert changed[1] == pytest.approx(plain[1], rel=1e-6)
    assert abs(changed[0] - plain[0]) > 1e-5


def test_an_augmented_training_that_was_killed_goes_on_to_the_very_rows_of_an_undisturbed_one(tmp_path):
    whole = train(work_folder(tmp_path / "1", **ALL, **WHOLE), Alone(), [].append)
    spec = with_checkpoints(work_folder(tmp_path / "2", **ALL, **WHOLE), tmp_path / "kept", lambda *_, **__: None)

    def die(row):
        if row.step == 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(spec, Alone(), die)
    again = with_checkpoints(spec, tmp_path / "kept", lambda *_, **__: None)
    assert again.resume.endswith("step-000000040.json")
    assert (train(again, Alone(), [].append) == whole).all()


def test_other_types_have_checkpoints_of_their_own(tmp_path):
    spec = work_folder(tmp_path, swap=0.1, **WHOLE)
    one = identity(spec)
    np.save(spec.path("types.npy"), planted_features()[:, 0] // 2)
    assert identity(spec) != one
