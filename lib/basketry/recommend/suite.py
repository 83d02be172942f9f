"""The models a user's or a cart's lists are made from, built from what was learnt."""

from typing import NamedTuple

from basketry.recommend.blend import Blend
from basketry.recommend.by_type import type_model
from basketry.recommend.learnt import Learnt
from basketry.recommend.models import factor_model, item_model
from basketry.recommend.neighbours import ByNeighbours, neighbour_model
from basketry.recommend.scorers import PersonalFrequency, PerVisit, Popularity, RecentFrequency, Scorer
from basketry.recommend.settings import RecommendSettings


def user_models(learnt: Learnt, settings: RecommendSettings, *, seed: int) -> list[Scorer]:
    """Every model that ranks for a user by what was bought before; habit and explore are blends of the others."""
    habit, explore = user_blends(learnt, settings, seed=seed)
    own = [model for model, _ in habit.models if not isinstance(model, PerVisit)]
    return [Popularity(), *own, *[model for model, _ in explore.models], habit, explore]


def cart_models(learnt: Learnt, settings: RecommendSettings) -> list[Scorer]:
    """Every model that ranks for a cart, ALS by the cart's user; the last is the blend of habits and cart."""
    known = learnt.catalogue
    blend = cart_blend(learnt, settings)
    models: list[Scorer] = [model for model, _ in blend.models]
    cosine = item_model(learnt.affinities, known, "cosine", "cart")
    return [Popularity(), factor_model(learnt.factors.items, known), cosine, *models, blend]


class UserBlends(NamedTuple):
    """habit: what the user buys next, mostly again; explore: what the user would buy of the rest."""

    habit: Blend
    explore: Blend


def user_blends(learnt: Learnt, settings: RecommendSettings, *, seed: int) -> UserBlends:
    """Both blends of a user, by recommend.habit and recommend.explore.

    Habit is of the form of TIFU-KNN (Hu et al. 2020): two decays, and neighbours that count less the more a user shows.
    """
    known, habit, explore = learnt.catalogue, settings.habit, settings.explore
    users, als = similar_users(learnt, settings, seed=seed), factor_model(learnt.factors.items, known)
    own = (
        (PersonalFrequency(len(known.items)), habit.personal_frequency),
        (RecentFrequency(len(known.items), settings.recent_prior_visits), habit.recent_frequency),
        (PerVisit(users), habit.users),
        (PerVisit(als), habit.als),
    )
    new = (
        (users, explore.users),
        (als, explore.als),
        (item_model(learnt.affinities, known, "ease", "bought"), explore.ease),
        (type_model(learnt.items, known), explore.types),
    )
    return UserBlends(
        Blend(own, known.popularity, habit.popularity, "habit"),
        Blend(new, known.popularity, explore.popularity, "explore"),
    )


def cart_blend(learnt: Learnt, settings: RecommendSettings) -> Blend:
    """What the items of the cart say, the habits of its user and popularity, by recommend.cart."""
    known, weights = learnt.catalogue, settings.cart
    models = (
        (PersonalFrequency(len(known.items)), weights.personal_frequency),
        (RecentFrequency(len(known.items), settings.recent_prior_visits), weights.recent_frequency),
        (item_model(learnt.affinities, known, "ease", "cart"), weights.ease),
    )
    return Blend(models, known.popularity, weights.popularity, "blend")


def similar_users(learnt: Learnt, settings: RecommendSettings, *, seed: int) -> ByNeighbours:
    """The neighbours' model over a pool of users drawn by the seed."""
    return neighbour_model(
        learnt.histories,
        learnt.catalogue,
        n_neighbours=settings.n_neighbours,
        pool=settings.neighbour_pool,
        seed=seed,
    )
