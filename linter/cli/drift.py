"""``pipewarden drift``: what differs between code and a snapshot of the account."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from linter.cli.exits import EXIT_GATE, EXIT_OK
from linter.cli.options import reading_options
from linter.cli.session import Refused, Session, config_option
from linter.cli.shown import print_fitted


@click.command()
@click.argument("code")
@click.argument("snapshot")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
@click.option("--fail-on-drift", is_flag=True, help="Exit with 1 when something differs.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@reading_options
@config_option
def drift(
    code: str, snapshot: str, format_: str, fail_on_drift: bool, color: str, **options: Any
) -> int:
    """Compare CODE with SNAPSHOT, a folder that `pipewarden pull` wrote.

    Pipelines are compared by their steps and parameters, roles by what they allow, endpoints and
    what else is always on by instance types and counts. What the code leaves open is counted, and
    is no drift.
    """
    from linter.gate.drift import drift as compare
    from linter.reports import drift_report, style

    for path in (code, snapshot):
        if not Path(path).exists():
            raise Refused(f"{path}: no such file or directory")
    session = Session((code, snapshot), options)
    ours = session.load((code,))
    theirs = session.load((snapshot,))
    if not any(document.root.kind == "account" for document in theirs.documents):
        raise Refused(f"{snapshot} is not an account snapshot; create one with pipewarden pull")
    found = compare(ours, theirs)
    if format_ == "json":
        click.echo(drift_report.render_json(found), nl=False)
    elif format_ == "markdown":
        click.echo(drift_report.render_markdown(found), nl=False)
    else:
        paint = style.painter_for(sys.stdout, color)
        print_fitted(drift_report.render_text(found, paint), paint)
    return session.finish(EXIT_GATE if fail_on_drift and found.drifted else EXIT_OK)
