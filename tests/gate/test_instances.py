"""Findings of several instances: how they are named, listed, and ignored for one of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from linter.config.entries import IgnoreEntry
from linter.gate.saved import load
from linter.gate.suppressions import (
    SuppressionOptions,
    SuppressionResult,
    apply_suppressions,
)
from linter.policy.engine import lint
from linter.policy.model import Finding
from linter.policy.registry import load_rules
from linter.project.load import load_texts
from linter.project.model import Project
from linter.reports.json_report import finding_dict
from tests.e2e.running import pipewarden

RULES = [rule for rule in load_rules().rules if rule.id in ("SEC008", "NET018")]
METAS = {rule.id: rule.meta for rule in RULES}
NOTEBOOKS = """
resource "aws_sagemaker_notebook_instance" "n" {
  for_each      = { a = "on", b = "SECOND", c = "on" }
  name          = "notebook-${each.key}"
  role_arn      = "arn:aws:iam::111122223333:role/notebook"
  instance_type = "ml.t3.medium"
  root_access   = each.value == "on" ? "Enabled" : "Disabled"
}
"""
BLOCK = "aws_sagemaker_notebook_instance.n"


def found(second: str = "on") -> tuple[Project, list[Finding]]:
    project = load_texts({"main.tf": NOTEBOOKS.replace("SECOND", second)})
    return project, lint(project, RULES).findings


def ignoring(*addresses: str, second: str = "on") -> tuple[list[Finding], SuppressionResult]:
    project, findings = found(second)
    entries = [IgnoreEntry("SEC008", address=address, reason="known") for address in addresses]
    options = SuppressionOptions(date(2026, 10, 1), rules=METAS, entries=entries)
    return findings, apply_suppressions(project, findings, options)


def instances(finding: Finding) -> list[str]:
    return [document.address.removeprefix(BLOCK) for document in finding.instances]


def test_what_holds_for_all_instances_names_the_block_and_lists_them() -> None:
    [finding] = found()[1]
    assert finding.address == BLOCK
    assert finding.message.startswith(f"{BLOCK} ")
    assert finding_dict(finding)["instances"] == [f'{BLOCK}["{key}"]' for key in "abc"]


def test_what_holds_for_some_names_the_first_of_them() -> None:
    [finding] = found("off")[1]
    assert finding.address == f'{BLOCK}["a"]'
    assert instances(finding) == ['["a"]', '["c"]']


def test_what_a_folded_message_names_beside_its_block_is_no_one_instances() -> None:
    text = NOTEBOOKS.replace("SECOND", "on").replace(
        "root_access   =", "security_groups = [aws_security_group.g[each.key].id]\n  root_access ="
    )
    group = """
resource "aws_security_group" "g" {
  for_each = toset(["a", "b", "c"])
  ingress {
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
    project = load_texts({"main.tf": text + group})
    [finding] = [f for f in lint(project, RULES).findings if f.rule == "NET018"]
    assert finding.address == "aws_security_group.g"
    assert finding.message.endswith(f"connect to {BLOCK}")


@pytest.mark.parametrize("second", ["on", "off"])
@pytest.mark.parametrize("address", [BLOCK, f"{BLOCK}*"])
def test_an_entry_for_the_block_covers_every_instance(address: str, second: str) -> None:
    findings, result = ignoring(address, second=second)
    assert all(finding.suppressed for finding in findings)
    assert (result.used, result.findings) == (1, [])


def test_an_entry_for_one_instance_leaves_the_others() -> None:
    [finding], result = ignoring(f'{BLOCK}["a"]')
    assert not finding.suppressed
    assert instances(finding) == ['["b"]', '["c"]']
    assert finding.address == f'{BLOCK}["b"]'
    assert finding.message.startswith(f'{BLOCK}["b"] ')
    assert (result.used, result.findings) == (1, [])


def test_an_entry_for_the_first_of_some_leaves_the_others() -> None:
    [finding], _ = ignoring(f'{BLOCK}["a"]', second="off")
    assert not finding.suppressed
    assert (finding.address, instances(finding)) == (f'{BLOCK}["c"]', ['["c"]'])


def test_entries_for_each_instance_cover_all() -> None:
    [finding], result = ignoring(*(f'{BLOCK}["{key}"]' for key in "abc"))
    assert finding.suppressed
    assert (result.used, result.findings) == (3, [])


def test_an_entry_for_an_instance_that_there_is_not_is_not_needed() -> None:
    [finding], result = ignoring(f'{BLOCK}["d"]')
    assert len(finding.instances) == 3
    assert [item.rule for item in result.findings] == ["META003"]


def test_the_fingerprint_does_not_change_when_an_instance_is_ignored() -> None:
    assert ignoring(f'{BLOCK}["a"]')[0][0].fingerprint == found()[1][0].fingerprint


@pytest.mark.parametrize("listed", [None, ["x"], 7])
def test_saved_results_with_and_without_instances_are_read(tmp_path: Path, listed: object) -> None:
    (tmp_path / "main.tf").write_text(NOTEBOOKS.replace("SECOND", "on"))
    body = json.loads(pipewarden("check", "--format", "json", str(tmp_path)).out)
    for item in body["findings"]:
        item["instances"] = listed
        if listed is None:
            del item["instances"]
    path = tmp_path / "saved.json"
    path.write_text(json.dumps(body))
    assert {finding.rule for finding in load(path).findings} >= {"SEC008"}
