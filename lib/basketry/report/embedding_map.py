"""The item embeddings in two dimensions, so that a person sees what lies beside what."""

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from basketry import tables
from basketry.report.items import item_baskets
from basketry.report.labels import Labels
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.snapshot import Snapshot, any_of

FEWEST_FOR_TSNE = 30
COLUMNS = (
    Column("item", "item", "item"),
    Column("department", "department"),
    Column("baskets", "baskets", "count"),
    Column("x", "across", "number"),
    Column("y", "up", "number"),
)


def embedding_map(lake: Snapshot, labels: Labels, settings: ReportSettings, *, seed: int) -> pd.DataFrame:
    """(item_id, name, department, baskets, x, y) of the n_map_items items bought most that have an embedding."""
    sold = item_baskets(lake).rename("baskets")
    wanted = any_of("item_id", list(sold.index[: 2 * settings.n_map_items]))
    vectors = lake.read(tables.ITEM_EMBEDDINGS, ("item_id", "vector_in"), wanted)
    found = vectors.to_pandas().join(sold, on="item_id").sort_values(["baskets", "item_id"], ascending=[False, True])
    found = found.head(settings.n_map_items).reset_index(drop=True)
    place = flattened(np.stack(found["vector_in"].to_list()), seed) if len(found) > 2 else np.zeros((len(found), 2))
    names = [(labels.name("item", item), labels.department("item", item)) for item in found["item_id"]]
    named = pd.DataFrame(names, columns=["name", "department"])
    return pd.concat([found[["item_id", "baskets"]], named], axis=1).assign(x=place[:, 0], y=place[:, 1])


def flattened(vectors: np.ndarray, seed: int) -> np.ndarray:
    """[items, 2]: t-SNE by cosine (van der Maaten and Hinton 2008); of a few items their principal components.

    On one thread, so that the sums come in one order and the same vectors give the same map.
    """
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    with threadpool_limits(1):
        if len(unit) < FEWEST_FOR_TSNE:
            return np.asarray(PCA(2, svd_solver="full").fit_transform(unit))
        perplexity = min(30.0, (len(unit) - 1) / 3)
        model = TSNE(2, perplexity=perplexity, metric="cosine", init="pca", random_state=seed, method="exact")
        return np.asarray(model.fit_transform(unit.astype(np.float64)))


def map_sheet(points: pd.DataFrame) -> Sheet:
    return Sheet("embedding_map", "The items of the map", COLUMNS, records(points.assign(item=points["name"])))
