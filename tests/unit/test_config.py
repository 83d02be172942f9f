"""Settings: every fault at once, with path and range, before anything starts."""

import json

import pytest

from basketry.config import load_settings
from basketry.errors import SettingsError


def load(tmp_path, text="", sets=(), environ=None):
    path = tmp_path / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings([path], sets, environ or {})


def refused(tmp_path, *args, **kwargs):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, *args, **kwargs)
    return str(caught.value)


def test_set_beats_environment_beats_file_beats_default(tmp_path):
    text = "mining: {min_support: 0.1, min_confidence: 0.3, max_length: 3}"
    environ = {"BASKETRY_MINING__MIN_CONFIDENCE": "0.4", "BASKETRY_MINING__MAX_LENGTH": "5"}
    mining = load(tmp_path, text, ["mining.max_length=6"], environ).mining
    assert (mining.min_support, mining.min_confidence, mining.max_length) == (0.1, 0.4, 6)
    assert load(tmp_path).mining.min_support == 0.001


def test_a_later_file_wins_setting_by_setting(tmp_path):
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("mining: {min_support: 0.1, max_length: 3}")
    second.write_text("mining: {min_support: 0.2}")
    mining = load_settings([first, second], [], {}).mining
    assert (mining.min_support, mining.max_length) == (0.2, 3)


def test_every_fault_is_named_with_its_path_and_range(tmp_path):
    message = refused(tmp_path, "mining: {min_support: 1.5, min_suport: 0.1}\nseed: many\nspark: {master: 7}\nlaek: {}")
    assert "5 wrong setting(s)" in message
    assert "mining.min_support = 1.5" in message
    assert "number, > 0, <= 1; smallest support of an itemset (fraction of baskets)" in message
    assert "mining.min_suport: no such setting" in message
    assert "seed = 'many'" in message
    assert "spark.master = 7" in message
    assert "laek: no such setting" in message


@pytest.mark.parametrize("text", ["1e-3", "0.001", "1.0e-3"])
def test_every_spelling_of_a_number_is_a_number(tmp_path, text):
    assert load(tmp_path, f"mining: {{min_support: {text}}}").mining.min_support == 0.001
    assert load(tmp_path, sets=[f"mining.min_support={text}"]).mining.min_support == 0.001


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("seed: 1\nseed: 2", "duplicate key"),
        ("mining:\n  max_length: 2\n  max_length: 3", "line 3"),
        ("a: &x 1\nb: *x", "anchors and aliases are not allowed"),
        ("- 1\n- 2", "holds a list"),
        ("a: [", "not valid YAML"),
        ("mining: {min_support: .nan}", "mining.min_support"),
        ("mining: {min_support: 0}", "mining.min_support = 0"),
    ],
)
def test_what_yaml_would_let_through_is_refused(tmp_path, text, part):
    assert part in refused(tmp_path, text)


def test_a_misspelt_variable_is_refused(tmp_path):
    assert "BASKETRY_MINNING__MAX_LENGTH" in refused(tmp_path, environ={"BASKETRY_MINNING__MAX_LENGTH": "3"})
    assert "mining.max_lenght" in refused(tmp_path, environ={"BASKETRY_MINING__MAX_LENGHT": "3"})


@pytest.mark.parametrize("assignment", ["mining", "=3", "mining..x=3", "mining.max_length=[", "mining.max_length=two"])
def test_a_malformed_assignment_is_refused(tmp_path, assignment):
    assert assignment.split("=")[0].split(".")[0] in refused(tmp_path, sets=[assignment])


def test_a_missing_huge_or_misencoded_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match="no such settings file"):
        load_settings([tmp_path / "absent.yaml"], [], {})
    big = tmp_path / "big.yaml"
    big.write_text("# " + "x" * 1_000_001)
    with pytest.raises(SettingsError, match="at most 1,000,000"):
        load_settings([big], [], {})
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("# caf\xe9".encode("latin-1"))
    with pytest.raises(SettingsError, match="not UTF-8 at byte 5"):
        load_settings([latin], [], {})


def test_the_digest_depends_on_values_only(tmp_path):
    assert load(tmp_path, "seed: 7").digest() == load(tmp_path).digest()
    assert load(tmp_path, "seed: 8").digest() != load(tmp_path).digest()


def test_what_no_step_reads_is_not_in_the_digest(tmp_path):
    shown = load(tmp_path, "report: {n_rules: 7}\nserve: {max_items: 7}")
    assert shown.report.n_rules == shown.serve.max_items == 7
    assert shown.digest() == load(tmp_path).digest()
    assert '"n_rules": 7' in shown.to_json()


def test_secrets_among_spark_properties_are_not_kept(tmp_path):
    conf = {"spark.hadoop.fs.azure.account.key.shop": "SENTINEL", "spark.x.DB_PWD": "SENTINEL", "spark.ui.port": "4"}
    kept = load(tmp_path, f"spark: {{conf: {json.dumps(conf)}, step_conf: {{train_als: {json.dumps(conf)}}}}}")
    assert dict(kept.spark.conf) == dict(kept.spark.step_conf["train_als"]) == conf
    assert "SENTINEL" not in kept.to_json() and '"spark.ui.port": "4"' in kept.to_json()
