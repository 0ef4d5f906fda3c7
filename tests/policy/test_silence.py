"""A check that says nothing has not passed what it could not read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.gate.undecided import undecided
from linter.policy.engine import lint
from linter.policy.model import Finding, Verdict
from linter.policy.registry import load_rules
from linter.policy.selection import Selection
from linter.project.load import load_texts

RULES = load_rules().rules


def found(texts: dict[str, str], *only: str) -> dict[str, Verdict]:
    """The verdict of each rule that has one which is not a pass."""
    return {finding.rule: finding.verdict for finding in findings(texts, *only)}


def findings(texts: dict[str, str], *only: str) -> list[Finding]:
    result = lint(load_texts(texts), RULES, Selection(select=list(only)) if only else None)
    assert not result.crashes
    return result.findings


LOCALS = """
locals {
  iam       = "arn:aws:iam::111122223333"
  roles     = "${local.iam}:role/*"
  policies  = "${local.iam}:policy/*"
  some_role = "${local.iam}:role/${var.a}"
  oneself   = "${local.iam}:user/$${aws:username}"
}
"""


def policy(*statements: str) -> dict[str, str]:
    body = ", ".join(statements)
    text = f'policy = jsonencode({{ Version = "2012-10-17", Statement = [{body}] }})'
    variables = 'variable "a" {}\nresource "aws_s3_bucket" "b" {}\n'
    variables += LOCALS
    return {"main.tf": f'{variables}resource "aws_iam_policy" "p" {{\n  {text}\n}}\n'}


UNKNOWN, FAIL = Verdict.UNKNOWN, Verdict.FAIL


@pytest.mark.parametrize(
    ("statement", "rule", "verdict"),
    [
        ('{ Effect = var.a, Action = "*", Resource = "*" }', "IAM001", UNKNOWN),
        ('{ Effect = var.a, Action = "s3:GetObject", Resource = "*" }', "IAM001", None),
        (
            '{ Effect = "Allow", Action = ["s3:GetObject", var.a], Resource = "*" }',
            "IAM001",
            UNKNOWN,
        ),
        ('{ Effect = "Allow", Action = ["*", var.a], Resource = "*" }', "IAM001", FAIL),
        (
            '{ Effect = "Allow", Action = "*", Resource = ["arn:aws:s3:::b", var.a] }',
            "IAM001",
            UNKNOWN,
        ),
        ('{ Effect = "Allow", Action = "s3:GetObject", Resource = var.a }', "IAM001", None),
        ('{ Effect = "Allow", Action = "s3:${var.a}", Resource = "*" }', "IAM004", UNKNOWN),
        # One of a few values: what none of them is, is not undecided.
        (
            '{ Effect = "Allow", Action = var.a == "x" ? "s3:*" : "s3:GetObject", Resource = "*" }',
            "IAM004",
            UNKNOWN,
        ),
        (
            '{ Effect = "Allow", Action = var.a == "x" ? "s3:*" : "s3:GetObject", Resource = "*" }',
            "IAM001",
            None,
        ),
        # An unknown end of an ARN is some ARN, and so is what begins another one.
        (
            '{ Effect = "Allow", Action = "iam:PutRolePolicy", Resource = local.some_role }',
            "IAM020",
            None,
        ),
        (
            '{ Effect = "Allow", Action = "iam:PutRolePolicy", Resource = local.roles }',
            "IAM020",
            FAIL,
        ),
        (
            '{ Effect = "Allow", Action = "iam:PutRolePolicy", Resource = local.policies }',
            "IAM020",
            None,
        ),
        (
            '{ Effect = "Allow", Action = "iam:CreateAccessKey", Resource = local.oneself }',
            "IAM020",
            None,
        ),
        (
            '{ Effect = "Allow", Action = "iam:CreateAccessKey", Resource = var.a }',
            "IAM020",
            UNKNOWN,
        ),
        (
            '{ Effect = "Allow", Action = "s3:DeleteObject", Resource = [var.a, "${var.a}/*"] }',
            "IAM037",
            None,
        ),
        ('{ Effect = "Allow", Action = "s3:DeleteObject", Resource = var.a }', "IAM037", UNKNOWN),
        (
            '{ Effect = "Allow", Action = "s3:DeleteObject", Resource = aws_s3_bucket.b.arn }',
            "IAM037",
            None,
        ),
        (
            '{ Effect = "Allow", Action = "iam:?assRole", Resource = "arn:aws:s3:::b/*" }',
            "IAM017",
            None,
        ),
    ],
)
def test_what_may_be_bad_is_undecided(statement: str, rule: str, verdict: Verdict | None) -> None:
    assert found(policy(statement), rule).get(rule) is verdict


GRANT = '{ Effect = "Allow", Action = "s3:*", Resource = "*" }'


@pytest.mark.parametrize(
    ("beside", "verdict"),
    [
        ('{ Effect = "Deny", Action = "s3:*", Resource = "*" }', None),
        ('{ Effect = var.a, Action = "s3:*", Resource = "*" }', UNKNOWN),
        ('{ Effect = "Deny", Action = [var.a], Resource = "*" }', UNKNOWN),
        ('{ Effect = "Deny", Action = "s3:*", Resource = var.a }', UNKNOWN),
        ('{ Effect = "Deny", Action = "ec2:*", Resource = var.a }', FAIL),
        ('{ Effect = "Allow", Action = var.a, Resource = "arn:aws:s3:::b" }', FAIL),
    ],
)
def test_a_denial_that_is_not_certain_leaves_it_undecided(
    beside: str, verdict: Verdict | None
) -> None:
    """The rule on ``s3:*`` is about both statements; the finding is at the one that allows."""
    at_grant = [
        finding.verdict
        for finding in findings(policy(GRANT, beside), "IAM004")
        if finding.object.startswith("Statement[0]")
    ]
    assert at_grant == ([verdict] if verdict else [])


def test_a_policy_that_is_not_read_excuses_nothing() -> None:
    main = """
variable "other" {}
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_iam_role_policy" "known" {
  role   = aws_iam_role.r.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "s3:*", Resource = "*" }
  ] })
}
resource "aws_iam_role_policy" "other" {
  role   = aws_iam_role.r.name
  policy = var.other
}
"""
    verdicts = {f.address: f.verdict for f in findings({"main.tf": main}, "IAM004")}
    assert verdicts == {"aws_iam_role_policy.known": FAIL, "aws_iam_role_policy.other": UNKNOWN}


def definition(*steps: dict[str, Any]) -> dict[str, str]:
    return {"p.json": json.dumps({"Version": "2020-12-01", "Steps": list(steps)})}


def test_a_step_of_unknown_type_is_undecided_for_every_type() -> None:
    texts = {
        "main.tf": """
variable "kind" {}
resource "aws_sagemaker_pipeline" "p" {
  pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = [
    { Name = "A", Type = var.kind, Arguments = {} }
  ] })
}
"""
    }
    verdicts = found(texts, "NET001", "NET002", "ENC008")
    assert verdicts.keys() >= {"NET001", "NET002"}
    assert set(verdicts.values()) == {UNKNOWN}


def test_steps_that_may_follow_are_undecided_once() -> None:
    texts = {
        "main.tf": """
variable "more" {}
resource "aws_sagemaker_pipeline" "p" {
  pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = var.more })
}
"""
    }
    open_ones = [f for f in findings(texts) if f.verdict is UNKNOWN]
    assert len(open_ones) > 50
    (group,) = undecided(open_ones)
    assert group.because.startswith("var.more")
    assert len(group.rules) == len({f.rule for f in open_ones})


def test_known_steps_are_judged_beside_unknown_ones() -> None:
    assert found(definition({"Name": "T", "Type": "Training", "Arguments": {}}), "NET001") == {
        "NET001": FAIL
    }


def test_dynamic_references_of_cloudformation_are_some_value() -> None:
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "P": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": "sts:AssumeRole",
                                "Resource": "arn:aws:iam::{{resolve:ssm:tools:1}}:role/deploy",
                            }
                        ],
                    }
                },
            }
        },
    }
    assert found({"t.json": json.dumps(template)}, "IAM050", "IAM051") == {}


@pytest.mark.parametrize(
    ("statement", "verdicts"),
    [
        # The policy of a bucket, of a VPC endpoint or of an organisation: it does not say which.
        (
            {"Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
            {"IAM077": UNKNOWN},
        ),
        ({"Principal": "*", "Action": "ecr:BatchGetImage"}, {"IAM077": FAIL}),
        ({"Principal": "*", "Action": "sts:AssumeRole"}, {"IAM062": FAIL}),
        ({"Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}, {}),
    ],
)
def test_a_bare_policy_is_judged_for_what_holds_in_every_kind(
    statement: dict[str, Any], verdicts: dict[str, Verdict]
) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
    assert found({"p.json": text}, "IAM058", "IAM062", "IAM077") == verdicts


def test_a_file_that_a_resource_reads_is_one_policy() -> None:
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
        }
    )
    main = 'resource "aws_iam_policy" "p" {\n  policy = file("policy.json")\n}\n'
    (finding,) = findings({"main.tf": main, "policy.json": text}, "IAM004")
    assert (finding.path, finding.address) == ("policy.json", "aws_iam_policy.p")


def with_parameter(allowed: str) -> dict[str, str]:
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1.2"
    return {
        "main.tf": f"""
variable "a" {{}}
resource "aws_sagemaker_pipeline" "p" {{
  pipeline_definition = jsonencode({{
    Version    = "2020-12-01"
    Parameters = [
      {{ Name = "I", Type = "String", DefaultValue = "{image}", EnumValues = {allowed} }}
    ]
    Steps = [{{ Name = "T", Type = "Training", Arguments = {{
      AlgorithmSpecification = {{ TrainingImage = {{ Get = "Parameters.I" }} }}
    }} }}]
  }})
}}
"""
    }


@pytest.mark.parametrize(
    ("allowed", "verdict"), [("var.a", UNKNOWN), ("[var.a]", UNKNOWN), ('["e:1.2"]', None)]
)
def test_what_a_parameter_may_be_is_not_its_default(allowed: str, verdict: Verdict | None) -> None:
    assert found(with_parameter(allowed), "SUP001").get("SUP001") is verdict


IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8"


@pytest.mark.parametrize(
    ("image", "verdict"),
    [
        (f'"{IMAGE}"', FAIL),
        ("var.a", UNKNOWN),
        ('"763104351884.dkr.ecr.us-east-${var.a}"', UNKNOWN),
        (f'"{IMAGE.replace("us-east-1", "eu-west-1")}"', None),
    ],
)
def test_a_key_does_not_say_by_itself_where_a_job_runs(image: str, verdict: Verdict | None) -> None:
    texts = {
        "main.tf": f"""
variable "a" {{}}
resource "aws_sagemaker_pipeline" "p" {{
  pipeline_definition = jsonencode({{ Version = "2020-12-01", Steps = [{{
    Name = "T", Type = "Training", Arguments = {{
      AlgorithmSpecification = {{ TrainingImage = {image} }}
      OutputDataConfig       = {{ KmsKeyId = "arn:aws:kms:eu-west-1:111122223333:key/abcd-1" }}
    }}
  }}] }})
}}
"""
    }
    assert found(texts, "ENC025").get("ENC025") is verdict


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        ('"arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint"', None),
        ("var.a", UNKNOWN),
        ("aws_lambda_function.report.arn", FAIL),
        ('"arn:aws:lambda:eu-west-1:111122223333:function:report"', FAIL),
    ],
)
def test_a_schedule_that_may_stop_an_endpoint(target: str, verdict: Verdict | None) -> None:
    texts = {
        "main.tf": f"""
variable "a" {{}}
resource "aws_lambda_function" "report" {{
  function_name = "report"
}}
resource "aws_sagemaker_endpoint_configuration" "c" {{
  name = "churn"
  tags = {{ environment = "dev" }}
  production_variants {{
    instance_type          = "ml.m5.xlarge"
    initial_instance_count = 1
  }}
}}
resource "aws_scheduler_schedule" "night" {{
  target {{
    arn      = {target}
    role_arn = "arn:aws:iam::111122223333:role/r"
  }}
}}
"""
    }
    assert found(texts, "COST020").get("COST020") is verdict


@pytest.mark.parametrize(
    ("policies", "verdict"),
    [
        (["AdministratorAccess"], FAIL),
        ([{"Fn::Sub": "Administrator${X}"}], UNKNOWN),
        ([{"Fn::Sub": "Amazon${X}"}], UNKNOWN),
        ([{"Fn::Sub": "MyOwn${X}"}], None),
        (["AWSLambdaBasicExecutionRole"], None),
    ],
)
def test_names_of_policies_that_are_known_in_part(
    policies: list[Any], verdict: Verdict | None
) -> None:
    properties = {"Handler": "a.b", "Runtime": "python3.13", "Policies": policies}
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"X": {"Type": "String"}},
        "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": properties}},
    }
    assert found({"t.json": json.dumps(template)}, "IAM013").get("IAM013") is verdict
