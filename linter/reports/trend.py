"""The cost of a branch over time, as bars for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from linter.core.printable import printable
from linter.core.record import record
from linter.reports.amounts import NO_PRICE, usd
from linter.reports.style import Painter

if TYPE_CHECKING:
    from pricing.model import CostReport

WIDTH = 40
"""Columns of the longest bar."""
_SHORTEST = 8
"""Columns of a terminal below which bars show nothing."""
_SUBJECT = 24
"""Columns that a terminal keeps for the subject of a commit."""
_CENT = Decimal("0.01")
_EIGHTHS = " ▏▎▍▌▋▊▉"


@record
class Point:
    """One revision; ``cost`` is ``None`` where what is priced did not exist, and ``lost`` is
    whether something of it could not be read."""

    commit: str
    date: str
    subject: str
    cost: CostReport | None
    lost: bool = False

    @property
    def month(self) -> Decimal:
        return Decimal(0) if self.cost is None else self.cost.per_month.expected

    @property
    def complete(self) -> bool:
        return self.cost is not None and self.cost.complete and not self.lost


TITLE = "Cost per month, expected, by today's prices and settings"


@record
class Row:
    """What is shown of a revision: its month, the change to the one before, its part of the most
    that any costs (0 to 1)."""

    date: str
    commit: str
    subject: str
    amount: str
    change: str
    share: Decimal


def rows_of(points: Sequence[Point]) -> list[Row]:
    """A row for each revision, the first one first."""
    most = max((point.month for point in points), default=Decimal(0))
    return [
        Row(
            point.date,
            point.commit[:8],
            printable(point.subject, 60),
            _amount(point),
            "" if number == 0 else _change(points[number - 1], point),
            point.month / most if most else Decimal(0),
        )
        for number, point in enumerate(points)
    ]


def notes_of(points: Sequence[Point], total: int) -> list[str]:
    """What is to be said below the rows."""
    notes = []
    if len(points) < total:
        notes.append(f"{len(points)} of {total} revisions, evenly chosen.")
    if any(not point.complete for point in points if point.cost is not None):
        notes.append("≥: something of the revision has no price, or could not be read.")
    return notes


def render_text(points: Sequence[Point], total: int, paint: Painter) -> str:
    """A line for each revision with its month, the change to the one before, and a bar.

    On a terminal bars are as long as leaves room for the rest, and left out where there is none.
    """
    rows = rows_of(points)
    amounts = max((len(row.amount) for row in rows), default=0)
    changes = max((len(row.change) for row in rows), default=0)
    wide = WIDTH
    if paint.columns:
        figures = 2 + 10 + 2 + 8 + 2 + amounts + 2 + changes + 2
        wide = min(WIDTH, max(paint.columns - figures - _SUBJECT, 0))
    lines = [paint(TITLE, "bold")]
    for row in rows:
        bar = f"{_bar(row.share, wide):<{wide}}  " if wide >= _SHORTEST else ""
        lines.append(
            f"  {row.date}  {row.commit}  {row.amount:>{amounts}}  {row.change:>{changes}}"
            f"  {bar}{paint(row.subject, 'dim')}".rstrip()
        )
    return "\n".join([*lines, *notes_of(points, total)]) + "\n"


def _amount(point: Point) -> str:
    if point.cost is None:
        return "nothing there"
    if point.complete:
        return usd(point.month)
    return f"≥ {usd(point.month)}" if point.month else NO_PRICE


def _change(before: Point, point: Point) -> str:
    """How the month changed, where both sides have whole prices."""
    if before.cost is None or point.cost is None:
        return ""
    if not (before.complete and point.complete):
        return "?"
    rise = point.month - before.month
    if abs(rise) >= _CENT:  # of what is shown, so that a reader's sum comes out
        rise = point.month.quantize(_CENT) - before.month.quantize(_CENT)
    return f"{'+' if rise > 0 else '-'}{usd(abs(rise))}" if rise else ""


def _bar(share: Decimal, wide: int) -> str:
    if not share:
        return ""
    eighths = max(int(share * wide * 8), 1)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def to_json(points: Sequence[Point], total: int) -> dict[str, Any]:
    """The revisions with their figures, the first one first."""
    return {
        "schema_version": "1.0",
        "currency": "USD",
        "revisions_in_range": total,
        "trend": [
            {
                "commit": point.commit,
                "date": point.date,
                "subject": point.subject,
                "per_month_usd": None if point.cost is None else point.cost.per_month.to_json(),
                "per_run_usd": None if point.cost is None else point.cost.per_run.to_json(),
                "complete": point.complete,
                "assumptions": None if point.cost is None else point.cost.assumptions.to_json(),
            }
            for point in points
        ],
    }
