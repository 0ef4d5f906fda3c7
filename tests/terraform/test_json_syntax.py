"""Terraform's JSON syntax: types, literal defaults, comments, blocks in every form, places."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.core.documents import ReadResult
from tests.terraform.reading import document, read


def _read(value: Any, indent: int | None = 2) -> ReadResult:
    return read({"main.tf.json": json.dumps(value, indent=indent)})


@pytest.mark.parametrize(
    ("of", "default", "expected"),
    [
        ("string", 1, "1"),
        ("${string}", 1, "1"),
        ("list(string)", [1, True], ["1", "true"]),
        ("map(object({a=string}))", {"k": {"a": "b", "c": 1}}, {"k": {"a": "b"}}),
        ("object({ a = optional(number, 3) })", {}, {"a": 3}),
        ("any", {"a": [1]}, {"a": [1]}),
    ],
)
def test_types_are_written_as_text(of: str, default: Any, expected: Any) -> None:
    result = _read({"variable": {"v": {"type": of, "default": default}}})
    if of.startswith("$"):
        assert result.problems  # only a keyword or a constructor is a type
        return
    assert not result.problems
    assert document(result, "var.v").value == expected


def test_a_default_is_literal() -> None:
    text = '${upper("x")} and %{if true}y%{endif}'
    result = _read({"variable": {"v": {"default": text}}, "output": {"o": {"value": text}}})
    assert document(result, "var.v").value == text
    assert document(result, "output.o").value == "X and y"


_TEXT = """\
{
  "resource": {"aws_iam_policy": {"p": {
    "//": "a comment",
    "name": "\\u0041 ${upper(\\"b\\")}",
    "policy": "${jsonencode({\\"Statement\\": [{\\"Action\\": \\"s3:*\\"}]})}",
    "description": "\\ud83d\\ude00 ${missing.x} \\"q\\""
  }}}
}
"""


def test_expressions_behind_escapes_have_their_own_place() -> None:
    result = read({"main.tf.json": _TEXT})
    policy = document(result, "aws_iam_policy.p").embedded[("policy",)]
    span = policy.locator.locate(("Statement", 0, "Action")).span
    line = _TEXT.splitlines()[span.start_line - 1]
    assert line[span.start_column - 1 : span.end_column - 1] == '\\"s3:*\\"'
    (problem,) = result.problems
    line = _TEXT.splitlines()[problem.span.start_line - 1]
    assert line[problem.span.start_column - 1 : problem.span.end_column - 1] == "missing.x"


def test_a_place_inside_a_json_string_is_inside_its_block() -> None:
    result = read({"main.tf.json": _TEXT})
    assert document(result, "aws_iam_policy.p").locate(("name",)).related == ()
    assert document(result, "aws_iam_policy.p").value["name"] == "A B"


def test_blocks_stand_alone_or_in_lists() -> None:
    statement = {"//": "c", "actions": ["s3:*"], "resources": ["*"]}
    both: list[Any] = [statement, [statement]]
    for written in both:
        result = _read(
            {
                "//": "generated",
                "data": [{"aws_iam_policy_document": {"d": [{"statement": written}]}}],
            }
        )
        assert not result.problems
        found = document(result, "data.aws_iam_policy_document.d")
        assert found.embedded[("json",)].value["Statement"] == [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        ]


@pytest.mark.parametrize("in_list", [False, True])
def test_dynamic_blocks(in_list: bool) -> None:
    def block(action: str) -> Any:
        body = {
            "for_each": ["a", "b"],
            "content": {"actions": [action], "resources": ["${statement.value}"]},
        }
        return [body] if in_list else body

    result = _read(
        {"data": {"aws_iam_policy_document": {"d": {"dynamic": {"statement": block("s3:*")}}}}}
    )
    assert not result.problems
    found = document(result, "data.aws_iam_policy_document.d").embedded[("json",)].value
    assert [item["Resource"] for item in found["Statement"]] == ["a", "b"]


def test_the_environment_of_a_container_is_a_map_and_of_a_function_a_block() -> None:
    result = _read(
        {
            "resource": {
                "aws_sagemaker_model": {"m": {"primary_container": {"environment": {"A": "1"}}}},
                "aws_lambda_function": {"f": {"environment": {"variables": {"A": "1"}}}},
            }
        }
    )
    model = document(result, "aws_sagemaker_model.m").value
    assert model["primary_container"][0]["environment"] == {"A": "1"}
    function = document(result, "aws_lambda_function.f").value
    assert function["environment"] == [{"variables": {"A": "1"}}]
