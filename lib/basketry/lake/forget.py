"""Where forgotten users are still named: found by the fingerprint of each id, so that no plan, log or commit has one.

What finds a user by id in a query leaves that id in Delta's history and in Spark's event log.
"""

from collections.abc import Iterable
from datetime import datetime

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from basketry.lake.ingest import files_read
from basketry.lake.located import WHITE, user_places
from basketry.lake.people import BETWEEN_WORDS, SALT, WITHHELD, People, fingerprint
from basketry.lake.records import BLANK
from basketry.lake.settings import LineColumns
from basketry.tables import FILES, FORGOTTEN, RAW_LINES

RECORD = ("file", "record_number")


def to_forget(spark: SparkSession, users: Iterable[str], people: People, at: datetime) -> DataFrame:
    """Rows of ops.forgotten: of each id, and of its pseudonym, which stands in the tables."""
    named = {fingerprint(name) for user in users for name in (user, people.name(user))}
    return spark.createDataFrame([(each, at) for each in sorted(named)], FORGOTTEN.schema)


def users_in(rows: DataFrame, forgotten: DataFrame) -> DataFrame:
    """(user_id): the forgotten users that a table with that column names. Key: user_id."""
    return _among(rows.select("user_id").distinct(), F.col("user_id"), forgotten)


def records_naming(lines: DataFrame, forgotten: DataFrame, columns: LineColumns) -> DataFrame:
    """(file, record_number, fault) of bronze.lines: records of a forgotten user, and, with a fault, those that could
    not be parsed and name one.
    """
    records = lines.where("record_number > 0").select(*RECORD, "values", "raw", "fault")
    theirs = records.join(F.broadcast(_places(lines, columns)), "file", "inner")
    theirs = _among(theirs, F.trim(F.get("values", "place"), F.lit(WHITE)), forgotten)
    unread = records.where(F.col("fault").isNotNull() & (F.col("fault") != BLANK))
    words = unread.withColumn("word", F.explode(F.split("raw", BETWEEN_WORDS)))
    naming = _among(words, F.col("word"), forgotten).select(*RECORD, "fault")
    return theirs.select(*RECORD, "fault").unionByName(naming).distinct()


def withheld(lines: DataFrame, naming: DataFrame) -> DataFrame:
    """Rows of bronze.lines for those that could not be parsed, without their text. `naming`: see records_naming."""
    unread = lines.join(naming.where(F.col("fault").isNotNull()), list(RECORD), "left_semi")
    return unread.withColumn("raw", F.lit(WITHHELD)).select(*RAW_LINES.column_names)


def stale_rejects(rejects: DataFrame, lines: DataFrame, naming: DataFrame) -> DataFrame:
    """(file, record_number) of silver.rejects that have a text which bronze has not, or not once `naming` is taken out.

    By what stands in bronze, so that also a table of an earlier time, restored alone, is seen through.
    """
    is_told = F.col("raw").isNull() | (F.col("raw") != WITHHELD)
    standing = lines.where((F.col("record_number") > 0) & is_told).join(naming, list(RECORD), "left_anti")
    return rejects.where(F.col("raw") != WITHHELD).select(*RECORD).join(standing, list(RECORD), "left_anti")


def recounted(files: DataFrame, lines: DataFrame, naming: DataFrame) -> DataFrame:
    """bronze.files with the records that stand in bronze.lines once those of forgotten users are gone.

    From what stands there, not from what is taken away, so that a run that was killed between is made good by the next.
    """
    gone = naming.where(F.col("fault").isNull())
    left = lines.where("record_number > 0").join(gone, list(RECORD), "left_anti").groupBy("file")
    came = files_read(lines).select("file", (F.col("n_records") + F.col("n_forgotten")).alias("n_came"))
    counted = files.join(left.agg(F.count("*").alias("n_left")), "file", "left").join(came, "file", "left")
    n_left = F.coalesce("n_left", F.lit(0).cast("bigint"))
    now = {"n_records": n_left, "n_forgotten": F.coalesce(F.col("n_came") - n_left, F.col("n_forgotten"))}
    return counted.withColumns(now).select(*FILES.column_names)


def _places(lines: DataFrame, columns: LineColumns) -> DataFrame:
    """(file, place): where the receipts of each file that was read, listed or not, have a user."""
    headers = files_read(lines).where("source = 'lines'").select("file", "columns").collect()
    places = [(row.file, place) for row in headers for place in user_places(row.columns, columns)]
    return lines.sparkSession.createDataFrame(places, "file string, place int")


def _among(rows: DataFrame, user: Column, forgotten: DataFrame) -> DataFrame:
    """The rows whose `user` is forgotten; a null never is."""
    marked = rows.withColumn("fingerprint", F.sha2(F.concat(F.lit(SALT), user), 256))
    return marked.join(F.broadcast(forgotten.select("fingerprint")), "fingerprint", "left_semi").drop("fingerprint")
