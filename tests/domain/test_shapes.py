"""Arguments of steps against the service's request shapes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.core.values import Choice, Template, Unknown
from linter.domain.shapes import (
    DATA,
    IssueKind,
    check_arguments,
    enum_values,
    step_types,
    valid_path,
)
from linter.domain.tools.build_shapes import build

CLUSTER = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}


def processing(**cluster: Any) -> dict[str, Any]:
    return {
        "ProcessingResources": {"ClusterConfig": {**CLUSTER, **cluster}},
        "AppSpecification": {"ImageUri": "i"},
    }


def issues(arguments: dict[str, Any], step_type: str = "Processing") -> list[tuple[Any, ...]]:
    return [(i.kind, i.path) for i in check_arguments(step_type, arguments, arguments)]


def test_a_sound_request_has_no_issues() -> None:
    assert issues(processing()) == []


def test_data_is_that_of_the_installed_botocore_or_an_earlier_one() -> None:
    stored, current = json.loads(DATA.read_text()), build()
    if stored["source"] == current["source"]:
        assert stored == current
    assert set(stored["operations"]) == set(current["operations"])


def test_unknown_key_names_the_nearest() -> None:
    arguments = {**processing(), "NetworkConfigs": {}}
    (issue,) = check_arguments("Processing", arguments, arguments)
    assert issue.kind is IssueKind.UNKNOWN_KEY
    assert issue.path == ("NetworkConfigs",)
    assert issue.suggestions == ("NetworkConfig",)
    assert "did you mean NetworkConfig?" in issue.message


@pytest.mark.parametrize(
    ("cluster", "kind"),
    [
        ({"InstanceType": "ml.zz9.huge"}, IssueKind.NOT_IN_ENUM),
        ({"InstanceType": 5}, IssueKind.NOT_IN_ENUM),
        ({"InstanceType": ["ml.m5.xlarge"]}, IssueKind.WRONG_TYPE),
        ({"InstanceCount": "two"}, IssueKind.WRONG_TYPE),
        ({"InstanceCount": "2"}, IssueKind.TEXT_FOR_SCALAR),
        ({"InstanceCount": 0}, IssueKind.OUT_OF_RANGE),
        ({"InstanceCount": 1.5}, IssueKind.WRONG_TYPE),
        ({"InstanceCount": True}, IssueKind.WRONG_TYPE),
        ({"InstanceType": Choice(["ml.m5.xlarge", "m5.xlarge"])}, IssueKind.NOT_IN_ENUM),
    ],
)
def test_wrong_values(cluster: dict[str, Any], kind: IssueKind) -> None:
    key = next(iter(cluster))
    assert issues(processing(**cluster)) == [(kind, ("ProcessingResources", "ClusterConfig", key))]


@pytest.mark.parametrize(
    "value", [Unknown("x"), Template(("ml.", Unknown("x"))), Choice(["ml.m5.large"]), None]
)
def test_what_is_not_known_is_no_issue(value: Any) -> None:
    assert issues(processing(InstanceType=value)) == []


def test_missing_members_except_what_the_service_fills_in() -> None:
    assert issues({"AppSpecification": {}}) == [
        (IssueKind.MISSING, ("ProcessingResources",)),
        (IssueKind.MISSING, ("AppSpecification", "ImageUri")),
    ]


def test_automl_may_use_either_version_of_the_request() -> None:
    first = {"InputDataConfig": [], "OutputDataConfig": {"S3OutputPath": "s3://b"}}
    assert (IssueKind.UNKNOWN_KEY, ("InputDataConfig",)) not in issues(first, "AutoML")


def test_a_step_type_without_a_request_is_not_judged() -> None:
    assert issues({"anything": 1}, "Lambda") == []


def test_paths_and_enumerations() -> None:
    assert valid_path("Training", ("ResourceConfig", "InstanceGroups", 0, "InstanceType"))
    assert not valid_path("Training", ("VpcConfigs",))
    assert valid_path("Lambda", ("x",))
    assert "ml.m5.xlarge" in enum_values("TrainingInstanceType")
    assert {"Processing", "Training", "ForEach", "EMRServerless"} <= step_types()
