"""Aligned columns for the terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from linter.core.printable import printable, width
from linter.reports.style import Painter


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    paint: Painter,
    *,
    right: Collection[int] = (),
    longest: int = 48,
) -> list[str]:
    """Lines of a table, indented by two; columns in ``right`` are aligned to the right.

    Cells are made printable and cut at ``longest`` columns. On a terminal that is too narrow
    they are wrapped.
    """
    whole = [[printable(cell) for cell in row] for row in rows]
    cells = [[printable(cell, longest) for cell in row] for row in rows]
    widths = [
        max([width(heading), *(width(row[index]) for row in cells)])
        for index, heading in enumerate(headings)
    ]

    if paint.columns and 2 + sum(widths) + 2 * (len(widths) - 1) > paint.columns:
        from linter.reports.fitted import table_lines

        return table_lines(headings, whole, paint.columns, right=right, colour=paint.colour)

    def line(row: Sequence[str]) -> str:
        parts = []
        for index, cell in enumerate(row):
            gap = " " * (widths[index] - width(cell))
            parts.append(gap + cell if index in right else cell + gap)
        return "  " + "  ".join(parts).rstrip()

    return [paint(line(headings), "dim"), *(line(row) for row in cells)]
