"""What a person reads on a terminal, fitted to its width by rich, which is imported only here.

What comes from files is never taken for rich's markup.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from io import StringIO
from typing import Any

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

NARROWEST = 20


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
    return [line.rstrip() for line in out.getvalue().rstrip("\n").split("\n")]


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

    Where the amounts alone, which are not broken, leave no room for the rest, each row is shown as
    its first cell and below it what the others are, by their headings.
    """
    amounts = sum(
        2 + max(cell_len(text) for text in (headings[number], *(row[number] for row in rows)))
        for number in right
    )
    if amounts > columns * 3 // 5:
        return _records(headings, rows, columns, indent)
    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
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


def _records(
    headings: Sequence[str], rows: Sequence[Sequence[str]], columns: int, indent: int
) -> list[str]:
    lines: list[str] = []
    for row in rows:
        lines += _packed([row[0]], columns, indent)
        pairs = [f"{name} {cell}" for name, cell in zip(headings, row, strict=True) if cell]
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
        lines += chop_cells(part, room)
    return [f"{' ' * indent}{line}" for line in lines]


def wrapped(line: str, columns: int, colour: bool) -> list[str]:
    """A line with ANSI colours, in several that hang below its first word where it is too long."""
    text = Text.from_ansi(line)
    if text.cell_len <= columns:
        return [line]
    plain = text.plain
    indent = len(plain) - len(plain.lstrip())
    # "  per month   $1.20 …": what follows the label is continued below itself.
    label = plain.find("  ", indent)
    hanging = indent + 2
    if 0 < label <= columns // 3:
        hanging = len(plain) - len(plain[label:].lstrip())
    room = max(columns - hanging, NARROWEST)
    console, _ = _console(columns, colour)
    first, rest = text.divide([hanging])
    parts = rest.wrap(console, room)
    lines = []
    for number, part in enumerate(parts):
        start = first if number == 0 else Text(" " * hanging)
        lines += _printed(columns, colour, Text.assemble(start, part, no_wrap=True))
    return lines


def markdown_text(text: str, columns: int, colour: bool) -> str:
    """Markdown as a terminal shows it; addresses are written out."""
    return "\n".join(_printed(columns, colour, Markdown(text, hyperlinks=False))) + "\n"
