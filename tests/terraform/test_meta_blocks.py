"""Blocks and arguments that every resource may have, and blocks that are about other blocks."""

from __future__ import annotations

from tests.terraform.reading import document, read

EVERYTHING = """
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.east]
    }
  }
  backend "s3" { bucket = "state" }
}
provider "aws" {
  alias  = "east"
  region = var.region
}
variable "region" {
  default = "us-east-1"
  validation {
    condition     = can(regex("^us-", var.region))
    error_message = "Not in the US: ${var.region}"
  }
}
resource "aws_s3_bucket" "b" {
  bucket   = "b"
  provider = aws.east
  lifecycle {
    ignore_changes       = [tags, bucket["a"], server_side_encryption_configuration[0].rule]
    replace_triggered_by = [aws_s3_bucket.c.id]
    prevent_destroy      = true
    postcondition {
      condition     = self.bucket != ""
      error_message = "No name: ${self.id}"
    }
  }
  provisioner "local-exec" {
    when       = destroy
    on_failure = continue
    command    = "empty ${self.bucket}"
  }
  provisioner "local-exec" {
    command = "fill"
  }
  connection { host = self.id }
}
resource "aws_s3_bucket" "c" {
  bucket     = "c"
  depends_on = [aws_s3_bucket.b]
  lifecycle { ignore_changes = all }
}
check "health" {
  data "aws_s3_bucket" "x" { bucket = "x" }
  assert {
    condition     = data.aws_s3_bucket.x.id != ""
    error_message = "Not there: ${data.aws_s3_bucket.x.id}"
  }
}
moved {
  from = aws_s3_bucket.old
  to   = aws_s3_bucket.c
}
import {
  to = aws_s3_bucket.c
  id = "c"
}
removed {
  from = aws_s3_bucket.gone
  lifecycle { destroy = false }
}
data "aws_caller_identity" "me" {
  lifecycle {
    postcondition {
      condition     = self.account_id == "111122223333"
      error_message = "Another account: ${self.account_id}"
    }
  }
}
ephemeral "aws_secretsmanager_secret_version" "s" { secret_id = "s" }
"""


def test_words_and_own_arguments_are_no_references() -> None:
    result = read(EVERYTHING)
    assert [(p.message, p.span.start_line) for p in result.problems] == []
    bucket = document(result, "aws_s3_bucket.b").value
    assert bucket["lifecycle"][0]["prevent_destroy"] is True
    assert "ignore_changes" not in bucket["lifecycle"][0]
    commands = [str(item["command"]) for item in bucket["provisioner"]]
    assert commands == ["empty ${self.bucket}", "fill"]
    assert bucket["connection"][0]["host"].references == ("self.id",)
    place = document(result, "aws_s3_bucket.b").locate(("lifecycle", 0, "prevent_destroy"))
    assert place.span.start_line == 29


def test_self_is_known_nowhere_else() -> None:
    result = read('resource "aws_s3_bucket" "b" { bucket = self.id }')
    assert [p.message for p in result.problems] == [
        'Invalid "self" reference: The "self" object is not available in this context'
    ]


def test_messages_end_without_a_full_stop() -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n  size   = 1\n}\n',
        "m/main.tf": 'output "o" { value = 1 }\n',
    }
    assert [p.message for p in read(files).problems] == [
        'Unsupported argument: An argument named "size" is not expected here'
    ]


_TWICE = """\
resource "aws_iam_role" "r" { name = "a" }
resource "aws_iam_role" "r" { name = lower("B") }
resource "aws_iam_role" "r" {
  count = 2
  name  = "c${count.index}"
}
data "aws_iam_policy_document" "d" {
  statement { actions = ["a:b"] }
}
data "aws_iam_policy_document" "d" {
  statement { actions = ["c:d"] }
}
locals {
  a = 1
}
locals {
  a = 2
}
output "o" { value = local.a }
output "o" { value = aws_iam_role.r.name }
variable "v" { default = 1 }
variable "v" { default = 2 }
"""


def test_what_is_declared_twice_is_read_twice_and_reported_once() -> None:
    result = read(_TWICE)
    found = {item.address: item.value for item in result.documents}
    names = [value["name"] for address, value in found.items() if address.startswith("aws_iam")]
    assert names == ["a", "b", "c0", "c1"]
    actions = [
        item.embedded[("json",)].value["Statement"][0]["Action"]
        for item in result.documents
        if item.type == "aws_iam_policy_document"
    ]
    assert actions == ["a:b", "c:d"]
    # References mean the first.
    assert [v for address, v in found.items() if address.startswith("output.")] == [1, "a"]
    assert [p.message.split("configuration: ")[1][:18] for p in result.problems] == [
        'resource "aws_iam_',
        'data "data.aws_iam',
        'local value "a" is',
        'output "o" is decl',
        'variable "v" is de',
    ]
    assert {(problem.rule, problem.lost) for problem in result.problems} == {("SYN013", False)}


_MARKS = """\
variable "token" {
  type      = string
  ephemeral = true
  default   = "t"
}
variable "pw" {
  sensitive = true
  default   = "p"
}
variable "plain" { default = "q" }
variable "map" {
  sensitive = true
  default   = { a = [1] }
}
output "gone" { value = [for v in [var.token, "${var.token}x"] : ephemeralasnull(v) == null] }
output "kept" { value = ephemeralasnull(var.plain) }
output "sensitive" {
  value = [
    issensitive(var.pw),
    issensitive("${var.pw}x"),
    issensitive(upper(var.pw)),
    issensitive(var.map.a),
    issensitive(var.map["a"][0] + 1),
    issensitive(var.pw == "p" ? 1 : 2),
    issensitive(var.pw == "p"),
    issensitive([for x in var.map : x]),
  ]
}
output "open" { value = [issensitive(var.plain), issensitive(nonsensitive(var.pw))] }
"""


def test_marks_follow_what_is_made_of_a_value() -> None:
    result = read(_MARKS)
    assert not result.problems
    assert document(result, "output.gone").value == [True, True]
    assert document(result, "output.kept").value == "q"
    assert document(result, "output.sensitive").value == [True] * 8
    assert document(result, "output.open").value == [False, False]
