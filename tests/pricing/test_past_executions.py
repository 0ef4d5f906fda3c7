"""A history that is the snapshot of an account: executions, steps, and the jobs' own records."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.history import History, read_history_path
from pricing.model import CostOptions
from pricing.yamlfile import UserFileError
from tests.pricing.helpers import processing, step, training

START = datetime(2026, 9, 1, tzinfo=UTC)
PRICE = Decimal("0.23")
"""USD for an hour of ml.m5.xlarge in us-east-1, training and processing."""


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def run_of(name: str, number: int, **said: Any) -> dict[str, Any]:
    started = START + timedelta(days=number)
    return {
        "StepName": name,
        "StepStatus": "Succeeded",
        "StartTime": stamp(started),
        "AttemptCount": 1,
        **said,
    }


def trained(number: int, seconds: int, billed: int | None = None) -> dict[str, Any]:
    job: dict[str, Any] = {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
    if billed is not None:
        job |= {"BillableTimeInSeconds": billed, "EnableManagedSpotTraining": True}
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:training-job/j{number}"
    return run_of("Train", number, Metadata={"TrainingJob": {"Arn": arn}}, Job=job)


def processed(number: int, seconds: int) -> dict[str, Any]:
    start = START + timedelta(days=number)
    job = {
        "ProcessingStartTime": stamp(start),
        "ProcessingEndTime": stamp(start + timedelta(seconds=seconds)),
    }
    return run_of("Prepare", number, Job=job)


def write(folder: Path, runs: list[dict[str, Any]], place: str = "111122223333/us-east-1") -> None:
    account, region = place.split("/")
    for number, item in enumerate(runs):
        file = folder / place / "executions" / "demo" / f"e{number}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        data = {
            "PipewardenSnapshot": 1,
            "Type": "Pipewarden::Execution",
            "Arn": f"arn:aws:sagemaker:{region}:{account}:pipeline/demo/execution/e{number}",
            "Account": account,
            "Region": region,
            "Properties": {"PipelineName": "demo"},
            "Observed": {"PipelineExecutionStatus": "Succeeded", "Steps": [item]},
        }
        file.write_text(json.dumps(data), encoding="utf-8")


def history_of(runs: list[dict[str, Any]]) -> History:
    with TemporaryDirectory() as folder:
        write(Path(folder), runs)
        return read_history_path(folder)


seconds = st.integers(1, 100_000)


@given(st.lists(seconds, min_size=1, max_size=12))
def test_the_expected_cost_is_the_mean_of_the_bills(times: list[int]) -> None:
    history = history_of([processed(n, length) for n, length in enumerate(times)])
    item = processing("Prepare", StoppingCondition={"MaxRuntimeInSeconds": 432_000})
    found = step(item, options=CostOptions(history=history))

    bills = [PRICE * length / 3600 for length in times]
    assert abs(found.compute.expected - sum(bills) / len(bills)) < Decimal("0.000001")
    assert found.compute.low <= min(bills) + Decimal("0.000001")
    assert found.compute.high >= max(bills) - Decimal("0.000001")


@given(st.lists(st.tuples(seconds, st.integers(0, 100)), min_size=1, max_size=12))
def test_what_spot_billed_is_the_expected_cost(runs: list[tuple[int, int]]) -> None:
    history = history_of(
        [trained(n, ran, ran * percent // 100) for n, (ran, percent) in enumerate(runs)]
    )
    item = training(
        "Train",
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 432_000, "MaxWaitTimeInSeconds": 432_000},
    )
    found = step(item, options=CostOptions(history=history))

    bills = [PRICE * (ran * percent // 100) / 3600 for ran, percent in runs]
    assert abs(found.compute.expected - sum(bills) / len(bills)) < Decimal("0.005")
    assert found.compute.high >= max(bills) - Decimal("0.000001")


@given(st.lists(seconds, min_size=1, max_size=8), st.integers(0, 8))
def test_cache_hits_cost_nothing(times: list[int], hits: int) -> None:
    runs = [processed(n, length) for n, length in enumerate(times)]
    runs += [run_of("Prepare", len(times) + n, CacheHitResult={"Arn": "x"}) for n in range(hits)]
    item = processing(
        "Prepare",
        StoppingCondition={"MaxRuntimeInSeconds": 432_000},
    )
    item["CacheConfig"] = {"Enabled": True, "ExpireAfter": "P30D"}
    found = step(item, options=CostOptions(history=history_of(runs)))

    bills = [PRICE * length / 3600 for length in times]
    assert abs(found.compute.expected - sum(bills) / len(runs)) < Decimal("0.000001")


def test_failed_runs_and_retries_are_counted_and_give_no_time() -> None:
    runs = [processed(0, 60), processed(1, 120)]
    runs[1]["AttemptCount"] = 3
    runs.append({**processed(2, 9_999), "StepStatus": "Failed"})
    history = history_of(runs)

    found = history.measured("demo", "Prepare")
    assert found is not None
    assert (found.runs, found.failed, found.retries) == (3, 1, 2)
    assert (found.median, found.p90) == (Decimal(90), Decimal(114))


def test_a_job_whose_record_is_gone_is_named() -> None:
    gone = trained(0, 60)
    del gone["Job"]
    history = history_of([gone, trained(1, 600)])

    assert history.notes == [
        "1 runs of steps of demo have no job record in the snapshot: their time is not known"
    ]
    hours = history.hours("demo", "Train")
    assert hours is not None and round(hours.expected * 3600, 6) == 600


def test_clocks_that_disagree_give_no_time() -> None:
    backwards = processed(0, 60)
    job = backwards["Job"]
    job["ProcessingStartTime"], job["ProcessingEndTime"] = (
        job["ProcessingEndTime"],
        job["ProcessingStartTime"],
    )
    history = history_of([backwards])
    assert history.hours("demo", "Prepare") is None


def test_trials_of_a_tuning_job_are_averaged() -> None:
    def trial(length: int, status: str = "Completed") -> dict[str, Any]:
        end = START + timedelta(seconds=length)
        return {
            "TrainingJobStatus": status,
            "TrainingStartTime": stamp(START),
            "TrainingEndTime": stamp(end),
        }

    tuned = run_of("Tune", 0, Job={"Trials": [trial(100), trial(300), trial(9_000, "Stopped")]})
    hours = history_of([tuned]).hours("demo", "Tune")
    assert hours is not None and round(hours.expected * 3600, 6) == 200


def test_one_name_in_two_regions_has_to_be_told_apart(tmp_path: Path) -> None:
    write(tmp_path, [processed(0, 60)])
    write(tmp_path, [processed(0, 6_000)], "111122223333/eu-west-1")
    with pytest.raises(UserFileError, match="ran in 2 places"):
        read_history_path(str(tmp_path))
    history = read_history_path(str(tmp_path / "111122223333" / "eu-west-1"))
    hours = history.hours("demo", "Prepare")
    assert hours is not None and round(hours.expected * 3600, 6) == 6_000


def test_a_folder_without_executions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserFileError, match="no pipeline executions"):
        read_history_path(str(tmp_path))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Steps", "Job", "StepName", "Months", "Trials"]), inner)
    ),
    max_leaves=8,
)
steps = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("StepName", "StartTime", "AttemptCount", "CacheHitResult", "Metadata", "Job"), json_values
    ),
)


@given(st.lists(steps | json_values, max_size=3), json_values)
def test_a_file_that_was_edited_is_used_as_far_as_it_is_true(found: Any, months: Any) -> None:
    for item in found:
        if isinstance(item, dict):
            item["StepStatus"] = "Succeeded"
    with TemporaryDirectory() as folder:
        write(Path(folder), [processed(0, 60)])
        file = Path(folder) / "111122223333/us-east-1/executions/demo/e1.json"
        data = json.loads(file.with_name("e0.json").read_text())
        data["Observed"]["Steps"] = found
        file.write_text(json.dumps(data))
        costs = {**data, "Type": "Pipewarden::Costs", "Properties": {"Months": months}}
        (Path(folder) / "costs.json").write_text(json.dumps(costs))
        try:
            history = read_history_path(folder)
        except UserFileError:
            return  # one line: a time that is none
    hours = history.hours("demo", "Prepare")
    assert hours is not None
