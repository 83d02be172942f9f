"""The `basketry` command: `basketry --help` lists what it can do."""

import sys

import typer

from basketry.commands import (
    audit,
    budget,
    drift,
    explain,
    explain_item,
    forget,
    mine_file,
    now,
    recommend,
    report,
    restore,
    run,
    runs,
    segments,
    serve,
    settings,
    similar,
    stock,
    tables,
    update,
    verify,
)
from basketry.errors import BasketryError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Product associations, recommendations and embeddings from a lake of shop receipts.",
)
app.command("run")(run.run)
app.command("update")(update.update)
app.command("evaluate")(run.evaluate)
app.command("steps")(run.steps)
app.command("summary")(run.summary)
app.command("tables")(tables.list_tables)
app.command("show")(tables.show)
app.command("runs")(runs.runs)
app.command("restore")(restore.restore)
app.command("forget")(forget.forget)
app.command("budget")(budget.budget)
app.command("verify")(verify.verify)
app.command("audit-null")(audit.audit)
app.command("drift")(drift.drift)
app.command("mine")(mine_file.mine_file)
app.command("now")(now.now)
app.command("explain-rule")(explain.explain_rule)
app.command("recommend")(recommend.recommend)
app.command("explain")(explain_item.explain_item)
app.command("stock")(stock.stock)
app.command("similar")(similar.similar)
app.command("score")(similar.score)
app.command("report")(report.report)
app.command("segments")(segments.segments)
app.command("serve")(serve.serve)
app.command("settings")(settings.print_settings)


def main() -> None:
    """Run the command; a known failure is one message and its exit code."""
    try:
        app(standalone_mode=True)
    except BasketryError as error:
        print(f"basketry: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
