"""Where the resources of a plan run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.core.documents import ReadResult
from linter.core.sources import Source
from linter.readers.plan import read_plan

AWS = {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws"}


def provider(region: Any = None, **more: Any) -> dict[str, Any]:
    expressions = {} if region is None else {"region": region}
    return {**AWS, **more, "expressions": {**expressions, **more.get("expressions", {})}}


def constant(value: Any) -> dict[str, Any]:
    return {"constant_value": value}


def variable(name: str) -> dict[str, Any]:
    return {"references": [f"var.{name}"]}


def plan(
    providers: dict[str, Any],
    key: str = "aws",
    values: dict[str, Any] | None = None,
    module: str = "",
    **more: Any,
) -> dict[str, Any]:
    """A plan of one bucket, in the root or in the module ``m``."""
    resource = {
        "address": "aws_s3_bucket.b",
        "mode": "managed",
        "type": "aws_s3_bucket",
        "name": "b",
        "provider_config_key": key,
        "expressions": {},
    }
    call = {"expressions": more.pop("arguments", {}), "module": {"resources": [resource]}}
    change = {
        "address": f"{module}.aws_s3_bucket.b" if module else "aws_s3_bucket.b",
        "mode": "managed",
        "type": "aws_s3_bucket",
        "name": "b",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": ["create"],
            "after": {"bucket": "b", **(values or {})},
            "after_unknown": {"arn": "arn" not in (values or {})},
        },
    }
    if module:
        change["module_address"] = module
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "resource_changes": [change],
        "configuration": {
            "provider_config": providers,
            "root_module": {"module_calls": {"m": call}} if module else {"resources": [resource]},
        },
        **more,
    }


def read(value: dict[str, Any]) -> ReadResult:
    return read_plan(Source("plan.json", json.dumps(value, indent=1)))


EAST = provider(constant("us-east-1"))
WEST = provider(constant("us-west-2"), alias="west")
ASSUMED = {"assume_role": [{"role_arn": constant("arn:aws:iam::111122223333:role/x")}]}


@pytest.mark.parametrize(
    ("value", "region", "account"),
    [
        (plan({"aws": EAST}), "us-east-1", ""),
        (plan({"aws": EAST, "aws.west": WEST}, "aws.west"), "us-west-2", ""),
        (plan({"aws": EAST}, values={"region": "eu-west-1"}), "eu-west-1", ""),
        (plan({"aws": provider()}), "", ""),
        (plan({}), "", ""),
        (
            plan({"aws": provider(variable("r"))}, variables={"r": {"value": "eu-west-3"}}),
            "eu-west-3",
            "",
        ),
        (plan({"aws": provider(variable("r"))}, variables={"r": {"value": {"a": 1}}}), "", ""),
        (plan({"aws": provider(variable("r"))}, variables={"r": {"value": "eu-west"}}), "", ""),
        (plan({"aws": provider({"references": ["local.r"]})}), "", ""),
        (plan({"aws": EAST, "aws.west": WEST}, "aws.west", module="module.m"), "us-west-2", ""),
        (
            plan(
                {"module.m:aws": provider(variable("r"), module_address="module.m")},
                "module.m:aws",
                module='module.m["a"]',
                arguments={"r": variable("home")},
                variables={"home": {"value": "ap-south-1"}},
            ),
            "ap-south-1",
            "",
        ),
        # Plans of Terraform 0.12 and 0.13 name the module's own configuration, which inherits.
        (plan({"aws": EAST}, "module.m:aws", module="module.m"), "us-east-1", ""),
        (plan({"aws": EAST, "aws.west": WEST}, "module.m:aws", module="module.m"), "", ""),
        (
            plan({"aws": provider(constant("us-east-1"), expressions=ASSUMED)}),
            "us-east-1",
            "1" * 12,
        ),
        (
            plan({"aws": provider()}, values={"arn": "arn:aws:sqs:eu-north-1:444455556666:q"}),
            "eu-north-1",
            "444455556666",
        ),
    ],
)
def test_forms(value: dict[str, Any], region: str, account: str) -> None:
    result = read(value)
    assert [problem.message for problem in result.problems] == []
    place = result.documents[0].placement
    expected = account.replace("1" * 12, "111122223333")
    assert (place.region, place.account) == (region, expected)


def test_what_an_old_plan_does_not_say_is_one_of_several() -> None:
    place = (
        read(plan({"aws": EAST, "aws.west": WEST}, "module.m:aws", module="module.m"))
        .documents[0]
        .placement
    )
    assert place.regions == ("us-east-1", "us-west-2")


def test_a_region_that_does_not_exist_is_a_problem_at_its_place() -> None:
    result = read(plan({"aws": provider(constant("eu-wset-1"))}))
    assert [(p.rule, p.message, p.lost) for p in result.problems] == [
        (
            "SYN014",
            'Invalid AWS Region: "eu-wset-1" is not the name of a region; did you mean eu-west-1?',
            False,
        )
    ]
    text = json.dumps(plan({"aws": provider(constant("eu-wset-1"))}), indent=1)
    line = result.problems[0].span.start_line
    assert "eu-wset-1" in text.splitlines()[line - 1]
    skipped = {"skip_region_validation": constant(True)}
    assert not read(plan({"aws": provider(constant("x"), expressions=skipped)})).problems


@pytest.mark.parametrize("broken", [None, [], "x", {"aws": None}, {"aws": {"expressions": []}}])
def test_hostile_configurations_are_no_trouble(broken: Any) -> None:
    assert read(plan(broken)).documents[0].placement.region == ""
