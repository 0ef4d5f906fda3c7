"""reviewdog's diagnostic format. Columns count UTF-8 bytes, from 1; the end is exclusive."""

from __future__ import annotations

from typing import Any

from linter.core.jsonwrite import dumps
from linter.core.sources import Span
from linter.gate.review import Review
from linter.policy.model import Finding, Severity, Verdict
from linter.reports.escape import plain

_SEVERITIES = {
    Severity.CRITICAL: "ERROR",
    Severity.HIGH: "ERROR",
    Severity.MEDIUM: "WARNING",
    Severity.LOW: "INFO",
    Severity.INFO: "INFO",
}


def render(review: Review) -> str:
    """JSON text (one ``DiagnosticResult``) that ends with a line break."""
    diagnostics = [
        _finding(review, f) for f in review.visible_findings if f.verdict is Verdict.FAIL
    ]
    diagnostics.extend(
        {
            "message": plain(f"not read: {problem.message}"),
            "location": _location(review, problem.span),
            "severity": "ERROR",
            "code": {"value": "unread"},
        }
        for problem in review.unread
    )
    diagnostics.extend(
        {
            "message": plain(f"{crash.rule} crashed on {crash.subject}: {crash.message}"),
            "location": {"path": crash.path},
            "severity": "ERROR",
            "code": {"value": "rule-crash"},
        }
        for crash in review.lint.crashes
    )
    return dumps({"source": {"name": "pipewarden"}, "diagnostics": diagnostics}) + "\n"


def _finding(review: Review, finding: Finding) -> dict[str, Any]:
    body: dict[str, Any] = {
        "message": plain(finding.message),
        "location": _location(review, finding.location.span),
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule, **({"url": finding.page} if finding.page else {})},
    }
    if finding.location.related:
        body["related_locations"] = [
            {"message": plain(item.message), "location": _location(review, item.span)}
            for item in finding.location.related
        ]
    return body


def _location(review: Review, span: Span) -> dict[str, Any]:
    return {
        "path": span.path,
        "range": {
            "start": _position(review, span.path, span.start_line, span.start_column),
            "end": _position(review, span.path, span.end_line, span.end_column),
        },
    }


def _position(review: Review, path: str, line: int, column: int) -> dict[str, int]:
    source = review.project.sources.get(path)
    if source is not None:
        before = source.line(line)[: column - 1]
        # A column behind the line's end (its line break) counts on from there.
        beyond = column - 1 - len(before)
        column = len(before.encode("utf-8", "surrogatepass")) + beyond + 1
    return {"line": line, "column": column}
