"""``pipewarden check``: lint, and fail the gate where the policy says so."""

from __future__ import annotations

import shutil
import sys
from typing import Any

import click

from linter.cli.exits import EXIT_USAGE
from linter.cli.options import PATHS, load_options, reading_options

FORMATS = ("text", "json")
SEVERITIES = ("critical", "high", "medium", "low", "info", "never")


@click.command()
@PATHS
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="medium",
    show_default=True,
    help="The lowest severity that fails the gate.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="RULE",
    help="Only these rules: ids, prefixes, names or areas. Also turns opt-in rules on.",
)
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules.")
@click.option(
    "--rules",
    "rule_directories",
    multiple=True,
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="More rules, from a directory.",
)
@click.option(
    "--show-unknown", is_flag=True, help="List checks that could not be decided, and why."
)
@click.option("--strict-unknown", is_flag=True, help="A check that cannot be decided fails.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 although the gate failed.")
@click.option(
    "--region",
    default="us-east-1",
    show_default=True,
    help="Whose prices the savings are computed with.",
)
@click.option("--no-prices", is_flag=True, help="Do not compute what waste costs.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@click.option("-q", "--quiet", is_flag=True, help="One line per finding.")
@click.option("-v", "--verbose", is_flag=True, help="Explain every finding, not each rule once.")
@click.option("--timing", is_flag=True, help="Print time per stage and rule to standard error.")
@click.option("--debug", is_flag=True, help="Print the trace of a rule that crashed.")
@reading_options
def check(
    paths: tuple[str, ...],
    format_: str,
    fail_on: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    rule_directories: tuple[str, ...],
    show_unknown: bool,
    strict_unknown: bool,
    exit_zero: bool,
    region: str,
    no_prices: bool,
    color: str,
    quiet: bool,
    verbose: bool,
    timing: bool,
    debug: bool,
    **reading: Any,
) -> int:
    """Lint pipelines, roles and policies below PATH (default: the current directory).

    "-" reads one document from standard input.
    """
    from time import perf_counter

    from linter.cli.load import load_project
    from linter.gate.run import review_project
    from linter.gate.verdict import GateOptions
    from linter.policy.model import Severity
    from linter.policy.registry import load_rules
    from linter.policy.selection import Selection, SelectionError

    start = perf_counter()
    found = load_rules(rule_directories)
    rules_seconds = perf_counter() - start
    for error in found.errors:
        click.echo(f"{error}", err=True)
    start = perf_counter()
    project = load_project(paths, load_options(**reading))
    read_seconds = perf_counter() - start
    options = GateOptions(
        None if fail_on == "never" else Severity.parse(fail_on), strict_unknown, exit_zero
    )
    try:
        review = review_project(
            project,
            found.rules,
            Selection(select, ignore),
            options,
            timing=timing,
            prices=not no_prices,
            region=region,
        )
    except SelectionError as error:
        raise click.UsageError(str(error)) from error
    if format_ == "json":
        from linter.reports import json_report

        click.echo(json_report.render(review), nl=False)
    else:
        from linter.reports import style, terminal

        shown = terminal.TerminalOptions(
            colour=style.wants_colour(sys.stdout, color),
            columns=min(shutil.get_terminal_size((100, 24)).columns, 120),
            show_unknown=show_unknown,
            quiet=quiet,
            verbose=verbose,
        )
        click.echo(terminal.render(review, shown), nl=False, color=True)
    if timing:
        stages = {"rules": rules_seconds, "read": read_seconds, **review.seconds}
        _print_timing(stages, review.lint.seconds)
    if debug:
        for crash in review.lint.crashes:
            click.echo(crash.trace, err=True)
    return EXIT_USAGE if found.errors else review.gate.exit_code


def _print_timing(stages: dict[str, float], rules: dict[str, float]) -> None:
    for name, seconds in stages.items():
        click.echo(f"{name:<10} {seconds * 1000:9.1f} ms", err=True)
    slowest = sorted(rules.items(), key=lambda item: -item[1])[:10]
    for name, seconds in slowest:
        click.echo(f"  {name:<8} {seconds * 1000:9.1f} ms", err=True)
