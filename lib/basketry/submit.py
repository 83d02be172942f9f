"""`scripts/submit`: each step, its settings and its resources handed to spark-submit, and its exit code given back.

In client mode the driver runs here, and the step's own exit code comes back. In cluster mode (YARN, Kubernetes) it runs
there and spark-submit only says whether it ended well: ops.runs has the exit code. Settings are checked here first.
"""

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from basketry import pipeline
from basketry.arguments import Parser, add_job_flags, job_flags, parse_arguments
from basketry.config import PREFIX, Settings
from basketry.errors import BasketryError, SettingsError
from basketry.job import new_run_id
from basketry.lake.settings import PSEUDONYM_KEY
from basketry.stopping import run_stoppable

TARGETS = {"spark://": "standalone", "local": "standalone", "yarn": "yarn", "k8s://": "kubernetes"}
ALL = "all"


def main(package: Path, argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Submit the steps in pipeline order; the exit code of the first that fails, else 0.

    `package` is the folder that `make package` fills.
    """
    try:
        commands, only_print = plan(package, argv, environ)
    except BasketryError as error:
        print(f"submit: {error}", file=sys.stderr)
        return error.exit_code
    for command in commands:
        print(shlex.join(command), file=sys.stdout if only_print else sys.stderr, flush=True)
        code = 0 if only_print else run_stoppable(command)
        if code:
            return code
    return 0


def plan(package: Path, argv: Sequence[str] | None, environ: Mapping[str, str]) -> tuple[list[list[str]], bool]:
    """The spark-submit of each step, and whether they are only asked for. Raises SettingsError, as each job would."""
    given = _parser().parse_args(argv)
    given.run_id = given.run_id or new_run_id(datetime.now(UTC))
    given.config = [str(Path(path).resolve()) for path in _config(package, given, environ)]
    settings = parse_arguments(job_flags(given, given.config), environ).settings
    steps = pipeline.choose([] if given.steps == [ALL] else given.steps)
    pipeline.refuse_unknown(settings.spark.step_conf, "spark.step_conf: ")
    if _is_remote(given):
        _refuse_what_stays_here(given, environ)
    return [_command(package, given, step.name, settings) for step in steps], given.print


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="submit",
        allow_abbrev=False,
        description="Hand steps to spark-submit, in pipeline order, up to the first that fails.",
    )
    parser.add_argument("steps", nargs="+", metavar="STEP", help=f"steps by name, or {ALL}: every step of a run")
    parser.add_argument(
        "--master", required=True, metavar="URL", help="spark://HOST:7077, yarn, k8s://https://HOST:443"
    )
    parser.add_argument("--deploy-mode", choices=("client", "cluster"), default="client", help="where the driver runs")
    parser.add_argument("--properties-file", metavar="FILE", help="default: conf/spark/ that of the master")
    parser.add_argument("--environment", metavar="FILE", help="archive of the executors' Python (pack_environment)")
    parser.add_argument("--conf", action="append", default=[], metavar="NAME=VALUE", help="one more Spark property")
    parser.add_argument("--print", action="store_true", help="print the commands, run nothing")
    add_job_flags(parser)
    return parser


def _command(package: Path, given: argparse.Namespace, step: str, settings: Settings) -> list[str]:
    """Of two values of a property the later counts, as Spark has it: a step's, then those of --conf."""
    properties = given.properties_file or package / "conf" / "spark" / f"{_target(given.master)}.conf"
    environment = [_file(given.environment) + "#environment"] if given.environment else []
    of_step = (f"{name}={value}" for name, value in settings.spark.step_conf.get(step, {}).items())
    conf = [*_pythons(given), *of_step, *given.conf]
    return [
        _spark_submit(),
        *("--master", given.master, "--deploy-mode", given.deploy_mode, "--name", f"basketry {step}"),
        *("--properties-file", _file(properties), "--py-files", _file(package / "basketry-libs.zip")),
        *("--files", ",".join(_file(path) for path in _files(package, given))),
        *(word for archive in environment for word in ("--archives", archive)),
        *(word for pair in conf for word in ("--conf", pair)),
        *(_file(package / "jobs" / f"{step}.py"), *job_flags(given, _as_the_driver_finds(given))),
    ]


def _is_remote(given: argparse.Namespace) -> bool:
    return bool(given.deploy_mode == "cluster")


def _target(master: str) -> str:
    """Whose properties a master takes. Raises SettingsError for a master of no kind we know."""
    for start, target in TARGETS.items():
        if master.startswith(start):
            return target
    raise SettingsError(f"--master {master}: write spark://HOST:PORT, yarn or k8s://https://HOST:PORT")


def _config(package: Path, given: argparse.Namespace, environ: Mapping[str, str]) -> Sequence[str | Path]:
    from_variable = [path for path in environ.get("BASKETRY_CONFIG", "").split(":") if path]
    return given.config or from_variable or [package / "conf" / "cluster.yaml"]


def _pythons(given: argparse.Namespace) -> list[str]:
    """A driver here is this Python; executors, and a driver elsewhere, take that of the archive."""
    here = [] if _is_remote(given) else [f"spark.pyspark.driver.python={sys.executable}"]
    return [*here, *(["spark.pyspark.python=./environment/bin/python"] if given.environment else [])]


def _files(package: Path, given: argparse.Namespace) -> list[str | Path]:
    """What lies in the working folder of each executor, and of a driver elsewhere."""
    return [package / "find_gpus", *(given.config if _is_remote(given) else [])]


def _as_the_driver_finds(given: argparse.Namespace) -> list[str]:
    return [Path(path).name for path in given.config] if _is_remote(given) else given.config


def _refuse_what_stays_here(given: argparse.Namespace, environ: Mapping[str, str]) -> None:
    """Raises SettingsError for what a driver elsewhere would go without, in silence."""
    if _target(given.master) == "standalone":
        raise SettingsError(
            "--deploy-mode cluster: a standalone cluster takes no Python driver; use client mode, on a machine near it"
        )
    variables = sorted(name for name in environ if name.startswith(PREFIX) and name != "BASKETRY_CONFIG")
    if variables:
        secret = "the key by a secret of the cluster, " if PSEUDONYM_KEY in variables else ""
        raise SettingsError(
            f"--deploy-mode cluster: {', '.join(variables)} of this machine would not reach the driver; give {secret}"
            "settings by --config or --set"
        )
    names = [Path(path).name for path in given.config]
    if len(set(names)) < len(names):
        raise SettingsError(
            f"--deploy-mode cluster: two settings files share a name, which is how they arrive: {names}"
        )


def _file(path: str | Path) -> str:
    """The whole path, since spark-submit may run elsewhere. Raises SettingsError when there is no such file."""
    whole = Path(path).resolve()
    if not whole.is_file():
        raise SettingsError(f"no such file: {whole}; `make package` fills dist, scripts/pack_environment adds to it")
    return str(whole)


def _spark_submit() -> str:
    """That of SPARK_HOME, of PATH, or of this Python's own pyspark."""
    homes = [Path(os.environ["SPARK_HOME"]) / "bin"] if "SPARK_HOME" in os.environ else []
    found = [shutil.which("spark-submit", path=str(home)) for home in homes]
    found += [shutil.which("spark-submit"), shutil.which("spark-submit", path=str(Path(sys.executable).parent))]
    for path in found:
        if path:
            return path
    raise SettingsError("spark-submit: neither in SPARK_HOME nor on PATH; give the one of the cluster's Spark version")
