"""Conditions that anybody can meet guard nothing, for the evaluator and for every rule."""

from __future__ import annotations

from typing import Any

import pytest

from linter.core.values import OpenDict, Unknown
from linter.domain.iam.circumstances import anybody_meets
from linter.policy.engine import lint
from linter.policy.model import Severity, Verdict
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.load import load_texts
from tests.iam.test_limits import policy

UNKNOWN = Unknown("var.x has no default", ["var.x"])


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"Bool": {"aws:SecureTransport": ["true"]}, "StringLike": {"aws:UserAgent": "curl*"}},
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
        {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
        {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}},
        {"StringLike": {"aws:PrincipalArn": "*"}},
        {"StringLikeIfExists": {"aws:PrincipalTag/team": "*"}},
        {"ForAllValues:StringLike": {"aws:TagKeys": "*"}},
        {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}},
        {"Null": {"aws:CalledVia": "true"}},
    ],
)
def test_what_anybody_meets(condition: dict[str, Any]) -> None:
    assert anybody_meets(condition) is True


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"StringEquals": {"aws:PrincipalTag/team": "ml"}},
        {"StringLike": {"aws:PrincipalTag/team": "*"}},
        {"StringEquals": {"aws:ResourceTag/team": "ml"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"iam:PassedToService": "x"}},
        {"Boole": {"aws:SecureTransport": "true"}},
        {
            "Bool": {"aws:MultiFactorAuthPresent": "false"},
            "Null": {"aws:MultiFactorAuthPresent": "true"},
        },
    ],
)
def test_what_keeps_somebody_out(condition: dict[str, Any]) -> None:
    assert anybody_meets(condition) is False


@pytest.mark.parametrize(
    "condition",
    [
        UNKNOWN,
        OpenDict({}),
        {"Bool": UNKNOWN},
        {"Bool": {"aws:SecureTransport": UNKNOWN}},
        {"StringLike": {"aws:PrincipalArn": UNKNOWN}},
        {"IpAddress": {"aws:SourceIp": UNKNOWN}},
    ],
)
def test_what_an_unknown_decides(condition: Any) -> None:
    assert anybody_meets(condition) is None


@pytest.mark.parametrize(
    ("rule", "actions", "severity"),
    [
        ("IAM001", ["*"], Severity.CRITICAL),
        ("IAM012", ["iam:*"], Severity.CRITICAL),
        ("IAM020", ["iam:CreatePolicyVersion", "iam:AttachRolePolicy"], Severity.CRITICAL),
        ("IAM033", ["s3:GetObject"], Severity.HIGH),
        ("IAM035", ["s3:PutBucketPolicy"], Severity.HIGH),
        ("IAM037", ["sagemaker:DeleteModel"], Severity.LOW),
    ],
)
def test_tls_makes_nothing_milder(rule: str, actions: list[str], severity: Severity) -> None:
    def judged(condition: dict[str, Any]) -> list[tuple[Verdict, Severity]]:
        grant = {"Effect": "Allow", "Action": actions, "Resource": "*", "Condition": condition}
        project = load_texts({"policy.json": policy(grant)})
        found = lint(project, load_rules().rules, Selection((rule,))).findings
        return [(f.verdict, f.severity) for f in found]

    assert judged({"Bool": {"aws:SecureTransport": "true"}}) == [(Verdict.FAIL, severity)]
    assert (Verdict.FAIL, severity) not in judged({"StringEquals": {"aws:ResourceTag/t": "ml"}})
