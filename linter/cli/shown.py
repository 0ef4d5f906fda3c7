"""What a person reads, on standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from linter.reports.style import Painter


def print_fitted(text: str, paint: Painter, *, most: int = 0) -> None:
    """Print text as it is, or fitted to the terminal and to at most so many columns of it."""
    from linter.reports.style import fit

    click.echo(fit(text, paint, most), nl=False, color=True)
