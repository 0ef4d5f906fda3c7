"""What ``check`` prints by default: one line a finding, then what to do, by rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.policy.registry import load_rules
from linter.reports.by_rule import cut, in_one_line
from tests.config.running import run, write

ORDERED = ("critical", "high", "medium", "low", "info")


def _step(kind: str, name: str) -> dict[str, Any]:
    resources = {"InstanceType": "ml.m4.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 10}
    image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/a:latest"
    if kind == "Training":
        body: dict[str, Any] = {
            "ResourceConfig": resources,
            "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        }
    else:
        body = {
            "ProcessingResources": {"ClusterConfig": resources},
            "AppSpecification": {"ImageUri": image},
        }
    return {"Name": name, "Type": kind, "Arguments": body}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    steps = [_step("Training", "T"), _step("Processing", "P"), _step("Processing", "Q")]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "a", "Effect": "Allow", "Action": ["s3:*", "sagemaker:*"], "Resource": "*"}
        ],
    }
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps}, indent=1)
    write(tmp_path, {"train.json": definition, "policy.json": json.dumps(policy)})
    return tmp_path


def findings() -> list[dict[str, Any]]:
    said = run("check", "--format", "json").json["findings"]
    return [item for item in said if item["verdict"] == "fail"]


def test_every_finding_is_one_line_and_the_whole_fits_a_screen(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    found = findings()
    assert len(found) >= 19
    lines = run("check").out.splitlines()
    assert len(lines) <= 3 * len(found) + 3
    summary = lines.index(next(line for line in lines if line.startswith("By rule")))
    own = [line for line in lines[:summary] if line.startswith("  ")]
    assert len(own) == len(found)
    assert max(map(len, own)) <= 100
    for line, item in zip(sorted(own), sorted(found, key=str), strict=True):
        assert line.split()[1] in ORDERED
        assert item["rule"] in " ".join(own)


def test_the_dollars_stand_in_the_line(here: Path) -> None:
    saving = next(item for item in findings() if item["savings_usd_per_month"])
    amount = f"${saving['savings_usd_per_month']['expected']:,.2f} a month"
    line = next(x for x in run("check").out.splitlines() if f" {saving['rule']} " in x)
    assert amount in line


def test_a_pipe_gets_whole_messages_and_a_terminal_what_fits(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = max((item["message"] for item in findings()), key=len)
    monkeypatch.delenv("COLUMNS", raising=False)
    assert longest in run("check").out
    monkeypatch.setenv("COLUMNS", "80")
    assert longest not in run("check").out
    assert longest.split()[0] in run("check").out


def test_the_longer_text_comes_once_for_each_rule_and_only_when_asked(here: Path) -> None:
    assert "why:" not in run("check").out
    long = run("check", "-v").out
    assert long.count("why:") == len({item["rule"] for item in findings()})
    assert "By rule" not in long
    quiet = run("check", "-q").out
    assert "By rule" not in quiet
    assert "why:" not in quiet


def test_statistics_alone_count_every_finding(here: Path) -> None:
    lines = run("check", "--statistics").out.splitlines()
    assert lines[0].startswith("By rule")
    rows = [line.split() for line in lines[1 : lines.index("")]]
    assert sum(int(row[0]) for row in rows) == len(findings())
    ranks = [ORDERED.index(row[1]) for row in rows]
    assert ranks == sorted(ranks)
    assert not any("train.json" in line for line in lines)


def test_nothing_found_has_no_summary_by_rule(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"main.tf": 'resource "aws_sns_topic" "t" {}\n'})
    assert "By rule" not in run("check").out
    assert "By rule" not in run("check", "--statistics").out


@pytest.mark.parametrize(
    ("text", "room", "result"),
    [
        ("short", 10, "short"),
        ("a longer text", 8, "a longe…"),
        ("a longer text", 0, "a longer text"),
        ("幅の広い文字", 7, "幅の広…"),
    ],
)
def test_text_is_cut_by_its_width(text: str, room: int, result: str) -> None:
    assert cut(text, room) == result


def test_what_to_do_is_one_line_for_every_rule() -> None:
    for rule in load_rules(()).rules:
        line = in_one_line(rule.meta.remediation)
        assert line, rule.id
        assert "\n" not in line
