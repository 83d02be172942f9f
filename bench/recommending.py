"""ALS and the ten best items of every user beside `implicit` and a plain MLlib script: time, memory, NDCG@10.

python bench/recommending.py [--scales 1 10] [--ranks 16 64]. Purchases of the sample lake up to 28 days before its
end, decayed and weighted as train_als does, items bought fewer than recommend.min_item_baskets times left out: every
engine reads the same Parquet, makes 10 iterations, and is judged on what users bought in those 28 days. At scale 10
each user is there ten times, each time without a random tenth of the purchases; the items stay. fit: from the file to
factors; lists: from factors to a file. Spark's engines have done both once before, at scale 1. Memory is that of all
processes, warming included. Each row is also a line of JSON in bench/results/recommending.jsonl.

MLlib and ours scale the regularisation by a user's number of items, implicit does not: it is given that of the mean
user. plain is left out at the largest scale and rank, where it takes longest. "lists again": ours for the factors
that plain found, which must be plain's lists, or this ends with exit code 1. MLlib multiplies by libblas.so.3 and
liblapack.so.3 where the machine has them (apt-get install libopenblas0-pthread, OPENBLAS_NUM_THREADS=1), else in Java:
`blas` says which.

python bench/recommending.py --users 100000 300000 1000000 [--items 30000]: instead, lists for so many users from random
factors of the first rank, in bench/results/listing.jsonl.
"""

import argparse
import sys

import mining
import numpy as np
from purchases import SETTINGS, WORK, lists, purchases, quality, ridge
from rich.console import Console
from rich.table import Table as Grid

HERE = mining.HERE
RESULTS = HERE / "results" / "recommending.jsonl"
LISTING = HERE / "results" / "listing.jsonl"
LIMIT_S = 1800
LISTED = "lists again"
CLOSE = 1e-5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--ranks", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--users", type=int, nargs="+", default=[])
    parser.add_argument("--items", type=int, default=30_000)
    asked = parser.parse_args()
    if asked.users:
        show(list(mining.kept(listed(asked), LISTING)))
        return
    rows = list(mining.kept(measured(asked), RESULTS))
    show(rows)
    print(*ratios(rows), sep="\n")
    sys.exit("; ".join(failures(rows)) or None)


def measured(asked):
    """Rows of every engine, plain first: ours lists the items of plain's factors too."""
    for scale in asked.scales:
        for rank in asked.ranks:
            is_largest = scale == max(asked.scales) > 1 and rank == max(asked.ranks) > min(asked.ranks)
            for engine in ("implicit", "ours") if is_largest else ("implicit", "plain", "ours"):
                out = WORK / f"{engine}-{scale}-{rank}"
                for row in mining.run(command(engine, scale, rank, out, is_largest), LIMIT_S):
                    yield named(row, engine, scale, rank, out)


def command(engine, scale, rank, out, is_largest):
    folder = purchases(scale)
    if engine == "implicit":
        return [mining.peers_python(), HERE / "recommending_peer.py", folder, rank, SETTINGS.iterations, ridge(), out]
    others = [] if engine == "plain" or is_largest else [WORK / f"plain-{scale}-{rank}"]
    return [sys.executable, HERE / "recommending_ours.py", engine, purchases(1), folder, rank, out, *others]


def named(row, engine, scale, rank, out):
    """The row with what is said of its lists: their NDCG, or whether they are plain's."""
    result = dict(row["result"])
    if row.get("name") == "lists":
        result["ndcg"] = round(quality(out / "lists"), 4)
    if row.get("name") == LISTED:
        result |= agreement(out / "again", WORK / f"plain-{scale}-{rank}" / "lists")
    taken = {k: row[k] for k in ("wall_s", "cpu_s", "peak_mib", "largest_mib")}
    return {"name": row.get("name", "all"), "engine": engine, "scale": scale, "rank": rank, **taken, "result": result}


def listed(asked):
    """A row a number of users: their lists from random factors."""
    for users in asked.users:
        out = WORK / f"listed-{users}"
        program = [sys.executable, HERE / "recommending_ours.py", "listing", asked.items, users, asked.ranks[0], out]
        for row in mining.run(program, LIMIT_S):
            yield named({**row, "name": "listing"}, "ours", users, asked.ranks[0], out)


def agreement(mine, theirs):
    """How far the scores of two lists are apart, place by place, and how many users have the very same items."""
    (items, scores), (others, expected) = lists(mine), lists(theirs)
    if items.shape != others.shape:
        return {"apart": float("inf"), "same": 0.0}
    return {
        "apart": float(np.abs(scores - expected).max()),
        "same": round(float((items == others).all(axis=1).mean()), 4),
    }


def failures(rows):
    """Engines that ended badly, and lists that are not plain's: rounding alone moves a score by less than CLOSE."""
    for row in rows:
        what = f"{row['engine']}, scale {row['scale']}, rank {row['rank']}"
        if "failed" in row["result"]:
            yield f"{what}: {row['result']['failed']}"
        if row["result"].get("apart", 0) > CLOSE:
            yield f"{what}: scores are {row['result']['apart']} from plain's"


def ratios(rows):
    """A line for each scale and rank: ours beside the others."""
    taken = {(row["name"], row["engine"], row["scale"], row["rank"]): row["wall_s"] for row in rows}
    for name, engine, scale, rank in taken:
        if (name, engine) == ("fit", "ours") and ("fit", "implicit", scale, rank) in taken:
            times = taken[name, engine, scale, rank] / taken["fit", "implicit", scale, rank]
            yield f"scale {scale}, rank {rank}: fit takes {times:.1f} times as long as implicit's"
        if name == LISTED and ("lists", "plain", scale, rank) in taken:
            times = taken["lists", "plain", scale, rank] / taken[name, engine, scale, rank]
            yield f"scale {scale}, rank {rank}: lists are {times:.1f} times as fast as recommendForAllUsers"


def show(rows):
    """A line a row; growth: seconds over those of the same engine and rank at the first scale."""
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    headings = ("what", "engine", "scale", "rank", "seconds", "growth", "cpu s", "peak MiB", "one process", "found")
    for heading in headings:
        grid.add_column(heading, justify="left" if heading in (*headings[:2], headings[-1]) else "right")
    first = {}
    for row in rows:
        growth = row["wall_s"] / first.setdefault((row["name"], row["engine"], row["rank"]), row["wall_s"])
        figures = (f"{row['wall_s']:.1f}", f"{growth:.1f}", f"{row['cpu_s']:.1f}")
        memory = (f"{row['peak_mib']:,}", f"{row['largest_mib']:,}")
        found = ", ".join(f"{what} {value}" for what, value in row["result"].items())
        grid.add_row(row["name"], row["engine"], f"{row['scale']:,}", str(row["rank"]), *figures, *memory, found)
    Console(width=140).print(grid)


if __name__ == "__main__":
    main()
