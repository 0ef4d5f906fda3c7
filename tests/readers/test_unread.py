"""Definitions in unusual wrapping are read; what is recognised and not read is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.policy.engine import lint
from linter.policy.registry import load_rules
from linter.project.load import load_texts
from linter.project.model import Project
from tests.e2e.running import pipewarden

DEFINITION = {
    "Version": "2020-12-01",
    "Steps": [{"Name": "Train", "Type": "Training", "Arguments": {"RoleArn": "r"}}],
}
TEXT = json.dumps(DEFINITION)
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
HARMLESS = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/train/*"}
    ],
}


def load(value: Any) -> Project:
    return load_texts({"p.json": json.dumps(value)})


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (TEXT, ["p"]),
        ({"PipelineName": "a", "PipelineDefinition": TEXT}, ["a"]),
        ({"PipelineName": "a", "PipelineDefinition": DEFINITION}, ["a"]),
        ({"definition": DEFINITION}, ["p"]),
        ({"pipelines": {"x": {"definition": TEXT}}}, ["p"]),
        ([DEFINITION, {"PipelineName": "b", "body": TEXT}], ["p", "b"]),
    ],
)
def test_a_definition_in_something_else(value: Any, names: list[str]) -> None:
    project = load(value)
    assert [pipeline.name for pipeline in project.pipelines] == names
    assert [[step.name for step in p.steps] for p in project.pipelines] == [["Train"]] * len(names)
    assert len({p.address for p in project.pipelines}) == len(names)


def test_places_lead_through_the_string_to_the_file() -> None:
    text = json.dumps(TEXT)
    (pipeline,) = load_texts({"p.json": text}).pipelines
    span = pipeline.steps[0].locate("Name").span
    written = text[span.start_column - 1 : span.end_column - 1]
    assert (span.start_line, written.replace("\\", "")) == (1, '"Train"')


@pytest.mark.parametrize("value", [[POLICY], {"policies": [POLICY]}, json.dumps(POLICY)])
def test_a_policy_in_something_else(value: Any) -> None:
    result = lint(load(value), [r for r in load_rules().rules if r.id == "IAM001"])
    assert [f.verdict.value for f in result.findings] == ["fail"]


@pytest.mark.parametrize("value", [{"Steps": "none"}, ["a"], {"Statement": "x"}, "{", '{"Steps"'])
def test_what_is_nobodys_business_gives_nothing(value: Any, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(value))
    (tmp_path / "policy.json").write_text(json.dumps(HARMLESS))
    assert pipewarden("check", ".", cwd=tmp_path).code == 0
    assert pipewarden("check", "x.json", cwd=tmp_path).code == 3


def test_a_definition_in_s3_is_named(tmp_path: Path) -> None:
    location = {"Bucket": "b", "ObjectKey": "k"}
    request = {"PipelineName": "p", "PipelineDefinitionS3Location": location}
    (tmp_path / "request.json").write_text(json.dumps(request))
    ran = pipewarden("check", ".", cwd=tmp_path)
    assert ran.code == 3
    assert "s3://b/k, which is not read" in ran.out


def machine(resource: str) -> dict[str, Any]:
    return {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": resource, "End": True}}}


JOB = "arn:aws:states:::sagemaker:createTrainingJob.sync"
LAMBDA = "arn:aws:states:::lambda:invoke"
PIPELINE = "arn:aws:states:::aws-sdk:sagemaker:startPipelineExecution"


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        (JOB, 3),
        ("arn:aws-cn:states:::aws-sdk:sagemaker:createEndpoint", 3),
        (LAMBDA, 0),
        (PIPELINE, 0),
    ],
)
def test_a_state_machine_in_a_file(tmp_path: Path, resource: str, code: int) -> None:
    (tmp_path / "policy.json").write_text(json.dumps(HARMLESS))
    (tmp_path / "flow.asl.json").write_text(json.dumps(machine(resource)))
    ran = pipewarden("check", ".", cwd=tmp_path)
    assert ran.code == code
    assert ("starts work in SageMaker" in ran.out) == (code == 3)


@pytest.mark.parametrize(("resource", "said"), [(JOB, ["unknown"]), (LAMBDA, []), (PIPELINE, [])])
def test_a_state_machine_in_a_resource(resource: str, said: list[str]) -> None:
    text = json.dumps(machine(resource))
    terraform = f'resource "aws_sfn_state_machine" "m" {{\n  definition = jsonencode({text})\n}}\n'
    template = {
        "Resources": {
            "M": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"DefinitionString": {"Fn::Sub": text}},
            },
            "S": {
                "Type": "AWS::Serverless::StateMachine",
                "Properties": {"Definition": machine(resource), "Role": "r"},
            },
        }
    }
    for files, count in (({"m.tf": terraform}, 1), ({"t.json": json.dumps(template)}, 2)):
        project = load_texts(files)
        result = lint(project, [r for r in load_rules().rules if r.id == "SYN014"])
        assert [f.verdict.value for f in result.findings] == said * count
        assert not any(problem.lost for problem in project.problems)
