"""Two reviews compared: which findings are new, which are gone, and what became dearer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from linter.core.record import entity, field, record
from linter.gate.rise import Rise, rise_of, side_key
from linter.policy.model import Finding, Verdict

if TYPE_CHECKING:
    from linter.core.documents import Problem
    from linter.gate.weakening import Weakening
    from pricing.model import CostReport, PipelineEstimate, StandingEstimate, StepEstimate
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
    reasons: tuple[str, ...] = ()
    """What of the pipeline as a whole changed."""

    @property
    def changed(self) -> bool:
        return bool(self.steps or self.reasons) or self.before is None or self.after is None


@record
class StandingChange:
    """Something that stands on both sides, or on one, and what changed of it."""

    kind: str
    name: str
    path: str
    before: StandingEstimate | None
    after: StandingEstimate | None
    reasons: tuple[str, ...] = ()


@entity
class Comparison:
    """What a change does. Findings are visible failures, in the order of their side's files."""

    new: list[Finding] = field(default_factory=list)
    fixed: list[Finding] = field(default_factory=list)
    standing_findings: list[Finding] = field(default_factory=list)
    """What was there before and still is, as the later side shows it; each by itself."""
    stands: list[Finding] = field(default_factory=list)
    """The same, put together where it is one decision."""
    pipelines: list[PipelineChange] = field(default_factory=list)
    standing: list[StandingChange] = field(default_factory=list)
    rise: Rise | None = None
    """How much more a month costs; ``None`` where costs were not compared."""
    renames: Mapping[str, str] = field(default_factory=dict)
    per_month: tuple[Any, Any] = (None, None)
    """Cost per month before and after, standing cost included (``Range``, USD)."""
    costs: tuple[Any, Any] = (None, None)
    """The cost reports before and after."""
    unread: tuple[Sequence[Problem], Sequence[Problem]] = ((), ())
    """Places that could not be read before and after."""
    weakened: Sequence[Weakening] = ()
    """What the change does to the gate (``--base-config``)."""

    @property
    def unchanged(self) -> int:
        return len(self.standing_findings)


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
    added = {id(finding) for finding in comparison.new}
    comparison.standing_findings = [finding for finding in new if id(finding) not in added]
    comparison.stands = comparison.standing_findings


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
    """Pair pipelines and what stands by identity, and steps by name."""
    comparison.costs = (before, after)
    comparison.per_month = (before.per_month, after.per_month)
    comparison.renames = renames
    comparison.rise = rise_of(before, after, renames)
    comparison.standing = list(_standing(before, after, renames))
    old = {side_key(item, renames): item for item in before.pipelines}
    new = {side_key(item, {}): item for item in after.pipelines}
    for key in dict.fromkeys((*old, *new)):
        first, second = old.get(key), new.get(key)
        shown = second or first
        assert shown is not None
        change = PipelineChange(
            shown.name,
            shown.path,
            first,
            second,
            tuple(_steps(first, second)),
            tuple(_whole(first, second)),
        )
        if change.changed:
            comparison.pipelines.append(change)


def _standing(
    before: CostReport, after: CostReport, renames: Mapping[str, str]
) -> Iterable[StandingChange]:
    """Every standing resource that is new, gone, or whose price or settings changed."""
    old = {(*side_key(item, renames), item.kind): item for item in before.standing}
    new = {(*side_key(item, {}), item.kind): item for item in after.standing}
    for key in dict.fromkeys((*old, *new)):
        first, second = old.get(key), new.get(key)
        shown = second or first
        assert shown is not None
        if first is None or second is None:
            reasons: tuple[str, ...] = ("removed" if second is None else "added",)
        else:
            reasons = tuple(_standing_reasons(first, second))
        if reasons:
            name = shown.name or shown.address
            yield StandingChange(shown.kind, name, shown.path, first, second, reasons)


def _standing_reasons(old: StandingEstimate, new: StandingEstimate) -> Iterable[str]:
    if old.where.regions != new.where.regions:
        yield f"region {old.where} → {new.where}"
    if old.instance_type != new.instance_type:
        yield f"instance {old.instance_type or 'none'} → {new.instance_type or 'none'}"
    if _shown(old.instance_count) != _shown(new.instance_count):
        yield f"count {_shown(old.instance_count)} → {_shown(new.instance_count)}"
    if bool(old.unpriced) != bool(new.unpriced):
        yield "has no whole price any more" if new.unpriced else "has a whole price now"
    elif old.unpriced != new.unpriced:
        yield "what has no price"
    if old.usd_per_month != new.usd_per_month:
        yield "cost"


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
        if not reasons and first.total != second.total:
            reasons = ("cost",)
        if reasons:
            yield StepChange(name, first, second, reasons)


def _whole(before: PipelineEstimate | None, after: PipelineEstimate | None) -> Iterable[str]:
    if before is None or after is None:
        return
    if before.runs != after.runs:
        yield f"runs a month {_shown(before.runs)} → {_shown(after.runs)}"
    if before.gaps != after.gaps:
        yield "; ".join(after.gaps) or "all of its steps are known now"


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
        yield "has no whole price any more" if new.unpriced else "has a whole price now"


def _shown(count: Range | None) -> str:
    if count is None:
        return "none"
    low, high = count.low.normalize(), count.high.normalize()
    return f"{low:f}" if low == high else f"{low:f}–{high:f}"


def _hours(step: StepEstimate) -> str:
    if step.hours is None:
        return "none"
    return f"{step.hours.range.expected.quantize(Decimal('0.01')).normalize():f}"
