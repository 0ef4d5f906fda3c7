"""Where the boxes and bars of the page's drawings go.

A graph is drawn in tiles that fit on a screen and on a sheet of paper: at most so many columns
(levels) and rows. What a step waits for in another tile is written in its box.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from linter.core.printable import width
from linter.core.record import record
from linter.reports.graph import Node

if TYPE_CHECKING:
    from pricing.model import PipelineEstimate

COLUMN, ROW = 210, 118
WIDTH, HEIGHT = 176, 98
MARGIN = 12
COLUMNS, ROWS = 5, 7
"""Of a tile. So it is about as wide as a page, and not higher than a sheet of paper."""
_NAME_LETTERS, _LETTERS = 20, 26
"""That fit on a line of a box, also in a wide font."""
_MAX_AFTER = 4


@record
class Face:
    """What is written on a step's box: its number in the table, its name, and lines below."""

    number: int
    name: str
    lines: tuple[str, ...]
    mark: str = ""
    """The worst severity found in it, ``""`` for none."""


@record
class Box:
    """A step in the drawing; ``x`` and ``y`` are its upper left corner in pixels."""

    name: tuple[str, ...]
    lines: tuple[str, ...]
    mark: str
    x: int
    y: int
    critical: bool


@record
class Line:
    """From a step to one that waits for it: an SVG path."""

    path: str
    critical: bool


@record
class Tile:
    """A part of a pipeline's graph, or all of it."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int
    first: int
    last: int
    """Levels it shows, from 1."""


@record
class Bar:
    """A step on the timeline; ``left`` and ``width`` are per cent of the whole execution."""

    number: int
    name: str
    start: Decimal
    hours: Decimal
    left: float
    width: float
    critical: bool


def schedule(
    nodes: Sequence[Node], estimate: PipelineEstimate | None
) -> tuple[list[Decimal], list[Decimal], list[int]]:
    """Expected start and length in hours of each step, and the critical path in its order."""
    lengths = {}
    if estimate is not None:
        lengths = {step.object_path or step.name: step.duration.expected for step in estimate.steps}
    starts: list[Decimal] = []
    hours: list[Decimal] = []
    for node in nodes:
        ends = [starts[n] + hours[n] for n in node.waits if n < len(starts)]
        starts.append(max(ends, default=Decimal(0)))
        length = lengths.get(node.step.path, lengths.get(node.step.name))
        hours.append(length if length is not None else Decimal(0))
    critical: list[int] = []
    if nodes and any(hours):
        last = max(range(len(nodes)), key=lambda n: starts[n] + hours[n])
        while True:
            critical.append(last)
            before = [n for n in nodes[last].waits if n < last]
            if not before:
                break
            last = max(before, key=lambda n: starts[n] + hours[n])
    return starts, hours, critical[::-1]


def draw(nodes: Sequence[Node], faces: Sequence[Face], critical: Sequence[int]) -> list[Tile]:
    """Steps in columns by level, in the order in which they can run."""
    levels = _levels(nodes)
    rows = _rows(nodes, levels)
    on = set(critical)
    following = set(pairwise(critical))
    tiles: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index in range(len(nodes)):
        tiles[levels[index] // COLUMNS, rows[index] // ROWS].append(index)
    # All as wide as the widest: they are scaled alike where a page is narrower.
    across = 2 * MARGIN + min(max(levels, default=0), COLUMNS - 1) * COLUMN + WIDTH
    drawn = []
    for (band, chunk), inside in sorted(tiles.items()):
        places = {
            n: (
                MARGIN + (levels[n] - band * COLUMNS) * COLUMN,
                MARGIN + (rows[n] - chunk * ROWS) * ROW,
            )
            for n in inside
        }
        lines = [
            Line(_way(places[before], places[n]), (before, n) in following)
            for n in inside
            for before in nodes[n].waits
            if before in places and before < n
        ]
        boxes = [
            _box(faces[n], places[n], n in on, _elsewhere(nodes[n], places, faces)) for n in inside
        ]
        drawn.append(
            Tile(
                tuple(boxes),
                tuple(sorted(lines, key=lambda line: line.critical)),
                across,
                max(y for _, y in places.values()) + ROW,
                band * COLUMNS + 1,
                max(levels[n] for n in inside) + 1,
            )
        )
    return drawn


def _levels(nodes: Sequence[Node]) -> list[int]:
    levels: list[int] = []
    for index, node in enumerate(nodes):
        levels.append(max((levels[n] + 1 for n in node.waits if n < index), default=0))
    return levels


def _rows(nodes: Sequence[Node], levels: Sequence[int]) -> list[int]:
    """Rows in which steps stand near those they wait for, so that few lines cross."""
    by_level: dict[int, list[int]] = defaultdict(list)
    for index, level in enumerate(levels):
        by_level[level].append(index)
    rows = [0] * len(nodes)
    for level in sorted(by_level):
        members = by_level[level]
        middle = {}
        for n in members:
            before = [rows[b] for b in nodes[n].waits if levels[b] < level]
            middle[n] = sum(before) / len(before) if before else 0.0
        for row, n in enumerate(sorted(members, key=lambda n: (middle[n], n))):
            rows[n] = row
    return rows


def _way(start: tuple[int, int], end: tuple[int, int]) -> str:
    """From the right of a box to the left of another; between the rows where boxes are between."""
    x, y = start[0] + WIDTH, start[1] + HEIGHT // 2
    u, v = end[0], end[1] + HEIGHT // 2
    tip = f"M{u - 7} {v - 5}L{u} {v}L{u - 7} {v + 5}"
    gap = COLUMN - WIDTH
    if u - x <= gap:
        middle = (x + u) // 2
        return f"M{x} {y}C{middle} {y} {middle} {v} {u} {v}{tip}"
    lower = max(start[1], end[1])
    between = lower - (ROW - HEIGHT) // 2 if start[1] != end[1] else lower + (ROW + HEIGHT) // 2
    half = gap // 2
    return (
        f"M{x} {y}C{x + half} {y} {x} {between} {x + half} {between}"
        f"L{u - half} {between}C{u} {between} {u - half} {v} {u} {v}{tip}"
    )


def _elsewhere(node: Node, places: Mapping[int, object], faces: Sequence[Face]) -> str:
    """``after #3, #4 and 2 more``: what it waits for and no line leads from."""
    numbers = sorted(faces[n].number for n in node.waits if n not in places)
    if not numbers:
        return ""
    more = len(numbers) - _MAX_AFTER
    text = ", ".join(f"#{number}" for number in numbers[:_MAX_AFTER])
    return f"after {text}" + (f" +{more}" if more > 0 else "")


def _box(face: Face, place: tuple[int, int], critical: bool, after: str) -> Box:
    lines = (*face.lines, after) if after else face.lines
    return Box(
        tuple(wrapped(f"#{face.number} {face.name}", _NAME_LETTERS, 2)),
        tuple(line for text in lines for line in wrapped(text, _LETTERS, 1)),
        face.mark,
        *place,
        critical,
    )


def wrapped(text: str, letters: int, most: int) -> list[str]:
    """Text in at most so many lines of a width; what does not fit ends in an ellipsis."""
    lines = [""]
    for character in text:
        if width(lines[-1]) + width(character) > letters:
            if len(lines) == most:
                lines[-1] = lines[-1][:-1].rstrip() + "…"
                break
            lines.append("")
        lines[-1] += character
    return [line.strip() for line in lines]


def timeline(
    nodes: Sequence[Node], faces: Sequence[Face], estimate: PipelineEstimate | None
) -> list[Bar]:
    """The expected course of one execution; steps that take no time are left out."""
    starts, hours, critical = schedule(nodes, estimate)
    whole = max((s + h for s, h in zip(starts, hours, strict=True)), default=Decimal(0))
    if not whole:
        return []
    on = set(critical)
    bars = [
        Bar(
            faces[n].number,
            faces[n].name,
            starts[n],
            hours[n],
            float(starts[n] / whole * 100),
            max(float(hours[n] / whole * 100), 0.4),
            n in on,
        )
        for n in range(len(nodes))
        if hours[n]
    ]
    return sorted(bars, key=lambda bar: (bar.start, bar.number))
