"""``--format`` and ``--output``: what goes where, of the commands that have several formats."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from linter.cli.streams import commands_allowed

if TYPE_CHECKING:
    from linter.reports.outputs import OutputSpec


def output_specs(
    outputs: tuple[str, ...], format_: str, formats: Mapping[str, object] | None = None
) -> list[OutputSpec]:
    """What was asked for; ``formats`` are those that the command has, by default of a review.

    Raises:
        click.UsageError: there is no such format, or two outputs go to one place.
    """
    from linter.reports.outputs import FORMATS, OutputError, OutputSpec, parse_output_specs

    if not outputs:
        return [OutputSpec(format_)]
    if format_ != "text":
        outputs = (*outputs, format_)
    try:
        return parse_output_specs(outputs, FORMATS if formats is None else formats)
    except OutputError as error:
        raise click.UsageError(str(error)) from error


def echo_as(text: str, format_: str) -> None:
    """Print an output; only ``github`` may give the runner commands."""
    allowed = commands_allowed() if format_ == "github" else nullcontext()
    with allowed:
        click.echo(text, nl=False, color=True)
