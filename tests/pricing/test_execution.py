"""A run as a whole: branches, loops, and how long it takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from linter.project.load import load_texts
from pricing.model import CostOptions
from tests.hanging import calls_of
from tests.pricing.helpers import pipeline, processing, range_of, report, training, usage

HOUR = {"minutes": 60}


def condition(name: str, yes: list[Any], no: list[Any], **more: Any) -> dict[str, Any]:
    body = {"Conditions": [], "IfSteps": yes, "ElseSteps": no}
    return {"Name": name, "Type": "Condition", "Arguments": body, **more}


def small(name: str, **changes: Any) -> dict[str, Any]:
    """0.23 an hour."""
    return training(name, resource={"VolumeSizeInGB": 0}, **changes)


def big(name: str, **changes: Any) -> dict[str, Any]:
    """3.825 an hour."""
    resource = {"InstanceType": "ml.p3.2xlarge", "VolumeSizeInGB": 0}
    return training(name, resource=resource, **changes)


def test_conditions_give_the_cheapest_and_the_dearest_way() -> None:
    item = pipeline(condition("C", [small("A")], [big("B")]))
    found = report(item, used=usage(A=HOUR, B=HOUR)).pipelines[0]
    assert found.per_run == range_of("0.23", "2.0275", "3.825")
    told = usage(A=HOUR, B=HOUR, C={"probability": 0.9})
    likely = report(item, used=told).pipelines[0]
    assert likely.per_run.expected == Decimal("0.5895")
    assert any("half of the runs" in note for note in found.steps[0].notes)


def test_an_empty_branch_is_a_way_too() -> None:
    found = report(pipeline(condition("C", [big("B")], [])), used=usage(B=HOUR)).pipelines[0]
    assert found.per_run == range_of("0", "1.9125", "3.825")


def test_what_waits_for_a_branch_runs_with_it() -> None:
    after = small("Z", DependsOn=["A"])
    item = pipeline(condition("C", [small("A")], []), after)
    found = report(item, used=usage(A=HOUR, Z=HOUR)).pipelines[0]
    assert found.per_run == range_of("0", "0.23", "0.46")


def test_nested_conditions_multiply() -> None:
    inner = condition("Inner", [big("B")], [])
    item = pipeline(condition("Outer", [inner], []))
    found = report(item, used=usage(B=HOUR)).pipelines[0]
    assert found.per_run.expected == Decimal("0.95625")


def test_a_loop_costs_its_body_once_per_item() -> None:
    body = {"Items": ["a", "b", "c"], "ForEachBody": [small("A")]}
    item = pipeline({"Name": "F", "Type": "ForEach", "Arguments": body})
    found = report(item, used=usage(A=HOUR)).pipelines[0]
    assert found.per_run == range_of("0.69")
    told = report(item, used=usage(A=HOUR, F={"items": 10})).pipelines[0]
    assert told.per_run == range_of("2.3")


def test_parallel_steps_share_the_wall_clock() -> None:
    item = pipeline(small("A"), small("B"), small("Z", DependsOn=["A", "B"]))
    told = usage(A={"minutes": 30}, B={"minutes": 60}, Z={"minutes": 15})
    assert report(item, used=told).pipelines[0].duration == range_of("1.25")


def test_parallelism_configuration_bounds_the_steps_at_once() -> None:
    text = """
resource "aws_sagemaker_pipeline" "p" {
  pipeline_name         = "p"
  pipeline_display_name = "p"
  role_arn              = "arn:aws:iam::111122223333:role/r"
  parallelism_configuration { max_parallel_execution_steps = 2 }
  pipeline_definition = jsonencode({
    Version = "2020-12-01"
    Steps = [for n in ["A", "B", "C", "D"] : {
      Name = n
      Type = "Processing"
      Arguments = { ProcessingResources = { ClusterConfig = {
        InstanceType = "ml.m5.xlarge", InstanceCount = 1, VolumeSizeInGB = 1 } } }
    }]
  })
}
"""
    project = load_texts({"main.tf": text})
    told = usage(**dict.fromkeys("ABCD", HOUR))
    found = report(*project.pipelines, used=told).pipelines[0]
    assert found.duration == range_of("2")
    assert found.per_run.expected > Decimal("0.92")


def test_runs_per_month_come_from_the_option_else_usage_else_an_assumption() -> None:
    item = pipeline(small("A"))
    assert report(item).pipelines[0].runs_source == "assumption"
    told = usage("version: 1\nruns_per_month: 4\npipelines: {demo: {runs_per_month: 7}}")
    found = report(item, used=told).pipelines[0]
    assert (found.runs_per_month, found.runs_source) == (7, "usage")
    forced = report(item, used=told, options=CostOptions(Decimal(2))).pipelines[0]
    assert (forced.runs_per_month, forced.runs_source) == (2, "option")


def test_cycles_do_not_hang() -> None:
    item = pipeline(small("A", DependsOn=["B"]), small("B", DependsOn=["A"]))
    found = report(item, used=usage(A=HOUR, B=HOUR)).pipelines[0]
    assert found.per_run == range_of("0.46")
    assert "wait for each other" in found.notes[0]


def test_work_grows_with_the_steps() -> None:
    """Steps in a chain and as many side by side: linear, not quadratic."""

    def work(count: int) -> int:
        names = range(count)
        steps = [processing(f"S{n}", DependsOn=[f"S{n - 1}"] if n % 2 else []) for n in names]
        item = pipeline(*steps)
        return calls_of(lambda: report(item))

    once, more = work(100), work(1_000)
    assert more < 12 * once
