"""Published calculations, reproduced to the cent through the estimators.

``worked_examples.json`` has the inputs, the prices of their day, the stated results and where they
were published, and those that cannot be reproduced with the reason.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from pricing.book import PriceBook
from pricing.history import read_history
from pricing.model import CostOptions
from pricing.standing import StandingResource, Variant
from pricing.usage import Usage, parse_usage
from tests.pricing.helpers import pipeline, report

DATA: dict[str, Any] = json.loads(
    (Path(__file__).parent / "worked_examples.json").read_text("utf-8")
)
EXAMPLES: list[dict[str, Any]] = DATA["examples"]
LONG = {"StoppingCondition": {"MaxRuntimeInSeconds": 28 * 86_400}}
COMPONENTS = {
    "training": "Training",
    "warm-pool": "Training",
    "processing": "Processing",
    "transform": "BatchTransform",
    "endpoint": "Hosting",
    "notebook": "Notebook",
    "studio": "Studio-Notebook",
}


def book_of(example: dict[str, Any]) -> PriceBook:
    """A book with nothing but the example's prices."""
    prices: dict[tuple[str, str], Decimal] = {}
    rates: dict[str, Decimal] = {}
    kind = example["kind"]
    if "usd_per_hour" in example:
        amount = Decimal(example["usd_per_hour"])
        prices[COMPONENTS[kind], example["instance_type"]] = amount
    if "rate" in example:
        component = example.get("component", COMPONENTS.get(kind, ""))
        rate = Decimal(example["rate"])
        rates[f"storage-gb-month:{component.removesuffix('-WarmPool')}"] = rate
    return PriceBook.of_prices(example["region"], prices, rates=rates)


def run_usage(**step: Any) -> Usage:
    return parse_usage(
        json.dumps({"version": 1, "pipelines": {"*": {"steps": {"S": step}}}}, default=float)
    )


def step_usd(example: dict[str, Any], arguments: dict[str, Any], kind: str, used: Usage) -> Any:
    """What the example's runs of one step cost in a month."""
    item = pipeline({"Name": "S", "Type": kind, "Arguments": arguments})
    options = CostOptions(
        Decimal(example.get("runs", 1)),
        hours_in_month=Decimal(example.get("month_hours", 730)),
        with_savings=False,
    )
    found = report(item, prices=book_of(example), used=used, options=options)
    assert not found.unpriced
    assert found.per_month.low == found.per_month.expected == found.per_month.high
    return found.per_month.expected


def job_usd(example: dict[str, Any]) -> Decimal:
    cluster = {
        "InstanceType": example["instance_type"],
        "InstanceCount": example.get("instances", 1),
    }
    kind, arguments = {
        "training": ("Training", {"ResourceConfig": cluster, **LONG}),
        "processing": (
            "Processing",
            {"ProcessingResources": {"ClusterConfig": cluster}, **LONG},
        ),
        "transform": ("Transform", {"TransformResources": cluster}),
    }[example["kind"]]
    used = run_usage(minutes=Decimal(example["hours"]) * 60)
    return Decimal(step_usd(example, arguments, kind, used))


def warm_pool_usd(example: dict[str, Any]) -> Decimal:
    """Kept for so many hours in a month: 60 jobs of no time, each with its share of the hours."""
    cluster = {
        "InstanceType": example["instance_type"],
        "InstanceCount": 1,
        "KeepAlivePeriodInSeconds": 21_600,
    }
    used = run_usage(minutes=0, warm_pool_idle_minutes=Decimal(example["hours"]))
    return Decimal(step_usd({**example, "runs": 60}, {"ResourceConfig": cluster}, "Training", used))


def standing_usd(example: dict[str, Any], resource: StandingResource, **said: Any) -> Decimal:
    used = parse_usage(json.dumps({"version": 1, "standing": {"r": said}}, default=float))
    options = CostOptions(
        hours_in_month=Decimal(example.get("month_hours", 730)), with_savings=False
    )
    found = report(prices=book_of(example), used=used, options=options, standing=[resource])
    assert not found.unpriced
    return found.standing_per_month.expected


def machine_usd(example: dict[str, Any]) -> Decimal:
    """Notebooks, Studio apps and endpoints, which stand."""
    hours, count = Decimal(example["hours"]), example.get("instances", 1)
    while hours > 744:  # more than a month has: several machines
        hours, count = hours / 2, count * 2
    size: Any = 0
    if "gb_months" in example:
        size = float(Decimal(example["gb_months"]) * example["month_hours"] / hours)
    name = example["instance_type"]
    if example["kind"] == "endpoint":
        resource = StandingResource(
            "endpoint",
            "r",
            "r",
            "x",
            variants=(Variant("v", name, count, size),),
            asynchronous=example.get("asynchronous", False),
            instances=example.get("endpoints", 1),
        )
    else:
        kind = "studio-app" if example["kind"] == "studio" else "notebook"
        resource = StandingResource(kind, "r", "r", "x", name, count, volume_gb=size)
    return standing_usd(example, resource, hours_per_month=hours)


def volume_usd(example: dict[str, Any]) -> Decimal:
    """GB-months: half of the month with twice the size, so that no job passes its limit."""
    component, gigabytes = example["component"], Decimal(example["gb_months"])
    hours = Decimal(example["month_hours"]) / 2
    prices = {("Training", "ml.m5.xlarge"): Decimal(0), ("Processing", "ml.m5.xlarge"): Decimal(0)}
    prices |= {("Hosting", "ml.m5.xlarge"): Decimal(0), ("Notebook", "ml.m5.xlarge"): Decimal(0)}
    rate = f"storage-gb-month:{component.removesuffix('-WarmPool')}"
    free = PriceBook.of_prices(example["region"], prices, rates={rate: Decimal(example["rate"])})
    options = CostOptions(
        Decimal(1), hours_in_month=Decimal(example["month_hours"]), with_savings=False
    )
    cluster = {
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": 1,
        "VolumeSizeInGB": float(gigabytes * 2),
    }
    if component in ("Hosting", "Notebook"):
        variant = Variant("v", "ml.m5.xlarge", 1, float(gigabytes))
        resource = StandingResource("endpoint", "r", "r", "x", variants=(variant,))
        if component == "Notebook":
            size = float(gigabytes)
            resource = StandingResource("notebook", "r", "r", "x", "ml.m5.xlarge", volume_gb=size)
        used = parse_usage("version: 1\nstanding: {r: {hours_per_month: 744}}")
        found = report(prices=free, used=used, options=options, standing=[resource])
        return found.per_month.expected
    used = run_usage(minutes=hours * 60)
    arguments: dict[str, Any] = {"ResourceConfig": cluster, **LONG}
    kind = "Training"
    if component == "Processing":
        kind, arguments = "Processing", {"ProcessingResources": {"ClusterConfig": cluster}, **LONG}
    elif component == "Training-WarmPool":
        cluster["KeepAlivePeriodInSeconds"] = 21_600
        cluster["VolumeSizeInGB"] = float(gigabytes * Decimal(example["month_hours"]) / 6)
        used = run_usage(minutes=0, warm_pool_idle_minutes=360)
    item = pipeline({"Name": "S", "Type": kind, "Arguments": arguments})
    return report(item, prices=free, used=used, options=options).per_month.expected


def usd(example: dict[str, Any]) -> Decimal:
    kind = example["kind"]
    if kind == "volume":
        return volume_usd(example)
    if kind == "warm-pool":
        return warm_pool_usd(example)
    if kind in ("endpoint", "notebook", "studio"):
        return machine_usd(example)
    return job_usd(example)


def saving_percent(example: dict[str, Any]) -> Decimal:
    """What managed Spot saves on the job, from its log through history and estimator."""
    line = {
        "pipeline": "demo",
        "step": "S",
        "seconds": example["training_seconds"],
        "billable_seconds": example["billable_seconds"],
    }
    cluster = {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1}
    item = pipeline(
        {
            "Name": "S",
            "Type": "Training",
            "Arguments": {"ResourceConfig": cluster, "EnableManagedSpotTraining": True},
        }
    )
    options = CostOptions(history=read_history([json.dumps(line)], "h"), with_savings=False)
    prices = PriceBook.of_prices("", {("Training", "ml.p3.2xlarge"): Decimal("3.825")})
    step = report(item, prices=prices, options=options).pipelines[0].steps[0]
    billed = step.compute.expected * 3600 / Decimal("3.825")
    assert abs(billed - example["billable_seconds"]) < Decimal("1e-5")
    return (1 - step.compute.expected / step.ondemand.expected) * 100


@pytest.mark.parametrize("example", EXAMPLES, ids=[item["id"] for item in EXAMPLES])
def test_a_published_result_is_reproduced(example: dict[str, Any]) -> None:
    stated = example["stated"]
    if "saving_percent" in stated:
        wanted = Decimal(stated["saving_percent"])
        assert saving_percent(example).quantize(wanted, ROUND_HALF_UP) == wanted
    else:
        wanted = Decimal(stated["usd"])
        assert usd(example).quantize(Decimal("0.01"), ROUND_HALF_UP) == wanted


def test_the_bills_lines_make_its_sums() -> None:
    """AWS's own sums: 2.15 for volumes, 884.51 for instances."""
    lines = [item for item in EXAMPLES if item["source"] == "bill"]
    sums: Counter[str] = Counter()
    for item in lines:
        what = "volumes" if item["kind"] == "volume" else "instances"
        sums[what] += usd(item).quantize(Decimal("0.01"), ROUND_HALF_UP)  # type: ignore[assignment]
    assert sums == {"volumes": Decimal("2.15"), "instances": Decimal("884.51")}


def test_the_data_file_is_whole() -> None:
    assert len(EXAMPLES) >= 15
    assert len({item["id"] for item in EXAMPLES}) == len(EXAMPLES)
    for item in EXAMPLES:
        assert item["source"] in DATA["sources"] and item["date"] and item["stated"]
        assert item["region"]
        assert item["kind"] == "spot" or item["price_from"] in ("stated", "list")
    for source in DATA["sources"].values():
        assert source["url"].startswith("https://") and source["title"] and source["publisher"]
    assert all(item["reason"] and item["url"] for item in DATA["not_reproduced"])
