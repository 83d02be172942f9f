"""`implicit` on one folder of purchases: python recommending_peer.py FOLDER RANK ITERATIONS REGULARIZATION OUT.

Prints a line of JSON for the fit, from file to factors, and one for the lists. The confidence of a pair is 1 + weight,
as MLlib's with alpha 1. One BLAS thread, as its documentation asks: it has threads of its own.
"""

import json
import os
import sys
import time
from functools import partial
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse
from implicit.als import AlternatingLeastSquares

N = 10


def fit(folder, rank, iterations, regularization):
    rows = pq.read_table(Path(folder) / "weights.parquet", columns=["user_index", "item_index", "weight"])
    pair = rows["user_index"].to_numpy(), rows["item_index"].to_numpy()
    bought = scipy.sparse.csr_matrix((1 + rows["weight"].to_numpy(), pair))
    model = AlternatingLeastSquares(
        factors=rank, iterations=iterations, regularization=regularization, alpha=1.0, random_state=1, use_gpu=False
    )
    model.fit(bought, show_progress=False)
    return model, bought


def measured(name, action):
    """What the action gave, and a line that says what it took."""
    started, used = time.monotonic(), time.process_time()
    found = action()
    took = {"wall_s": round(time.monotonic() - started, 2), "cpu_s": round(time.process_time() - used, 2)}
    print(json.dumps({"name": name, **took, "result": {}}), flush=True)
    return found


def write(items, scores, out):
    """Rows (user, item, position, score)."""
    user, place = np.divmod(np.arange(items.size), N)
    columns = {"user": user, "item": items.ravel(), "position": place + 1, "score": scores.ravel()}
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), out / "lists")


if __name__ == "__main__":
    folder, rank, iterations, regularization, out = sys.argv[1:]
    model, bought = measured("fit", lambda: fit(folder, int(rank), int(iterations), float(regularization)))
    everyone = np.arange(bought.shape[0])
    best = partial(model.recommend, everyone, bought, N=N, filter_already_liked_items=False)
    measured("lists", lambda: write(*best(), Path(out)))
