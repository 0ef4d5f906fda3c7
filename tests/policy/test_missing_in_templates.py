"""Findings on what a template leaves out point at the resource's name, not at all of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.running import pipewarden

YAML = """\
Resources:
  Notebook:
    Type: AWS::SageMaker::NotebookInstance
    Properties:
      InstanceType: ml.t3.medium
      RoleArn: arn:aws:iam::123456789012:role/x
      Tags:
        - Key: a
          Value: b
  Bare:
    Type: AWS::SageMaker::NotebookInstance
"""
JSON = """\
{"Resources": {
  "Notebook": {
    "Type": "AWS::SageMaker::NotebookInstance",
    "Properties": {
      "InstanceType": "ml.t3.medium",
      "RoleArn": "arn:aws:iam::123456789012:role/x",
      "Tags": [
        {"Key": "a", "Value": "b"}
      ]
    }
  },
  "Bare": {
    "Type": "AWS::SageMaker::NotebookInstance"
  }
}}
"""


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [("t.yaml", YAML, {"Notebook": 2, "Bare": 10}), ("t.json", JSON, {"Notebook": 2, "Bare": 12})],
)
def test_the_name_is_the_place(name: str, text: str, lines: dict[str, int], tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    ran = pipewarden("check", ".", "--profile", "regulated", "--output", "sarif", cwd=tmp_path)
    found = [
        (result["ruleId"], result["locations"][0]["physicalLocation"]["region"])
        for result in json.loads(ran.out)["runs"][0]["results"]
    ]
    # Without a key and without a network: nothing of either is written.
    missing = [region for rule, region in found if rule in ("ENC014", "NET011")]
    assert {region["startLine"] for region in missing} == set(lines.values())
    assert all(region["endLine"] == region["startLine"] for region in missing)


def test_what_is_written_is_its_own_place(tmp_path: Path) -> None:
    written = YAML.replace("      Tags:", "      DirectInternetAccess: Enabled\n      Tags:")
    (tmp_path / "t.yaml").write_text(written)
    ran = pipewarden("check", ".", "--profile", "regulated", "--output", "sarif", cwd=tmp_path)
    results = json.loads(ran.out)["runs"][0]["results"]
    assert 7 in {
        result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in results
    }
