"""Two reviews compared: which findings are new, which are gone, and what became dearer."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from linter.core.record import entity, field, record
from linter.policy.model import Finding, Verdict

if TYPE_CHECKING:
    from linter.gate.weakening import Weakening
    from pricing.model import CostReport, PipelineEstimate, StepEstimate
    from pricing.ranges import Range


@record
class StepChange:
    """One step on both sides; ``before`` or ``after`` is ``None`` for one that is new or gone.

    ``reasons`` say what changed, for people.
    """

    name: str
    before: StepEstimate | None
    after: StepEstimate | None
    reasons: tuple[str, ...] = ()


@record
class PipelineChange:
    """One pipeline on both sides, with the steps whose price or settings changed."""

    name: str
    path: str
    before: PipelineEstimate | None
    after: PipelineEstimate | None
    steps: tuple[StepChange, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.steps) or self.before is None or self.after is None


@entity
class Comparison:
    """What a change does. Findings are visible failures, in the order of their side's files."""

    new: list[Finding] = field(default_factory=list)
    fixed: list[Finding] = field(default_factory=list)
    unchanged: int = 0
    pipelines: list[PipelineChange] = field(default_factory=list)
    per_month: tuple[Any, Any] = (None, None)
    """Cost per month before and after, standing cost included (``Range``, USD)."""
    costs: tuple[Any, Any] = (None, None)
    """The cost reports before and after."""
    unread: tuple[int, int] = (0, 0)
    """Places that could not be read before and after."""
    weakened: Sequence[Weakening] = ()
    """What the change does to the gate (``--base-config``)."""


def compare_findings(
    before: Iterable[Finding],
    after: Iterable[Finding],
    renames: Mapping[str, str],
    comparison: Comparison,
) -> None:
    """Match findings by fingerprint, then, in renamed files, by what they say of what.

    ``renames`` maps old paths to new ones, as findings name them.
    """
    old = [f for f in before if _counts(f)]
    new = [f for f in after if _counts(f)]
    left = _match(old, new, lambda f: f.fingerprint)
    left = _match(left[0], left[1], lambda f: _identity(f, renames))
    comparison.fixed, comparison.new = left
    comparison.unchanged = len(new) - len(comparison.new)


def _counts(finding: Finding) -> bool:
    return finding.verdict is Verdict.FAIL and not finding.suppressed and not finding.baselined


def _identity(finding: Finding, renames: Mapping[str, str]) -> tuple[str, ...]:
    path = renames.get(finding.path, finding.path)
    return finding.rule, path, finding.address, finding.object, finding.message


def _match(old: list[Finding], new: list[Finding], key: Any) -> tuple[list[Finding], list[Finding]]:
    """What of each side has no partner on the other."""
    waiting: dict[Any, list[Finding]] = defaultdict(list)
    for finding in old:
        waiting[key(finding)].append(finding)
    unmatched = []
    paired: set[int] = set()
    for finding in new:
        partners = waiting.get(key(finding))
        if partners:
            paired.add(id(partners.pop(0)))
        else:
            unmatched.append(finding)
    return [f for f in old if id(f) not in paired], unmatched


def compare_costs(
    before: CostReport, after: CostReport, renames: Mapping[str, str], comparison: Comparison
) -> None:
    """Pair pipelines by path and name, and their steps by name."""
    comparison.costs = (before, after)
    comparison.per_month = (before.per_month, after.per_month)
    old = {_pipeline_key(item, renames): item for item in before.pipelines}
    new = {_pipeline_key(item, {}): item for item in after.pipelines}
    for key in dict.fromkeys((*old, *new)):
        first, second = old.get(key), new.get(key)
        shown = second or first
        assert shown is not None
        change = PipelineChange(shown.name, shown.path, first, second, tuple(_steps(first, second)))
        if change.changed:
            comparison.pipelines.append(change)


def _pipeline_key(item: PipelineEstimate, renames: Mapping[str, str]) -> tuple[object, ...]:
    """Which pipeline it is on both sides of a change: the root it is deployed with, the address.

    A root follows renames: its own, or that of a file in its directory.
    """
    root = item.root
    path = renames.get(root.path, root.path)
    if root.kind == "terraform":
        moved = {posixpath.dirname(old): posixpath.dirname(new) for old, new in renames.items()}
        path = moved.get("" if path == "." else path, path) or "."
    return root.kind, path, root.variant, item.address or item.name


def _steps(before: PipelineEstimate | None, after: PipelineEstimate | None) -> Iterable[StepChange]:
    old = {step.name: step for step in before.steps} if before is not None else {}
    new = {step.name: step for step in after.steps} if after is not None else {}
    moved: tuple[str, ...] = ()
    if before is not None and after is not None and before.where.regions != after.where.regions:
        moved = (f"region {before.where} → {after.where}",)
    for name in dict.fromkeys((*old, *new)):
        first, second = old.get(name), new.get(name)
        if first is None or second is None:
            yield StepChange(name, first, second, ("removed" if second is None else "added",))
            continue
        reasons = (*moved, *_reasons(first, second))
        if reasons:
            yield StepChange(name, first, second, reasons)


def _reasons(old: StepEstimate, new: StepEstimate) -> Iterable[str]:
    """What changed, the causes before their effects; nothing when nothing did."""
    if old.type != new.type:
        yield f"type {old.type} → {new.type}"
    if old.instance_type != new.instance_type:
        yield f"instance {old.instance_type or 'none'} → {new.instance_type or 'none'}"
    if _shown(old.instance_count) != _shown(new.instance_count):
        yield f"count {_shown(old.instance_count)} → {_shown(new.instance_count)}"
    if old.spot != new.spot:
        yield "Spot on" if new.spot else "Spot off"
    if old.cached != new.cached:
        yield "cache on" if new.cached else "cache off"
    if _hours(old) != _hours(new):
        yield f"hours {_hours(old)} → {_hours(new)}"
    if old.storage != new.storage:
        yield "storage"
    if bool(old.unpriced) != bool(new.unpriced):
        yield "has no price any more" if new.unpriced else "has a price now"


def _shown(count: Range | None) -> str:
    if count is None:
        return "none"
    low, high = count.low.normalize(), count.high.normalize()
    return f"{low:f}" if low == high else f"{low:f}–{high:f}"


def _hours(step: StepEstimate) -> str:
    if step.hours is None:
        return "none"
    return f"{step.hours.range.expected.quantize(Decimal('0.01')).normalize():f}"
