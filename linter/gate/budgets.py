"""Budgets: the clauses with which an estimate fails the gate, or leaves it undecided.

The expected figure is judged, or the high one where a budget says so. What has no price is not
zero: a limit that the known part does not exceed is then *undecided*. ``increase`` limits need an
earlier estimate to compare with (``diff``); without one they are not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from linter.config.model import Budget
from linter.core.paths import seen_from
from linter.core.printable import printable
from linter.core.record import entity, field
from linter.policy.globs import PathGlob

if TYPE_CHECKING:
    from linter.gate.rise import Rise
    from pricing.model import CostReport, PipelineEstimate, StandingEstimate

MAX_NAMED = 3
"""Things without a price that a clause names."""


@entity
class Judged:
    """One clause per limit that is exceeded, and per limit that cannot be decided."""

    exceeded: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)


def judge_budgets(
    budgets: Sequence[Budget],
    report: CostReport,
    before: CostReport | None = None,
    renames: Mapping[str, str] | None = None,
) -> Judged:
    """Hold an estimate against budgets.

    A budget for all limits the sum of the pipelines and, per month, what stands idle or not besides
    them; so does one for a path or a tag. ``per_step_usd`` always limits each step of one run.
    """
    judged = Judged()
    for budget in budgets:
        _Judge(budget, report, judged).all(before, renames or {})
    regions = ", ".join(printable(region, 60) for region in report.regions_without_prices)
    why = f"; there are no prices of {regions}" if regions else ""
    judged.undecided = [f"{clause}{why}" for clause in dict.fromkeys(judged.undecided)]
    return judged


class _Judge:
    """One budget."""

    def __init__(self, budget: Budget, report: CostReport, judged: Judged) -> None:
        self._budget = budget
        self._report = report
        self._judged = judged
        self._name = _title(budget)
        self._paths = PathGlob(budget.path) if budget.path else None

    def all(self, before: CostReport | None, renames: Mapping[str, str]) -> None:
        budget = self._budget
        pipelines = [item for item in self._report.pipelines if self._covers(item)]
        groups = [(f"pipeline {printable(p.name, 80)}", [p]) for p in pipelines]
        for name, chosen in groups if budget.pipeline else [(self._name, pipelines)]:
            run = sum((self._figure(p.per_run) for p in chosen), Decimal(0))
            gaps = [gap for p in chosen for gap in _run_gaps(p)]
            self._limit(name, "per run", run, budget.per_run_usd, gaps)
        standing = [item for item in self._report.standing if self._covers(item)]
        month = sum((self._figure(p.per_month) for p in pipelines), Decimal(0))
        month += sum((self._figure(item.usd_per_month) for item in standing), Decimal(0))
        gaps = [gap for p in pipelines for gap in (*_run_gaps(p), *_runs_gaps(p))]
        gaps += [printable(i.name or i.address, 80) for i in standing if i.unpriced]
        self._limit(self._name, "per month", month, budget.per_month_usd, gaps)
        for pipeline in pipelines:
            for step in pipeline.steps:
                title = f"step {printable(step.name, 80)} of {printable(pipeline.name, 80)}"
                gaps = [title] if step.unpriced else []
                amount = self._figure(step.total)
                self._limit(title, "per run", amount, budget.per_step_usd, gaps)
        limited = budget.increase_usd is not None or budget.increase_percent is not None
        if before is not None and limited:
            from linter.gate.rise import rise_of

            rise = rise_of(before, self._report, renames, figure=budget.of, chosen=self._covers)
            amounts = [p.per_month for p in before.pipelines if self._covers(p)]
            amounts += [item.usd_per_month for item in before.standing if self._covers(item)]
            self._increase(rise, sum(map(self._figure, amounts), Decimal(0)))

    def _figure(self, amount: object) -> Decimal:
        found: Decimal = getattr(amount, self._budget.of)
        return found

    def _covers(self, item: PipelineEstimate | StandingEstimate) -> bool:
        from pricing.model import PipelineEstimate as Pipeline

        budget = self._budget
        if budget.pipeline:
            return isinstance(item, Pipeline) and fnmatchcase(item.name, budget.pipeline)
        if self._paths is not None:
            return self._paths.matches(seen_from(budget.base, item.path))
        if budget.tag:
            from pricing.report import tag_value

            name, _, wanted = budget.tag.partition("=")
            return fnmatchcase(tag_value(item.tags, name), wanted)
        return True

    def _limit(
        self, name: str, per: str, amount: Decimal, limit: Decimal | None, gaps: Sequence[str]
    ) -> None:
        if limit is None:
            return
        if amount > limit:
            least = "at least " if gaps else ""
            self._judged.exceeded.append(
                f"budget exceeded: {name} {least}{amount:,.2f} USD {per}, limit {limit:,.2f}"
            )
        elif gaps:
            self._judged.undecided.append(
                f"budget not decided: {name} {per}, limit {limit:,.2f} USD: {_named(gaps)}"
            )

    def _increase(self, rise: Rise, before: Decimal) -> None:
        budget, name = self._budget, self._name
        gaps = [printable(part.name, 80) for part, _ in rise.lost]
        gaps += [f"{printable(part.name, 80)} before the change" for part in rise.gained]
        if budget.increase_usd is not None:
            limit = budget.increase_usd
            if rise.least is not None and rise.least > limit:
                self._judged.exceeded.append(
                    f"budget exceeded: {name} {rise.least:,.2f} USD per month more than before, "
                    f"limit {limit:,.2f}"
                )
            elif rise.most is None or rise.most > limit:
                self._judged.undecided.append(
                    f"budget not decided: {name} per month more than before, limit"
                    f" {limit:,.2f} USD: {_named(gaps)}"
                )
        percent = budget.increase_percent
        if percent is None:
            return
        # Of an earlier cost that is not known whole the share is at most that of what is known.
        least, most = rise.least, rise.most
        if least is not None and least > 0 and least * 100 > percent * before:
            share = f"{least * 100 / before:,.1f} percent" if before else "from nothing"
            self._judged.exceeded.append(
                f"budget exceeded: {name} per month up {share}, limit {percent:f} percent"
            )
        elif most is None or (most > 0 and most * 100 > percent * before):
            self._judged.undecided.append(
                f"budget not decided: {name} per month up, limit {percent:f} percent:"
                f" {_named(gaps)}"
            )


def _title(budget: Budget) -> str:
    of = ", high figure," if budget.of == "high" else ""
    if budget.pipeline:
        return f"pipelines {printable(budget.pipeline)}{of}"
    if budget.path:
        return f"path {printable(budget.path)}{of}"
    if budget.tag:
        return f"tag {printable(budget.tag)}{of}"
    return f"all pipelines{of}"


def _run_gaps(pipeline: PipelineEstimate) -> list[str]:
    title = printable(pipeline.name, 80)
    gaps = [f"{title} ({printable(gap, 120)})" for gap in pipeline.gaps]
    return gaps + [
        f"step {printable(step.name, 80)} of {title}" for step in pipeline.steps if step.unpriced
    ]


def _runs_gaps(pipeline: PipelineEstimate) -> list[str]:
    return [f"the runs of {printable(pipeline.name, 80)}"] if pipeline.runs_more else []


def _named(gaps: Sequence[str]) -> str:
    names = list(dict.fromkeys(gaps))
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"without a price: {', '.join(names[:MAX_NAMED])}{more}"
