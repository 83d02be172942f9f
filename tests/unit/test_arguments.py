"""The flags of every job."""

from datetime import date

import pytest

from basketry.arguments import parse_arguments, replay_file
from basketry.errors import SettingsError


def test_a_period_is_two_dates():
    given = parse_arguments(["--from", "2024-01-01", "--to", "2024-02-01"], {})
    assert (given.from_on, given.to_on) == (date(2024, 1, 1), date(2024, 2, 1))


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["--from", "01/02/2024"], "not a date"),
        (["--from", "2024-02-01", "--to", "2024-02-01"], "must be later"),
        (["--run-id", "../../etc"], "without '..'"),
        (["--run-id", "a' OR 1=1"], "use letters"),
        (["--form", "2024-01-01"], "unrecognized arguments"),
        (["--config"], "expected one argument"),
    ],
)
def test_a_wrong_flag_is_one_message(argv, part):
    with pytest.raises(SettingsError, match=part):
        parse_arguments(argv, {})


def test_settings_files_may_come_from_the_environment(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("seed: 11")
    assert parse_arguments([], {"BASKETRY_CONFIG": str(path)}).settings.seed == 11


def test_a_replay_takes_everything_from_its_file(tmp_path):
    first = parse_arguments(["--set", "seed=5", "--to", "2024-02-01"], {})
    path = tmp_path / "replay.json"
    replay_file(path, first.settings.to_json(), "/scratch", {"silver.baskets": 3}, (None, first.to_on))
    again = parse_arguments([f"--replay={path}"], {"BASKETRY_SEED": "9", "BASKETRY_PSEUDONYM_KEY": "of this machine"})
    # No setting, and in no file: a replay asks who runs it.
    assert again.pseudonym_key == "of this machine"
    assert "of this machine" not in repr(again)
    assert again.settings == first.settings
    assert (again.from_on, again.to_on) == (None, date(2024, 2, 1))
    assert again.replay.into == "/scratch"
    assert again.replay.versions == {"silver.baskets": 3}
