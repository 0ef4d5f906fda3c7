"""``check --format json``: the machine contract of the findings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from linter.core.documents import Problem
from linter.core.jsonwrite import dumps
from linter.core.sources import Related
from linter.gate.review import GateResult, Review
from linter.gate.undecided import Undecided
from linter.policy.model import Finding, Money, Severity, Verdict
from linter.version import __version__

if TYPE_CHECKING:
    from linter.gate.weakening import Weakening

SCHEMA_VERSION = "1.0"


def render(review: Review) -> str:
    """The review as JSON text that ends with a line break; additions only between versions."""
    return dumps(as_dict(review)) + "\n"


def as_dict(review: Review) -> dict[str, Any]:
    """The review as plain data; money as ``Decimal``."""
    failed = [f for f in review.shown if f.verdict is Verdict.FAIL and not f.suppressed]
    by_severity = {
        severity.word: sum(1 for f in failed if f.severity is severity)
        for severity in reversed(Severity)
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "pipewarden", "version": __version__},
        "findings": [finding_dict(finding) for finding in review.shown],
        "undecided": [_undecided(group) for group in review.undecided],
        "unread": [problem_dict(problem) for problem in review.unread],
        "crashes": [
            {"rule": c.rule, "subject": c.subject, "path": c.path, "message": c.message}
            for c in review.lint.crashes
        ],
        **weakened_dict(review.weakened),
        "summary": {
            "files": review.project.files,
            "documents": len(review.project.documents),
            "pipelines": len(review.project.pipelines),
            "by_severity": by_severity,
            "unknown": review.unknown_count,
            **({"absent": review.project.absent} if review.project.absent else {}),
            "unknown_checks": sum(len(group.findings) for group in review.undecided),
            "suppressed": review.suppressed_count,
            "baselined": review.baselined_count,
            "passed_checks": review.lint.passed,
            "savings_usd_per_month": _savings(review),
            "gate": gate_dict(review.gate),
        },
    }


def weakened_dict(found: Sequence[Weakening]) -> dict[str, Any]:
    """What the change does to the gate, where it was compared."""
    if not found:
        return {}
    return {
        "weakened": [
            {"path": one.path, "start": {"line": one.line, "column": 1}, "message": one.text}
            for one in found
        ]
    }


def gate_dict(gate: GateResult) -> dict[str, Any]:
    """The verdict; that of each configuration besides, where several apply."""
    body: dict[str, Any] = {
        "passed": gate.passed,
        "exit_code": gate.exit_code,
        "reasons": list(gate.reasons),
    }
    if gate.configurations:
        body["configurations"] = [
            {"configuration": name, "passed": part.passed, "reasons": list(part.reasons)}
            for name, part in gate.configurations.items()
        ]
    return body


def _undecided(group: Undecided) -> dict[str, Any]:
    """One unknown, with the rules that it leaves open; each also has its finding."""
    first = group.first
    span = first.location.span
    return {
        "because": group.because,
        "references": list(first.references),
        "path": span.path,
        "start": {"line": span.start_line, "column": span.start_column},
        "address": first.address,
        "rules": list(group.rules),
    }


def _savings(review: Review) -> dict[str, Any] | None:
    """What the visible findings save together, and of what cost; ``None`` without prices."""
    saved, cost = review.savings_total, review.cost
    if saved is None or cost is None:
        return None
    return {
        **money(saved),
        "of_usd_per_month": cost.per_month.to_json(),
        "complete": cost.complete,
        "assumptions": cost.assumptions.to_json(),
    }


def finding_dict(finding: Finding) -> dict[str, Any]:
    """One finding. ``because`` and ``references`` say what is not known of an unknown."""
    span = finding.location.span
    body: dict[str, Any] = {
        "rule": finding.rule,
        "name": finding.name,
        "area": finding.area,
        "severity": finding.severity.word,
        "confidence": finding.confidence.word,
        "verdict": finding.verdict.value,
        "message": finding.message,
        "path": span.path,
        "start": {"line": span.start_line, "column": span.start_column},
        "end": {"line": span.end_line, "column": span.end_column},
        "address": finding.address,
        "object": finding.object,
        "fingerprint": finding.fingerprint,
        "suppressed": finding.suppressed,
        "baselined": finding.baselined,
        "fixable": finding.fixable,
        "fix_safety": fix_safety(finding),
        "related": [related_dict(item) for item in finding.location.related],
        "savings_usd_per_month": None if finding.savings is None else money(finding.savings),
    }
    if finding.page:
        body["page"] = finding.page
    if len(finding.instances) > 1:
        body["instances"] = [document.address for document in finding.instances]
    if finding.members:
        body["members"] = [_member(member) for member in finding.members]
    if finding.variants:
        body["variants"] = list(finding.variants)
    if finding.suppressed:
        body["suppression_reason"] = finding.suppression_reason
    if finding.verdict is Verdict.UNKNOWN:
        body["because"] = finding.because
        body["references"] = list(finding.references)
    return body


def _member(finding: Finding) -> dict[str, Any]:
    """One of the findings that are one decision; its fingerprint is what a baseline knows."""
    span = finding.location.span
    return {
        "message": finding.message,
        "path": span.path,
        "start": {"line": span.start_line, "column": span.start_column},
        "end": {"line": span.end_line, "column": span.end_column},
        "address": finding.address,
        "object": finding.object,
        "fingerprint": finding.fingerprint,
        "fixable": finding.fixable,
        "fix_safety": fix_safety(finding),
        "savings_usd_per_month": None if finding.savings is None else money(finding.savings),
    }


def related_dict(item: Related) -> dict[str, Any]:
    span = item.span
    return {
        "message": item.message,
        "path": span.path,
        "start": {"line": span.start_line, "column": span.start_column},
        "end": {"line": span.end_line, "column": span.end_column},
    }


def problem_dict(problem: Problem) -> dict[str, Any]:
    span = problem.span
    return {
        "path": span.path,
        "message": problem.message,
        "hint": problem.hint,
        "start": {"line": span.start_line, "column": span.start_column},
    }


def money(value: Money) -> dict[str, Decimal]:
    """A range in USD."""
    return {"low": value.low, "expected": value.expected, "high": value.high}


def fix_safety(finding: Finding) -> str | None:
    """``safe`` or ``unsafe`` for what ``fix`` can put right, else nothing."""
    if not finding.fixable:
        return None
    return "unsafe" if finding.unsafe_fix else "safe"
