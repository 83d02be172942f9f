"""`basketry serve`."""

import os
import sys
from typing import Annotated

import typer

from basketry.arguments import parse_arguments
from basketry.commands.options import Assign, Config, flags, needs_extra, paths_root
from basketry.logs import configure_logs

SWITCH_S = 0.0005
HOST = typer.Option(help="Address to listen on; 0.0.0.0 for every one of this machine")
PORT = typer.Option(min=1, max=65535, help="Port to listen on")


def serve(
    host: Annotated[str, HOST] = "127.0.0.1",
    port: Annotated[int, PORT] = 8000,
    config: Config = None,
    assign: Assign = None,
) -> None:
    """Answer over HTTP from the tables in memory: associations, recommendations, carts. /docs describes it.

    It has no log-in: put it behind a gateway that has. Who asked for what is not logged.
    """
    settings = parse_arguments(flags(config, assign), os.environ).settings
    root = paths_root(settings.lake)
    # Its libraries are an extra: the other commands go without.
    with needs_extra("serve"):
        import uvicorn

        from basketry.serve.app import build_app
        from basketry.serve.published import publish
    configure_logs(settings.logs, step="serve")
    # A request waits this long for the interpreter while newer tables are loaded (Python's own: 5 ms, several times).
    sys.setswitchinterval(SWITCH_S)
    app = build_app(publish(root, settings.recommend), settings.serve)
    uvicorn.run(app, host=host, port=port, access_log=False, log_level="warning", server_header=False)
