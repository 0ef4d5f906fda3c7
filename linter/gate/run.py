"""One whole run: lint a project, attach what waste costs, judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING

from linter.config.entries import IgnoreEntry
from linter.core.record import record
from linter.gate.review import Review, in_order
from linter.gate.verdict import GateOptions, judge
from linter.policy.engine import lint
from linter.policy.model import Costs, Finding, Money, Verdict
from linter.policy.rule import Rule, RuleMetas
from linter.policy.selection import Selection, Selector
from linter.project.model import Project

if TYPE_CHECKING:
    from linter.config.model import Budget
    from linter.gate.baseline import Baseline, Entry
    from linter.gate.budgets import Judged
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
    """Lint a project and judge the result.

    Args:
        pricing: prices, for what waste costs and for budgets; ``None`` leaves both out.
        accepted: suppressions and the baseline; ``None`` is suppression comments as of today.
        only: paths to report on; findings and unread places elsewhere are left out.

    Raises:
        SelectionError: the selection names what does not exist.
    """
    start = perf_counter()
    costs = None if pricing is None else pricing.costs
    result = lint(project, rules, selection, timing=timing, costs=costs)
    seconds = {"lint": perf_counter() - start}
    metas = RuleMetas(rules)
    accepted = accepted or Accepted(date.today())
    expiring = _suppress(project, result.findings, rules, selection, accepted)
    kept = result.findings if only is None else [f for f in result.findings if only(f.path)]
    findings = in_order(kept)
    if any(finding.fixable for finding in findings):
        from linter.fixing.fix import refuse_impossible

        refuse_impossible(findings, rules, project.sources, Selector(rules).parameters(selection))
    judged: Judged | None = None
    if pricing is not None:
        start = perf_counter()
        if pricing.budgets:
            from linter.gate.budgets import judge_budgets

            judged = judge_budgets(pricing.budgets, pricing.estimate(), pricing.before)
        seconds["price"] = perf_counter() - start
    stale: Sequence[Entry] = ()
    if accepted.baseline is not None:
        from linter.gate.baseline import apply

        stale = apply(accepted.baseline, findings, project.path_prefix)
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
    visible = [f for f in findings if not f.suppressed and not f.baselined]
    verdict = judge(visible, unread, result.crashes, project.scanned, options, judged)
    priced = pricing is not None and any(f.savings is not None for f in findings)
    return Review(
        project,
        result,
        findings,
        unread,
        verdict,
        metas,
        cost=pricing.estimate() if priced and pricing is not None else None,
        seconds=seconds,
        stale=stale,
        expiring=expiring,
    )


def _suppress(
    project: Project,
    findings: list[Finding],
    rules: Sequence[Rule],
    selection: Selection,
    accepted: Accepted,
) -> list[date]:
    """Mark what is suppressed and add findings about suppressions; gives the dates that near."""
    if not accepted.ignores:
        return []
    from linter.gate.suppressions import SuppressionOptions, apply_suppressions
    from linter.policy.meta_rules import META

    selector = Selector(rules)
    ran = {rule.id for rule in selector.enabled(selection)}
    # Rules about suppressions are silent only when they are ignored, not when others are selected.
    heard = {rule.id for rule in selector.enabled(Selection(ignore=selection.ignore))}
    quiet = {rule.id for rule in rules if rule.id in META} - heard
    result = apply_suppressions(
        project,
        findings,
        SuppressionOptions(
            today=accepted.today,
            rules=RuleMetas(rules),
            ran=ran,
            entries=accepted.entries,
            require_reason=accepted.require_reason,
            max_days=accepted.max_days,
            muted=quiet,
            severities=selector.severities(selection),
            prefix=project.path_prefix,
        ),
    )
    findings.extend(result.findings)
    return result.expiring


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
