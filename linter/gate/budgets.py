"""Budgets: the clauses with which an estimate fails the gate.

The expected figure is judged, not the range's ends. ``increase`` limits need an earlier estimate
to compare with (``diff``); without one they are not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from linter.config.model import Budget
from linter.core.printable import printable

if TYPE_CHECKING:
    from pricing.model import CostReport, PipelineEstimate


def broken_budgets(
    budgets: Sequence[Budget], report: CostReport, before: CostReport | None = None
) -> list[str]:
    """One clause per limit that is exceeded.

    A budget for all (``pipeline`` empty) limits the sum of the pipelines and, per month, what
    stands idle or not besides them; ``per_step_usd`` always limits each step of one run.
    """
    found: list[str] = []
    if budgets:
        found += [
            f"budget not decided: there are no prices of {printable(region, 60)}"
            for region in report.regions_without_prices
        ]
    for budget in budgets:
        chosen = _chosen(report, budget)
        known = len(found)
        name = f"pipelines {printable(budget.pipeline)}" if budget.pipeline else "all pipelines"
        run = sum((p.per_run.expected for p in chosen), Decimal(0))
        month = _per_month(report, budget)
        if budget.pipeline:
            for pipeline in chosen:
                title = f"pipeline {printable(pipeline.name, 80)}"
                _limit(found, title, "per run", pipeline.per_run.expected, budget.per_run_usd)
        else:
            _limit(found, name, "per run", run, budget.per_run_usd)
        _limit(found, name, "per month", month, budget.per_month_usd)
        for pipeline in chosen:
            for step in pipeline.steps:
                title = f"step {printable(step.name, 80)} of {printable(pipeline.name, 80)}"
                _limit(found, title, "per run", step.total.expected, budget.per_step_usd)
        if len(found) == known and not report.regions_without_prices:
            found += _undecided(report, budget, chosen)
        if before is not None:
            _increase(found, name, budget, _per_month(before, budget), month)
    return found


def _undecided(report: CostReport, budget: Budget, chosen: Sequence[PipelineEstimate]) -> list[str]:
    """What a limit that is not exceeded by what is known does not know; each once."""
    if budget.per_run_usd is budget.per_month_usd is budget.per_step_usd is None:
        return []
    missing = [
        f"step {printable(step.name, 80)} of {printable(pipeline.name, 80)}: {step.unpriced}"
        for pipeline in chosen
        for step in pipeline.steps
        if step.unpriced
    ]
    if budget.per_month_usd is not None and not budget.pipeline:
        missing += [
            f"{printable(item.name or item.address, 80)}: {item.unpriced}"
            for item in report.standing
            if item.unpriced
        ]
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return [f"budget not decided: {printable(missing[0], 300)}{more}"] if missing else []


def _chosen(report: CostReport, budget: Budget) -> list[PipelineEstimate]:
    return [p for p in report.pipelines if fnmatchcase(p.name, budget.pipeline or "*")]


def _per_month(report: CostReport, budget: Budget) -> Decimal:
    total = sum(
        (p.per_run.expected * p.runs_per_month for p in _chosen(report, budget)), Decimal(0)
    )
    if not budget.pipeline:
        total += sum((item.usd_per_month.expected for item in report.standing), Decimal(0))
    return total


def _limit(found: list[str], name: str, per: str, amount: Decimal, limit: Decimal | None) -> None:
    if limit is not None and amount > limit:
        found.append(f"budget exceeded: {name} {amount:,.2f} USD {per}, limit {limit:,.2f}")


def _increase(found: list[str], name: str, budget: Budget, before: Decimal, now: Decimal) -> None:
    rise = now - before
    if budget.increase_usd is not None and rise > budget.increase_usd:
        found.append(
            f"budget exceeded: {name} {rise:,.2f} USD per month more than before, "
            f"limit {budget.increase_usd:,.2f}"
        )
    percent = budget.increase_percent
    if percent is not None and rise > 0 and rise * 100 > percent * before:
        share = f"{rise * 100 / before:,.1f} percent" if before else "from nothing"
        found.append(f"budget exceeded: {name} per month up {share}, limit {percent:f} percent")
