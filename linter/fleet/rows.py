"""A review and its prices as rows of the datasets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from linter.core.documents import Problem
from linter.core.printable import printable
from linter.core.secrets import masked
from linter.policy.model import Money, Severity, Verdict

if TYPE_CHECKING:
    from linter.gate.review import Review
    from linter.policy.model import Finding
    from pricing.model import CostReport, PipelineEstimate, StandingEstimate, StepEstimate
    from pricing.ranges import Range

Row = dict[str, Any]
VALID_DAYS = 30
"""Suppressions that end within so many days are known to the gate."""


def rows_of(review: Review, cost: CostReport, today: date) -> dict[str, list[Row]]:
    """The rows of one root, by dataset; who it belongs to is added by who knows it."""
    lost = [problem for problem in review.unread if not problem.bug]
    bugs = [problem for problem in review.unread if problem.bug]
    failures = [_unread(problem, "unread") for problem in lost]
    failures += [_unread(problem, "bug") for problem in bugs]
    failures += [
        {
            "stage": "read",
            "kind": "bug",
            "path": _text(crash.path),
            "line": 0,
            "message": _text(f"rule {crash.rule} crashed on {crash.subject}: {crash.message}"),
        }
        for crash in review.lint.crashes
    ]
    return {
        "roots": [_root(review, cost, today, len(failures))],
        "findings": [_finding(finding) for finding in review.shown],
        "pipelines": [_pipeline(item) for item in cost.pipelines],
        "steps": [_step(item, step) for item in cost.pipelines for step in item.steps],
        "costs": [
            *(_cost_of_pipeline(item) for item in cost.pipelines),
            *(_cost_of_standing(item) for item in cost.standing),
        ],
        "savings": _savings(cost),
        "failures": failures,
    }


def _text(value: object) -> str:
    text = masked(str(value))
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def _amounts(name: str, value: Range | Money | None) -> Row:
    if value is None:
        return {}
    return {
        f"{name}_low": str(value.low),
        f"{name}_expected": str(value.expected),
        f"{name}_high": str(value.high),
    }


def _root(review: Review, cost: CostReport, today: date, unread: int) -> Row:
    visible = review.visible_findings
    failed = [f for f in visible if f.verdict is Verdict.FAIL]
    counts = Counter(f.severity for f in failed)
    project = review.project
    saved = sum((item.savings_total for item in cost.standing), start=cost.savings_total * 0)
    saved = sum((item.savings_total for item in cost.pipelines), start=saved)
    whole = review.project.scanned > 0
    return {
        "status": "partly" if unread and whole else "read" if whole else "not",
        "files": project.files,
        "documents": len(project.documents),
        "pipelines": len(cost.pipelines),
        "steps": sum(len(item.steps) for item in cost.pipelines),
        "findings": len(failed),
        **{severity.word: counts[severity] for severity in Severity},
        "undecided": sum(1 for f in visible if f.verdict is Verdict.UNKNOWN),
        "suppressed": review.suppressed_count,
        "baselined": review.baselined_count,
        "unread": unread,
        "gate_passed": review.gate.passed,
        "gate_reasons": [_text(reason) for reason in review.gate.reasons],
        **_amounts("usd_month", cost.per_month),
        **_amounts("saving_month", saved),
        "unpriced": len(cost.unpriced),
        "judged": today.isoformat(),
        "valid_until": min([*review.expiring, today + timedelta(VALID_DAYS)]).isoformat(),
    }


def _finding(finding: Finding) -> Row:
    span = finding.location.span
    return {
        "rule": finding.rule,
        "name": finding.name,
        "area": finding.area,
        "severity": finding.severity.word,
        "confidence": finding.confidence.word,
        "verdict": finding.verdict.value,
        "message": _text(finding.message),
        "because": _text(finding.because) if finding.verdict is Verdict.UNKNOWN else "",
        "path": _text(span.path),
        "line": span.start_line,
        "column": span.start_column,
        "address": _text(finding.address),
        "object": _text(finding.object),
        "fingerprint": finding.fingerprint,
        "suppressed": finding.suppressed,
        "suppression_reason": _text(finding.suppression_reason),
        "baselined": finding.baselined,
        "fails": finding.fails,
        "fixable": finding.fixable,
        **_amounts("saving_month", finding.savings),
    }


def _pipeline(item: PipelineEstimate) -> Row:
    return {
        "name": _text(item.name),
        "address": _text(item.address),
        "path": _text(item.path),
        "variant": _text(item.root.variant),
        "region": item.where.region,
        "steps": len(item.steps),
        "runs_month": str(item.runs.expected),
        "runs_source": item.runs_source,
        **_amounts("usd_run", item.per_run),
        **_amounts("usd_month", item.per_month),
        **_amounts("saving_month", item.savings_total),
        "hours_expected": str(item.duration.expected),
        "complete": item.complete,
        "basis": item.basis,
    }


def _step(item: PipelineEstimate, step: StepEstimate) -> Row:
    from pricing.estimators.registry import CACHEABLE

    count = step.instance_count
    runs = item.runs
    return {
        "pipeline": _text(item.name),
        "pipeline_address": _text(item.address),
        "variant": _text(item.root.variant),
        "step": _text(step.name),
        "type": _text(step.type),
        "instance_type": _text(step.instance_type or ""),
        "instance_count": None if count is None else str(count.expected),
        "spot": step.spot,
        "cacheable": step.type in CACHEABLE,
        "cached": step.cached,
        "hours_expected": None if step.hours is None else str(step.hours.range.expected),
        "hours_source": "" if step.hours is None else step.hours.source,
        **_amounts("usd_when_run", step.total),
        "usd_month_low": str(step.share.low * runs.low),
        "usd_month_expected": str(step.share.expected * runs.expected),
        "usd_month_high": str(step.share.high * runs.high),
        "price_source": _text(step.price_source),
        "unpriced": _text(step.unpriced),
    }


def _cost_of_pipeline(item: PipelineEstimate) -> Row:
    return {
        "kind": "pipeline",
        "name": _text(item.name),
        "address": _text(item.address),
        "path": _text(item.path),
        "region": item.where.region,
        "instance_type": "",
        **_amounts("usd_month", item.per_month),
        **_amounts("saving_month", item.savings_total),
        "idle": False,
        "complete": item.complete,
        "unpriced": "" if item.complete else "some of its steps have no price",
    }


def _cost_of_standing(item: StandingEstimate) -> Row:
    return {
        "kind": item.kind,
        "name": _text(item.name),
        "address": _text(item.address),
        "path": _text(item.path),
        "region": item.where.region,
        "instance_type": item.instance_type or "",
        **_amounts("usd_month", item.usd_per_month),
        **_amounts("saving_month", item.savings_total),
        "idle": item.idle,
        "complete": item.complete,
        "unpriced": _text(item.unpriced),
    }


def _savings(cost: CostReport) -> list[Row]:
    named: list[tuple[Any, str]] = [(item, item.name) for item in cost.pipelines]
    named += [(item, item.name or item.address) for item in cost.standing]
    return [
        {
            "of": _text(name),
            "address": _text(item.address),
            "step": _text(saving.step),
            "kind": saving.kind,
            "how": _text(saving.how),
            "applied": saving.applied,
            **_amounts("usd_month", saving.usd_per_month),
        }
        for item, name in named
        for saving in item.savings
    ]


def _unread(problem: Problem, kind: str) -> Row:
    return {
        "stage": "read",
        "kind": kind,
        "path": _text(problem.span.path),
        "line": problem.span.start_line,
        "message": _text(printable(problem.message, 500)),
    }


def failure_row(stage: str, kind: str, path: str, message: str) -> Row:
    """A row of ``failures`` for a whole root, or a whole repository."""
    return {
        "stage": stage,
        "kind": kind,
        "path": _text(path),
        "line": 0,
        "message": _text(printable(message, 500)),
    }


def who(entry: Mapping[str, Any], root: str, result: str) -> Row:
    """The columns that all datasets begin with."""
    return {
        "root": root,
        "result": result,
        "repository": _text(entry["name"]),
        "team": _text(entry["team"]),
        "environment": _text(entry["environment"]),
    }
