"""What a bucket encrypts by default counts for every rule about keys of what is stored in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.policy.engine import lint
from linter.policy.registry import load_rules
from linter.project.load import load_texts

BUCKET = """\
resource "aws_s3_bucket" "b" {
  bucket = "artifacts"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "%s"
      kms_master_key_id = %s
    }
  }
}
"""
UNDER = "s3://artifacts/x"
STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "ENC002": ("Training", {"OutputDataConfig": {"S3OutputPath": UNDER}}),
    "ENC004": (
        "Processing",
        {"ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": UNDER}}]}},
    ),
    "ENC005": ("Transform", {"TransformOutput": {"S3OutputPath": UNDER}}),
    "ENC006": (
        "Tuning",
        {"TrainingJobDefinition": {"OutputDataConfig": {"S3OutputPath": UNDER}}},
    ),
    "ENC007": (
        "AutoML",
        {
            "OutputDataConfig": {"S3OutputPath": UNDER},
            "AutoMLJobConfig": {"SecurityConfig": {"VolumeKmsKeyId": "k"}},
        },
    ),
    "ENC010": (
        "QualityCheck",
        {"ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": UNDER}}]}},
    ),
    "ENC012": (
        "EndpointConfig",
        {"DataCaptureConfig": {"EnableCapture": True, "DestinationS3Uri": UNDER}},
    ),
}
RESOURCES = {
    "ENC012": """
resource "aws_sagemaker_endpoint_configuration" "r" {
  data_capture_config {
    enable_capture     = true
    destination_s3_uri = "s3://${aws_s3_bucket.b.id}/x"
  }
}
""",
    "ENC013": """
resource "aws_sagemaker_endpoint_configuration" "r" {
  async_inference_config {
    output_config {
      s3_output_path = "s3://${aws_s3_bucket.b.id}/x"
    }
  }
}
""",
    "ENC016": """
resource "aws_sagemaker_feature_group" "r" {
  offline_store_config {
    s3_storage_config {
      s3_uri = "s3://${aws_s3_bucket.b.id}/x"
    }
  }
}
""",
    "ENC022": """
resource "aws_sagemaker_flow_definition" "r" {
  output_config {
    s3_output_path = "s3://${aws_s3_bucket.b.id}/x"
  }
}
""",
}
DEFAULTS = [
    ("aws:kms", '"alias/ml"', []),
    ("aws:kms:dsse", '"arn:aws:kms:us-east-1:111122223333:key/k"', []),
    ("aws:kms", "null", ["fail"]),
    ("aws:kms", '"alias/aws/s3"', ["fail"]),
    ("AES256", "null", ["fail"]),
]


def verdicts(rule: str, files: dict[str, str]) -> list[str]:
    result = lint(load_texts(files), [r for r in load_rules().rules if r.id == rule])
    assert not result.crashes
    return [finding.verdict.value for finding in result.findings]


def definition(rule: str, place: str = UNDER) -> str:
    kind, arguments = STEPS[rule]
    step = {"Name": "S", "Type": kind, "Arguments": arguments}
    text = json.dumps({"Version": "2020-12-01", "Steps": [step]})
    return text.replace(UNDER, place)


@pytest.mark.parametrize("rule", STEPS)
@pytest.mark.parametrize(("algorithm", "key", "expected"), DEFAULTS)
def test_of_steps(rule: str, algorithm: str, key: str, expected: list[str]) -> None:
    files = {"main.tf": BUCKET % (algorithm, key), "p.json": definition(rule)}
    assert verdicts(rule, files) == expected


@pytest.mark.parametrize("rule", RESOURCES)
@pytest.mark.parametrize(("algorithm", "key", "expected"), DEFAULTS)
def test_of_resources(rule: str, algorithm: str, key: str, expected: list[str]) -> None:
    assert verdicts(rule, {"main.tf": BUCKET % (algorithm, key) + RESOURCES[rule]}) == expected


@pytest.mark.parametrize("rule", STEPS)
def test_another_bucket_counts_for_nothing(rule: str) -> None:
    files = {
        "main.tf": BUCKET % ("aws:kms", '"alias/ml"'),
        "p.json": definition(rule, "s3://artifacts-of-others/x"),
    }
    assert verdicts(rule, files) == ["fail"]


@pytest.mark.parametrize("rule", STEPS)
def test_a_default_that_is_not_known_decides_nothing(rule: str) -> None:
    text = BUCKET.replace('"%s"', "var.algorithm", 1) % '"alias/ml"'
    files = {"main.tf": f'variable "algorithm" {{}}\n{text}', "p.json": definition(rule)}
    assert verdicts(rule, files) == ["unknown"]


@pytest.mark.parametrize(("key", "expected"), [("alias/ml", []), ("alias/aws/s3", ["fail"])])
def test_of_cloudformation(key: str, expected: list[str]) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ServerSideEncryptionByDefault": default}]
    bucket = {
        "BucketName": "artifacts",
        "BucketEncryption": {"ServerSideEncryptionConfiguration": rules},
    }
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": bucket}}}
    files = {"t.json": json.dumps(template), "p.json": definition("ENC002")}
    assert verdicts("ENC002", files) == expected


def test_one_of_two_outputs_in_a_bucket_without_a_key() -> None:
    outputs = [{"S3Output": {"S3Uri": uri}} for uri in (UNDER, "s3://elsewhere/x")]
    step = {
        "Name": "S",
        "Type": "Processing",
        "Arguments": {"ProcessingOutputConfig": {"Outputs": outputs}},
    }
    files = {
        "main.tf": BUCKET % ("aws:kms", '"alias/ml"'),
        "p.json": json.dumps({"Version": "2020-12-01", "Steps": [step]}),
    }
    assert verdicts("ENC004", files) == ["fail"]
