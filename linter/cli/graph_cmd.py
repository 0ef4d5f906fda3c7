"""``pipewarden graph``: pipelines as graphs, with prices and findings on the steps."""

from __future__ import annotations

import sys
from typing import Any

import click

from linter.cli.exits import EXIT_INCOMPLETE
from linter.cli.options import PATHS, reading_options
from linter.cli.session import Session, config_option, linting_options, rate_options
from linter.cli.shown import print_fitted


@click.command()
@PATHS
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "dot", "mermaid"]),
    default="text",
    show_default=True,
)
@click.option("--no-findings", is_flag=True, help="Leave the findings out; nothing is linted.")
@click.option("--no-prices", is_flag=True, help="Leave the prices out.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@linting_options
@rate_options
@reading_options
@config_option
def graph(
    paths: tuple[str, ...],
    format_: str,
    no_findings: bool,
    no_prices: bool,
    color: str,
    **options: Any,
) -> int:
    """Draw the steps of pipelines below PATH, in an order in which they can run.

    The number before a step is its level: steps of one level may run at the same time.
    """
    from linter.policy.model import Verdict
    from linter.reports import graph as drawing
    from linter.reports import style

    session = Session(paths, options)
    project = session.load()
    failed = []
    if not no_findings:
        visible = session.review(project, prices=False).single_findings
        failed = [finding for finding in visible if finding.verdict is Verdict.FAIL]
    report = None if no_prices else session.price(project)
    drawn = []
    for pipeline in project.pipelines:
        estimate = report.of(pipeline) if report is not None else None
        found = drawing.failures_by_step(failed, pipeline)
        drawn.append((pipeline.deployment, drawing.nodes_of(pipeline, estimate, found)))
    if not drawn:
        click.echo("No pipelines found.", err=True)
        return session.finish(EXIT_INCOMPLETE)
    if format_ == "dot":
        click.echo(drawing.render_dot(drawn), nl=False)
    elif format_ == "mermaid":
        click.echo(drawing.render_mermaid(drawn), nl=False)
    else:
        paint = style.painter_for(sys.stdout, color)
        print_fitted(drawing.render_text(drawn, paint), paint)
    return session.finish()
