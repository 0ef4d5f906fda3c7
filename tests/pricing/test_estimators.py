"""One step of every type, to the cent, by AWS's billing rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from linter.project.load import LoadOptions, load_texts
from pricing.history import read_history
from pricing.model import CostOptions, WhatIf
from pricing.ranges import Range
from tests.pricing.helpers import (
    book,
    pipeline,
    processing,
    range_of,
    report,
    step,
    training,
    usage,
)

HOUR = {"minutes": 60}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def test_processing_compute_by_the_second_and_volume_pro_rata() -> None:
    found = step(processing("P", cluster={"InstanceCount": 2}), used=usage(P={"minutes": 45}))
    assert found.compute == range_of("0.345")  # 2 × 0.75 h × 0.23
    assert cents(found.storage.expected * 100) == Decimal("0.62")  # 2 × 30 GB × 0.1 / 730 × 0.75
    assert (found.instance_type, found.usd_per_hour) == ("ml.m5.xlarge", Decimal("0.23"))
    assert found.hours is not None and found.hours.source == "usage"
    assert found.unpriced == ""


def test_checks_are_billed_as_processing() -> None:
    for kind in ("ClarifyCheck", "QualityCheck"):
        found = step(processing("C", kind=kind), used=usage(C=HOUR))
        assert found.compute == range_of("0.23")


def test_training_stops_at_its_limit() -> None:
    item = training("T", StoppingCondition={"MaxRuntimeInSeconds": 1800})
    found = step(item, used=usage(T={"minutes": {"low": 10, "expected": 60, "high": 600}}))
    assert found.hours is not None
    assert found.hours.source == "limit"
    assert found.hours.range.expected == found.hours.range.high == Decimal("0.5")
    assert found.compute.high == Decimal("0.115")
    assert any("limit" in note for note in found.notes)


def test_training_without_a_limit_ends_after_a_day() -> None:
    found = step(training("T"), used=usage(T={"minutes": 40_000}))
    assert found.hours is not None and found.hours.range.high == 24


def test_spot_bills_part_of_the_time_at_the_on_demand_rate() -> None:
    """BillableTimeInSeconds × instances: 874 s of training, 262 s billed."""
    item = training(
        "T",
        resource={"InstanceType": "ml.p3.2xlarge", "InstanceCount": 2},
        EnableManagedSpotTraining=True,
    )
    lines = [
        '{"pipeline": "demo", "step": "T", "type": "Training", "status": "Succeeded",'
        ' "seconds": 874, "billable_seconds": 262}'
    ]
    history = read_history(lines, "history.jsonl")
    found = step(item, options=CostOptions(history=history))
    assert found.spot
    wanted = Decimal("3.825") * 2 * 262 / 3600
    assert abs(found.compute.expected - wanted) < Decimal("1e-8")
    assert found.compute.high == found.ondemand.high


def test_spot_assumes_the_advisor_and_says_so() -> None:
    found = step(training("T", EnableManagedSpotTraining=True), used=usage(T=HOUR))
    assert found.compute.high == Decimal("0.23") and found.compute.low == Decimal("0.023")
    assert found.compute.expected == Decimal("0.092")  # 60% off in the United States
    assert any("assumed" in note for note in found.notes)


def test_a_warm_pool_is_billed_until_it_is_reused() -> None:
    item = training("T", resource={"KeepAlivePeriodInSeconds": 1800, "VolumeSizeInGB": 73})
    found = step(item, used=usage(T=HOUR))
    assert found.other.low == 0
    wanted = Decimal("0.115") + 73 * Decimal("0.14") / 730 / 2
    assert abs(found.other.expected - wanted) < Decimal("1e-9")
    assert found.other.expected == found.other.high
    known = step(item, used=usage(T={**HOUR, "warm_pool_idle_minutes": 10}))
    assert known.other.expected == known.other.low < found.other.expected


def test_instance_groups_are_all_billed() -> None:
    groups = [
        {"InstanceGroupName": "a", "InstanceType": "ml.m5.xlarge", "InstanceCount": 2},
        {"InstanceGroupName": "b", "InstanceType": "ml.p3.2xlarge", "InstanceCount": 1},
    ]
    item = {
        "Name": "T",
        "Type": "Training",
        "Arguments": {"ResourceConfig": {"InstanceGroups": groups, "VolumeSizeInGB": 10}},
    }
    found = step(item, used=usage(T=HOUR))
    assert found.compute == range_of("4.285")
    assert found.instance_type == "ml.m5.xlarge + ml.p3.2xlarge"


def test_instance_preferences_are_a_choice() -> None:
    choices = [{"InstanceType": "ml.p3.2xlarge"}, {"InstanceType": "ml.m5.xlarge"}]
    item = training("T")
    item["Arguments"]["ResourceConfig"] = {"InstancePreferences": choices, "InstanceCount": 1}
    found = step(item, used=usage(T=HOUR))
    assert found.compute == range_of("0.23", "3.825", "3.825")


@pytest.mark.parametrize("kind", ["ml.g5.xlarge", "ml.p3.2xlarge"])
def test_families_with_nvme_disks_provision_no_volume(kind: str) -> None:
    item = training("T", resource={"InstanceType": kind, "VolumeSizeInGB": 500})
    found = step(item, used=usage(T=HOUR))
    assert found.storage.is_zero == (kind == "ml.g5.xlarge")


def test_a_training_plan_pays_for_the_compute() -> None:
    item = training("T", resource={"TrainingPlanArn": "arn:aws:sagemaker:::training-plan/p"})
    found = step(item, used=usage(T=HOUR))
    assert found.compute.is_zero and not found.unpriced
    assert "compute is paid by the training plan" in found.notes


def test_debugger_rules_with_instances_are_billed_as_processing() -> None:
    """Built-in rules run free of charge; custom ones name an instance."""
    rules = [
        {"RuleConfigurationName": "built-in", "RuleEvaluatorImage": "x"},
        {"RuleConfigurationName": "own", "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 73},
    ]
    found = step(training("T", DebugRuleConfigurations=rules), used=usage(T=HOUR))
    assert found.other.expected == Decimal("0.24")  # 0.23, and 73 GB × 0.1 / 730


TUNING: dict[str, Any] = {
    "HyperParameterTuningJobConfig": {
        "Strategy": "Bayesian",
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 4},
    },
    "TrainingJobDefinition": {
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
    },
}


def tuning(**config: Any) -> dict[str, Any]:
    arguments = {
        **TUNING,
        "HyperParameterTuningJobConfig": {**TUNING["HyperParameterTuningJobConfig"], **config},
    }
    return {"Name": "Tune", "Type": "Tuning", "Arguments": arguments}


def test_tuning_is_jobs_times_time_and_takes_rounds() -> None:
    found = step(tuning(), used=usage(Tune=HOUR))
    assert found.compute == range_of("2.3")  # 10 jobs of one hour
    assert found.duration.expected == 3  # 4 + 4 + 2 at a time


def test_tuning_strategies_and_criteria() -> None:
    # Nobody measured: 10 jobs of 5 to 120 minutes, of which a part is assumed to run.
    hyperband = step(tuning(Strategy="Hyperband")).hours
    assert hyperband is not None
    assert hyperband.range.rounded() == range_of("0.166667", "1.666667", "20")
    early = step(tuning(TrainingJobEarlyStoppingType="Auto")).hours
    assert early is not None
    assert early.range.expected.quantize(Decimal("0.0001")) == Decimal("2.6667")


def test_a_measured_time_of_a_tuning_job_is_not_cut_again() -> None:
    for config in ({"Strategy": "Hyperband"}, {"TrainingJobEarlyStoppingType": "Auto"}):
        assert step(tuning(**config), used=usage(Tune=HOUR)).compute == range_of("2.3")


def test_tuning_may_end_by_its_criteria() -> None:
    done = step(
        tuning(TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 0.9}),
        used=usage(Tune=HOUR),
    )
    assert (done.compute.low, done.compute.high) == (Decimal("0.92"), Decimal("2.3"))


def test_grid_search_counts_the_combinations() -> None:
    item = tuning(
        Strategy="Grid",
        ResourceLimits={"MaxParallelTrainingJobs": 1},
        ParameterRanges={
            "CategoricalParameterRanges": [
                {"Name": "a", "Values": ["1", "2", "3"]},
                {"Name": "b", "Values": ["x", "y"]},
            ]
        },
    )
    assert step(item, used=usage(Tune=HOUR)).compute == range_of("1.38")


def test_a_tuning_jobs_runtime_bounds_all_of_it() -> None:
    limits = {
        "MaxNumberOfTrainingJobs": 10,
        "MaxParallelTrainingJobs": 2,
        "MaxRuntimeInSeconds": 3600,
    }
    found = step(tuning(ResourceLimits=limits), used=usage(Tune=HOUR))
    assert found.compute == range_of("0.46")
    assert found.duration.high == 1


def test_transform_has_no_volume() -> None:
    item = {
        "Name": "B",
        "Type": "Transform",
        "Arguments": {"TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 3}},
    }
    found = step(item, used=usage(B=HOUR))
    assert found.compute == range_of("0.69") and found.storage.is_zero


def test_automl_needs_to_be_told_its_machines() -> None:
    item = {
        "Name": "A",
        "Type": "AutoML",
        "Arguments": {"AutoMLJobConfig": {"CompletionCriteria": {"MaxCandidates": 4}}},
    }
    assert "instance_type" in step(item).unpriced
    found = step(item, used=usage(A={**HOUR, "instance_type": "ml.m5.xlarge"}))
    assert found.compute == range_of("0.92") and not found.unpriced


def test_notebook_jobs_are_training_jobs() -> None:
    found = step(training("N", Environment={"SM_INPUT_NOTEBOOK_NAME": "a.ipynb"}))
    assert any("(notebook)" in note for note in found.notes)
    assert found.compute.expected == Decimal("0.0575")  # 15 minutes


def test_lambda_is_billed_by_gb_seconds_and_requests() -> None:
    item = {"Name": "L", "Type": "Lambda", "Arguments": {}}
    found = step(item, used=usage(L={"minutes": 1, "memory_mb": 1024}))
    assert found.compute.expected == Decimal("0.001000002")
    assert found.other.expected == Decimal("0.0000002")
    assert not found.free and any("free tier" in note for note in found.notes)
    assert step(item, used=usage(L={"minutes": 600})).hours.range.high == Decimal("0.25")  # type: ignore[union-attr]


def test_emr_on_a_running_cluster_is_free_and_a_new_one_needs_rates() -> None:
    running = {"Name": "E", "Type": "EMR", "ClusterId": "j-1", "Arguments": {}}
    assert step(running).free
    config = {"Instances": {"InstanceGroups": [{"InstanceType": "m5.xlarge", "InstanceCount": 3}]}}
    new = {"Name": "E", "Type": "EMR", "ClusterConfig": config, "Arguments": {}}
    assert "emr-hour:m5.xlarge" in step(new).unpriced
    rates = {"emr-hour:m5.xlarge": Decimal("0.24")}
    found = step(new, used=usage(E=HOUR), prices=book(rates=rates))
    assert found.compute == range_of("0.72") and not found.unpriced


def test_emr_serverless_by_what_it_uses() -> None:
    item = {"Name": "E", "Type": "EMRServerless", "Arguments": {}}
    assert "vcpu" in step(item).unpriced
    found = step(item, used=usage(E={**HOUR, "vcpu": 10, "memory_gb": 100}))
    assert found.compute.expected == Decimal("1.10409")


@pytest.mark.parametrize(
    "kind",
    ["Condition", "Fail", "Callback", "Model", "RegisterModel", "EndpointConfig", "Endpoint"],
)
def test_steps_that_cost_nothing_say_so(kind: str) -> None:
    found = step({"Name": "S", "Type": kind, "Arguments": {}})
    assert found.free and found.total.is_zero and not found.unpriced


def test_an_unknown_step_type_is_unpriced() -> None:
    found = step({"Name": "S", "Type": "Quantum", "Arguments": {}})
    assert "no price model" in found.unpriced and not found.free


def test_an_unknown_instance_type_is_unpriced_with_the_nearest_names() -> None:
    found = step(training("T", resource={"InstanceType": "ml.m5.xlrage"}))
    assert found.unpriced == (
        "no Training price of ml.m5.xlrage in us-east-1; nearest: ml.m5.xlarge"
    )
    assert found.total.is_zero and not found.free


def test_parameters_with_enums_give_a_range_and_can_be_fixed() -> None:
    kinds = ["ml.m5.xlarge", "ml.p3.2xlarge"]
    item = training("T", resource={"InstanceType": {"Get": "Parameters.Kind"}})
    parameters = [
        {"Name": "Kind", "Type": "String", "DefaultValue": "ml.m5.xlarge", "EnumValues": kinds}
    ]
    found = report(pipeline(item, Parameters=parameters), used=usage(T=HOUR))
    assert found.pipelines[0].steps[0].compute == range_of("0.23", "0.23", "3.825")
    import json

    text = json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": [item]})
    fixed = load_texts({"p.json": text}, LoadOptions(parameters={"Kind": "ml.p3.2xlarge"}))
    again = report(fixed.pipelines[0], used=usage(T=HOUR))
    assert again.pipelines[0].steps[0].compute == range_of("3.825")


def test_a_parameter_without_a_default_is_named() -> None:
    item = training("T", resource={"InstanceType": {"Get": "Parameters.Kind"}})
    found = report(pipeline(item, Parameters=[{"Name": "Kind", "Type": "String"}]))
    assert "parameter Kind has no default" in found.pipelines[0].steps[0].unpriced


def test_retries_raise_high_alone() -> None:
    policy = [{"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "MaxAttempts": 2}]
    found = step(training("T", RetryPolicies=policy), used=usage(T=HOUR))
    assert found.compute == range_of("0.23", "0.23", "0.69")
    throttled = [{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 9}]
    assert step(training("T", RetryPolicies=throttled), used=usage(T=HOUR)).compute.high == (
        Decimal("0.23")
    )


def test_tuning_jobs_retry_inside_and_are_not_repeated() -> None:
    item = tuning()
    item["RetryPolicies"] = [{"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "MaxAttempts": 2}]
    assert step(item, used=usage(Tune=HOUR)).compute == range_of("2.3")


def test_caching_lowers_expected_by_the_hit_share() -> None:
    cached = {"Enabled": True, "ExpireAfter": "P30D"}
    item = training("T", CacheConfig=cached)
    assert step(item, used=usage(T=HOUR)).compute == range_of("0.23")
    found = step(item, used=usage(T={**HOUR, "cache_hit_share": 0.5}))
    assert found.compute == range_of("0.115", "0.115", "0.23")


def test_a_cache_that_never_answers_is_said_and_lowers_nothing() -> None:
    cached = {"Enabled": True, "ExpireAfter": "P30D"}
    item = training("T", CacheConfig=cached)
    item["Arguments"]["Environment"] = {"RUN": {"Get": "Execution.PipelineExecutionId"}}
    on = CostOptions(what_if=WhatIf(cache="on"))
    for options in (CostOptions(), on):
        found = step(item, used=usage(T=HOUR), options=options)
        assert found.compute == range_of("0.23")
        assert "Execution.PipelineExecutionId is new in every execution" in " ".join(found.notes)
    stated = step(item, used=usage(T={**HOUR, "cache_hit_share": 0.5}))
    assert stated.compute == range_of("0.115", "0.115", "0.23")


def test_what_if_changes_the_machines() -> None:
    options = CostOptions(what_if=WhatIf(instances={"T*": "ml.p3.2xlarge"}, counts={"T": 2}))
    found = step(training("T"), used=usage(T=HOUR), options=options)
    assert found.compute == range_of("7.65")


@pytest.mark.parametrize("count", [2, 3, 7])
def test_the_mean_of_equal_ranges_is_that_range(count: int) -> None:
    for cents in range(1, 400):
        one = Range.exactly(Decimal(cents) / Decimal(730))
        mean = Range.mean([one] * count)
        assert (mean.low, mean.high) == (one.low, one.high)
        assert mean.low <= mean.expected <= mean.high
