"""One of a few values: what is made of it is one of a few values again."""

from __future__ import annotations

from typing import Any

import pytest

from linter.core.values import MISSING, OpenDict, PossibleKeys, Rest, Unknown, lookup
from linter.readers.terraform.cty.value import plain
from linter.readers.terraform.evaluate import evaluate_expression
from tests.terraform.reading import document, read

_UNKNOWN = {name: Unknown(f"var.{name} has no default", (f"var.{name}",)) for name in "bnsl"}


def _of(expression: str) -> Any:
    return plain(evaluate_expression(expression, _UNKNOWN))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('{ dev = "a", prod = "b" }[var.s]', {"a", "b"}),
        ('lookup({ dev = "a", prod = "b" }, var.s, "c")', {"a", "b", "c"}),
        ('["a", "b"][var.n]', {"a", "b"}),
        ('element(["a", "b"], var.n)', {"a", "b"}),
        ('upper({ dev = "a", prod = "b" }[var.s])', {"A", "B"}),
        ("tostring(var.b ? 1 : 2)", {"1", "2"}),
        ("-(var.b ? 1 : 2)", {-1, -2}),
        ("(var.b ? 1 : 2) + 1", {2, 3}),
        ("length(var.b ? [1] : [1, 2])", {1, 2}),
        ('{ a = "x", b = "y" }["${var.b ? "a" : "b"}"]', {"x", "y"}),
        ('(var.b ? { k = "x" } : { k = "y", z = 1 }).k', {"x", "y"}),
        ("var.b ? (var.s == 1 ? 1 : 2) : 3", {1, 2, 3}),
        ('jsondecode(var.b ? "1" : "2")', {1, 2}),
        ('join(".", ["ml", var.b ? "m5" : "c5", "xlarge"])', {"ml.m5.xlarge", "ml.c5.xlarge"}),
        ('try({ dev = "a", prod = "b" }[var.s], "c")', {"a", "b", "c"}),
        ('try({ dev = { t = "a" }, prod = { t = "b" } }[var.s].t, "c", "d")', {"a", "b", "c"}),
        ('try({ dev = "a" }[var.s], [][0], "c")', {"a", "c"}),
        ('try(["a", "b"][var.n], null)', {"a", "b", None}),
        ('formatlist("%s-%s", ["a"], [var.b ? 1 : 2])[0]', {"a-1", "a-2"}),
        ("jsondecode(jsonencode({ dev = 1, prod = 2 }[var.s]))", {1, 2}),
    ],
)
def test_what_it_may_be(expression: str, expected: set[Any]) -> None:
    found = _of(expression)
    assert isinstance(found, Unknown)
    assert set(found.alternatives) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('{ dev = "a", prod = "a" }[var.s]', "a"),
        ('(var.b ? "dev" : "prod") == "stage"', False),
        ('startswith(var.b ? "ab" : "ac", "a")', True),
        # With "x" Terraform would stop.
        ('tonumber(var.b ? "x" : "2")', 2),
        ('(var.b ? "x" : null)[*] == ["y"]', False),
        ('try({ dev = "a", prod = "a" }[var.s], "a")', "a"),
        ('join("-", ["a"], [var.b ? "b" : null, "c"])', "a-b-c"),
    ],
)
def test_where_all_agree_it_is_certain(expression: str, expected: Any) -> None:
    assert _of(expression) == expected


def test_a_null_makes_no_element() -> None:
    assert set(map(len, _of('(var.b ? "x" : null)[*]').alternatives)) == {0, 1}


def test_a_map_that_is_open_gives_no_alternatives() -> None:
    found = _of('merge({ a = "x" }, var.l)[var.s]')
    assert isinstance(found, Unknown)
    assert not found.alternatives


def test_more_than_a_few_are_not_kept() -> None:
    many = ", ".join(f"k{n} = {n}" for n in range(100))
    assert not _of(f"{{ {many} }}[var.s]").alternatives


def test_merge_changes_only_keys_that_the_other_map_can_hold() -> None:
    found = _of("merge({ a = 1, b = 2 }, var.b ? { b = 3, c = 4 } : {}, { d = 5 })")
    assert isinstance(found, OpenDict)
    assert (found["a"], found["d"]) == (1, 5)
    assert set(found["b"].alternatives) == {2, 3}
    assert lookup(found, "c").alternatives == (4, None)
    assert lookup(found, "e") is MISSING


def test_merge_with_null_is_merge_with_nothing() -> None:
    found = _of("merge({ a = 1 }, var.b ? { b = 2 } : null)")
    assert found["a"] == 1
    assert lookup(found, "b").alternatives == (2, None)
    assert lookup(found, "c") is MISSING


def test_a_later_map_that_is_certain_wins() -> None:
    assert _of("merge(var.b ? { a = 1 } : {}, { a = 2 })") == {"a": 2}


def test_an_optional_element_leaves_the_others_in_place() -> None:
    found = _of('concat(["a"], var.b ? ["x"] : [], ["z"])')
    assert (found[0], found[-1]) == ("a", "z")
    assert isinstance(found[1], Rest)
    assert found[1].alternatives == ("x",)


@pytest.mark.parametrize(
    "expression", ['try(var.s, "c")', 'try(var.s.type, "c")', 'try({ dev = "a" }[var.s], var.n)']
)
def test_where_an_attempt_may_give_anything_it_is_not_known(expression: str) -> None:
    found = _of(expression)
    assert isinstance(found, Unknown)
    assert not found.alternatives


@pytest.mark.parametrize(
    "expression",
    [
        '[for k in var.l : { Action = "s3:*", Resource = k }]',
        'concat([for k in var.l : { Action = "s3:*", Resource = k } if k != "x"], [])',
        'flatten([[for k in var.l : { Action = "s3:*", Resource = k }]])',
        'flatten([for k in var.l : [{ Action = "s3:*", Resource = k }]])',
        'jsondecode(jsonencode([for k in var.l : { Action = "s3:*", Resource = k }]))',
    ],
)
def test_the_shape_of_a_loop_over_something_unknown_is_known(expression: str) -> None:
    (only,) = _of(expression)
    assert isinstance(only, Rest)
    (made,) = only.alternatives
    assert made["Action"] == "s3:*"
    assert isinstance(made["Resource"], Unknown)
    assert only.references == ("var.l",)


def test_formatlist_over_something_unknown() -> None:
    (only,) = _of('formatlist("arn:aws:s3:::%s/*", var.l)')
    assert isinstance(only, Rest)
    assert only.alternatives[0].prefix == "arn:aws:s3:::"


def test_a_loop_that_cannot_be_evaluated_without_its_elements_is_unknown() -> None:
    found = _of("[for k in var.l : k + 1]")
    assert isinstance(found, list)
    assert isinstance(found[0], Rest)


@pytest.mark.parametrize(
    "expression",
    [
        'can(provider::aws::arn_parse("x"))',
        'can(base64gzip("x"))',
        'try(provider::aws::arn_parse("x"), "y")',
    ],
)
def test_what_was_not_evaluated_may_fail(expression: str) -> None:
    assert isinstance(_of(expression), Unknown)


_WORKSPACE = """\
locals {
  type = { dev = "ml.t3.medium", prod = "ml.p4d.24xlarge" }
}
output "type" { value = local.type[terraform.workspace] }
output "count" { value = terraform.workspace == "prod" ? 2 : 1 }
"""


def test_the_workspace_is_not_known() -> None:
    result = read(_WORKSPACE)
    found = document(result, "output.type").value
    assert set(found.alternatives) == {"ml.t3.medium", "ml.p4d.24xlarge"}
    assert found.references == ("terraform.workspace",)
    assert set(document(result, "output.count").value.alternatives) == {1, 2}


def test_a_workspace_that_is_given_is_known() -> None:
    result = read(_WORKSPACE, workspace="prod")
    assert document(result, "output.type").value == "ml.p4d.24xlarge"
    assert document(result, "output.count").value == 2


_POLICIES = """\
variable "b" { type = bool }
variable "l" { type = list(string) }
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }
  dynamic "statement" {
    for_each = var.l
    content {
      actions   = ["s3:*"]
      resources = [statement.value]
    }
  }
  dynamic "statement" {
    for_each = var.b ? [1] : []
    content {
      actions   = ["iam:*"]
      resources = ["*"]
    }
  }
}
resource "aws_iam_role_policy" "p" {
  role = "r"
  policy = jsonencode(merge({ Version = "2012-10-17" }, { Statement = concat(
    [{ Effect = "Allow", Action = "*", Resource = "*" }],
    var.b ? [{ Effect = "Deny", Action = "iam:*", Resource = "*" }] : [],
  ) }))
}
resource "aws_iam_role_policy" "q" {
  role   = "r"
  policy = var.b ? jsonencode({ Version = "2012-10-17", Statement = [] }) : <<-EOT
    {"Version": "2012-10-17", "Id": "x", "Statement": []}
  EOT
}
"""


def test_dynamic_blocks_that_may_be() -> None:
    result = read(_POLICIES)
    data = document(result, "data.aws_iam_policy_document.d")
    first, second, third = data.embedded[("json",)].value["Statement"]
    assert first["Action"] == "s3:GetObject"
    assert isinstance(second, Rest)
    assert second.alternatives[0]["Action"] == "s3:*"
    assert isinstance(third, Rest)
    assert third.alternatives[0]["Action"] == "iam:*"
    assert not result.problems


def test_a_document_in_parts_and_one_of_two_documents() -> None:
    result = read(_POLICIES)
    policy = document(result, "aws_iam_role_policy.p").embedded[("policy",)]
    known, maybe = policy.value["Statement"]
    assert known == {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert maybe.alternatives[0]["Effect"] == "Deny"
    assert policy.locator.locate(("Statement", 0, "Action")).span.start_line == 26
    either = document(result, "aws_iam_role_policy.q").embedded[("policy",)].value
    assert either["Version"] == "2012-10-17"
    assert isinstance(either.rest, PossibleKeys)
    assert set(either.rest.possible) == {"Id"}


def test_json_that_is_known_in_part_is_decoded() -> None:
    text = """\
variable "b" {}
locals {
  document = jsondecode(<<-EOT
    {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${var.b}/*", "N": ${var.b}}
    ]}
  EOT
  )
}
output "statement" { value = local.document.Statement[0] }
output "action" { value = upper(local.document.Statement[0].Action) }
output "no" { value = jsondecode("{${var.b}") }
"""
    result = read(text)
    assert not result.problems
    found = document(result, "output.statement")
    assert found.value["Action"] == "s3:*"
    assert found.value["Resource"].suffix == "/*"
    assert isinstance(found.value["N"], Unknown)
    assert found.locate(("Action",)).span.start_line == 5
    assert document(result, "output.action").value == "S3:*"
    assert isinstance(document(result, "output.no").value, Unknown)


def test_base64_of_what_is_known_in_part() -> None:
    encoded = _of('base64encode("s3:::${var.s}")')
    assert encoded.prefix == "czM6"
    assert _of('base64decode(base64encode("s3:::${var.s}"))').prefix == "s3:"


def test_the_keys_of_what_may_be_there_are_known() -> None:
    result = read(
        'variable "on" { type = bool }\n'
        'resource "aws_iam_role" "r" {\n'
        '  for_each = var.on ? { a = "x", b = "y" } : {}\n'
        '  name     = "${each.key}-${each.value}"\n'
        "}\n"
        'resource "aws_iam_user" "u" {\n'
        '  for_each = var.on ? toset(["b"]) : toset([])\n'
        "  name     = each.value\n"
        "}\n"
    )
    (user,) = [item for item in result.documents if item.type == "aws_iam_user"]
    assert user.value == {"name": "b"}
    assert user.maybe
    found = {item.address: item for item in result.documents if item.type == "aws_iam_role"}
    assert list(found) == ['aws_iam_role.r["a"]', 'aws_iam_role.r["b"]']
    assert found['aws_iam_role.r["a"]'].value == {"name": "a-x"}
    assert all(item.maybe for item in found.values())
