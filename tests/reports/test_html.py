"""The review page: its structure, its numbers, hostile names as text, large projects."""

from __future__ import annotations

import html
import itertools
import json
import os
import re
import subprocess
from base64 import b64encode
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.reports.amounts import at_least, rounded
from linter.reports.html import figures
from linter.reports.html.drawing import COLUMNS, ROWS, wrapped
from pricing.ranges import ZERO, Range
from tests.e2e.running import INPUTS, pipewarden
from tests.reports.review_project import (
    LONG_NAME,
    Page,
    amount,
    definition,
    processing,
    review,
    training,
    write,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("review") / "project")


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return review(folder, "--title", "Quarterly <review>", "--for", "Finance & data", code=3)


@pytest.fixture(scope="module")
def cost(folder: Path) -> dict[str, Any]:
    ran = pipewarden("cost", ".", "--format", "json", cwd=folder)
    return json.loads(ran.out, parse_float=Decimal, parse_int=Decimal)


# --- structure ----------------------------------------------------------------------------------


def test_headings_are_in_order_and_landmarks_are_there(page: Page) -> None:
    levels = [level for level, _ in page.headings]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(text.strip() for _, text in page.headings)
    for landmark in ("header", "nav", "main", "footer"):
        assert page.tags.count(landmark) == 1
    assert ("html", "lang", "en") in page.attributes


def test_an_overview_of_all_comes_before_any_one_pipeline(page: Page) -> None:
    names = [text for _, text in page.headings]
    order = ["Overview of all pipelines", "Savings", "Findings by rule", "Pipelines", "forecast"]
    order += ["Always-on cost", "What is not priced", "Findings in detail", "Not decided"]
    order += ["Not read", "Accepted findings", "About the figures"]
    assert [name for name in names if name in order] == order


def test_every_table_has_a_caption_and_headings_with_a_scope(page: Page) -> None:
    assert len(page.tables) > 10
    for table in page.tables:
        assert table.caption.strip()
        assert set(table.scopes) <= {"col", "row", "rowgroup"}
        assert "" not in [text.strip() for text in table.head]


def test_what_scrolls_can_be_reached_and_drawings_have_a_name(page: Page) -> None:
    attributes = page.attributes
    wide = sum(1 for tag, name, value in attributes if (name, value) == ("class", "wide"))
    assert (
        wide
        == sum(1 for _, name, _ in attributes if name == "tabindex")
        == len(page.tables)
        + sum(1 for tag, name, value in attributes if (tag, name, value) == ("svg", "role", "img"))
    )
    assert all(value for _, name, value in attributes if name == "aria-label")


def test_anchors_lead_somewhere_and_ids_are_unique(page: Page) -> None:
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    links = {value for tag, name, value in page.attributes if (tag, name) == ("a", "href")}
    assert links and all(link[0] == "#" and link[1:] in ids for link in links)
    named = {value for _, name, value in page.attributes if name == "aria-labelledby"}
    assert named <= set(ids)


def test_the_page_loads_nothing_and_its_policy_allows_only_itself(page: Page) -> None:
    attributes = page.attributes
    assert not [a for a in attributes if a[1] in ("src", "srcset", "action", "style", "data")]
    assert not [a for a in attributes if a[1].startswith("on")]
    head = page.source.partition("<body>")[0]
    assert not re.search(r"url\(|@import|https?://|<link", head)
    policy = next(value for _, name, value in attributes if value.startswith("default-src 'none'"))
    assert "unsafe" not in policy and "http" not in policy
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.source, re.DOTALL)
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_head_says_what_who_when_and_of_which_commit(page: Page) -> None:
    assert page.headings[0] == (1, "Quarterly <review>")
    for words in ("Prepared for Finance & data", "Date 2026-10-01", "Scanned project"):
        assert words in page.words
    assert "Commit not known:" in page.words


def test_prepared_for_is_another_name_of_for(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "p.json").write_text(definition(processing("A")))
    assert "Prepared for the board" in review(tmp_path / "p", "--prepared-for", "the board").words


def test_the_commit_is_read_without_running_what_the_repository_says(tmp_path: Path) -> None:
    scanned, ran = tmp_path / "scanned", tmp_path / "ran"
    scanned.mkdir()
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C", str(scanned)]
    (scanned / "p.json").write_text(definition(processing("A")))
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True, env={**os.environ, "HOME": str(tmp_path)})
    evil = f"sh -c 'touch {ran}; cat'"
    for key in ("filter.x.clean", "filter.x.smudge", "core.fsmonitor", "diff.external"):
        subprocess.run([*git, "config", key, evil], check=True)
    (scanned / ".gitattributes").write_text("* filter=x diff=x\n")
    (scanned / "p.json").write_text(definition(processing("B")))
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    page = review(scanned)
    assert f"Commit {head.stdout.strip()} (changes that are not committed" in page.words
    assert not ran.exists()


# --- numbers ------------------------------------------------------------------------------------


def close(text: str, expected: Decimal) -> bool:
    """Whether a printed amount is this one: rounding may move a cent, so that columns add up."""
    found = amount(text)
    return found is not None and abs(found - expected) <= Decimal("0.01")


def test_the_overview_has_the_amounts_of_cost(page: Page, cost: dict[str, Any]) -> None:
    table = page.table("Pipelines, the dearest first")
    assert len(table.body) == len(cost["pipelines"]) == 4
    for item in cost["pipelines"]:
        row = table.row(item["name"])
        assert close(row["One run"], item["per_run_usd"]["expected"])
        for end in ("low", "expected", "high"):
            assert close(row[f"Month, {end}"], item["per_month_usd"][end])
        assert row["Region"].startswith(item["region"])
    assert table.row("forecast")["Runs a month"].startswith("121.67")
    assert "derived by rate(6 hours) in aws_scheduler" in table.row("forecast")["Runs a month"]
    assert "assumed" in table.row("lone")["Runs a month"]
    totals = cost["totals"]
    month, standing = totals["per_month_usd"], totals["standing_per_month_usd"]
    for end in ("low", "expected", "high"):
        assert close(table.sums(2)[f"Month, {end}"], month[end])
        assert close(table.sums(1)[f"Month, {end}"], standing[end])
        assert close(table.sums(0)[f"Month, {end}"], month[end] - standing[end])
        assert table.sums(0)[f"Month, {end}"].startswith("≥")


def test_steps_say_machines_prices_hours_and_where_they_come_from(
    page: Page, cost: dict[str, Any]
) -> None:
    table = page.table("Steps of forecast")
    item = next(item for item in cost["pipelines"] if item["name"] == "forecast")
    for step in item["steps"]:
        row = table.row(step["name"])
        if step["free"]:
            assert row["Expected"] == "free"
            continue
        assert row["Instances"] == f"{step['instance_count']:f} × {step['instance_type']}"
        assert close(row["USD an hour"], step["usd_per_hour"])
        assert row["Hours"].startswith(f"{step['hours']['expected']:.2f}")
        assert "assumed" in row["Hours"]
        for name, end in (
            ("Adds to a run, low", "low"),
            ("Expected", "expected"),
            ("High", "high"),
        ):
            assert close(row[name], step["in_run_usd"][end])
        assert step["price_source"] in page.words
    assert "50% of runs" in table.row(LONG_NAME)["When it runs"]
    assert "after #1, #2" in table.row("Join")["Step"]


def test_measured_times_are_called_measured(tmp_path: Path) -> None:
    scanned = tmp_path / "p"
    scanned.mkdir()
    (scanned / "p.json").write_text(definition(processing("A"), processing("B")))
    usage = {"version": 1, "pipelines": {"p": {"steps": {"A": {"minutes": 30}}}}}
    (tmp_path / "usage.yml").write_text(json.dumps(usage))
    table = review(scanned, "--usage", str(tmp_path / "usage.yml")).table("Steps of p")
    assert "measured" in table.row("A")["Hours"] and "assumed" in table.row("B")["Hours"]


def test_the_columns_of_every_table_add_up(page: Page) -> None:
    summed = 0
    for table in page.tables:
        for name in table.head if table.foot else ():
            values = [amount(text) for text in table.column(name)]
            total = amount(table.sums(0)[name]) if table.sums(0)[name] else None
            if None not in values and total is not None:
                assert sum(filter(None, values)) == total, (table.caption, name)
                summed += 1
    assert summed >= 30
    table = page.table("Pipelines, the dearest first")
    for name in table.head[4:]:
        parts = [amount(table.sums(n)[name]) for n in (0, 1, 2)]
        assert parts[0] + parts[1] == parts[2]


def test_what_has_no_price_is_never_zero(page: Page, cost: dict[str, Any]) -> None:
    exotic = page.table("Steps of lone").row("Exotic")
    assert exotic["Expected"] == exotic["High"] == exotic["When it runs"] == "no price"
    odd = page.table("What costs money while it exists").row("odd")
    assert odd["Month, expected"] == "no price"
    assert page.table("What costs money").sums(0)["Month, expected"].startswith("≥")
    gaps = page.table(f"{len(cost['unpriced'])} without a price")
    assert len(gaps.body) == len(cost["unpriced"])
    assert "ml.q9.48xlarge" in gaps.row("lone")["Why"]
    assert "no price" in page.labels


def test_nothing_priced_at_all_is_no_price_everywhere(tmp_path: Path) -> None:
    scanned = tmp_path / "p"
    scanned.mkdir()
    (scanned / "p.json").write_text(definition(training("A", "ml.q9.48xlarge")))
    page = review(scanned)
    assert not re.search(r"\$0\.0", page.words)
    assert page.table("Pipelines").sums(2)["Month, expected"] == "no price"


def test_savings_are_alternatives_and_are_not_added(page: Page, cost: dict[str, Any]) -> None:
    """Of one thing several savings are listed; the overview promises no more than it costs."""
    rows = page.table("Savings per month").body
    assert [row for row in rows if len(row) == 3 and row[0].text.startswith("or: ")]
    overview = page.table("Pipelines, the dearest first")
    for item in cost["pipelines"]:
        amounts = [s["usd_per_month"]["expected"] for s in item["savings"]]
        shown = amount(overview.row(item["name"])["Best saving a month"])
        assert shown is not None
        assert max(amounts, default=0) - shown <= Decimal("0.01")
        assert shown <= item["per_month_usd"]["expected"] + Decimal("0.01")
        assert shown <= sum(amounts) + Decimal("0.01")


# --- findings -----------------------------------------------------------------------------------


def test_findings_are_grouped_by_rule_with_counts(folder: Path, page: Page) -> None:
    ran = pipewarden("check", ".", "--format", "json", cwd=folder)
    findings = [f for f in json.loads(ran.out)["findings"] if f["verdict"] == "fail"]
    # The page lists what is one decision step by step.
    failed = [
        {**f, **one} for f in findings if not f["suppressed"] for one in f.get("members", [f])
    ]
    table = page.table("The worst first")
    for rule in {f["rule"] for f in failed}:
        own = [f for f in failed if f["rule"] == rule]
        row = table.row(rule)
        assert int(row["Places"]) == len(own)
        assert int(row["Instances"]) == sum(len(f.get("instances", [0])) for f in own)
        assert int(row["Files"]) == len({f["path"] for f in own})
    assert table.sums(0)["Places"] == str(len(failed))
    severities = [row[0].text for row in table.body]
    order = ["critical", "high", "medium", "low", "info"]
    assert severities == sorted(severities, key=order.index)
    for finding in failed:
        start = finding["start"]
        assert f"{finding['path']}:{start['line']}:{start['column']}" in page.words
    assert page.tags.count("details") > len(table.body)


def test_findings_of_instances_count_in_each_pipeline_and_are_said_once(page: Page) -> None:
    overview = page.table("Pipelines, the dearest first")
    cards, transfers = (overview.row(f"fraud-{kind}") for kind in ("cards", "transfers"))
    assert cards["High"] == transfers["High"] != "0"
    assert "2 instances: module.west.aws_sagemaker_pipeline.fraud" in page.words
    assert "counts in each of them" in page.words


def test_what_is_not_decided_not_read_and_accepted_is_named(page: Page) -> None:
    assert "var.scorer" in page.words and "--var scorer=…" in page.words
    assert "broken.tf:2" in page.words
    accepted = page.table("Accepted findings, by rule and reason").row("COST025")
    assert accepted["Why"] == "suppressed: the team needs it until spring"
    assert "COST025" not in [row[1].text for row in page.table("The worst first").body]


PLAN_STEP = training("Train", "ml.m5.xlarge", 1)
STACK = {
    "Resources": {
        "P": {
            "Type": "AWS::SageMaker::Pipeline",
            "Properties": {
                "PipelineName": "p",
                "RoleArn": "arn:aws:iam::123456789012:role/ml",
                "PipelineDefinition": {"PipelineDefinitionBody": definition(PLAN_STEP)},
            },
        }
    }
}
PLAN_VALUES = {
    "pipeline_name": "p",
    "pipeline_display_name": "p",
    "role_arn": "arn:aws:iam::123456789012:role/ml",
    "pipeline_definition": definition(PLAN_STEP),
}
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.11.0",
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_sagemaker_pipeline.p",
                    "mode": "managed",
                    "type": "aws_sagemaker_pipeline",
                    "name": "p",
                    "provider_name": "registry.terraform.io/hashicorp/aws",
                    "schema_version": 0,
                    "values": PLAN_VALUES,
                }
            ]
        }
    },
    "resource_changes": [
        {
            "address": "aws_sagemaker_pipeline.p",
            "mode": "managed",
            "type": "aws_sagemaker_pipeline",
            "name": "p",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["create"], "before": None, "after": PLAN_VALUES},
        }
    ],
    "configuration": {"root_module": {}},
}
TERRAFORM = """\
resource "aws_sagemaker_pipeline" "p" {
  pipeline_name         = "p"
  pipeline_display_name = "p"
  role_arn              = "arn:aws:iam::123456789012:role/ml"
  pipeline_definition   = file("${path.module}/defs/train.json")
}
"""


@pytest.mark.parametrize(
    "files",
    [
        {"main.tf": TERRAFORM, "defs/train.json": definition(PLAN_STEP)},
        {"plan.json": json.dumps(PLAN)},
        {"stack.json": json.dumps(STACK)},
        {"train.json": definition(PLAN_STEP)},
    ],
    ids=["file()", "plan", "CloudFormation", "definition alone"],
)
def test_the_graph_has_dollars_and_findings_wherever_the_definition_lives(
    tmp_path: Path, files: dict[str, str]
) -> None:
    for name, text in files.items():
        path = tmp_path / "scanned" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    page = review(tmp_path / "scanned")
    assert page.labels[:2] == ["#1 Train", "Training"]
    assert re.fullmatch(r"\$\d+\.\d+ a run", page.labels[2])
    found = re.fullmatch(r"(\d+) findings, (low|medium|high)", page.labels[3])
    assert found
    (table,) = [table for table in page.tables if table.caption.startswith("Steps of")]
    assert table.row("1")["Findings"] == f"{found[1]}{found[2]}"
    assert len(page.table("Pipelines, the dearest first").body) == 1


def test_findings_of_a_pipeline_are_not_those_of_a_step_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "Same.json").write_text(definition({"Name": "Same", "Type": "Fail"}))
    ran = pipewarden("check", ".", "--format", "json", cwd=tmp_path / "p")
    about = [f["object"] for f in json.loads(ran.out)["findings"] if f["verdict"] == "fail"]
    of_step = sum(text.startswith("Steps[Same]") for text in about)
    assert of_step < len(about)
    shown = [text for text in review(tmp_path / "p").labels if "finding" in text]
    assert [int(text.split()[0]) for text in shown] == [of_step] * bool(of_step)


# --- what if ------------------------------------------------------------------------------------


def test_what_if_shows_before_after_and_what_was_changed(folder: Path) -> None:
    changes = "spot=all,instance:TrainN*=ml.m5.2xlarge"
    page = review(folder, "--what-if", changes, code=3)
    before, after = (
        json.loads(pipewarden("cost", ".", "--format", "json", *more, cwd=folder).out)
        for more in ((), ("--what-if", changes))
    )
    table = page.table("Per month, expected and from low to high")
    for old, new in zip(before["pipelines"], after["pipelines"], strict=True):
        row = table.row(old["name"])
        pair = [Decimal(str(side["per_month_usd"]["expected"])) for side in (old, new)]
        was, now = (re.sub(r"(\.\d\d).*", r"\1", row[name]) for name in ("Before", "After"))
        assert close(was, pair[0]) and close(now, pair[1])
        if old["name"] == "lone":
            assert row["Difference, expected"] == "not known"  # Exotic has no price
        else:
            assert amount(row["Difference, expected"]) == amount(now) - amount(was)
    assert table.sums(0)["Difference, expected"].startswith("not known")
    steps = page.table("Steps that change")
    north = steps.row("TrainNorth")
    assert north["What was changed"] == "2 × ml.p3.2xlarge → 2 × ml.m5.2xlarge Spot"
    assert north["Difference, expected"].startswith("−$")
    assert steps.row("Exotic")["Difference, expected"] == "not known"
    assert "Orders" not in [row[0].text for row in steps.body]


def test_what_if_that_changes_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "p.json").write_text(definition(processing("A")))
    page = review(tmp_path / "p", "--what-if", "spot=all")
    assert "The change alters no step." in page.words
    table = page.table("Per month, expected")
    assert table.sums(0)["Difference, expected"] == "none"


@pytest.mark.parametrize("changes", ["", " , ", "spot=some", "instance:Nobody=ml.m5.xlarge", "x"])
def test_a_what_if_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, changes: str) -> None:
    (tmp_path / "p.json").write_text(definition(processing("A")))
    ran = pipewarden("report", ".", "-o", "r.html", "--what-if", changes, cwd=tmp_path)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "--what-if" in ran.err
    assert not (tmp_path / "r.html").exists()


# --- hostile text -------------------------------------------------------------------------------

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</svg></style></script><script>x</script>",
    "</title><!-- <![CDATA[ ]]>",
    "{{ 7*7 }}{% raw %}",
    "&lt;b&gt; &amp; &#x3c;",
    "javascript:alert(1)",
    "\u202eevil\u2066",
    "\x1b[31mred\x07",
    "\ud800",
    "a" * 5000,
    "😀 größe 字字字字",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_text_wherever_it_comes_from(tmp_path: Path, payload: str) -> None:
    scanned = tmp_path / "scanned"
    scanned.mkdir()
    step = training(payload, payload)
    step["DependsOn"] = [payload, "Other"]
    (scanned / "p.json").write_text(definition(step, processing("Other", payload)))
    stack = json.loads(json.dumps(STACK))
    stack["Resources"]["P"]["Properties"]["PipelineName"] = payload
    stack["Resources"]["N"] = {
        "Type": "AWS::SageMaker::NotebookInstance",
        "Properties": {"NotebookInstanceName": payload, "InstanceType": payload},
    }
    (scanned / "stack.json").write_text(json.dumps(stack))
    (scanned / "main.tf").write_text(
        f'resource "aws_sagemaker_notebook_instance" "n" {{\n  name = {json.dumps(payload)}\n'
        '  instance_type = "ml.t3.medium" # pipewarden: ignore[NET] -- '
        f"{payload.encode('unicode_escape').decode()}\n}}\n"
    )
    given = payload.encode("utf-8", "replace").decode().replace("\0", "")
    page = review(scanned, f"--title={given}", f"--for={given}", code=None)
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert not {"img", "iframe", "object", "b"} & set(page.tags)
    assert not [a for a in page.attributes if a[1].startswith("on") or a[1] == "style"]
    assert not [a for a in page.attributes if a[1] == "href" and not a[2].startswith("#")]
    for character in "\u202e\u2066\x1b\x07\ud800":
        assert character not in page.source
    assert "49" not in [part.strip() for part in page.texts]
    if len(payload) < 100 and payload.isprintable():
        assert html.escape(payload, quote=False) in page.source.replace("&#34;", '"').replace(
            "&#39;", "'"
        )
        assert payload in page.words


def test_what_is_marked_is_what_the_finding_is_about_in_any_script(tmp_path: Path) -> None:
    scanned = tmp_path / "p"
    scanned.mkdir()
    names = ["字字 größe 😀", "e\u0301te\u0301"]
    steps = [processing(name) for name in names]
    text = json.dumps({"Version": "2020-12-01", "Steps": steps}, ensure_ascii=False)
    (scanned / "p.json").write_text(text.replace('{"Name"', '\n {"Note": "字😀", "Name"'), "utf-8")
    marked = set(re.findall(r"<mark>(.*?)</mark>", review(scanned).source))
    assert {f"&#34;{name}&#34;" for name in names} <= marked


def test_secrets_are_masked_in_what_is_quoted(tmp_path: Path) -> None:
    scanned = tmp_path / "p"
    scanned.mkdir()
    step = training("A")
    step["Arguments"]["Environment"] = {"DB_PASSWORD": "hunter2-Xy93kd!"}
    (scanned / "p.json").write_text(json.dumps({"Version": "2020-12-01", "Steps": [step]}))
    assert "hunter2" not in review(scanned).source


# --- large projects -----------------------------------------------------------------------------


def test_many_steps_and_thousands_of_findings_stay_a_page(tmp_path: Path) -> None:
    scanned = tmp_path / "p"
    scanned.mkdir()
    steps = [processing(f"Step{i:04}", DependsOn=[f"Step{i // 2:04}"]) for i in range(1, 801)]
    steps[0].pop("DependsOn")
    (scanned / "p.json").write_text(definition(*steps))
    page = review(scanned)
    assert len(page.source) < 2_500_000
    table = page.table("Steps of p")
    assert len(table.body) == 800
    assert "The graph is not drawn: 800 steps" in page.words
    rules = page.table("The worst first")
    total = int(rules.sums(0)["Places"])
    assert total >= 4_000
    said = {
        rule: int(count.replace(",", ""))
        for count, rule in re.findall(r"([\d,]+) more places of (\w+) are not shown", page.words)
    }
    shown = sum(len(t.body) for t in page.tables if t.head[:3] == ["Place", "Of", "What"])
    assert shown <= 2_000 + len(rules.body)
    assert shown + sum(said.values()) == total


def test_what_is_cut_from_a_table_is_one_row_with_the_rest_of_the_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows above the cap: the dearest stay, the rest is one row, and columns still add up."""
    from click.testing import CliRunner

    from linter.cli.main import cli
    from linter.reports.html import page as module

    (tmp_path / "p.json").write_text(
        definition(*(processing(f"S{i}", "ml.m5.4xlarge", i) for i in range(1, 7)))
    )
    monkeypatch.setattr(module, "MAX_STEPS", 2)
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(cli, ["report", "p.json", "-o", "r.html"])
    assert ran.exit_code == 0, ran.output
    table = Page((tmp_path / "r.html").read_text("utf-8")).table("Steps of p")
    assert [row[1].text[:2] for row in table.body] == ["S5", "S6"]
    assert table.foot[0][0].text.startswith("4 more steps, not shown here")
    for name in ("Adds to a run, low", "Expected", "High", "Findings"):
        parts = [amount(text) for text in (*table.column(name), table.sums(0)[name])]
        assert sum(parts) == amount(table.sums(1)[name])


def test_pipelines_without_a_section_are_counted_and_in_the_overview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from linter.cli.main import cli
    from linter.reports.html import page as module

    for number in range(5):
        (tmp_path / f"p{number}.json").write_text(definition(processing("A", count=number + 1)))
    monkeypatch.setattr(module, "MAX_PIPELINES", 2)
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(cli, ["report", ".", "-o", "r.html"])
    assert ran.exit_code == 0, ran.output
    page = Page((tmp_path / "r.html").read_text("utf-8"))
    assert "3 more pipelines are not shown here." in page.words
    overview = page.table("Pipelines, the dearest first")
    assert [row[0].text[:2] for row in overview.body] == ["p4", "p3", "p2", "p1", "p0"]
    assert len([table for table in page.tables if table.caption.startswith("Steps of")]) == 2
    ids = {value for _, name, value in page.attributes if name == "id"}
    assert {v[1:] for t, n, v in page.attributes if (t, n) == ("a", "href")} <= ids


def test_the_standard_input_has_no_commit(tmp_path: Path) -> None:
    file = tmp_path / "r.html"
    text = definition(processing("A")).encode()
    assert pipewarden("report", "-", "-o", str(file), stdin=text).code == 0
    words = Page(file.read_text("utf-8")).words
    assert "Scanned standard input" in words
    assert "Commit standard input, no commit" in words


def test_a_large_graph_is_drawn_in_tiles_that_fit_a_page(tmp_path: Path) -> None:
    scanned = tmp_path / "p"
    scanned.mkdir()
    steps = [processing(f"Chain{i:02}") for i in range(12)]
    for before, step in itertools.pairwise(steps):
        step["DependsOn"] = [before["Name"]]
    steps += [processing(f"Wide{i:02}", DependsOn=["Chain00"]) for i in range(20)]
    (scanned / "p.json").write_text(definition(*steps))
    page = review(scanned)
    sizes = [
        int(v)
        for t, n, v in page.attributes
        if t == "svg" and n in ("width", "height")
        if v.isdigit()
    ]
    assert len(sizes) > 6 and max(sizes) < 1100
    names = {text.partition(" ")[2] for text in page.labels if text.startswith("#")}
    assert names == {step["Name"] for step in steps}
    assert "after #5" in page.labels  # from the tile before
    assert COLUMNS * ROWS < 40


# --- figures ------------------------------------------------------------------------------------

AMOUNTS = st.lists(
    st.decimals(min_value=0, max_value=100_000, places=6, allow_nan=False), max_size=30
)


@given(AMOUNTS)
def test_rounded_columns_add_up_and_stay_near(values: list[Decimal]) -> None:
    parts, total = rounded(values)
    assert sum(parts, Decimal(0)) == total
    assert all(abs(a - b) < Decimal("0.0101") for a, b in zip(parts, values, strict=True))
    assert abs(total - sum(values, Decimal(0))) <= Decimal("0.005")


@given(AMOUNTS, st.decimals(min_value=0, max_value=9999, places=6, allow_nan=False))
def test_columns_with_a_sum_in_between_add_up(values: list[Decimal], rest: Decimal) -> None:
    found = figures.split_column(values, rest)
    together, beside, whole = map(amount, (found.together, found.rest, found.whole))
    assert sum(map(amount, found.parts), Decimal(0)) == together
    assert together + beside == whole


def test_amounts_say_what_they_lack() -> None:
    some = Range.of(1, 2, 3)
    assert at_least(some, True) == "$2.00 ($1.00–$3.00)"
    assert at_least(some, False).startswith("at least $2.00")
    assert at_least(ZERO, False) == figures.middle(ZERO, False) == "no price"
    assert figures.marked("$2.00", False, True).startswith("≥")
    assert figures.marked("$0.00", False, False) == "no price"
    assert figures.difference(Decimal(2), Decimal("1.50")) == "−$0.50"
    assert figures.difference(Decimal(1), Decimal(3)) == "+$2"
    assert figures.difference(Decimal(1), Decimal(1)) == "none"


def test_what_goes_together_comes_before_what_could_be_done_instead() -> None:
    step: Any = SimpleNamespace(weight=Decimal(10), weight_assumed=False)
    assert figures.weight_of(step) == "10 times"
    step.weight, step.weight_assumed = Decimal("0.5"), True
    assert figures.weight_of(step) == "50% of runs, assumed"
    applied: Any = SimpleNamespace(
        step="A", address="", usd_per_month=ZERO, alone=Range.of(1, 2, 3), applied=True
    )
    other: Any = SimpleNamespace(
        step="A", address="", usd_per_month=ZERO, alone=Range.of(3, 4, 5), applied=False
    )
    assert figures.alternatives([other, applied]) == [[applied, other]]
    item: Any = SimpleNamespace(
        savings=(), savings_total=Range.of(0, 7, 9), usd_per_month=Range.of(1, 5, 9)
    )
    assert figures.best_saving(item) == 5


def test_names_are_wrapped_by_their_width() -> None:
    assert wrapped("abcdef", 3, 2) == ["abc", "def"]
    assert wrapped("abcdefg", 3, 2) == ["abc", "de…"]
    assert wrapped("字字字", 4, 1) == ["字…"]


def test_the_smallest_project_has_a_page(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "main.tf").write_text("locals {}\n")
    page = review(tmp_path / "p", code=None)
    assert "No pipeline was found." in page.words
    assert INPUTS.name not in page.source
