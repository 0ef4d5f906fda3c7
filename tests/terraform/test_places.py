"""A value that several places refer to is placed where each of them writes it."""

from __future__ import annotations

from tests.terraform.reading import document, read

_ROLE = """
resource "aws_iam_role" "r" {
  name = "ml"
}
resource "aws_sagemaker_feature_group" "f" {
  role_arn = aws_iam_role.r.arn
}
resource "aws_sagemaker_pipeline" "p" {
  role_arn = aws_iam_role.r.arn
}
"""


def test_a_computed_attribute_is_placed_at_each_reference() -> None:
    found = read({"main.tf": _ROLE})
    group = document(found, "aws_sagemaker_feature_group.f")
    pipeline = document(found, "aws_sagemaker_pipeline.p")
    assert group.locate(("role_arn",)).span.start_line == 6
    assert pipeline.locate(("role_arn",)).span.start_line == 9


def test_a_configured_attribute_is_placed_where_it_is_written() -> None:
    found = read({"main.tf": _ROLE.replace("r.arn", "r.name")})
    for address in ("aws_sagemaker_feature_group.f", "aws_sagemaker_pipeline.p"):
        assert document(found, address).locate(("role_arn",)).span.start_line == 3
