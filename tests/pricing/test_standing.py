"""What costs while it stands: Terraform, CloudFormation, and what pipelines leave behind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from linter.project.model import Project
from pricing.model import CostOptions, StandingEstimate
from pricing.standing import pipeline_endpoints, standing_of, standing_resources
from pricing.standing_machines import runs_per_month
from pricing.usage import Usage, parse_usage
from tests.pricing.helpers import (
    RATES,
    book,
    pipeline,
    range_of,
    report,
    terraform,
)
from tests.pricing.helpers import (
    standing_of as read,
)

ENDPOINT = """
resource "aws_sagemaker_endpoint_configuration" "c" {
  name = "conf"
  production_variants {
    variant_name           = "main"
    model_name             = "m"
    instance_type          = "ml.m5.xlarge"
    initial_instance_count = 2
    volume_size_in_gb      = 73
  }
}
resource "aws_sagemaker_endpoint" "e" {
  name                 = "churn"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.c.name
}
"""


def priced(text: str, said: str = "", path: str = "main.tf") -> list[StandingEstimate]:
    used = parse_usage(f"version: 1\nstanding:\n  {said}\n") if said else Usage()
    return list(report(standing=read(text, path), used=used).standing)


def one(text: str, said: str = "", path: str = "main.tf") -> StandingEstimate:
    found = priced(text, said, path)
    assert len(found) == 1
    return found[0]


def test_an_endpoint_costs_its_instances_and_volumes_all_month() -> None:
    found = one(ENDPOINT)
    # 730 × 2 × 0.23, and 2 × 73 GB × 0.14
    assert found.usd_per_month == range_of("356.24")
    assert (found.kind, found.name, found.instance_type) == ("endpoint", "churn", "ml.m5.xlarge")
    assert found.address == "aws_sagemaker_endpoint.e"
    assert not found.unpriced


def test_an_endpoint_for_so_many_hours_as_the_usage_file_says() -> None:
    assert one(ENDPOINT, "churn: {hours_per_month: 100}").usd_per_month == range_of("48.8")


def test_autoscaling_expects_its_minimum() -> None:
    target = """
resource "aws_appautoscaling_target" "t" {
  min_capacity       = 1
  max_capacity       = 4
  resource_id        = "endpoint/${aws_sagemaker_endpoint.e.name}/variant/main"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  service_namespace  = "sagemaker"
}
"""
    found = one(ENDPOINT + target)
    assert found.instance_count == range_of("1", "1", "4")
    assert found.usd_per_month == range_of("178.12", "178.12", "712.48")
    assert any("autoscaling from 1 to 4" in note for note in found.notes)


def test_managed_scaling_of_a_variant() -> None:
    text = ENDPOINT.replace(
        "volume_size_in_gb      = 73",
        "managed_instance_scaling {\n min_instance_count = 0\n max_instance_count = 3\n }",
    )
    assert one(text).instance_count == range_of("0", "0", "3")


def test_a_configuration_without_an_endpoint_costs_nothing_and_says_what_one_would() -> None:
    text = ENDPOINT.split('resource "aws_sagemaker_endpoint" "e"')[0]
    found = one(text)
    assert found.kind == "endpoint-configuration" and found.usd_per_month.is_zero
    assert "about $356.24 a month" in found.notes[0]


SERVERLESS = """
resource "aws_sagemaker_endpoint_configuration" "c" {
  name = "conf"
  production_variants {
    variant_name = "main"
    model_name   = "m"
    serverless_config {
      max_concurrency         = 10
      memory_size_in_mb       = 2048
      provisioned_concurrency = 3
    }
  }
}
resource "aws_sagemaker_endpoint" "e" {
  name                 = "s"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.c.name
}
"""


def test_serverless_is_billed_by_use_and_by_provisioned_concurrency() -> None:
    found = one(SERVERLESS)
    assert "invocations_per_month" in found.unpriced
    assert "serverless-provisioned-gb-second" in found.unpriced
    rates = {**RATES, "serverless-provisioned-gb-second": Decimal("0.00001")}
    used = parse_usage(
        "version: 1\nstanding: {s: {invocations_per_month: 1000000, seconds_per_invocation: 0.1}}"
    )
    whole = report(standing=read(SERVERLESS), used=used, prices=book(rates=rates)).standing[0]
    # 100,000 s × 2 GB × 0.00002, and 730 h × 3600 × 3 × 2 GB × 0.00001
    assert whole.usd_per_month == range_of("161.68")
    assert not whole.unpriced


def test_an_idle_serverless_endpoint_costs_nothing() -> None:
    text = SERVERLESS.replace("      provisioned_concurrency = 3\n", "")
    found = one(text, "s: {invocations_per_month: 0}")
    assert found.usd_per_month.is_zero and found.idle and not found.unpriced


def test_notebooks_keep_their_volume_while_stopped() -> None:
    text = """
resource "aws_sagemaker_notebook_instance" "n" {
  name          = "lab"
  role_arn      = "arn:aws:iam::111122223333:role/r"
  instance_type = "ml.t3.medium"
  volume_size   = 50
}
"""
    assert one(text).usd_per_month == range_of("43.5")  # 730 × 0.05 + 50 × 0.14
    assert one(text, "lab: {hours_per_month: 0}").usd_per_month == range_of("7")
    assert one(text.replace("volume_size   = 50", "")).usd_per_month == range_of("37.2")


def test_count_multiplies_and_a_switch_makes_it_uncertain() -> None:
    text = """
variable "on" {}
resource "aws_sagemaker_notebook_instance" "n" {
  count         = 3
  name          = "lab-${count.index}"
  role_arn      = "arn:aws:iam::111122223333:role/r"
  instance_type = "ml.t3.medium"
}
resource "aws_sagemaker_notebook_instance" "maybe" {
  count         = var.on ? 1 : 0
  name          = "other"
  role_arn      = "arn:aws:iam::111122223333:role/r"
  instance_type = "ml.t3.medium"
}
"""
    found = {item.address: item for item in priced(text)}
    assert sum(i.usd_per_month.expected for a, i in found.items() if "maybe" not in a) == (
        Decimal("111.6")
    )
    uncertain = next(item for address, item in found.items() if "maybe" in address)
    assert uncertain.usd_per_month == range_of("0", "37.2", "37.2")


SPACE = """
resource "aws_sagemaker_space" "s" {
  domain_id  = "d-1"
  space_name = "work"
  space_settings {
    app_type = "JupyterLab"
    jupyter_lab_app_settings {
      default_resource_spec {
        instance_type = "ml.t3.medium"
      }
    }
    space_storage_settings {
      ebs_storage_settings {
        ebs_volume_size_in_gb = 100
      }
    }
  }
}
"""


def test_a_space_keeps_its_volume_and_its_apps_need_hours() -> None:
    found = one(SPACE)
    assert found.usd_per_month == range_of("11.2")
    assert "hours_per_month" in found.unpriced
    told = one(SPACE, "work: {hours_per_month: 100}")
    assert told.usd_per_month == range_of("16.2") and not told.unpriced


def app(kind: str, spec: str = "") -> str:
    return f"""
resource "aws_sagemaker_app" "a" {{
  domain_id         = "d-1"
  user_profile_name = "u"
  app_name          = "default"
  app_type          = "{kind}"
  {spec}
}}
"""


def test_an_app_is_billed_until_it_is_deleted() -> None:
    found = one(app("JupyterLab", 'resource_spec {\n instance_type = "ml.t3.medium"\n }'))
    assert found.usd_per_month == range_of("36.5")
    assert one(app("KernelGateway")).instance_type == "ml.t3.medium"
    free = one(app("JupyterServer"))
    assert free.usd_per_month.is_zero and not free.unpriced and "free of charge" in free.notes[0]
    assert "no price of Canvas" in one(app("Canvas")).unpriced


SCHEDULE = """
resource "aws_sagemaker_data_quality_job_definition" "d" {
  name     = "quality"
  role_arn = "arn:aws:iam::111122223333:role/r"
  job_resources {
    cluster_config {
      instance_count    = 1
      instance_type     = "ml.m5.xlarge"
      volume_size_in_gb = 20
    }
  }
}
resource "aws_sagemaker_monitoring_schedule" "m" {
  name = "daily"
  monitoring_schedule_config {
    monitoring_job_definition_name = aws_sagemaker_data_quality_job_definition.d.name
    monitoring_type                = "DataQuality"
    schedule_config {
      schedule_expression = "cron(0 3 ? * * *)"
    }
  }
}
"""


def test_a_monitoring_schedule_is_priced_by_its_jobs() -> None:
    found = one(SCHEDULE)
    # 365/12 runs a month of 5 to 30 minutes, 10 expected, at 0.23
    assert found.instance_type == "ml.m5.xlarge"
    assert round(found.usd_per_month.expected, 2) == Decimal("1.17")
    assert any("30 runs a month; time assumed" in note for note in found.notes)
    told = one(SCHEDULE, "daily: {hours_per_month: 10}")
    assert told.usd_per_month == range_of("2.3")


@pytest.mark.parametrize(
    ("expression", "runs"),
    [
        ("cron(0 * ? * * *)", 730),
        ("cron(0 12 ? * * *)", 30),
        ("cron(0 0/6 ? * * *)", 122),
        ("cron(0 10/8 ? * * *)", 61),
        ("NOW", 1),
        ("rate(1 day)", None),
        ("cron(" + "0" * 10_000, None),
        (7, None),
    ],
)
def test_schedules(expression: Any, runs: int | None) -> None:
    found = runs_per_month(expression)
    assert (None if found is None else round(found)) == runs


@pytest.mark.parametrize(
    ("kind", "body", "wanted"),
    [
        ("aws_sagemaker_domain", 'domain_name = "d"', "apps are billed while they run"),
        (
            "aws_sagemaker_mlflow_tracking_server",
            'tracking_server_name = "d"',
            "no price of an MLflow",
        ),
        (
            "aws_sagemaker_feature_group",
            'feature_group_name = "d"\n online_store_config {\n enable_online_store = true\n }',
            "billed by reads, writes and storage",
        ),
    ],
)
def test_what_the_book_has_no_price_of_is_named(kind: str, body: str, wanted: str) -> None:
    text = f'resource "{kind}" "x" {{\n {body}\n}}'
    found = one(text)
    assert wanted in found.unpriced and found.usd_per_month.is_zero
    told = one(text, "d: {usd_per_month: 12.5}")
    assert told.usd_per_month == range_of("12.5") and not told.unpriced


def test_an_offline_feature_group_is_not_a_sagemaker_cost() -> None:
    text = 'resource "aws_sagemaker_feature_group" "x" {\n feature_group_name = "d"\n}'
    found = one(text)
    assert not found.unpriced and "S3" in found.notes[0]


CFN = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Config:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - VariantName: main
          ModelName: m
          InstanceType: ml.g5.xlarge
          InitialInstanceCount: 1
          VolumeSizeInGB: 100
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties:
      EndpointName: live
      EndpointConfigName: !GetAtt Config.EndpointConfigName
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      MinCapacity: 2
      MaxCapacity: 2
      ResourceId: endpoint/live/variant/main
      ScalableDimension: sagemaker:variant:DesiredInstanceCount
  Notebook:
    Type: AWS::SageMaker::NotebookInstance
    Properties: {InstanceType: ml.t3.medium, NotebookInstanceName: lab}
  Space:
    Type: AWS::SageMaker::Space
    Properties:
      DomainId: d-1
      SpaceName: work
      SpaceSettings:
        SpaceStorageSettings: {EbsStorageSettings: {EbsVolumeSizeInGb: 10}}
  Group:
    Type: AWS::SageMaker::FeatureGroup
    Properties: {FeatureGroupName: f, OnlineStoreConfig: {EnableOnlineStore: true}}
"""


def test_the_same_in_cloudformation() -> None:
    found = {item.name: item for item in priced(CFN, path="template.yaml")}
    # ml.g5 has NVMe disks: no volume. 730 × 2 × 1.408
    assert found["live"].usd_per_month == range_of("2055.68")
    assert found["lab"].usd_per_month == range_of("37.2")
    assert found["work"].usd_per_month == range_of("1.12")
    assert found["f"].unpriced


def test_endpoints_that_a_pipeline_leaves() -> None:
    config = {
        "EndpointConfigName": "c",
        "ProductionVariants": [
            {"VariantName": "v", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        ],
    }
    item = pipeline(
        {"Name": "Config", "Type": "EndpointConfig", "Arguments": config},
        {
            "Name": "Deploy",
            "Type": "Endpoint",
            "Arguments": {"EndpointName": "live", "EndpointConfigName": "c"},
        },
        {"Name": "Other", "Type": "Endpoint", "Arguments": {"EndpointConfigName": "elsewhere"}},
    )
    live, other = report(standing=pipeline_endpoints([item])).standing
    assert live.usd_per_month == range_of("83.95")
    assert (live.name, live.address) == ("live", "demo: step Deploy")
    assert other.unpriced == "its endpoint configuration is not in the pipeline"
    assert standing_of(Project(), [item]) == pipeline_endpoints([item])


def test_what_standing_resources_lack_is_in_the_list_of_what_has_no_price() -> None:
    found = report(standing=read(SPACE))
    assert [gap.step for gap in found.unpriced] == ["work"]
    assert not found.complete
    unknown = report(standing=read(ENDPOINT.replace("ml.m5.xlarge", "ml.m5.xlrage")))
    assert "nearest: ml.m5.xlarge" in unknown.unpriced[0].reason


# --- savings ----------------------------------------------------------------------------------


def savings(text: str, said: str = "", prices: Any = None) -> dict[str, Any]:
    used = parse_usage(f"version: 1\nstanding:\n  {said}\n") if said else Usage()
    found = report(standing=read(text), used=used, prices=prices)
    return {saving.kind: saving for saving in found.standing[0].savings}


def test_savings_on_an_endpoint_that_is_always_on() -> None:
    found = savings(ENDPOINT)
    # 335.80 of compute: 510 of 730 hours off; a plan takes up to 64% off; ml.m5.large is half.
    assert found["scheduled-stop"].usd_per_month == range_of("0", "234.60", "234.60")
    plan = found["savings-plan"].usd_per_month
    assert plan == range_of("0", "107.456", "214.912")
    assert found["smaller-instance"].usd_per_month == range_of("0", "0", "167.9")
    assert "ml.m5.large costs 50% less" in found["smaller-instance"].how


def test_a_newer_machine_of_the_same_shape() -> None:
    prices = book(
        {
            ("Hosting", "ml.m5.xlarge"): Decimal("0.25"),
            ("Hosting", "ml.m6i.xlarge"): Decimal("0.2"),
            ("Hosting", "ml.m6g.xlarge"): Decimal("0.1"),
            ("Hosting", "ml.c6i.xlarge"): Decimal("0.1"),
        }
    )
    found = savings(ENDPOINT, prices=prices)["right-size"]
    assert found.alone == range_of("73")
    assert found.how.startswith("ml.m6i.xlarge has the same processors and memory for 20% less")


def test_an_idle_endpoint_and_one_that_serverless_would_do_for() -> None:
    idle = savings(ENDPOINT, "churn: {idle: true}")
    assert list(idle) == ["idle-endpoint"]
    assert idle["idle-endpoint"].usd_per_month == range_of("356.24")
    rare = savings(ENDPOINT, "churn: {invocations_per_month: 1000, seconds_per_invocation: 1}")
    # 1,000 s × 4 GB × 0.00002 = 0.08
    assert rare["idle-endpoint"].usd_per_month == range_of("356.16")
    assert "$0.08" in rare["idle-endpoint"].how


def test_savings_can_be_left_out() -> None:
    found = report(standing=read(ENDPOINT), options=CostOptions(with_savings=False))
    assert found.standing[0].savings == ()


def test_modules_and_unknown_values_do_not_break_it() -> None:
    text = """
variable "kind" {}
resource "aws_sagemaker_notebook_instance" "n" {
  name          = "lab"
  role_arn      = "r"
  instance_type = var.kind
}
"""
    found = report(standing=standing_resources(terraform(text))).standing[0]
    assert "instance type is not known" in found.unpriced


CLUSTER = """
resource "aws_sagemaker_cluster" "c" {
  cluster_name = "c"
  instance_groups = [
    { InstanceType = "ml.p4d.24xlarge", InstanceCount = 2 },
    { InstanceType = "%s", InstanceCount = 1 },
  ]
}
"""


def test_a_hyperpod_cluster_costs_what_its_groups_do() -> None:
    """730 hours of two machines at 25 and one at 0.25."""
    prices = book(
        {
            ("Cluster", "ml.p4d.24xlarge"): Decimal(25),
            ("Cluster", "ml.m5.xlarge"): Decimal("0.25"),
            ("Training", "ml.g5.xlarge"): Decimal(1),
        }
    )
    (whole,) = report(standing=read(CLUSTER % "ml.m5.xlarge"), prices=prices).standing
    assert whole.usd_per_month == range_of("36682.5") and whole.complete
    (part,) = report(standing=read(CLUSTER % "ml.g5.xlarge"), prices=prices).standing
    assert part.usd_per_month == range_of("36500") and not part.complete
    assert "no Cluster price of ml.g5.xlarge" in part.unpriced


@pytest.mark.parametrize("count", ["-3", "1.5", "100001", '"many"'])
def test_what_is_no_number_of_instances_has_no_price(count: str) -> None:
    prices = book({("Cluster", "ml.p4d.24xlarge"): Decimal(25)})
    one = CLUSTER.replace("InstanceCount = 2", f"InstanceCount = {count}") % "ml.p4d.24xlarge"
    (cluster,) = report(standing=read(one), prices=prices).standing
    assert cluster.usd_per_month == range_of("18250") and not cluster.complete
    assert "number of instances is no valid value" in cluster.unpriced
    (endpoint,) = priced(ENDPOINT.replace("count = 2", f"count = {count}"))
    assert endpoint.usd_per_month.is_zero
    assert "number of instances is no valid value" in endpoint.unpriced


def test_an_empty_group_of_a_cluster_costs_nothing() -> None:
    prices = book({("Cluster", "ml.p4d.24xlarge"): Decimal(25)})
    text = CLUSTER.replace("InstanceCount = 2", "InstanceCount = 0") % "ml.p4d.24xlarge"
    (cluster,) = report(standing=read(text), prices=prices).standing
    assert cluster.usd_per_month == range_of("18250") and cluster.complete


def test_a_cluster_is_not_advised_to_be_off_at_night() -> None:
    prices = book(
        {
            ("Cluster", "ml.p4d.24xlarge"): Decimal(25),
            ("Cluster", "ml.m5.xlarge"): Decimal("0.25"),
        }
    )
    (found,) = report(standing=read(CLUSTER % "ml.m5.xlarge"), prices=prices).standing
    assert found.savings == () and found.after_savings == found.usd_per_month
