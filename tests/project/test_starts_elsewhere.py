"""Starts in CloudFormation and in plans, and starts through functions, builds and machines."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.domain.starts import started
from linter.project.load import load_texts
from tests.project.test_starts import (
    HOURLY,
    PIPELINE,
    _the_day,
    definition,
    exactly,
    one,
    runs,
    terraform,
)

__all__ = ["_the_day"]

ROLE = "arn:aws:iam::111122223333:role/r"


def stack(**resources: Any) -> Any:
    pipeline = {
        "Type": "AWS::SageMaker::Pipeline",
        "Properties": {
            "PipelineName": {"Fn::Sub": "churn-${AWS::AccountId}"},
            "RoleArn": ROLE,
            "PipelineDefinition": {"PipelineDefinitionBody": json.dumps(definition())},
        },
    }
    template = {"Resources": {"Churn": pipeline, **resources}}
    return load_texts({"stack.json": json.dumps(template)})


ARN = {
    "Fn::Sub": "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:pipeline/${Churn}"
}
JOINED = {
    "Fn::Join": [
        "",
        [
            "arn:aws:sagemaker:",
            {"Ref": "AWS::Region"},
            ":",
            {"Ref": "AWS::AccountId"},
            ":pipeline/",
            {"Ref": "Churn"},
        ],
    ]
}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


@pytest.mark.parametrize("arn", [ARN, JOINED])
def test_rules_of_a_stack(arn: Any) -> None:
    passed = {"PipelineParameterList": [{"Name": "Kind", "Value": "ml.p3.2xlarge"}]}
    target = {"Id": "x", "Arn": arn, "RoleArn": ROLE, "SageMakerPipelineParameters": passed}
    rule = resource("AWS::Events::Rule", ScheduleExpression="rate(1 hour)", Targets=[target])
    pipeline = one(stack(Rule=rule))
    assert runs(pipeline) == exactly(HOURLY)
    assert pipeline.overrides == {"Kind": "ml.p3.2xlarge"}
    assert "rate(1 hour) in Rule" in started(pipeline.starts).said


def test_schedules_of_a_stack() -> None:
    direct = resource(
        "AWS::Scheduler::Schedule",
        ScheduleExpression="cron(0 0 1 * ? *)",
        State="ENABLED",
        Target={"Arn": ARN, "RoleArn": ROLE},
    )
    body = {"Fn::Sub": '{"PipelineName": "${Churn}"}'}
    universal = resource(
        "AWS::Scheduler::Schedule",
        ScheduleExpression="rate(1 hour)",
        State={"Ref": "State"},
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution",
            "RoleArn": ROLE,
            "Input": body,
        },
    )
    assert runs(one(stack(S=direct))) == exactly(1)
    assert runs(one(stack(S=direct, U=universal))) == (1, 1 + HOURLY, 1 + HOURLY)


def test_a_broken_expression_in_a_stack() -> None:
    target = {"Id": "x", "Arn": ARN, "RoleArn": ROLE}
    rule = resource("AWS::Events::Rule", ScheduleExpression="rate(1 hours)", Targets=[target])
    project = stack(Rule=rule)
    assert [p.rule for p in project.problems] == ["SYN014"]
    assert started(one(project).starts).runs is None


def planned(kind: str, name: str, values: Any, index: Any = None, **expressions: Any) -> Any:
    address = f"{kind}.{name}"
    full = address if index is None else f"{address}[{json.dumps(index)}]"
    key = {} if index is None else {"index": index}
    resource = {
        "address": full,
        "mode": "managed",
        "type": kind,
        "name": name,
        "values": values,
        **key,
    }
    change = {
        "address": full,
        "mode": "managed",
        "type": kind,
        "name": name,
        "change": {"actions": ["create"], "before": None, "after": values, "after_unknown": {}},
        **key,
    }
    configured = {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_config_key": "aws",
        "expressions": expressions,
    }
    return resource, change, configured


def test_a_plan() -> None:
    pipeline = {
        "pipeline_name": "churn",
        "role_arn": ROLE,
        "pipeline_definition": json.dumps(definition()),
    }
    passed = [{"pipeline_parameter_list": [{"name": "Kind", "value": "ml.g5.xlarge"}]}]
    parts = [
        planned("aws_sagemaker_pipeline", "p", pipeline),
        planned(
            "aws_cloudwatch_event_rule",
            "r",
            {"name": "hourly", "schedule_expression": "rate(1 hour)", "is_enabled": None},
        ),
        planned(
            "aws_cloudwatch_event_target",
            "t",
            {"rule": "hourly", "sagemaker_pipeline_target": passed},
            rule={
                "references": ["aws_cloudwatch_event_rule.r.name", "aws_cloudwatch_event_rule.r"]
            },
            arn={"references": ["aws_sagemaker_pipeline.p.arn", "aws_sagemaker_pipeline.p"]},
        ),
    ]
    for _, change, _ in parts[2:]:
        change["change"]["after_unknown"] = {"arn": True}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "planned_values": {"root_module": {"resources": [part[0] for part in parts]}},
        "resource_changes": [part[1] for part in parts],
        "configuration": {"root_module": {"resources": [part[2] for part in parts]}},
    }
    pipeline_ = one(load_texts({"plan.json": json.dumps(plan)}))
    assert runs(pipeline_) == exactly(HOURLY)
    assert pipeline_.overrides == {"Kind": "ml.g5.xlarge"}


@pytest.mark.parametrize(
    "references",
    [
        ["aws_sagemaker_pipeline.p", "each.key"],
        [
            'aws_sagemaker_pipeline.p["eu"].arn',
            'aws_sagemaker_pipeline.p["eu"]',
            "aws_sagemaker_pipeline.p",
        ],
    ],
)
def test_instances_in_a_plan(references: list[str]) -> None:
    parts = []
    for key in ("eu", "us"):
        values = {
            "pipeline_name": f"churn-{key}",
            "role_arn": ROLE,
            "pipeline_definition": json.dumps(definition()),
        }
        parts.append(planned("aws_sagemaker_pipeline", "p", values, key))
    schedule = {
        "schedule_expression": "rate(1 hour)",
        "state": "ENABLED",
        "target": [{"role_arn": ROLE, "input": None}],
    }
    parts.append(
        planned(
            "aws_scheduler_schedule",
            "s",
            schedule,
            "eu",
            target=[{"arn": {"references": references}}],
        )
    )
    parts[-1][1]["change"]["after_unknown"] = {"target": [{"arn": True}]}
    configured = {part[2]["address"]: part[2] for part in parts}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "planned_values": {"root_module": {"resources": [part[0] for part in parts]}},
        "resource_changes": [part[1] for part in parts],
        "configuration": {"root_module": {"resources": list(configured.values())}},
    }
    eu, us = load_texts({"plan.json": json.dumps(plan)}).pipelines
    assert runs(eu) == exactly(HOURLY)
    assert not us.starts


# --- through others --------------------------------------------------------------------------


def function(environment: str = "", policy: str = "") -> str:
    return f"""
resource "aws_lambda_function" "f" {{
  function_name = "starter"
  role          = aws_iam_role.f.arn
  environment {{
    variables = {{ PIPELINE = {environment or '"none"'} }}
  }}
}}
resource "aws_iam_role" "f" {{
  name               = "f"
  assume_role_policy = jsonencode({{}})
}}
resource "aws_iam_role_policy" "f" {{
  role   = aws_iam_role.f.name
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Effect = "Allow", {policy or 'Action = "sagemaker:StartPipelineExecution", Resource = "*"'}
  }}] }})
}}
"""


CALLED_HOURLY = """
resource "aws_cloudwatch_event_rule" "r" {
  schedule_expression = "rate(1 hour)"
}
resource "aws_cloudwatch_event_target" "t" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = aws_lambda_function.f.arn
}
"""
NAMED = "aws_sagemaker_pipeline.p.pipeline_name"
MAY_START_IT = (
    'Action = ["sagemaker:StartPipelineExecution"], Resource = aws_sagemaker_pipeline.p.arn'
)


@pytest.mark.parametrize(
    ("environment", "policy"),
    [
        (NAMED, ""),
        ("aws_sagemaker_pipeline.p.arn", ""),
        (NAMED, MAY_START_IT),
        ("", MAY_START_IT),
        (NAMED, 'Action = "sagemaker:*", Resource = "*"'),
    ],
)
def test_a_function_that_starts_it(environment: str, policy: str) -> None:
    text = function(environment, policy)
    pipeline = one(terraform(text + CALLED_HOURLY))
    assert runs(pipeline) == exactly(HOURLY)
    said = started(pipeline.starts).said
    assert "through Lambda aws_lambda_function.f (derived)" in said
    alone = started(one(terraform(text)).starts)
    assert alone.runs is None and "how often that runs is not known" in alone.detail


@pytest.mark.parametrize(
    ("environment", "policy"),
    [
        ("", ""),
        (NAMED, 'Action = "sagemaker:DescribePipelineExecution", Resource = "*"'),
        (
            "",
            MAY_START_IT.replace(
                "aws_sagemaker_pipeline.p.arn", '"arn:aws:sagemaker:x:1:pipeline/y"'
            ),
        ),
    ],
)
def test_a_function_that_does_not_start_it(environment: str, policy: str) -> None:
    assert not one(terraform(function(environment, policy) + CALLED_HOURLY)).starts


def test_a_function_whose_role_is_not_in_the_scan_may_start_it() -> None:
    text = function(NAMED).partition('resource "aws_iam_role"')[0]
    pipeline = one(terraform(text + CALLED_HOURLY))
    assert runs(pipeline) == (Decimal(0), HOURLY, HOURLY)


MACHINE = """
resource "aws_sfn_state_machine" "m" {
  name       = "retrain"
  role_arn   = "arn:aws:iam::111122223333:role/r"
  definition = jsonencode({
    StartAt = "Start"
    States = {
      Start = {
        Type     = "Task"
        Resource = "arn:aws:states:::aws-sdk:sagemaker:startPipelineExecution"
        Parameters = {
          PipelineName       = aws_sagemaker_pipeline.p.pipeline_name
          PipelineParameters = [{ Name = "Kind", Value = "ml.c5.large" }]
        }
        End = true
      }
    }
  })
}
"""


def test_a_state_machine_that_starts_it() -> None:
    called = CALLED_HOURLY.replace("aws_lambda_function.f", "aws_sfn_state_machine.m")
    pipeline = one(terraform(MACHINE + called))
    assert runs(pipeline) == exactly(HOURLY)
    assert pipeline.overrides == {"Kind": "ml.c5.large"}
    assert "through Step Functions aws_sfn_state_machine.m" in started(pipeline.starts).said
    other = MACHINE.replace("startPipelineExecution", "describePipelineExecution")
    assert not one(terraform(other + called)).starts


def test_a_codepipeline_that_runs_a_function() -> None:
    text = (
        function(NAMED)
        + """
resource "aws_codepipeline" "release" {
  name     = "release"
  role_arn = "arn:aws:iam::111122223333:role/r"
  stage {
    name = "Train"
    action {
      name          = "Train"
      category      = "Invoke"
      owner         = "AWS"
      provider      = "Lambda"
      version       = "1"
      configuration = { FunctionName = aws_lambda_function.f.function_name }
    }
  }
}
"""
    )
    pipeline = one(terraform(text))
    (start,) = pipeline.starts
    assert (start.address, start.runs) == ("aws_codepipeline.release", None)
    assert start.described == "CodePipeline aws_codepipeline.release"
    called = CALLED_HOURLY.replace("aws_lambda_function.f", "aws_codepipeline.release")
    assert runs(one(terraform(text + called))) == exactly(HOURLY)


def test_inline_code_of_a_stack() -> None:
    code = {"Fn::Sub": "client.start_pipeline_execution(PipelineName='${Churn}')"}
    starter = resource("AWS::Lambda::Function", Code={"ZipFile": code}, Role=ROLE)
    target = {"Id": "x", "Arn": {"Fn::GetAtt": ["F", "Arn"]}}
    rule = resource("AWS::Events::Rule", ScheduleExpression="rate(1 hour)", Targets=[target])
    found = one(stack(F=starter, Rule=rule))
    assert runs(found) == (Decimal(0), HOURLY, HOURLY)  # its role is not in the scan
    silent = resource("AWS::Lambda::Function", Code={"ZipFile": "print('churn')"}, Role=ROLE)
    assert not one(stack(F=silent, Rule=rule)).starts


def test_each_of_many_pipelines_has_its_own_schedule() -> None:
    lines = []
    for i in range(400):
        lines.append(PIPELINE.replace('"p"', f'"p{i}"').replace("churn", f"churn-{i}"))
        lines.append(f"""
resource "aws_scheduler_schedule" "s{i}" {{
  schedule_expression = "rate({i + 1} hours)"
  target {{
    arn = aws_sagemaker_pipeline.p{i}.arn
  }}
}}""")
    project = load_texts({"main.tf": "\n".join(lines)})
    assert all(len(p.starts) == 1 for p in project.pipelines)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"Type": "Schedule", "Properties": {"Schedule": "rate(1 hour)"}}, exactly(HOURLY)),
        (
            {"Type": "Schedule", "Properties": {"Schedule": "rate(1 hour)", "Enabled": False}},
            exactly(0),
        ),
        (
            {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "cron(0 0 1 * ? *)"}},
            exactly(1),
        ),
        ({"Type": "S3", "Properties": {"Bucket": "b"}}, None),
    ],
)
def test_events_of_the_serverless_model(event: Any, expected: Any) -> None:
    policy = {
        "Statement": [
            {"Effect": "Allow", "Action": "sagemaker:StartPipelineExecution", "Resource": "*"}
        ]
    }
    role = resource(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument={},
        Policies=[{"PolicyName": "p", "PolicyDocument": policy}],
    )
    function = resource(
        "AWS::Serverless::Function",
        Role={"Fn::GetAtt": ["R", "Arn"]},
        Environment={"Variables": {"PIPELINE": {"Ref": "Churn"}}},
        Events={"E": event},
    )
    found = one(stack(F=function, R=role))
    assert len(found.starts) == 1 and runs(found) == expected


@pytest.mark.parametrize("state", ["RUNNING", "STOPPED"])
def test_pipes(state: str) -> None:
    pipe = resource("AWS::Pipes::Pipe", DesiredState=state, Source="q", Target=ARN, RoleArn=ROLE)
    found = one(stack(Pipe=pipe))
    assert [s.kind for s in found.starts] == ["event"]
    assert runs(found) == (None if state == "RUNNING" else exactly(0))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "rate(1 hour)", "$.x", "churn"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Arn", "Name", "Value", "PipelineName", "Ref", "Fn::Sub", "0"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
PROPERTIES = (
    "ScheduleExpression State Targets Target Input StartDate EndDate Events Environment Role Code "
    "DefinitionString Definition Stages FunctionName"
).split()
KINDS = (
    "AWS::Events::Rule",
    "AWS::Scheduler::Schedule",
    "AWS::Pipes::Pipe",
    "AWS::Lambda::Function",
    "AWS::Serverless::Function",
    "AWS::StepFunctions::StateMachine",
    "AWS::CodePipeline::Pipeline",
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(PROPERTIES), JSON, max_size=5))
def test_whatever_stands_in_a_resource_is_read(kind: str, properties: dict[str, Any]) -> None:
    project = stack(
        R=resource(kind, **properties),
        T=resource(
            "AWS::Events::Rule",
            Targets=[{"Arn": ARN}],
            **{k: v for k, v in properties.items() if k != "Targets"},
        ),
    )
    for pipeline in project.pipelines:
        assert isinstance(started(pipeline.starts).said, str)
        assert json.dumps([s.to_json() for s in pipeline.starts], default=str)
