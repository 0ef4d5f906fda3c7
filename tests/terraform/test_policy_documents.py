"""``aws_iam_policy_document`` merges what the provider merges."""

from __future__ import annotations

from typing import Any

from linter.core.values import OpenDict, Rest, Unknown, lookup
from tests.terraform.reading import document, read


def _policy(body: str, more: str = "") -> Any:
    text = f'{more}\ndata "aws_iam_policy_document" "d" {{\n{body}\n}}\n'
    found = document(read(text), "data.aws_iam_policy_document.d")
    return found.embedded[("json",)].value


def _statement(body: str, more: str = "") -> Any:
    return _policy(f"statement {{\n{body}\n}}", more)["Statement"][0]


def test_principals_of_one_type_are_one_list() -> None:
    found = _statement(
        """
        principals {
          type        = "AWS"
          identifiers = ["*"]
        }
        principals {
          type        = "Service"
          identifiers = ["sagemaker.amazonaws.com"]
        }
        principals {
          type        = "AWS"
          identifiers = ["arn:aws:iam::111122223333:role/ci"]
        }
        """
    )
    assert found["Principal"] == {
        "AWS": ["*", "arn:aws:iam::111122223333:role/ci"],
        "Service": "sagemaker.amazonaws.com",
    }


def test_conditions_of_one_test_and_variable_are_one_list() -> None:
    found = _statement(
        """
        condition {
          test     = "StringEquals"
          variable = "aws:SourceAccount"
          values   = ["1"]
        }
        condition {
          test     = "StringEquals"
          variable = "aws:SourceAccount"
          values   = ["2", "3"]
        }
        condition {
          test     = "StringEquals"
          variable = "aws:PrincipalTag/a"
          values   = ["x"]
        }
        """
    )
    assert found["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ["1", "2", "3"], "aws:PrincipalTag/a": "x"}
    }


def test_a_block_that_may_be_there_adds_to_the_list() -> None:
    found = _statement(
        """
        principals {
          type        = "AWS"
          identifiers = ["a"]
        }
        dynamic "principals" {
          for_each = var.more ? ["b"] : []
          content {
            type        = "AWS"
            identifiers = [principals.value]
          }
        }
        dynamic "condition" {
          for_each = var.more ? [1] : []
          content {
            test     = "Bool"
            variable = "aws:SecureTransport"
            values   = ["true"]
          }
        }
        """,
        'variable "more" { type = bool }',
    )
    first, second = found["Principal"]["AWS"]
    assert first == "a"
    assert isinstance(second, Rest)
    assert second.alternatives == ("b",)
    assert isinstance(found["Condition"], OpenDict)
    assert isinstance(lookup(found["Condition"], "Bool"), Unknown)
    assert not lookup(found["Condition"], "StringEquals")


def test_a_type_that_is_not_known_may_be_any() -> None:
    found = _statement(
        """
        principals {
          type        = "AWS"
          identifiers = ["a"]
        }
        principals {
          type        = var.type
          identifiers = ["b"]
        }
        """,
        'variable "type" { type = string }',
    )
    first, more = found["Principal"]["AWS"]
    assert first == "a"
    assert isinstance(more, Rest)
    assert isinstance(lookup(found["Principal"], "Service"), Unknown)


_BASE = """
data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Wide"
    actions   = ["*"]
    resources = ["*"]
  }
  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }
}
variable "given" {}
"""


def test_a_statement_with_the_same_sid_is_replaced() -> None:
    found = _policy(
        """
        source_policy_documents = [data.aws_iam_policy_document.base.json]
        statement {
          sid       = "Wide"
          actions   = ["s3:ListBucket"]
          resources = ["*"]
        }
        """,
        _BASE,
    )
    assert [item["Action"] for item in found["Statement"]] == ["s3:ListBucket", "s3:GetObject"]


def test_what_an_unknown_document_may_replace_is_not_certain() -> None:
    found = _policy(
        """
        source_policy_documents   = [data.aws_iam_policy_document.base.json]
        override_policy_documents = [var.given]
        """,
        _BASE,
    )
    wide, known, more = found["Statement"]
    assert isinstance(wide, Rest)
    assert wide.alternatives[0]["Action"] == "*"
    assert known["Action"] == "s3:GetObject"
    assert isinstance(more, Rest)


def test_what_comes_before_replaces_nothing() -> None:
    found = _policy(
        """
        source_policy_documents = [var.given]
        statement {
          sid       = "Wide"
          actions   = ["*"]
          resources = ["*"]
        }
        """,
        _BASE,
    )
    assert found["Statement"][1]["Action"] == "*"


def test_an_optional_document_is_known_by_its_statements() -> None:
    found = _policy(
        """
        source_policy_documents = concat(
          var.given == "x" ? [data.aws_iam_policy_document.base.json] : [],
        )
        """,
        _BASE,
    )
    (only,) = found["Statement"]
    assert isinstance(only, Rest)
    assert [item["Action"] for item in only.alternatives] == ["*", "s3:GetObject"]
