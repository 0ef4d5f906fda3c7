"""Numbers that no machine takes: each is a finding, and none stops anything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.core.jsonwrite import dumps
from linter.policy.engine import lint
from linter.policy.model import Finding
from linter.policy.registry import load_rules
from linter.project.load import load_texts
from pricing.book import load_book
from pricing.model import CostOptions, estimate
from pricing.usage import Usage

TRAINING: dict[str, Any] = {
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
    "EnableManagedSpotTraining": True,
    "RetryStrategy": {"MaximumRetryAttempts": 2},
}
TUNING: dict[str, Any] = {
    "HyperParameterTuningJobConfig": {
        "Strategy": "Bayesian",
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
    },
    "TrainingJobDefinition": TRAINING,
}
PROCESSING: dict[str, Any] = {
    "ProcessingResources": {
        "ClusterConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
        }
    },
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}
TRANSFORM: dict[str, Any] = {
    "MaxConcurrentTransforms": 1,
    "MaxPayloadInMB": 6,
    "TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
}
STEPS = {
    "Training": TRAINING,
    "Tuning": TUNING,
    "Processing": PROCESSING,
    "Transform": TRANSFORM,
}
RULES = load_rules().rules
BOOK = load_book("us-east-1")


def findings(kind: str, arguments: Any) -> list[Finding]:
    """What is found in a step; pricing it must not stop either."""
    definition = {
        "Version": "2020-12-01",
        "Steps": [{"Name": "S", "Type": kind, "Arguments": arguments}],
    }
    project = load_texts({"p.json": json.dumps(definition).replace("Infinity", "1e400")})
    result = lint(project, RULES)
    assert result.crashes == []
    estimate(project.pipelines, [], BOOK, Usage(), CostOptions(30))
    return result.findings


def paths(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in paths(item, (*path, key))]
    return [path] if isinstance(value, int) and not isinstance(value, bool) else []


def changed(value: Any, path: tuple[str, ...], number: Any) -> Any:
    if not path:
        return number
    return {**value, path[0]: changed(value[path[0]], path[1:], number)}


CASES = [(kind, path) for kind, arguments in STEPS.items() for path in paths(arguments)]


@pytest.mark.parametrize(
    "number",
    [float("inf"), float("-inf"), 1e300, "1e400", "nan", pytest.param(10**400, id="long")],
)
@pytest.mark.parametrize(("kind", "path"), CASES)
def test_a_number_that_is_none(kind: str, path: tuple[str, ...], number: Any) -> None:
    found = findings(kind, changed(STEPS[kind], path, number))
    said = [f for f in found if f.rule == "SYN004" and f.at[-len(path) :] == path]
    assert [f.verdict.value for f in said if "takes" in f.message] == ["fail"]


@pytest.mark.parametrize("kind", STEPS)
def test_usual_numbers_are_numbers(kind: str) -> None:
    assert not [f for f in findings(kind, STEPS[kind]) if "not a number AWS takes" in f.message]


def test_such_a_number_is_written_as_json() -> None:
    texts = [dumps(value) for value in (float("inf"), float("-inf"), float("nan"))]
    assert texts == ["1e999", "-1e999", "null"]
    assert json.loads(texts[0]) == float("inf")
