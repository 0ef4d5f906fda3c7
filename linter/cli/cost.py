"""``pipewarden cost``: what every step costs, per execution and per month."""

from __future__ import annotations

import sys
from typing import Any

import click

from linter.cli.options import PATHS, reading_options
from linter.cli.session import Session, config_option, price_options

GROUPS = ("pipeline", "step", "instance", "region")


@click.command()
@PATHS
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv", "markdown"]),
    default="table",
    show_default=True,
)
@click.option(
    "--group-by",
    type=click.Choice(GROUPS),
    help="Sums by this instead of steps; in JSON besides them.",
)
@click.option(
    "--what-if",
    metavar="CHANGES",
    help="Try changes: spot=all,cache=on,instance:Train=ml.g5.xlarge,count:Train=2",
)
@click.option(
    "--history",
    "history_file",
    metavar="FILE",
    help="What past runs took, as JSON lines; used where the usage file says nothing.",
)
@click.option("--init-usage", is_flag=True, help="Print a usage file for the project and stop.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@click.option("-v", "--verbose", is_flag=True, help="Every note and saving.")
@price_options
@reading_options
@config_option
def cost(
    paths: tuple[str, ...],
    format_: str,
    group_by: str | None,
    what_if: str | None,
    init_usage: bool,
    color: str,
    verbose: bool,
    **options: Any,
) -> int:
    """Price every step below PATH (default: the current directory).

    Times come from the usage file, else from assumptions per step type that the report names; a
    step that cannot be priced is listed and is in no total.
    """
    session = Session(paths, options)
    project = session.load()
    if init_usage:
        from pricing.standing import standing_of
        from pricing.usage import init_usage as usage_text

        pipelines = project.pipelines
        names = [item.name or item.address for item in standing_of(project, pipelines)]
        click.echo(usage_text(pipelines, list(dict.fromkeys(names))), nl=False)
        return session.finish()
    report = session.price(project, what_if)
    _print(report, format_, group_by, color, verbose)
    if project.scanned and not report.pipelines and not report.standing:
        click.echo("No pipeline and no endpoint, notebook or the like was found.", err=True)
    return session.finish()


def _print(report: Any, format_: str, group_by: str | None, color: str, verbose: bool) -> None:
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        document = report.to_json()
        if group_by is not None:
            from pricing.report import grouped

            document["groups"] = [row.to_json() for row in grouped(report, group_by)]
        click.echo(dumps(document))
        return
    from linter.reports import cost_csv, cost_markdown, cost_table, style

    if format_ in ("csv", "markdown"):
        module = cost_csv if format_ == "csv" else cost_markdown
        click.echo(module.render(report, group_by), nl=False)
        return
    colour = style.wants_colour(sys.stdout, color)
    text = (
        cost_table.render(report, colour=colour, verbose=verbose)
        if group_by is None
        else cost_table.render_groups(report, group_by, colour=colour)
    )
    click.echo(text, nl=False, color=True)
