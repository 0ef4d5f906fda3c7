"""Where the boxes and bars of the page's drawings go."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from linter.core.record import record
from linter.reports.graph import Node

if TYPE_CHECKING:
    from pricing.model import PipelineEstimate

COLUMN, ROW = 210, 92
WIDTH, HEIGHT = 170, 72


@record
class Box:
    """A step in the drawing; ``x`` and ``y`` are its upper left corner in pixels."""

    node: Node
    x: int
    y: int
    critical: bool


@record
class Line:
    """From a step to one that waits for it: an SVG path."""

    path: str
    critical: bool


@record
class Drawing:
    """A pipeline's graph."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int


@record
class Bar:
    """A step on the timeline; ``left`` and ``width`` are per cent of the whole execution."""

    name: str
    left: float
    width: float
    hours: Decimal
    critical: bool


def schedule(
    nodes: Sequence[Node], estimate: PipelineEstimate | None
) -> tuple[list[Decimal], list[Decimal], set[int]]:
    """Expected start and length in hours of each step, and the steps of the critical path."""
    lengths = {}
    if estimate is not None:
        lengths = {step.name: step.duration.expected for step in estimate.steps}
    starts: list[Decimal] = []
    hours: list[Decimal] = []
    for node in nodes:
        ends = [starts[n] + hours[n] for n in node.waits if n < len(starts)]
        starts.append(max(ends, default=Decimal(0)))
        hours.append(lengths.get(node.step.name, Decimal(0)))
    critical: set[int] = set()
    if nodes and any(hours):
        last = max(range(len(nodes)), key=lambda n: starts[n] + hours[n])
        while True:
            critical.add(last)
            before = [n for n in nodes[last].waits if n < last]
            if not before:
                break
            last = max(before, key=lambda n: starts[n] + hours[n])
    return starts, hours, critical


def draw(nodes: Sequence[Node], critical: set[int]) -> Drawing:
    """Steps in columns by level, in the order in which they can run."""
    levels: list[int] = []
    rows: dict[int, int] = {}
    boxes: list[Box] = []
    for index, node in enumerate(nodes):
        level = max((levels[n] + 1 for n in node.waits if n < index), default=0)
        levels.append(level)
        row = rows.get(level, 0)
        rows[level] = row + 1
        boxes.append(Box(node, 10 + level * COLUMN, 10 + row * ROW, index in critical))
    lines = []
    for index, node in enumerate(nodes):
        for before in node.waits:
            if before < index:
                start, end = boxes[before], boxes[index]
                x, y = start.x + WIDTH, start.y + HEIGHT // 2
                u, v = end.x, end.y + HEIGHT // 2
                middle = (x + u) // 2
                lines.append(
                    Line(
                        f"M{x} {y}C{middle} {y} {middle} {v} {u} {v}",
                        start.critical and end.critical,
                    )
                )
    width = 20 + (max(levels, default=0) + 1) * COLUMN
    height = 20 + max(rows.values(), default=1) * ROW
    return Drawing(tuple(boxes), tuple(lines), width, height)


def timeline(nodes: Sequence[Node], estimate: PipelineEstimate | None) -> list[Bar]:
    """The expected course of one execution; steps that take no time are left out."""
    starts, hours, critical = schedule(nodes, estimate)
    whole = max((s + h for s, h in zip(starts, hours, strict=True)), default=Decimal(0))
    if not whole:
        return []
    return [
        Bar(
            node.label,
            float(starts[n] / whole * 100),
            max(float(hours[n] / whole * 100), 0.4),
            hours[n],
            n in critical,
        )
        for n, node in enumerate(nodes)
        if hours[n]
    ]
