"""``pipewarden cost``: what every step costs, per execution and per month."""

from __future__ import annotations

import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from linter.cli.exits import EXIT_INCOMPLETE, EXIT_OK
from linter.cli.options import PATHS, load_options, reading_options

USAGE_FILE = "pipewarden-usage.yml"


@click.command()
@PATHS
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
)
@click.option("--region", default="us-east-1", show_default=True, help="Whose prices to use.")
@click.option(
    "--usage",
    "usage_path",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help=f"Run times and runs per month (default: {USAGE_FILE} if it is there).",
)
@click.option("--init-usage", is_flag=True, help="Print a usage file for the project and stop.")
@click.option("--runs-per-month", metavar="N", help="Runs per month of every pipeline.")
@click.option(
    "--price-file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Negotiated rates or a discount.",
)
@click.option(
    "--what-if",
    metavar="CHANGES",
    help="Try changes: spot=all,cache=on,instance:Train=ml.g5.xlarge",
)
@click.option(
    "--group-by",
    type=click.Choice(["pipeline", "step", "instance-type", "region"]),
    help="Sums instead of steps (CSV: the rows).",
)
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@click.option("-v", "--verbose", is_flag=True, help="Every note and saving.")
@reading_options
def cost(
    paths: tuple[str, ...],
    format_: str,
    region: str,
    usage_path: str | None,
    init_usage: bool,
    runs_per_month: str | None,
    price_file: str | None,
    what_if: str | None,
    group_by: str | None,
    color: str,
    verbose: bool,
    **reading: Any,
) -> int:
    """Price every step below PATH (default: the current directory).

    Times come from the usage file, else from assumptions per step type that the report names; a
    step that cannot be priced is listed and is in no total.
    """
    from linter.cli.load import load_project
    from pricing.book import load_book
    from pricing.model import CostOptions, WhatIf, estimate
    from pricing.standing import standing_resources
    from pricing.usage import Usage, read_usage
    from pricing.usage import init_usage as usage_text
    from pricing.whatif import WhatIfError, parse_what_if
    from pricing.yamlfile import UserFileError

    project = load_project(paths, load_options(**reading))
    standing = standing_resources(project.documents)
    if init_usage:
        click.echo(usage_text(project.pipelines, [s.name or s.address for s in standing]), nl=False)
        return EXIT_OK
    try:
        if usage_path is None and Path(USAGE_FILE).is_file():
            usage_path = USAGE_FILE
        usage = Usage() if usage_path is None else read_usage(usage_path)
        book = load_book(region, price_file=price_file)
        options = CostOptions(
            _positive(runs_per_month),
            what_if=WhatIf() if what_if is None else parse_what_if(what_if),
        )
    except UserFileError as error:
        raise click.UsageError(str(error)) from error
    except WhatIfError as error:
        raise click.UsageError(f"--what-if: {error}") from error
    steps = {p.title: [s.name for s in p.steps] for p in project.pipelines}
    names = [name for item in standing for name in (item.address, item.name) if name]
    wrong = usage.check(steps, names)
    if wrong and usage_path is not None:
        raise click.UsageError("\n".join(str(problem) for problem in wrong))
    report = estimate(project.pipelines, standing, book, usage, options)
    _print(report, format_, group_by, color, verbose)
    return _finish(project, report)


def _positive(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or number < 0 or number > 1_000_000:
        raise click.UsageError(f"--runs-per-month {text}: write a number from 0 to 1000000")
    return number


def _print(report: Any, format_: str, group_by: str | None, color: str, verbose: bool) -> None:
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        click.echo(dumps(report.to_json()))
        return
    from linter.reports import cost_csv, cost_table, style

    if format_ == "csv":
        click.echo(cost_csv.render(report, group_by), nl=False)
        return
    colour = style.wants_colour(sys.stdout, color)
    text = (
        cost_table.render(report, colour=colour, verbose=verbose)
        if group_by is None
        else cost_table.render_groups(report, group_by, colour=colour)
    )
    click.echo(text, nl=False, color=True)


def _finish(project: Any, report: Any) -> int:
    lost = [problem for problem in project.problems if problem.lost]
    for problem in lost:
        span = problem.span
        click.echo(f"{span.path}:{span.start_line}:{span.start_column} {problem.message}", err=True)
    if not project.documents and not lost:
        click.echo("Nothing was found to scan.", err=True)
    elif not report.pipelines and not report.standing:
        click.echo("No pipeline and no endpoint, notebook or the like was found.", err=True)
    return EXIT_INCOMPLETE if lost or not project.documents else EXIT_OK
