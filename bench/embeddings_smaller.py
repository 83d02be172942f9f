"""Item vectors beside the same in half precision and in 8 bits, and beside vectors by counting, as long as they are.

python bench/embeddings_smaller.py [--on holdout|validation] [--set KEY=VALUE ...]. Receipts of the sample lake; queries
as in bench/embeddings.py. Each row is also a line of JSON in bench/results/embeddings_smaller.jsonl; seconds: to train,
or to count pairs and find singular vectors; max_error: of any number of a vector.
"""

import argparse
import time

import mining
import numpy as np
from embeddings import HERE, WORK, Baskets, bags, by_vectors, judged, parts, show, trained
from scipy import sparse

from basketry.config import load_settings
from basketry.embeddings.precision import from_int8, to_half, to_int8
from basketry.recommend.ppmi import ppmi_vectors

RESULTS = HERE / "results" / "embeddings_smaller.jsonl"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", choices=("holdout", "validation"), default="holdout")
    parser.add_argument("--set", action="append", default=[])
    asked = parser.parse_args()
    settings = load_settings([], [f"embeddings.{each}" for each in ["comm=alone", *asked.set]], {}).embeddings
    WORK.mkdir(parents=True, exist_ok=True)
    show(list(mining.kept(compared(settings, asked.on), RESULTS)))


def compared(settings, on):
    baskets = Baskets(on, settings.min_count)
    queries, dim = baskets.queries(lambda basket: basket >= 0), settings.embedding_dim
    began = time.perf_counter()
    counted = ppmi_vectors(met(bags(baskets.train, len(baskets.items))), dim)
    yield row_of("PPMI-SVD", queries, counted, np.log(baskets.counts), seconds=time.perf_counter() - began)
    began = time.perf_counter()
    rows, _ = trained(baskets, settings, None)
    vectors, bias = parts(rows), rows[:, -1]
    yield row_of("float32", queries, vectors, bias, seconds=time.perf_counter() - began, bytes_a_vector=4 * dim)
    for name, change, size in (("float16", half, 2 * dim), ("int8", small, dim + 8)):
        lossy = [change(each) for each in vectors]
        off = max(float(np.abs(one - other).max()) for one, other in zip(lossy, vectors, strict=True))
        yield row_of(name, queries, lossy, bias, max_error=off, bytes_a_vector=size)


def met(held):
    """Baskets with both, nothing on the diagonal, of `held` [baskets, items]."""
    both = sparse.csr_array(held.T @ held)
    both.setdiag(0)
    both.eliminate_zeros()
    return both


def row_of(name, queries, vectors, bias, **more):
    row = judged(name, queries, by_vectors(*vectors, bias))
    return row | {"result": {**row["result"], **{key: round(value, 5) for key, value in more.items()}}}


def half(vectors):
    return to_half(vectors).astype(np.float32)


def small(vectors):
    return from_int8(*to_int8(vectors))


if __name__ == "__main__":
    main()
