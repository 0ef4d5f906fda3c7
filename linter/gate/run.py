"""One whole run: lint a project, attach what waste costs, judge."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from linter.gate.review import Review, in_order
from linter.gate.verdict import GateOptions, judge
from linter.policy.engine import lint
from linter.policy.model import Finding, Money, Verdict
from linter.policy.rule import Rule
from linter.policy.selection import Selection
from linter.project.model import Project


def review_project(
    project: Project,
    rules: Sequence[Rule],
    selection: Selection,
    options: GateOptions,
    *,
    timing: bool = False,
    prices: bool = True,
    region: str = "us-east-1",
) -> Review:
    """Lint a project and judge the result.

    Args:
        prices: put the price of the waste on findings whose rule names a kind of saving.
        region: whose prices to use.

    Raises:
        SelectionError: the selection names what does not exist.
    """
    start = perf_counter()
    result = lint(project, rules, selection, timing=timing)
    seconds = {"lint": perf_counter() - start}
    findings = in_order(result.findings)
    if prices:
        start = perf_counter()
        attach_savings(project, findings, region)
        seconds["price"] = perf_counter() - start
    unread = [problem for problem in project.problems if problem.lost]
    visible = [f for f in findings if not f.suppressed and not f.baselined]
    verdict = judge(visible, unread, result.crashes, len(project.documents), options)
    metas = {rule.id: rule.meta for rule in rules}
    return Review(project, result, findings, unread, verdict, metas, seconds=seconds)


def attach_savings(project: Project, findings: Sequence[Finding], region: str) -> None:
    """Give each finding about a waste the dollars per month that the waste costs.

    Prices are read only when a finding needs one. A step that has no price gives no figure.
    """
    wanted = [f for f in findings if f.saves and f.verdict is Verdict.FAIL]
    if not wanted or not project.pipelines:
        return
    from pricing.book import load_book
    from pricing.model import CostOptions, estimate
    from pricing.usage import Usage

    report = estimate(project.pipelines, (), load_book(region), Usage(), CostOptions())
    figures = {
        (item.address, item.path, saving.step, saving.kind): saving.usd_per_month
        for item in report.pipelines
        for saving in item.savings
    }
    for finding in wanted:
        subject = finding.subject
        step = getattr(subject.domain, "name", "") if subject is not None else ""
        path = subject.path if subject is not None else finding.path
        found = figures.get((finding.address, path, step, finding.saves))
        if found is not None:
            finding.savings = Money(found.low, found.expected, found.high)
