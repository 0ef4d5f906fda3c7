"""What holds for every price, whatever the pipeline, the usage file and the book."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from linter.domain.pipeline import Pipeline
from pricing.model import CostOptions, CostReport, Share, StepEstimate, WhatIf
from pricing.ranges import Range
from pricing.report import GROUPS, grouped
from tests.pricing.helpers import PRICES, RATES, book, pipeline, processing, report, usage

TYPES = ("ml.m5.xlarge", "ml.m4.xlarge", "ml.g5.xlarge", "ml.p3.2xlarge", "ml.unknown.xlarge")
KINDS = ("Training", "Processing", "Tuning", "Transform", "Lambda", "Fail", "Endpoint", "Odd")
SETTINGS = settings(max_examples=60, deadline=None)


def cluster(kind: str, count: int, volume: int) -> dict[str, Any]:
    return {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": volume}


@st.composite
def plain_steps(draw: Any, name: str) -> dict[str, Any]:
    """One step of a kind that holds no others."""
    kind = draw(st.sampled_from(KINDS))
    machines = cluster(
        draw(st.sampled_from(TYPES)), draw(st.integers(1, 20)), draw(st.integers(1, 500))
    )
    spot = draw(st.booleans())
    stop = draw(st.one_of(st.none(), st.integers(60, 90_000)))
    limit = {} if stop is None else {"StoppingCondition": {"MaxRuntimeInSeconds": stop}}
    arguments: dict[str, Any] = {}
    if kind == "Training":
        if draw(st.booleans()) and not spot:
            machines["KeepAlivePeriodInSeconds"] = draw(st.integers(0, 3600))
        arguments = {"ResourceConfig": machines, "EnableManagedSpotTraining": spot, **limit}
    elif kind == "Processing":
        arguments = {"ProcessingResources": {"ClusterConfig": machines}, **limit}
    elif kind == "Transform":
        arguments = {"TransformResources": machines}
    elif kind == "Tuning":
        most = draw(st.integers(1, 30))
        arguments = {
            "HyperParameterTuningJobConfig": {
                "Strategy": draw(st.sampled_from(["Bayesian", "Hyperband", "Random"])),
                "ResourceLimits": {
                    "MaxNumberOfTrainingJobs": most,
                    "MaxParallelTrainingJobs": draw(st.integers(1, most)),
                },
            },
            "TrainingJobDefinition": {
                "ResourceConfig": machines,
                "EnableManagedSpotTraining": spot,
                **limit,
            },
        }
    step: dict[str, Any] = {"Name": name, "Type": kind, "Arguments": arguments}
    if draw(st.booleans()):
        step["CacheConfig"] = {"Enabled": True, "ExpireAfter": "P30D"}
    if draw(st.integers(0, 3)) == 0:
        step["RetryPolicies"] = [
            {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "MaxAttempts": 3}
        ]
    return step


@st.composite
def pipelines(draw: Any) -> Pipeline:
    """Up to six steps at the top, conditions and loops with up to three steps inside."""
    number = 0

    def name() -> str:
        nonlocal number
        number += 1
        return f"S{number}"

    def some(depth: int, most: int) -> list[dict[str, Any]]:
        steps = []
        for _ in range(draw(st.integers(0, most))):
            shape = draw(st.integers(0, 5)) if depth else 2
            own = name()
            if shape == 0:
                body = {
                    "Conditions": [],
                    "IfSteps": some(depth - 1, 3),
                    "ElseSteps": some(depth - 1, 2),
                }
                step = {"Name": own, "Type": "Condition", "Arguments": body}
            elif shape == 1:
                body = {
                    "Items": list(range(draw(st.integers(0, 5)))),
                    "ForEachBody": some(depth - 1, 2),
                }
                step = {"Name": own, "Type": "ForEach", "Arguments": body}
            else:
                step = draw(plain_steps(own))
            earlier = [item["Name"] for item in steps]
            if earlier and draw(st.booleans()):
                step["DependsOn"] = [draw(st.sampled_from(earlier))]
            steps.append(step)
        return steps

    return pipeline(*some(2, 6))


@st.composite
def usages(draw: Any) -> dict[str, dict[str, Any]]:
    """Times, shares and probabilities for some of the steps."""
    said: dict[str, dict[str, Any]] = {}
    for number in range(1, 8):
        entry: dict[str, Any] = {}
        if draw(st.booleans()):
            low, middle, high = sorted(draw(st.lists(st.integers(0, 900), min_size=3, max_size=3)))
            entry["minutes"] = {"low": low, "expected": middle, "high": high}
        if draw(st.booleans()):
            entry["cache_hit_share"] = draw(st.integers(0, 10)) / 10
        if draw(st.booleans()):
            entry["probability"] = draw(st.integers(0, 100)) / 100
        if draw(st.booleans()):
            entry["spot_discount"] = draw(st.integers(0, 100)) / 100
        if entry:
            said[f"S{number}"] = entry
    return said


def in_order(value: Range) -> bool:
    return 0 <= value.low <= value.expected <= value.high


def ranges_of(found: StepEstimate) -> Iterable[Range]:
    yield from (found.compute, found.storage, found.other, found.total, found.duration)
    yield found.ondemand
    if found.hours is not None:
        yield found.hours.range
    if found.instance_count is not None:
        yield found.instance_count


@SETTINGS
@given(pipelines(), usages())
def test_every_range_is_in_order(item: Pipeline, said: dict[str, Any]) -> None:
    found = report(item, used=usage(**said))
    priced = found.pipelines[0]
    assert all(in_order(value) for step in priced.steps for value in ranges_of(step))
    assert in_order(priced.per_run) and in_order(priced.per_month) and in_order(priced.duration)
    assert in_order(found.per_run) and in_order(found.per_month)
    assert all(in_order(saving.usd_per_month) for saving in priced.savings)


@SETTINGS
@given(st.lists(pipelines(), max_size=3), usages(), st.integers(0, 500))
def test_totals_equal_the_sum_of_their_parts(
    items: list[Pipeline], said: dict[str, Any], runs: int
) -> None:
    found = report(*items, used=usage(**said), options=CostOptions(Decimal(runs)))
    for name in ("low", "expected", "high"):
        for priced in found.pipelines:
            parts = sum((getattr(step.share, name) for step in priced.steps), Decimal(0))
            assert parts == getattr(priced.per_run, name)
            assert getattr(priced.per_month, name) == getattr(priced.per_run, name) * runs
        whole = sum((getattr(p.per_run, name) for p in found.pipelines), Decimal(0))
        assert getattr(found.per_run, name) == whole
        for by in GROUPS:
            rows = grouped(found, by)
            assert sum((getattr(r.per_run, name) for r in rows), Decimal(0)) == whole
            month = sum((getattr(r.per_month, name) for r in rows), Decimal(0))
            assert month == getattr(found.per_month, name)
    for step in (step for priced in found.pipelines for step in priced.steps):
        assert step.total == step.compute + step.storage + step.other


def no_more(less: CostReport, more: CostReport) -> bool:
    """Whether every end of the totals is at most the other's."""
    return (
        less.per_run.low <= more.per_run.low
        and less.per_run.expected <= more.per_run.expected
        and less.per_run.high <= more.per_run.high
    )


@SETTINGS
@given(pipelines(), usages(), st.integers(1, 5))
def test_more_hours_never_cost_less(item: Pipeline, said: dict[str, Any], factor: int) -> None:
    longer = {
        name: {
            **entry,
            **(
                {"minutes": {k: v * factor for k, v in entry["minutes"].items()}}
                if "minutes" in entry
                else {}
            ),
        }
        for name, entry in said.items()
    }
    assert no_more(report(item, used=usage(**said)), report(item, used=usage(**longer)))


@SETTINGS
@given(pipelines(), usages(), st.integers(1, 8), st.integers(0, 8))
def test_more_instances_never_cost_less(
    item: Pipeline, said: dict[str, Any], count: int, added: int
) -> None:
    def with_count(number: int) -> CostReport:
        options = CostOptions(what_if=WhatIf(counts={"*": number}))
        return report(item, used=usage(**said), options=options)

    assert no_more(with_count(count), with_count(count + added))


@SETTINGS
@given(pipelines(), usages(), st.integers(0, 100), st.integers(0, 100))
def test_more_runs_never_cost_less(
    item: Pipeline, said: dict[str, Any], runs: int, added: int
) -> None:
    def month(number: int) -> Range:
        options = CostOptions(Decimal(number))
        return report(item, used=usage(**said), options=options).per_month

    few, many = month(runs), month(runs + added)
    assert few.low <= many.low and few.expected <= many.expected and few.high <= many.high


@SETTINGS
@given(pipelines(), usages(), st.sampled_from(sorted(PRICES)))
def test_a_missing_price_is_said_and_the_rest_stays(
    item: Pipeline, said: dict[str, Any], missing: tuple[str, str]
) -> None:
    """What has no price is listed; every other step keeps its own."""
    whole = report(item, used=usage(**said)).pipelines[0]
    partial_report = report(item, used=usage(**said), prices=book().without(*missing))
    partial = partial_report.pipelines[0]
    named = {gap.step for gap in partial_report.unpriced}
    for before, after in zip(whole.steps, partial.steps, strict=True):
        if after.total != before.total:
            assert after.unpriced and after.name in named
        if before.unpriced:
            assert after.unpriced
    # The totals lose what has no price any more, and nothing else with it; and they say so.
    gone = [
        before
        for before, after in zip(whole.steps, partial.steps, strict=True)
        if after.total != before.total
    ]
    lost = sum((step.share.expected for step in gone), Decimal(0))
    assert partial.per_run.expected >= whole.per_run.expected - lost - Decimal("1e-9")
    assert partial.per_run.high >= whole.per_run.high - sum(
        (step.share.high for step in gone), Decimal(0)
    )
    assert not gone or not partial_report.complete


@given(st.sampled_from(["ml.m5.xlarge", "ml.p3.2xlarge"]), st.integers(1, 9))
def test_a_missing_price_never_lowers_the_total_of_what_has_one(kind: str, count: int) -> None:
    """Of several possible types the dearest known one is expected, not the cheapest."""
    prices = {("Training", "ml.m5.xlarge"): Decimal("0.2"), ("Training", "ml.p3.2xlarge"): 3}
    item = pipeline(
        {
            "Name": "T",
            "Type": "Training",
            "Arguments": {"ResourceConfig": cluster_of({"Get": "Parameters.Kind"}, count)},
        },
        Parameters=[
            {
                "Name": "Kind",
                "Type": "String",
                "DefaultValue": kind,
                "EnumValues": ["ml.m5.xlarge", "ml.p3.2xlarge", "ml.nowhere.large"],
            }
        ],
    )
    full = report(item, prices=book({k: Decimal(v) for k, v in prices.items()})).pipelines[0]
    for gone in prices:
        rest = book({k: Decimal(v) for k, v in prices.items() if k != gone})
        found = report(item, prices=rest).pipelines[0]
        kept = next(price for key, price in prices.items() if key != gone)
        assert found.steps[0].usd_per_hour == kept
        assert found.steps[0].unpriced and full.steps[0].unpriced


def cluster_of(kind: Any, count: int) -> dict[str, Any]:
    return {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 1}


@SETTINGS
@given(pipelines(), usages())
def test_spot_never_exceeds_on_demand(item: Pipeline, said: dict[str, Any]) -> None:
    def priced(spot: str) -> CostReport:
        return report(item, used=usage(**said), options=CostOptions(what_if=WhatIf(spot=spot)))

    without, with_spot = priced("off"), priced("all")
    assert no_more(with_spot, without)
    for step in with_spot.pipelines[0].steps:
        assert step.compute.low <= step.ondemand.low
        assert step.compute.expected <= step.ondemand.expected
        assert step.compute.high <= step.ondemand.high


@SETTINGS
@given(pipelines(), usages())
def test_caching_never_costs_more(item: Pipeline, said: dict[str, Any]) -> None:
    def priced(cache: str) -> CostReport:
        return report(item, used=usage(**said), options=CostOptions(what_if=WhatIf(cache=cache)))

    assert no_more(priced("on"), priced("off"))


@SETTINGS
@given(pipelines(), usages())
def test_a_saving_is_never_more_than_is_spent(item: Pipeline, said: dict[str, Any]) -> None:
    priced = report(item, used=usage(**said)).pipelines[0]
    spent = {step.name: step.share for step in priced.steps}
    for saving in priced.savings:
        if saving.kind != "runtime-limit":
            share = spent.get(saving.step, Share(*(Decimal(10) ** 12,) * 3))
            most = max(share.expected, share.low) * priced.runs_per_month
            assert saving.usd_per_month.expected <= most + Decimal("1e-9")


@given(st.integers(1, 60), st.integers(0, 400))
def test_volume_is_billed_for_the_time_of_the_job(time: int, volume: int) -> None:
    item = pipeline(processing("P", cluster={"VolumeSizeInGB": volume}))
    found = report(item, used=usage(P={"minutes": time})).pipelines[0].steps[0]
    wanted = RATES["storage-gb-month:Processing"] * volume * time / 60 / 730
    assert abs(found.storage.expected - wanted) < Decimal("1e-9")
