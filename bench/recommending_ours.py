"""ALS and lists by Spark: python recommending_ours.py ENGINE WARM FOLDER RANK OUT [FACTORS], as recommending.py asks.

ENGINE is ours, or plain: MLlib as a first script has it, by the guide's own lines. The session has fitted and listed
the folder WARM once, at a small rank. Prints a line of JSON for the fit, from file to factors, and one for the ten best
items of every user, from factors to the file OUT/lists. plain leaves its factors in OUT; with FACTORS, the OUT of
plain, ours also lists what those factors say.

python recommending_ours.py listing ITEMS USERS RANK OUT: lists for so many users, from random factors in files.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from ours import cpu_seconds, session
from pyspark.ml.recommendation import ALS
from pyspark.sql import functions as F

from basketry.recommend.als import Factors, fit_als
from basketry.recommend.catalogue import catalogue_of
from basketry.recommend.lists import ranked_lists
from basketry.recommend.models import factor_model
from basketry.recommend.settings import RecommendSettings

N = 10
SEED = 1
WARM_RANK = 16
CHUNK = 100_000


def fit_ours(spark, folder, rank):
    users, items, weights = (spark.read.parquet(f"{folder}/{name}.parquet") for name in ("users", "items", "weights"))
    given = weights.select("user_id", "item_id", "weight")
    return fit_als(given, users, items, RecommendSettings(rank=rank), seed=SEED)


def fit_plain(spark, folder, rank):
    settings = RecommendSettings(rank=rank)
    return ALS(
        rank=rank,
        maxIter=settings.iterations,
        alpha=settings.alpha,
        regParam=settings.regularization,
        implicitPrefs=True,
        userCol="user_index",
        itemCol="item_index",
        ratingCol="weight",
        seed=SEED,
    ).fit(spark.read.parquet(f"{folder}/weights.parquet"))


def lists_of_ours(factors, folder, out):
    spark = factors.users.sparkSession
    catalogue = catalogue_of(spark.read.parquet(f"{folder}/items.parquet"))
    cases = factors.users.select(F.col("user_id").alias("case_id"), "factors")
    lists = ranked_lists(cases, [factor_model(factors.items, catalogue)], catalogue, N)
    lists.selectExpr("int(case_id) user", "int(item_id) item", "position", "score").write.parquet(out, "overwrite")


def lists_of_plain(model, out):
    best = model.recommendForAllUsers(N).selectExpr("user_index user", "posexplode(recommendations) AS (place, best)")
    rows = best.selectExpr("user", "best.item_index item", "place + 1 position", "double(best.rating) score")
    rows.write.parquet(out, "overwrite")


def blas(spark):
    """What MLlib multiplies with: JNIBLAS when the machine has libblas.so.3, else Java."""
    scala = getattr(getattr(spark._jvm.org.apache.spark.ml.linalg, "BLAS$"), "MODULE$")
    return scala.nativeBLAS().getClass().getSimpleName()


def measured(name, action, **said):
    """What the action gave, and a line that says what it took."""
    started, used = time.monotonic(), cpu_seconds()
    found = action()
    took = {"wall_s": round(time.monotonic() - started, 2), "cpu_s": round(cpu_seconds() - used, 2)}
    print(json.dumps({"name": name, **took, "result": said}), flush=True)
    return found


def compared(engine, warm, folder, rank, out, plain=None):
    spark = session(engine)
    fit, lists = {
        "ours": (fit_ours, lists_of_ours),
        "plain": (fit_plain, lambda model, _, out: lists_of_plain(model, out)),
    }[engine]
    lists(fit(spark, warm, WARM_RANK), warm, f"{out}/lists")
    found = measured("fit", lambda: fit(spark, folder, int(rank)), blas=blas(spark))
    measured("lists", lambda: lists(found, folder, f"{out}/lists"))
    if engine == "plain":
        for name, factors in (("user", found.userFactors), ("item", found.itemFactors)):
            named = factors.selectExpr(f"string(id) {name}_id", "features factors")
            named.write.parquet(f"{out}/{name}s", "overwrite")
    elif plain:
        theirs = Factors(spark.read.parquet(f"{plain}/users"), spark.read.parquet(f"{plain}/items"))
        measured("lists again", lambda: lists(theirs, folder, f"{out}/again"))


def listing(items, users, rank, out):
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for name, n in (("items", int(items)), ("users", int(users))):
        write_random(folder / f"{name}.parquet", name.removesuffix("s"), n, int(rank))
    spark = session("ours")
    found = Factors(*(spark.read.parquet(f"{out}/{name}.parquet") for name in ("users", "items")))
    measured("lists", lambda: lists_of_ours(found, folder, f"{out}/lists"))


def write_random(path, name, n, rank):
    """(name_id, factors, popularity), the id a number as text, in files of row groups of CHUNK."""
    random, writer = np.random.default_rng(n), None
    for start in range(0, n, CHUNK):
        ids = np.arange(start, min(n, start + CHUNK))
        flat = pa.array(random.standard_normal(len(ids) * rank).astype(np.float32))
        factors = pa.ListArray.from_arrays(pa.array(np.arange(len(ids) + 1, dtype=np.int32) * rank), flat)
        columns = [pa.array(ids).cast(pa.string()), factors, pa.array(np.full(len(ids), 1 / n))]
        part = pa.table(columns, names=[f"{name}_id", "factors", "popularity"])
        writer = writer or pq.ParquetWriter(path, part.schema)
        writer.write_table(part)
    writer.close()


if __name__ == "__main__":
    engine, *rest = sys.argv[1:]
    if engine == "listing":
        listing(*rest)
    else:
        compared(engine, *rest)
