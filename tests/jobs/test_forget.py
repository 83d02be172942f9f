"""A user who is forgotten is nowhere, and the lake is that of a shop that never had them."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import functions as F
from typer.testing import CliRunner

from basketry import tables
from basketry.cli import app
from basketry.lake.people import WITHHELD, People, fingerprint
from basketry.tables.store import Store
from basketry.verify import difference
from tests.support.lake import LENIENT, Lake, counts, put
from tests.support.shop import settings_file, write_shop
from tests.support.tables import rows
from tests.unit.lake.test_people import KEY

STEPS = ("ingest_lines", "clean_lines", "build_baskets", "mine_rules")
GONE = "u3"
# A record of theirs that cannot be parsed.
UNREAD = f"x1,1,{GONE}"
# Where a record lay in its file, and numbers that are given once.
OF_THE_READING = ("record_number", "user_index")


def flags(lake, config):
    return [f"--config={config}", f"--set=lake.root={lake.root}", f"--set=lake.raw={lake.raw}"]


def forget(lake, config, *arguments, **given):
    return CliRunner().invoke(app, ["forget", *arguments, *flags(lake, config)], **given)


def run_steps(lake, config, *steps):
    assert [lake.run(step, f"--config={config}") for step in steps or STEPS] == [0] * len(steps or STEPS)


def texts(value):
    """Every text in what Arrow gives as plain Python."""
    if isinstance(value, str | bytes):
        yield value if isinstance(value, str) else value.decode("utf-8", "replace")
    elif isinstance(value, dict):
        yield from texts([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


def tables_naming(lake, user):
    """By a look at every text in every data file of the newest version of every table, as no code of ours finds it."""
    found = {}
    for table in filter(lake.store.exists, tables.ALL):
        for file in lake.read(table).inputFiles():
            said = texts(pq.read_table(file.removeprefix("file:")).to_pydict())
            if any(user in text for text in said):
                found[str(table)] = file
    return sorted(found)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return settings_file(tmp_path_factory.mktemp("settings"), mining={"pair_min_count": 5})


@pytest.fixture(scope="module")
def built(spark, tmp_path_factory, config):
    """The shop with the unread record, and a line of the user that is refused."""
    folder = tmp_path_factory.mktemp("shop")
    lake = Lake(Store(spark, str(folder / "lake")), folder / "lake", folder / "raw")
    write_shop(lake.raw)
    with (lake.raw / "receipts-2024-01-08.csv").open("a") as file:
        file.write(f"{UNREAD}\nx2,1,{GONE},s1,bread,-4,1.00,2024-01-08 10:00:00\n")
    run_steps(lake, config)
    return lake


@pytest.fixture
def shop(built, lake):
    """A copy of it for one test."""
    for one, other in ((built.root, lake.root), (built.raw, lake.raw)):
        shutil.copytree(one, other, dirs_exist_ok=True)
    return lake


def comparable(df):
    return df.withColumns({name: F.lit(0) for name in OF_THE_READING if name in df.columns})


def without(shop, user, folder, config):
    """A lake of its own from the same raw files without the user's records; the unread one stays, without its text."""
    other = Lake(Store(shop.store.spark, str(folder / "lake")), folder / "lake", folder / "raw")
    other.raw.mkdir(parents=True)
    for file in shop.raw.iterdir():
        read = [WITHHELD if line == UNREAD else line for line in file.read_text().splitlines()]
        kept = [line for line in read if user not in line.split(",")]
        (other.raw / file.name).write_text("\n".join(kept) + "\n")
    run_steps(other, config)
    return other


def test_silver_and_what_is_mined_are_those_of_a_lake_that_never_had_the_user(shop, config, tmp_path):
    assert tables_naming(shop, GONE) == [
        "bronze.lines", "silver.baskets", "silver.interactions", "silver.lines", "silver.rejects", "silver.users"
    ]  # fmt: skip
    done = forget(shop, config, GONE, "--no-run")
    assert done.exit_code == 0, done.output
    assert "receipts-2024-01-08.csv" in done.stdout
    assert tables_naming(shop, GONE) == []
    run_steps(shop, config)
    assert tables_naming(shop, GONE) == []
    never = without(shop, GONE, tmp_path / "never", config)
    compared = [t for t in filter(never.store.exists, tables.ALL) if t.layer in ("silver", "gold")]
    faults = {str(t): difference(comparable(never.read(t)), comparable(shop.read(t)), t) for t in compared}
    assert {name: fault for name, fault in faults.items() if fault} == {}
    assert all(shop.read(t).count() for t in (tables.LINES, tables.RULES, tables.PAIRS, tables.PAIR_COUNTS))


@pytest.mark.full
def test_a_killed_run_is_made_good_by_the_next_and_what_comes_again_is_left_out(shop, config, monkeypatch):
    before = counts(shop)["read"]
    with monkeypatch.context() as killed:
        killed.setattr("basketry.jobs.forget_users.recounted", lambda *_: 1 / 0)
        assert forget(shop, config, GONE, "--no-run").exit_code == 1
    assert forget(shop, config, "-", "--no-run", input=f"\ufeff{GONE}\r\n\n").exit_code == 0
    assert n_forgotten(shop) == 20
    for file in shop.raw.glob("receipts-*"):
        file.write_text(file.read_text() + f"y1,1,{GONE},s1,bread,1,1.00,2024-01-08 10:00:00\n")
    run_steps(shop, config, *STEPS[:2])
    assert n_forgotten(shop) == 20 + 6
    # The law of the files holds, or the step had failed.
    assert counts(shop)["read"] == before - 20
    assert tables_naming(shop, GONE) == []


def n_forgotten(lake):
    return sum(n for (n,) in rows(lake.read(tables.FILES), "n_forgotten"))


@pytest.mark.full
def test_a_restore_takes_the_user_out_again_and_who_comes_back_otherwise_is_told_with_exit_5(shop, config):
    logs = set(shop.root.rglob("_delta_log/*.json"))
    assert forget(shop, config, GONE, "--no-run").exit_code == 0
    told = [path.read_text() for path in shop.root.rglob("_delta_log/*.json") if path not in logs]
    # Only what a file held is said by its bounds, when it is removed.
    assert len(told) > 6
    assert not [line for text in told for line in text.splitlines() if GONE in line and '"remove"' not in line[:10]]
    [run_id] = {run for (run,) in rows(shop.read(tables.RUNS).where("step = 'build_baskets'"), "run_id")}
    restored = CliRunner().invoke(app, ["restore", run_id, *flags(shop, config)])
    assert restored.exit_code == 0, restored.output
    assert tables_naming(shop, GONE) == []
    assert rows(shop.read(tables.BASKETS).where("user_id = 'u4'"), "user_id") != []
    [run_id] = {run for (run,) in rows(shop.read(tables.RUNS).where("step = 'clean_lines'"), "run_id")}
    # Of a step that left the texts of records too.
    assert CliRunner().invoke(app, ["restore", run_id, *flags(shop, config)]).exit_code == 0
    assert tables_naming(shop, GONE) == []
    shop.put(tables.USERS, f"user_id\n{GONE}\nu4")
    done = forget(shop, config, "--check")
    assert str(done.exception).startswith("users who are forgotten are still named in silver.users (1)")
    assert done.exception.exit_code == 5
    versions = {t: shop.store.version(t) for t in tables.OF_USERS if shop.store.exists(t)}
    assert shop.run("forget_users", f"--config={config}") == 0
    assert rows(shop.read(tables.USERS), "user_id") == [("u4",)]
    assert [str(t) for t, version in versions.items() if shop.store.version(t) != version] == ["silver.users"]


def test_with_pseudonyms_no_id_is_in_what_came_and_everyone_has_the_new_name_alone(shop, config, monkeypatch):
    everyone = {f"u{n}" for n in range(12)}
    assert {user for (user,) in rows(shop.read(tables.USERS), "user_id")} == everyone
    monkeypatch.setenv("BASKETRY_PSEUDONYM_KEY", KEY)
    assert shop.run("ingest_lines", f"--config={config}", "--set=lake.pseudonyms=true") == 0
    run_steps(shop, config, "clean_lines")
    named = People(KEY.encode()).name
    assert {user for (user,) in rows(shop.read(tables.USERS), "user_id")} == set(map(named, everyone))
    refused = rows(shop.read(tables.REJECTS), "raw")
    assert (WITHHELD,) in refused
    assert named(GONE) in str(refused)
    # No look by parts of texts: u1 is a part of others.
    assert all(user not in text.split(",") for (text,) in rows(shop.read(tables.RAW_LINES), "raw") for user in everyone
               if text)  # fmt: skip
    done = forget(shop, config, GONE, "--no-run", "--set=lake.pseudonyms=true")
    assert done.exit_code == 0, done.output
    assert tables_naming(shop, named(GONE)) == []
    assert shop.read(tables.USERS).count() == 11


def test_a_file_read_with_another_key_that_is_gone_is_told_and_a_missing_key_too(lake, capsys, monkeypatch):
    put(lake, "a.csv", "b1,1,u1,s1,tea,1,1.00,2024-01-08 10:00:00")
    put(lake, "b.csv", "b2,1,u1,s1,tea,1,1.00,2024-01-08 10:00:00")
    assert lake.run("ingest_lines") == 0
    keyed = "--set=lake.pseudonyms=true"
    assert lake.run("ingest_lines", keyed) == 2
    monkeypatch.setenv("BASKETRY_PSEUDONYM_KEY", KEY)
    (lake.raw / "a.csv").unlink()
    assert lake.run("ingest_lines", keyed) == 3
    assert "1 receipt file(s) were read with another key, or none, and are no longer in" in capsys.readouterr().err


def test_a_raw_delta_table_has_pseudonyms_and_leaves_out_who_is_forgotten(lake, spark, monkeypatch):
    sold = "b1 u1\nb2 u2\nb3 u2".splitlines()
    values = [(*line.split(), "tea", 1, 1.0, "2024-01-08 10:00:00") for line in sold]
    columns = "basket_id string, user_id string, item_id string, quantity int, amount double, sold_at string"
    spark.createDataFrame(values, columns).write.format("delta").save(str(lake.raw / "till"))
    lake.store.merge(tables.FORGOTTEN, _forgotten(spark, "u2"), "test")
    monkeypatch.setenv("BASKETRY_PSEUDONYM_KEY", KEY)
    assert lake.run("ingest_lines", "--set=lake.pseudonyms=true") == 0
    assert rows(lake.read(tables.FILES), "n_records", "n_forgotten") == [(1, 2)]
    assert lake.run("clean_lines", *LENIENT) == 0
    assert rows(lake.read(tables.LINES), "basket_id", "user_id") == [("b1", People(KEY.encode()).name("u1"))]


def _forgotten(spark, user):
    return spark.createDataFrame(pa.table({"fingerprint": [fingerprint(user)]})).selectExpr(
        "fingerprint", "current_timestamp() AS forgotten_at"
    )


def test_nobody_to_forget_is_a_wrong_argument(lake, config):
    assert forget(lake, config).exception.exit_code == 2
    assert forget(lake, config, "-", input="\n").exception.exit_code == 2
