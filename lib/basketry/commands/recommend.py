"""`basketry recommend`."""

import os
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.text import Text

from basketry.arguments import parse_arguments
from basketry.commands.options import Assign, Config, flags, needs_extra, paths_root
from basketry.commands.tables import grid
from basketry.errors import SettingsError
from basketry.tables.snapshot import snapshot

USER = typer.Option("--user", metavar="ID", help="Whose lists, or whose cart")
CART = typer.Option("--cart", metavar="ITEM,ITEM", help="What goes with these items (ids with commas between)")
LIST = typer.Option("--list", help="One of the user's lists only")
HOW_MANY = typer.Option("-n", "--rows", min=1, max=1000, help="Items of each list")


def recommend(
    user: Annotated[str | None, USER] = None,
    cart: Annotated[str | None, CART] = None,
    which: Annotated[Literal["repeat", "explore"] | None, LIST] = None,
    rows: Annotated[int, HOW_MANY] = 10,
    config: Config = None,
    assign: Assign = None,
) -> None:
    """Print what to offer a user, or beside a cart, each item with its score and why."""
    items = _cart_items(user, cart, which)
    settings = parse_arguments(flags(config, assign), os.environ).settings
    root = paths_root(settings.lake)
    # Its libraries are an extra: the other commands go without.
    with needs_extra("serve"):
        from basketry.serve.lookup import told_cart, told_user
    lake = snapshot(root)
    told = told_cart(lake, items, user, rows, settings.recommend) if items else told_user(lake, str(user))
    console = Console(highlight=False)
    if told.unknown:
        console.print(f"not in silver.items: {', '.join(told.unknown)}", markup=False)
    if told.is_cold:
        known = "this cart" if items else f"user {user}"
        console.print(f"nothing is known of {known}: this is the cold list", markup=False)
    _print([row for row in told.rows if which in (None, row["list"]) and row["position"] <= rows], console)


def _cart_items(user: str | None, cart: str | None, which: str | None) -> list[str]:
    """The items of the cart, none without one. Raises SettingsError when nothing, or two things, are asked for."""
    items = list(dict.fromkeys(item.strip() for item in (cart or "").split(",") if item.strip()))
    if cart is not None and not items:
        raise SettingsError("--cart: no item in it; write item ids with commas between, as --cart 1082185,995242")
    if not items and not user:
        raise SettingsError("recommend: say for whom or what: --user ID, or --cart ITEM,ITEM, or both")
    if items and which:
        raise SettingsError(f"--list {which}: a cart has one list; leave it out, or leave --cart out")
    return items


def _print(rows: list[dict[str, Any]], console: Console) -> None:
    shown = grid("list", "position", "item", "name", "score", "why", right={"position", "score"})
    for row in rows:
        cells = (row["list"], str(row["position"]), row["item_id"], row["name"], f"{row['score']:.3f}")
        # As Text: a name may look like markup.
        shown.add_row(*map(Text, cells), Text("\n".join(row["reasons"])))
    console.print(shown if rows else "no item is listed")
