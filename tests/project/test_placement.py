"""Where a document or a pipeline runs: the reader first, then hints, then the configuration."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linter.core.identity import Placement
from linter.project.load import LoadOptions, load_texts
from linter.project.placement import placement_of, region_of

STATED = Placement("eu-west-1", (), "", "configured: --region")
AWS_IMAGE = "683313688378.dkr.ecr.{}.amazonaws.com/sagemaker-xgboost:1.7-1"
OWN_IMAGE = "111122223333.dkr.ecr.{}.amazonaws.com/train:1"
KEY = "arn:aws:kms:{}:111122223333:key/k"
QUEUE = "arn:aws:sqs:{}:111122223333:q"


def definition(*values: str) -> str:
    steps = [
        {"Name": f"S{number}", "Type": "Training", "Arguments": {"Anything": value}}
        for number, value in enumerate(values)
    ]
    return json.dumps({"Version": "2020-12-01", "Steps": steps})


def of_pipeline(files: dict[str, str], configured: Placement | None = None) -> Placement:
    options = LoadOptions() if configured is None else LoadOptions(configured=configured)
    project = load_texts(files, options)
    return placement_of(project.pipelines[0], project)


@pytest.mark.parametrize(
    ("values", "region", "regions"),
    [
        ((), "", ()),
        (("arn:aws:iam::111122223333:role/r", "s3://bucket-us-west-1/x"), "", ()),
        ((AWS_IMAGE.format("ap-south-1"),), "ap-south-1", ()),
        ((KEY.format("ap-south-1"), KEY.format("ap-south-1")), "ap-south-1", ()),
        ((OWN_IMAGE.format("ap-south-1"), QUEUE.format("ap-south-1")), "ap-south-1", ()),
        # Images of AWS come first: a key of another region is what is wrong then.
        ((AWS_IMAGE.format("ap-south-1"), KEY.format("us-east-2")), "ap-south-1", ()),
        (
            (KEY.format("us-east-2"), KEY.format("ap-south-1"), QUEUE.format("ap-south-1")),
            "",
            ("ap-south-1", "us-east-2"),
        ),
        ((KEY.format("nowhere-1"),), "", ()),
    ],
)
def test_what_a_lone_definition_names(
    values: tuple[str, ...], region: str, regions: tuple[str, ...]
) -> None:
    found = of_pipeline({"p.json": definition(*values)})
    assert (found.region, found.regions) == (region, regions)
    assert all(name in found.because for name in regions)


def terraform(provider: str, *values: str, **more: str) -> dict[str, str]:
    text = definition(*values).replace('"', '\\"')
    return {
        "main.tf": f'{provider}\nresource "aws_sagemaker_pipeline" "p" {{\n  pipeline_name = "p"\n'
        f'  role_arn = "arn:aws:iam::111122223333:role/x"\n  pipeline_definition = "{text}"\n}}\n',
        **more,
    }


ONE_OF = 'variable "x" {}\nprovider "aws" { region = var.x ? "eu-west-1" : "us-east-2" }'


@pytest.mark.parametrize(
    ("files", "configured", "region", "because"),
    [
        (terraform('provider "aws" { region = "us-west-2" }'), STATED, "us-west-2", "provider aws"),
        (
            terraform('provider "aws" { region = "us-west-2" }', AWS_IMAGE.format("ap-south-1")),
            None,
            "us-west-2",
            "provider aws",
        ),
        (terraform("", AWS_IMAGE.format("ap-south-1")), STATED, "ap-south-1", "images of AWS"),
        (terraform(""), STATED, "eu-west-1", "configured: --region"),
        (terraform(""), None, "", ""),
        (terraform('provider "aws" {}'), STATED, "eu-west-1", "configured"),
        (terraform('provider "aws" {}'), None, "", "provider aws sets no region"),
        (terraform(ONE_OF), STATED, "eu-west-1", "configured"),
        (terraform(ONE_OF), None, "", "provider aws: "),
        ({"p.json": definition()}, STATED, "eu-west-1", "configured"),
    ],
)
def test_the_code_comes_before_the_configuration(
    files: dict[str, str], configured: Placement | None, region: str, because: str
) -> None:
    found = of_pipeline(files, configured)
    assert found.region == region and found.because.startswith(because)


def test_a_configured_region_that_the_code_rules_out_does_not_hold() -> None:
    found = of_pipeline(terraform(ONE_OF), Placement("sa-east-1", (), "", "configured: --region"))
    assert (found.region, found.regions) == ("", ("eu-west-1", "us-east-2"))


def test_accounts() -> None:
    assert of_pipeline(terraform("")).account == "111122223333"
    allowed = (
        'provider "aws" {\n  region = "eu-west-1"\n  allowed_account_ids = ["444455556666"]\n}'
    )
    assert of_pipeline(terraform(allowed)).account == "444455556666"


def test_a_misspelt_region_is_no_region_to_rules() -> None:
    project = load_texts(terraform('provider "aws" { region = "eu-wset-1" }'))
    assert placement_of(project.pipelines[0], project).region == "eu-wset-1"
    assert region_of(project.pipelines[0], project) is None


def test_templates_run_where_the_user_says() -> None:
    template: dict[str, Any] = {
        "Resources": {
            "N": {
                "Type": "AWS::SageMaker::NotebookInstance",
                "Properties": {"InstanceType": "ml.t3.medium", "RoleArn": "x"},
            }
        }
    }
    for options, region in ((LoadOptions(), None), (LoadOptions(configured=STATED), "eu-west-1")):
        project = load_texts({"t.json": json.dumps(template)}, options)
        assert region_of(project.documents[0], project) == region
