"""`basketry update`: the newest receipts taken in without fitting anew, and in one screen the rules that changed."""

import pytest
from typer.testing import CliRunner

from basketry import pipeline, tables
from basketry.cli import app
from basketry.commands.update import print_changes, steps_of_update
from basketry.errors import MissingInputError
from basketry.tables.store import Store
from basketry.verify import difference
from tests.support.lake import Lake
from tests.support.shop import PEOPLE, settings_file, write_shop
from tests.support.tables import rows

LATER = "receipts-2024-02-05.csv"
FEW = {"pair_min_count": 5}


def update(config):
    result = CliRunner().invoke(app, ["update", f"--config={config}"], env={"COLUMNS": "160"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_it_does_what_a_run_does_but_renews_users_where_that_fits_models_anew():
    names = [step.name for step in steps_of_update(plans=True)]
    of_a_run = [step.name for step in pipeline.ordered()]
    assert names == [name for name in of_a_run if name in names] + ["fold_in_users"]
    assert set(of_a_run) - set(names) == {"evaluate", "train_als", "train_embeddings"}


def test_without_plans_it_does_what_counts():
    counted = ["ingest_lines", "clean_lines", "build_baskets", "mine_rules", "measure_drift"]
    assert [step.name for step in steps_of_update()] == [*counted, "fold_in_users"]
    quick = [step.name for step in steps_of_update(quick=True)]
    assert quick == ["stream_lines", "mine_rules", "measure_drift", "fold_in_users"]


def test_without_a_fit_to_go_on_from_it_is_refused_before_anything_runs(lake):
    config = settings_file(lake.root.parent, lake={"root": str(lake.root), "raw": str(lake.raw)})
    with pytest.raises(MissingInputError, match="no finished run of train_als to go on from"):
        update(config)
    assert not lake.store.exists(tables.FILES)


def test_the_screen_counts_every_change_and_shows_the_first_of_each_by_rank(lake, capsys):
    lake.put(tables.ITEMS, "item_id name\na Ale\nb Bun\nc Cheese")
    head = "level segment antecedent consequent change rank_before rank freq_before freq"
    new = "\n".join(f"item all {{a}} {{n{n}}} new - {n} 9 {1000 + n}" for n in range(10))
    other = "item all {a} {b} moved 7 2 40 45\nitem all {b} {c} dead 3 - 20 -\nitem s1 {a} {b} dead 3 - 20 -"
    lake.put(tables.RULE_CHANGES, f"{head}\n{new}\n{other}")
    print_changes(lake.store)
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "10 new, 1 dead, 1 moved (run -, beside the one before it)" in said
    assert [line for line in said if line.startswith("new")] == [
        f"new Ale n{n} - -> {n} 9 -> 1,{n:03} - -> - - -> -" for n in range(6)
    ]
    assert "dead Bun Cheese 3 -> - 20 -> - - -> - - -> -" in said
    assert "moved Ale Bun 7 -> 2 40 -> 45 - -> - - -> -" in said


MINED = ("ingest_lines", "clean_lines", "build_baskets", "mine_rules")
SAME = (tables.LINES, tables.BASKETS, tables.INTERACTIONS, tables.RULES, tables.PAIRS, tables.PAIR_COUNTS)


@pytest.fixture
def shops(spark, tmp_path):
    """Two lakes of the same raw files and settings, each with its settings file."""
    made = []
    for name in ("once", "grown"):
        lake = Lake(Store(spark, str(tmp_path / name / "lake")), tmp_path / name / "lake", tmp_path / name / "raw")
        write_shop(lake.raw)
        where = {"root": str(lake.root), "raw": str(lake.raw)}
        made.append((lake, settings_file(lake.raw.parent, lake=where, mining=FEW, embeddings={"comm": "alone"})))
    return made


@pytest.mark.full
def test_after_it_silver_and_what_is_mined_are_those_of_a_lake_built_at_once(shops, tmp_path):
    (once, of_once), (grown, of_grown) = shops
    (grown.raw / LATER).rename(tmp_path / LATER)
    assert CliRunner().invoke(app, ["run", f"--config={of_grown}"]).exit_code == 0
    (tmp_path / LATER).rename(grown.raw / LATER)
    assert "Rules beyond chance that changed" in update(of_grown)
    assert [once.run(step, f"--config={of_once}") for step in MINED] == [0] * len(MINED)
    assert {str(t): difference(once.read(t), grown.read(t), t) for t in SAME} == dict.fromkeys(map(str, SAME), "")
    done = [step for (step,) in rows(grown.read(tables.RUNS), "step")]
    assert (done.count("train_als"), done.count("fold_in_users"), done.count("mine_rules")) == (1, 1, 2)
    assert grown.read(tables.USER_FACTORS).count() == PEOPLE
