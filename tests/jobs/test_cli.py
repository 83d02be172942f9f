"""The `basketry` command on a small shop: every step from raw files, then what its other subcommands say of it."""

from collections import Counter

import pytest
from deltalake import DeltaTable
from typer.testing import CliRunner

from basketry import pipeline, tables
from basketry.cli import app
from basketry.errors import BasketryError, GateError, MissingInputError, SettingsError
from basketry.recommend.settings import RecommendSettings
from basketry.serve.published import publish
from basketry.tables.store import Store
from tests.support.compiled import as_shipped
from tests.support.dom import parse, sheets, tile
from tests.support.lake import Lake
from tests.support.shop import PEOPLE, WEEKS, settings_file, write_shop
from tests.support.tables import rows

SOLD = PEOPLE * (3 * WEEKS + 1)


@pytest.fixture(scope="module")
def shop(spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    lake = Lake(Store(spark, str(folder / "lake")), folder / "lake", folder / "raw")
    write_shop(lake.raw)
    settings_file(folder, embeddings={"comm": "alone"}, lake={"root": str(lake.root), "raw": str(lake.raw)})
    return lake


def basketry(lake, command, *arguments):
    """What the command prints; raises what it raises."""
    given = [command, *arguments, "--config", str(lake.root.parent / "shop.yaml")]
    result = CliRunner().invoke(app, given, env={"COLUMNS": "160"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def first(shop):
    """What the first run printed. Its queries are compiled; that others give the same is for `verify` to say."""
    with as_shipped(shop.store.spark):
        return basketry(shop, "run", "--run-id", "first")


@pytest.fixture(scope="module")
def ran(shop, first):
    """The shop after its first run."""
    assert first
    return shop


def test_run_fills_every_table_and_ends_with_a_summary(shop, first):
    run = {table for step in pipeline.STEPS for table in step.writes}
    by_name = {table for step in pipeline.BY_HAND for table in step.writes} - run
    assert {table for table in tables.ALL if not shop.store.exists(table)} == {
        tables.AUDITS,
        tables.FORGOTTEN,
        *by_name,
    }
    done = rows(shop.read(tables.RUNS).where("run_id = 'first' and outcome = 'done'"), "step")
    assert {step for (step,) in done} == set(pipeline.BY_NAME)
    for title in ("Where the records went", "Bought together", "Recommended", "Nearest by embedding", "How good"):
        assert title in first
    assert f"{SOLD + 1 + 7}" in first
    assert "Bread 1 LB" in first and "Rice 1 LB" in first


def test_no_table_has_a_key_twice(ran):
    twice = {}
    for table in filter(ran.store.exists, tables.ALL):
        keys = DeltaTable(ran.store.location(table)).to_pyarrow_table(columns=list(table.key)).to_pylist()
        counted = Counter(str(list(key.values())) for key in keys)
        twice |= {str(table): key for key, n in counted.items() if n > 1}
    assert twice == {}


def test_the_summary_lists_what_a_user_buys_again_before_what_is_new(ran):
    printed = basketry(ran, "summary").split("Recommended to", 1)[1].split("Nearest", 1)[0]
    listed = [
        line.split()[1:3] for line in printed.splitlines() if line.split()[:1] in ([f"u{n}"] for n in range(PEOPLE))
    ]
    assert listed[:3] == [["repeat", "1"], ["repeat", "2"], ["repeat", "3"]]
    assert [kind for kind, _ in listed] == sorted((kind for kind, _ in listed), reverse=True)
    assert len({tuple(place) for place in listed}) == len(listed)


def test_the_report_shows_what_the_tables_hold(ran, tmp_path):
    printed = basketry(ran, "report", "--out", str(tmp_path))
    page = parse((tmp_path / "report.html").read_text(encoding="utf-8"))
    baskets, rules = ran.read(tables.BASKETS), ran.read(tables.RULES)
    assert tile(page, "baskets") == str(baskets.count()) == str(PEOPLE * WEEKS)
    assert tile(page, "users") == str(PEOPLE)
    assert tile(page, "usual_rules") == str(rules.where("lift > 1").count())
    (shown,) = sheets(page, "rules")
    found = rows(rules.selectExpr("cast(freq as string)", "cast(n_users as string)"), "freq", "n_users")
    assert sorted((row[-9], row[-1]) for row in shown) == found
    (metrics,) = sheets(page, "metrics")
    assert len(metrics) == ran.read(tables.METRICS).where("slice = 'all'").count()
    assert f"wrote {tmp_path / 'report.html'}" in printed


def test_the_service_answers_what_the_tables_hold(ran):
    answers = publish(str(ran.root), RecommendSettings()).answers
    listed = ran.read(tables.RECOMMENDATIONS).where("user_id = 'u0' and list = 'repeat'").orderBy("position").collect()
    given = [row for row in answers.recommendations.of("u0") if row["list"] == "repeat"]
    assert [(row["item_id"], row["score"]) for row in given] == [(row.item_id, row.score) for row in listed]
    assert [found.item_id for found in answers.carts.ranked(["bread", "jam"], [], 1)] == ["butter"]


def test_a_run_without_names_leaves_out_what_is_up_to_date(ran):
    versions = {str(t): ran.store.version(t) for step in pipeline.STEPS for t in step.writes if t != tables.FILES}
    printed = basketry(ran, "run", "--run-id", "third")
    assert {str(t): ran.store.version(t) for t in tables.ALL if str(t) in versions} == versions
    assert [step for (step,) in rows(ran.read(tables.RUNS).where("run_id = 'third'"), "step")] == ["ingest_lines"]
    assert "How good" in printed


# The steps that add to what is there; the others replace it, and verify below shows that they give the same again.
GROWING = ("ingest_lines", "clean_lines", "build_baskets", "mine_rules")


@pytest.fixture(scope="module")
def second(ran):
    """The content of the lake before and after a second run of the steps that add to it."""
    before = content(ran)
    basketry(ran, "run", *GROWING, "--run-id", "second")
    return before, content(ran)


def content(lake):
    counts = {str(t): lake.read(t).count() for step in pipeline.STEPS for t in step.writes}
    return counts, [rows(lake.read(t), *t.key) for t in (tables.LINES, tables.BASKETS, tables.RULES)]


def test_a_second_run_doubles_nothing(second):
    before, after = second
    assert after == before


# Every step anew takes minutes; those that add to their tables are the hard ones to reproduce. The second run
# found no new files, so its ingest_lines wrote nothing.
@pytest.mark.usefixtures("second")
@pytest.mark.parametrize(
    ("run", "steps"),
    [
        pytest.param("second", GROWING[1:], id="growing"),
        pytest.param("first", tuple(pipeline.BY_NAME), id="every", marks=pytest.mark.full),
    ],
)
def test_verify_reproduces_every_table_of_every_step(ran, run, steps):
    printed = basketry(ran, "verify", run)
    assert "DIFFERS" not in printed
    assert printed.splitlines()[-1] == "the run is reproduced"
    assert {line.split()[1] for line in printed.splitlines()[:-1]} == set(steps)


def test_verify_names_a_table_that_was_changed_behind_its_back(ran):
    run = ran.read(tables.RUNS).where("run_id = 'first' and step = 'build_baskets'")
    forged = run.selectExpr("* except (run_id, output_versions)", "'forged' as run_id", "output_versions")
    versions = dict(run.first()["output_versions"]) | {str(tables.BASKETS): 0}
    literal = ", ".join(f"'{name}', {version}L" for name, version in versions.items())
    forged = forged.selectExpr("* except (output_versions)", f"map({literal}) as output_versions")
    ran.store.merge(tables.RUNS, forged, "test")
    with pytest.raises(GateError, match=r"forged: 1 table\(s\) differ"):
        basketry(ran, "verify", "forged")


def test_tables_says_rows_and_the_run_that_wrote_each(ran):
    by_table = {line.split()[0]: line.split() for line in basketry(ran, "tables").splitlines() if "." in line}
    assert by_table["silver.lines"][1] == str(SOLD)
    assert by_table["gold.rules"][5:7] in (["first", "mine_rules"], ["second", "mine_rules"])


def test_show_prints_rows_that_match_and_refuses_a_wrong_name(ran):
    printed = basketry(ran, "show", "items", "--where", "item_id = 'jam'")
    assert "Jam 1 LB" in printed
    assert "Rice" not in printed
    with pytest.raises(SettingsError, match=r"nowhere: no table of that name; one of .*gold\.rules"):
        basketry(ran, "show", "nowhere")


@pytest.mark.usefixtures("second")
def test_runs_lists_the_latest_first(ran):
    lines = basketry(ran, "runs", "--rows", "2").splitlines()
    assert "second" in lines[1]
    assert GROWING[-1] in lines[1]
    assert "done" in lines[1] and "MiB" in lines[1]
    assert len(lines) == 3


def test_runs_of_one_step_and_in_full_what_a_failed_one_said(ran):
    message = "what went wrong\n" + "line of a long story\n" * 20 + "the end"
    failed = ran.read(tables.RUNS).where("run_id = 'first' and step = 'mine_rules'").selectExpr(
        "* except (run_id, outcome, exit_code, message, started_at)",
        "'broken' as run_id", "'failed' as outcome", "5 as exit_code", f"'{message}' as message",
        "started_at + interval 1 year as started_at",
    )  # fmt: skip
    ran.store.merge(tables.RUNS, failed, "test")
    printed = basketry(ran, "runs", "--step", "mine_rules", "--last", "2")
    table, said = printed.split("\n\n")
    assert table.splitlines()[1].split()[2:4] == ["broken", "mine_rules"]
    assert "failed 5" in table and "ingest_lines" not in printed
    assert said.strip() == f"broken mine_rules: exit code 5\n{message}"
    ran.store.delta_table(tables.RUNS).delete("run_id = 'broken'")


def test_runs_of_an_unknown_step_are_refused(shop):
    with pytest.raises(SettingsError, match="no such step: mine_rule"):
        basketry(shop, "runs", "--step", "mine_rule")


def test_a_failed_step_ends_the_run_with_its_code(shop):
    given = ["run", "mine_rules", "--config", str(shop.root.parent / "shop.yaml"), "--set", f"lake.root={shop.raw}"]
    assert CliRunner().invoke(app, given).exit_code == MissingInputError.exit_code


def test_a_wrong_setting_is_refused_before_anything_starts(shop):
    with pytest.raises(BasketryError, match=r"mining\.min_support.*greater than 0"):
        basketry(shop, "run", "--set", "mining.min_support=0")


def test_steps_lists_all_in_order():
    printed = CliRunner().invoke(app, ["steps"]).stdout
    places = [printed.index(step.name) for step in pipeline.ordered()]
    assert places == sorted(places)


def test_settings_prints_what_is_in_force(shop):
    assert "\n  rank: 2\n" in basketry(shop, "settings")


@pytest.mark.full
def test_evaluate_prints_how_each_model_did(ran):
    printed = basketry(ran, "evaluate")
    judged = ran.read(tables.METRICS).where("slice = 'all' AND metric = 'ndcg' AND k = 2")
    found = {line.split()[0]: line.split()[3] for line in printed.split("next_period", 1)[1].splitlines()[1:10]}
    for model, value in rows(judged.where("task = 'next_period'"), "model", "value"):
        assert found[model] == f"{value:.3f}"
