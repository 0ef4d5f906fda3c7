"""The work of a rule grows with the pipeline, and not with its square."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from linter.project.load import load_texts
from linter.project.model import Project
from tests.rules.judging import findings
from tests.rules.test_gates import REGISTER, STOP, compared, gate, metric

ROLE = """
resource "aws_iam_role" "jobs" {
  name               = "jobs"
  assume_role_policy = "{}"
  inline_policy {
    name   = "approve"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = "sagemaker:UpdateModelPackage", Resource = "*" },
    ] })
  }
}
"""
CONTAINER = {"Image": "i", "ModelDataUrl": "s3://models/latest/model.tar.gz"}


def group(number: int) -> list[dict[str, Any]]:
    """A job, a gate, a registration: each group waits for the one before."""
    job = {
        "Name": f"E{number}",
        "Type": "Processing",
        "DependsOn": [f"G{number - 1}"] if number else [],
        "Arguments": {
            "RoleArn": "arn:aws:iam::111122223333:role/jobs",
            "ProcessingInputs": [{"InputName": "in", "S3Input": {"S3Uri": "s3://data/latest"}}],
            "ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": f"s3://ml/{number}"}}]},
        },
    }
    register = {
        **REGISTER,
        "Name": f"R{number}",
        "Arguments": {
            "ModelPackageGroupName": "churn",
            "InferenceSpecification": {"Containers": [CONTAINER]},
        },
    }
    threshold = 0 if number % 2 else 0.8
    branches = gate(
        compared(metric("auc"), ">=", threshold),
        then=[register],
        otherwise=[{**STOP, "Name": f"S{number}"}],
    )
    return [job, {**branches, "Name": f"G{number}", "DependsOn": [f"E{number}"]}]


def pipeline(groups: int) -> Project:
    steps = [step for number in range(groups) for step in group(number)]
    body = {"Version": "2020-12-01", "Steps": steps}
    project = load_texts({"envs/dev/p.json": json.dumps(body), "envs/dev/main.tf": ROLE})
    assert project.pipelines[0].steps_by_name  # what rules share is made once
    return project


def calls(rule: str, groups: int) -> int:
    """Calls of functions while a rule judges: the same on every machine."""
    project = pipeline(groups)
    count = 0

    def counted(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        findings(rule, project, {"environments": ["blue"]} if rule == "REL017" else None)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "rule", ["APPR006", "APPR021", "APPR022", "SEC013", "SUP017", "SUP018", "REL017"]
)
def test_four_times_the_steps_are_four_times_the_work(rule: str) -> None:
    calls(rule, 5)  # what is imported and compiled once
    small, large = calls(rule, 40), calls(rule, 160)
    assert large < 5 * small
