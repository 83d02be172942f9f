"""What a run prints: one line a person reads, or one JSON object a scheduler does."""

import json
import re

import pytest

from basketry.logs import LogSettings, configure_logs


@pytest.fixture
def said(capsys):
    def say(form):
        log = configure_logs(LogSettings(format=form), run_id="r1", step="mine_rules")
        log.info("wrote gold.rules", rows=12345, share=0.123456)
        return capsys.readouterr().err

    return say


def test_text_is_step_elapsed_seconds_what_and_numbers(said):
    assert re.fullmatch(r"mine_rules +0 s  wrote gold\.rules  rows 12,345  share 0\.1235\n", said("text"))


def test_json_is_one_object_a_line_with_the_run_and_step(said):
    event = json.loads(said("json"))
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "wrote gold.rules",
        "level": "info",
        "run_id": "r1",
        "step": "mine_rules",
        "rows": 12345,
        "share": 0.123456,
    }


def test_auto_is_json_where_nobody_watches(said):
    assert json.loads(said("auto"))["rows"] == 12345
