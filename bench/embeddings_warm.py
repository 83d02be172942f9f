"""Item vectors that start from those of four weeks ago, beside vectors that start from nothing.

python bench/embeddings_warm.py [--set KEY=VALUE ...]. Receipts of the sample lake; queries of the last 28 days as in
bench/embeddings.py. Published vectors are trained on what came before the 28 days before those; then everything before
the last 28 days is learnt from, from nothing or from them, in as many passes as each row says. Each row is also a line
of JSON in bench/results/embeddings_warm.jsonl.
"""

import argparse
import tempfile
import time
from dataclasses import replace

import mining
import numpy as np
from embeddings import HERE, WORK, Baskets, by_vectors, judged, parts, prepared, show, trained

from basketry.config import load_settings
from basketry.embeddings.earlier import Earlier, start_of
from basketry.embeddings.features import no_features
from basketry.embeddings.launch import launch
from basketry.embeddings.results import trained_rows
from basketry.embeddings.spec import START

RESULTS = HERE / "results" / "embeddings_warm.jsonl"
PASSES = (1, 2, 5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", default=[])
    asked = parser.parse_args()
    settings = load_settings([], [f"embeddings.{each}" for each in ["comm=alone", *asked.set]], {}).embeddings
    WORK.mkdir(parents=True, exist_ok=True)
    show(list(mining.kept(compared(settings), RESULTS)))


def compared(settings):
    past, now = (Baskets(on, settings.min_count) for on in ("validation", "holdout"))
    rows, _ = trained(past, settings, None)
    earlier = Earlier(list(past.items), rows, np.zeros(len(past.items), bool))
    queries = now.queries(lambda basket: basket >= 0)
    for kind, known in (("nothing", None), ("published", earlier)):
        for epochs in PASSES:
            started = time.monotonic()
            found = learnt(now, settings.model_copy(update={"epochs": epochs, "start_from": kind}), known)
            took = round(time.monotonic() - started, 1)
            row = judged(f"from {kind}, {epochs} passes", queries, by_vectors(*parts(found), found[:, -1]))
            yield {**row, "result": {**row["result"], "seconds": took}}


def learnt(baskets, settings, earlier):
    """Rows of the items of `baskets`."""
    features = no_features(len(baskets.items))
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        spec = replace(prepared(folder, baskets, settings, features), is_warm=earlier is not None)
        if earlier:
            start = start_of(earlier, list(baskets.items), baskets.counts, features)
            np.save(spec.path(START), start.rows, allow_pickle=False)
        launch(spec, None, lambda *_, **__: None)
        return trained_rows(spec)


if __name__ == "__main__":
    main()
