"""What is said around the figures: what is missing, what is guessed, what may be saved."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import Ran, pipewarden
from tests.e2e.test_diff import git

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def run(*arguments: str, cwd: Path, **more: str) -> Ran:
    return pipewarden(*arguments, cwd=cwd, XDG_CACHE_HOME="/nonexistent", **more)


def cost(folder: Path, *arguments: str) -> dict[str, Any]:
    ran = run("cost", "--format", "json", *arguments, cwd=folder)
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out, parse_float=Decimal, parse_int=Decimal)
    return found


def step(name: str, kind: str = "ml.m5.xlarge", count: int = 1, **more: Any) -> dict[str, Any]:
    resources = {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 0}
    return {"Name": name, "Type": "Training", "Arguments": {"ResourceConfig": resources, **more}}


def definition(*steps: dict[str, Any]) -> str:
    return json.dumps({"Version": "2020-12-01", "Steps": list(steps)})


def pipeline_tf(resource_config: str, variables: str = 'variable "x" {}\n') -> str:
    return (
        f"{variables}"
        'resource "aws_sagemaker_pipeline" "p" {\n  pipeline_name = "p"\n'
        '  pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = [{\n'
        f'    Name = "T", Type = "Training", Arguments = {{ ResourceConfig = {resource_config} }}\n'
        "  }] })\n}\n"
    )


MACHINE = 'InstanceType = "ml.m5.xlarge", InstanceCount = 1, VolumeSizeInGB = 1'


# --- missing is never zero --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("var.x", "the instance type is not known: var.x has no default"),
        ("merge(var.x, { VolumeSizeInGB = 1 })", "the instance type is not known"),
        ("{ InstanceType = var.x, InstanceCount = 1 }", "the instance type is not known"),
        ('{ InstanceType = "ml.m5.xlarge", InstanceCount = var.x }', "one is counted"),
        (f"{{ {MACHINE}, KeepAlivePeriodInSeconds = var.x }}", "the warm pool"),
    ],
)
def test_what_is_not_known_is_listed_and_never_nothing(
    tmp_path: Path, config: str, why: str
) -> None:
    (tmp_path / "main.tf").write_text(pipeline_tf(config))
    whole = cost(tmp_path)
    (gap,) = whole["unpriced"]
    assert (gap["step"], why in gap["reason"]) == ("T", True)
    found = whole["pipelines"][0]
    assert found["complete"] is found["steps"][0]["complete"] is False
    assert whole["totals"]["complete"] is False
    assert whole["coverage"]["not_priced"] == 1
    table = run("cost", cwd=tmp_path).out
    assert "100%" not in table and "1 not priced" in table
    for output in (table, run("cost", "--format", "markdown", cwd=tmp_path).out):
        assert "at least" in output or "no price per month" in output.replace("\\", "")


@pytest.mark.parametrize("count", [-3, 0, 1.5, 1e300, 100_001, "many", True, [2]])
@pytest.mark.parametrize("type_", ["Training", "Processing", "Transform", "EMR"])
def test_what_is_no_number_of_instances_has_no_price(
    tmp_path: Path, type_: str, count: object
) -> None:
    """Not one machine, and not that many."""
    (tmp_path / "prices.yaml").write_text(
        'version: 1\nregions:\n  us-east-1:\n    rates: {"emr-hour:m5.xlarge": 0.24}\n'
    )
    kind = "m5.xlarge" if type_ == "EMR" else "ml.m5.xlarge"
    machine = {"InstanceType": kind, "InstanceCount": count}
    arguments = {
        "Training": {"ResourceConfig": machine},
        "Processing": {"ProcessingResources": {"ClusterConfig": machine}},
        "Transform": {"TransformResources": machine},
        "EMR": {"ClusterConfig": {"Instances": {"InstanceGroups": [machine]}}},
    }
    written = {"Name": "T", "Type": type_, "Arguments": arguments[type_]}
    if type_ == "EMR":
        written |= arguments[type_]
    (tmp_path / "p.json").write_text(definition(written))
    whole = cost(tmp_path, "--price-file", "prices.yaml")
    assert whole["totals"]["per_run_usd"]["high"] == 0
    (gap,) = whole["unpriced"]
    assert "number of instances is no valid value" in gap["reason"]


def test_what_is_known_through_merge_is_priced(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(pipeline_tf(f"merge({{ {MACHINE} }}, {{}})"))
    assert cost(tmp_path)["totals"]["complete"] is True


def test_a_change_to_what_has_no_price_says_what_is_lost_from_view(tmp_path: Path) -> None:
    """Eight machines for half an hour, 30 times: 8 × 0.5 × 0.23 × 30 = 27.60."""
    for name, kind in (("a", "ml.m5.xlarge"), ("b", "ml.p5e.48xlarge")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.json").write_text(definition(step("T", kind, 8)))
    ran = run("diff", "a", "b", "--fail-on", "never", cwd=tmp_path)
    assert "-$27.60" not in ran.out and "the change is not known" in ran.out
    assert "lost from view: p / T: $27.60 a month before, no whole price now" in ran.out
    found = json.loads(run("diff", "a", "b", "--format", "json", cwd=tmp_path).out)
    assert found["per_month_usd"]["change_expected"] is None
    assert found["per_month_usd"]["change_of_compared"] == 0
    assert found["per_month_usd"]["complete"] == {"before": True, "after": False}
    assert [item["name"] for item in found["lost_from_view"]] == ["p / T"]
    markdown = run("diff", "a", "b", "--format", "markdown", cwd=tmp_path).out
    assert "lost from view" in markdown and "no price" in markdown


@pytest.mark.parametrize("limit", ["increase-usd", "increase-percent", "per-month-usd"])
def test_a_budget_that_cannot_be_decided_does_not_pass(tmp_path: Path, limit: str) -> None:
    for name, kind in (("a", "ml.m5.xlarge"), ("b", "ml.p5e.48xlarge")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.json").write_text(definition(step("T", kind)))
    (tmp_path / "pipewarden.toml").write_text(f'fail-on = "never"\n[budgets]\n{limit} = 500\n')
    ran = run("diff", "a", "b", cwd=tmp_path)
    assert ran.code == 3 and "Analysis incomplete: budget not decided" in ran.out
    ran = run("diff", "--strict-unknown", "a", "b", cwd=tmp_path)
    assert ran.code == 1 and "Gate failed: budget not decided" in ran.out
    assert run("diff", "a", "a", cwd=tmp_path).code == 0
    if limit == "per-month-usd":
        assert run("check", "b", cwd=tmp_path).code == 3
        assert run("check", "--strict-unknown", "b", cwd=tmp_path).code == 1


NOTEBOOK = (
    'resource "aws_sagemaker_notebook_instance" "%s" {\n  name = "%s"\n'
    '  instance_type = "%s"\n  role_arn = "r"\n}\n'
)


def test_diff_names_every_standing_resource_that_changed(tmp_path: Path) -> None:
    before = [("same", "ml.t3.medium"), ("grown", "ml.t3.medium"), ("gone", "ml.t3.medium")]
    after = [("same", "ml.t3.medium"), ("grown", "ml.m5.xlarge"), ("new", "ml.t3.medium")]
    for name, things in (("a", before), ("b", after)):
        (tmp_path / name).mkdir()
        text = "".join(NOTEBOOK % (thing, thing, kind) for thing, kind in things)
        (tmp_path / name / "main.tf").write_text(text)
    found = json.loads(run("diff", "a", "b", "--format", "json", cwd=tmp_path).out)
    assert {item["name"]: item["reasons"][0] for item in found["standing"]} == {
        "grown": "instance ml.t3.medium → ml.m5.xlarge",
        "gone": "removed",
        "new": "added",
    }
    # 730 × (0.23 - 0.05)
    assert found["per_month_usd"]["change_expected"] == 131.4
    text = run("diff", "a", "b", cwd=tmp_path).out
    assert "notebook grown  main.tf: per month $37.20 → $168.60" in text


# --- savings ----------------------------------------------------------------------------------


def test_findings_claim_what_is_saved_together_and_no_more(tmp_path: Path) -> None:
    """Old machines, on demand, without a cache: three findings on one step."""
    (tmp_path / "p.json").write_text(definition(step("T", "ml.m4.xlarge"), step("U")))
    ran = run("check", "--format", "json", "--select", "COST,CACHE", cwd=tmp_path)
    document = json.loads(ran.out, parse_float=Decimal, parse_int=Decimal)
    claims = [f["savings_usd_per_month"] for f in document["findings"]]
    claims = [claim for claim in claims if claim is not None]
    whole = cost(tmp_path)
    assert len(claims) >= 3  # what is said of both steps is one decision
    for figure in ("low", "expected", "high"):
        claimed = sum(claim[figure] for claim in claims)
        assert claimed <= whole["savings_total"][figure] <= whole["totals"]["per_month_usd"][figure]
    summary = document["summary"]["savings_usd_per_month"]
    assert summary["expected"] == sum(claim["expected"] for claim in claims)
    assert summary["of_usd_per_month"] == whole["totals"]["per_month_usd"]
    text = run("check", "--select", "COST,CACHE", cwd=tmp_path).out
    assert re.search(r"saves about \$[\d.]+ per month .* of \$[\d.]+ .*assumed: 2 of 2 times", text)


def test_savings_are_the_same_in_every_format(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(definition(step("T", "ml.m4.xlarge"), step("U")))
    whole = cost(tmp_path, "--group-by", "step")
    saved = whole["savings_total"]["expected"]
    assert saved > 0
    applied = [s for p in whole["pipelines"] for s in p["savings"] if s["applied"]]
    assert sum(s["usd_per_month"]["expected"] for s in applied) == saved
    assert all(s["alternative_of"] is None for s in applied)
    assert sum(g["savings_usd_per_month"] for g in whole["groups"]) == saved
    rows = csv.DictReader(io.StringIO(run("cost", "--format", "csv", cwd=tmp_path).out))
    assert sum(Decimal(row["savings_per_month"]) for row in rows) == saved
    for output in ("table", "markdown"):
        text = run("cost", "--format", output, cwd=tmp_path).out.replace("\\", "")
        assert f"${saved:,.2f} ($" in text
    run("report", "-o", "r.html", cwd=tmp_path)
    assert f"Together <strong>${saved:,.2f}" in (tmp_path / "r.html").read_text()


# --- guesses ----------------------------------------------------------------------------------

BRANCHED = definition(
    step("T", "ml.m5.2xlarge"),
    {
        "Name": "Good",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [],
            "IfSteps": [step("Yes", "ml.m5.xlarge", 3)],
            "ElseSteps": [step("No", "ml.m5.4xlarge")],
        },
    },
    {
        "Name": "Each",
        "Type": "ForEach",
        "Arguments": {"Items": [1, 2, 3], "ForEachBody": [step("One")]},
    },
    step("P9", "ml.p9.48xlarge"),
)
THINGS = NOTEBOOK % ("n", "lab", "ml.t3.medium")


def test_an_unedited_usage_file_leaves_every_figure_and_label(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(BRANCHED)
    (tmp_path / "main.tf").write_text(THINGS)
    formats = ("table", "json", "csv", "markdown")
    before = [run("cost", "-v", "--format", name, cwd=tmp_path).out for name in formats]
    graph = run("graph", cwd=tmp_path).out
    written = run("cost", "--init-usage", cwd=tmp_path).out
    assert "Yes" in written and "lab" in written
    (tmp_path / "pipewarden-usage.yml").write_text(written)
    assert [run("cost", "-v", "--format", n, cwd=tmp_path).out for n in formats] == before
    assert run("graph", cwd=tmp_path).out == graph
    assert "assumed" in graph and all("assumed" in text for text in before)


def test_measured_assumed_and_derived_stand_in_every_output(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(definition(step("T"), step("U", "ml.r5.xlarge")))
    usage = "version: 1\npipelines: {p: {steps: {T: {minutes: 60}}}}\n"
    (tmp_path / "pipewarden-usage.yml").write_text(usage)
    whole = cost(tmp_path)
    bases = {s["name"]: s["basis"] for s in whole["pipelines"][0]["steps"]}
    assert bases["T"]["time"] == "measured" and bases["U"]["time"] == "assumed"
    assert bases["U"]["price"] == "derived"
    assert whole["assumptions"]["times_assumed"] == 1
    run("report", "-o", "r.html", cwd=tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "p.json").write_text(definition(step("T", "ml.r5.xlarge")))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "p.json").write_text(definition(step("T", "ml.r5.2xlarge")))
    for text in (
        run("cost", cwd=tmp_path).out,
        run("cost", "-v", cwd=tmp_path).out,
        run("cost", "--format", "csv", cwd=tmp_path).out,
        run("cost", "--format", "markdown", cwd=tmp_path).out,
        run("cost", "--group-by", "step", cwd=tmp_path).out,
        run("graph", "p.json", cwd=tmp_path).out,
        (tmp_path / "r.html").read_text(),
    ):
        assert "measured" in text and "assumed" in text and "derived" in text
    (tmp_path / "pipewarden-usage.yml").unlink()
    assert "assumed, derived price" in run("diff", "b", "c", cwd=tmp_path).out


def test_the_permitted_maximum_is_a_column_of_its_own(tmp_path: Path) -> None:
    """120 hours are permitted; four are assumed at most. Three retries permit it four times."""
    limit = {"StoppingCondition": {"MaxRuntimeInSeconds": 432_000}}
    retried = step("R", **limit)
    retried["RetryPolicies"] = [
        {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "MaxAttempts": 3}
    ]
    (tmp_path / "p.json").write_text(definition(step("T", **limit), retried))
    found = cost(tmp_path)["pipelines"][0]
    steps = {s["name"]: s for s in found["steps"]}
    assert steps["T"]["permitted_usd"] == 120 * Decimal("0.23") == Decimal("27.6")
    assert steps["T"]["total_usd"]["high"] == 4 * Decimal("0.23")
    assert steps["R"]["permitted_usd"] == 4 * Decimal("27.6")
    assert found["permitted_per_run_usd"] == 138
    assert "$27.60" in run("cost", cwd=tmp_path).out
    rows = list(csv.DictReader(io.StringIO(run("cost", "--format", "csv", cwd=tmp_path).out)))
    assert rows[0]["permitted_usd"] == "27.6" and rows[0]["currency"] == "USD"


# --- columns ----------------------------------------------------------------------------------


def money(cell: str) -> Decimal:
    found = re.search(r"[\d,]+\.\d+", cell)
    return Decimal(found[0].replace(",", "")) if found else Decimal(0)


@pytest.mark.parametrize("minutes", [1, 7, 13, 59, 600])
def test_the_columns_of_every_table_add_up(tmp_path: Path, minutes: int) -> None:
    (tmp_path / "p.json").write_text(BRANCHED)
    (tmp_path / "main.tf").write_text(THINGS + NOTEBOOK % ("m", "two", "ml.m5.xlarge"))
    usage = f"version: 1\npipelines: {{p: {{steps: {{'[TYNO]*': {{minutes: {minutes}}}}}}}}}\n"
    (tmp_path / "pipewarden-usage.yml").write_text(usage)
    for arguments in ((), ("--group-by", "step"), ("--by", "instance"), ("--by", "tag:team")):
        text = run("cost", "--format", "markdown", *arguments, cwd=tmp_path).out
        rows = [line.replace("\\", "").split(" | ") for line in text.splitlines() if "|" in line]
        heading: list[str] = []
        sums: dict[str, Decimal] = {}
        checked = 0
        for number, cells in enumerate(rows):
            if number + 1 < len(rows) and rows[number + 1][0].startswith("|---"):
                heading, sums = [cell.strip("| ") for cell in cells], {}
            elif cells[0].strip("| ") == "sum":
                for name, cell in zip(heading, cells, strict=True):
                    if name in ("low", "expected", "high", "per month", "per run", "per year"):
                        assert money(cell) == sums[name], (name, text)
                        checked += 1
            elif not cells[0].startswith("|---"):
                for name, cell in zip(heading, cells, strict=True):
                    sums[name] = sums.get(name, Decimal(0)) + money(cell)
        assert checked >= 3


def test_a_branch_prints_its_weight(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(BRANCHED)
    steps = {s["name"]: s for s in cost(tmp_path)["pipelines"][0]["steps"]}
    assert (steps["Yes"]["weight"], steps["One"]["weight"], steps["T"]["weight"]) == (
        Decimal("0.5"),
        3,
        1,
    )
    table = run("cost", cwd=tmp_path).out
    assert "3 × ml.m5.xlarge" in table and " 50% " in table and " × 3 " in table
    assert "$0.00" not in table.split("ml.p9.48xlarge")[1].splitlines()[0]


def test_the_page_shows_counts_and_no_zero_for_what_has_no_price(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(definition(step("T", "ml.p9.48xlarge", 8), step("U", count=2)))
    run("report", "-o", "r.html", cwd=tmp_path)
    page = (tmp_path / "r.html").read_text()
    row = next(line for line in page.splitlines() if 'scope="row">T<small>' in line)
    assert "8 × ml.p9.48xlarge" in row and "no price" in row and "$0.00" not in row
    assert "2 × ml.m5.xlarge" in page and "at least $" in page
    graph = run("graph", cwd=tmp_path).out
    assert "no price" in graph and "$0.00" not in graph


# --- what is beside, groups, currencies, trends -----------------------------------------------


def test_what_is_seen_and_not_priced_is_counted(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_nat_gateway" "n" {\n  count = 2\n}\n'
        'resource "aws_vpc_endpoint" "i" {\n  vpc_endpoint_type = "Interface"\n'
        '  subnet_ids = ["a", "b"]\n}\n'
        'resource "aws_vpc_endpoint" "free" {\n  service_name = "s3"\n}\n'
        'resource "aws_s3_bucket" "b" {\n  bucket = "data"\n}\n'
        'resource "aws_kms_key" "k" {}\n' + THINGS
    )
    (tmp_path / "pipewarden.toml").write_text(
        'fail-on = "never"\n[budgets]\nper-month-usd = 5000\n'
    )
    whole = cost(tmp_path)
    assert {item["service"]: item["count"] for item in whole["left_out"]} == {
        "NAT gateways": 2,
        "VPC interface endpoints": 1,
        "S3 buckets": 1,
        "KMS keys, with their requests": 1,
    }
    assert whole["coverage"] == {
        "seen": 6,
        "priced": 1,
        "free": 0,
        "not_priced": 4,
        "not_supported": 1,
    }
    # What is outside of the cost model leaves its totals whole, and no budget undecided.
    assert whole["totals"]["complete"] is True
    assert run("check", cwd=tmp_path).code == 0
    (tmp_path / "rates.yml").write_text(
        "version: 1\nregions:\n  us-east-1:\n"
        "    rates: {nat-gateway-hour: 0.045, interface-endpoint-hour: 0.01}\n"
    )
    (tmp_path / "usage.yml").write_text("version: 1\nstanding: {data: {storage_gb: 1000}}\n")
    whole = cost(tmp_path, "--price-file", "rates.yml", "--usage", "usage.yml")
    months = {item["kind"]: item["usd_per_month"]["expected"] for item in whole["standing"]}
    assert months["nat-gateway"] == Decimal("32.85")
    assert months["interface-endpoint"] == Decimal("14.6")  # two zones
    assert months["s3-bucket"] == 23
    assert [item["service"] for item in whole["left_out"]] == ["KMS keys, with their requests"]


TAGGED = (
    'provider "aws" {\n  default_tags {\n    tags = { Team = "ranking" }\n  }\n}\n'
    + THINGS
    + 'resource "aws_sagemaker_notebook_instance" "o" {\n  name = "other"\n'
    '  instance_type = "ml.t3.medium"\n  role_arn = "r"\n  tags = { Team = "search" }\n}\n'
)


def test_sums_by_tag_and_path_by_month_and_year(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(TAGGED)
    for words in (("--by", "team"), ("--by", "tag:Team")):
        groups = cost(tmp_path, *words)["groups"]
        assert {g["key"]: g["per_month_usd"]["expected"] for g in groups} == {
            "ranking": Decimal("37.2"),
            "search": Decimal("37.2"),
        }
    rows = list(
        csv.DictReader(
            io.StringIO(run("cost", "--by", "path", "--format", "csv", cwd=tmp_path).out)
        )
    )
    assert [(r["path"], r["per_month_usd"], r["per_year_usd"]) for r in rows] == [
        ("main.tf", "74.4", "892.8")
    ]
    assert run("cost", "--by", "taem", cwd=tmp_path).code == 2
    assert "did you mean 'team'?" in run("cost", "--by", "taem", cwd=tmp_path).err
    (tmp_path / "pipewarden.toml").write_text(
        'fail-on = "never"\n[budgets.tags."team=search"]\nper-month-usd = 37\n'
    )
    ran = run("check", cwd=tmp_path)
    assert ran.code == 1 and "budget exceeded: tag team=search 37.20 USD per month" in ran.out


def test_another_currency_is_for_display(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(THINGS)
    euros = ("--currency", "EUR", "--rate", "0.5")
    table = run("cost", *euros, cwd=tmp_path).out
    assert "EUR 18.60 per month" in table and "$37.20" not in table
    whole = cost(tmp_path, *euros)
    assert whole["currency"] == "USD"
    assert whole["totals"]["per_month_usd"]["expected"] == Decimal("37.2")
    assert whole["converted"]["currency"] == "EUR"
    assert whole["converted"]["per_month"]["expected"] == Decimal("18.6")
    for bad in (
        ("--currency", "EUR"),
        ("--rate", "2"),
        ("--currency", "euro", "--rate", "1"),
        ("--currency", "EUR", "--rate", "-1"),
        ("--currency", "EUR", "--rate", "0"),
        ("--currency", "EUR", "--rate", "NaN"),
    ):
        assert run("cost", *bad, cwd=tmp_path).code == 2


def test_what_if_says_before_after_and_the_difference(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(definition(step("T", count=2)))
    ran = run("cost", "--what-if", "count:T=1", cwd=tmp_path)
    assert "p / T: $0.23 ($0.08–$1.84) → $0.12 ($0.04–$0.92)  (count 2 → 1)" in ran.out
    assert ": -$3.45 expected" in ran.out
    found = cost(tmp_path, "--what-if", "count:T=1")["what_if"]
    assert found["per_month_usd"]["difference_expected"] == Decimal("-3.45")
    assert found["steps"][0]["reasons"] == ["count 2 → 1"]
    unknown = cost(tmp_path, "--what-if", "instance:T=ml.p9.48xlarge")["what_if"]
    assert unknown["per_month_usd"]["difference_expected"] is None
    nothing = run("cost", "--what-if", "cache=off", cwd=tmp_path).out
    assert "no change: no step" in nothing


@needs_git
def test_the_cost_of_a_branch_over_time(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    git(tmp_path, "init", "-q", "repo")
    for count in (1, 2, 4):
        (repo / "p.json").write_text(definition(step("T", count=count)))
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", f"{count} machines")
    ran = run("cost", "--trend", "HEAD~2..HEAD", "--format", "json", cwd=repo)
    points = json.loads(ran.out)["trend"]
    assert [point["per_month_usd"]["expected"] for point in points] == [3.45, 6.9, 13.8]
    assert [point["subject"] for point in points] == ["1 machines", "2 machines", "4 machines"]
    text = run("cost", "--trend", "HEAD~2..", cwd=repo).out
    bars = [line.count("█") for line in text.splitlines()[1:]]
    assert bars == [10, 20, 40] and "+$6.90" in text
    for bad in ("HEAD", "HEAD..HEAD~1", "none..HEAD", "HEAD...HEAD"):
        ran = run("cost", "--trend", bad, cwd=repo)
        assert (ran.code, ran.out) == (2, ""), bad
        ran = run("report", "-o", "r.html", "--trend", bad, cwd=repo)
        assert (ran.code, (repo / "r.html").exists()) == (2, False), bad
    run("report", "-o", "r.html", "--trend", "HEAD~2..HEAD", cwd=repo)
    page = (repo / "r.html").read_text()
    drawn = re.findall(
        r'<code>\w{8}</code></th><td class="number">([^<]*)</td><td class="number">([^<]*)</td>'
        r'.*? width="([^"]*)%".*?<td class="long">([^<]*)<',
        page,
    )
    assert drawn == [
        ("$3.45", "", "25.00", "1 machines"),
        ("$6.90", "+$3.45", "50.00", "2 machines"),
        ("$13.80", "+$6.90", "100.00", "4 machines"),
    ]
    (repo / "main.tf").write_text("locals {\n  a = \n}\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "broken")
    (repo / "main.tf").write_text("")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "mended")
    ran = run("cost", "--trend", "HEAD~2..HEAD", "--format", "json", cwd=repo)
    assert [point["complete"] for point in json.loads(ran.out)["trend"]] == [True, False, True]
    assert (ran.code, ran.err.count("main.tf:2")) == (3, 1)
    ran = run("cost", "--trend", "HEAD~2..HEAD", cwd=repo)
    assert "≥ $13.80" in ran.out and "could not be read" in ran.out and ran.code == 3
    assert run("cost", "--trend", "HEAD..HEAD", cwd=repo).code == 0
    run("report", "-o", "r.html", cwd=repo)
    assert 'id="over-time"' not in (repo / "r.html").read_text()
