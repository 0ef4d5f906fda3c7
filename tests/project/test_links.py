"""A link holds whatever the name is, and by whatever way it is reached."""

from __future__ import annotations

import pytest

from linter.project.buckets import used_buckets
from linter.project.load import load_texts
from pricing.standing import standing_of
from tests.pricing.helpers import book, report

NAMES = {
    "known": '"b-art"',
    "in part": '"${var.p}-art"',
    "unknown": "var.p",
    "one of two": 'var.on ? "aa" : "bb"',
    "made by the provider": "null",
    "another resource's": '"x-${random_id.r.hex}"',
}
WAYS = {
    "id": "s3://${aws_s3_bucket.b.id}/o",
    "bucket": "s3://${aws_s3_bucket.b.bucket}/o",
    "arn": 's3://${element(split(":::", aws_s3_bucket.b.arn), 1)}/o',
    "local": "s3://${local.name}/o",
    "splat": "s3://${one(aws_s3_bucket.b[*].bucket)}/o",
    "try": 's3://${try(aws_s3_bucket.b.id, "")}/o',
    "values": "s3://${values({ a = aws_s3_bucket.b })[0].bucket}/o",
    "for": "s3://${[for b in [aws_s3_bucket.b] : b.id][0]}/o",
    "module": "${module.m.uri}",
}


def _pipeline(location: str) -> str:
    return f"""
resource "aws_sagemaker_pipeline" "p" {{
  pipeline_name       = "p"
  role_arn            = "arn:aws:iam::111122223333:role/x"
  pipeline_definition = jsonencode({{ Version = "2020-12-01", Steps = [{{
    Name = "T", Type = "Training"
    Arguments = {{ OutputDataConfig = {{ S3OutputPath = {location} }} }} }}] }})
}}
"""


def _used(name: str, location: str) -> list[tuple[str, bool]]:
    project = load_texts(
        {
            "main.tf": f"""
variable "p" {{}}
variable "on" {{ type = bool }}
resource "random_id" "r" {{ byte_length = 4 }}
locals {{ name = aws_s3_bucket.b.id }}
resource "aws_s3_bucket" "b" {{ bucket = {name} }}
resource "aws_s3_bucket" "other" {{ bucket = "other" }}
module "m" {{
  source = "./m"
  b      = aws_s3_bucket.b.id
}}
{_pipeline(location)}""",
            "m/main.tf": 'variable "b" {}\noutput "uri" { value = "s3://${var.b}/o" }\n',
        }
    )
    assert not project.problems
    return [(used.document.address, used.certain) for used in used_buckets(project)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_a_bucket_is_found_by_reference(name: str, way: str) -> None:
    assert _used(NAMES[name], f'"{WAYS[way]}"') == [("aws_s3_bucket.b", True)]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_made_of_a_buckets_is_another_one(name: str) -> None:
    assert _used(NAMES[name], '"s3://${aws_s3_bucket.b.id}-logs/o"') == []


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ('var.on ? "s3://b/o" : "s3://other/o"', {"aws_s3_bucket.b", "aws_s3_bucket.other"}),
        ('"s3://${var.on ? "b" : "other"}/o"', {"aws_s3_bucket.b", "aws_s3_bucket.other"}),
        ('var.on ? "s3://b/o" : "s3://elsewhere/o"', {"aws_s3_bucket.b"}),
        ('var.on ? "s3://b/o" : null', {"aws_s3_bucket.b"}),
    ],
)
def test_one_of_several_locations_is_not_certain(location: str, expected: set[str]) -> None:
    used = _used('"b"', location)
    assert dict(used) == dict.fromkeys(expected, False)


def _endpoint(name: str) -> tuple[int, int, str]:
    project = load_texts(
        {
            "main.tf": f"""
variable "on" {{ type = bool }}
variable "k" {{}}
resource "aws_sagemaker_endpoint_configuration" "c" {{
  for_each = {{ a = 1, b = 3 }}
  name     = "cfg-${{each.key}}"
  production_variants {{
    model_name             = "m"
    instance_type          = "ml.m5.xlarge"
    initial_instance_count = each.value
  }}
}}
resource "aws_sagemaker_endpoint" "e" {{
  name                 = "e"
  endpoint_config_name = {name}
}}
"""
        }
    )
    priced = report(standing=standing_of(project, []), prices=book()).standing
    (row,) = [row for row in priced if row.kind == "endpoint"]
    return int(row.usd_per_month.low), int(row.usd_per_month.high), row.unpriced


@pytest.mark.parametrize(
    ("name", "low", "high", "said"),
    [
        ('"cfg-${var.on ? "a" : "b"}"', 167, 503, ""),
        ('var.on ? "cfg-a" : "cfg-b"', 167, 503, ""),
        ('var.on ? "cfg-b" : "elsewhere"', 0, 503, "is not in the scan"),
        (
            'var.on ? aws_sagemaker_endpoint_configuration.c["b"].name : "elsewhere"',
            0,
            503,
            "is not in the scan",
        ),
        ('"elsewhere"', 0, 0, "is not in the scan"),
        ('"cfg-${var.k}"', 0, 0, "is not known: var.k"),
        ("var.k", 0, 0, "is not known: var.k"),
    ],
)
def test_an_endpoint_of_one_of_several_configurations(
    name: str, low: int, high: int, said: str
) -> None:
    found = _endpoint(name)
    assert found[:2] == (low, high)
    assert said in found[2] and bool(said) == bool(found[2])
