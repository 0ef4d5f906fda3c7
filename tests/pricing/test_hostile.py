"""Definitions and resources that hold anything at all are priced or named, never a crash."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from linter.project.endpoints import CONFIGURATIONS, ENDPOINTS, TARGETS
from linter.project.load import load_texts
from linter.project.named import JOB_DEFINITIONS
from pricing.estimators.registry import ESTIMATORS
from pricing.model import CostOptions, WhatIf
from pricing.report import GROUPS, grouped
from pricing.standing import _KINDS, standing_of
from pricing.usage import init_usage, parse_usage
from tests.pricing.helpers import report, usage

KEYS = (
    "ResourceConfig InstanceType InstanceCount VolumeSizeInGB InstanceGroups InstancePreferences"
    " KeepAlivePeriodInSeconds TrainingPlanArn ProcessingResources ClusterConfig StoppingCondition"
    " MaxRuntimeInSeconds TransformResources HyperParameterTuningJobConfig ResourceLimits Strategy"
    " MaxNumberOfTrainingJobs MaxParallelTrainingJobs TrainingJobDefinition ParameterRanges"
    " TrainingJobDefinitions CategoricalParameterRanges Values EnableManagedSpotTraining"
    " AutoMLJobConfig CompletionCriteria MaxCandidates RetryStrategy MaximumRetryAttempts"
    " DebugRuleConfigurations Environment HyperParameters AlgorithmSpecification Items IfSteps"
    " ForEachBody ContainerEntrypoint Instances EndpointConfigName ProductionVariants"
    " ServerlessConfig MemorySizeInMB Get Std:Join ManagedInstanceScaling MinInstanceCount"
    " SpaceSettings ResourceSpec AppType MonitoringScheduleConfig ScheduleConfig"
    " ScheduleExpression OnlineStoreConfig VariantName ResourceId MinCapacity MaxCapacity"
).split()
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        "ml.m5.xlarge|ml.g5.xlarge||1e999|-1|٣|Parameters.X|cron(0 0/0 ? *)|endpoint/x/variant/y"
        "|Grid|Hyperband|auto|\x00\ud7ff".split("|")
    ),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    ),
    max_leaves=12,
)
KINDS = st.sampled_from([*sorted(ESTIMATORS), "Unknown", ""])
SETTINGS = settings(max_examples=150, deadline=None)


WHOLE: dict[str, dict[str, Any]] = {
    "Training": {
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
            "KeepAlivePeriodInSeconds": 60,
            "InstanceGroups": [{"InstanceType": "ml.m5.xlarge", "InstanceCount": 2}],
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "RetryStrategy": {"MaximumRetryAttempts": 3},
        "EnableManagedSpotTraining": True,
        "DebugRuleConfigurations": [{"InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 1}],
        "AlgorithmSpecification": {"ContainerEntrypoint": ["a"]},
        "HyperParameters": {"sagemaker_program": "x"},
    },
    "Processing": {
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 5,
                "InstancePreferences": [{"InstanceType": "ml.m5.xlarge"}],
            }
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    },
    "Tuning": {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Grid",
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": 3,
                "MaxParallelTrainingJobs": 2,
                "MaxRuntimeInSeconds": 90,
            },
            "ParameterRanges": {"CategoricalParameterRanges": [{"Values": ["a", "b"]}]},
        },
        "TrainingJobDefinitions": [
            {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}},
            {"HyperParameterTuningResourceConfig": {"InstanceConfigs": [{"InstanceType": "x"}]}},
        ],
    },
    "Transform": {"TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}},
    "AutoML": {"AutoMLJobConfig": {"CompletionCriteria": {"MaxCandidates": 3}}},
    "EMR": {"ClusterConfig": {"Instances": {"InstanceGroups": [{"InstanceType": "m5.large"}]}}},
}


@st.composite
def spoiled(draw: Any, value: Any) -> Any:
    """The value with some of its parts replaced by anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(ANYTHING)
    if isinstance(value, dict):
        return {key: draw(spoiled(item)) for key, item in value.items()}
    if isinstance(value, list):
        return [draw(spoiled(item)) for item in value]
    return value


@st.composite
def steps(draw: Any) -> dict[str, Any]:
    name = draw(st.sampled_from(["A", "B", "", "*", "x" * 300]))
    kind = draw(st.one_of(st.sampled_from(sorted(WHOLE)), KINDS))
    arguments = draw(spoiled(WHOLE[kind]) if kind in WHOLE else ANYTHING)
    found = {"Name": name, "Type": kind, "Arguments": arguments}
    for key in ("CacheConfig", "RetryPolicies", "DependsOn", "ClusterConfig"):
        if draw(st.integers(0, 3)) == 0:
            found[key] = draw(ANYTHING)
    return found


@SETTINGS
@given(st.lists(steps(), max_size=4), ANYTHING)
def test_any_definition(items: list[dict[str, Any]], parameters: Any) -> None:
    text = json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": items})
    project = load_texts({"p.json": text})
    said = usage(**{"*": {"minutes": 10, "vcpu": 4, "memory_gb": 8, "cache_hit_share": 0.3}})
    for options in (None, CostOptions(what_if=WhatIf("all", "on", {"*": "ml.m5.xlarge"}))):
        found = report(*project.pipelines, used=said, options=options)
        found.to_json()
        for by in GROUPS:
            grouped(found, by)
        for priced in found.pipelines:
            for step in priced.steps:
                assert step.free or step.unpriced or step.hours is not None or step.total.high
    parse_usage(init_usage(project.pipelines))


@SETTINGS
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [*sorted(_KINDS), *ENDPOINTS, *CONFIGURATIONS, *TARGETS, *JOB_DEFINITIONS]
            ),
            st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=5),
        ),
        max_size=4,
    )
)
def test_any_resource(resources: list[tuple[str, dict[str, Any]]]) -> None:
    body = {
        f"R{number}": {"Type": kind, "Properties": properties}
        for number, (kind, properties) in enumerate(resources)
        if kind.startswith("AWS::")
    }
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": body}
    terraform: dict[str, Any] = {"resource": {}}
    for number, (kind, properties) in enumerate(resources):
        if not kind.startswith("AWS::"):
            terraform["resource"].setdefault(kind, {})[f"r{number}"] = properties
    project = load_texts({"t.json": json.dumps(template), "main.tf.json": json.dumps(terraform)})
    found = report(standing=standing_of(project, project.pipelines))
    found.to_json()
    for item in found.standing:
        assert item.usd_per_month.low >= 0


@SETTINGS
@given(ANYTHING)
def test_any_usage_file(value: Any) -> None:
    from pricing.yamlfile import UserFileError

    for text in (json.dumps(value), json.dumps({"version": 1, "pipelines": {"p": value}})):
        try:
            parse_usage(text)
        except UserFileError as error:
            assert all("\n" not in str(problem) for problem in error.problems)
