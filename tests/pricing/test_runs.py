"""Runs in a month: who says them, and what they do to every figure."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from linter.project.load import load_texts
from linter.reports import cost_csv, cost_markdown, cost_table
from pricing.history import History, read_history
from pricing.model import CostOptions, PipelineEstimate
from pricing.report import grouped
from pricing.usage import init_usage
from pricing.yamlfile import UserFileError
from tests.e2e.running import pipewarden
from tests.pricing.helpers import minutes, pipeline, report, training, usage

TRAIN = {"minutes": minutes(60)}

TEXT = """
resource "aws_sagemaker_pipeline" "p" {
  pipeline_name       = "churn"
  role_arn            = "arn:aws:iam::111122223333:role/r"
  pipeline_definition = jsonencode({
    Version    = "2020-12-01"
    Parameters = [{ Name = "Kind", Type = "String", DefaultValue = "ml.m5.xlarge" }]
    Steps = [{
      Name = "Train"
      Type = "Training"
      Arguments = {
        ResourceConfig = {
          InstanceType   = { Get = "Parameters.Kind" }
          InstanceCount  = 1
          VolumeSizeInGB = 0
        }
        StoppingCondition = { MaxRuntimeInSeconds = 86400 }
      }
    }]
  })
}
"""


def schedule(
    name: str = "hourly", expression: str = "rate(1 hour)", more: str = "", kind: str = ""
) -> str:
    passed = ""
    if kind:
        passed = f"""
    sagemaker_pipeline_parameters {{
      pipeline_parameter {{
        name  = "Kind"
        value = "{kind}"
      }}
    }}"""
    return f"""
resource "aws_scheduler_schedule" "{name}" {{
  schedule_expression = "{expression}"
  {more}
  target {{
    arn = aws_sagemaker_pipeline.p.arn{passed}
  }}
}}
"""


def priced(*schedules: str, **keywords: Any) -> PipelineEstimate:
    project = load_texts({"main.tf": TEXT + "".join(schedules)})
    keywords.setdefault("used", usage(Train=TRAIN))
    return report(*project.pipelines, **keywords).pipelines[0]


def test_a_schedule_multiplies_the_month() -> None:
    found = priced(schedule())
    assert (found.runs_per_month, found.runs_source) == (730, "schedule")
    assert found.per_month.expected == found.per_run.expected * 730
    assert found.runs_said == "730 runs a month by rate(1 hour) in aws_scheduler_schedule.hourly"


def test_a_daily_rate_and_a_daily_cron_cost_the_same_to_the_cent() -> None:
    rate = priced(schedule(expression="rate(1 day)"))
    cron = priced(schedule(expression="cron(30 4 * * ? *)"))
    assert rate.per_month == cron.per_month
    assert abs(rate.per_month.expected * 12 - rate.per_run.expected * 365) < Decimal("0.01")


def history(count: int, *, hours: int = 24, started: bool = True, **more: Any) -> History:
    lines = []
    for i in range(count):
        day, hour = divmod(i * hours, 24)
        at = {"started": f"2026-09-{day + 1:02}T{hour:02}:00:00Z"} if started else {}
        line = {"pipeline": "churn", "step": "Train", "seconds": 3600, **at, **more}
        lines.append(json.dumps(line))
    return read_history(lines, "h.jsonl")


def test_the_order_is_option_usage_history_schedule_assumption() -> None:
    told = usage("version: 1\npipelines: {churn: {runs_per_month: 7}}")
    past = history(11)
    everything = CostOptions(Decimal(2), history=past)
    assert priced(schedule(), used=told, options=everything).runs_source == "option"
    assert priced(schedule(), used=told, options=CostOptions(history=past)).runs_source == "usage"
    found = priced(schedule(), options=CostOptions(history=past))
    assert (found.runs_source, found.runs_per_month) == ("history", Decimal("30.416667"))
    assert "11 runs from 2026-09-01 to 2026-09-11" in found.runs_said
    assert priced(schedule()).runs_source == "schedule"
    assert (priced().runs_source, priced().runs_per_month) == ("assumption", 30)


@pytest.mark.parametrize(
    "past",
    [history(1), history(5, started=False), history(3, hours=1), history(9, pipeline="other")],
)
def test_a_history_that_shows_no_rhythm_says_nothing(past: History) -> None:
    assert priced(schedule(), options=CostOptions(history=past)).runs_source == "schedule"


def test_failed_and_cached_runs_are_runs() -> None:
    for more in ({"status": "Failed"}, {"cache_hit": True}):
        found = priced(options=CostOptions(history=history(5, **more)))
        assert (found.runs_source, found.runs_per_month) == ("history", Decimal("30.416667"))


def test_steps_of_a_loop_do_not_count_runs() -> None:
    inner = training("Inner")
    loop = {"Name": "Each", "Type": "ForEach", "Arguments": {"ForEachBody": [inner]}}
    item = pipeline(training("Train"), loop)
    lines = [
        json.dumps(
            {
                "pipeline": "demo",
                "step": step,
                "seconds": 5,
                "started": f"2026-09-{day:02}T0{n}:00:00+00:00",
            }
        )
        for day in (1, 2, 3)
        for step, times in (("Train", 1), ("Inner", 9))
        for n in range(times)
    ]
    found = report(item, options=CostOptions(history=read_history(lines, "h"))).pipelines[0]
    assert found.runs_per_month == Decimal("30.416667")


@pytest.mark.parametrize("started", ["yesterday", 5, [], "0001-01-01T00:00:00+23:59"])
def test_a_start_that_is_no_time_is_refused(started: Any) -> None:
    line = json.dumps({"pipeline": "p", "step": "s", "seconds": 1, "started": started})
    with pytest.raises(UserFileError, match="started must be a time"):
        read_history([line], "h.jsonl")


def test_an_unknown_state_makes_a_range() -> None:
    project = load_texts({"main.tf": 'variable "on" {}\n' + TEXT + schedule(more="state = var.on")})
    whole = report(*project.pipelines, used=usage(Train=TRAIN))
    (found,) = whole.pipelines
    assert found.per_month.low == 0
    assert found.per_month.expected == found.per_run.expected * 730
    assert "730 (0–730) runs a month" in found.runs_said
    for by in ("pipeline", "step", "instance", "region"):
        (row,) = grouped(whole, by)
        month = row.per_month
        assert (month.low, month.expected, month.high) == (
            found.per_month.low,
            found.per_month.expected,
            found.per_month.high,
        )


def test_a_disabled_schedule_costs_nothing_and_says_why() -> None:
    found = priced(schedule(more='state = "DISABLED"'))
    assert found.per_month.high == 0 and found.runs_source == "schedule"
    assert found.runs_said == (
        "0 runs a month, nothing starts it: aws_scheduler_schedule.hourly is disabled"
    )


def test_what_starts_it_unknown_times_makes_the_month_a_least() -> None:
    rule = """
resource "aws_cloudwatch_event_rule" "upload" {
  event_pattern = jsonencode({ source = ["aws.s3"] })
}
resource "aws_cloudwatch_event_target" "t" {
  rule = aws_cloudwatch_event_rule.upload.name
  arn  = aws_sagemaker_pipeline.p.arn
}
"""
    alone = priced(rule)
    assert (alone.runs_source, alone.runs_per_month) == ("assumption", 30)
    assert alone.runs_said.startswith("30 runs, assumed: aws_cloudwatch_event_rule.upload")
    project = load_texts({"main.tf": TEXT + rule + schedule()})
    whole = report(*project.pipelines, used=usage(Train=TRAIN))
    assert not whole.complete
    assert "aws_cloudwatch_event_rule.upload" in whole.unpriced[0].reason
    stated = usage("version: 1\nruns_per_month: 800")
    assert report(*project.pipelines, used=stated).complete


def test_parameters_of_the_schedule_fix_the_price() -> None:
    fixed = priced(schedule(kind="ml.g5.xlarge"))
    assert fixed.steps[0].usd_per_hour == Decimal("1.408")
    both = priced(schedule(kind="ml.g5.xlarge"), schedule("daily", "rate(1 day)"))
    assert both.per_run.low < both.per_run.high
    assert both.per_run.high == fixed.per_run.high


def test_every_format_says_where_the_runs_come_from() -> None:
    project = load_texts({"main.tf": TEXT + schedule()})
    whole = report(*project.pipelines, used=usage(Train=TRAIN))
    words = "730 runs a month by rate(1 hour) in aws_scheduler_schedule.hourly"
    assert words in cost_table.render(whole)
    assert words in cost_markdown.render(whole).replace("\\", "")
    (row,) = csv.DictReader(io.StringIO(cost_csv.render(whole)))
    assert (row["runs_per_month"], row["runs_source"]) == ("730", "schedule")
    assert Decimal(row["per_month_expected"]) == whole.per_month.expected
    found = whole.to_json()["pipelines"][0]
    assert (found["runs_per_month"], found["runs_source"]) == (730, "schedule")
    (listed,) = found["schedules"]
    assert (listed["expression"], listed["address"], listed["enabled"], listed["path"]) == (
        "rate(1 hour)",
        "aws_scheduler_schedule.hourly",
        True,
        "main.tf",
    )
    assert listed["runs_per_month"]["expected"] == 730 and listed["line"] > 1


def test_a_new_usage_file_does_not_overrule_the_schedules() -> None:
    project = load_texts({"main.tf": TEXT + schedule()})
    assert "    runs_per_month: 30" not in init_usage(project.pipelines)
    plain = load_texts({"main.tf": TEXT})
    assert "    # runs_per_month: 30" in init_usage(plain.pipelines)


def test_the_commands(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(TEXT + schedule())
    (tmp_path / "daily").mkdir()
    daily = TEXT + schedule(expression="rate(1 day)")
    (tmp_path / "daily" / "main.tf").write_text(daily)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "main.tf").write_text(TEXT + schedule(expression="cron(0 8 * * *)"))
    words = "730 runs a month by rate(1 hour) in aws_scheduler_schedule.hourly"

    inspected = pipewarden("inspect", "main.tf", cwd=tmp_path)
    assert words in inspected.out
    documents = json.loads(pipewarden("inspect", "main.tf", "--format", "json", cwd=tmp_path).out)
    (found,) = (d for d in documents["documents"] if d["kind"] == "pipeline")
    assert found["starts"][0]["address"] == "aws_scheduler_schedule.hourly"

    page = tmp_path / "page.html"
    assert pipewarden("report", "main.tf", "-o", str(page), cwd=tmp_path).code in (0, 1)
    assert words in page.read_text()

    def saved(path: str) -> Any:
        out = pipewarden("check", path, "--format", "json", "--exit-zero", cwd=tmp_path).out
        savings = [f["savings_usd_per_month"] for f in json.loads(out)["findings"]]
        return max(s["expected"] for s in savings if s)

    assert round(saved("main.tf") / saved("daily"), 2) == 24

    changed = pipewarden("diff", "daily", ".", cwd=tmp_path)
    assert changed.code in (0, 1)

    broken = pipewarden("check", "broken", "--select", "SYN014", cwd=tmp_path)
    assert broken.code == 1
    assert "cron has six fields" in broken.out and "SYN014" in broken.out
    cost = pipewarden("cost", "broken", cwd=tmp_path)
    assert "30 runs, assumed" in cost.out and "AWS refuses" in cost.out
