"""Item vectors that learn next purchases beside completion: what it does to completion, and how well they tell.

python bench/embeddings_next.py [--on holdout|validation] [--weights 0 .1 .3 1] [--set KEY=VALUE ...]. Receipts of the
sample lake. completion: queries as in bench/embeddings.py. next: of 8,000 baskets of the days that are judged, the
categories that the same user buys from in the embeddings.next_days after, ranked by the basket's vectors; beside them
popularity, and the basket's own categories first. precision@5: how many of the first five are right; recall@20: how
many of the right ones are among the first 20. Each row is also a line of JSON in bench/results/embeddings_next.jsonl.
"""

import argparse
import tempfile
import time

import mining
import numpy as np
from embeddings import HERE, QUERIES, WORK, Baskets, by_vectors, flattened, judged, parts, prepared, show
from scipy import sparse

from basketry.config import load_settings
from basketry.embeddings.features import no_features
from basketry.embeddings.launch import launch
from basketry.embeddings.results import trained_rows
from basketry.embeddings.stream import NO_LABEL

RESULTS = HERE / "results" / "embeddings_next.jsonl"
# Days from the first one of a user to those of the next: longer than any data.
APART = 100_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", choices=("holdout", "validation"), default="holdout")
    parser.add_argument("--weights", type=float, nargs="+", default=[0.0, 0.1, 0.3, 1.0])
    parser.add_argument("--set", action="append", default=[])
    asked = parser.parse_args()
    settings = load_settings([], [f"embeddings.{each}" for each in ["comm=alone", *asked.set]], {}).embeddings
    WORK.mkdir(parents=True, exist_ok=True)
    show(list(mining.kept(compared(settings, asked.on, asked.weights), RESULTS)))


def compared(settings, on, weights):
    baskets = Baskets(on, settings.min_count)
    queries, receipts = baskets.queries(lambda basket: basket >= 0), Receipts(baskets, settings)
    asked = receipts.asked()
    for name, scores in receipts.plain(asked).items():
        yield told(f"next, {name}", scores, receipts.later[asked])
    labels = receipts.labels()
    for weight in weights:
        began, n = time.perf_counter(), receipts.n_labels if weight else 0
        rows = trained(baskets, settings.model_copy(update={"next_weight": weight}), labels, n)
        seconds, items = round(time.perf_counter() - began, 1), rows[: len(baskets.items)]
        row = judged(f"completion, next_weight {weight:g}", queries, by_vectors(*parts(items), items[:, -1]))
        yield row | {"result": {**row["result"], "seconds": seconds}}
        if weight:
            scores = receipts.scores(asked, items, rows[len(items) :])
            yield told(f"next, next_weight {weight:g}", scores, receipts.later[asked])


class Receipts:
    """All receipts as matrices: `held` [receipts, items known], `own` and `later` [receipts, labels], 1 or 0: what they
    hold, and what the same user buys from in the days after.
    """

    def __init__(self, baskets, settings):
        sold, described = mining.silver("baskets").select(["user_id", "sold_on", "items"]), mining.silver("items")
        flat, of = flattened(sold["items"])
        self._begin, self._end, self._days = baskets.begin, baskets.end, settings.next_days
        self.day = sold["sold_on"].to_numpy().astype("datetime64[D]")
        level = described.select(["item_id", settings.next_level]).drop_null()
        names, number = np.unique(level[settings.next_level].to_numpy(zero_copy_only=False), return_inverse=True)
        self.n_labels = len(names)
        place = {item: n for n, item in enumerate(baskets.items)}
        label = dict(zip(level["item_id"].to_pylist(), number, strict=True))
        self.held = matrix(of, np.array([place.get(item, -1) for item in flat]), len(sold), len(place))
        self.own = matrix(of, np.array([label.get(item, -1) for item in flat]), len(sold), self.n_labels)
        self.later = (visits_after(sold["user_id"], self.day, settings.next_days) @ self.own).sign().tocsr()

    def labels(self):
        """[baskets.train] one of what is bought later, drawn from a seed; none where the days reach those judged."""
        learnt = np.flatnonzero((self.day < self._begin) & (self.held.sum(1) > 1))
        draws = np.random.default_rng(11).random(len(learnt))
        sizes, starts = np.diff(self.later.indptr)[learnt], self.later.indptr[learnt]
        has = (sizes > 0) & (self.day[learnt] + self._days < self._begin)
        found = np.full(len(learnt), NO_LABEL, np.int32)
        found[has] = self.later.indices[(starts + (draws * sizes).astype(int))[has]]
        return found

    def asked(self):
        """Receipts to judge on: of the days judged, with a known item, and with days after that are whole."""
        fits = (self.day >= self._begin) & (self.day + self._days < self._end) & (self.held.sum(1) > 0)
        return np.random.default_rng(5).permutation(np.flatnonzero(fits & (self.later.sum(1) > 0)))[:QUERIES]

    def plain(self, asked):
        popular = np.asarray(self.later[self.day < self._begin].sum(0)).ravel() / len(self.day)
        everywhere = np.tile(popular, (len(asked), 1))
        return {"popularity": everywhere, "own categories, then popularity": everywhere + self.own[asked].toarray()}

    def scores(self, asked, items, labels):
        vectors, held = parts(items)[0], self.held[asked]
        return (held @ vectors / held.sum(1)[:, None]) @ parts(labels)[1].T + labels[:, -1]


def matrix(row, column, n_rows, n_columns):
    """1 where a column is in a row, once or more often; negative columns are none."""
    known = column >= 0
    ones = np.ones(known.sum())
    return sparse.csr_array((ones, (row[known], column[known])), shape=(n_rows, n_columns)).sign().tocsr()


def visits_after(users, day, days):
    """[receipts, receipts]: 1 where the second is the same user's, one to `days` days later; nobody's have none."""
    user = users.combine_chunks().dictionary_encode().indices
    code = np.asarray(user.fill_null(-1)).astype(np.int64)
    at = code * APART + (day - day.min()).astype(np.int64)
    order = np.argsort(at, kind="stable")
    first, last = (np.searchsorted(at[order], at + ahead, side="right") for ahead in (0, days))
    sizes = np.where(code >= 0, last - first, 0)
    starts = np.r_[0, np.cumsum(sizes)]
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
    found = order[np.repeat(first, sizes) + within]
    return sparse.csr_array((np.ones(len(found)), found, starts), shape=(len(day), len(day)))


def trained(baskets, settings, labels, n_labels):
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        spec = prepared(folder, baskets, settings, no_features(len(baskets.items)), labels, n_labels)
        launch(spec, None, lambda *_, **__: None)
        return trained_rows(spec)


def told(name, scores, later):
    """precision@5 and recall@20 of labels ranked by `scores` [asked, labels], where `later` are right."""
    later = later.toarray() > 0
    right = np.take_along_axis(later, np.argsort(-scores, axis=1, kind="stable"), 1)
    figures = {"precision@5": right[:, :5].mean(), "recall@20": (right[:, :20].sum(1) / later.sum(1)).mean()}
    return {"name": name, "result": {**{key: round(float(n), 4) for key, n in figures.items()}, "queries": len(later)}}


if __name__ == "__main__":
    main()
