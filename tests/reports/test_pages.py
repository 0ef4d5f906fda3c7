"""Every format links to the rules' pages, where it is said that they are published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linter.policy.pages import page_of
from linter.policy.registry import load_rules
from tests.e2e.running import pipewarden

ROLE = """
resource "aws_iam_policy" "p" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}
"""
SITE = "https://ml.example.com/pipewarden"
PAGE = f"{SITE}/rules/IAM004-s3-wildcard/"
FORMATS = ("json", "jsonl", "sarif", "junit", "gitlab", "rdjson", "github", "markdown")


def run(folder: Path, *arguments: str, site: str = SITE) -> str:
    (folder / "main.tf").write_text(ROLE)
    if site:
        (folder / "pipewarden.toml").write_text(f'docs-url = "{site}"\n')
    return pipewarden("check", ".", "--select", "IAM004", *arguments, cwd=folder).out


@pytest.mark.parametrize("format_", FORMATS)
def test_a_format_carries_the_page(tmp_path: Path, format_: str) -> None:
    text = run(tmp_path, "--format", format_)
    assert PAGE in text.replace("\\/", "/").replace("%3A", ":")


def test_the_terminal_and_the_page_carry_it(tmp_path: Path) -> None:
    assert PAGE in run(tmp_path, "-v").replace("\n", "")
    report = pipewarden("report", ".", "-o", "-", cwd=tmp_path).out
    assert f'href="{PAGE}"' in report


@pytest.mark.parametrize("format_", FORMATS)
def test_without_an_address_there_is_none(tmp_path: Path, format_: str) -> None:
    assert "IAM004-s3-wildcard/" not in run(tmp_path, "--format", format_, site="")


def test_sarif_has_it_as_help(tmp_path: Path) -> None:
    (log,) = json.loads(run(tmp_path, "--format", "sarif"))["runs"]
    rules = {rule["id"]: rule for rule in log["tool"]["driver"]["rules"]}
    assert rules["IAM004"]["helpUri"] == PAGE


def test_another_form() -> None:
    meta = next(rule.meta for rule in load_rules().rules if rule.id == "IAM004")
    assert page_of("https://x.example.com/{id}.html", meta) == "https://x.example.com/IAM004.html"
    assert page_of("", meta) == ""


@pytest.mark.parametrize(
    "site", ["http://x.example.com", "javascript:alert(1)", "https://x.example.com/)[a](b", "docs"]
)
def test_what_is_no_address_is_refused(tmp_path: Path, site: str) -> None:
    (tmp_path / "pipewarden.toml").write_text(f'docs-url = "{site}"\n')
    ran = pipewarden("check", ".", cwd=tmp_path)
    assert ran.code == 2
    assert "is no address" in ran.err
