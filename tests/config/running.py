"""Projects of several configurations, and commands run on them in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from linter.cli.main import cli

STEP = """{ Name = "T", Type = "Training", Arguments = { ResourceConfig = {
    InstanceType = %s, InstanceCount = 1, VolumeSizeInGB = 10 } } }"""


def pipeline(name: str = "p", instance: str = '"ml.m5.xlarge"') -> str:
    """A Terraform pipeline with one training step, which fails rules of high severity."""
    return f"""\
resource "aws_sagemaker_pipeline" "{name}" {{
  pipeline_name         = "{name}"
  pipeline_display_name = "{name}"
  role_arn              = "arn:aws:iam::111122223333:role/x"
  pipeline_definition   = jsonencode({{ Version = "2020-12-01", Steps = [{STEP % instance}] }})
}}
"""


NOTEBOOK = """\
variable "root" {}
variable "kind" { default = "ml.t3.medium" }
resource "aws_sagemaker_notebook_instance" "n" {
  name          = "n"
  instance_type = var.kind
  role_arn      = "arn:aws:iam::111122223333:role/x"
  root_access   = var.root
}
"""


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*arguments: str) -> Ran:
    """Run the command in the current directory."""
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    if isinstance(done.exception, click.ClickException):
        return Ran(done.exception.exit_code, done.stdout, done.exception.format_message())
    if done.exception is not None:
        raise done.exception
    return Ran(done.return_value or 0, done.stdout, done.stderr)


def write(root: Path, files: dict[str, str]) -> Path:
    """Files below ``root``, which is a repository."""
    (root / ".git").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def findings(*arguments: str) -> list[dict[str, Any]]:
    """The findings of a check."""
    found: list[dict[str, Any]] = run("check", "--format", "json", *arguments).json["findings"]
    return found
