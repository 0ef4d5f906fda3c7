"""What AWS's own checker refuses, or says has no effect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.policy.engine import lint
from linter.policy.model import Finding, Verdict
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.load import load_texts

EC2 = {"Service": "ec2.amazonaws.com"}


def judged(rule: str, texts: dict[str, str]) -> list[Finding]:
    project = load_texts(texts)
    found = lint(project, load_rules().rules, Selection((rule,))).findings
    return [finding for finding in found if finding.verdict is Verdict.FAIL]


def role(**statement: Any) -> dict[str, str]:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    return {
        "main.tf": 'resource "aws_iam_role" "r" {\n'
        f"  assume_role_policy = jsonencode({json.dumps(policy)})\n}}\n"
    }


ASSUME = "sts:AssumeRole"


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": ASSUME},
        {"Principal": EC2, "Action": "*"},
        {"Principal": EC2, "Action": ["sts:AssumeRole", "ec2:RunInstances"]},
        {"Principal": EC2, "NotAction": "sts:TagSession"},
        {"Principal": EC2, "Action": ASSUME, "Resource": "*"},
        {"Principal": {"AWS": "arn:aws:iam::1234:root"}, "Action": ASSUME},
        {"Principal": {"AWS": "1234"}, "Action": ASSUME},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}, "Action": ASSUME},
        {"Principal": ["111122223333"], "Action": ASSUME},
        {"Principal": "111122223333", "Action": ASSUME},
    ],
)
def test_trust_policies_that_aws_refuses(statement: dict[str, Any]) -> None:
    assert judged("IAM058", role(**statement))


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": EC2, "Action": [ASSUME, "sts:TagSession"]},
        {"Principal": {"AWS": "111122223333"}, "Action": ASSUME},
        {"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}, "Action": ASSUME},
        {"Principal": {"AWS": "arn:aws-cn:iam::111122223333:role/a/b"}, "Action": ASSUME},
        {"Principal": {"AWS": "AROAEXAMPLEID1234567"}, "Action": ASSUME},
        {"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/r/s"}, "Action": ASSUME},
        {"Principal": {"AWS": "arn:aws:iam::${local.account}:root"}, "Action": ASSUME},
        {"Principal": "*", "Action": ASSUME},
        {"Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithSAML"},
    ],
)
def test_trust_policies_that_aws_takes(statement: dict[str, Any]) -> None:
    assert judged("IAM058", role(**statement)) == []


def test_a_policy_of_a_resource_names_its_principals() -> None:
    def key(statement: dict[str, Any]) -> list[Finding]:
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
        text = f'resource "aws_kms_key" "k" {{\n  policy = jsonencode({json.dumps(policy)})\n}}\n'
        return judged("IAM058", {"main.tf": text})

    use = {"Action": "kms:*", "Resource": "*"}
    assert key(use)
    assert key({**use, "Principal": ["arn:aws:iam::111122223333:root"]})
    assert key({**use, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}) == []


def statement(action: str, **condition: Any) -> dict[str, str]:
    one = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}
    return {"policy.json": json.dumps({"Version": "2012-10-17", "Statement": [one]})}


@pytest.mark.parametrize(
    ("action", "operator", "key", "value"),
    [
        ("sagemaker:CreateTrainingJob", "StringLike", "sagemaker:MaxRuntimeInSeconds", "3600"),
        ("s3:GetObject", "StringEquals", "aws:SourceIp", "10.0.0.0/8"),
        ("s3:GetObject", "StringLike", "aws:CurrentTime", "2026-*"),
        ("s3:GetObject", "NumericEquals", "aws:SecureTransport", "1"),
        ("s3:ListBucket", "Bool", "s3:max-keys", "true"),
    ],
)
def test_operators_that_cannot_compare_a_key(
    action: str, operator: str, key: str, value: str
) -> None:
    assert judged("IAM052", statement(action, **{operator: {key: value}}))


@pytest.mark.parametrize(
    ("action", "operator", "key", "value"),
    [
        ("sagemaker:CreateTrainingJob", "NumericLessThan", "sagemaker:MaxRuntimeInSeconds", "60"),
        ("s3:GetObject", "IpAddressIfExists", "aws:SourceIp", "10.0.0.0/8"),
        ("s3:GetObject", "StringEquals", "aws:SecureTransport", "true"),
        ("s3:GetObject", "NumericGreaterThan", "aws:EpochTime", "1700000000"),
        ("s3:GetObject", "ArnLike", "aws:PrincipalTag/x", "arn:aws:s3:::b"),
        ("s3:ListBucket", "Null", "s3:max-keys", "true"),
    ],
)
def test_operators_that_can(action: str, operator: str, key: str, value: str) -> None:
    assert judged("IAM052", statement(action, **{operator: {key: value}})) == []


@pytest.mark.parametrize(
    ("action", "key", "told"),
    [
        ("s3:ListBucket", "s3:x-amz-storage-class", True),
        ("s3:PutObject", "s3:x-amz-storage-class", False),
        ("s3:ListBucket", "sourceAccount", True),
        ("ec2:TerminateInstances", "iam:ResourceTag/status", True),
        ("iam:DeleteRole", "iam:ResourceTag/status", False),
        ("ec2:TerminateInstances", "ec2:ResourceTag/status", False),
        ("s3:ListBucket", "aws:PrincipalTag/x", False),
    ],
)
def test_keys_that_no_action_knows(action: str, key: str, told: bool) -> None:
    assert bool(judged("IAM048", statement(action, StringEquals={key: "x"}))) is told


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"ForAllValues:StringEquals": {"aws:PrincipalTag/team": ["ml"]}}, True),
        (
            {
                "ForAllValues:StringEquals": {"aws:PrincipalTag/team": ["ml"]},
                "Null": {"aws:PrincipalTag/team": "false"},
            },
            False,
        ),
        (
            {
                "ForAllValues:StringEquals": {"aws:PrincipalTag/team": ["ml"]},
                "Null": {"aws:PrincipalTag/team": "true"},
            },
            True,
        ),
        (
            {
                "ForAllValues:StringEquals": {"aws:PrincipalTag/team": ["ml"]},
                "Null": {"aws:PrincipalTag/other": "false"},
            },
            True,
        ),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["ml"]}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": ["ml"]}}, False),
    ],
)
def test_guards_that_can_be_left_out(condition: dict[str, Any], told: bool) -> None:
    assert bool(judged("IAM047", statement("s3:GetObject", **condition))) is told


def big(characters: int) -> dict[str, Any]:
    name = "arn:aws:s3:::" + "x" * (characters - 120)
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": name}],
    }


def inline(kind: str, *sizes: int) -> dict[str, str]:
    member = {"role": "role", "user": "user", "group": "group"}[kind]
    text = f'resource "aws_iam_{kind}" "x" {{ name = "x" }}\n'
    for number, size in enumerate(sizes):
        text += (
            f'resource "aws_iam_{kind}_policy" "p{number}" {{\n  {member} = aws_iam_{kind}.x.name\n'
            f"  policy = jsonencode({json.dumps(big(size))})\n}}\n"
        )
    return {"main.tf": text}


def in_cloudformation(kind: str, *sizes: int) -> dict[str, str]:
    policies = [{"PolicyName": f"p{n}", "PolicyDocument": big(s)} for n, s in enumerate(sizes)]
    resource = {"Type": f"AWS::IAM::{kind.title()}", "Properties": {"Policies": policies}}
    return {"t.json": json.dumps({"Resources": {"X": resource}})}


@pytest.mark.parametrize("made", [inline, in_cloudformation])
@pytest.mark.parametrize(("kind", "limit"), [("role", 10_240), ("user", 2_048), ("group", 5_120)])
def test_inline_policies_count_together_by_what_they_are_of(
    made: Any, kind: str, limit: int
) -> None:
    assert judged("IAM059", made(kind, limit - 200)) == []
    assert len(judged("IAM059", made(kind, limit + 200))) == 1
    half = limit // 2
    assert judged("IAM059", made(kind, half - 100, half - 100)) == []
    assert len(judged("IAM059", made(kind, half + 100, half + 100))) == 1


def test_a_managed_policy_is_one_whatever_it_is_called() -> None:
    text = (
        'resource "aws_iam_policy" "training_role_policy" {\n'
        f"  policy = jsonencode({json.dumps(big(7_000))})\n}}\n"
    )
    assert len(judged("IAM059", {"main.tf": text})) == 1
    managed = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": big(7_000)}}
    assert len(judged("IAM059", {"t.json": json.dumps({"Resources": {"P": managed}})})) == 1
