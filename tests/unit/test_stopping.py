"""How a process ends that is told to stop, whatever it is doing, and what it hands the signal on to."""

import subprocess
import sys
import time

import pytest

from basketry.stopping import STOPPED

HEAD = """
import hashlib, pathlib, subprocess, sys, time
from basketry import stopping
from basketry.stopping import run_stoppable, stoppable
stopping.GRACE_SECONDS = 0.5
note = pathlib.Path(sys.argv[1])
"""


@pytest.fixture
def script(tmp_path):
    """Starts a script of these lines after HEAD; it has the path of a note."""
    note = tmp_path / "note"

    started = []

    def start(lines):
        path = tmp_path / f"script-{len(list(tmp_path.iterdir()))}.py"
        path.write_text(HEAD + lines)
        started.append(subprocess.Popen([sys.executable, path, note], stdin=subprocess.PIPE))
        return started[-1]

    start.note = note
    yield start
    for process in started:
        process.kill()


def written(note, text):
    end = time.monotonic() + 20
    while not (note.exists() and note.read_text() == text):
        assert time.monotonic() < end, note.read_text() if note.exists() else "no note"
        time.sleep(0.02)


def test_what_waits_cleans_up_and_leaves_with_143(script):
    process = script("""
with stoppable(ends_with_parent=False):
    try:
        note.write_text("begun")
        time.sleep(60)
    finally:
        note.write_text("cleaned")
""")
    written(script.note, "begun")
    process.terminate()
    assert process.wait(5) == STOPPED
    written(script.note, "cleaned")


def test_what_never_comes_back_to_python_is_ended_after_the_grace_with_its_children(script):
    process = script("""
with stoppable(ends_with_parent=False):
    child = subprocess.Popen(["sleep", "60"])
    note.write_text(str(child.pid))
    hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)
""")
    end = time.monotonic() + 20
    while not (script.note.exists() and script.note.read_text()):
        assert time.monotonic() < end
        time.sleep(0.02)
    process.terminate()
    assert process.wait(5) == STOPPED
    child = subprocess.run(["ps", "-o", "stat=", script.note.read_text()], capture_output=True, text=True, check=False)
    assert child.stdout.strip()[:1] in ("", "Z")


def test_what_the_step_waits_for_is_broken_off_until_it_has_heard_and_no_longer(script):
    process = script("""
stopping.GRACE_SECONDS = 20
broken = []
with stoppable(ends_with_parent=False) as order:
    order.break_off = lambda: broken.append(1)
    try:
        note.write_text("begun")
        time.sleep(60)
    finally:
        while len(broken) < 3:
            time.sleep(0.02)
        order.heard()
        before = len(broken)
        time.sleep(3 * stopping.LOOK_EVERY)
        note.write_text(f"{len(broken) - before} more")
""")
    written(script.note, "begun")
    process.terminate()
    written(script.note, "0 more")
    assert process.wait(5) == STOPPED


def test_a_step_ends_with_the_spark_submit_that_started_it(script):
    process = script("""
child = '''
import pathlib, sys, time
from basketry.stopping import stoppable
note = pathlib.Path(sys.argv[1])
with stoppable(ends_with_parent=True):
    try:
        note.write_text("begun")
        time.sleep(60)
    finally:
        note.write_text("cleaned")
'''
subprocess.Popen([sys.executable, "-c", child, str(note)])
sys.stdin.read()
""")
    written(script.note, "begun")
    process.stdin.close()
    assert process.wait(5) == 0
    written(script.note, "cleaned")


def test_after_the_step_the_signal_means_what_it_meant_before(script):
    process = script("""
with stoppable(ends_with_parent=False):
    pass
note.write_text("over")
time.sleep(60)
""")
    written(script.note, "over")
    process.terminate()
    assert process.wait(5) == -15


def test_the_signal_goes_on_to_the_driver_alone_whose_exit_code_comes_back(script):
    process = script("""
driver = "trap 'echo -n told >{0}; exit 5' TERM; echo -n begun >{0}; while :; do sleep .05; done".format(note)
submit = "sh -c \\"$1\\" & child=$!; trap 'echo -n wrong >{0}' TERM; wait $child; wait $child".format(note)
sys.exit(run_stoppable(["sh", "-c", submit, "submit", driver]))
""")
    written(script.note, "begun")
    process.terminate()
    assert process.wait(5) == STOPPED
    written(script.note, "told")


def test_an_exit_code_comes_back_as_it_is(script):
    assert script("sys.exit(run_stoppable(['sh', '-c', 'exit 4']))").wait(20) == 4
