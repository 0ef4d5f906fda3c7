"""ARNs and ids that follow from what is configured."""

from __future__ import annotations

from typing import Any

import pytest

from linter.core.values import Template, Unknown
from tests.terraform.reading import document, read

_RESOURCES = """\
variable "p" {}
resource "aws_s3_bucket" "b" { bucket = "name" }
resource "aws_s3_bucket" "v" { bucket = "${var.p}-x" }
resource "aws_s3_bucket" "made" { bucket_prefix = "a" }
resource "aws_iam_role" "r" {
  name = "r"
  path = "/ml/"
}
resource "aws_iam_policy" "p" { name = "p" }
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_sagemaker_pipeline" "p" { pipeline_name = "Pipe" }
resource "aws_ecr_repository" "e" { name = "e" }
resource "aws_sqs_queue" "q" {
  count = 2
  name  = "q${count.index}"
}
"""


def _of(expression: str, more: str = "") -> Any:
    result = read(f'{_RESOURCES}{more}\noutput "o" {{ value = {expression} }}\n')
    assert not result.problems
    return document(result, "output.o").value


def _shape(value: Any) -> str:
    assert isinstance(value, Template)
    return "".join(part if isinstance(part, str) else "?" for part in value.parts)


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("aws_s3_bucket.b.arn", "arn:?:s3:::name"),
        ("aws_s3_bucket.v.arn", "arn:?:s3:::?-x"),
        ('"${aws_s3_bucket.b.arn}/*"', "arn:?:s3:::name/*"),
        ("aws_iam_role.r.arn", "arn:?:iam::?:role/ml/r"),
        ("aws_iam_policy.p.arn", "arn:?:iam::?:policy/p"),
        ("aws_iam_policy.p.id", "arn:?:iam::?:policy/p"),
        ("aws_lambda_function.f.arn", "arn:?:lambda:?:?:function:f"),
        ("aws_sagemaker_pipeline.p.arn", "arn:?:sagemaker:?:?:pipeline/pipe"),
        ("aws_sqs_queue.q[1].arn", "arn:?:sqs:?:?:q1"),
    ],
)
def test_arns_are_known_but_for_where_they_are(expression: str, shape: str) -> None:
    assert _shape(_of(expression)) == shape


def test_an_arn_refers_to_its_resource() -> None:
    assert _of("aws_iam_role.r.arn").references == ("aws_iam_role.r.arn",)
    assert _of("aws_s3_bucket.v.arn").references == ("aws_s3_bucket.v.arn", "var.p")
    assert _of("aws_sqs_queue.q[0].arn").references == ("aws_sqs_queue.q[0].arn",)


def test_ids_are_names_where_those_are_known() -> None:
    assert _of("aws_s3_bucket.b.id") == "name"
    assert _of("aws_lambda_function.f.id") == "f"
    for expression in ("aws_s3_bucket.v.id", "aws_s3_bucket.made.id", "aws_s3_bucket.made.arn"):
        found = _of(expression)
        assert isinstance(found, Unknown)
        assert found.references == (expression,)


@pytest.mark.parametrize(
    ("region", "shape"),
    [
        ("eu-west-1", "arn:aws:lambda:eu-west-1:?:function:f"),
        ("cn-north-1", "arn:aws-cn:lambda:cn-north-1:?:function:f"),
        ("us-gov-west-1", "arn:aws-us-gov:lambda:us-gov-west-1:?:function:f"),
    ],
)
def test_the_provider_says_the_region_and_the_partition(region: str, shape: str) -> None:
    provider = f'provider "aws" {{ region = "{region}" }}'
    assert _shape(_of("aws_lambda_function.f.arn", provider)) == shape
    suffix = ".cn" if region.startswith("cn") else ""
    url = _shape(_of("aws_ecr_repository.e.repository_url", provider))
    assert url == f"?.dkr.ecr.{region}.amazonaws.com{suffix}/e"
    assert _of("aws_s3_bucket.b.arn", provider) == f"arn:{shape.split(':')[1]}:s3:::name"


def test_of_several_providers_none_is_believed() -> None:
    both = 'provider "aws" {\n  region = "eu-west-1"\n}\nprovider "aws" {}\n'
    assert _shape(_of("aws_s3_bucket.b.arn", both)) == "arn:?:s3:::name"
    other = 'provider "aws" {\n  alias  = "x"\n  region = "eu-west-1"\n}\n'
    assert _shape(_of("aws_s3_bucket.b.arn", other)) == "arn:?:s3:::name"
