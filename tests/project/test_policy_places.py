"""Every place in which a policy stands is read, for what it is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.policy.engine import lint
from linter.policy.model import Verdict
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.load import load_texts

OPEN = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
TERRAFORM = {
    "aws_kms_key": "policy",
    "aws_kms_replica_key": "policy",
    "aws_sqs_queue": "policy",
    "aws_sqs_queue_policy": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_s3_access_point": "policy",
    "aws_ecr_repository_policy": "policy",
    "aws_secretsmanager_secret_policy": "policy",
    "aws_dynamodb_resource_policy": "policy",
    "aws_codeartifact_repository_permissions_policy": "policy_document",
}
CLOUDFORMATION: dict[str, tuple[str, ...]] = {
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::KMS::ReplicaKey": ("KeyPolicy",),
    "AWS::SQS::QueuePolicy": ("PolicyDocument",),
    "AWS::SNS::TopicInlinePolicy": ("PolicyDocument",),
    "AWS::S3::AccessPoint": ("Policy",),
    "AWS::DynamoDB::Table": ("ResourcePolicy", "PolicyDocument"),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
}


def public(texts: dict[str, str]) -> list[Verdict]:
    found = lint(load_texts(texts), load_rules().rules, Selection(("IAM077",))).findings
    return [finding.verdict for finding in found]


def terraform(kind: str, member: str, policy: Any) -> dict[str, str]:
    return {
        "main.tf": f'resource "{kind}" "x" {{\n  {member} = jsonencode({json.dumps(policy)})\n}}\n'
    }


@pytest.mark.parametrize("kind", TERRAFORM)
def test_policies_of_resources_in_terraform(kind: str) -> None:
    assert public(terraform(kind, TERRAFORM[kind], OPEN)) == [Verdict.FAIL]


@pytest.mark.parametrize("kind", CLOUDFORMATION)
def test_policies_of_resources_in_cloudformation(kind: str) -> None:
    value: Any = OPEN
    for member in reversed(CLOUDFORMATION[kind]):
        value = {member: value}
    text = json.dumps({"Resources": {"X": {"Type": kind, "Properties": value}}})
    assert public({"t.json": text}) == [Verdict.FAIL]


def test_the_owner_of_a_topic_is_who_may_use_it() -> None:
    owned = json.loads(json.dumps(OPEN))
    owned["Statement"][0]["Condition"] = {"StringEquals": {"AWS:SourceOwner": "111122223333"}}
    assert public(terraform("aws_sns_topic_policy", "policy", owned)) == []
    owned["Statement"][0]["Condition"] = {"StringLike": {"AWS:SourceOwner": "*"}}
    assert public(terraform("aws_sns_topic_policy", "policy", owned)) == [Verdict.FAIL]


def test_a_service_control_policy_is_no_grant_and_is_held_to_the_grammar() -> None:
    def judged(*rules: str, **statement: Any) -> set[str]:
        policy = {"Version": "2012-10-17", "Statement": [{"Resource": "*", **statement}]}
        texts = terraform("aws_organizations_policy", "content", policy)
        found = lint(load_texts(texts), load_rules().rules, Selection(rules)).findings
        return {finding.rule for finding in found if finding.verdict is Verdict.FAIL}

    assert judged("IAM", Effect="Allow", Action="*") == set()
    assert judged("IAM", Effect="Deny", Action="s3:NoSuchAction") == {"IAM049"}
    assert judged("IAM", Effect="Deny", Action="s3:*", Principal="*") == {"IAM058"}


def test_a_document_that_leaves_by_an_output_is_judged() -> None:
    text = """
data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}
"""
    out = 'output "json" { value = data.aws_iam_policy_document.all.json }\n'
    rules = load_rules().rules

    def judged(text: str) -> list[str]:
        found = lint(load_texts({"main.tf": text}), rules, Selection(("IAM001",))).findings
        return [finding.rule for finding in found]

    assert judged(text + out) == ["IAM001"]
    assert judged(text) == []


def test_a_resource_control_policy_names_principals_and_bounds_no_role() -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}],
    }
    texts = terraform("aws_organizations_policy", "content", policy)
    kind = '  type = "RESOURCE_CONTROL_POLICY"\n}\n'
    texts["main.tf"] = texts["main.tf"].rstrip().removesuffix("}") + kind
    project = load_texts(texts)
    assert [policy.use for policy in project.policies] == ["resource"]
    found = lint(project, load_rules().rules, Selection(("IAM",))).findings
    assert [finding.rule for finding in found if finding.verdict is Verdict.FAIL] == []


ODD: list[Any] = [1, None, True, "", {}, [], {"a": 1}, [[1]], {"AWS": {"x": 1}}, {"AWS": [None, 1]}]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("element", ["Action", "Resource", "Principal", "Condition", "Effect"])
def test_no_rule_crashes_on_what_is_no_policy(odd: Any, element: str) -> None:
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", element: odd}
    document = {"Version": "2012-10-17", "Statement": [statement, odd]}
    inline = [{"PolicyName": "p", "PolicyDocument": document}]
    resources = {
        "R": ("AWS::IAM::Role", {"AssumeRolePolicyDocument": document, "Policies": inline}),
        "U": ("AWS::IAM::User", {"Groups": odd, "ManagedPolicyArns": odd, "Policies": inline}),
        "F": ("AWS::Lambda::Function", {"FunctionName": odd, "Role": odd}),
        "C": ("AWS::Organizations::Policy", {"Content": document, "TargetIds": odd}),
    }
    text = {name: {"Type": kind, "Properties": value} for name, (kind, value) in resources.items()}
    project = load_texts({"t.json": json.dumps({"Resources": text})})
    assert lint(project, load_rules().rules, Selection(("IAM",))).crashes == []
