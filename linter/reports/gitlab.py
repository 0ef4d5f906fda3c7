"""GitLab Code Quality: a list of issues for the merge request's widget and diff.

GitLab shows the description but not the check's name, so the rule leads the description. Paths
are from the repository's root, fingerprints are unique.
"""

from __future__ import annotations

from typing import Any

from linter.core.digest import sha256
from linter.core.jsonwrite import dumps
from linter.core.sources import Span
from linter.gate.review import Review
from linter.policy.model import Severity, Verdict
from linter.reports.escape import plain, repository_path

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def render(review: Review) -> str:
    """JSON text that ends with a line break."""
    prefix = review.project.path_prefix
    used: set[str] = set()
    issues = [
        _issue(
            f"{f.rule}: {f.message}{f' ({f.page})' if f.page else ''}",
            f.rule,
            _SEVERITIES[f.severity],
            f.location.span,
            f.fingerprint,
            prefix,
            used,
        )
        for f in review.visible_findings
        if f.verdict is Verdict.FAIL
    ]
    issues.extend(
        _issue(
            f"not read: {p.message}",
            "unread",
            "critical",
            p.span,
            f"unread\x00{p.message}",
            prefix,
            used,
        )
        for p in review.unread
    )
    issues.extend(
        _issue(
            f"{c.rule} crashed on {c.subject}: {c.message}",
            "rule-crash",
            "critical",
            Span(c.path, 1, 1, 1, 1),
            f"crash\x00{c.rule}\x00{c.subject}",
            prefix,
            used,
        )
        for c in review.lint.crashes
    )
    return dumps(issues) + "\n"


def _issue(
    description: str, check: str, severity: str, span: Span, key: str, prefix: str, used: set[str]
) -> dict[str, Any]:
    path = repository_path(prefix, span.path)
    number = 0
    while True:
        text = f"{key}\x00{path}\x00{number}" if number else f"{key}\x00{path}"
        fingerprint = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        if fingerprint not in used:
            break
        number += 1
    used.add(fingerprint)
    return {
        "description": plain(description),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {
            "path": path,
            "lines": {"begin": span.start_line, "end": span.end_line},
        },
    }
