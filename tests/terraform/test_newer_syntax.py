"""What the newest Terraform or OpenTofu accepts is accepted; a fault counts where it matters."""

from __future__ import annotations

from pathlib import Path

import pytest

from linter.core.values import Unknown
from tests.terraform.reading import document, read

_NOTEBOOK = """\
resource "aws_sagemaker_notebook_instance" "n" {
  name     = "n"
  role_arn = "r"
%s
}
"""


@pytest.mark.parametrize(
    "text",
    [
        _NOTEBOOK
        % """
  lifecycle {
    action_trigger {
      events    = [before_create, after_update]
      actions   = [action.aws_lambda_invoke.warm]
      condition = true
    }
  }"""
        + 'action "aws_lambda_invoke" "warm" {\n  config {\n    function_name = "f"\n  }\n}\n',
        'provider "aws" {\n  for_each = toset(["eu-west-1"])\n  alias = "x"\n'
        "  region = each.value\n}\n",
        _NOTEBOOK % 'subnet_id = provider::aws::trim_iam_role_path("x")\n',
        _NOTEBOOK % 'subnet_id = provider::corp::net::subnet("x", [1])[0]\n',
        "removed {\n  from = aws_iam_role.old\n  lifecycle {\n    destroy = false\n  }\n}\n",
        "import {\n  for_each = { a = 1 }\n  to = aws_iam_role.r[each.key]\n  id = each.key\n}\n",
        'check "c" {\n  assert {\n    condition = true\n    error_message = "x"\n  }\n}\n',
        'ephemeral "random_password" "p" {\n  length = 8\n}\n'
        'output "o" {\n  ephemeral = true\n  value = ephemeral.random_password.p.result\n}\n',
        'output "o" {\n  value = element(["a", "b"], -1)\n}\n',
        'terraform {\n  encryption {\n    method "aes_gcm" "m" {\n      keys = key_provider.x.y\n'
        "    }\n  }\n}\n",
        'variable "p" {\n  type = string\n  ephemeral = true\n  default = "x"\n}\n'
        'resource "aws_db_instance" "d" {\n  password_wo = var.p\n  password_wo_version = 1\n}\n',
    ],
)
def test_it_is_accepted(text: str) -> None:
    assert read(text).problems == []


def test_what_is_switched_off_does_not_exist() -> None:
    result = read(
        _NOTEBOOK % "lifecycle {\n enabled = false\n}"
        + 'module "m" {\n  source = "./m"\n  lifecycle {\n    enabled = var.on\n  }\n}\n'
        + 'variable "on" {\n  default = false\n}\n'
        + 'output "o" {\n  value = try(aws_sagemaker_notebook_instance.n.name, "none")\n}\n'
    )
    assert [d.address for d in result.documents if d.kind == "terraform.resource"] == []
    assert document(result, "output.o").value == "none"


def test_what_may_be_switched_off_may_exist() -> None:
    text = _NOTEBOOK % "lifecycle {\n enabled = var.on\n}" + 'variable "on" {}\n'
    assert document(read(text), "aws_sagemaker_notebook_instance.n").maybe
    text = _NOTEBOOK % "lifecycle {\n enabled = true\n}"
    assert not document(read(text), "aws_sagemaker_notebook_instance.n").maybe


def test_tofu_files_replace_those_of_terraform() -> None:
    result = read(
        {
            "main.tf": 'output "a" { value = "terraform" }\n',
            "main.tofu": 'output "a" { value = "opentofu" }\n',
            "more.tofu": 'output "b" { value = 1 }\n',
            "data.tf.json": '{"output": {"c": {"value": 1}}}',
            "data.tofu.json": '{"output": {"c": {"value": 2}}}',
            "other.tf": 'output "d" { value = 3 }\n',
            "x_override.tofu": 'output "d" { value = 4 }\n',
            "m/main.tf": 'output "e" { value = 5 }\n',
        }
    )
    assert not result.problems
    found = {d.address: d.value for d in result.documents}
    assert found == {"output.a": "opentofu", "output.b": 1, "output.c": 2, "output.d": 4} | {
        "output.e": 5
    }


def test_sources_of_variables_and_locals() -> None:
    result = read(
        {
            "main.tf": 'variable "name" {\n  default = "a"\n}\n'
            'locals {\n  at = "./modules/${var.name}"\n}\n'
            'module "m" {\n  source = local.at\n}\n'
            'output "o" {\n  value = module.m.x\n}\n',
            "modules/a/main.tf": 'output "x" {\n  value = 7\n}\n',
        }
    )
    assert not result.problems
    assert document(result, "output.o").value == 7
    assert document(result, "module.m.output.x").value == 7


def test_a_source_that_is_not_known_is_named() -> None:
    result = read('variable "v" {}\nmodule "m" {\n  source = "./${var.v}"\n}\n')
    assert [(p.rule, "not known" in p.message) for p in result.problems] == [("SYN015", True)]


@pytest.mark.parametrize(
    "expression",
    [
        'file("~/.ssh/id_rsa.pub")',
        'file("/etc/ssl/x.pem")',
        'file("../../elsewhere.txt")',
        'templatefile("~/x.tftpl", {})',
        'filebase64("../up.zip")',
        'filebase64sha256("build/f.zip")',
        'filemd5("dist/code.tar.gz")',
        'fileexists("~/x")',
        'fileset("~", "*")',
        'can(file("~/x"))',
    ],
)
def test_files_that_are_not_there_yet_or_elsewhere(tmp_path: Path, expression: str) -> None:
    result = read(f'output "o" {{\n  value = {expression}\n}}\n', root=tmp_path)
    assert result.problems == []
    assert isinstance(document(result, "output.o").value, Unknown)


_FAULT = "lower([])"


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        (f'resource "aws_instance" "i" {{\n  ami = {_FAULT}\n}}\n', True),
        (f'output "o" {{\n  value = {_FAULT}\n}}\n', True),
        (f'resource "aws_iam_role" "r" {{\n  name = {_FAULT}\n}}\n', False),
        (f'data "aws_iam_policy_document" "d" {{\n  version = {_FAULT}\n}}\n', False),
        (
            f'resource "aws_instance" "i" {{\n  ami = local.x\n}}\nlocals {{\n  x = {_FAULT}\n}}\n',
            True,
        ),
        (
            f"locals {{\n  x = {_FAULT}\n}}\n"
            'output "o" {\n  value = local.x\n}\n'
            'resource "aws_instance" "i" {\n  ami = local.x\n}\n'
            'resource "aws_s3_bucket" "b" {\n  bucket = "${local.x}-y"\n}\n',
            False,
        ),
        (
            f'resource "aws_instance" "i" {{\n  ami = {_FAULT}\n}}\n'
            'resource "aws_kms_key" "k" {\n  description = aws_instance.i.ami\n}\n',
            False,
        ),
        (
            f'resource "aws_iam_role" "r" {{\n  count = length({_FAULT})\n}}\n',
            False,
        ),
    ],
)
def test_a_fault_counts_where_something_judged_depends_on_it(text: str, notice: bool) -> None:
    (problem,) = read(text).problems
    assert problem.rule == "SYN014"
    assert problem.notice is notice


def test_a_fault_in_a_call_counts_where_the_module_needs_it() -> None:
    files = {
        "main.tf": f'module "m" {{\n  source = "./m"\n  used = {_FAULT}\n  idle = upper([])\n}}\n',
        "m/main.tf": 'variable "used" {}\nvariable "idle" {}\n'
        'resource "aws_iam_role" "r" {\n  name = var.used\n}\n'
        'resource "aws_instance" "i" {\n  ami = var.idle\n}\n',
    }
    assert sorted(problem.notice for problem in read(files).problems) == [False, True]


def test_suggestions_are_made_of_names_that_are_declared() -> None:
    text = (
        'variable "instance_type" {}\nlocals {\n  image_uri = "x"\n}\n'
        'resource "aws_iam_role" "pipeline" {}\n'
        'output "a" {\n  value = [var.instance_typ, local.image_ur, aws_iam_role.pipelin]\n}\n'
    )
    words = " ".join(problem.message for problem in read(text).problems)
    for name in ("instance_type", "image_uri", "aws_iam_role.pipeline"):
        assert f'Did you mean "{name}"?' in words


def test_nothing_is_suggested_for_what_try_catches(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> str:
        raise AssertionError("computed for nobody")

    monkeypatch.setattr("linter.readers.terraform.config.did_you_mean", never)
    text = 'locals {\n  image_uri = "x"\n}\noutput "a" {\n  value = try(local.image_ur, 1)\n}\n'
    result = read(text)
    assert document(result, "output.a").value == 1
    assert not result.problems
