"""How many pairs each null calls significant: in real receipts, and in shuffles of them where all is chance.

python bench/calibration.py [--draws 3]. The receipts are the sample lake's mined days by item and by type, and those of
a made-up wholesaler, nearly half of them in baskets of 200 to 1,000 items. `coarse` is the null `strata`
with 20 strata of as many baskets, as is often done. Each row is also a line of JSON in bench/results/calibration.jsonl.
Then, of the significant pairs in gold.pairs that can be checked, how many repeat in the days never mined.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import scipy.sparse as sp
from deltalake import DeltaTable
from mining import LAKE, baskets_file, kept, types_file

from basketry.mining.audit import significant
from basketry.mining.curveball import shuffle
from basketry.mining.settings import MiningSettings

RESULTS = Path(__file__).parent / "results" / "calibration.jsonl"
NULLS = ("strata", "coarse", "margins")
N_COARSE = 20
N_BASKETS, N_ITEMS, LARGEST = 20_000, 2_500, 1_000
GROUPS, GROUP_SIZE, SHARE_WITH_GROUP = 100, 5, 0.3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=3)
    draws = parser.parse_args().draws
    made = {"item": sample(baskets_file(1)), "type": sample(types_file()), "wholesaler": wholesaler()}
    rows = list(kept((row for name, lines in made.items() for row in calibrated(name, lines, draws)), RESULTS))
    print(as_markdown(rows), *repeated(), sep="\n")
    sys.exit("; ".join(broken(rows)) or None)


def calibrated(name, lines, draws):
    """A row a null: pairs significant in the receipts and in each shuffle, and the largest share of lines kept."""
    print(f"calibration: {name}, {len(lines[0]):,} lines", file=sys.stderr)
    with ProcessPoolExecutor(max_workers=2) as pool:
        drawn = list(pool.map(partial(noise, lines), range(draws)))
    real = counted(*lines)
    for null in NULLS:
        noises = [found[null] for found, _ in drawn]
        most = max(share for _, share in drawn)
        yield {"name": name, "null": null, "real": real[null], "noise": noises, "kept": round(most, 4)}


def noise(lines, draw):
    mixed = shuffle(*lines, np.random.default_rng([11, draw]))
    if not mixed.is_mixed:
        raise SystemExit(f"calibration: draw {draw} is not mixed: {mixed.kept:.1%} of the lines kept")
    return counted(lines[0], mixed.items), mixed.kept


def counted(rows, items):
    """Significant pairs by null, of lines (basket, item)."""
    held = sp.csr_matrix((np.ones(len(rows), np.int64), (rows, items)))
    strata, margins = MiningSettings(), MiningSettings(null="margins")
    found = (significant(held, strata), significant(held, strata, coarse), significant(held, margins))
    return dict(zip(NULLS, found, strict=True))


def coarse(sizes):
    """The stratum of each basket among N_COARSE of as many baskets, as far as equal sizes allow."""
    edges = np.unique(np.quantile(sizes, np.linspace(0, 1, N_COARSE + 1)[1:-1]))
    return np.searchsorted(edges, sizes, side="right")


def sample(path):
    """Lines of the days that are mined: without the holdout."""
    table = pq.read_table(path, columns=["sold_on", "items"])
    last = pc.max(table["sold_on"]).as_py() - timedelta(days=MiningSettings().holdout_days)
    items = table.filter(pc.less_equal(table["sold_on"], last))["items"].combine_chunks()
    codes = pc.list_flatten(items).dictionary_encode().indices
    return pc.list_parent_indices(items).to_numpy().astype(np.int64), codes.to_numpy().astype(np.int64)


def wholesaler():
    """Heavy-tailed baskets; some hold one of GROUPS planted groups of items, all of it."""
    random = np.random.default_rng(10)
    shares = 1 / np.arange(1, N_ITEMS + 1) ** 0.7
    sizes = np.minimum(1 + (random.pareto(1.0, N_BASKETS) * 5).astype(int), LARGEST)
    groups = random.permutation(N_ITEMS)[: GROUPS * GROUP_SIZE].reshape(GROUPS, GROUP_SIZE)
    baskets = [random.choice(N_ITEMS, size, replace=False, p=shares / shares.sum()) for size in sizes]
    for number in np.flatnonzero(random.random(N_BASKETS) < SHARE_WITH_GROUP):
        baskets[number] = np.union1d(baskets[number], groups[random.integers(GROUPS)])
    return np.repeat(np.arange(N_BASKETS), [len(basket) for basket in baskets]), np.concatenate(baskets)


def as_markdown(rows):
    lines = ["| receipts | null | significant pairs, real | in noise | lines kept |", "|---|---|---|---|---|"]
    for row in rows:
        low, high = min(row["noise"]), max(row["noise"])
        spread = f"{low:,}" if low == high else f"{low:,}-{high:,}"
        lines.append(f"| {row['name']} | `{row['null']}` | {row['real']:,} | {spread} | {row['kept']:.1%} |")
    return "\n".join(lines)


def repeated():
    """A line a level of gold.pairs: its significant complements that can be checked, and the share that repeats."""
    columns = ["level", "direction", "is_significant", "replicated"]
    pairs = DeltaTable(str(LAKE.parent / "gold" / "pairs")).to_pyarrow_table(columns=columns)
    is_complement = pc.equal(pairs["direction"], "complement")
    checked = pairs.filter(pc.and_(pairs["is_significant"], is_complement)).drop_null()
    for level in pc.unique(checked["level"]).to_pylist():
        held = checked.filter(pc.equal(checked["level"], level))["replicated"]
        yield f"{level}: of {len(held):,} significant pairs that can be checked, {pc.mean(held).as_py():.1%} repeat"


def broken(rows):
    """Nulls of ours that call more than one pair significant in the median shuffle."""
    ours = [row for row in rows if row["null"] != "coarse"]
    return [f"{r['name']}, {r['null']}: {r['noise']} in noise" for r in ours if median(r["noise"]) > 1]


if __name__ == "__main__":
    main()
