"""Findings and projects made by hand."""

from __future__ import annotations

from linter.core.sources import Location, Source, Span
from linter.policy.model import Confidence, Finding, RuleMeta, Severity, Verdict
from linter.project.model import Project


def meta(identity: str, name: str, severity: Severity = Severity.HIGH) -> RuleMeta:
    return RuleMeta(
        identity,
        name,
        f"Title of {name}",
        identity[:-3],
        severity,
        Confidence.HIGH,
        "message",
        "why",
        "how",
    )


RULES = {m.id: m for m in (meta("IAM001", "wildcard-action"), meta("NET001", "no-vpc"))}


def finding(
    path: str,
    line: int,
    rule: str = "IAM001",
    *,
    column: int = 1,
    end: int = 2,
    address: str = "aws_iam_role_policy.p",
    object_: str = "policy",
    fingerprint: str = "f",
    severity: Severity = Severity.HIGH,
    verdict: Verdict = Verdict.FAIL,
) -> Finding:
    return Finding(
        rule=rule,
        name=RULES[rule].name if rule in RULES else rule.lower(),
        area=rule[:-3],
        severity=severity,
        confidence=Confidence.HIGH,
        verdict=verdict,
        message=f"{rule} here",
        location=Location(Span(path, line, column, line, end)),
        address=address,
        object=object_,
        fingerprint=fingerprint,
    )


def project(**texts: str) -> Project:
    """A project of texts; ``main_tf`` is the file ``main.tf``."""
    sources = {}
    for name, text in texts.items():
        path = ".".join(name.rsplit("_", 1))
        sources[path] = Source(path, text)
    return Project(sources=sources)
