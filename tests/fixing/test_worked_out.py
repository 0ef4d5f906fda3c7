"""Fixes whose values are worked out: Spot with its wait time, keys in use, required tags."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.policy.selection import Selection
from tests.fixing.test_fix import failures, fixed

SPOT = Selection(("COST001", "COST003"))
WORKED_OUT = Selection(
    ("COST001", "COST003", "ENC001", "ENC002", "ENC003", "ENC004", "APPR001", "CACHE001")
)
KEYS = Selection(("ENC001", "ENC002", "ENC003", "ENC004"))


def pipeline(*steps: dict[str, Any], **more: Any) -> dict[str, str]:
    body = {"Version": "2020-12-01", **more, "Steps": list(steps)}
    return {"p.json": json.dumps(body, indent=2) + "\n"}


def training(**arguments: Any) -> dict[str, Any]:
    return {"Name": "T", "Type": "Training", "Arguments": arguments}


def arguments_of(texts: dict[str, str]) -> Any:
    return json.loads(texts["p.json"])["Steps"][0]["Arguments"]


CHECKPOINT = {"S3Uri": "s3://models/checkpoints"}


def test_spot_is_switched_on_with_twice_the_time_to_wait() -> None:
    texts = pipeline(
        training(CheckpointConfig=CHECKPOINT, StoppingCondition={"MaxRuntimeInSeconds": 7200})
    )
    result = fixed(texts, SPOT)
    changed = arguments_of(result.texts)
    assert changed["EnableManagedSpotTraining"] is True
    assert changed["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 7200,
        "MaxWaitTimeInSeconds": 14400,
    }
    assert failures(result.texts, SPOT) == []


def test_spot_that_is_on_gets_its_wait_time() -> None:
    texts = pipeline(
        training(EnableManagedSpotTraining=True, StoppingCondition={"MaxRuntimeInSeconds": 3600})
    )
    result = fixed(texts, SPOT)
    assert arguments_of(result.texts)["StoppingCondition"]["MaxWaitTimeInSeconds"] == 7200
    assert failures(result.texts, SPOT) == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"StoppingCondition": {"MaxRuntimeInSeconds": 7200}},  # nothing to go on from
        {"CheckpointConfig": CHECKPOINT},  # no limit to derive the wait time from
        {
            "CheckpointConfig": CHECKPOINT,
            "StoppingCondition": {"MaxRuntimeInSeconds": {"Get": "Parameters.Limit"}},
        },
    ],
)
def test_spot_is_left_where_it_would_be_a_guess(arguments: dict[str, Any]) -> None:
    texts = pipeline(training(**arguments), Parameters=[{"Name": "Limit", "Type": "Integer"}])
    assert fixed(texts, SPOT).texts == {}
    assert not any(finding.fixable for finding in failures(texts, SPOT))


VOLUME = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}


@pytest.mark.parametrize("key", ["alias/ml", {"Get": "Parameters.Key"}])
def test_the_key_that_the_pipeline_uses_is_used_everywhere(key: Any) -> None:
    texts = pipeline(
        training(
            ResourceConfig=VOLUME,
            OutputDataConfig={"S3OutputPath": "s3://models/churn", "KmsKeyId": key},
        ),
        {
            "Name": "P",
            "Type": "Processing",
            "Arguments": {
                "ProcessingResources": {"ClusterConfig": VOLUME},
                "ProcessingOutputConfig": {"Outputs": [{"OutputName": "o"}]},
            },
        },
        Parameters=[{"Name": "Key", "Type": "String"}],
    )
    result = fixed(texts, KEYS)
    steps = json.loads(result.texts["p.json"])["Steps"]
    assert steps[0]["Arguments"]["ResourceConfig"] == {**VOLUME, "VolumeKmsKeyId": key}
    processing = steps[1]["Arguments"]
    assert processing["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == key
    assert processing["ProcessingOutputConfig"]["KmsKeyId"] == key
    assert failures(result.texts, KEYS) == []


def test_a_key_of_the_configuration_is_referred_to() -> None:
    text = """
resource "aws_kms_key" "ml" {
  enable_key_rotation = true
}
resource "aws_sagemaker_pipeline" "p" {
  pipeline_definition = jsonencode({
    Version = "2020-12-01"
    Steps = [{
      Name = "T"
      Type = "Training"
      Arguments = {
        OutputDataConfig = { S3OutputPath = "s3://m/c", KmsKeyId = aws_kms_key.ml.arn }
        ResourceConfig   = { InstanceType = "ml.m5.xlarge", InstanceCount = 1 } # small
      }
    }]
  })
}
"""
    result = fixed({"main.tf": text}, KEYS)
    assert result.texts["main.tf"] == text.replace(
        "InstanceCount = 1 }", "InstanceCount = 1, VolumeKmsKeyId = aws_kms_key.ml.arn }"
    )
    assert failures(result.texts, KEYS) == []


@pytest.mark.parametrize("keys", [[], ["alias/a", "alias/b"]])
def test_without_one_key_nothing_is_chosen(keys: list[str]) -> None:
    others = [
        {
            "Name": f"B{index}",
            "Type": "Transform",
            "Arguments": {"TransformOutput": {"S3OutputPath": "s3://m/o", "KmsKeyId": key}},
        }
        for index, key in enumerate(keys)
    ]
    assert fixed(pipeline(training(ResourceConfig=VOLUME), *others), KEYS).texts == {}


TAGS = Selection(
    ("TAG003",),
    parameters={
        "TAG003": {"required_tags": ["team", "env"], "tag_values": {"team": "ml", "env": "dev"}}
    },
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('  name = "m"\n', '  tags = { team = "ml", env = "dev" }\n  name = "m"\n'),
        (
            '  tags = { env = "prod" } # ours\n',
            '  tags = { env = "prod", team = "ml" } # ours\n',
        ),
        (
            '  tags = {\n    owner = "a"\n  }\n',
            '  tags = {\n    owner = "a"\n    team  = "ml"\n    env   = "dev"\n  }\n',
        ),
    ],
)
def test_required_tags_are_written_with_their_values(before: str, after: str) -> None:
    text = f'resource "aws_sagemaker_model" "m" {{\n{before}}}\n'
    result = fixed({"main.tf": text}, TAGS)
    assert result.texts["main.tf"] == text.replace(before, after)
    assert failures(result.texts, TAGS) == []


def test_a_tag_without_a_value_is_left_to_people() -> None:
    selection = Selection(
        ("TAG003",), parameters={"TAG003": {"required_tags": ["team"], "tag_values": {}}}
    )
    text = 'resource "aws_sagemaker_model" "m" {\n  name = "m"\n}\n'
    assert fixed({"main.tf": text}, selection).texts == {}


_names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=10)
_oddities = st.one_of(_names, st.integers(-5, 5), st.none(), st.lists(_names, max_size=2))
_key = st.sampled_from(["alias/ml", "arn:aws:kms:us-east-1:111122223333:key/k"])
_arguments = st.fixed_dictionaries(
    {},
    optional={
        "CheckpointConfig": st.one_of(st.just(CHECKPOINT), _oddities),
        "StoppingCondition": st.one_of(
            st.dictionaries(
                st.sampled_from(["MaxRuntimeInSeconds", "MaxWaitTimeInSeconds"]),
                st.one_of(st.integers(0, 90_000), _oddities),
            ),
            _oddities,
        ),
        "EnableManagedSpotTraining": st.one_of(st.booleans(), _oddities),
        "OutputDataConfig": st.one_of(
            st.fixed_dictionaries({"S3OutputPath": _names}, optional={"KmsKeyId": _key}), _oddities
        ),
        "ResourceConfig": st.one_of(
            st.fixed_dictionaries(
                {"InstanceType": st.just("ml.m5.xlarge"), "InstanceCount": st.just(1)},
                optional={"VolumeKmsKeyId": _key},
            ),
            _oddities,
        ),
        "Tags": st.one_of(
            st.lists(st.fixed_dictionaries({"Key": _names, "Value": _names}), max_size=2), _oddities
        ),
        "ModelApprovalStatus": st.one_of(st.just("Approved"), _oddities),
    },
)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Training", "Processing", "RegisterModel"]), _arguments),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from([None, 0, 2, "\t"]),
)
def test_no_worked_out_fix_breaks_json(
    steps: list[tuple[str, dict[str, Any]]], indent: int | str | None
) -> None:
    body: dict[str, Any] = {
        "Version": "2020-12-01",
        "Steps": [
            {"Name": f"S{number}", "Type": kind, "Arguments": arguments}
            for number, (kind, arguments) in enumerate(steps)
        ],
    }
    texts = {"p.json": json.dumps(body, indent=indent, ensure_ascii=False)}
    result = fixed(texts, WORKED_OUT)
    for text in result.texts.values():
        after = json.loads(text)
        for before, step in zip(body["Steps"], after["Steps"], strict=True):
            assert (step["Name"], step["Type"]) == (before["Name"], before["Type"])
            assert set(before["Arguments"]) <= set(step["Arguments"])
    if result.texts:
        assert fixed(result.texts, WORKED_OUT).texts == {}
