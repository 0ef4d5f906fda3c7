"""What a person reads on a terminal, fitted to its width by rich, which is imported only here.

What comes from files is never taken for rich's markup.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from io import StringIO
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from linter.core.secrets import masked

NARROWEST = 8
"""Columns that a text is given at least, however deep it is indented."""
_GAP = 2


def _console(columns: int, colour: bool) -> tuple[Console, StringIO]:
    out = StringIO()
    console = Console(
        file=out,
        width=max(columns, NARROWEST),
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    return console, out


def _printed(columns: int, colour: bool, thing: Any) -> list[str]:
    console, out = _console(columns, colour)
    console.print(thing)
    lines = out.getvalue().rstrip("\n").split("\n")
    return [_BLANKS.sub(r"\1", line) for line in lines]


_BLANKS = re.compile("[ ]+((?:\x1b\\[[0-9;]*m)*)$")


def table_lines(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    columns: int,
    *,
    right: Collection[int] = (),
    colour: bool = False,
    indent: int = 2,
) -> list[str]:
    """A table whose cells wrap, so that no line is longer than ``columns``; cells are printable.

    Where there is no room for columns that can be read (amounts, which are not broken, and a word
    of each other column), each row is shown as its first cell and below it what the others are,
    by their headings. Secrets are masked here: one that is wrapped is not known again later.
    """
    rows = [[masked(cell) for cell in row] for row in rows]
    widths = [
        max(cell_len(text) for text in (heading, *(row[number] for row in rows)))
        for number, heading in enumerate(headings)
    ]
    amounts = sum(_GAP + widths[number] for number in right)
    words = sum(
        _GAP + min(found, _WORD) for number, found in enumerate(widths) if number not in right
    )
    if amounts > columns * 3 // 5 or indent + amounts + words > columns:
        return _records(headings, rows, columns, indent, colour)
    made = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
    for number, heading in enumerate(headings):
        made.add_column(
            Text(heading),
            justify="right" if number in right else "left",
            overflow="fold",
            no_wrap=number in right,
        )
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    margin = " " * indent
    return [f"{margin}{line}".rstrip() for line in _printed(columns - indent, colour, made)]


_WORD = 12
"""Columns below which a column of words cannot be read."""


def _records(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    columns: int,
    indent: int,
    colour: bool,
) -> list[str]:
    lines: list[str] = []
    for row in rows:
        names = _packed([row[0]], columns, indent)
        for name in names:
            lines += _printed(columns, colour, Text(name, "bold"))
        pairs = [
            f"{name} {cell}".lstrip() for name, cell in zip(headings, row, strict=True) if cell
        ]
        lines += _packed(pairs[1 if row[0] else 0 :], columns, indent + 4)
    return lines


def _packed(parts: Sequence[str], columns: int, indent: int) -> list[str]:
    """Parts beside each other as long as they fit; one that is too long alone is broken."""
    lines: list[str] = []
    room = max(columns - indent, NARROWEST)
    for part in parts:
        joined = f"{lines[-1]}, {part}" if lines else ""
        if joined and cell_len(joined) <= room:
            lines[-1] = joined
            continue
        console, _ = _console(room, False)
        lines += (line.plain.rstrip() for line in Text(part).wrap(console, room))
    return [f"{' ' * indent}{line}" for line in lines]


_CODES = re.compile("\x1b\\[[0-9;]*m")
_COLUMN = re.compile(r"\S {2,}(?=\S)")


def fitted(text: str, columns: int, colour: bool) -> str:
    """Text with ANSI colours whose lines are no longer than ``columns``; secrets are masked.

    Lines that are too long go on below their last column.
    """
    lines = masked(text).split("\n")
    return "\n".join(part for line in lines for part in wrapped(line, columns, colour))


def wrapped(line: str, columns: int, colour: bool) -> list[str]:
    """A line with ANSI colours, in several that hang below its last column if it is too long."""
    if line.isascii() and len(line) <= columns:
        return [line]
    plain = _CODES.sub("", line)
    if cell_len(plain) <= columns:
        return [line]
    hanging = _hanging(plain, columns)
    room = max(columns - hanging, NARROWEST)
    console, _ = _console(columns, colour)
    first, rest = Text.from_ansi(line).divide([hanging])
    lines = []
    for number, part in enumerate(rest.wrap(console, room)):
        part.rstrip()
        start = first if number == 0 else Text(" " * hanging)
        lines += _printed(columns, colour, Text.assemble(start, part, no_wrap=True))
    return lines


def _hanging(plain: str, columns: int) -> int:
    """Where a line that is too long goes on: below its last column near the start.

    "  per month   $1.20 …": what follows the label is continued below itself.
    """
    indent = len(plain) - len(plain.lstrip())
    most = columns * 2 // 5
    ends = [found.end() for found in _COLUMN.finditer(plain, 0, most + 1) if found.end() <= most]
    hanging = ends[-1] if ends else min(indent + 2, columns // 2)
    return hanging if plain[:hanging].isascii() else min(indent, most)


def markdown_text(text: str, columns: int, colour: bool) -> str:
    """Markdown as a terminal shows it; addresses are written out."""
    return "\n".join(_printed(columns, colour, Markdown(masked(text), hyperlinks=False))) + "\n"
