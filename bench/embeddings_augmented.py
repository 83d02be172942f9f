"""Item vectors by baskets as they are, and by baskets that are changed in training, in one way after the other.

python bench/embeddings_augmented.py [--on holdout|validation] [--seeds 7 8 9] [--set KEY=VALUE ...]. Receipts of the
sample lake; queries as in bench/embeddings.py. All take as many steps, so who leaves items out sees baskets more often.
Each row is also a line of JSON in bench/results/embeddings_augmented.jsonl.
"""

import argparse

import mining
from embeddings import HERE, WORK, Baskets, by_vectors, described, judged, parts, show, trained

from basketry.config import load_settings

RESULTS = HERE / "results" / "embeddings_augmented.jsonl"
CHANGES = ({}, {"item_drop": 0.1}, {"item_drop": 0.2}, {"crop": 0.5}, {"swap": 0.1})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", choices=("holdout", "validation"), default="holdout")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    parser.add_argument("--set", action="append", default=[])
    asked = parser.parse_args()
    settings = load_settings([], [f"embeddings.{each}" for each in ["comm=alone", *asked.set]], {}).embeddings
    WORK.mkdir(parents=True, exist_ok=True)
    show(list(mining.kept(compared(settings, asked.on, asked.seeds), RESULTS)))


def compared(settings, on, seeds):
    baskets = Baskets(on, settings.min_count)
    queries, items = baskets.queries(lambda basket: basket >= 0), described()
    for change in CHANGES:
        said = ", ".join(f"{what} {share:g}" for what, share in change.items()) or "as they are"
        for seed in seeds:
            found, _ = trained(baskets, settings.model_copy(update=change), items, seed)
            rows = found[: len(baskets.items)]
            yield judged(f"{said}, seed {seed}", queries, by_vectors(*parts(rows), rows[:, -1]))


if __name__ == "__main__":
    main()
