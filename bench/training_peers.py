"""What a CPU-second of training does beside gensim's, and what a second process gains.

python bench/training_peers.py [--set KEY=VALUE ...]. The sample's receipts before the last 28 days, vectors of 64
numbers, each side one process. Words: items of baskets, each left out once. Pairs: of items that met, each told from
others; gensim's skip-gram goes through all of a basket, the pair head draws one for each item. CPU-seconds of ours are
those of EPOCHS less those of one pass, so that starting and compiling do not count; gensim times its training alone.
Examples a second of one and two processes are of the second half of the steps. Best on an idle machine. Each row is
also a line of JSON in bench/results/training_peers.jsonl.
"""

import argparse
import resource
import tempfile
from dataclasses import replace

import mining
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from embeddings import HERE, WORK, Baskets, prepared, show
from training import timed

from basketry.config import load_settings
from basketry.embeddings.features import no_features
from basketry.embeddings.launch import launch
from basketry.embeddings.pairs.training import own_settings, pair_spec

RESULTS = HERE / "results" / "training_peers.jsonl"
DIM, EPOCHS = 64, 4


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", default=[])
    given = ["comm=alone", f"embedding_dim={DIM}", *parser.parse_args().set]
    WORK.mkdir(parents=True, exist_ok=True)
    show(list(mining.kept(compared(given), RESULTS)))


def settings_of(given):
    return load_settings([], [f"embeddings.{each}" for each in given], {}).embeddings


def compared(given):
    settings = settings_of(given)
    baskets = Baskets("holdout", settings.min_count)
    sizes = np.array([len(basket) for basket in baskets.train])
    n_words, n_pairs = int(sizes.sum()), int((sizes * (sizes - 1)).sum())
    for name, n in (("gensim CBOW", n_words), ("gensim skip-gram", n_pairs)):
        yield rate(name, n, gensim_seconds(baskets, name == "gensim skip-gram"))
    yield rate("ours, completion", n_words, seconds(baskets, settings, completion_spec))
    yield rate("ours, pair head", n_words, seconds(baskets, settings, head_spec))
    for steps in ([], ["slots=16384"]):
        one, two = (
            timed(settings_of([*given, *steps, "log_every=1", "comm=horovodrun", f"workers={workers}"]))["result"]
            for workers in (1, 2)
        )
        gain = round(two["examples_per_s"] / one["examples_per_s"], 2)
        said = {"one": one["examples_per_s"], "two": two["examples_per_s"], "gain": gain}
        yield {"name": f"examples a second by processes {' '.join(steps)}", "result": said}


def rate(name, n, cpu_s):
    what = "words" if name in ("gensim CBOW", "ours, completion") else "pairs"
    return {"name": name, "result": {f"{what}_per_cpu_s": round(n / cpu_s), "cpu_s_of_a_pass": round(cpu_s, 2)}}


def gensim_seconds(baskets, is_skip_gram):
    """CPU-seconds of one pass."""
    path, out = WORK / "train.parquet", WORK / "vectors.npz"
    pq.write_table(pa.table({"items": pa.array(baskets.train, pa.list_(pa.int32()))}), path)
    command = [mining.peers_python(), HERE / "embeddings_peer.py", path, DIM, 1, out]
    (found,) = mining.run([*command, "--skip-gram"] if is_skip_gram else command)
    return found["cpu_s"]


def seconds(baskets, settings, spec_of):
    """CPU-seconds of one pass, of the difference of two trainings."""
    used = [cpu_of(baskets, settings.model_copy(update={"epochs": epochs}), spec_of) for epochs in (1, EPOCHS)]
    return (used[1] - used[0]) / (EPOCHS - 1)


def cpu_of(baskets, settings, spec_of):
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        spec = spec_of(folder, baskets, settings)
        before = spent()
        launch(spec, None, lambda *_, **__: None)
        return spent() - before


def spent():
    """Of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def completion_spec(folder, baskets, settings):
    return prepared(folder, baskets, settings, no_features(len(baskets.items)))


def head_spec(folder, baskets, settings):
    spec = prepared(folder, baskets, own_settings(settings), no_features(len(baskets.items)))
    named = pair_spec(spec.path(""), spec.n_items, spec.n_tokens, spec.seed, own_settings(settings))
    return replace(named, validates=False)


if __name__ == "__main__":
    main()
