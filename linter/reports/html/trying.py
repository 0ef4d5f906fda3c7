"""What-if: the cost as it is beside the cost with changes, and what was changed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from linter.core.printable import printable
from linter.reports.amounts import rounded
from linter.reports.html.figures import (
    between,
    difference,
    dollars,
    machines,
    marked,
    standing_whole,
)
from pricing.ranges import Range

if TYPE_CHECKING:
    from pricing.model import CostReport, PipelineEstimate, StepEstimate

NOT_KNOWN = "not known"
MAX_CHANGED = 500
"""Changed steps that are listed."""


def compared(before: CostReport, after: CostReport, changes: str) -> dict[str, Any]:
    """The tables of ``--what-if``. Both reports are of one project.

    A difference is said only where both sides have a whole price, or where nothing changes.
    """
    then = {item.identity: item for item in after.pipelines}
    pairs = [(old, then[old.identity]) for old in before.pipelines]
    known = [_known(old, new) for old, new in pairs]
    steps = [change for old, new in pairs for change in _changes(old, new)]
    standing = [before.standing_per_month] if before.standing else []
    sides = [
        rounded([value.expected for value in (*values, *standing)])
        for values in ([old.per_month for old, _ in pairs], [new.per_month for _, new in pairs])
    ]
    rows = [
        {
            "name": printable(old.name, 200),
            "before": _side(sides[0][0][n], old.per_month, old.complete),
            "after": _side(sides[1][0][n], new.per_month, new.complete),
            "difference": difference(sides[0][0][n], sides[1][0][n]) if sure else NOT_KNOWN,
        }
        for n, ((old, new), sure) in enumerate(zip(pairs, known, strict=True))
    ]
    sums = [sum((side[0][n] for n, sure in enumerate(known) if sure), Decimal(0)) for side in sides]
    return {
        "changes": [printable(part.strip(), 200) for part in changes.split(",") if part.strip()],
        "pipelines": rows,
        "standing": [
            _side(amount, before.standing_per_month, standing_whole(before))
            for amount in sides[0][0][len(pairs) :]
        ],
        "before": _side(sides[0][1], before.per_month, before.complete),
        "after": _side(sides[1][1], after.per_month, after.complete),
        "difference": difference(sides[0][1], sides[1][1]) if all(known) else NOT_KNOWN,
        "part": "" if all(known) else difference(*sums),
        "steps": steps[:MAX_CHANGED],
        "hidden": max(len(steps) - MAX_CHANGED, 0),
    }


def _side(amount: Decimal, value: Range, whole: bool) -> tuple[str, str]:
    """An amount as it is printed, and the range below it."""
    return marked(dollars(amount), whole, bool(value.high)), between(value)


def _known(old: PipelineEstimate, new: PipelineEstimate) -> bool:
    """Whether the difference of two prices of a pipeline is what changing it changes."""
    return len(old.steps) == len(new.steps) and all(
        a == b or not (a.unpriced or b.unpriced) for a, b in zip(old.steps, new.steps, strict=False)
    )


def _changes(old: PipelineEstimate, new: PipelineEstimate) -> list[dict[str, Any]]:
    after = {step.object_path: step for step in new.steps}
    found = []
    for step in old.steps:
        other = after.get(step.object_path)
        if other is None or step == other:
            continue
        reasons = _reasons(step, other)
        if not reasons and step.total == other.total:
            continue
        sure = not (step.unpriced or other.unpriced)
        (was,), _ = rounded([step.total.expected])
        (now,), _ = rounded([other.total.expected])
        found.append(
            {
                "pipeline": printable(old.name, 120),
                "step": printable(step.name, 120),
                "what": "; ".join(reasons) or "its price",
                "before": _side(was, step.total, not step.unpriced),
                "after": _side(now, other.total, not other.unpriced),
                "difference": difference(was, now) if sure else NOT_KNOWN,
            }
        )
    return found


def _reasons(old: StepEstimate, new: StepEstimate) -> Sequence[str]:
    reasons = []
    before, after = machines(old), machines(new)
    if before != after:
        reasons.append(f"{before or 'no instance'} → {after or 'no instance'}")
    if old.cached != new.cached:
        reasons.append(f"step cache {'on' if new.cached else 'off'}")
    old_time = None if old.hours is None else old.hours.range
    new_time = None if new.hours is None else new.hours.range
    if old_time != new_time and old_time is not None and new_time is not None:
        reasons.append(f"hours {old_time.expected:.2f} → {new_time.expected:.2f}")
    return reasons
