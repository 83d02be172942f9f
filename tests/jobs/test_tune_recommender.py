"""The job tries settings on the days before the holdout alone, and prints the best of them as a settings file."""

import pytest

from basketry import tables
from basketry.config import load_settings

PEOPLE, MEALS = 12, (("bread", "butter", "jam"), ("rice", "beans", "oil"))
LEARNT_FROM, VALIDATED_ON, HELD_OUT = ("2024-01-01", "2024-01-08", "2024-01-15"), "2024-01-22", "2024-01-29"
SETTINGS = [
    *("--set", "evaluation.holdout_days=7", "--set", "evaluation.ks=[2]", "--set", "evaluation.n_bootstrap=50"),
    *("--set", "recommend.rank=2", "--set", "recommend.min_item_baskets=1", "--set", "recommend.iterations=3"),
    *("--set", "recommend.tune.validation_days=7", "--set", "recommend.tune.factors=[0,2]"),
    *("--set", "recommend.tune.ranks=[2]", "--set", "recommend.tune.alphas=[1]"),
    *("--set", "recommend.tune.regularizations=[0.1]", "--set", "recommend.tune.half_lives=[180,90]"),
]


@pytest.fixture
def shop(lake):
    """Each user buys two things of one meal until the third comes with the others on the day of validation.

    In the holdout everybody, and a stranger, buys bread and an item that no table knows.
    """
    baskets, bought = ["basket_id user_id sold_on items"], ["user_id item_id sold_on"]
    for user in range(PEOPLE):
        meal = MEALS[user % 2]
        two = [item for n, item in enumerate(meal) if n != user // 2 % 3]
        visits = [*((day, two) for day in LEARNT_FROM), (VALIDATED_ON, meal), (HELD_OUT, ("bread", "unknown"))]
        for day, items in visits:
            baskets.append(f"{user}-{day} u{user} {day} {{{' '.join(items)}}}")
            bought += [f"u{user} {item} {day}" for item in items]
    lake.put(tables.BASKETS, "\n".join([*baskets, f"last stranger {HELD_OUT} {{bread unknown}}"]))
    lake.put(tables.INTERACTIONS, "\n".join([*bought, f"stranger bread {HELD_OUT}", f"stranger unknown {HELD_OUT}"]))
    lake.put(tables.ITEMS, "item_id item_index\n" + "\n".join(f"{i} {n}" for n, i in enumerate(sum(MEALS, ()))))
    lake.put(tables.USERS, "user_id user_index\n" + "\n".join(f"u{u} {u}" for u in range(PEOPLE)))
    return lake


def test_chooses_settings_on_the_days_before_the_holdout(shop, capsys, tmp_path):
    assert shop.run("tune_recommender", *SETTINGS) == 0
    found = shop.read(tables.TUNING).orderBy("target", "trial").collect()
    by_target = {row["target"]: [] for row in found}
    for row in found:
        by_target[row["target"]].append(row)
    assert set(by_target) == {"als", "habit", "explore", "cart"}
    # Of the holdout nothing is learnt, or the unknown item would end the run, and nobody there is a case.
    assert {row["n"] for row in found} == {PEOPLE}
    for trials in by_target.values():
        whole = [row for row in trials if row["left_out"] is None]
        best = max(row["value"] for row in whole)
        first = next(row["trial"] for row in whole if row["value"] == best)
        assert [row["trial"] for row in trials if row["is_chosen"]] == [first]
    _leave_one_out(by_target)
    # Two fits; each user's missing third of the meal is what ALS puts first.
    assert [(row["settings"]["half_life_days"], row["value"]) for row in by_target["als"]] == [(180, 1), (90, 1)]
    _printed(capsys.readouterr().out, found, tmp_path)


def _leave_one_out(by_target):
    for target in ("habit", "explore", "cart"):
        chosen = next(row["settings"] for row in by_target[target] if row["is_chosen"])
        without = {row["left_out"]: row["settings"] for row in by_target[target] if row["left_out"]}
        assert without == {
            name.removeprefix(f"{target}."): chosen | {name: 0} for name in chosen if name != f"{target}.popularity"
        }


def _printed(text, found, tmp_path):
    """The last line of what is printed is a settings file, of what was chosen."""
    file = tmp_path / "chosen.yaml"
    file.write_text(text.splitlines()[-1])
    settings = load_settings([file], [], {}).recommend.model_dump()
    told = {f"{part}.{name}": value for part in ("habit", "explore", "cart") for name, value in settings[part].items()}
    chosen = {name: value for row in found if row["is_chosen"] for name, value in row["settings"].items()}
    assert chosen == {name: (settings | told)[name] for name in chosen}
    assert set(told) < set(chosen)


def test_validation_days_that_leave_nothing_to_learn_from_are_exit_3(shop, capsys):
    assert shop.run("tune_recommender", *SETTINGS, "--set", "recommend.tune.validation_days=99") == 3
    assert "recommend.tune.validation_days" in capsys.readouterr().err
    assert not shop.store.exists(tables.TUNING)
