"""REL017: environments and the places of their artifacts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.policy.model import Severity, Verdict
from linter.project.environments import environments_in, names_environment
from linter.project.load import load_texts
from tests.rules.judging import findings, verdict

RULE = "REL017"


def pipeline(uri: Any, name: str = "churn") -> str:
    output = json.dumps({"OutputDataConfig": {"S3OutputPath": uri}}) if uri else "{}"
    return f"""
resource "aws_sagemaker_pipeline" "churn" {{
  pipeline_name       = "{name}"
  pipeline_definition = jsonencode({{ Version = "2020-12-01", Steps = [
    {{ Name = "Train", Type = "Training", Arguments = {output} }}
  ] }})
}}
"""


def roots(dev: str, prod: str) -> Any:
    return load_texts({"envs/dev/main.tf": dev, "envs/prod/main.tf": prod})


@pytest.mark.parametrize(
    ("dev", "prod"),
    [
        ("s3://ml/churn", "s3://ml/churn"),
        ("s3://ml/churn/", "s3://ml/churn"),
        ("s3://ml/churn/models", "s3://ml/churn"),
    ],
)
def test_one_folder_of_two_environments(dev: str, prod: str) -> None:
    found = findings(RULE, roots(pipeline(dev), pipeline(prod)))
    assert Severity.MEDIUM in {finding.severity for finding in found}


@pytest.mark.parametrize(
    ("dev", "prod"),
    [
        ("s3://ml/dev/churn", "s3://ml/prod/churn"),
        ("s3://ml-dev/churn", "s3://ml-prod/churn"),
        ("", ""),
    ],
)
def test_a_folder_or_a_bucket_for_each(dev: str, prod: str) -> None:
    assert verdict(RULE, roots(pipeline(dev), pipeline(prod))) is Verdict.PASS


def test_a_place_of_one_environment_without_its_name_is_minor() -> None:
    found = findings(RULE, roots(pipeline("s3://ml/a"), pipeline("s3://ml/b")))
    assert [finding.severity for finding in found] == [Severity.LOW, Severity.LOW]


def test_one_environment_is_none() -> None:
    alone = load_texts({"envs/prod/main.tf": pipeline("s3://ml/churn")})
    assert verdict(RULE, alone) is Verdict.PASS
    two_of_one = load_texts(
        {
            "envs/prod/main.tf": pipeline("s3://ml/a"),
            "live/production/main.tf": pipeline("s3://ml/a"),
        }
    )
    assert verdict(RULE, two_of_one) is Verdict.PASS


def tagged(environment: str) -> str:
    tags = f'default_tags {{\n tags = {{ Environment = "{environment}" }}\n }}'
    return pipeline("s3://ml/churn") + f'provider "aws" {{\n {tags}\n}}\n'


def test_tags_say_it_where_folders_do_not() -> None:
    project = load_texts({"a/main.tf": tagged("dev"), "b/main.tf": tagged("prod")})
    assert {finding.severity for finding in findings(RULE, project)} == {Severity.MEDIUM}


@pytest.mark.parametrize(
    "bucket",
    [
        "",
        'bucket_prefix = "ml-"',
        'bucket = "ml-${var.env}"',
        'bucket = "ml-${data.aws_caller_identity.me.account_id}"',
        'bucket = "ml-${random_id.suffix.hex}"',
    ],
)
def test_buckets_that_each_environment_has(bucket: str) -> None:
    text = f"""
variable "env" {{ type = string }}
data "aws_caller_identity" "me" {{}}
resource "random_id" "suffix" {{ byte_length = 4 }}
resource "aws_s3_bucket" "models" {{
  {bucket}
}}
""" + pipeline("s3://${aws_s3_bucket.models.bucket}/churn")
    assert verdict(RULE, load_texts({"main.tf": text})) is Verdict.PASS


def test_one_bucket_for_all_environments_is_found() -> None:
    text = 'variable "env" { type = string }\n' + pipeline("s3://ml/churn")
    (found,) = findings(RULE, load_texts({"main.tf": text}))
    assert found.severity is Severity.LOW


def test_names_of_environments() -> None:
    assert environments_in("ml-Production-artifacts") == {"prod"}
    assert environments_in("nonprod") == {"nonprod"}
    assert environments_in("device-products") == frozenset()
    assert environments_in("blue", ["blue"]) == {"blue"}
    assert names_environment("var.environment")
    assert names_environment("Parameters.DeployEnvironment")
    assert not names_environment("var.environment_variables")
    assert not names_environment("aws_s3_bucket.staged.id")
