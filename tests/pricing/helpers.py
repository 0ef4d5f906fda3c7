"""Pipelines, books and usage files in a few words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from linter.domain.pipeline import Pipeline
from linter.project.load import LoadOptions, load_texts
from linter.project.model import Project
from pricing.book import PriceBook
from pricing.model import CostOptions, CostReport, StepEstimate, estimate
from pricing.ranges import Range
from pricing.standing import StandingResource, standing_resources
from pricing.usage import Usage, parse_usage

PRICES = {
    ("Processing", "ml.m5.xlarge"): Decimal("0.23"),
    ("Training", "ml.m5.xlarge"): Decimal("0.23"),
    ("Training", "ml.m4.xlarge"): Decimal("0.24"),
    ("Training", "ml.g5.xlarge"): Decimal("1.408"),
    ("Training", "ml.p3.2xlarge"): Decimal("3.825"),
    ("BatchTransform", "ml.m5.xlarge"): Decimal("0.23"),
    ("Hosting", "ml.m5.xlarge"): Decimal("0.23"),
    ("Hosting", "ml.m5.large"): Decimal("0.115"),
    ("Hosting", "ml.g5.xlarge"): Decimal("1.408"),
    ("Notebook", "ml.t3.medium"): Decimal("0.05"),
    ("Studio-JupyterLab", "ml.t3.medium"): Decimal("0.05"),
}
RATES = {
    "storage-gb-month:Training": Decimal("0.14"),
    "storage-gb-month:Processing": Decimal("0.1"),
    "storage-gb-month:Hosting": Decimal("0.14"),
    "storage-gb-month:Notebook": Decimal("0.14"),
    "storage-gb-month:Studio": Decimal("0.112"),
    "lambda-gb-second-x86": Decimal("0.0000166667"),
    "lambda-request": Decimal("0.0000002"),
    "serverless-gb-second": Decimal("0.00002"),
    "hosting-data-gb:in": Decimal("0.016"),
    "hosting-data-gb:out": Decimal("0.016"),
    "emr-serverless-vcpu-hour": Decimal("0.052624"),
    "emr-serverless-gb-hour": Decimal("0.0057785"),
}


def book(
    prices: Mapping[tuple[str, str], Decimal] | None = None,
    rates: Mapping[str, Decimal] | None = None,
    region: str = "us-east-1",
) -> PriceBook:
    """A book of round prices; the given ones replace all of them."""
    return PriceBook.of_prices(
        region, PRICES if prices is None else prices, rates=RATES if rates is None else rates
    )


def pipeline(*steps: Mapping[str, Any], name: str = "demo", **definition: Any) -> Pipeline:
    """A pipeline of these steps, read as a user's file would be."""
    text = json.dumps({"Version": "2020-12-01", **definition, "Steps": list(steps)})
    project = load_texts({f"{name}.json": text})
    assert not project.problems
    return project.pipelines[0]


def training(name: str = "Train", **changes: Any) -> dict[str, Any]:
    """A Training step on one ml.m5.xlarge with 30 GB; ``resource`` and others replace parts."""
    resource = {
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": 1,
        "VolumeSizeInGB": 30,
        **changes.pop("resource", {}),
    }
    step = {key: changes.pop(key) for key in ("CacheConfig", "RetryPolicies") if key in changes}
    if "DependsOn" in changes:
        step["DependsOn"] = changes.pop("DependsOn")
    return {
        "Name": name,
        "Type": changes.pop("kind", "Training"),
        "Arguments": {"ResourceConfig": resource, **changes},
        **step,
    }


def processing(name: str = "Prepare", **changes: Any) -> dict[str, Any]:
    """A Processing step on one ml.m5.xlarge with 30 GB."""
    cluster = {
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": 1,
        "VolumeSizeInGB": 30,
        **changes.pop("cluster", {}),
    }
    step = {
        key: changes.pop(key)
        for key in ("CacheConfig", "RetryPolicies", "DependsOn")
        if key in changes
    }
    return {
        "Name": name,
        "Type": changes.pop("kind", "Processing"),
        "Arguments": {"ProcessingResources": {"ClusterConfig": cluster}, **changes},
        **step,
    }


def usage(text: str = "", **steps: Mapping[str, Any]) -> Usage:
    """A usage file: its text, or keys per step of every pipeline."""
    if text:
        return parse_usage(text)
    body = {"version": 1, "pipelines": {"*": {"steps": dict(steps)}}}
    return parse_usage(json.dumps(body))  # JSON is YAML


def report(
    *pipelines: Pipeline,
    prices: PriceBook | None = None,
    used: Usage | None = None,
    options: CostOptions | None = None,
    standing: Sequence[StandingResource] = (),
) -> CostReport:
    return estimate(pipelines, standing, prices or book(), used or Usage(), options)


def step(item: Mapping[str, Any], **keywords: Any) -> StepEstimate:
    """The estimate of one step alone."""
    return report(pipeline(item), **keywords).pipelines[0].steps[0]


def minutes(low: int, expected: int | None = None, high: int | None = None) -> Any:
    """A usage file's times."""
    if expected is None:
        return low
    return {"low": low, "expected": expected, "high": high if high is not None else expected}


def range_of(low: str, expected: str | None = None, high: str | None = None) -> Range:
    middle = expected or low
    return Range(Decimal(low), Decimal(middle), Decimal(high or middle))


def terraform(text: str, **options: Any) -> Project:
    return load_texts({"main.tf": text}, LoadOptions(**options))


def standing_of(text: str, path: str = "main.tf") -> list[StandingResource]:
    project = load_texts({path: text})
    assert not project.problems, project.problems
    return standing_resources(project)
