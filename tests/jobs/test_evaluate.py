"""The job trains every model on the days before the holdout alone, and judges all of them on the same cases."""

import pytest

from basketry import tables
from tests.support.tables import rows

PEOPLE, BREAKFAST, SUPPER = 20, ("bread", "butter", "jam"), ("rice", "beans", "oil")
CATEGORIES = {"bread": "bakery", "butter": "spread", "jam": "spread", "rice": "grain", "beans": "grain", "oil": "oil"}
SETTINGS = [
    *("--set", "evaluation.holdout_days=7", "--set", "evaluation.ks=[2,4]", "--set", "evaluation.n_bootstrap=50"),
    *("--set", "recommend.rank=2", "--set", "recommend.min_item_baskets=1"),
    *("--set", "mining.min_support=0.05", "--set", "mining.min_confidence=0.3"),
    *("--set", "mining.pair_min_count=5"),
    *("--set", "embeddings.comm=alone", "--set", "embeddings.min_count=2", "--set", "embeddings.embedding_dim=4"),
    *("--set", "embeddings.slots=16", "--set", "embeddings.negatives=8"),
]

CART_MRR = "task = 'cart' and slice = 'all' and metric = 'mrr'"


@pytest.fixture
def shop(lake):
    """Each user buys breakfast or supper, week after week; the last week holds one item never sold before."""
    days = [f"2024-01-{day:02d}" for day in (1, 8, 15, 22, 29)]
    baskets, bought = ["basket_id user_id sold_on items"], ["user_id item_id sold_on"]
    for user in range(PEOPLE):
        for day in days:
            items = [*(BREAKFAST if user % 2 else SUPPER), *(["novelty"] if day == days[-1] else [])]
            baskets.append(f"{user}-{day} u{user} {day} {{{' '.join(items)}}}")
            bought += [f"u{user} {item} {day}" for item in items]
    lake.put(tables.BASKETS, "\n".join(baskets))
    lake.put(tables.INTERACTIONS, "\n".join(bought))
    names = sorted([*BREAKFAST, *SUPPER, "novelty"])
    lines = [f"{name} {i} {CATEGORIES.get(name, '-')}" for i, name in enumerate(names)]
    lake.put(tables.ITEMS, "\n".join(["item_id item_index category", *lines]))
    lake.put(tables.USERS, "user_id user_index\n" + "\n".join(f"u{u} {u}" for u in range(PEOPLE)))
    return lake


def test_judges_all_models_on_the_last_week(shop):
    assert shop.run("evaluate", *SETTINGS) == 0
    metrics = shop.read(tables.METRICS)
    found = {row[:4]: row[4] for row in rows(metrics, "task", "model", "metric", "k", "value")}
    common = {"popularity", "personal_frequency", "recent_frequency", "als", "ease"}
    user = common | {"users", "types", "habit", "explore"}
    pair = {"popularity", "adjusted_lift", "lift", "cosine", "confidence", "embeddings"}
    cart = common | {"blend", "cosine", "rules", "adjusted_lift", "embeddings", "ppmi_svd"}
    cart |= {"wide", "wide_without_embeddings", "wide_without_cosine", "wide_without_rules"}
    models = {"next_period": user, "repeat": user, "cart": cart, "pair": pair}
    assert {key[:2] for key in found} == {(task, model) for task, names in models.items() for model in names}
    # Two of the three known items fit in two places; the hidden one is all that is left of the cart's own meal.
    for model in ("personal_frequency", "als", "users", "habit"):
        assert found["next_period", model, "recall", 2] == pytest.approx(2 / 3)
    for model in ("personal_frequency", "als", "rules", "adjusted_lift", "cosine", "ease", "blend"):
        assert found["cart", model, "hit_rate", 2] == 1
    # Six equally popular items by name: beans and bread come first.
    assert found["next_period", "popularity", "recall", 2] == pytest.approx(1 / 3)
    # Ten breakfasts and ten suppers: nobody comes often, and each five that are expected of a pair are ten or none.
    assert {row[0] for row in rows(metrics.where("task <> 'pair'"), "n")} == {PEOPLE}
    assert found["pair", "lift", "base_rate", 0] == pytest.approx(6 / 15)
    for model in ("adjusted_lift", "lift", "cosine", "confidence"):
        assert found["pair", model, "auc", 0] == 1
    assert found["pair", "popularity", "auc", 0] == 0.5
    # All lists of what is bought again hold the meal: three of six items each, by popularity too.
    assert found["repeat", "popularity", "recall", 4] == 1
    assert found["repeat", "popularity", "repeat_share", 4] == 1
    # Each holdout basket has three items that were sold before: one pass over all of them, one of each left out.
    log = shop.read(tables.VALIDATION_LOG)
    assert log.where("validation_loss is null or validation_loss <= 0").isEmpty() and not log.isEmpty()


@pytest.mark.full
def test_embeddings_that_learn_next_purchases_are_judged_beside_those_that_do_not(shop):
    asked = ("--set", "embeddings.next_weight=1", "--set", "embeddings.checkpoint_every=5")
    assert shop.run("evaluate", *SETTINGS, *asked) == 0
    found = {row[:2]: row[2:] for row in rows(shop.read(tables.METRICS).where(CART_MRR), "model", "k", "value", "n")}
    both = [found[model, 4] for model in ("embeddings", "embeddings_without_next")]
    assert all(0 < value <= 1 and n == PEOPLE for value, n in both)
    # A run's checkpoints, of both trainings, are forgotten once their vectors are judged.
    assert not (shop.root / "_checkpoints").exists()


@pytest.mark.full
def test_judges_last_baskets_by_segment_and_names_what_the_last_run_found(shop, tmp_path):
    (tmp_path / "users.csv").write_text("user_id,segment\n" + "\n".join(f"u{u},odd" for u in range(1, PEOPLE, 2)))
    asked = ("--set", "evaluation.split=last_basket", "--set", f"mining.user_segments={tmp_path / 'users.csv'}")
    assert shop.run("evaluate", *SETTINGS, *asked) == 0
    first = shop.read(tables.METRICS)
    assert first.where("last is not null").isEmpty()
    assert {task for (task,) in rows(first, "task")} == {"next_basket", "next_basket_repeat", "cart", "pair"}
    odd = first.where("slice = 'segment:odd' and task = 'next_basket' and metric = 'recall' and model = 'popularity'")
    # Of beans and bread, the most popular by name, half the odd users' breakfast is one item.
    assert rows(odd, "value", "n") == [(pytest.approx(1 / 3), PEOPLE // 2)]
    assert shop.run("evaluate", *SETTINGS, *asked) == 0
    assert shop.read(tables.METRICS).where("last is null or delta_last <> 0").isEmpty()


@pytest.mark.full
def test_judges_by_category(shop):
    assert shop.run("evaluate", *SETTINGS, "--set", "evaluation.level=category") == 0
    found = {row[:4]: row[4] for row in rows(shop.read(tables.METRICS), "task", "model", "metric", "k", "value")}
    # Each user buys two of four categories. Equally popular by name: bakery and grain come first, one of each user's.
    assert found["next_period", "personal_frequency", "recall", 2] == 1
    assert found["next_period", "popularity", "recall", 2] == pytest.approx(1 / 2)
    assert found["cart", "rules", "hit_rate", 2] == 1


def test_a_holdout_longer_than_the_data_is_exit_3(shop):
    assert shop.run("evaluate", *SETTINGS, "--set", "evaluation.holdout_days=99") == 3


def test_no_baskets_table_is_exit_4(lake):
    assert lake.run("evaluate") == 4
