"""One test for each row of docs/iam-suggest.md: the permission is derived, and only where needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.domain.iam.derive import Needs, derive, not_derived
from linter.domain.iam.evaluate import Permissions, allowed, statements_of
from linter.domain.iam.request import Request
from linter.project.load import load_texts
from tests.e2e.running import pipewarden

DOC = Path(__file__).parents[2] / "docs" / "iam-suggest.md"
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/jobs"
MODEL_ROLE = f"arn:aws:iam::{ACCOUNT}:role/model"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/churn:1.4"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
OWN = "<the role of the pipeline>"
SM = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:"


def get(text: str) -> dict[str, str]:
    return {"Get": text}


def step(kind: str, name: str = "", arguments: Any = None, **members: Any) -> dict[str, Any]:
    return {"Name": name or kind, "Type": kind, "Arguments": arguments or {}, **members}


PROCESSING = step(
    "Processing",
    arguments={
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": IMAGE},
        "ProcessingInputs": [{"S3Input": {"S3Uri": get("Steps.Training.ModelArtifacts.S3ModelArtifacts")}}],
        "ProcessingOutputConfig": {
            "KmsKeyId": KEY,
            "Outputs": [{"OutputName": "ev", "S3Output": {"S3Uri": "s3://b/eval"}}],
        },
    },
    PropertyFiles=[{"PropertyFileName": "E", "OutputName": "ev", "FilePath": "e.json"}],
)  # fmt: skip
TRAINING = step(
    "Training",
    arguments={
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": IMAGE},
        "OutputDataConfig": {
            "S3OutputPath": {
                "Std:Join": {"On": "/", "Values": ["s3://b", get("Execution.PipelineExecutionId")]}
            }
        },
        "ResourceConfig": {"VolumeKmsKeyId": KEY},
        "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    },
)
MODEL = step(
    "Model", arguments={"ExecutionRoleArn": MODEL_ROLE, "PrimaryContainer": {"Image": IMAGE}}
)
TRANSFORM = step(
    "Transform",
    arguments={
        "ModelName": get("Steps.Model.ModelName"),
        "TransformInput": {"DataSource": {"S3DataSource": {"S3Uri": "s3://b/batch"}}},
        "TransformOutput": {"S3OutputPath": "s3://b/scores"},
    },
)
ENDPOINT = step("Endpoint", arguments={"EndpointName": "churn", "EndpointConfigName": "churn-1"})
EMR = step(
    "EMR",
    arguments={
        "StepConfig": {"HadoopJarStep": {"Jar": "s3://b/j.jar"}},
        "ClusterConfig": {"JobFlowRole": "Worker", "ServiceRole": "Service"},
    },
)
CONDITION = step(
    "Condition",
    arguments={
        "Conditions": [
            {
                "Type": "GreaterThan",
                "LeftValue": {
                    "Std:JsonGet": {
                        "PropertyFile": get("Steps.Processing.PropertyFiles.E"),
                        "Path": "m",
                    }
                },
                "RightValue": 1,
            }
        ],
        "IfSteps": [],
        "ElseSteps": [],
    },
)
LAMBDA = step("Lambda", FunctionArn=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f")
CALLBACK = step("Callback", SqsQueueUrl=f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/q")
REGISTER = step("RegisterModel", arguments={"ModelPackageGroupName": "churn"})
TUNING = step("Tuning", arguments={"TrainingJobDefinition": {"RoleArn": ROLE}})

Row = tuple[list[dict[str, Any]], str, str, str, str]
"""(steps, role, action, a resource it needs, one it does not need)"""
ROWS: list[Row] = [
    ([PROCESSING], OWN, "sagemaker:StopProcessingJob", f"{SM}processing-job/pipelines-x", f"{SM}processing-job/x"),
    ([TRAINING], OWN, "sagemaker:CreateTrainingJob", f"{SM}training-job/pipelines-x", f"{SM}training-job/x"),
    ([TUNING], OWN, "sagemaker:CreateHyperParameterTuningJob", f"{SM}hyper-parameter-tuning-job/pipelines-x", f"{SM}hyper-parameter-tuning-job/x"),
    ([TRANSFORM], OWN, "sagemaker:DescribeTransformJob", f"{SM}transform-job/pipelines-x", f"{SM}transform-job/x"),
    ([MODEL, TRANSFORM], MODEL_ROLE, "s3:GetObject", "arn:aws:s3:::b/batch/1", "arn:aws:s3:::other/1"),
    ([MODEL, TRANSFORM], MODEL_ROLE, "s3:PutObject", "arn:aws:s3:::b/scores/1", "arn:aws:s3:::b/batch/1"),
    ([MODEL], OWN, "sagemaker:CreateModel", f"{SM}model/pipelines-x", f"{SM}model/x"),
    ([ENDPOINT], OWN, "sagemaker:CreateEndpoint", f"{SM}endpoint/churn", f"{SM}endpoint/other"),
    ([ENDPOINT], OWN, "sagemaker:UpdateEndpoint", f"{SM}endpoint-config/churn-1", f"{SM}endpoint-config/x"),
    ([REGISTER], OWN, "sagemaker:CreateModelPackage", f"{SM}model-package/churn/1", f"{SM}model-package/x/1"),
    ([LAMBDA], OWN, "lambda:InvokeFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:g"),
    ([CALLBACK], OWN, "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", f"arn:aws:sqs:us-east-1:{ACCOUNT}:r"),
    ([EMR], OWN, "elasticmapreduce:ListSteps", f"arn:aws:elasticmapreduce:us-east-1:{ACCOUNT}:cluster/j-1", "arn:aws:s3:::b"),
    ([EMR], OWN, "events:PutRule", f"arn:aws:events:us-east-1:{ACCOUNT}:rule/SageMakerPipelineExecutionEMRStepStatusUpdateRule", f"arn:aws:events:us-east-1:{ACCOUNT}:rule/x"),
    ([EMR], OWN, "elasticmapreduce:RunJobFlow", "*", ""),
    ([EMR], OWN, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/Worker", ROLE),
    ([PROCESSING, CONDITION], OWN, "s3:GetObject", "arn:aws:s3:::b/eval/e.json", "arn:aws:s3:::b/x"),
    ([PROCESSING], OWN, "iam:PassRole", ROLE, MODEL_ROLE),
    ([PROCESSING], OWN, "sagemaker:AddTags", f"{SM}processing-job/pipelines-x", f"{SM}training-job/x"),
    ([TRAINING, PROCESSING], ROLE, "s3:GetObject", "arn:aws:s3:::b/e1/model.tar.gz", "arn:aws:s3:::c/x"),
    ([PROCESSING], ROLE, "s3:PutObject", "arn:aws:s3:::b/eval/e.json", "arn:aws:s3:::b/x"),
    ([PROCESSING], ROLE, "ecr:BatchGetImage", f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/churn", f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/x"),
    ([PROCESSING], ROLE, "logs:PutLogEvents", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/ProcessingJobs", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:x"),
    ([TRAINING], ROLE, "ec2:CreateNetworkInterface", f"arn:aws:ec2:us-east-1:{ACCOUNT}:subnet/subnet-1", ""),
    ([PROCESSING], ROLE, "kms:Decrypt", KEY, f"{KEY}2"),
    ([TRAINING], ROLE, "kms:CreateGrant", KEY, f"{KEY}2"),
]  # fmt: skip
# ruff: noqa: E501 - a row is a line


def needs(steps: list[dict[str, Any]], role: str) -> Needs:
    text = json.dumps({"Version": "2020-12-01", "Steps": steps})
    found = derive(load_texts({"p.json": text}).pipelines[0])
    return next(one for one in found if one.role == role)


def may(needed: Needs, action: str, resource: str) -> bool | None:
    context = {
        key.lower(): list(values)
        for statement in needed.statements
        for _, key, values in statement.condition
        if action in statement.actions
    }
    permissions = Permissions(statements_of(needed.to_policy()))
    return allowed(permissions, Request(action, resource, context=context, complete=True))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0][-1]['Type']}-{row[2]}")
def test_a_row_is_derived_and_bounded(row: Row) -> None:
    steps, role, action, needed, other = row
    found = needs(steps, role)
    if action == "iam:PassRole":
        passing = [
            s
            for s in found.statements
            if action in s.actions and needed.rpartition("/")[2] in str(s.resources)
        ]
        assert passing
        assert all(s.condition for s in passing)
    else:
        assert may(found, action, needed) is True
    if other:
        assert may(found, action, other) is False
    assert f"`{action}`" in DOC.read_text(encoding="utf-8") or action in (
        *("sagemaker:CreateModelPackageGroup",),
    )


def test_a_grant_is_needed_for_volumes_and_keys_of_data_need_none() -> None:
    assert "kms:CreateGrant" not in needs([PROCESSING], ROLE).actions
    assert "kms:Decrypt" not in needs([TRAINING], ROLE).actions
    assert "ec2:CreateNetworkInterface" not in needs([PROCESSING], ROLE).actions


def test_what_differs_in_each_execution_is_no_blank_to_fill_in() -> None:
    found = needs([TRAINING], ROLE)
    assert found.unknown == []
    assert "arn:aws:s3:::b/*/*" in {r for s in found.statements for r in s.resources}


def test_a_bucket_that_is_not_known_is_a_blank_and_not_every_bucket() -> None:
    one = json.loads(json.dumps(PROCESSING))
    one["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] = get(
        "Steps.Lambda.OutputParameters['place']"
    )
    found = needs([one], ROLE)
    assert not any("::*" in r for s in found.statements for r in s.resources)
    assert any("Steps.Lambda" in line for line in found.unknown)


def test_a_kind_of_data_that_is_not_known_is_no_location() -> None:
    one = json.loads(json.dumps(PROCESSING))
    one["Arguments"]["ProcessingInputs"][0]["S3Input"] = {
        "S3Uri": "s3://b/in",
        "S3DataType": get("Parameters.Kind"),
    }
    assert needs([one], ROLE).unknown == []


@pytest.mark.parametrize("kind", ["Athena", "EMRServerless", "Bedrock", "Job", "Cleanup", "New"])
def test_a_step_of_which_nothing_is_derived_is_named(kind: str, tmp_path: Path) -> None:
    text = json.dumps({"Version": "2020-12-01", "Steps": [step(kind, "odd"), PROCESSING]})
    (pipeline,) = load_texts({"p.json": text}).pipelines
    assert [line.partition(":")[0] for line in not_derived(pipeline)] == ["step odd"]
    (tmp_path / "p.json").write_text(text)
    for format_ in ("json", "hcl", "diff"):
        ran = pipewarden("iam", "suggest", ".", "--format", format_, cwd=tmp_path)
        assert ran.code == 3
        assert kind in ran.out + ran.err


def test_the_partition_is_the_definitions_and_the_trust_keeps_others_out() -> None:
    one = json.loads(json.dumps(PROCESSING).replace("arn:aws:", "arn:aws-cn:"))
    role = ROLE.replace("aws", "aws-cn", 1)
    found = needs([one], role)
    assert "arn:aws:" not in json.dumps([found.to_policy(), found.to_trust_policy()])
    trust = found.to_trust_policy()["Statement"][0]
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_suggestion_and_explanation_agree(tmp_path: Path) -> None:
    """A role with what is suggested may do what its pipelines need, and nothing else."""
    from linter.project.reach import reach_of

    definition = {"Version": "2020-12-01", "Steps": [PROCESSING, TRAINING]}
    policy = needs([PROCESSING, TRAINING], ROLE).to_policy()
    text = (
        'resource "aws_iam_role" "jobs" {\n  name = "jobs"\n'
        '  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })\n}\n'
        f'resource "aws_iam_role_policy" "p" {{\n  role = aws_iam_role.jobs.id\n  policy = jsonencode({json.dumps(policy)})\n}}\n'
        'resource "aws_sagemaker_pipeline" "p" {\n  pipeline_name = "p"\n  role_arn = aws_iam_role.jobs.arn\n'
        f"  pipeline_definition = jsonencode({json.dumps(definition)})\n}}\n"
    )
    (role,) = load_texts({"main.tf": text}).roles
    reach = reach_of(role)
    suggested = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert reach.actions == len(suggested)
    assert all(service.needed is not None for service in reach.services)
