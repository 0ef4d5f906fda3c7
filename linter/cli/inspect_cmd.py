"""``pipewarden inspect``: every document as it was evaluated."""

from __future__ import annotations

import sys
from typing import Any

import click

from linter.cli.options import PATHS, reading_options
from linter.cli.session import Refused, Session, config_option
from linter.cli.shown import print_fitted
from linter.core.printable import printable


@click.command()
@PATHS
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--address", multiple=True, metavar="GLOB", help="Only documents with this address.")
@click.option("--kind", multiple=True, metavar="GLOB", help="Only documents of this kind.")
@reading_options
@config_option
def inspect(
    paths: tuple[str, ...],
    format_: str,
    address: tuple[str, ...],
    kind: tuple[str, ...],
    **options: Any,
) -> int:
    """Show what pipewarden sees: every document, evaluated, with what stayed unknown.

    An unknown prints as {"$unknown": {"because": ..., "references": [...]}}, a string of which
    parts are known as {"$template": [...]}.
    """
    from linter.cli.given import nothing_named
    from linter.core.jsonwrite import dumps
    from linter.reports.inspection import documents_of

    session = Session(paths, options)
    project = session.load()
    documents = list(documents_of(project, addresses=address, kinds=kind))
    if not documents and (address or kind):
        wrong = nothing_named(project, address, kind)
        if wrong:
            raise Refused("\n".join(wrong))
    if format_ == "json":
        click.echo(dumps({"documents": documents}))
    else:
        from linter.reports.inspection import as_text
        from linter.reports.style import painter_for

        print_fitted(as_text(documents), painter_for(sys.stdout, "never"))
    for problem in project.problems:
        span = problem.span
        place = f"{printable(span.path)}:{span.start_line}:{span.start_column}"
        click.echo(f"{place} {printable(problem.message, 500)}", err=True)
    if project.absent:
        shown = ", ".join(printable(address, 80) for address in project.absent[:20])
        more = f" and {len(project.absent) - 20} more" if len(project.absent) > 20 else ""
        click.echo(f"Switched off, count is 0: {shown}{more}", err=True)
    if not project.scanned and not project.problems:
        click.echo("Nothing to scan was found.", err=True)
    return session.finish(say=False)
