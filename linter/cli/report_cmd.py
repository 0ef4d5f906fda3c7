"""``pipewarden report``: findings and cost on one self-contained page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from linter.cli.options import PATHS
from linter.cli.session import Refused, Session, session_options


@click.command()
@PATHS
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    help="The HTML file to write; - is standard output.",
)
@click.option("--title", metavar="TEXT", default="Pipeline review", help="The page's heading.")
@click.option(
    "--for",
    "--prepared-for",
    "prepared_for",
    metavar="TEXT",
    default="",
    help="Who the report is for; shown in the page header.",
)
@click.option(
    "--what-if",
    metavar="CHANGES",
    help="Show the cost before and after changes: spot=all,instance:Train=ml.g5.xlarge (see cost).",
)
@click.option(
    "--trend",
    metavar="REV1..REV2",
    help="Show what the revisions of a branch cost, oldest first (see cost).",
)
@click.option(
    "--history",
    "history_file",
    metavar="PATH",
    help="What past runs took: a snapshot's folder or JSON lines (see cost).",
)
@click.option("--baseline", metavar="FILE", help="Findings in this file do not count.")
@session_options
def report(
    paths: tuple[str, ...],
    output: str,
    title: str,
    prepared_for: str,
    what_if: str | None,
    trend: str | None,
    **options: Any,
) -> int:
    """Write a review of PATH as one HTML page for a meeting.

    An overview of all pipelines, what could be saved, findings by rule, every pipeline with its
    graph and cost by step, always-on resources, and what is not known. The page loads nothing from
    anywhere, works without JavaScript, and can be printed.
    """
    from linter.core.clock import today
    from linter.core.files import WriteError, write_report
    from linter.core.printable import printable
    from linter.reports.html.page import Meeting, Trial, render

    if what_if is not None and not what_if.strip(" ,"):
        raise Refused("--what-if: no change given; write one such as spot=all")
    session = Session(paths, options)
    project = session.load()
    review = session.review(project)
    cost = session.price(project)
    trial = None if what_if is None else Trial(what_if, session.price(project, what_if))
    over_time = None
    if trend is not None:
        from linter.cli.trend import points_of

        over_time = points_of(session, trend)
    meeting = Meeting(
        title.strip() or "Pipeline review",
        today().isoformat(),
        _commits(paths),
        prepared_for.strip(),
        ", ".join(_named(path) for path in paths or (".",)),
    )
    page = render(review, cost, meeting, trial, over_time, session.measured(project))
    if output == "-":
        click.echo(page, nl=False)
        return session.finish()
    try:
        write_report(output, page)
    except WriteError as error:
        raise Refused(str(error)) from error
    click.echo(f"{printable(output)}: written.")
    return session.finish()


def _commits(paths: Sequence[str]) -> str:
    """The commits that the work trees of the paths are at; why it is not known where that is so.

    Whether files differ from the commit is not looked up: that would run the repository's filters.
    """
    from linter.discovery.git import GitError, Repository

    found: dict[str, None] = {}
    for path in paths or (".",):
        if path == "-":
            found["standard input, no commit"] = None
            continue
        try:
            commit = Repository.at(Path(path)).commit("HEAD")
        except GitError as error:
            found[f"not known: {error}"] = None
        else:
            found[f"{commit} (changes that are not committed are included)"] = None
    return "; ".join(found)


def _named(path: str) -> str:
    """A path as it was given; the name of the directory where it says nothing."""
    if path == "-":
        return "standard input"
    return path if path.strip("./") else Path(path).resolve().name or path
