"""Definitions beside the scripts that they were rendered from."""

from __future__ import annotations

import json
from typing import Any

from linter.project.load import load_texts

SCRIPT = """\
import os

from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.pipeline import Pipeline

settings = load_settings()
Pipeline(name="p", steps=[FailStep(name="Stop", error_message=settings.message)])
"""


def definition(message: str, name: str = "Stop") -> dict[str, Any]:
    metadata = {
        "ExperimentName": {"Get": "Execution.PipelineName"},
        "TrialName": {"Get": "Execution.PipelineExecutionId"},
    }
    step = {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        "Parameters": [],
        "PipelineExperimentConfig": metadata,
        "Steps": [step],
    }


def read(**definitions: dict[str, Any]) -> list[tuple[str, Any]]:
    texts = {f"{name}.json": json.dumps(value) for name, value in definitions.items()}
    project = load_texts({"pipeline.py": SCRIPT, **texts})
    return [
        (pipeline.path, pipeline.steps[0].get("ErrorMessage")) for pipeline in project.pipelines
    ]


def test_two_definitions_of_one_script_are_two_pipelines_of_it() -> None:
    found = read(dev=definition("dev"), prod=definition("prod"))
    assert found == [("dev.json", "dev"), ("prod.json", "prod")]


def test_a_copy_of_a_definition_is_the_same_pipeline() -> None:
    assert read(a=definition("dev"), b=definition("dev")) == [("pipeline.py", "dev")]


def test_a_definition_of_other_steps_is_a_pipeline_of_its_own() -> None:
    found = read(a=definition("dev"), b=definition("prod", "Other"))
    assert sorted(found) == [("b.json", "prod"), ("pipeline.py", "dev")]
