"""``pipewarden report``: findings and cost on one self-contained page."""

from __future__ import annotations

from typing import Any

import click

from linter.cli.options import PATHS
from linter.cli.session import Refused, Session, session_options


@click.command()
@PATHS
@click.option("-o", "--output", metavar="FILE", required=True, help="The HTML file to write.")
@click.option("--baseline", metavar="FILE", help="Findings in this file do not count.")
@session_options
def report(paths: tuple[str, ...], output: str, **options: Any) -> int:
    """Write a review of PATH as one HTML page: summary, cost, graphs, savings, findings.

    The page loads nothing from anywhere and works without JavaScript.
    """
    from linter.core.files import WriteError, write_report
    from linter.core.printable import printable
    from linter.reports.html.page import render

    session = Session(paths, options)
    project = session.load()
    review = session.review(project)
    try:
        write_report(output, render(review, session.price(project)))
    except WriteError as error:
        raise Refused(str(error)) from error
    click.echo(f"{printable(output)}: written.")
    return session.finish()
