"""Wildcards of roles replaced by the actions that their pipelines need."""

from __future__ import annotations

import json

import pytest

from linter.policy.selection import Selection
from tests.fixing.test_fix import failures, fixed

WILDCARDS = Selection(("IAM002", "IAM003", "IAM004"))
PIPELINE = """
resource "aws_sagemaker_pipeline" "p" {
  pipeline_name       = "p"
  role_arn            = aws_iam_role.r.arn
  pipeline_definition = jsonencode({
    Version = "2020-12-01"
    Steps = [{
      Name = "T"
      Type = "Training"
      Arguments = {
        RoleArn          = aws_iam_role.r.arn
        OutputDataConfig = { S3OutputPath = "s3://models/churn" }
      }
    }]
  })
}
"""
ROLE = """
resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}
"""
TRAINING = (
    '"sagemaker:AddTags", "sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", '
    '"sagemaker:ListTags", "sagemaker:StopTrainingJob"'
)


def with_policy(text: str) -> dict[str, str]:
    return {"main.tf": ROLE + PIPELINE + text}


def inline(statement: str) -> dict[str, str]:
    return with_policy(
        'resource "aws_iam_role_policy" "p" {\n  role   = aws_iam_role.r.id\n'
        f'  policy = jsonencode({{ Version = "2012-10-17", Statement = [{statement}] }})\n}}\n'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '{ Effect = "Allow", Action = "sagemaker:*", Resource = "*" }',
            f'{{ Effect = "Allow", Action = [{TRAINING}], Resource = "*" }}',
        ),
        (
            '{ Effect = "Allow", Action = ["s3:*"], Resource = "*" }',
            '{ Effect = "Allow", Action = [\n    "s3:AbortMultipartUpload",\n    "s3:GetObject",\n'
            '    "s3:ListBucket",\n    "s3:PutObject",\n  ], Resource = "*" }',
        ),
        (
            '{ Effect = "Allow", Action = ["iam:GetRole", "s3:*"], Resource = "*" }',
            '{ Effect = "Allow", Action = ["iam:GetRole", "s3:AbortMultipartUpload", '
            '"s3:GetObject", "s3:ListBucket", "s3:PutObject"], Resource = "*" }',
        ),
    ],
)
def test_an_inline_policy(before: str, after: str) -> None:
    texts = inline(before)
    result = fixed(texts, WILDCARDS)
    assert result.texts["main.tf"] == texts["main.tf"].replace(before, after)
    assert failures(result.texts, WILDCARDS) == []
    assert fixed(result.texts, WILDCARDS).texts == {}


def test_a_policy_document_keeps_its_lines_and_comments() -> None:
    texts = with_policy(
        """
data "aws_iam_policy_document" "d" {
  statement {
    actions = [
      "iam:GetRole", # for the console
      "s3:*", # too much
    ]
    resources = ["*"]
  }
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = data.aws_iam_policy_document.d.json
}
"""
    )
    result = fixed(texts, WILDCARDS)
    assert result.texts["main.tf"] == texts["main.tf"].replace(
        '      "s3:*", # too much\n',
        '      "s3:AbortMultipartUpload",\n      "s3:GetObject",\n      "s3:ListBucket",\n'
        '      "s3:PutObject", # too much\n',
    )
    assert failures(result.texts, WILDCARDS) == []


def test_json_text_inside_terraform_stays_json() -> None:
    texts = with_policy(
        'resource "aws_iam_role_policy" "p" {\n  role   = aws_iam_role.r.id\n  policy = <<-JSON\n'
        '    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"],'
        ' "Resource": "*"}]}\n  JSON\n}\n'
    )
    result = fixed(texts, WILDCARDS)
    body = result.texts["main.tf"].split("<<-JSON\n")[1].split("  JSON\n")[0]
    assert len(json.loads(body)["Statement"][0]["Action"]) == 4
    assert failures(result.texts, WILDCARDS) == []


TEMPLATE = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - {Effect: Allow, Action: 'sts:AssumeRole', Principal: {Service: sagemaker.amazonaws.com}}
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Action: ACTION
                Resource: '*'
  Pipeline:
    Type: AWS::SageMaker::Pipeline
    Properties:
      PipelineName: p
      RoleArn: !GetAtt Role.Arn
      PipelineDefinition:
        PipelineDefinitionBody: |
          {"Version": "2020-12-01", "Steps": [{"Name": "T", "Type": "Transform", "Arguments": {}}]}
"""
TRANSFORM = [
    f"sagemaker:{name}"
    for name in (
        "AddTags",
        "CreateTransformJob",
        "DescribeTransformJob",
        "ListTags",
        "StopTransformJob",
    )
]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sagemaker:*", json.dumps(TRANSFORM)),
        ("['sagemaker:*']", "[\n" + "".join(f'{" " * 18}"{a}",\n' for a in TRANSFORM)),
        (
            "\n                  - iam:GetRole\n                  - 'sagemaker:*' # too much",
            "\n                  - iam:GetRole\n"
            + "\n".join(f'                  - "{action}"' for action in TRANSFORM)
            + " # too much",
        ),
    ],
)
def test_cloudformation(before: str, after: str) -> None:
    texts = {"template.yaml": TEMPLATE.replace("ACTION", before)}
    result = fixed(texts, WILDCARDS)
    changed = result.texts["template.yaml"]
    assert after.rstrip(",\n") in changed
    assert failures(result.texts, WILDCARDS) == []
    assert fixed(result.texts, WILDCARDS).texts == {}


WILD = inline('{ Effect = "Allow", Action = "sagemaker:*", Resource = "*" }')


def test_the_needs_of_every_pipeline_of_the_role_count() -> None:
    other = PIPELINE.replace('"p"', '"q"').replace('"Training"', '"Processing"')
    result = fixed({"main.tf": WILD["main.tf"] + other}, WILDCARDS)
    for action in ("CreateTrainingJob", "CreateProcessingJob"):
        assert f'"sagemaker:{action}"' in result.texts["main.tf"]


@pytest.mark.parametrize(
    "texts",
    [
        # No pipeline runs with the role.
        {"main.tf": WILD["main.tf"].replace(PIPELINE, "")},
        # The pipeline needs no action of the service.
        inline('{ Effect = "Allow", Action = "dynamodb:*", Resource = "*" }'),
        # Something else uses the role.
        {
            "main.tf": WILD["main.tf"]
            + 'resource "aws_sagemaker_notebook_instance" "n" {\n  name = "n"\n'
            '  instance_type = "ml.t3.medium"\n  role_arn = aws_iam_role.r.arn\n}\n'
        },
    ],
)
def test_what_cannot_be_worked_out_is_no_fix(texts: dict[str, str]) -> None:
    found = failures(texts, WILDCARDS)
    assert found
    assert not any(finding.fixable for finding in found)
    assert fixed(texts, WILDCARDS).texts == {}
