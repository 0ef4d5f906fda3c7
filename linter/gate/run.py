"""One whole run: lint a project, attach what waste costs, judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from linter.config.entries import IgnoreEntry
from linter.core.documents import Problem
from linter.core.identity import Root
from linter.core.record import record
from linter.gate.decisions import in_decisions
from linter.gate.review import GateResult, Review, in_order
from linter.gate.verdict import GateOptions, conjunction, fails_gate, judge
from linter.policy.engine import Part as LintPart
from linter.policy.engine import lint_parts
from linter.policy.model import Costs, Finding, Money, RuleCrash, Verdict
from linter.policy.rule import Rule, RuleMetas
from linter.policy.selection import Selection, Selector
from linter.project.model import Project

if TYPE_CHECKING:
    from linter.config.model import Budget
    from linter.gate.baseline import Baseline, Entry
    from linter.gate.budgets import Judged
    from linter.gate.suppressions import SuppressionOptions
    from pricing.model import CostReport
    from pricing.ranges import Range


@record
class Accepted:
    """What people decided to live with.

    Args:
        today: the day on which suppressions are judged.
        entries: the configuration's ``[[ignore]]``.
        ignores: ``False`` disregards every suppression (``--no-ignores``).
        require_reason: a suppression without a reason hides nothing.
        max_days: a suppression must end within so many days.
    """

    today: date
    entries: Sequence[IgnoreEntry] = ()
    ignores: bool = True
    require_reason: bool = False
    max_days: int | None = None
    baseline: Baseline | None = None


@record
class Pricing:
    """How a project is priced.

    Args:
        estimate: gives the cost of the project; called only when a figure is needed.
        budgets: the limits.
        before: the cost before the change, for limits on increases.
        costs: what rules about prices ask.
    """

    estimate: Callable[[], CostReport]
    budgets: Sequence[Budget] = ()
    before: CostReport | None = None
    costs: Costs | None = None


@record
class Part:
    """What one configuration decides about the files below it.

    ``name`` is what people know it by; ``budgets`` limit the cost of what it applies to, and
    ``costs`` is what its rules about prices ask.
    """

    name: str
    rules: Sequence[Rule]
    selection: Selection
    options: GateOptions
    accepted: Accepted
    budgets: Sequence[Budget] = ()
    costs: Costs | None = None


@record
class Parts:
    """The configurations that apply to a project.

    Args:
        parts: one for each, at least one.
        of: the number of the part that decides about a path.
        of_priced: the number of the part that limits the cost of something, by the root module
            it is deployed with and the path it stands in.
    """

    parts: Sequence[Part]
    of: Callable[[str], int] = lambda _: 0
    of_priced: Callable[[Root, str], int] = lambda _, __: 0


def review_project(
    project: Project,
    rules: Sequence[Rule],
    selection: Selection,
    options: GateOptions,
    *,
    timing: bool = False,
    pricing: Pricing | None = None,
    accepted: Accepted | None = None,
    only: Callable[[str], bool] | None = None,
) -> Review:
    """Lint a project and judge the result, with one configuration for all of it.

    See :func:`review_parts`. ``accepted`` of ``None`` is suppression comments as of today.
    """
    part = Part(
        "",
        rules,
        selection,
        options,
        accepted or Accepted(date.today()),
        () if pricing is None else pricing.budgets,
        None if pricing is None else pricing.costs,
    )
    return review_parts(project, Parts((part,)), timing=timing, pricing=pricing, only=only)


def review_parts(
    project: Project,
    parts: Parts,
    *,
    timing: bool = False,
    pricing: Pricing | None = None,
    only: Callable[[str], bool] | None = None,
) -> Review:
    """Lint a project and judge the result: each configuration judges what is below it.

    Args:
        pricing: prices, for what waste costs and for budgets; ``None`` leaves both out.
        only: paths to report on; findings and unread places elsewhere are left out.

    Raises:
        SelectionError: the selection names what does not exist.
    """
    start = perf_counter()
    every = parts.parts
    result = lint_parts(
        project,
        [LintPart(part.rules, part.selection, part.costs) for part in every],
        parts.of,
        timing=timing,
    )
    seconds = {"lint": perf_counter() - start}
    expiring = _suppress(project, result.findings, parts)
    kept = result.findings if only is None else [f for f in result.findings if only(f.path)]
    findings = in_order(kept)
    for part, own in _divided(parts, [f for f in findings if f.fixable]):
        if own:
            from linter.fixing.fix import refuse_impossible

            parameters = Selector(part.rules).parameters(part.selection)
            refuse_impossible(own, part.rules, project.sources, parameters)
    judged: Mapping[str, Judged] = {}
    if pricing is not None:
        start = perf_counter()
        judged = judge_limits(parts, pricing.estimate, pricing.before)
        seconds["price"] = perf_counter() - start
    stale = _apply_baselines(project, parts, findings)
    if only is not None:
        stale = [entry for entry in stale if only(entry.path)]
    if pricing is not None:
        start = perf_counter()
        attach_savings(project, findings, pricing.estimate)
        seconds["price"] += perf_counter() - start
    unread = [
        problem
        for problem in project.problems
        if problem.lost and (only is None or only(problem.span.path))
    ]
    rules = {rule.id: rule for part in every for rule in part.rules}
    decisions = in_decisions(findings, rules, project.path_prefix)
    visible = [f for f in decisions if not f.suppressed and not f.baselined]
    for part, own in _divided(parts, visible):
        for finding in own:
            finding.fails = fails_gate(finding, part.options)
    verdict = judge_parts(parts, visible, unread, result.crashes, project.scanned, judged)
    priced = pricing is not None and any(f.savings is not None for f in findings)
    return Review(
        project,
        result,
        findings,
        unread,
        verdict,
        RuleMetas([rule for part in every for rule in part.rules]),
        cost=pricing.estimate() if priced and pricing is not None else None,
        seconds=seconds,
        stale=stale,
        expiring=expiring,
        decisions=decisions,
    )


def _divided(parts: Parts, findings: Sequence[Finding]) -> list[tuple[Part, list[Finding]]]:
    """Findings by the part whose files they are reported in."""
    found: list[list[Finding]] = [[] for _ in parts.parts]
    for finding in findings:
        found[parts.of(finding.path)].append(finding)
    return list(zip(parts.parts, found, strict=True))


def judge_parts(
    parts: Parts,
    visible: Sequence[Finding],
    unread: Sequence[Problem],
    crashes: Sequence[RuleCrash],
    scanned: int,
    judged: Mapping[str, Judged],
) -> GateResult:
    """The verdict: every configuration's on its own findings and budgets; see :func:`judge`."""
    first = parts.parts[0]
    if len(parts.parts) == 1:
        return judge(visible, unread, crashes, scanned, first.options, judged.get(first.name))
    whole = judge((), unread, crashes, scanned, first.options)
    return conjunction(
        whole,
        {
            part.name: judge(own, (), (), 1, part.options, judged.get(part.name))
            for part, own in _divided(parts, visible)
        },
    )


def judge_limits(
    parts: Parts,
    estimate: Callable[[], CostReport],
    earlier: CostReport | None,
    renames: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Judged]:
    """By the name of the part, what its budgets say of the cost of what it applies to.

    ``earlier`` is the cost before a change, for limits on increases; ``renames`` maps its paths to
    those of now.
    """
    found: dict[str, Judged] = {}
    for number, part in enumerate(parts.parts):
        if not part.budgets:
            continue
        from linter.gate.budgets import judge_budgets

        report, before = estimate(), earlier
        if len(parts.parts) > 1:
            report = _of_part(parts, number, report, {})
            before = None if before is None else _of_part(parts, number, before, renames)
        found[part.name] = judge_budgets(part.budgets, report, before, renames)
    return found


def _of_part(
    parts: Parts, number: int, report: CostReport, renames: Mapping[str, str]
) -> CostReport:
    from linter.gate.rise import place_of

    return report.only(lambda item: parts.of_priced(*place_of(item, renames)) == number)


def _apply_baselines(
    project: Project, parts: Parts, findings: Sequence[Finding]
) -> Sequence[Entry]:
    """Mark what is in the baselines; gives their stale entries."""
    baselines: dict[int, tuple[Baseline, list[Finding]]] = {}
    for part, own in _divided(parts, findings):
        baseline = part.accepted.baseline
        if baseline is not None:
            baselines.setdefault(id(baseline), (baseline, []))[1].extend(own)
    stale: list[Entry] = []
    for baseline, covered in baselines.values():
        from linter.gate.baseline import apply

        stale += apply(baseline, covered, project.path_prefix)
    return stale


def _suppress(project: Project, findings: list[Finding], parts: Parts) -> list[date]:
    """Mark what is suppressed and add findings about suppressions; gives the dates that near."""
    if not parts.parts[0].accepted.ignores:
        return []
    from linter.gate.suppressions import apply_in_parts

    options = [_suppression_options(part, project.path_prefix) for part in parts.parts]
    result = apply_in_parts(project, findings, options, parts.of)
    findings.extend(result.findings)
    return result.expiring


def _suppression_options(part: Part, prefix: str) -> SuppressionOptions:
    from linter.gate.suppressions import SuppressionOptions
    from linter.policy.meta_rules import META

    accepted, rules, selection = part.accepted, part.rules, part.selection
    selector = Selector(rules)
    # Rules about suppressions are silent only when they are ignored, not when others are selected.
    heard = {rule.id for rule in selector.enabled(Selection(ignore=selection.ignore))}
    metas, levels = RuleMetas(rules), selector.levels(selection)
    enabled = {rule.id for rule in selector.enabled(selection)}
    return SuppressionOptions(
        today=accepted.today,
        rules=metas,
        ran=lambda rule, path: rule in enabled and levels.of(metas[rule], path) is not None,
        entries=accepted.entries,
        require_reason=accepted.require_reason,
        max_days=accepted.max_days,
        muted={rule.id for rule in rules if rule.id in META} - heard,
        severities=selector.severities(selection),
        prefix=prefix,
    )


def attach_savings(
    project: Project, findings: Sequence[Finding], estimate: Callable[[], CostReport]
) -> None:
    """Give each finding about a waste the dollars per month that the waste costs.

    Prices are read only when a finding needs one. Only savings that go together count, and each
    for one finding: the figures add up to what is saved, and never to more than is spent.
    """
    wanted = [f for f in findings if f.saves and f.verdict is Verdict.FAIL]
    if not wanted or not (project.pipelines or project.documents):
        return
    report = estimate()
    figures: dict[tuple[object, ...], Range] = {}
    for item in report.pipelines:
        for saving in item.savings:
            if saving.applied:
                figures[item.identity, saving.step, saving.kind] = saving.usd_per_month
    for standing in report.standing:
        for saving in standing.savings:
            if saving.applied:
                figures[standing.identity, "", saving.kind] = saving.usd_per_month
    # A finding that is not shown takes a figure from one that is only when no other is.
    for finding in sorted(wanted, key=lambda f: f.suppressed or f.baselined):
        subject = finding.subject
        step = getattr(subject.domain, "name", "") if subject is not None else ""
        found = [
            figures.pop(key)
            for document in finding.instances
            if (key := (document.identity, step, finding.saves)) in figures
        ]
        if found:
            total = sum(found[1:], start=found[0])
            finding.savings = Money(total.low, total.expected, total.high)
