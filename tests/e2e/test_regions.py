"""Everything is priced and judged in the region in which it runs; amounts are worked out by hand.

Of the embedded book: ml.m5.xlarge costs 0.23 USD an hour in us-east-1 and 0.257 in eu-west-1, a
gigabyte of a training or notebook volume 0.14 and 0.154 a month, ml.t3.medium 0.05 and 0.055.
"""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import Ran, pipewarden

MODULE = """
resource "aws_sagemaker_pipeline" "p" {
  pipeline_name = "p"
  role_arn      = "arn:aws:iam::111122223333:role/x"
  pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = [
    { Name = "Train", Type = "Training", Arguments = {
      ResourceConfig = { InstanceType = "ml.m5.xlarge", InstanceCount = 1, VolumeSizeInGB = 73 }
    } } ] })
}
resource "aws_sagemaker_notebook_instance" "n" {
  name          = "n"
  role_arn      = "arn:aws:iam::111122223333:role/x"
  instance_type = "ml.t3.medium"
}
"""
MAIN = """
provider "aws" { region = "us-east-1" }
provider "aws" {
  alias  = "ireland"
  region = "eu-west-1"
}
module "here" { source = "./m" }
module "there" {
  source    = "./m"
  providers = { aws = aws.ireland }
}
"""
ONE_OF = """
variable "abroad" {}
provider "aws" { region = var.abroad ? "us-east-1" : "eu-west-1" }
"""
USAGE = """
version: 1
runs_per_month: 10
pipelines: {p: {steps: {Train: {minutes: 60}}}}
"""
RUN = {"us-east-1": Decimal("0.244"), "eu-west-1": Decimal("0.2724")}
"""One hour of an instance and of 73 GB, a month having 730 hours."""
NOTEBOOK = {"us-east-1": Decimal("37.2"), "eu-west-1": Decimal("40.92")}
"""730 hours and 5 GB."""


def write(folder: Path, **files: str) -> Path:
    names = {"main": "main.tf", "module": "m/main.tf", "usage": "pipewarden-usage.yml"}
    for key, text in {"usage": USAGE, **files}.items():
        path = folder / names.get(key, key)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def run(command: str, *arguments: str, cwd: Path, **environment: str) -> Ran:
    return pipewarden(command, *arguments, cwd=cwd, XDG_CACHE_HOME="/nonexistent", **environment)


def cost(folder: Path, *arguments: str, **environment: str) -> dict[str, Any]:
    ran = run("cost", "--format", "json", *arguments, cwd=folder, **environment)
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out, parse_float=Decimal, parse_int=Decimal)
    return found


def test_two_instances_of_a_module_are_priced_each_in_its_region(tmp_path: Path) -> None:
    whole = cost(write(tmp_path, main=MAIN, module=MODULE))
    assert {
        item["region"]: (item["per_run_usd"]["expected"], item["region_source"])
        for item in whole["pipelines"]
    } == {
        "us-east-1": (RUN["us-east-1"], "provider aws"),
        "eu-west-1": (RUN["eu-west-1"], "provider aws.ireland"),
    }
    assert {item["region"]: item["usd_per_month"]["high"] for item in whole["standing"]} == NOTEBOOK
    assert whole["region"] == "us-east-1"
    assert [book["region"] for book in whole["price_books"]] == ["us-east-1", "eu-west-1"]
    month = sum(10 * RUN[region] + NOTEBOOK[region] for region in RUN)
    assert whole["totals"]["per_month_usd"]["expected"] == month


def test_groups_by_region_are_the_sums_of_each(tmp_path: Path) -> None:
    whole = cost(write(tmp_path, main=MAIN, module=MODULE), "--group-by", "region")
    assert {g["key"]: g["per_month_usd"]["expected"] for g in whole["groups"]} == {
        region: 10 * RUN[region] + NOTEBOOK[region] for region in RUN
    }


def test_every_format_names_the_regions_where_there_are_two(tmp_path: Path) -> None:
    folder = write(tmp_path, main=MAIN, module=MODULE)
    table = run("cost", cwd=folder).out
    assert "p  m/main.tf  eu-west-1" in table and re.search(r"notebook  n +eu-west-1 ", table)
    assert "us-east-1 and eu-west-1, embedded prices" in table
    markdown = run("cost", "--format", "markdown", cwd=folder).out
    assert "in eu-west-1" in markdown and "| `n` | us-east-1 |" in markdown
    rows = list(csv.DictReader(io.StringIO(run("cost", "--format", "csv", cwd=folder).out)))
    assert [(row["step"], row["region"]) for row in rows] == [
        *(("Train", region) for region in RUN),
        *(("n", region) for region in RUN),
    ]
    assert run("report", "-o", "page.html", cwd=folder).code == 0
    page = (folder / "page.html").read_text("utf-8")
    assert (
        '<td>notebook</td><td class="wrap">us-east-1</td>' in page and "· in eu-west-1<br>" in page
    )


def test_one_region_is_named_once(tmp_path: Path) -> None:
    one = 'provider "aws" { region = "eu-west-1" }\nmodule "m" { source = "./m" }\n'
    table = run("cost", cwd=write(tmp_path, main=one, module=MODULE)).out
    assert table.count("eu-west-1") == 1 and "us-east-1" not in table


@pytest.mark.parametrize(
    ("provider", "arguments", "environment", "region", "source"),
    [
        ('provider "aws" { region = "eu-west-1" }', (), {}, "eu-west-1", "provider aws"),
        (
            'provider "aws" { region = "eu-west-1" }',
            ("--region", "us-east-1"),
            {},
            "eu-west-1",
            "provider aws",
        ),
        ("", ("--region", "eu-west-1"), {}, "eu-west-1", "configured: --region"),
        ("", (), {"PIPEWARDEN_REGION": "eu-west-1"}, "eu-west-1", "configured: PIPEWARDEN_REGION"),
        (ONE_OF, ("--region", "eu-west-1"), {}, "eu-west-1", "configured: --region"),
        ("", (), {}, "us-east-1", "assumed: nothing says where it runs"),
        ('provider "aws" {}', (), {}, "us-east-1", "assumed: provider aws sets no region"),
    ],
)
def test_the_code_comes_first_then_the_settings_then_an_assumption(
    tmp_path: Path,
    provider: str,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    region: str,
    source: str,
) -> None:
    whole = cost(write(tmp_path, main=provider + MODULE), *arguments, **environment)
    for item in (whole["pipelines"][0], whole["standing"][0]):
        assert item["region"] == region and item["region_source"].startswith(source)
    assert whole["pipelines"][0]["per_run_usd"]["expected"] == RUN[region]
    assert whole["standing"][0]["usd_per_month"]["expected"] == NOTEBOOK[region]
    assert whole["region"] == region and len(whole["price_books"]) == 1
    table = run("cost", *arguments, cwd=tmp_path, **environment).out
    assert (f"{region} (assumed)," in table) == source.startswith("assumed")


def test_one_of_several_regions_is_a_range(tmp_path: Path) -> None:
    whole = cost(write(tmp_path, main=ONE_OF + MODULE))
    pipeline, notebook = whole["pipelines"][0], whole["standing"][0]
    for item, amounts, key in (
        (pipeline, RUN, "per_run_usd"),
        (notebook, NOTEBOOK, "usd_per_month"),
    ):
        assert item["regions"] == ["us-east-1", "eu-west-1"]
        assert item[key] == {
            "low": amounts["us-east-1"],
            "expected": amounts["us-east-1"],
            "high": amounts["eu-west-1"],
        }
        assert any("in us-east-1 or eu-west-1: provider aws: " in note for note in item["notes"])
    steps = pipeline["steps"]
    for end in ("low", "expected", "high"):
        assert sum(s["in_run_usd"][end] for s in steps) == pipeline["per_run_usd"][end]


def test_what_if_and_savings_are_of_the_same_region(tmp_path: Path) -> None:
    folder = write(tmp_path, main=MAIN, module=MODULE)
    changed = cost(folder, "--what-if", "count:Train=2")
    assert {p["region"]: p["per_run_usd"]["expected"] for p in changed["pipelines"]} == {
        region: 2 * amount for region, amount in RUN.items()
    }
    for item in cost(folder)["standing"]:
        stop = next(s for s in item["savings"] if s["kind"] == "scheduled-stop")
        hourly = {"us-east-1": Decimal("0.05"), "eu-west-1": Decimal("0.055")}[item["region"]]
        assert stop["usd_per_month"]["high"] == (730 - 220) * hourly


def findings(folder: Path, rule: str, *arguments: str) -> list[dict[str, Any]]:
    ran = run("check", "--format", "json", "--select", rule, *arguments, cwd=folder)
    found: list[dict[str, Any]] = json.loads(ran.out)["findings"]
    return [item for item in found if item["rule"] == rule]


def test_rules_about_prices_ask_the_same_book(tmp_path: Path) -> None:
    limit = "[rules.COST011]\nmax_usd_per_hour = 0.24\nmax_xlarge = 0\n"
    write(tmp_path, main=MAIN, module=MODULE, **{"pipewarden.toml": limit})
    assert [f["address"] for f in findings(tmp_path, "COST011")] == [
        "module.there.aws_sagemaker_pipeline.p"
    ]
    write(tmp_path, main=ONE_OF + MODULE)
    assert {f["verdict"] for f in findings(tmp_path, "COST011", "--show-unknown")} == {"unknown"}
    limit = "[rules.COST014]\nmax_usd = 6\n"  # a day at its default limit: 5.86 and 6.54
    write(tmp_path, main=MAIN, module=MODULE, **{"pipewarden.toml": limit})
    assert [f["address"] for f in findings(tmp_path, "COST014")] == [
        "module.there.aws_sagemaker_pipeline.p"
    ]


def test_rules_about_regions_agree_with_prices(tmp_path: Path) -> None:
    module = MODULE.replace(
        "VolumeSizeInGB = 73",
        'VolumeSizeInGB = 73, VolumeKmsKeyId = "arn:aws:kms:eu-west-1:111122223333:key/k"',
    ).replace(
        "ResourceConfig =",
        'OutputDataConfig = { S3OutputPath = "s3://ours-eu-west-1/x" }\n      ResourceConfig =',
    )
    write(tmp_path, main=MAIN, module=module)
    for rule in ("ENC025", "COST031"):
        found = findings(tmp_path, rule)
        assert [f["address"] for f in found] == ["module.here.aws_sagemaker_pipeline.p"]
        assert "runs in us-east-1" in found[0]["message"]


def test_budgets_are_judged_with_each_regions_prices(tmp_path: Path) -> None:
    write(tmp_path, main=MAIN, module=MODULE)
    for limit, exceeded in (("83.29", False), ("83.28", True)):  # 10 runs and a notebook in each
        settings = f'fail-on = "never"\n[budgets]\nper-month-usd = {limit}\n'
        write(tmp_path, **{"pipewarden.toml": settings})
        ran = run("check", cwd=tmp_path)
        assert (ran.code == 1) == exceeded and ("budget exceeded" in ran.out) == exceeded


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("eu-wset-1", "which does not exist; nearest: eu-west-1"),
        ("cn-north-1", "no prices of region cn-north-1: put rates of it in a price file"),
    ],
)
def test_a_region_without_prices_is_named_and_no_budget_passes(
    tmp_path: Path, region: str, said: str
) -> None:
    settings = 'fail-on = "never"\n[budgets]\nper-month-usd = 1000000\n'
    main = f'provider "aws" {{ region = "{region}" }}\n' + MODULE
    write(tmp_path, main=main, **{"pipewarden.toml": settings})
    whole = cost(tmp_path)
    assert [gap["reason"] for gap in whole["unpriced"]] and all(
        said in gap["reason"] for gap in whole["unpriced"]
    )
    assert whole["totals"]["complete"] is False
    ran = run("check", cwd=tmp_path)
    assert ran.code == 3 and "budget not decided: all pipelines per month" in ran.out
    assert f"there are no prices of {region}" in ran.out
    assert run("check", "--strict-unknown", cwd=tmp_path).code == 1


def test_a_price_file_may_know_a_region_that_the_book_does_not(tmp_path: Path) -> None:
    rates = (
        "version: 1\nregions:\n  cn-north-1:\n    prices:\n"
        "      Training: {ml.m5.xlarge: 0.5}\n      Notebook: {ml.t3.medium: 0.1}\n"
        "    rates: {'storage-gb-month:Training': 0.2, 'storage-gb-month:Notebook': 0.2}\n"
    )
    settings = 'fail-on = "never"\nprice-file = "rates.yml"\n[budgets]\nper-month-usd = 1000000\n'
    main = 'provider "aws" { region = "cn-north-1" }\n' + MODULE
    write(tmp_path, main=main, **{"pipewarden.toml": settings, "rates.yml": rates})
    whole = cost(tmp_path)
    assert whole["unpriced"] == []
    # An hour and 73 GB for an hour; 730 hours and 5 GB.
    assert whole["pipelines"][0]["per_run_usd"]["expected"] == Decimal("0.52")
    assert whole["standing"][0]["usd_per_month"]["expected"] == 74
    assert run("check", cwd=tmp_path).code == 0


def test_a_misspelt_region_is_a_finding_at_its_place(tmp_path: Path) -> None:
    write(tmp_path, main='provider "aws" {\n  region = "eu-wset-1"\n}\n' + MODULE)
    found = findings(tmp_path, "SYN014")
    assert [(f["path"], f["start"]["line"], f["start"]["column"]) for f in found] == [
        ("main.tf", 2, 12)
    ]
    assert "did you mean eu-west-1?" in found[0]["message"]


def test_inspect_says_where_and_why(tmp_path: Path) -> None:
    write(tmp_path, main=MAIN, module=MODULE)
    ran = run("inspect", "--format", "json", "--address", "module.there.*", cwd=tmp_path)
    for document in json.loads(ran.out)["documents"]:
        assert (document["region"], document["regions"]) == ("eu-west-1", ["eu-west-1"])
        assert document["region_source"] == "provider aws.ireland"
        if document["type"] == "aws_sagemaker_pipeline":
            assert document["account"] == "111122223333"
    text = run("inspect", "--address", "module.there.*pipeline*", cwd=tmp_path).out
    assert "  # region: eu-west-1 (provider aws.ireland)" in text
    write(tmp_path, main=ONE_OF + MODULE)
    text = run("inspect", "--address", "aws_sagemaker_notebook*", cwd=tmp_path).out
    assert "  # region: us-east-1 or eu-west-1 (provider aws: " in text


def test_diff_says_that_a_pipeline_moves(tmp_path: Path) -> None:
    for name, region in (("a", "us-east-1"), ("b", "eu-west-1")):
        folder = tmp_path / name
        folder.mkdir()
        write(folder, main=f'provider "aws" {{ region = "{region}" }}\n' + MODULE)
    ran = run("diff", "a", "b", cwd=tmp_path)
    assert "region us-east-1 → eu-west-1" in ran.out
