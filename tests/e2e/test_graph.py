"""``pipewarden graph``: whole outputs, and names that try to be markup."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.running import pipewarden, same_as_stored


@pytest.mark.parametrize("format_", ["text", "dot", "mermaid"])
def test_the_graph_of_a_pipeline(format_: str) -> None:
    ran = pipewarden("graph", "mixed", "--format", format_, "--no-findings", "--no-prices")
    assert (ran.code, ran.err) == (0, "")
    same_as_stored(ran.out, f"mixed-graph.{format_}")


def test_prices_and_findings_are_on_the_steps() -> None:
    out = pipewarden("graph", "mixed").out
    train = next(line for line in out.splitlines() if "Train " in line)
    assert "a run" in train
    assert "finding" in train


@pytest.mark.parametrize("format_", ["text", "dot", "mermaid"])
def test_hostile_names_are_text(tmp_path: Path, format_: str) -> None:
    name = '"]; evil [x="<script>\u202e\x1b[31m' + "a" * 5000
    steps = [{"Name": name, "Type": "Fail", "Arguments": {}}]
    (tmp_path / "p.json").write_text(json.dumps({"Version": "2020-12-01", "Steps": steps}))
    out = pipewarden("graph", ".", "--format", format_, cwd=tmp_path).out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert len(out) < 2_000
    if format_ == "dot":
        assert '\\"]; evil' in out
    if format_ == "mermaid":
        assert "<script>" not in out


def test_nothing_to_draw(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("locals {}\n")
    ran = pipewarden("graph", cwd=tmp_path)
    assert (ran.code, ran.err) == (3, "No pipelines found.\n")


FILE_REFERENCE = """\
resource "aws_sagemaker_pipeline" "p" {
  pipeline_name       = "of-terraform"
  role_arn            = "arn:aws:iam::111122223333:role/r"
  pipeline_definition = file("${path.module}/defs/p.json")
}
"""


def definition(step: str) -> str:
    arguments = {
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
        }
    }
    steps = [{"Name": step, "Type": "Training", "Arguments": arguments}]
    return json.dumps({"Version": "2020-12-01", "Steps": steps})


@pytest.fixture
def referring(tmp_path: Path) -> Path:
    """A definition that Terraform reads with file(), between two that it does not."""
    (tmp_path / "main.tf").write_text(FILE_REFERENCE)
    (tmp_path / "defs").mkdir()
    for name in ("a", "p", "z"):
        (tmp_path / "defs" / f"{name}.json").write_text(definition(f"Train-{name}"))
    return tmp_path


def test_a_definition_that_terraform_reads_is_drawn_once_with_its_own_price(
    referring: Path,
) -> None:
    (referring / "defs" / "z.json").write_text(
        definition("Train-z").replace("ml.m5.xlarge", "ml.p4d.24xlarge")
    )
    ran = pipewarden("graph", ".", "--color", "never", cwd=referring)
    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if line and line[0] != " "] == [
        "of-terraform",
        "a",
        "z",
    ]
    steps = {line.split()[1]: line for line in ran.out.splitlines() if "Train-" in line}
    assert steps.keys() == {"Train-a", "Train-p", "Train-z"}
    costly = float(steps["Train-z"].split("$")[1].split()[0])
    cheap = {float(steps[f"Train-{n}"].split("$")[1].split()[0]) for n in "ap"}
    assert max(cheap) < 1 < costly
    assert all(" finding" in line for line in steps.values())


def test_the_report_shows_each_pipeline_with_its_own_steps(referring: Path) -> None:
    ran = pipewarden("report", ".", "-o", "r.html", cwd=referring)
    assert ran.code == 0
    page = (referring / "r.html").read_text(encoding="utf-8")
    for name in ("a", "p", "z"):
        assert page.count(f">Train-{name}<") >= 1


def test_findings_of_a_pipeline_are_not_counted_on_a_step_of_its_name(tmp_path: Path) -> None:
    steps = [{"Name": "Same", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]
    (tmp_path / "Same.json").write_text(json.dumps({"Version": "2020-12-01", "Steps": steps}))
    found = json.loads(pipewarden("check", ".", "--format", "json", cwd=tmp_path).out)["findings"]
    failed = [finding["object"] for finding in found if finding["verdict"] == "fail"]
    assert failed and not [text for text in failed if text.startswith("Steps[")]
    assert "finding" not in pipewarden("graph", ".", cwd=tmp_path).out


def test_graph_without_prices_or_findings(referring: Path) -> None:
    ran = pipewarden("graph", ".", "--no-prices", "--no-findings", cwd=referring)
    assert ran.code == 0
    assert "$" not in ran.out
    assert "finding" not in ran.out
