"""One review that holds every kind of thing a report must show."""

from __future__ import annotations

from decimal import Decimal

from linter.core.documents import Problem
from linter.core.sources import Location, Related, Source, Span
from linter.gate.review import GateResult, Review
from linter.policy.model import (
    Confidence,
    Finding,
    LintResult,
    Money,
    RuleCrash,
    RuleMeta,
    Severity,
    Verdict,
)
from linter.project.model import Project

MAIN = """\
resource "aws_iam_role_policy" "p" {
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Note     = "größe 😀", Action = "s3:*"
    }]
  })
}
"""
HOSTILE = (
    "\x1b[31mred\x1b[0m <script>alert(1)</script> ]]> [x](javascript:y) | `a` \u202egnp.exe\u2066 "
    "@everyone #1 ::error::no %0A\r\n\x00\x07 {0} &amp; \ud800 "
)


def meta(
    identity: str,
    name: str,
    severity: Severity,
    confidence: Confidence = Confidence.HIGH,
    saves: str = "",
) -> RuleMeta:
    return RuleMeta(
        id=identity,
        name=name,
        title=f"About {name}",
        area=identity[:-3],
        severity=severity,
        confidence=confidence,
        message="m",
        rationale=f"Why {name} matters.\n\nMore of it.",
        remediation=f"Fix {name}.",
        references=("CIS 1.16", "https://docs.aws.amazon.com/sagemaker/") if saves else (),
        saves=saves,
        opt_in=identity == "TAG001",
    )


RULES = {
    m.id: m
    for m in (
        meta("IAM001", "wildcard-action", Severity.HIGH),
        meta("COST001", "no-caching", Severity.MEDIUM, Confidence.MEDIUM, "caching"),
        meta("NET001", "no-vpc", Severity.CRITICAL, Confidence.LOW),
        meta("TAG001", "missing-tag", Severity.INFO),
    )
}


def found(rule: str, span: Span, number: int, **more: object) -> Finding:
    about = RULES.get(rule) or meta(rule, rule.lower(), Severity.LOW)
    values: dict[str, object] = {
        "severity": about.severity,
        "verdict": Verdict.FAIL,
        "message": f"{rule} says so",
        "address": "aws_iam_role_policy.p",
        "object": "policy.Statement[0].Action",
    }
    related = more.pop("related", ())
    values.update(more)
    accepted = values.get("suppressed") or values.get("baselined")
    failing = about.severity >= Severity.MEDIUM and values["verdict"] is Verdict.FAIL
    values.setdefault("fails", failing and not accepted)
    return Finding(
        rule=rule,
        name=about.name,
        area=about.area,
        confidence=about.confidence,
        location=Location(span, related),
        rationale=about.rationale,  # type: ignore[arg-type]
        remediation=about.remediation,
        fingerprint=f"{number:064x}",
        **values,  # type: ignore[arg-type]
    )


def review() -> Review:
    path = "infra/main.tf"
    strange = "infra/a b#ü%:1.json"
    findings = [
        found("NET001", Span(path, 1, 1, 1, 1), 1, severity=Severity.CRITICAL),
        found(
            "COST001",
            Span(path, 2, 3, 7, 5),
            2,
            fixable=True,
            saves="caching",
            savings=Money(Decimal("1.5"), Decimal("20.25"), Decimal("300")),
            related=(Related("called from here", Span(path, 1, 1, 1, 9)),),
        ),
        found("IAM001", Span(path, 5, 39, 5, 43), 3),
        found(
            "IAM001",
            Span(path, 5, 39, 5, 43),
            4,
            suppressed=True,
            suppression_reason="reviewed by security",
            message="suppressed one",
        ),
        found("IAM001", Span(path, 4, 7, 4, 13), 5, baselined=True, message="an old one"),
        found(
            "SEC001",
            Span(path, 3, 5, 3, 14),
            6,
            verdict=Verdict.UNKNOWN,
            because="var.actions has no default",
            references=("var.actions",),
        ),
        found(
            "TAG001",
            Span(strange, 1, 1, 1, 2),
            7,
            message=HOSTILE * 40,
            address=HOSTILE,
            object=HOSTILE,
            related=(Related(HOSTILE, Span(strange, 1, 1, 1, 2)),),
        ),
        found("META001", Span(path, 1, 1, 1, 9), 8),
    ]
    problem = Problem(
        "Argument or block definition required",
        Span("infra/broken.tf", 4, 20, 4, 21),
        hint="Remove the comma.",
    )
    hostile = Problem(HOSTILE, Span(strange, 1, 1, 1, 1))
    crashes = [RuleCrash("COST001", "step Train", path, "ZeroDivisionError: division by zero")]
    project = Project(
        sources={path: Source(path, MAIN), strange: Source(strange, "{}\n")},
        files=3,
        path_prefix="team/",
    )
    gate = GateResult(False, ("2 places could not be read", "2 findings at or above high"), 3)
    return Review(
        project, LintResult(findings, crashes, 12), findings, [problem, hostile], gate, RULES
    )
