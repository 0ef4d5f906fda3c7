"""What a Deny or a permissions boundary takes away is not said to be allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.policy.engine import lint
from linter.policy.model import Finding, Severity, Verdict
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.load import load_texts

ROLE = """
resource "aws_iam_role" "r" {{
  name                 = "r"
  permissions_boundary = aws_iam_policy.limits.arn
  assume_role_policy   = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = {{ Service = "sagemaker.amazonaws.com" }}
    }}]
  }})
}}
resource "aws_iam_policy" "limits" {{
  policy = jsonencode({limits})
}}
resource "aws_iam_role_policy" "grants" {{
  role   = aws_iam_role.r.name
  policy = jsonencode({grants})
}}
resource "aws_iam_role_policy" "denials" {{
  role   = {holder}
  policy = jsonencode({denials})
}}
resource "aws_iam_role" "other" {{
  name               = "other"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [] }})
}}
"""
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
GRANTS = {
    "IAM002": ["glue:*"],
    "IAM003": ["sagemaker:*"],
    "IAM004": ["s3:*"],
    "IAM006": ["iam:Put*"],
    "IAM007": ["sagemaker:StopTrainingJob"],
    "IAM012": ["iam:*"],
    "IAM016": ["iam:PassRole"],
    "IAM020": ["iam:PutRolePolicy"],
    "IAM022": ["iam:PassRole", "sagemaker:CreateTrainingJob"],
    "IAM028": ["sagemaker:CreatePresignedNotebookInstanceUrl"],
    "IAM033": ["s3:GetObject"],
    "IAM035": ["s3:PutBucketPolicy"],
    "IAM036": ["sagemaker:PutModelPackageGroupPolicy"],
    "IAM037": ["sagemaker:DeleteModel"],
    "IAM069": ["sts:AssumeRole"],
}
"""Rule → actions that it reports when they are allowed on everything."""
BESIDES: dict[str, dict[str, Any]] = {
    "IAM007": {"Condition": {"StringEquals": {"aws:ResourceTag/team": "ml"}}},
    "IAM017": {"Resource": "arn:aws:iam::111122223333:role/team-*"},
}


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def findings(
    rule: str,
    actions: list[str],
    denied: dict[str, Any],
    limits: dict[str, Any] = EVERYTHING,
    holder: str = "aws_iam_role.r.name",
) -> list[Finding]:
    grants = {"Effect": "Allow", "Action": actions, "Resource": "*", **BESIDES.get(rule, {})}
    text = ROLE.format(
        limits=policy(limits), grants=policy(grants), denials=policy(denied), holder=holder
    )
    project = load_texts({"main.tf": text})
    assert not project.problems
    found = lint(project, load_rules().rules, Selection((rule,))).findings
    return [f for f in found if f.verdict is Verdict.FAIL and f.address.endswith(".grants")]


def deny(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*", **more}


NOTHING = deny("ses:SendEmail")


@pytest.mark.parametrize("rule", GRANTS)
def test_what_is_denied_or_out_of_bounds_is_not_reported(rule: str) -> None:
    actions = GRANTS[rule]
    assert findings(rule, actions, NOTHING)
    assert not findings(rule, actions, deny(*actions))
    assert not findings(rule, actions, {"Effect": "Deny", "NotAction": "ses:*", "Resource": "*"})
    logs_only = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    assert not findings(rule, actions, NOTHING, logs_only)


@pytest.mark.parametrize("rule", GRANTS)
def test_limits_of_others_or_of_some_requests_only_leave_it(rule: str) -> None:
    actions = GRANTS[rule]
    assert findings(rule, actions, deny(*actions), holder="aws_iam_role.other.name")
    somewhere = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    assert findings(rule, actions, deny(*actions, Condition=somewhere))
    named = {**deny(*actions), "Resource": "arn:aws:s3:::secret/*"}
    assert findings(rule, actions, named)


def test_what_a_wildcard_leads_to_is_counted_after_what_is_taken_away() -> None:
    (whole,) = findings("IAM004", ["s3:*"], NOTHING)
    (less,) = findings("IAM004", ["s3:*"], deny("s3:Delete*", "s3:Put*"))
    assert "deleting buckets" in whole.message
    assert "deleting buckets" not in less.message
    assert "after what is denied or out of bounds" in less.message


def test_every_action_within_a_boundary_is_not_every_action() -> None:
    (whole,) = findings("IAM001", ["*"], NOTHING)
    s3_only = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    (less,) = findings("IAM001", ["*"], NOTHING, s3_only)
    assert whole.severity is Severity.CRITICAL
    assert less.severity is Severity.LOW
    assert "only its boundary limits it" in less.message
    assert findings("IAM001", ["*"], deny("s3:*"))[0].severity is Severity.CRITICAL


ELSEWHERE = deny(
    "iam:PassRole",
    Condition={"StringNotEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
)
"""Keeps roles from being passed to any service but one."""


def test_a_denial_of_other_services_bounds_what_a_role_is_passed_to() -> None:
    compute = ["iam:PassRole", "lambda:CreateFunction"]
    assert findings("IAM032", compute, NOTHING)
    assert not findings("IAM032", compute, ELSEWHERE)
    assert findings("IAM022", GRANTS["IAM022"], ELSEWHERE)
    (any_role,) = findings("IAM016", ["iam:PassRole"], ELSEWHERE)
    assert any_role.severity is Severity.MEDIUM
    assert "to sagemaker.amazonaws.com" in any_role.message
    assert findings("IAM017", ["iam:PassRole"], NOTHING)
    assert not findings("IAM017", ["iam:PassRole"], ELSEWHERE)


def test_a_boundary_bounds_what_a_role_is_passed_to() -> None:
    bounded = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    limits = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": bounded}
    assert not findings("IAM032", ["iam:PassRole", "lambda:CreateFunction"], NOTHING, limits)
    assert findings("IAM022", GRANTS["IAM022"], NOTHING, limits)
    assert not findings("IAM017", ["iam:PassRole"], NOTHING, limits)


EVERYWHERE = [
    "IAM002",
    "IAM007",
    "IAM016",
    "IAM020",
    "IAM022",
    "IAM028",
    "IAM033",
    "IAM035",
    "IAM036",
    "IAM037",
    "IAM069",
]
"""Rules about actions on every resource there is."""
TEAM = [
    "arn:aws:s3:::team-*",
    "arn:aws:iam::111122223333:role/team-*",
    "arn:aws:sagemaker:*:*:*/team-*",
    "arn:aws:glue:*:*:*/team-*",
]


@pytest.mark.parametrize("rule", EVERYWHERE)
def test_every_resource_is_not_said_where_denials_or_bounds_name_some(rule: str) -> None:
    outside = {"Effect": "Deny", "Action": "*", "NotResource": TEAM}
    assert not findings(rule, GRANTS[rule], outside)
    inside = {"Effect": "Allow", "Action": "*", "Resource": TEAM}
    assert not findings(rule, GRANTS[rule], NOTHING, inside)
    region = {"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:*:eu-west-1:*", "arn:aws:*"]}
    assert findings(rule, GRANTS[rule], NOTHING, region)
