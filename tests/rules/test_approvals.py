"""APPR022: who may approve what a pipeline registers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.policy.model import Severity, Verdict
from tests.rules.judging import findings, terraform, verdict

RULE = "APPR022"
ON_GROUP = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/churn/*"
UPDATE = {"Effect": "Allow", "Action": "sagemaker:UpdateModelPackage", "Resource": ON_GROUP}
ROLE = """
resource "aws_iam_role" "jobs" {{
  name               = "jobs"
  assume_role_policy = "{{}}"
  {more}
}}
resource "aws_iam_role_policy" "jobs" {{
  role   = aws_iam_role.jobs.id
  policy = jsonencode({policy})
}}
resource "aws_iam_policy" "limits" {{
  name   = "limits"
  policy = jsonencode({limits})
}}
resource "aws_sagemaker_pipeline" "churn" {{
  pipeline_name       = "churn"
  role_arn            = {role}
  pipeline_definition = jsonencode({{
    Version = "2020-12-01"
    Steps = [
      {{ Name = "Register", Type = "RegisterModel", Arguments = {arguments} }},
      {{ Name = "Check", Type = "Processing", DependsOn = {after},
        Arguments = {{ RoleArn = aws_iam_role.jobs.arn }} }},
    ]
  }})
}}
"""


def project(
    *statements: Any,
    limits: Any = UPDATE,
    more: str = "",
    group: str = "churn",
    status: str = "PendingManualApproval",
    after: str = '["Register"]',
    role: str = '"arn:aws:iam::111122223333:role/pipeline"',
) -> Any:
    def document(*items: Any) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": list(items)})

    arguments = {"ModelPackageGroupName": group, "ModelApprovalStatus": status}
    return terraform(
        ROLE.format(
            policy=document(*statements),
            limits=document(limits),
            more=more,
            arguments=json.dumps(arguments),
            after=after,
            role=role,
        )
    )


def test_the_action_itself_is_meant_and_a_wildcard_is_minor() -> None:
    (named,) = findings(RULE, project(UPDATE))
    (wide,) = findings(RULE, project({**UPDATE, "Action": "sagemaker:*", "Resource": "*"}))
    assert named.severity is Severity.MEDIUM
    assert wide.severity is Severity.LOW
    assert "step Check runs after step Register" in named.message


def test_the_pipelines_own_role_is_said_once() -> None:
    own = project(UPDATE, role="aws_iam_role.jobs.arn")
    (found,) = findings(RULE, own)
    assert found.severity is Severity.LOW
    assert verdict("IAM078", own) is Verdict.FAIL


@pytest.mark.parametrize(
    "statement",
    [
        {**UPDATE, "Action": "sagemaker:DescribeModelPackage"},
        {**UPDATE, "Resource": "arn:aws:sagemaker:eu-west-1:111122223333:model-package/demand/*"},
        {**UPDATE, "Resource": "arn:aws:sagemaker:eu-west-1:999988887777:model-package/churn/*"},
        {**UPDATE, "Resource": "arn:aws:s3:::churn"},
        {
            **UPDATE,
            "Condition": {"StringNotEquals": {"sagemaker:ModelApprovalStatus": "Approved"}},
        },
    ],
)
def test_what_does_not_let_it_approve(statement: Any) -> None:
    assert verdict(RULE, project(statement)) is Verdict.PASS


@pytest.mark.parametrize(
    ("denied", "said"),
    [
        ({"Action": "sagemaker:UpdateModelPackage", "Resource": "*"}, Verdict.PASS),
        (
            {
                "Action": "sagemaker:*",
                "Resource": "*",
                "Condition": {"StringEquals": {"sagemaker:ModelApprovalStatus": "Approved"}},
            },
            Verdict.PASS,
        ),
        (
            {
                "Action": "sagemaker:*",
                "Resource": "*",
                "Condition": {"StringEquals": {"sagemaker:ModelApprovalStatus": "Rejected"}},
            },
            Verdict.FAIL,
        ),
        (
            {
                "Action": "sagemaker:*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
            },
            Verdict.UNKNOWN,
        ),
    ],
)
def test_denials(denied: Any, said: Verdict) -> None:
    assert verdict(RULE, project(UPDATE, {"Effect": "Deny", **denied})) is said


def test_boundaries() -> None:
    more = "permissions_boundary = aws_iam_policy.limits.arn"
    logs = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    assert verdict(RULE, project(UPDATE, more=more)) is Verdict.FAIL
    assert verdict(RULE, project(UPDATE, more=more, limits=logs)) is Verdict.PASS
    elsewhere = 'permissions_boundary = "arn:aws:iam::111122223333:policy/limits-of-others"'
    assert verdict(RULE, project(UPDATE, more=elsewhere)) is Verdict.UNKNOWN


def test_only_what_waits_for_the_registration_can_approve_it() -> None:
    assert verdict(RULE, project(UPDATE, after="[]")) is Verdict.PASS
    assert verdict(RULE, project(UPDATE, status="Approved")) is Verdict.PASS


def test_policies_that_are_not_in_the_scan_leave_it_open() -> None:
    others = 'managed_policy_arns = ["arn:aws:iam::111122223333:policy/others"]'
    logs = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    assert verdict(RULE, project(logs, more=others)) is Verdict.UNKNOWN
    of_aws = 'managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]'
    assert verdict(RULE, project(logs, more=of_aws)) is Verdict.PASS
    admin = 'managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]'
    assert verdict(RULE, project(logs, more=admin)) is Verdict.FAIL
