"""Plans: what nobody wrote is not configuration, and a plan that destroys is a plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.core.documents import Document
from linter.core.values import Unknown
from linter.policy.engine import lint
from linter.policy.registry import load_rules
from linter.project.load import load_texts
from linter.project.model import Project
from tests.e2e.running import pipewarden

DEFINITION = json.dumps({"Version": "2020-12-01", "Steps": []})


def change(kind: str, after: Any, *actions: str, **more: Any) -> dict[str, Any]:
    unknown = more.pop("unknown", {})
    item = {"address": f"{kind}.x", "mode": "managed", "type": kind, "name": "x", **more}
    names = list(actions) or ["create"]
    return {**item, "change": {"actions": names, "after": after, "after_unknown": unknown}}


def plan(*changes: dict[str, Any], written: dict[str, Any] | None = None) -> dict[str, Any]:
    """A plan; ``written`` are the expressions of each resource by type, as its configuration."""
    value: dict[str, Any] = {"format_version": "1.2", "resource_changes": list(changes)}
    if written is not None:
        resources = [
            {"address": f"{kind}.x", "mode": "managed", "type": kind, "expressions": expressions}
            for kind, expressions in written.items()
        ]
        value["configuration"] = {"root_module": {"resources": resources}}
    return value


def load(value: dict[str, Any]) -> Project:
    return load_texts({"plan.json": json.dumps(value)})


def only(value: dict[str, Any]) -> Document:
    (document,) = load(value).documents
    return document


def failing(project: Project, *rules: str) -> set[str]:
    result = lint(project, [r for r in load_rules().rules if r.id in rules])
    assert not result.crashes
    return {f.rule for f in result.findings if f.verdict.value == "fail"}


def test_an_empty_list_is_an_absent_block_at_any_depth() -> None:
    after = {
        "name": "c",
        "kms_key_arn": None,
        "async_inference_config": [],
        "production_variants": [{"variant_name": "v", "serverless_config": [], "size": None}],
    }
    assert only(plan(change("aws_sagemaker_endpoint_configuration", after))).value == {
        "name": "c",
        "production_variants": [{"variant_name": "v"}],
    }


def test_a_pipeline_with_an_inline_definition_has_no_second_one() -> None:
    base = {"pipeline_name": "p", "pipeline_definition": DEFINITION}
    location = [{"bucket": "b", "object_key": "k"}]
    absent = {**base, "pipeline_definition_s3_location": []}
    both = {**base, "pipeline_definition_s3_location": location}
    assert failing(load(plan(change("aws_sagemaker_pipeline", absent))), "SYN011") == set()
    assert failing(load(plan(change("aws_sagemaker_pipeline", both))), "SYN011") == {"SYN011"}


def test_an_empty_list_that_is_written_as_an_argument_stays() -> None:
    after = {"name": "r", "managed_policy_arns": [], "inline_policy": []}
    arguments = {"name": {"constant_value": "r"}, "managed_policy_arns": {"constant_value": []}}
    value = only(plan(change("aws_iam_role", after), written={"aws_iam_role": arguments})).value
    assert value == {"name": "r", "managed_policy_arns": []}


@pytest.mark.parametrize("action", ["create", "update", "no-op"])
def test_what_the_provider_computed_is_not_configuration(action: str) -> None:
    after = {
        "name": "r",
        "arn": "arn:aws:iam::111122223333:role/r",
        "managed_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "tags_all": {"team": "ml"},
    }
    written = {"aws_iam_role": {"name": {"constant_value": "r"}}}
    role = change("aws_iam_role", after, action, unknown={"inline_policy": True})
    assert only(plan(role, written=written)).value == {
        "name": "r",
        "arn": "arn:aws:iam::111122223333:role/r",
        "tags_all": {"team": "ml"},
    }


def test_a_dynamic_block_is_kept_although_the_configuration_does_not_show_it() -> None:
    after = {"name": "m", "vpc_config": [{"subnets": ["s-1"], "security_group_ids": ["g-1"]}]}
    written = {"aws_sagemaker_model": {"name": {"constant_value": "m"}}}
    assert only(plan(change("aws_sagemaker_model", after), written=written)).value == after


def test_a_block_that_is_known_after_apply_stays_unknown() -> None:
    model = change("aws_sagemaker_model", {"name": "m"}, unknown={"vpc_config": True})
    value = only(plan(model, written={"aws_sagemaker_model": {}})).value
    assert isinstance(value["vpc_config"], Unknown)


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        (None, "unknown"),
        ({"name": {}}, None),
        (
            {"name": {}, "managed_policy_arns": {"constant_value": ["arn:aws:iam::aws:policy/A"]}},
            "fail",
        ),
    ],
)
def test_clashing_attachments_need_an_argument_that_somebody_wrote(
    written: dict[str, Any] | None, verdict: str | None
) -> None:
    role = change(
        "aws_iam_role", {"name": "r", "managed_policy_arns": ["arn:aws:iam::aws:policy/A"]}
    )
    attachment = change(
        "aws_iam_role_policy_attachment",
        {"role": "r", "policy_arn": "arn:aws:iam::aws:policy/B"},
    )
    shown = None if written is None else {"aws_iam_role": written}
    project = load(plan(role, attachment, written=shown))
    result = lint(project, [r for r in load_rules().rules if r.id == "IAM075"])
    assert [f.verdict.value for f in result.findings] == ([verdict] if verdict else [])


def test_what_goes_away_is_not_there() -> None:
    notebook = {"name": "n", "instance_type": "ml.t3.medium"}
    gone = [
        change("aws_sagemaker_notebook_instance", None, "delete"),
        change("aws_sagemaker_notebook_instance", None, "forget"),
        change("aws_sagemaker_notebook_instance", notebook, "delete", deposed="0a1b2c3d"),
    ]
    for item in gone:
        assert load(plan(item)).documents == []
    for actions in (["delete", "create"], ["create", "forget"], ["no-op"], ["update"]):
        item = change(
            "aws_sagemaker_notebook_instance",
            notebook,
            *actions,
            previous_address="aws_sagemaker_notebook_instance.old",
        )
        assert [d.address for d in load(plan(item)).documents] == [
            "aws_sagemaker_notebook_instance.x"
        ]


@pytest.mark.parametrize("command", ["check", "cost", "inspect"])
def test_a_plan_that_destroys_everything_was_read(tmp_path: Path, command: str) -> None:
    value = plan(change("aws_sagemaker_notebook_instance", None, "delete"))
    (tmp_path / "plan.json").write_text(json.dumps(value))
    assert pipewarden(command, ".", cwd=tmp_path).code == 0
    assert pipewarden(command, "plan.json", cwd=tmp_path).code == 0
    (tmp_path / "plan.json").unlink()
    assert pipewarden(command, ".", cwd=tmp_path).code == 3
