"""SARIF 2.1.0, in the form that GitHub code scanning shows well.

Suppressed and baselined findings are left out unless asked for: GitHub shows them as open alerts.
Findings that could not be decided are left out likewise. What was not read and rules that crashed
are notifications, and the run then did not succeed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.documents import Problem
from linter.core.jsonwrite import dumps
from linter.core.record import record
from linter.core.sources import Span
from linter.gate.review import Review
from linter.policy.model import Confidence, Finding, RuleMeta, Severity, Verdict
from linter.policy.pages import page_of
from linter.reports.escape import paragraphs, plain, repository_path, sarif_message, uri
from linter.reports.linehash import line_hashes
from linter.version import __version__

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MAX_RESULTS = 25_000
"""What GitHub takes of one run; more would refuse the whole file, so the least severe go."""
MAX_FULL_DESCRIPTION = 1000

SECURITY_AREAS = frozenset({"IAM", "NET", "ENC", "SEC", "SUP"})
LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.5",
}
_PROBLEM_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}
_PRECISION = {Confidence.HIGH: "very-high", Confidence.MEDIUM: "high", Confidence.LOW: "medium"}


@record
class SarifOptions:
    """``suppressed`` and ``unknown`` add what is left out by default."""

    suppressed: bool = False
    unknown: bool = False


def render(review: Review, options: SarifOptions | None = None) -> str:
    """SARIF text that ends with a line break."""
    return dumps(as_dict(review, options or SarifOptions())) + "\n"


def as_dict(review: Review, options: SarifOptions) -> dict[str, Any]:
    """The log as plain data."""
    findings = [f for f in review.shown if _wanted(f, options)]
    dropped = len(findings) - MAX_RESULTS
    if dropped > 0:
        keep = sorted(findings, key=lambda f: -int(f.severity))[:MAX_RESULTS]
        kept = {id(f) for f in keep}
        findings = [f for f in findings if id(f) in kept]
    rules = _descriptors(review, findings)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    hashes = _Hashes(review)
    run = {
        "tool": {
            "driver": {
                "name": "pipewarden",
                "semanticVersion": __version__,
                "version": __version__,
                "rules": rules,
                "notifications": [
                    {"id": "unread", "shortDescription": {"text": "Something was not read"}},
                    {"id": "rule-crash", "shortDescription": {"text": "A rule crashed"}},
                    {"id": "left-out", "shortDescription": {"text": "Results were left out"}},
                ],
            }
        },
        "automationDetails": {"id": "pipewarden/check/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(review, max(dropped, 0))],
        "results": [_result(f, review, index, hashes) for f in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _wanted(finding: Finding, options: SarifOptions) -> bool:
    if (finding.suppressed or finding.baselined) and not options.suppressed:
        return False
    return finding.verdict is Verdict.FAIL or options.unknown


class _Hashes:
    """Line hashes of the files that have results, each computed once."""

    def __init__(self, review: Review) -> None:
        self._sources = review.project.sources
        self._known: dict[str, list[str]] = {}

    def at(self, span: Span) -> str:
        """GitHub's hash of the line, empty where the text is not known."""
        hashes = self._known.get(span.path)
        if hashes is None:
            source = self._sources.get(span.path)
            hashes = self._known[span.path] = [] if source is None else line_hashes(source.text)
        number = span.start_line - 1
        return hashes[number] if number < len(hashes) else ""


def _descriptors(review: Review, findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Every rule by id; a rule that is known only by its findings is described by the first.

    GitHub shows the severity of the rule: it is that of the rule's worst finding, which the
    profile and the configuration decide, or the rule's own where there is none.
    """
    findings = list(findings)
    worst: dict[str, Severity] = {}
    for finding in findings:
        if finding.verdict is Verdict.FAIL:
            worst[finding.rule] = max(finding.severity, worst.get(finding.rule, Severity.INFO))
    known = {
        identity: _descriptor(
            meta, worst.get(identity, meta.severity), page_of(review.docs_url, meta)
        )
        for identity, meta in review.rules.items()
    }
    for finding in findings:
        if finding.rule not in known:
            known[finding.rule] = _descriptor(
                RuleMeta(
                    finding.rule,
                    finding.name,
                    finding.name.replace("-", " ").capitalize(),
                    finding.area,
                    finding.severity,
                    finding.confidence,
                    finding.message,
                    finding.rationale,
                    finding.remediation,
                ),
                worst.get(finding.rule, finding.severity),
            )
    return [known[identity] for identity in sorted(known)]


def _descriptor(meta: RuleMeta, severity: Severity, page: str = "") -> dict[str, Any]:
    level = LEVELS[severity]
    properties: dict[str, Any] = {
        "precision": _PRECISION[meta.confidence],
        "tags": _tags(meta),
    }
    if meta.area in SECURITY_AREAS:
        properties["security-severity"] = _SECURITY_SEVERITY[severity]
    else:
        properties["problem.severity"] = _PROBLEM_SEVERITY[level]
    title = plain(meta.title) or meta.id
    why = paragraphs(meta.rationale).strip()
    how = paragraphs(meta.remediation).strip()
    references = [plain(item) for item in meta.references]
    described: dict[str, Any] = {
        "id": meta.id,
        "name": meta.name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": plain(meta.rationale.strip(), MAX_FULL_DESCRIPTION) or title},
        "help": {
            "text": "\n\n".join(part for part in (title, why, how, *references) if part),
            "markdown": _help_markdown(meta, title, why, how, references),
        },
        "defaultConfiguration": {"level": level, "enabled": not meta.opt_in},
        "properties": properties,
    }
    link = page or next((item for item in references if item.startswith("https://")), "")
    if link and not any(character in link for character in ' <>"\\^`{|}'):
        described["helpUri"] = link
    return described


def _tags(meta: RuleMeta) -> list[str]:
    kind = "security" if meta.area in SECURITY_AREAS else "cost" if meta.saves else "governance"
    return list(dict.fromkeys([kind, "sagemaker", meta.area.lower()]))


def _help_markdown(meta: RuleMeta, title: str, why: str, how: str, references: list[str]) -> str:
    parts = [f"# {meta.id} {meta.name}", title]
    if why:
        parts.append(f"## Why it matters\n\n{why}")
    if how:
        parts.append(f"## How to fix it\n\n{how}")
    if references:
        lines = [f"- <{r}>" if r.startswith("https://") else f"- {r}" for r in references]
        parts.append("## References\n\n" + "\n".join(lines))
    parts.append(
        f"To accept it here, write `# pipewarden: ignore[{meta.id}] -- reason` on the line above."
    )
    return "\n\n".join(parts)


def _result(
    finding: Finding, review: Review, index: dict[str, int], hashes: _Hashes
) -> dict[str, Any]:
    prefix = review.project.path_prefix
    span = finding.location.span
    message = finding.message
    if finding.verdict is Verdict.UNKNOWN and finding.because:
        message = f"{message} (not decided: {finding.because})"
    prints = {"pipewarden/v1": finding.fingerprint}
    line_hash = hashes.at(span)
    if line_hash:
        prints["primaryLocationLineHash"] = line_hash
    unknown = finding.verdict is Verdict.UNKNOWN
    properties: dict[str, Any] = {
        "severity": finding.severity.word,
        "confidence": finding.confidence.word,
        "address": plain(finding.address),
        "object": plain(finding.object),
        "fixable": finding.fixable,
    }
    if finding.savings is not None:
        properties["savingsUsdPerMonth"] = {
            "low": finding.savings.low,
            "expected": finding.savings.expected,
            "high": finding.savings.high,
        }
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "kind": "open" if unknown else "fail",
        "level": "none" if unknown else LEVELS[finding.severity],
        "message": {"text": sarif_message(message) or finding.rule},
        "locations": [_location(span, prefix, finding)],
        "partialFingerprints": prints,
        "properties": properties,
    }
    if finding.location.related:
        result["relatedLocations"] = [
            {
                "id": number,
                **_location(item.span, prefix),
                "message": {"text": sarif_message(item.message)},
            }
            for number, item in enumerate(finding.location.related, 1)
        ]
    if finding.suppressed:
        result["suppressions"] = [
            {
                "kind": "external" if span.path.endswith(".json") else "inSource",
                "status": "accepted",
                "justification": plain(finding.suppression_reason),
            }
        ]
    elif finding.baselined:
        result["baselineState"] = "unchanged"
    return result


def _location(span: Span, prefix: str, finding: Finding | None = None) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {
                "uri": uri(repository_path(prefix, span.path)),
                "uriBaseId": "%SRCROOT%",
            },
            "region": {
                "startLine": span.start_line,
                "startColumn": span.start_column,
                "endLine": span.end_line,
                "endColumn": span.end_column,
            },
        }
    }
    if finding is not None and finding.address:
        name = f"{finding.address}.{finding.object}" if finding.object else finding.address
        location["logicalLocations"] = [{"fullyQualifiedName": plain(name)}]
    return location


def _invocation(review: Review, dropped: int) -> dict[str, Any]:
    prefix = review.project.path_prefix
    notes = [_notification(problem, prefix) for problem in review.unread]
    notes.extend(
        {
            "descriptor": {"id": "rule-crash"},
            "level": "error",
            "message": {"text": sarif_message(f"{c.rule} crashed on {c.subject}: {c.message}")},
        }
        for c in review.lint.crashes
    )
    complete = not notes and review.gate.exit_code in (0, 1)
    if dropped:
        text = f"{dropped} of the least severe results are left out: GitHub takes {MAX_RESULTS}"
        notes.append(
            {"descriptor": {"id": "left-out"}, "level": "warning", "message": {"text": text}}
        )
    return {
        "executionSuccessful": complete,
        "exitCode": review.gate.exit_code,
        "toolExecutionNotifications": notes,
    }


def _notification(problem: Problem, prefix: str) -> dict[str, Any]:
    text = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
    return {
        "descriptor": {"id": "unread"},
        "level": "error",
        "message": {"text": sarif_message(text) or "Not read"},
        "locations": [_location(problem.span, prefix)],
    }
