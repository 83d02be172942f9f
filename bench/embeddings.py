"""Item vectors beside gensim's and beside counting: how good, and cold items.

python bench/embeddings.py [--parts quality cold pair] [--on holdout|validation] [--set KEY=VALUE ...]. Receipts of the
sample lake. quality: of 8,000 baskets of the last 28 days one item is hidden, and every item of embeddings.min_count
baskets before is ranked by the others; Recall@20 and MRR. --on validation judges on the 28 days before those instead,
and learns from what came before them: settings, and the weight of popularity beside gensim's vectors, are chosen there.
cold: a tenth of the items is never learnt from, and the hidden item is one of them, ranked among them by its features,
and by how many baskets have an item of its category.
pair: pairs of one basket of those days are told from pairs of two, drawn as for the pair head (AUC), by the pair head
and by counts; of the head also how good its probabilities are. Each row is also a line of JSON in
bench/results/embeddings.jsonl.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import mining
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table as Grid
from scipy import sparse
from sklearn.metrics import roc_auc_score

from basketry.config import load_settings
from basketry.embeddings.augment import types_of
from basketry.embeddings.features import composed, features_of, no_features
from basketry.embeddings.launch import launch
from basketry.embeddings.pairs.answers import logits_of
from basketry.embeddings.pairs.calibration import quality_of
from basketry.embeddings.pairs.sampled import pairs_set_apart
from basketry.embeddings.pairs.training import own_settings, pair_spec, settled_head
from basketry.embeddings.results import trained_rows
from basketry.embeddings.spec import COUNTS, FEATURES, TYPES, Spec, holdout_name, shard_name

HERE = mining.HERE
WORK = mining.WORK / "embeddings"
RESULTS = HERE / "results" / "embeddings.jsonl"
DAYS, QUERIES, K, HIDDEN = 28, 8000, 20, 0.1
ALL = ("department", "category", "type", "brand", "size", "name")
# Weights of the logarithm of an item's baskets beside gensim's score, and what --on validation finds best.
POPULARITY = (0.0, 0.25, 0.5, 1.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", default=["quality", "cold"])
    parser.add_argument("--on", choices=("holdout", "validation"), default="holdout")
    parser.add_argument("--set", action="append", default=[])
    asked = parser.parse_args()
    settings = load_settings([], [f"embeddings.{each}" for each in ["comm=alone", *asked.set]], {}).embeddings
    parts = {"quality": quality, "cold": cold, "pair": pair}
    rows = (row for part in asked.parts for row in parts[part](settings, asked.on))
    show(list(mining.kept(rows, RESULTS)))


class Baskets:
    """Baskets of known items before and in the days that are judged, as arrays of indexes, most frequent item first."""

    def __init__(self, on, min_count, hidden=0.0):
        sold = mining.silver("baskets").select(["sold_on", "items"])
        day = sold["sold_on"].to_numpy().astype("datetime64[D]")
        last = day.max() + 1 - (DAYS if on == "validation" else 0)
        flat, of = flattened(sold["items"])
        self.begin, self.end = last - DAYS, last
        before, during = day < last - DAYS, (day >= last - DAYS) & (day < last)
        names, at = np.unique(flat, return_inverse=True)
        counts = np.bincount(at[before[of]], minlength=len(names))
        self.hidden = np.zeros(len(names), bool)
        often = np.flatnonzero(counts >= min_count)
        self.hidden[np.random.default_rng(3).permutation(often)[: round(hidden * len(often))]] = True
        kept = often[~self.hidden[often]]
        order = kept[np.lexsort((kept, -counts[kept]))]
        self.items, self.counts = names[order].astype(str), counts[order]
        self.cold = names[np.flatnonzero(self.hidden)].astype(str)
        index = np.full(len(names), -1)
        index[order], index[self.hidden] = np.arange(len(order)), len(order) + np.arange(len(self.cold))
        self.train = [b for b in split(index[at], of, before, len(day)) if len(b) > 1]
        self.train = [known for b in self.train if len(known := b[b < len(order)]) > 1]
        self.later = split(index[at], of, during, len(day))

    def queries(self, is_target):
        """(rest of the basket, hidden item) of up to QUERIES baskets, one each, drawn from a seed."""
        random, found = np.random.default_rng(5), []
        for basket in self.later:
            targets = basket[is_target(basket)]
            if len(targets):
                target = random.choice(targets)
                rest = basket[(basket != target) & (basket < len(self.items))]
                found += [(rest, target)] if len(rest) else []
        return [found[n] for n in random.permutation(len(found))[:QUERIES]]


def flattened(lists):
    lists = lists.combine_chunks()
    return lists.flatten().to_numpy(zero_copy_only=False), np.repeat(np.arange(len(lists)), lists.value_lengths())


def split(index, of, chosen, n):
    """Sorted known items of each chosen basket."""
    kept = chosen[of] & (index >= 0)
    ends = np.cumsum(np.bincount(of[kept], minlength=n))[:-1]
    return [np.sort(b) for b in np.split(index[kept], ends) if len(b)]


def trained(baskets, settings, described, seed=7):
    """Rows of every item of `baskets`, cold ones last, and the features."""
    n = len(baskets.items)
    features = features_of(described, list(baskets.items), settings) if settings.features else no_features(n)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        spec = replace(prepared(folder, baskets, settings, features), seed=seed)
        launch(spec, None, lambda *_, **__: None)
        return composed(trained_rows(spec), n, features), features


def prepared(folder, baskets, settings, features, labels=None, n_labels=0):
    """What a worker starts from, in `folder`; `labels` of the baskets to learn from where next purchases are learnt."""
    np.save(Path(folder) / COUNTS, baskets.counts)
    np.save(Path(folder) / FEATURES, features.trained)
    if settings.swap:
        np.save(Path(folder) / TYPES, types_of(described(), baskets.items.tolist()))
    write(folder, baskets.train, settings, shard_name, labels if n_labels else None)
    more = {"n_features": features.n, "n_labels": n_labels}
    return Spec(folder, len(baskets.items), sum(map(len, baskets.train)), 7, settings, **more)


def write(folder, lists, settings, named, labels=None):
    """The baskets of each shard, `lists` in another order, with their labels where there are some."""
    random = np.random.default_rng(1).permutation(len(lists))
    for shard in range(settings.shards):
        mine = random[shard :: settings.shards]
        rows = {"items": pa.array([lists[n] for n in mine], pa.list_(pa.int32()))}
        rows |= {} if labels is None else {"label": pa.array(labels[mine], pa.int32())}
        pq.write_table(pa.table(rows), Path(folder) / named(shard), row_group_size=8192)


def quality(settings, on):
    baskets = Baskets(on, settings.min_count)
    queries = baskets.queries(lambda b: b >= 0)
    popularity = np.log(baskets.counts)
    yield judged("popularity", queries, lambda rests: np.tile(popularity, (len(rests), 1)))
    together = counted(baskets)
    size = baskets.counts.astype(float)
    for name, own, other in (("cosine", 0.5, 0.5), ("count / (n_i n_j^.3)", 1.0, 0.3)):
        scores = together.multiply(size[:, None] ** -own).multiply(size[None, :] ** -other).tocsr()
        yield judged(f"together, {name}", queries, lambda rests, s=scores: (bags(rests, s.shape[0]) @ s).toarray())
    files = gensim(baskets, settings, 10)
    for weight in POPULARITY:
        yield judged(f"gensim CBOW + {weight:g} log baskets", queries, by_vectors(*files, weight * popularity))
    for name, chosen in (("ours", settings), ("ours, features", settings.model_copy(update={"features": ALL}))):
        rows, _ = trained(baskets, chosen, described())
        vectors = parts(rows[: len(baskets.items)])
        yield judged(name, queries, by_vectors(*vectors, rows[: len(baskets.items), -1]))


def parts(rows):
    dim = rows.shape[1] // 2
    return rows[:, :dim], rows[:, dim:-1]


def cold(settings, on):
    baskets = Baskets(on, settings.min_count, HIDDEN)
    n, items = len(baskets.items), described()
    category = dict(zip(items["item_id"].to_pylist(), items["category"].to_pylist(), strict=True))
    queries = [(rest, target - n) for rest, target in baskets.queries(lambda b: b >= n)]
    rows, features = trained(baskets, settings.model_copy(update={"features": ALL}), items)
    at = {item: place for place, item in enumerate(features.cold_items)}
    places = np.array([at.get(item, -1) for item in baskets.cold])
    queries = [(rest, target) for rest, target in queries if places[target] >= 0]
    sold = {}
    for item, count in zip(baskets.items, baskets.counts, strict=True):
        sold[category[item]] = sold.get(category[item], 0) + count
    popular = np.array([sold.get(category[item], 0) for item in baskets.cold], float)
    yield judged("cold, popularity of the category", queries, lambda rests: np.tile(popular, (len(rests), 1)))
    dim = rows.shape[1] // 2
    theirs = np.where((places >= 0)[:, None], rows[n + places], -1e9)
    score = by_vectors(rows[:n, :dim], theirs[:, dim:-1], theirs[:, -1], is_masked=False)
    yield judged("cold, features", queries, score)
    groups = np.array([category[item] or "" for item in baskets.cold])
    inside = [(rest, target) for rest, target in queries if (groups == groups[target]).sum() > 1]
    for name, scores in (("chance", None), ("features", score)):
        yield within(f"cold in its category, {name}", inside, groups, scores)


def pair(settings, on):
    WORK.mkdir(parents=True, exist_ok=True)
    baskets = Baskets(on, settings.min_count)
    together, size = counted(baskets), baskets.counts.astype(float)
    rows, _ = trained(baskets, settings.model_copy(update={"features": ()}), None)
    into, out = parts(rows)
    head, apart = pair_head(baskets, own_settings(settings))
    a, b = apart.a, apart.b
    n = np.asarray(together[a, b], float).ravel()
    both = (into[a] * out[b]).sum(1) + rows[b, -1] + (into[b] * out[a]).sum(1) + rows[a, -1]
    lift = head.slope * logits_of(head.layers, head.rows, a, b) + head.offset
    scores = {
        "popularity": size[a] * size[b],
        "lift": n / (size[a] * size[b]),
        "cosine of counts": n / np.sqrt(size[a] * size[b]),
        "vectors, both ways": both,
        "pair head": lift,
    }
    for name, score in scores.items():
        found = {"auc": round(roc_auc_score(apart.is_met, score, sample_weight=apart.weights), 4), "pairs": len(a)}
        if name == "pair head":
            told = quality_of(lift, apart.is_met, apart.weights)._asdict()
            found |= {key: round(value, 4) for key, value in told.items()}
        yield {"name": f"pair, {name}", "result": found}


def pair_head(baskets, settings):
    """Trained on what was bought before but for the share that calibrates, and pairs of the days that are judged."""
    n, is_apart = len(baskets.items), np.random.default_rng(9).random(len(baskets.train)) < settings.validation_share
    learnt, watched = ([baskets.train[at] for at in np.flatnonzero(is_apart == which)] for which in (False, True))
    later = [known for b in baskets.later if len(known := b[b < n]) > 1]
    with tempfile.TemporaryDirectory(dir=WORK) as folder, tempfile.TemporaryDirectory(dir=WORK) as other:
        write(folder, learnt, settings, shard_name)
        write(folder, watched, settings, holdout_name)
        write(other, later, settings, holdout_name)
        np.save(Path(folder) / COUNTS, baskets.counts)
        spec = pair_spec(Path(folder), n, sum(map(len, learnt)), 7, settings)
        launch(spec, None, lambda *_, **__: None)
        head = settled_head(spec, list(baskets.items), trained_rows(spec), lambda *_, **__: None)
        return head, pairs_set_apart(replace(spec, folder=other))


def within(name, queries, groups, score):
    """Mean of the share of the others of the target's category that it ranks above."""
    found = []
    for rest, target in queries:
        peers = np.flatnonzero(groups == groups[target])
        values = score([rest])[0][peers] if score else np.zeros(len(peers))
        own = values[peers == target][0]
        found.append(((values < own).sum() + ((values == own).sum() - 1) / 2) / (len(peers) - 1))
    return {"name": name, "result": {"auc": round(float(np.mean(found)), 4), "queries": len(queries)}}


def gensim(baskets, settings, epochs):
    path, out = WORK / "train.parquet", WORK / "cbow.npz"
    WORK.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"items": pa.array(baskets.train, pa.list_(pa.int32()))}), path)
    mining.run([mining.peers_python(), HERE / "embeddings_peer.py", path, settings.embedding_dim, epochs, out])
    found = np.load(out)
    return found["vectors_in"], found["vectors_out"]


def counted(baskets):
    """[items, items] baskets with both; nothing on the diagonal."""
    found = bags(baskets.train, len(baskets.items))
    together = (found.T @ found).tocsr()
    together.setdiag(0)
    return together


def bags(lists, n):
    starts = np.r_[0, np.cumsum([len(each) for each in lists])]
    return sparse.csr_array((np.ones(starts[-1]), np.concatenate(lists), starts), shape=(len(lists), n))


def by_vectors(vectors_in, vectors_out, bias, is_masked=True):
    def score(rests):
        size = np.array([len(rest) for rest in rests])[:, None]
        return (bags(rests, len(vectors_in)) @ vectors_in / size) @ vectors_out.T + bias

    score.is_masked = is_masked
    return score


def judged(name, queries, score):
    """Recall@20 and MRR; ties by index, the other items of the basket left out."""
    ranks = []
    for start in range(0, len(queries), 500):
        batch = queries[start : start + 500]
        scores = np.array(score([rest for rest, _ in batch]), float)
        for row, (rest, target) in zip(scores, batch, strict=True):
            own = row[target]
            if getattr(score, "is_masked", True) and not name.startswith("cold"):
                row[rest] = -np.inf
            ranks.append(1 + (row > own).sum() + (row[:target] == own).sum())
    ranks = np.array(ranks)
    figures = {f"recall@{K}": round(float((ranks <= K).mean()), 4), "mrr": round(float((1 / ranks).mean()), 4)}
    return {"name": name, "result": {**figures, "queries": len(ranks)}}


def described():
    return mining.silver("items").select(["item_id", *ALL])


def show(rows):
    grid = Grid("what", box=None, pad_edge=False, header_style="bold")
    grid.add_column("found")
    for row in rows:
        grid.add_row(row["name"], ", ".join(f"{what} {value:,}" for what, value in row["result"].items()))
    Console(width=140).print(grid)


if __name__ == "__main__":
    main()
