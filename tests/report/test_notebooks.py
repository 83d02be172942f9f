"""Every notebook runs from top to bottom as plain Python, and holds calls of the library and nothing else."""

import ast
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from basketry import notebook
from basketry.report.sheet import Column, Sheet
from tests.support.hostile import HOSTILE

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
STAGES = (
    "allocation", "demand", "drift", "embeddings", "evaluation", "lake", "mining", "recommend", "segments", "stock",
)  # fmt: skip
# A notebook imports, calls and names what it was given; whatever decides, repeats or computes belongs to the library.
ALLOWED = (ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.Assign, ast.Expr, ast.Call, ast.keyword, ast.Starred,
           ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Dict, ast.List, ast.Load, ast.Store)  # fmt: skip
# What a stage's notebook draws; the tour draws all of it.
DRAWN = {
    "lake": {"checks.csv", "files.csv", "rejects.svg", "months.csv", "months.svg"},
    "mining": {"rules.csv", "plain_adjusted.svg", "support_confidence.svg", "pairs.csv", "network.svg"},
    "recommend": {"recommendations.csv", "item_pages.csv"},
    "embeddings": {"training.csv", "training.svg", "embedding_map.csv", "embedding_map.svg"},
    "segments": {"segments.csv", "segment_items.csv"},
    "drift": {"drift.csv"},
    "demand": {"fans.svg", "forecasts.csv", "demand_models.csv", "top_sellers.csv", "risers.csv"},
    "stock": {"stock_curve.svg", "stock_curve.csv", "stock_plan.csv"},
    "allocation": {"zones.svg", "zones.csv", "sites.csv", "layout_quality.csv"},
    "evaluation": {"metrics.csv", "metrics.svg", "validation.csv", "validation.svg"},
}


@pytest.fixture
def there(hostile_lake, tmp_path, monkeypatch):
    """An empty folder to run in, with the small lake as the configured one."""
    monkeypatch.setenv("BASKETRY_LAKE__ROOT", str(hostile_lake))
    monkeypatch.setenv("BASKETRY_REPORT__N_RULES", "20")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_is_a_tour_and_one_for_each_stage():
    assert [path.stem for path in NOTEBOOKS] == sorted((*STAGES, "tour"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_in_databricks_source_format(path):
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    assert first == "# Databricks notebook source"
    assert lines[0] == "# MAGIC %md"
    comments = {line for line in lines if line.startswith("#") and not line.startswith("# MAGIC")}
    assert comments == {"# COMMAND ----------"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_holds_no_logic_and_imports_basketry_alone(path):
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    assert {type(node).__name__ for node in nodes if not isinstance(node, ALLOWED)} == set()
    modules = [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    modules += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    assert modules and {module.split(".")[0] for module in modules} == {"basketry"}


@pytest.mark.parametrize("stage", STAGES)
def test_it_runs_and_says_where_each_picture_lies(stage, there, capsys):
    runpy.run_path(str(ROOT / "notebooks" / f"{stage}.py"), run_name="__main__")
    printed = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {path.name for path in printed} == DRAWN[stage]
    assert all((there / path).stat().st_size > 50 for path in printed)


def test_the_pictures_are_those_of_the_page(there, hostile_report):
    runpy.run_path(str(ROOT / "notebooks" / "evaluation.py"), run_name="__main__")
    for name in ("metrics.svg", "validation.svg"):
        found = there / notebook.FOLDER / name
        assert found.read_bytes() == (hostile_report / "pictures" / name).read_bytes()


def test_the_tour_runs_by_the_command_in_its_text(there):
    done = subprocess.run(
        [sys.executable, ROOT / "notebooks" / "tour.py"], cwd=there, env=os.environ, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    drawn = {Path(line).name for line in done.stdout.splitlines()}
    assert {"overview.csv", "monday.csv", "rules.csv", "changes.csv"} <= drawn
    assert {name for names in DRAWN.values() for name in names if name.endswith(".svg")} <= drawn


@pytest.fixture(scope="module")
def sample():
    """The lake of `make run`, with the plans that are made by name only."""
    root = ROOT / "data" / "lake"
    assert (root / "gold" / "stock_plan").is_dir(), "no sample lake: `make run` first, as `make test-full` does"
    command = [sys.executable, "-m", "basketry.cli", "run", "allocate_items", "slot_items", f"--set=lake.root={root}"]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return root


@pytest.mark.full
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_on_the_sample_lake(path, sample, tmp_path):
    environ = os.environ | {"BASKETRY_LAKE__ROOT": str(sample)}
    done = subprocess.run([sys.executable, path], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    drawn = {Path(line).name for line in done.stdout.splitlines()}
    assert DRAWN.get(path.stem, {"overview.csv", "monday.csv"}) <= drawn


def test_in_a_notebook_it_is_displayed_escaped_and_nothing_is_written(there, monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(sys.modules["__main__"], "displayHTML", shown.append, raising=False)
    notebook.show(Sheet("names", "Names", (Column("name", "name"),), [{"name": name} for name in HOSTILE]))
    assert shown[0].count("<tr>") == len(HOSTILE) + 1
    assert "<script" not in shown[0] and "<img" not in shown[0]
    assert capsys.readouterr().out == "" and list(there.iterdir()) == []
