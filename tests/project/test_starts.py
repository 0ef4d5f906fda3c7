"""Which schedules, rules and callers start which pipeline, and what they pass."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from linter.core.values import Choice, Unknown
from linter.domain.pipeline import Pipeline
from linter.domain.starts import started
from linter.project.load import LoadOptions, load_texts
from linter.project.model import Project

HOURLY = Decimal(730)


@pytest.fixture(autouse=True)
def _the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790812800")  # 2026-10-01


def definition(*parameters: dict[str, Any]) -> dict[str, Any]:
    step = {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {"ResourceConfig": {"InstanceType": {"Get": "Parameters.Kind"}}},
    }
    declared = [{"Name": "Kind", "Type": "String", "DefaultValue": "ml.m5.large"}, *parameters]
    return {"Version": "2020-12-01", "Parameters": declared, "Steps": [step]}


PIPELINE = f"""
resource "aws_sagemaker_pipeline" "p" {{
  pipeline_name       = "churn"
  role_arn            = "arn:aws:iam::111122223333:role/r"
  pipeline_definition = jsonencode({json.dumps(definition())})
}}
"""


def terraform(text: str, pipeline: str = PIPELINE, **variables: str) -> Project:
    return load_texts({"main.tf": pipeline + text}, LoadOptions(variables=variables))


def one(project: Project) -> Pipeline:
    (pipeline,) = project.pipelines
    return pipeline


def runs(pipeline: Pipeline) -> tuple[Decimal, Decimal, Decimal] | None:
    found = started(pipeline.starts).runs
    return None if found is None else (found.low, found.expected, found.high)


def exactly(number: Decimal | int) -> tuple[Decimal, Decimal, Decimal]:
    return (Decimal(number),) * 3


def rule(
    name: str = "hourly", more: str = "", target: str = "", schedule: str = "rate(1 hour)"
) -> str:
    return f"""
resource "aws_cloudwatch_event_rule" "{name}" {{
  name                = "{name}"
  schedule_expression = "{schedule}"
  {more}
}}
resource "aws_cloudwatch_event_target" "{name}" {{
  rule = aws_cloudwatch_event_rule.{name}.name
  arn  = aws_sagemaker_pipeline.p.arn
  {target}
}}
"""


def scheduled(
    name: str = "s", more: str = "", target: str = "", schedule: str = "rate(1 hour)"
) -> str:
    return f"""
resource "aws_scheduler_schedule" "{name}" {{
  schedule_expression = "{schedule}"
  flexible_time_window {{ mode = "OFF" }}
  {more}
  target {{
    arn      = aws_sagemaker_pipeline.p.arn
    role_arn = "arn:aws:iam::111122223333:role/r"
    {target}
  }}
}}
"""


PASSES = """sagemaker_pipeline_parameters {
      pipeline_parameter {
        name  = "Kind"
        value = "ml.m5.4xlarge"
      }
    }"""
UNIVERSAL = """
resource "aws_scheduler_schedule" "s" {
  schedule_expression = "cron(0 8 ? * MON-FRI *)"
  flexible_time_window { mode = "OFF" }
  target {
    arn      = "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
    role_arn = "arn:aws:iam::111122223333:role/r"
    input = jsonencode({
      PipelineName       = aws_sagemaker_pipeline.p.pipeline_name
      ClientRequestToken = "<aws.scheduler.execution-id>"
      PipelineParameters = [{ Name = "Kind", Value = "ml.m5.4xlarge" }]
    })
  }
}
"""


def test_a_rule_and_its_target() -> None:
    pipeline = one(terraform(rule()))
    (start,) = pipeline.starts
    assert (start.kind, start.address, start.expression) == (
        "schedule",
        "aws_cloudwatch_event_rule.hourly",
        "rate(1 hour)",
    )
    assert (start.path, start.line) == ("main.tf", 10)
    assert runs(pipeline) == exactly(HOURLY)
    assert started(pipeline.starts).said == (
        "730 runs a month by rate(1 hour) in aws_cloudwatch_event_rule.hourly"
    )


@pytest.mark.parametrize(
    "by",
    [
        'rule = "nightly"',
        "rule = aws_cloudwatch_event_rule.r.name",
        "rule = aws_cloudwatch_event_rule.r.id",
    ],
)
@pytest.mark.parametrize(
    "arn",
    [
        "aws_sagemaker_pipeline.p.arn",
        '"arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn"',
        '"arn:aws:sagemaker:eu-west-1:111122223333:pipeline/${aws_sagemaker_pipeline.p.pipeline_name}"',
        '"arn:aws:sagemaker:${data.aws_region.r.name}:1:pipeline/churn"',
        "local.arn",
    ],
)
def test_links_by_reference_and_by_name(by: str, arn: str) -> None:
    text = f"""
locals {{ arn = aws_sagemaker_pipeline.p.arn }}
data "aws_region" "r" {{}}
resource "aws_cloudwatch_event_rule" "r" {{
  name                = "nightly"
  schedule_expression = "rate(1 day)"
}}
resource "aws_cloudwatch_event_target" "t" {{
  {by}
  arn = {arn}
}}
"""
    assert runs(one(terraform(text))) == exactly(Decimal("30.416667"))


def test_the_universal_target_of_the_scheduler() -> None:
    pipeline = one(terraform(UNIVERSAL))
    assert runs(pipeline) == exactly(Decimal("21.726190"))
    assert pipeline.overrides == {"Kind": "ml.m5.4xlarge"}


def test_what_starts_another_pipeline_starts_not_this_one() -> None:
    other = scheduled().replace(
        "aws_sagemaker_pipeline.p.arn", '"arn:aws:sagemaker:x:1:pipeline/churn-2"'
    )
    assert not one(terraform(other)).starts
    assert not one(
        terraform(UNIVERSAL.replace("aws_sagemaker_pipeline.p.pipeline_name", '"x"'))
    ).starts
    queue = 'variable "arn" {}\n' + scheduled().replace("aws_sagemaker_pipeline.p.arn", "var.arn")
    assert not one(terraform(queue)).starts


@pytest.mark.parametrize(
    "text",
    [
        scheduled(target=PASSES).replace("aws_sagemaker_pipeline.p.arn", "var.x"),
        scheduled().replace(
            "aws_sagemaker_pipeline.p.arn", '"arn:aws:sagemaker:r:1:pipeline/${var.x}"'
        ),
        scheduled().replace(
            "aws_sagemaker_pipeline.p.arn", '"arn:aws:sagemaker:r:1:pipeline/ch${var.x}"'
        ),
        UNIVERSAL.replace("aws_sagemaker_pipeline.p.pipeline_name", "var.x"),
    ],
)
def test_a_target_that_is_some_pipeline_is_named_and_not_counted(text: str) -> None:
    pipeline = one(terraform('variable "x" {}\n' + text))
    found = started(pipeline.starts)
    assert found.runs is None and "which pipeline it starts is not known" in found.detail
    elsewhere = text.replace("/ch${", "/shop-${")
    if elsewhere != text:
        assert not one(terraform('variable "x" {}\n' + elsewhere)).starts


def test_a_text_names_the_first_of_many() -> None:
    many = "".join(scheduled(f"s{i}") for i in range(14))
    found = started(one(terraform(many)).starts)
    assert found.runs is not None and found.runs.expected == 14 * HOURLY
    assert found.detail.endswith(" and 4 more") and found.detail.count("rate(1 hour)") == 10


def test_one_of_two_pipelines() -> None:
    arn = "var.on ? aws_sagemaker_pipeline.p.arn : aws_sagemaker_pipeline.q.arn"
    text = 'variable "on" {}\n' + PIPELINE.replace('"p"', '"q"').replace("churn", "shop")
    text += scheduled().replace("aws_sagemaker_pipeline.p.arn", arn)
    for pipeline in terraform(text).pipelines:
        assert runs(pipeline) == (Decimal(0), HOURLY / 2, HOURLY)


def test_several_schedules_add_up_and_disabled_ones_do_not_count() -> None:
    text = rule("a") + scheduled("b", schedule="rate(1 day)") + scheduled("c", 'state = "DISABLED"')
    pipeline = one(terraform(text))
    assert runs(pipeline) == exactly(HOURLY + Decimal("30.416667"))
    said = started(pipeline.starts).said
    assert "rate(1 hour) in aws_cloudwatch_event_rule.a" in said
    assert "aws_scheduler_schedule.c is disabled" in said


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('state = "ENABLED"', exactly(HOURLY)),
        ('state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"', exactly(HOURLY)),
        ('state = "DISABLED"', exactly(0)),
        ("is_enabled = true", exactly(HOURLY)),
        ("is_enabled = false", exactly(0)),
        ("is_enabled = null", exactly(HOURLY)),
        ("is_enabled = var.on", (Decimal(0), HOURLY, HOURLY)),
        ('state = var.on ? "ENABLED" : "DISABLED"', (Decimal(0), HOURLY, HOURLY)),
        ('state = var.on ? "ENABLED" : "ENABLED"', exactly(HOURLY)),
        ("count = var.on ? 1 : 0", (Decimal(0), HOURLY, HOURLY)),
    ],
)
def test_whether_a_rule_is_enabled(more: str, expected: tuple[Decimal, ...]) -> None:
    text = 'variable "on" {}\n' + rule(more=more)
    if more.startswith("count"):
        text = text.replace("event_rule.hourly.name", "event_rule.hourly[0].name")
    assert runs(one(terraform(text))) == expected


def test_a_pipeline_with_disabled_schedules_only_runs_not_at_all() -> None:
    pipeline = one(terraform(scheduled(more='state = "DISABLED"')))
    assert started(pipeline.starts).said == (
        "0 runs a month, nothing starts it: aws_scheduler_schedule.s is disabled"
    )


@pytest.mark.parametrize(
    ("more", "expression", "expected", "says"),
    [
        ('end_date = "2026-09-30T00:00:00Z"', "rate(1 hour)", 0, "over since 2026-09-30"),
        ('end_date = "2026-10-01T00:00:00Z"', "rate(1 hour)", 730, "by rate"),
        ('start_date = "2027-01-01T00:00:00Z"', "rate(1 hour)", 730, "from 2027-01-01 on"),
        ("", "cron(0 8 * * ? 2020-2025)", 0, "over since 2025-12-31"),
        ("", "cron(0 * * * ? 2026)", 730, "by cron"),
        ("", "at(2026-09-01T00:00:00)", 0, "over since 2026-09-01"),
        ("", "at(2026-12-01T00:00:00)", 1, "once, on 2026-12-01"),
    ],
)
def test_a_schedule_that_is_over_or_not_yet(
    more: str, expression: str, expected: int, says: str
) -> None:
    pipeline = one(terraform(scheduled(more=more, schedule=expression)))
    assert runs(pipeline) == exactly(expected)
    assert says in started(pipeline.starts).said


def test_an_end_that_is_not_known_may_have_come() -> None:
    text = 'variable "end" {}\n' + scheduled(more="end_date = var.end")
    assert runs(one(terraform(text))) == (Decimal(0), HOURLY, HOURLY)
    assert runs(one(terraform(text, end="2020-01-01T00:00:00Z"))) == exactly(0)


def test_an_expression_that_aws_refuses_is_named_at_its_place() -> None:
    project = terraform(rule(schedule="cron(0 25 * * ? *)"))
    (problem,) = project.problems
    assert "hour: 25" in problem.message and problem.rule == "SYN014" and not problem.lost
    assert (problem.span.path, problem.span.start_line) == ("main.tf", 10)
    assert problem.address == "aws_cloudwatch_event_rule.hourly"
    found = started(one(project).starts)
    assert found.runs is None and "AWS refuses" in found.detail


def test_an_expression_is_named_once_however_many_it_starts() -> None:
    text = rule(schedule="rate(1 hours)") + rule("b").replace(
        "event_rule.b.name", "event_rule.hourly.name"
    )
    assert len(terraform(text).problems) == 1


def test_partly_known_expressions() -> None:
    text = 'variable "n" {}\nvariable "often" {}\n'
    unknown = one(terraform(text + rule(schedule="rate(${var.n} hours)")))
    found = started(unknown.starts)
    assert found.runs is None and "var.n has no default" in found.detail
    several = rule(schedule='${var.often ? "rate(1 hour)" : "rate(1 day)"}')
    assert runs(one(terraform(text + several))) == (Decimal("30.416667"), HOURLY, HOURLY)
    part = rule(schedule="rate(${var.often ? 2 : 4} hours)")
    assert runs(one(terraform(text + part))) == (Decimal("182.5"), Decimal(365), Decimal(365))
    assert runs(one(terraform(text + rule(schedule="rate(${var.n} hours)"), n="2"))) == exactly(365)


def test_a_known_schedule_beside_an_unknown_one_is_the_least() -> None:
    text = 'variable "n" {}\n' + rule("a") + rule("b", schedule="rate(${var.n} hours)")
    found = started(one(terraform(text)).starts)
    assert found.runs is not None and found.runs.expected == HOURLY
    assert found.said.startswith("at least 730 runs a month") and "event_rule.b" in found.more


def test_events_start_it_an_unknown_number_of_times() -> None:
    text = """
resource "aws_cloudwatch_event_rule" "upload" {
  event_pattern = jsonencode({ source = ["aws.s3"], "detail-type" = ["Object Created"] })
}
resource "aws_cloudwatch_event_target" "t" {
  rule = aws_cloudwatch_event_rule.upload.name
  arn  = aws_sagemaker_pipeline.p.arn
  sagemaker_pipeline_target {
    pipeline_parameter_list {
      name  = "Kind"
      value = "$.detail.object.key"
    }
  }
}
"""
    pipeline = one(terraform(text))
    (start,) = pipeline.starts
    assert (start.kind, start.runs) == ("event", None)
    said = started(pipeline.starts).said
    assert "how often its events (aws.s3 Object Created) come is not known" in said
    assert isinstance(pipeline.overrides["Kind"], Unknown)
    both = started(one(terraform(text + scheduled())).starts)
    assert both.said.startswith("at least 730") and "aws_cloudwatch_event_rule.upload" in both.more


def test_a_rule_with_a_schedule_and_a_pattern_does_both() -> None:
    pattern = 'event_pattern = jsonencode({ source = ["aws.sagemaker"] })'
    pipeline = one(terraform(rule(more=pattern)))
    assert [s.kind for s in pipeline.starts] == ["schedule", "event"]
    assert started(pipeline.starts).said.startswith("at least 730 runs a month")
    off = one(terraform(rule(more=pattern + "\nis_enabled = false")))
    assert runs(off) == exactly(0)


def parameter(value: str, name: str = "Kind") -> str:
    return f"""sagemaker_pipeline_parameters {{
      pipeline_parameter {{
        name  = "{name}"
        value = {value}
      }}
    }}"""


def kind(pipeline: Pipeline) -> Any:
    return pipeline.steps[0].get("ResourceConfig", "InstanceType")


def test_parameters_that_all_starts_pass_are_fixed() -> None:
    same = parameter('"ml.p4d.24xlarge"')
    assert kind(one(terraform(scheduled("a", target=same)))) == "ml.p4d.24xlarge"
    assert kind(one(terraform(scheduled("a", target=same) + scheduled("b", target=same)))) == (
        "ml.p4d.24xlarge"
    )
    off = scheduled("b", 'state = "DISABLED"')
    assert kind(one(terraform(scheduled("a", target=same) + off))) == "ml.p4d.24xlarge"


def test_parameters_that_differ_are_alternatives() -> None:
    a = scheduled("a", target=parameter('"ml.p4d.24xlarge"'))
    b = scheduled("b", target=parameter('"ml.g5.xlarge"'))
    found = kind(one(terraform(a + b)))
    assert isinstance(found, Choice) and set(found.values) == {"ml.p4d.24xlarge", "ml.g5.xlarge"}
    default = kind(one(terraform(a + scheduled("b"))))
    assert isinstance(default, Choice) and set(default.values) == {"ml.p4d.24xlarge", "ml.m5.large"}


def test_what_a_start_that_may_not_be_passes_is_one_of_several() -> None:
    text = 'variable "on" {}\n' + scheduled("a", "state = var.on", parameter('"ml.p4d.24xlarge"'))
    found = kind(one(terraform(text)))
    assert isinstance(found, Choice) and set(found.values) == {"ml.m5.large", "ml.p4d.24xlarge"}


def test_the_users_own_parameters_come_before_a_schedules() -> None:
    text = PIPELINE + scheduled("a", target=parameter('"ml.p4d.24xlarge"'))
    options = LoadOptions(parameters={"Kind": "ml.c5.large"})
    assert kind(one(load_texts({"main.tf": text}, options))) == "ml.c5.large"


def test_a_parameter_that_is_not_known_is_unknown() -> None:
    text = 'variable "kind" {}\n' + scheduled("a", target=parameter("var.kind"))
    found = kind(one(terraform(text)))
    assert isinstance(found, Unknown) and "var.kind" in found.references


def test_typed_parameters() -> None:
    declared = {"Name": "N", "Type": "Integer", "DefaultValue": 1}
    pipeline = PIPELINE.replace(json.dumps(definition()), json.dumps(definition(declared)))
    found = one(terraform(scheduled(target=parameter('"7"', "N")), pipeline))
    assert found.overrides == {"N": 7}
    wrong = one(terraform(scheduled(target=parameter('"many"', "N")), pipeline))
    assert isinstance(wrong.overrides["N"], Unknown)


def test_parameters_that_the_pipeline_does_not_declare_are_said() -> None:
    pipeline = one(terraform(scheduled(target=parameter('"x"', "Kimd"))))
    assert pipeline.starts[0].refused == ("Kimd",)
    assert "passes Kimd, which the pipeline does not declare" in started(pipeline.starts).said
    assert not pipeline.overrides


EACH = PIPELINE.replace(
    "  pipeline_name ", '  for_each = toset(["eu", "us"])\n  pipeline_name '
).replace('"churn"', '"churn-${each.key}"')


@pytest.mark.parametrize(
    "text",
    [
        scheduled().replace("aws_sagemaker_pipeline.p.arn", 'aws_sagemaker_pipeline.p["eu"].arn'),
        rule().replace("aws_sagemaker_pipeline.p.arn", 'aws_sagemaker_pipeline.p["eu"].arn'),
        UNIVERSAL.replace("aws_sagemaker_pipeline.p.", 'aws_sagemaker_pipeline.p["eu"].'),
        """
resource "aws_scheduler_schedule" "s" {
  for_each            = { eu = "rate(1 hour)" }
  schedule_expression = each.value
  flexible_time_window { mode = "OFF" }
  target {
    arn      = aws_sagemaker_pipeline.p[each.key].arn
    role_arn = "r"
  }
}
""",
    ],
)
def test_a_schedule_starts_its_own_instance(text: str) -> None:
    eu, us = terraform(text, EACH).pipelines
    assert started(eu.starts).runs is not None and eu.title == "churn-eu"
    assert not us.starts


def test_an_instance_that_does_not_exist_is_no_other() -> None:
    text = scheduled().replace("aws_sagemaker_pipeline.p.arn", 'aws_sagemaker_pipeline.p["us"].arn')
    assert not one(terraform(text, EACH.replace('"eu", "us"', '"eu"'))).starts
    right = text.replace('"us"', '"eu"')
    assert one(terraform(right, EACH.replace('"eu", "us"', '"eu"'))).starts


def test_every_instance_by_its_own_schedule() -> None:
    text = """
resource "aws_cloudwatch_event_rule" "r" {
  for_each            = { eu = "rate(1 hour)", us = "rate(1 day)" }
  schedule_expression = each.value
}
resource "aws_cloudwatch_event_target" "t" {
  for_each = aws_sagemaker_pipeline.p
  rule     = aws_cloudwatch_event_rule.r[each.key].name
  arn      = each.value.arn
}
"""
    eu, us = terraform(text, EACH).pipelines
    assert runs(eu) == exactly(HOURLY) and runs(us) == exactly(Decimal("30.416667"))


def test_a_key_that_is_not_known_starts_one_of_the_instances() -> None:
    text = 'variable "k" {}\n' + scheduled().replace("pipeline.p.arn", "pipeline.p[var.k].arn")
    for pipeline in terraform(text, EACH).pipelines:
        assert runs(pipeline) == (Decimal(0), HOURLY / 2, HOURLY)
        assert "whether it starts this one is not known" in started(pipeline.starts).said


def test_instances_of_a_module_are_kept_apart() -> None:
    inner = 'variable "often" {}\n' + PIPELINE.replace('"churn"', '"churn-${var.often}"')
    inner += scheduled(schedule="rate(${var.often} hours)")
    main = """
module "ml" {
  source   = "./ml"
  for_each = { a = 1, b = 2 }
  often    = each.value
}
"""
    found = load_texts({"main.tf": main, "ml/main.tf": inner}).pipelines
    a, b = (p for p in found if p.address.startswith("module."))
    assert runs(a) == exactly(HOURLY) and runs(b) == exactly(365)


def test_a_pipeline_of_a_module_started_from_outside() -> None:
    main = """
module "ml" {
  source = "./ml"
}
""" + scheduled().replace("aws_sagemaker_pipeline.p.arn", "module.ml.arn")
    inner = PIPELINE + 'output "arn" { value = aws_sagemaker_pipeline.p.arn }\n'
    found = load_texts({"main.tf": main, "ml/main.tf": inner}).pipelines
    assert [runs(p) for p in found if p.address.startswith("module.")] == [exactly(HOURLY)]


def test_a_schedule_of_a_third_root_starts_one_of_the_two() -> None:
    alone = UNIVERSAL.replace("aws_sagemaker_pipeline.p.pipeline_name", '"churn"')
    project = load_texts({"a/main.tf": PIPELINE, "b/main.tf": PIPELINE, "c/main.tf": alone})
    for pipeline in project.pipelines:
        assert runs(pipeline) == (Decimal(0), Decimal("10.863095"), Decimal("21.726190"))
    (only,) = load_texts({"a/main.tf": PIPELINE, "c/main.tf": alone}).pipelines
    assert runs(only) == exactly(Decimal("21.726190"))


def test_two_roots_with_the_same_names_are_kept_apart() -> None:
    text = PIPELINE + UNIVERSAL
    off = UNIVERSAL.replace("{ mode", "{ mode", 1).replace("MON-FRI", "MON")
    project = load_texts({"dev/main.tf": PIPELINE + off, "prod/main.tf": text})
    by_path = {p.path: runs(p) for p in project.pipelines}
    assert by_path["dev/main.tf"] == exactly(Decimal("4.345238"))
    assert by_path["prod/main.tf"] == exactly(Decimal("21.726190"))
