"""The lines of scripts/crontab, run as cron runs them: by its shell, with its bare environment, from another folder."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

PROJECT = Path(__file__).parents[2]
CRONTAB = (PROJECT / "scripts" / "crontab").read_text()
NIGHTLY, WEEKLY = 0, 1
ENTRY = re.compile(r"^((?:[\d*/,-]+\s+){5})(.+)$")
# What the lines stand in for on a machine where `make setup` was done in the folder.
HERE = {"PYTHONPATH": str(PROJECT / "lib"), "JAVA_HOME": os.environ.get("JAVA_HOME", ""), "NIGHTLY_WAIT": "0"}
pytestmark = pytest.mark.distributed


@pytest.fixture
def home(tmp_path):
    """A folder like /opt/basketry, without data."""
    place = tmp_path / "basketry"
    place.mkdir()
    for name in ("scripts", "conf"):
        (place / name).symlink_to(PROJECT / name)
    (place / ".venv").symlink_to(sys.prefix)
    return place


def crontab(home, **over):
    """The file as a user would install it: the folder and a few variables are theirs."""
    lines = CRONTAB.replace("/opt/basketry", str(home)).splitlines()
    first = next(n for n, line in enumerate(lines) if ENTRY.match(line))
    given = {name: value for name, value in (HERE | over).items() if value}
    return "\n".join([*lines[:first], *(f"{name}={value}" for name, value in given.items()), *lines[first:], ""])


def as_cron(text, number):
    """Start the command of that line; crontab(5): lines NAME=VALUE above it are its environment, `%` is a newline."""
    environ = {"HOME": "/", "LOGNAME": "root", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    commands = []
    for line in text.splitlines():
        entry, assigned = ENTRY.match(line), re.match(r"^([A-Z_]+)=(.*)$", line)
        if entry:
            assert "%" not in entry[2]
            commands.append(entry[2])
        elif assigned:
            environ[assigned[1]] = assigned[2]
        else:
            assert not line or line.startswith("#"), line
    shell = [environ["SHELL"], "-c", commands[number]]
    printed = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(shell, cwd="/", env=environ, stdin=subprocess.DEVNULL, **printed)


def ended(process):
    """Exit code, and what cron would mail."""
    printed, _ = process.communicate(timeout=300)
    return process.returncode, printed


def log_of(home):
    (path,) = (home / "data" / "logs").glob("nightly-*.log")
    assert re.fullmatch(r"nightly-\d{4}-\d\d-\d\d\.log", path.name)
    return path.read_text()


def test_of_two_runs_at_once_one_works_and_the_other_leaves_with_7(home):
    secret = {"spark.hadoop.fs.azure.account.key.shop": "SENTINEL"}
    logged = {"BASKETRY_SPARK__EVENT_LOG": "data/logs/events", "BASKETRY_SPARK__CONF": json.dumps(secret)}
    both = [as_cron(crontab(home, **logged), WEEKLY) for _ in range(2)]
    (won, quiet), (lost, mail) = sorted(map(ended, both))
    assert (won, quiet) == (0, "")
    assert lost == 7 and f"holds {home}/data/logs/nightly.lock; this one did nothing" in mail
    log = log_of(home)
    assert log.count("try 1 of 3: basketry run --to") == 1
    assert "exit 7: another run holds data/logs/nightly.lock" in log and "exit 0" in log
    (row,) = DeltaTable(str(home / "data" / "lake" / "ops" / "runs")).to_pyarrow_table().to_pylist()
    assert (row["step"], row["outcome"]) == ("maintain_tables", "done")
    assert f"basketry run --to {row['to_on']} maintain_tables" in log
    # spark.event_log: what a history server shows, without what is secret.
    (path,) = (home / "data" / "logs" / "events").rglob("events_*")
    events = pa.input_stream(str(path), compression="zstd").read().decode()
    assert "SparkListenerApplicationEnd" in events and "account.key.shop" in events and "SENTINEL" not in events


def test_what_is_wrong_with_the_input_is_mailed_and_not_tried_again(home):
    code, mail = ended(as_cron(crontab(home), NIGHTLY))
    assert code == 4
    assert "basketry: exit code 4 after 1 of 3 tries" in mail and "lake.raw: no folder at" in mail
    assert "try 2" not in log_of(home)


def test_what_may_end_well_later_is_tried_again(home):
    code, mail = ended(as_cron(crontab(home, JAVA_HOME="/nowhere", NIGHTLY_TRIES="2"), NIGHTLY))
    assert code == 1
    assert "exit code 1 after 2 of 2 tries" in mail
    assert log_of(home).count("nightly[") == 4


# cron wakes once a minute: this takes one to two.
@pytest.mark.full
@pytest.mark.skipif(not (shutil.which("cron") and os.geteuid() == 0), reason="needs Debian's cron, and to be root")
def test_a_real_cron_runs_a_line_twice_at_once_with_one_winner(home):
    lines = [line if not ENTRY.match(line) else ENTRY.sub(r"* * * * * \2", line) for line in crontab(home).splitlines()]
    weekly = lines.pop()
    table = home / "crontab"
    table.write_text("\n".join([*lines[:-2], weekly, weekly, ""]))
    # In a mount namespace of its own: the machine's crontabs stay as they are.
    script = (
        "mount -t tmpfs none /var/spool/cron && mkdir -m 1730 /var/spool/cron/crontabs"
        f" && mount -t tmpfs none /etc/cron.d && : >{home}/empty && mount --bind {home}/empty /etc/crontab"
        f" && crontab {table} && exec cron -f"
    )
    cron = subprocess.Popen(["unshare", "--mount", "sh", "-c", script])
    try:
        for _ in range(300):
            if list((home / "data" / "logs").glob("nightly-*.log")) and "exit 0" in log_of(home):
                break
            time.sleep(1)
    finally:
        cron.kill()
        cron.wait()
    log = log_of(home)
    assert "exit 0" in log and "exit 7" in log
