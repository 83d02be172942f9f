"""How fast one worker learns item vectors from the sample's receipts, on its GPU where there is one.

python bench/training.py [--large] [--set KEY=VALUE ...]. Examples a second of the second half of the steps: graphs are
compiled in the first. --large takes steps that fill a GPU and are slow without one. The row is also a line of JSON in
bench/results/training.jsonl.
"""

import argparse
import tempfile

import tensorflow as tf
from embeddings import HERE, WORK, Baskets, prepared, show
from mining import kept

from basketry.config import load_settings
from basketry.embeddings.features import no_features
from basketry.embeddings.launch import launch
from basketry.embeddings.results import log_rows

RESULTS = HERE / "results" / "training.jsonl"
LARGE = ("slots=32768", "negatives=8192", "embedding_dim=256")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--set", action="append", default=[])
    asked = parser.parse_args()
    given = ["comm=alone", "log_every=1", *(LARGE if asked.large else ()), *asked.set]
    settings = load_settings([], [f"embeddings.{each}" for each in given], {}).embeddings
    show(list(kept([timed(settings)], RESULTS)))


def timed(settings):
    baskets = Baskets("holdout", settings.min_count)
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        spec = prepared(folder, baskets, settings, no_features(len(baskets.items)))
        launch(spec, None, lambda *_, **__: None)
        log = log_rows(spec)
    later = log[len(log) // 2 :]
    rate = sum(row["n_examples"] for row in later[1:]) / (later[-1]["seconds"] - later[0]["seconds"])
    on = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    return {"name": f"training on {on}", "result": {"examples_per_s": round(rate), "steps": len(log)}}


if __name__ == "__main__":
    main()
