"""What train_als left in the tables, as the models that made its lists."""

from datetime import date

from pyspark.sql import DataFrame

from basketry.recommend.als import Factors
from basketry.recommend.catalogue import catalogue_of
from basketry.recommend.learnt import Learnt, histories
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.weights import decayed_counts, item_popularity


def published(
    interactions: DataFrame,
    items: DataFrame,
    factors: Factors,
    affinities: DataFrame,
    settings: RecommendSettings,
    *,
    as_of: date,
) -> Learnt:
    """What `learn` gave for these purchases: histories and catalogue are counted again, the models are those given."""
    counts = decayed_counts(interactions, as_of=as_of, half_life_days=settings.half_life_days).persist()
    told = histories(counts, interactions, settings, as_of).persist()
    return Learnt(told, catalogue_of(item_popularity(counts)), factors, affinities, items)
