"""One of several roles, boundaries, providers or policies, of which it is not known which."""

from __future__ import annotations

import pytest

from linter.policy.model import Verdict
from linter.project.reach import may, permissions_of
from tests.rules.judging import terraform, verdict

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


def trusting(service: str) -> str:
    return (
        'jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", '
        f'Action = "sts:AssumeRole", Principal = {{ Service = "{service}.amazonaws.com" }} }}] }})'
    )


def document(action: str, effect: str = "Allow") -> str:
    return (
        'jsonencode({ Version = "2012-10-17", Statement = [{ '
        f'Effect = "{effect}", Action = "{action}", Resource = "*" }}] }})'
    )


def bounded(a: str, b: str, key: str = "var.key") -> str:
    return f"""
variable "key" {{}}
resource "aws_iam_policy" "boundary" {{
  for_each = {{ a = {a}, b = {b} }}
  name     = "boundary-${{each.key}}"
  policy   = each.value
}}
resource "aws_iam_role" "r" {{
  assume_role_policy   = {trusting("lambda")}
  permissions_boundary = aws_iam_policy.boundary[{key}].arn
}}
resource "aws_iam_role_policy" "p" {{
  role   = aws_iam_role.r.name
  policy = {document("iam:CreatePolicyVersion")}
}}
"""


ALL, S3, DENY = document("*"), document("s3:*"), document("iam:*", "Deny")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (bounded(ALL, S3), UNKNOWN),
        (bounded(ALL, DENY), UNKNOWN),
        (bounded(ALL, ALL), FAIL),
        (bounded(S3, S3), PASS),
        (bounded(ALL, S3, '"a"'), FAIL),
        (bounded(ALL, S3, '"b"'), PASS),
    ],
)
def test_a_boundary_that_is_one_of_several(text: str, expected: Verdict) -> None:
    assert verdict("IAM020", terraform(text)) is expected


def test_what_one_of_several_boundaries_takes_away_may_be_allowed() -> None:
    (role,) = terraform(bounded(ALL, S3)).roles
    assert role.boundary is None
    assert {policy.name for policy in role.possible_boundaries} == {"boundary-a", "boundary-b"}
    assert may(permissions_of(role), "iam:CreatePolicyVersion")


def shared(first: str, second: str, key: str = "var.key") -> str:
    return f"""
variable "key" {{}}
resource "aws_iam_role" "r" {{
  for_each           = {{ a = {trusting(first)}, b = {trusting(second)} }}
  name               = "role-${{each.key}}"
  assume_role_policy = each.value
}}
resource "aws_iam_role_policy" "p" {{
  role   = aws_iam_role.r[{key}].name
  policy = {document("sagemaker:*")}
}}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (shared("sagemaker", "lambda"), UNKNOWN),
        (shared("sagemaker", "sagemaker"), FAIL),
        (shared("lambda", "lambda"), PASS),
        (shared("sagemaker", "lambda", '"a"'), FAIL),
        (shared("sagemaker", "lambda", '"b"'), PASS),
    ],
)
def test_a_role_that_is_one_of_several(text: str, expected: Verdict) -> None:
    assert verdict("IAM003", terraform(text)) is expected


def federated(first: str, second: str, key: str = "var.key") -> str:
    return f"""
variable "key" {{}}
resource "aws_iam_openid_connect_provider" "ci" {{
  for_each        = {{ a = "https://{first}", b = "https://{second}" }}
  url             = each.value
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = []
}}
resource "aws_iam_role" "r" {{
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Effect    = "Allow"
    Action    = "sts:AssumeRoleWithWebIdentity"
    Principal = {{ Federated = aws_iam_openid_connect_provider.ci[{key}].arn }}
  }}] }})
}}
"""


GITHUB, CLUSTER = "token.actions.githubusercontent.com", "oidc.eks.eu-west-1.amazonaws.com/id/A"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (federated(GITHUB, CLUSTER), UNKNOWN),
        (federated(CLUSTER, GITHUB), UNKNOWN),
        (federated(GITHUB, GITHUB), FAIL),
        (federated(CLUSTER, CLUSTER), PASS),
        (federated(GITHUB, CLUSTER, '"a"'), FAIL),
        (federated(GITHUB, CLUSTER, '"b"'), PASS),
    ],
)
def test_a_provider_that_is_one_of_several(text: str, expected: Verdict) -> None:
    assert verdict("IAM068", terraform(text)) is expected


@pytest.mark.parametrize("key", ['"a"', "var.key"])
def test_a_policy_that_a_user_may_have(key: str) -> None:
    project = terraform(f"""
variable "key" {{}}
resource "aws_iam_policy" "p" {{
  for_each = {{ a = {S3}, b = {S3} }}
  name     = each.key
  policy   = each.value
}}
resource "aws_iam_user_policy_attachment" "u" {{
  user       = "somebody"
  policy_arn = aws_iam_policy.p[{key}].arn
}}
""")
    certain = {p.name for p in project.policies if p.people or p.held_elsewhere}
    possible = {p.name for p in project.policies if p.possible_principals}
    assert (certain, possible) == (({"a"}, set()) if key == '"a"' else (set(), {"a", "b"}))
