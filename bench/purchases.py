"""What the recommenders of `recommending.py` are given, and how their lists are judged: the sample lake's purchases."""

from functools import cache

import mining
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from basketry.evaluation.ranking import Judged, ndcg
from basketry.recommend.settings import RecommendSettings

WORK = mining.WORK / "recommending"
SETTINGS = RecommendSettings()
HOLDOUT_DAYS = 28
N = 10


@cache
def purchases(scale):
    """A folder with weights, users and items of the purchases before the holdout, the users there `scale` times."""
    folder = WORK / f"purchases-{scale}"
    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        unfinished.mkdir(parents=True, exist_ok=True)
        bought, random = before(), np.random.default_rng(1)
        kept = [bought.filter(pa.array(random.random(len(bought)) >= mining.LOST)) for _ in range(scale)]
        copies = [weighed(copy, number) for number, copy in enumerate(kept if scale > 1 else [bought])]
        weights = pa.concat_tables(copies)
        pq.write_table(weights, unfinished / "weights.parquet")
        pq.write_table(numbered("user", scale * len(known()["user_id"])), unfinished / "users.parquet")
        pq.write_table(numbered("item", len(known()["item_id"])), unfinished / "items.parquet")
        unfinished.rename(folder)
    return folder


@cache
def known():
    """The sorted ids of the users, and of the items bought often enough, before the holdout: place is index."""
    bought = sales()
    bought = bought.filter(pc.greater_equal(bought["age"], 0))
    counted = bought.group_by("item_id").aggregate([("n_baskets", "sum")])
    often = counted.filter(pc.greater_equal(counted["n_baskets_sum"], SETTINGS.min_item_baskets))["item_id"]
    return {
        "user_id": pa.array(sorted(bought["user_id"].unique().to_pylist())),
        "item_id": pa.array(sorted(often.to_pylist())),
    }


@cache
def sales():
    """(user_id, item_id, n_baskets, age): days before the holdout, from 0; negative in it."""
    bought = mining.silver("interactions").select(["user_id", "item_id", "n_baskets", "sold_on"])
    days = bought["sold_on"].to_numpy().astype("datetime64[D]")
    age = (days.max() - HOLDOUT_DAYS - days).astype(np.int64)
    return bought.drop_columns("sold_on").append_column("age", pa.array(age))


def indexed():
    """`sales` of known users and items, by their indexes."""
    bought = sales()
    for name, ids in known().items():
        bought = bought.append_column(name.replace("_id", "_index"), pc.index_in(bought[name], value_set=ids))
    is_known = pc.and_(pc.is_valid(bought["user_index"]), pc.is_valid(bought["item_index"]))
    return bought.filter(is_known).drop_columns(["user_id", "item_id"])


def before():
    bought = indexed()
    return bought.filter(pc.greater_equal(bought["age"], 0))


def weighed(bought, number):
    """(user_id, item_id, user_index, item_index, weight) of one copy of the users: log(1 + decayed count)."""
    decayed = bought["n_baskets"].to_numpy() * 0.5 ** (bought["age"].to_numpy() / SETTINGS.half_life_days)
    counts = bought.append_column("count", pa.array(decayed))
    pairs = counts.group_by(["user_index", "item_index"], use_threads=False).aggregate([("count", "sum")])
    user = pc.add(pairs["user_index"], pa.scalar(number * len(known()["user_id"]), pa.int32()))
    item, weight = pairs["item_index"], np.log1p(pairs["count_sum"].to_numpy())
    columns = [user.cast(pa.string()), item.cast(pa.string()), user, item, pa.array(weight, pa.float32())]
    return pa.table(columns, names=["user_id", "item_id", "user_index", "item_index", "weight"])


def numbered(name, n):
    """(name_id, name_index, popularity): the id is the index as text; every user has factors, so none is asked for."""
    index = pa.array(np.arange(n, dtype=np.int32))
    return pa.table(
        [index.cast(pa.string()), index, pa.array(np.full(n, 1 / n))],
        names=[f"{name}_id", f"{name}_index", "popularity"],
    )


def ridge():
    """MLlib's regularisation of the mean user."""
    weights = pq.read_table(purchases(1) / "weights.parquet", columns=["user_index"])
    return SETTINGS.regularization * len(weights) / len(weights["user_index"].unique())


def quality(path):
    """NDCG@10 over the users, and their copies, who bought a known item in the holdout."""
    later = indexed()
    later = later.filter(pc.less(later["age"], 0)).group_by(["user_index", "item_index"]).aggregate([])
    n_users, n_items = len(known()["user_id"]), len(known()["item_id"])
    wanted = later["user_index"].to_numpy().astype(np.int64) * n_items + later["item_index"].to_numpy()
    n_relevant = np.bincount(later["user_index"].to_numpy(), minlength=n_users)
    items, _ = lists(path)
    user = np.arange(len(items)) % n_users
    hits = (items >= 0) & np.isin(user[:, None] * n_items + items, wanted)
    asked = n_relevant[user] > 0
    return float(ndcg(Judged(hits[asked], n_relevant[user][asked]), N).mean())


def lists(path):
    """Items and scores [users, places] of rows (user, item, position, score); -1 where a list has ended."""
    rows = ds.dataset(path).to_table()
    user, place = rows["user"].to_numpy(), rows["position"].to_numpy() - 1
    shape = user.max() + 1, N
    items, scores = np.full(shape, -1, dtype=np.int64), np.zeros(shape)
    items[user, place], scores[user, place] = rows["item"].to_numpy(), rows["score"].to_numpy()
    return items, scores
