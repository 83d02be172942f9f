"""Mining by Spark on one file of baskets: python ours.py ENGINE WARM FILE MIN_COUNT... Prints a line of JSON a count.

The session is warm: it has mined the file WARM once at the first count. Engines are mllib and native, ours from the
table to itemsets and rules with every measure; `plain`, MLlib as a first script has it, by the guide's own lines; and
`pairs`, every pair of items by both nulls, of FILE's items.
"""

import json
import sys
import time

import psutil
from pyspark.ml.fpm import FPGrowth
from pyspark.sql import SparkSession

from basketry.mining.levels import at_level
from basketry.mining.pairs import find_pairs
from basketry.mining.rules import mine_rules
from basketry.mining.settings import MiningSettings
from basketry.session import SparkSettings, build_session

LONGEST = 10


def by_ours(engine):
    def mine(baskets, min_count):
        found = mine_rules(baskets, MiningSettings(engine=engine, min_count=min_count, max_length=LONGEST))
        return {"itemsets": found.itemsets.count(), "rules": found.rules.toArrow().num_rows}

    return mine


def plain(baskets, min_count):
    model = FPGrowth(itemsCol="items", minSupport=min_count / baskets.count(), minConfidence=0.2).fit(baskets)
    return {"itemsets": model.freqItemsets.count(), "rules": model.associationRules.count()}


def pairs(baskets, min_count):
    whole = at_level(baskets, None, "item")
    found = find_pairs(whole, None, MiningSettings(pair_min_count=min_count)).pairs.persist()
    return {"pairs": found.count(), "significant": found.where("is_significant").count()}


ENGINES = {"mllib": by_ours("mllib"), "native": by_ours("native"), "plain": plain, "pairs": pairs}


def measured(mine, baskets, min_count):
    started, used = time.monotonic(), cpu_seconds()
    found = mine(baskets, min_count)
    took = {"wall_s": round(time.monotonic() - started, 2), "cpu_s": round(cpu_seconds() - used, 2)}
    baskets.sparkSession.catalog.clearCache()
    return {"min_count": min_count, **took, "result": found}


def cpu_seconds():
    own = psutil.Process()
    times = [process.cpu_times() for process in [own, *own.children(recursive=True)]]
    return sum(t.user + t.system for t in times)


def session(engine):
    if engine == "plain":
        return SparkSession.builder.master("local[*]").config("spark.driver.memory", "3g").getOrCreate()
    return build_session(SparkSettings(log_file="build/bench/spark.log"), "bench")


if __name__ == "__main__":
    name, warm, path, *counts = sys.argv[1:]
    spark = session(name)
    measured(ENGINES[name], spark.read.parquet(warm), int(counts[0]))
    for count in counts:
        print(json.dumps(measured(ENGINES[name], spark.read.parquet(path), int(count))), flush=True)
