"""What is declared and switched off is counted and said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linter.project.load import LoadOptions, load_texts
from tests.e2e.running import pipewarden

ROOT = """\
module "off" {
  count  = 0
  source = "./m"
}
module "on" {
  source = "./m"
}
"""
MODULE = """\
variable "enabled" {
  default = false
}
variable "names" {
  default = []
}
variable "unknown" {
  default = null
}
resource "aws_sns_topic" "counted" {
  count = var.enabled ? 1 : 0
}
resource "aws_sns_topic" "each" {
  for_each = toset(var.names)
}
resource "aws_sns_topic" "always" {}
data "aws_region" "none" {
  count = 0
}
"""


def test_addresses_of_what_is_switched_off() -> None:
    project = load_texts({"main.tf": ROOT, "m/main.tf": MODULE})
    assert sorted(project.absent) == [
        "module.off",
        "module.on.aws_sns_topic.counted",
        "module.on.aws_sns_topic.each",
    ]


@pytest.mark.parametrize(("value", "count"), [("true", 1), ("false", 2)])
def test_a_variable_switches_on(value: str, count: int) -> None:
    project = load_texts({"main.tf": MODULE}, LoadOptions(variables={"enabled": value}))
    assert len(project.absent) == count


def test_what_may_exist_is_not_absent() -> None:
    text = 'variable "n" {}\nresource "aws_sns_topic" "t" {\n  count = var.n\n}\n'
    assert load_texts({"main.tf": text}).absent == []


def test_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(MODULE)
    assert "2 switched off (count is 0)" in pipewarden("check", ".", cwd=tmp_path).out
    summary = json.loads(pipewarden("check", "--format", "json", ".", cwd=tmp_path).out)["summary"]
    assert summary["absent"] == ["aws_sns_topic.counted", "aws_sns_topic.each"]
    assert "aws_sns_topic.counted" in pipewarden("inspect", ".", cwd=tmp_path).err
