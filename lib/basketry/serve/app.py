"""The service: read-only, from tables in memory, reloaded when a run publishes newer ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from pydantic import Field

from basketry import __version__
from basketry.serve import shapes
from basketry.serve.answers import Answers
from basketry.serve.cart import SOURCES, Scored
from basketry.serve.guard import Guard
from basketry.serve.published import Published
from basketry.serve.settings import ServeSettings
from basketry.tables.recommend import ANYONE

Responses = dict[int | str, dict[str, Any]]
REFUSED: Responses = {422: {"model": shapes.Problem, "description": "what is wrong, and where"}}
NO_ADDRESS: Responses = {404: {"model": shapes.Problem, "description": "no such address: an id has no line break"}}
NO_BODY: Responses = {
    400: {"model": shapes.Problem, "description": "the body cannot be read"},
    413: {"model": shapes.Problem, "description": "the body is too large"},
}

# Of a cart with a thousand wrong ids the first few say enough.
N_FAULTS = 5


def build_app(published: Published, settings: ServeSettings) -> FastAPI:
    """Every route answers from `published.answers` as it stands when the request comes in."""

    @asynccontextmanager
    async def reloading(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(_reload(published, settings.reload_seconds))
        yield
        task.cancel()

    app = FastAPIOffline(
        title="basketry", version=__version__, lifespan=reloading,
        description="Associations, recommendations and carts from the lake's tables. Read-only.",
    )  # fmt: skip
    app.add_middleware(Guard, max_body_bytes=settings.max_body_bytes)
    _explain_refusals(app)
    _item_and_user_routes(app, published, settings)
    _cart_route(app, published, settings)
    _state_routes(app, published)
    return app


async def _reload(published: Published, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(published.refresh)


def _item_and_user_routes(app: FastAPI, published: Published, settings: ServeSettings) -> None:
    count = Annotated[int, Query(ge=1, le=settings.max_items, description="items wanted")]

    @app.get("/items/{item_id:path}/associations", responses=REFUSED | NO_ADDRESS)
    async def associations(
        item_id: Annotated[shapes.Id, Path(description="item id, as the source names it")],
        direction: Annotated[
            shapes.Direction, Query(description="together more or less often than chance")
        ] = "complement",
        k: count = 10,
    ) -> shapes.Associations:
        """What is bought with an item more, or less, often than chance; furthest from chance first."""
        answers = published.answers
        is_cold = item_id not in answers.names
        rows = [row for row in answers.pairs.of(item_id) if row["direction"] == direction]
        return shapes.Associations(
            version=answers.version, is_cold=is_cold, item_id=item_id,
            associations=[_association(row, answers) for row in rows[:k]],
            popular=_listed(ANYONE, None, k, answers) if is_cold else [],
        )  # fmt: skip

    @app.get("/users/{user_id:path}/recommendations", responses=REFUSED | NO_ADDRESS)
    async def recommendations(
        user_id: Annotated[shapes.Id, Path(description="user id, as the source names it")],
        which: Annotated[shapes.ListName | None, Query(alias="list", description="one list only")] = None,
        k: count = 10,
    ) -> shapes.Recommendations:
        """What a user buys again, then what is new to them; for a user never seen the cold list."""
        answers = published.answers
        is_cold = user_id not in answers.recommendations.starts
        items = _listed(ANYONE, None, k, answers) if is_cold else _listed(user_id, which, k, answers)
        return shapes.Recommendations(version=answers.version, is_cold=is_cold, items=items)


def _cart_route(app: FastAPI, published: Published, settings: ServeSettings) -> None:
    class Cart(shapes.Shape):
        """A cart that is not paid yet, and whose it is if that is known."""

        items: list[shapes.Id] = Field(
            max_length=settings.max_cart, description="item ids in the cart; an id given twice counts once"
        )
        user_id: shapes.Id | None = Field(None, description="the user; null when nobody is signed in")
        k: int = Field(10, ge=1, le=settings.max_items, description="items wanted")

    @app.post("/cart", responses=REFUSED | NO_BODY)
    async def cart(asked: Cart) -> shapes.CartAnswer:
        """What to add to a cart, best first; never what is in it."""
        answers = published.answers
        repeat = [row for row in answers.recommendations.of(asked.user_id or ANYONE) if row["list"] == "repeat"]
        found = answers.carts.ranked(asked.items, repeat, asked.k)
        unknown = [item for item in dict.fromkeys(asked.items) if item not in answers.names]
        is_cold = not repeat and not any(answers.carts.knows(item) for item in asked.items)
        return shapes.CartAnswer(
            version=answers.version, is_cold=is_cold, unknown_items=unknown,
            items=[_cart_item(scored, position, answers) for position, scored in enumerate(found, 1)],
        )  # fmt: skip


def _state_routes(app: FastAPI, published: Published) -> None:
    @app.get("/health")
    async def health() -> shapes.Health:
        """Whether it answers, and from how much."""
        answers = published.answers
        return shapes.Health(
            status="ok", version=answers.version, n_items=len(answers.names),
            n_users=len(answers.recommendations.starts) - 1, reload_failed=published.reload_failed,
        )  # fmt: skip

    @app.get("/version")
    async def version() -> shapes.Version:
        """The state of the tables that answers come from."""
        return shapes.Version(version=published.answers.version, tables=published.answers.versions)


def _listed(user_id: str, which: shapes.ListName | None, k: int, answers: Answers) -> list[shapes.Listed]:
    """The first k of the user's lists: repeat, then explore."""
    rows = answers.recommendations.of(user_id)
    rows = [row for row in rows if row["position"] <= k and which in (None, row["list"])]
    rows.sort(key=lambda row: row["list"] == "explore")
    return [
        shapes.Listed(
            item_id=row["item_id"], name=answers.name(row["item_id"]), position=row["position"], score=row["score"],
            source=row["source"], contributions=dict(row["contributions"]), list=row["list"],
            reasons=[reason["text"] for reason in row["reasons"]],
        )
        for row in rows
    ]  # fmt: skip


def _association(row: dict[str, Any], answers: Answers) -> shapes.Association:
    return shapes.Association(
        item_id=row["other"], name=answers.name(row["other"]), n_baskets=row["n_ab"], expected=row["expected"],
        adjusted_lift=row["adjusted_lift"], q=row["q"], replicated=row["replicated"],
    )  # fmt: skip


def _cart_item(scored: Scored, position: int, answers: Answers) -> shapes.CartItem:
    contributions = dict(zip(SOURCES, scored.added, strict=True))
    return shapes.CartItem(
        item_id=scored.item_id, name=answers.name(scored.item_id), position=position, score=scored.score,
        source=max(SOURCES, key=contributions.__getitem__), contributions=contributions, because=scored.because,
    )  # fmt: skip


def _explain_refusals(app: FastAPI) -> None:
    """One line that says what is wrong and where. What was sent is not repeated: it may not even be text."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        return JSONResponse({"detail": "; ".join(faults[:N_FAULTS])}, 422)
