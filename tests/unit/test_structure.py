"""The shape of the project: who imports whom, thin jobs that do what their step says, derived files up to date."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from basketry import pipeline, tables

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "lib" / "basketry"
STAGES = (
    "lake",
    "mining",
    "recommend",
    "embeddings",
    "evaluation",
    "drift",
    "segments",
    "demand",
    "stock",
    "allocation",
    "privacy",
)
SHARED = {"errors", "section", "tables"}
STAGE_FILES = [path for stage in STAGES for path in sorted((LIBRARY / stage).rglob("*.py"))]
WITHOUT_SPARK = [path for part in ("report", "serve") for path in sorted((LIBRARY / part).rglob("*.py"))]
JOBS = sorted(path for path in (ROOT / "jobs").glob("*.py") if path.name != "__init__.py")


def imported(path: Path) -> set[str]:
    """Dotted names of every import in a file, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def parts_of_basketry(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(path) if name.startswith("basketry.")}


@pytest.mark.parametrize("path", STAGE_FILES, ids=lambda p: str(p.relative_to(LIBRARY)))
def test_a_stage_imports_itself_and_what_all_share(path):
    stage = path.relative_to(LIBRARY).parts[0]
    assert parts_of_basketry(path) <= SHARED | {stage}


@pytest.mark.parametrize("path", STAGE_FILES, ids=lambda p: str(p.relative_to(LIBRARY)))
def test_a_stage_reads_no_clock_no_environment_and_no_table(path):
    source = path.read_text(encoding="utf-8")
    forbidden = ["spark.read", ".write.", ".writeTo(", "datetime.now", "date.today", "getActiveSession"]
    # A worker is a process of its own: it has arguments and an environment, and its launcher gives them.
    if path.name not in ("worker.py", "launch.py", "barrier.py"):
        forbidden += ["os.environ", "sys.argv"]
    assert [word for word in forbidden if word in source] == []


@pytest.mark.parametrize("path", WITHOUT_SPARK, ids=lambda p: str(p.relative_to(LIBRARY)))
def test_the_report_and_the_service_read_tables_without_spark(path):
    assert not {name.split(".")[0] for name in imported(path)} & {"pyspark", "delta", "py4j"}
    assert not parts_of_basketry(path) & {"session", "job", "store"}
    assert "tables.store" not in path.read_text(encoding="utf-8")


def test_only_embeddings_import_tensorflow_and_horovod():
    importers = {
        path.relative_to(LIBRARY).parts[0]
        for path in LIBRARY.rglob("*.py")
        if any(name.split(".")[0] in ("tensorflow", "horovod", "keras") for name in imported(path))
    }
    assert importers == {"embeddings"}


@pytest.mark.parametrize("path", JOBS, ids=lambda p: p.stem)
def test_a_job_meets_one_stage_and_stays_thin(path):
    stages = parts_of_basketry(path) & set(STAGES)
    # evaluate must train every model on the past alone, so it is the one job that meets them all; tune_recommender
    # judges one stage by another, and prints settings. maintain_tables changes no row: it meets none. stream_lines
    # takes each batch from raw to what is bought together now: steps apart would each start and read tables anew.
    others = {"evaluate": set(STAGES), "tune_recommender": {"recommend", "evaluation"}, "maintain_tables": set()}
    others["stream_lines"] = {"lake", "mining"}
    assert stages <= others.get(path.stem, stages) and (len(stages) == 1 or path.stem in others)
    more = {"tune_recommender": {"yaml_files"}, "stream_lines": {"stream"}}.get(path.stem, set())
    assert parts_of_basketry(path) <= {"gates", "job", "since", "tables", *STAGES, *more}
    main = next(n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef) and n.name == "main")
    assert main.end_lineno - main.lineno < 30


def test_every_step_has_a_job_of_its_name():
    assert [path.stem for path in JOBS] == sorted(pipeline.JOBS)


@pytest.mark.parametrize("path", JOBS, ids=lambda p: p.stem)
def test_a_job_reads_and_writes_what_its_step_says(path):
    step = pipeline.JOBS[path.stem]
    calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    touched = {"read": set(), "write": set(), "sync": set(), "merge": set(), "insert": set(), "current": set()}
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in touched and ast.unparse(call.func.value) == "run":
            touched[call.func.attr].update(named(call.args[0]))
    assert touched["read"] == set(step.reads)
    # One function of forget_users writes what its calls name.
    in_turn = {table for call in calls if ast.unparse(call.func) == "take_out" for table in named(call.args[1])}
    done = touched["write"] | touched["sync"] | touched["merge"] | touched["insert"] | in_turn
    assert done == set(step.writes)
    assert touched["current"] <= set(step.writes)


def named(argument):
    """The tables an argument stands for: `tables.NAME` is one, `table` each of tables.OF_USERS."""
    return [getattr(tables, argument.attr)] if isinstance(argument, ast.Attribute) else tables.OF_USERS


def test_the_docstring_of_a_job_names_its_tables():
    for path in JOBS:
        step, text = pipeline.JOBS[path.stem], ast.get_docstring(ast.parse(path.read_text()))
        assert all(str(table) in text for table in (*step.reads, *step.writes)), path.name


def test_steps_follow_what_they_read():
    # What a command writes.
    seen = {tables.FORGOTTEN}
    for step in pipeline.ordered():
        assert set(step.reads) <= seen
        seen |= set(step.writes)


def test_one_step_writes_each_table():
    written = [table for step in pipeline.STEPS for table in step.writes]
    assert len(written) == len(set(written))
    by_hand = {table for step in pipeline.BY_HAND for table in step.writes}
    of_any = {tables.RUNS, tables.STAGE_METRICS, tables.AUDITS, tables.FORGOTTEN}
    assert {*written, *by_hand, *of_any} == set(tables.ALL)


def test_no_source_file_outgrows_the_house():
    lengths = {str(p.relative_to(ROOT)): p.read_text().count("\n") for p in [*LIBRARY.rglob("*.py"), *JOBS]}
    assert {name: n for name, n in lengths.items() if n > 250} == {}


def test_derived_files_are_up_to_date():
    done = subprocess.run(
        [sys.executable, "scripts/generate_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
