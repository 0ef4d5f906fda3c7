"""``pipewarden cost``: what every step costs, per execution and per month."""

from __future__ import annotations

import re
import sys
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from linter.cli.options import PATHS, reading_options
from linter.cli.session import Session, cache_options, config_option, price_options
from linter.cli.shown import print_fitted
from linter.core.printable import printable

if TYPE_CHECKING:
    from linter.gate.compare import Comparison
    from linter.reports.measured import MeasuredSteps
    from pricing.model import CostReport

GROUPS = ("pipeline", "step", "instance", "region", "path")
USUAL_TAGS = ("team", "owner", "environment")
"""Tags that ``--by`` takes without ``tag:`` before them."""


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
    "--by",
    metavar="WORD",
    help="The same for tag:NAME (or team, owner, environment), or a word of --group-by.",
)
@click.option(
    "--currency",
    metavar="NAME",
    help="Show amounts in another currency, as in EUR; needs --rate. JSON keeps USD beside it.",
)
@click.option("--rate", metavar="NUMBER", help="Units of --currency per USD.")
@click.option(
    "--trend",
    metavar="REV1..REV2",
    help="Price the revisions of a branch and chart the monthly cost.",
)
@click.option(
    "--what-if",
    metavar="CHANGES",
    help="Price hypothetical changes: spot=all,cache=on,instance:Train=ml.g5.xlarge,count:Train=2",
)
@click.option(
    "--history",
    "history_file",
    metavar="PATH",
    help="What past runs took: a snapshot's folder or JSON lines; used where usage says nothing.",
)
@click.option("--init-usage", is_flag=True, help="Print a usage file for the project and stop.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@click.option("-v", "--verbose", is_flag=True, help="Every note and saving.")
@price_options
@reading_options
@config_option
@cache_options
def cost(
    paths: tuple[str, ...],
    format_: str,
    group_by: str | None,
    by: str | None,
    currency: str | None,
    rate: str | None,
    trend: str | None,
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
    group_by = _group(group_by, by)
    shown = _currency(currency, rate)
    session = Session(paths, options)
    if trend is not None:
        return _trend(session, trend, format_, color, shown)
    project = session.load()
    if init_usage:
        from pricing.beside import BESIDE
        from pricing.standing import standing_of
        from pricing.usage import init_usage as usage_text
        from pricing.usage_check import usual_keys

        pipelines = project.pipelines
        standing = standing_of(project, pipelines)
        keys = {
            item.name or item.address: usual_keys(item.kind)
            for item in standing
            if item.kind not in BESIDE
        }
        click.echo(usage_text(pipelines, keys), nl=False)
        return session.finish()
    report = session.price(project, what_if)
    tried = None
    if what_if is not None:
        from linter.gate.compare import Comparison, compare_costs

        tried = Comparison()
        compare_costs(session.price(project), report, {}, tried)
    past = session.measured(project) if what_if is None else None
    more = _more_json(what_if, tried, report, shown)
    if past is not None:
        more["history"] = {"steps": [row.to_json() for row in past[0]], "notes": past[1]}
    with _in(shown):
        _print(report, format_, group_by, color, verbose, more)
        _print_measured(format_, past, color)
        _print_more(format_, what_if or "", tried, shown)
    if project.scanned and not report.pipelines and not report.standing:
        click.echo("No pipelines, endpoints, notebooks or other priced resources found.", err=True)
    return session.finish()


def _print_measured(format_: str, past: MeasuredSteps | None, color: str) -> None:
    if past is None or format_ in ("json", "csv"):
        return
    from linter.reports import measured, style

    if format_ == "markdown":
        click.echo("\n" + measured.render_markdown(*past), nl=False)
    else:
        paint = style.painter_for(sys.stdout, color)
        print_fitted("\n" + measured.render_text(*past, paint), paint)


def _group(group_by: str | None, by: str | None) -> str | None:
    """What rows are grouped by, of the two options of which one may be given."""
    if by is None:
        return group_by
    if group_by is not None:
        raise click.UsageError("--by and --group-by are mutually exclusive; give only one")
    if by in USUAL_TAGS:
        return f"tag:{by}"
    if by in GROUPS or (by.startswith("tag:") and by != "tag:"):
        return by
    from pricing.yamlfile import suggestion

    known = (*GROUPS, *USUAL_TAGS)
    hint = suggestion(by, known) or f"; known are tag:NAME, {', '.join(known)}"
    raise click.UsageError(f"--by {printable(by, 60)}: no such grouping{hint}")


def _currency(name: str | None, rate: str | None) -> tuple[str, Decimal] | None:
    """A currency and how much of it a USD is."""
    from linter.reports.amounts import MOST_RATE

    if name is None and rate is None:
        return None
    if name is None or rate is None:
        raise click.UsageError(
            "--currency and --rate must be given together: --currency EUR --rate 0.92"
        )
    if not re.fullmatch(r"[A-Z]{3}", name):
        raise click.UsageError(
            f"--currency {printable(name, 60)}: use a three-letter code such as EUR"
        )
    try:
        number = Decimal(rate)
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or not 0 < number <= MOST_RATE:
        raise click.UsageError(f"--rate {printable(rate, 60)}: expected a number above 0")
    return name, number


def _in(shown: tuple[str, Decimal] | None) -> AbstractContextManager[None]:
    from linter.reports.amounts import shown_in

    return nullcontext() if shown is None else shown_in(*shown)


def _trend(
    session: Session, span: str, format_: str, color: str, shown: tuple[str, Decimal] | None
) -> int:
    from linter.cli.trend import points_of
    from linter.reports import style, trend

    if format_ not in ("table", "json"):
        raise click.UsageError(f"--trend supports the formats table and json, not {format_}")
    points, total = points_of(session, span)
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        click.echo(dumps(trend.to_json(points, total)))
        return session.finish()
    paint = style.painter_for(sys.stdout, color)
    with _in(shown):
        print_fitted(trend.render_text(points, total, paint), paint)
    return session.finish()


def _print_more(
    format_: str,
    words: str,
    tried: Comparison | None,
    shown: tuple[str, Decimal] | None,
) -> None:
    """What stands below the report: what was tried, and in which currency it is shown."""
    if format_ in ("json", "csv"):
        return
    from linter.reports import style, what_if

    paint = style.painter_for(sys.stdout, "never") if format_ == "table" else style.PLAIN
    if tried is not None:
        if format_ == "markdown":
            click.echo("\n" + what_if.render_markdown(words, tried), nl=False)
        else:
            print_fitted("\n" + "\n".join(what_if.lines_of(words, tried)) + "\n", paint)
    if shown is not None:
        name, rate = shown
        note = f"Shown in {name} at {rate:f} per USD; hourly prices and notes are in USD."
        print_fitted(f"\n{note}\n", paint)


def _more_json(
    words: str | None,
    tried: Comparison | None,
    report: CostReport,
    shown: tuple[str, Decimal] | None,
) -> dict[str, Any]:
    """Additions to the JSON report for what was tried, and for another currency."""
    more: dict[str, Any] = {}
    if tried is not None:
        from linter.reports import what_if

        more["what_if"] = what_if.to_json(words or "", tried)
    if shown is not None:
        name, rate = shown
        more["converted"] = {
            "currency": name,
            "rate": rate,
            "per_run": (report.per_run * rate).to_json(),
            "per_month": (report.per_month * rate).to_json(),
            "standing_per_month": (report.standing_per_month * rate).to_json(),
            "savings_total": (report.savings_total * rate).to_json(),
            "pipelines": [
                {
                    "name": item.name,
                    "address": item.address,
                    "per_run": (item.per_run * rate).to_json(),
                    "per_month": (item.per_month * rate).to_json(),
                }
                for item in report.pipelines
            ],
            "complete": report.complete,
        }
    return more


def _print(
    report: Any,
    format_: str,
    group_by: str | None,
    color: str,
    verbose: bool,
    more: dict[str, Any],
) -> None:
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        document = {**report.to_json(), **more}
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
    paint = style.painter_for(sys.stdout, color)
    if group_by is None:
        print_fitted(cost_table.render(report, paint, verbose=verbose), paint)
    else:
        print_fitted(cost_table.render_groups(report, group_by, paint), paint)
