"""ENC027, ENC028, ENC002, ENC031: what is known of the buckets that pipelines use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.policy.model import Verdict
from linter.project.load import load_texts
from tests.rules.judging import terraform, verdict

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
HTTP = 'Condition = { Bool = { "aws:SecureTransport" = "false" } }'
OBJECTS = 'Resource = "${aws_s3_bucket.art.arn}/*"'


def main(rest: str, location: str = "s3://${aws_s3_bucket.art.bucket}/models") -> str:
    return f"""
variable "x" {{}}
data "aws_partition" "here" {{}}
resource "aws_iam_role" "one" {{
  assume_role_policy = "{{}}"
}}
resource "aws_s3_bucket" "art" {{
  bucket = "churn-artifacts"
}}
resource "aws_sagemaker_pipeline" "p" {{
  pipeline_definition = jsonencode({{ Version = "2020-12-01", Steps = [{{
    Name = "S", Type = "Training", Arguments = {{
      OutputDataConfig = {{ S3OutputPath = "{location}" }}
    }}
  }}] }})
}}
{rest}
"""


def policy(*statements: str) -> str:
    return main(f"""
resource "aws_s3_bucket_policy" "p" {{
  bucket = aws_s3_bucket.art.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{", ".join(statements)}] }})
}}
""")


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([f'Effect = "Deny", Principal = "*", Action = "s3:*", {OBJECTS}, {HTTP}'], PASS),
        ([f'Effect = "Deny", Principal = "*", Action = "*", Resource = "*", {HTTP}'], PASS),
        # Who, what, and which objects: all of them.
        (
            [
                f'Effect = "Deny", Principal = {{ AWS = aws_iam_role.one.arn }}, Action = "s3:*", '
                f"{OBJECTS}, {HTTP}"
            ],
            FAIL,
        ),
        (
            [
                f'Effect = "Deny", NotPrincipal = {{ AWS = aws_iam_role.one.arn }}, '
                f'Action = "s3:*", {OBJECTS}, {HTTP}'
            ],
            PASS,
        ),
        ([f'Effect = "Deny", Principal = "*", Action = "s3:PutObject", {OBJECTS}, {HTTP}'], FAIL),
        (
            [
                f'Effect = "Deny", Principal = "*", Action = "s3:PutObject", {OBJECTS}, {HTTP}',
                f'Effect = "Deny", Principal = "*", Action = "s3:Get*", {OBJECTS}, {HTTP}',
            ],
            PASS,
        ),
        (
            [
                f'Effect = "Deny", Principal = "*", Action = "s3:*", '
                f"Resource = aws_s3_bucket.art.arn, {HTTP}"
            ],
            FAIL,
        ),
        (
            [
                f'Effect = "Deny", Principal = "*", Action = "s3:*", '
                f'Resource = "arn:${{data.aws_partition.here.partition}}:s3:::churn-artifacts/*", '
                f"{HTTP}"
            ],
            PASS,
        ),
        (
            [
                f'Effect = "Deny", Principal = "*", Action = "s3:*", '
                f'Resource = "arn:aws:s3:::another/*", {HTTP}'
            ],
            FAIL,
        ),
        ([f'Effect = "Deny", Principal = "*", Action = "s3:*", Resource = var.x, {HTTP}'], UNKNOWN),
        ([f'Effect = var.x, Principal = "*", Action = "s3:*", {OBJECTS}, {HTTP}'], UNKNOWN),
        ([f'Effect = "Deny", Principal = var.x, Action = "s3:*", {OBJECTS}, {HTTP}'], UNKNOWN),
        ([f'Effect = "Allow", Principal = "*", Action = "s3:*", {OBJECTS}, {HTTP}'], FAIL),
    ],
)
def test_plain_http_is_denied_to_everybody(statements: list[str], expected: Verdict) -> None:
    text = policy(*(f"{{ {statement} }}" for statement in statements))
    assert verdict("ENC028", terraform(text)) is expected


def template(**more: Any) -> Any:
    body = {
        "Version": "2020-12-01",
        "Steps": [
            {
                "Name": "S",
                "Type": "Training",
                "Arguments": {
                    "OutputDataConfig": {"S3OutputPath": "s3://${Art}/models"},
                    "CheckpointConfig": {"S3Uri": "s3://${Art}/checkpoints"},
                },
            }
        ],
    }
    resources = {
        "Art": {"Type": "AWS::S3::Bucket", "Properties": more},
        "P": {
            "Type": "AWS::SageMaker::Pipeline",
            "Properties": {
                "PipelineName": "p",
                "RoleArn": "arn:aws:iam::111122223333:role/r",
                "PipelineDefinition": {"PipelineDefinitionBody": {"Fn::Sub": json.dumps(body)}},
            },
        },
    }
    parameters = {"X": {"Type": "String"}}
    return load_texts({"t.json": json.dumps({"Parameters": parameters, "Resources": resources})})


def encryption(**default: Any) -> Any:
    rule = {"ServerSideEncryptionByDefault": default}
    return {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}


@pytest.mark.parametrize(
    ("properties", "kms", "own"),
    [
        ({}, FAIL, FAIL),
        (encryption(SSEAlgorithm="AES256"), FAIL, FAIL),
        (encryption(SSEAlgorithm="aws:kms"), PASS, FAIL),
        (encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID="alias/mine"), PASS, PASS),
        (encryption(SSEAlgorithm={"Ref": "X"}), UNKNOWN, UNKNOWN),
        ({"BucketEncryption": {"Ref": "X"}}, UNKNOWN, UNKNOWN),
    ],
)
def test_buckets_of_a_template(properties: Any, kms: Verdict, own: Verdict) -> None:
    project = template(**properties)
    assert verdict("ENC027", project) is kms
    assert verdict("ENC031", project) is own
    assert verdict("ENC028", project) is FAIL


KEY = """
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.art.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = "alias/mine"
    }
  }
}
"""


@pytest.mark.parametrize(
    ("location", "configured", "expected"),
    [
        ("s3://churn-artifacts/models", KEY, PASS),
        ("s3://another/models", KEY, FAIL),
        # It may lead to a bucket that encrypts with a key, where there is one.
        ("s3://${var.x}/models", KEY, UNKNOWN),
        ("s3://churn-${var.x}/models", KEY, UNKNOWN),
        ("s3://other-${var.x}/models", KEY, FAIL),
        ("s3://${var.x}/models", "", FAIL),
    ],
)
def test_a_place_that_is_not_known(location: str, configured: str, expected: Verdict) -> None:
    assert verdict("ENC002", terraform(main(configured, location))) is expected
