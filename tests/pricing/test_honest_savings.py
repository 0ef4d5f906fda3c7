"""Savings that go together: bills calculated by hand, and what holds for every pipeline."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from linter.domain.pipeline import Pipeline
from pricing.model import CostOptions, CostReport, PipelineEstimate, Share
from pricing.ranges import Range, total
from pricing.stacking import Offer, Owner, shared, stack
from tests.pricing.helpers import (
    book,
    pipeline,
    processing,
    range_of,
    report,
    standing_of,
    training,
    usage,
)
from tests.pricing.test_conservation import SETTINGS, pipelines, usages

HOUR = {"minutes": 60}


def priced(*steps: dict[str, Any], **said: Any) -> PipelineEstimate:
    """A pipeline with ten runs a month."""
    found = report(pipeline(*steps), used=usage(**said), options=CostOptions(Decimal(10)))
    return found.pipelines[0]


def plain(name: str = "S", **resource: Any) -> dict[str, Any]:
    return training(name, resource={"VolumeSizeInGB": 0, **resource})


def test_savings_are_applied_to_what_is_left() -> None:
    """2.40 a month on ml.m4.xlarge: a cache leaves 70%, ml.m5 23/24 of that, Spot 40% of that."""
    found = priced(plain(InstanceType="ml.m4.xlarge"), S=HOUR)
    applied = {s.kind: s.usd_per_month.expected for s in found.savings if s.applied}
    left = Decimal("2.4") * Decimal("0.7")
    newer = left * (Decimal("0.24") - Decimal("0.23")) / Decimal("0.24")
    assert applied["caching"] == Decimal("0.72")
    assert applied["right-size"] == newer.quantize(Decimal("0.0000000001")) == Decimal("0.07")
    assert applied["spot"] == (left - newer) * Decimal("0.6") == Decimal("0.966")
    assert found.savings_total.expected == Decimal("1.756")
    assert found.after_savings.expected == Decimal("0.644")  # 10 × 0.23 × 0.7 × 0.4
    # Each alone would promise 0.72 + 0.10 + 1.44, and at most 2.16 + 0.10 + 2.16 of 2.40.
    assert found.savings_total.high <= Decimal("2.4")
    assert {s.kind: s.alone.expected for s in found.savings if s.applied} == {
        "caching": Decimal("0.72"),
        "right-size": Decimal("0.1"),
        "spot": Decimal("1.44"),
    }


def test_of_those_that_exclude_each_other_the_best_is_applied() -> None:
    month = Range.exactly(100)
    offers = (
        Offer("small", "machine", shared(range_of("0.1")), "", compute=True),
        Offer("large", "machine", shared(range_of("0.3")), "", compute=True),
        Offer("plan", "rate", shared(range_of("0.2")), "", compute=True),
        Offer("nights", "hours", shared(range_of("0.5")), "", compute=True),
    )
    owner = Owner("e", "a", shared(month), Share(*[Decimal("0.8")] * 3), offers)
    made = stack([owner])
    applied = {s.kind: s.usd_per_month.expected for s in made.savings if s.applied}
    assert applied == {"nights": 40, "large": 12}  # 80 × 0.5, then 40 × 0.3; no plan for nights off
    assert {s.kind: s.alternative_of for s in made.savings if not s.applied} == {
        "small": "large",
        "plan": "nights",
    }
    assert made.total == Range.exactly(52) and made.after == Range.exactly(48)


def test_what_is_deleted_saves_all_and_nothing_else_applies() -> None:
    whole = Offer("idle-endpoint", "whole", shared(range_of("1")), "")
    newer = Offer("right-size", "machine", shared(range_of("0.2")), "", compute=True)
    owner = Owner("e", "a", shared(range_of("10")), shared(range_of("1")), (newer, whole))
    made = stack([owner])
    assert [(s.kind, s.applied, s.alternative_of) for s in made.savings] == [
        ("idle-endpoint", True, ""),
        ("right-size", False, "idle-endpoint"),
    ]
    assert made.total == range_of("10") and made.after == range_of("0")


@pytest.mark.parametrize(
    "changes",
    [
        {"resource": {"KeepAlivePeriodInSeconds": 600}},
        {"HyperParameters": {"sagemaker_program": "_repack_model.py"}},
        {"Environment": {"SM_INPUT_NOTEBOOK_NAME": "n.ipynb"}},
        {"resource": {"TrainingPlanArn": "arn:aws:sagemaker:us-east-1:1:training-plan/p"}},
    ],
)
def test_spot_is_not_offered_to_jobs_that_cannot_take_it(changes: dict[str, Any]) -> None:
    found = priced(training("S", **changes), S=HOUR)
    assert "spot" not in {saving.kind for saving in found.savings}
    tried = report(pipeline(training("S", **changes)), options=CostOptions(Decimal(10)))
    assert not tried.pipelines[0].steps[0].spot


@pytest.mark.parametrize("kind", ["ClarifyCheck", "QualityCheck"])
def test_a_check_is_meant_to_run(kind: str) -> None:
    found = priced(processing("S", kind=kind), S=HOUR)
    assert "caching" not in {saving.kind for saving in found.savings}
    assert "caching" in {saving.kind for saving in priced(processing("S"), S=HOUR).savings}


def tuning(*spots: bool, **first: Any) -> dict[str, Any]:
    definitions = [
        {
            "DefinitionName": f"d{number}",
            "EnableManagedSpotTraining": spot,
            "ResourceConfig": {
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 10,
                **(first if number == 0 else {}),
            },
        }
        for number, spot in enumerate(spots)
    ]
    limits = {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2}
    return {
        "Name": "S",
        "Type": "Tuning",
        "Arguments": {
            "HyperParameterTuningJobConfig": {"Strategy": "Random", "ResourceLimits": limits},
            "TrainingJobDefinitions": definitions,
        },
    }


def test_a_tuning_job_of_which_half_is_on_spot_is_priced_so() -> None:
    """Ten jobs of an hour at 0.23: five whole, five at half price."""
    found = priced(tuning(True, False), S={**HOUR, "spot_discount": 0.5})
    step = found.steps[0]
    assert step.compute.expected == Decimal("1.725")  # 1.15 + 0.575
    assert step.open_to_spot.quantize(Decimal("0.001")) == Decimal("0.667")  # 1.15 of 1.725
    (spot,) = [s for s in found.savings if s.kind == "spot"]
    assert spot.alone.expected.quantize(Decimal("0.0001")) == Decimal("5.75")  # half of 11.50
    assert any("1 of 2 definitions use Spot" in note for note in step.notes)


def test_definitions_of_equal_volume_are_no_crash() -> None:
    step = priced(tuning(False, False), S=HOUR).steps[0]
    assert step.compute.expected == Decimal("2.3") and step.complete


def test_spot_is_not_offered_for_definitions_that_cannot_take_it() -> None:
    found = priced(tuning(False, KeepAlivePeriodInSeconds=60), S=HOUR)
    assert "spot" not in {saving.kind for saving in found.savings}
    half = priced(tuning(False, False, KeepAlivePeriodInSeconds=60), S=HOUR)
    assert half.steps[0].open_to_spot == Decimal("0.5")


def test_several_instances_of_an_endpoint_are_no_saving_by_themselves() -> None:
    things = standing_of(
        'resource "aws_sagemaker_endpoint_configuration" "c" {\n  production_variants {\n'
        '    variant_name = "v"\n    model_name = "m"\n    instance_type = "ml.m5.xlarge"\n'
        "    initial_instance_count = 1\n  }\n}\n"
        'resource "aws_sagemaker_endpoint" "e" {\n  name = "e"\n'
        "  endpoint_config_name = aws_sagemaker_endpoint_configuration.c.name\n}\n"
    )
    (found,) = report(standing=things).standing
    assert found.savings_total.high <= found.usd_per_month.high == Decimal("167.9")
    assert {saving.kind for saving in found.savings if saving.applied} == {"scheduled-stop"}
    assert [s.alternative_of for s in found.savings if s.kind == "savings-plan"] == [
        "scheduled-stop"
    ]


# --- properties -------------------------------------------------------------------------------


def check_savings(found: CostReport) -> None:
    for item in (*found.pipelines, *found.standing):
        month = item.per_month if isinstance(item, PipelineEstimate) else item.usd_per_month
        applied = [s.usd_per_month for s in item.savings if s.applied]
        assert total(applied) == item.savings_total
        for name in ("low", "expected", "high"):
            assert getattr(item.savings_total, name) <= getattr(month, name)
        assert 0 <= item.after_savings.low <= item.after_savings.expected
        assert item.after_savings.expected <= item.after_savings.high <= month.high
        spent = item.after_savings.expected + item.savings_total.expected
        assert abs(spent - month.expected) < Decimal("1e-6")
        for saving in item.savings:
            assert saving.alone.high <= month.high
            assert 0 <= saving.usd_per_month.low <= saving.usd_per_month.expected
    assert found.savings_total.high <= found.per_month.high


@SETTINGS
@given(pipelines(), usages())
def test_savings_never_exceed_the_cost(item: Pipeline, said: dict[str, Any]) -> None:
    check_savings(report(item, used=usage(**said)))


@SETTINGS
@given(pipelines(), usages())
def test_removing_a_price_never_lowers_a_total(item: Pipeline, said: dict[str, Any]) -> None:
    from linter.config.model import Budget
    from linter.gate.budgets import judge_budgets

    whole = book()
    before = report(item, prices=whole, used=usage(**said))
    month = before.per_month.expected
    budget = Budget(per_month_usd=month * Decimal("0.9"), per_step_usd=Decimal("0.01"))
    for component in ("Training", "Processing", "BatchTransform"):
        after = report(item, prices=whole.without(component, "ml.m5.xlarge"), used=usage(**said))
        old, new = before.pipelines[0], after.pipelines[0]
        for step, now in zip(old.steps, new.steps, strict=True):
            assert not now.complete or now.total.expected >= step.total.expected
        assert not new.complete or new.per_month.expected >= old.per_month.expected
        if judge_budgets([budget], before).exceeded:
            judged = judge_budgets([budget], after)
            assert judged.exceeded or judged.undecided
        if not before.complete:
            assert not after.complete


def test_in_one_of_two_regions_savings_stay_below_the_cost() -> None:
    from pricing.elsewhere import any_pipeline

    item = pipeline(plain(InstanceType="ml.m4.xlarge"))
    dear = book(
        {("Training", "ml.m4.xlarge"): Decimal(2), ("Training", "ml.m5.xlarge"): Decimal(1)}
    )
    for order in ((book(), dear), (dear, book())):
        found = [report(item, prices=prices).pipelines[0] for prices in order]
        made = any_pipeline(found)
        assert total(s.usd_per_month for s in made.savings if s.applied) == made.savings_total
        for name in ("low", "expected", "high"):
            assert getattr(made.savings_total, name) <= getattr(made.per_month, name)
        assert made.after_savings.high <= made.per_month.high
