"""One decision, one finding: put together for reports, single for suppressions and baselines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.config.running import run, write

PATH = "train.json"


def step(name: str, **more: Any) -> dict[str, Any]:
    cluster = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10}
    arguments = {"ProcessingResources": {"ClusterConfig": cluster}, **more}
    return {"Name": name, "Type": "Processing", "Arguments": arguments}


INSIDE = {"NetworkConfig": {"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}}


def definition(*steps: dict[str, Any]) -> str:
    return json.dumps({"Version": "2020-12-01", "Steps": list(steps)}, indent=1)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {PATH: definition(step("A"), step("B"), step("C"), step("D", **INSIDE))})
    return tmp_path


def found(rule: str, *arguments: str) -> list[dict[str, Any]]:
    items = run("check", "--format", "json", *arguments).json["findings"]
    return [item for item in items if item["rule"] == rule and item["verdict"] == "fail"]


def shown(rule: str, *arguments: str) -> list[dict[str, Any]]:
    return [item for item in found(rule, *arguments) if not item["suppressed"]]


def test_posture_of_steps_is_said_once_with_every_step_in_it(here: Path) -> None:
    (one,) = found("NET002")
    assert one["message"] == "pipeline train: 3 of 4 processing steps run outside a VPC"
    assert [member["object"].split(".")[0] for member in one["members"]] == [
        "Steps[A]",
        "Steps[B]",
        "Steps[C]",
    ]
    assert one["start"] == one["members"][0]["start"]
    assert [r["start"] for r in one["related"]] == [m["start"] for m in one["members"][1:]]
    assert len({member["fingerprint"] for member in one["members"]}) == 3


def test_one_step_alone_speaks_for_itself(here: Path) -> None:
    write(here, {PATH: definition(step("A"), step("D", **INSIDE))})
    (one,) = found("NET002")
    assert one["message"].startswith("step A processes data outside a VPC")
    assert len(one["members"]) == 1


def test_the_fingerprint_does_not_depend_on_how_many_take_part(here: Path) -> None:
    (before,) = found("NET002")
    write(here, {PATH: definition(step("A"), step("D", **INSIDE))})
    (after,) = found("NET002")
    assert before["fingerprint"] == after["fingerprint"]
    assert before["members"][0]["fingerprint"] == after["members"][0]["fingerprint"]
    (strict,) = found("NET002", "--profile", "regulated")
    assert strict["fingerprint"] == after["fingerprint"]
    assert strict["severity"] != after["severity"]


def test_each_step_is_suppressed_by_itself_and_the_count_falls(here: Path) -> None:
    entry = '[[ignore]]\nrule = "NET002"\naddress = "Steps?B?*"\nreason = "r"\n'
    write(here, {"pipewarden.toml": entry})
    (one,) = shown("NET002")
    assert one["message"] == "pipeline train: 2 of 4 processing steps run outside a VPC"
    (hidden,) = [item for item in found("NET002") if item["suppressed"]]
    assert hidden["object"].startswith("Steps[B]")


def test_a_step_that_joins_is_new_for_the_baseline(here: Path) -> None:
    assert run("baseline", "create").code == 0
    write(here, {"pipewarden.toml": 'baseline = "pipewarden-baseline.json"\nfail-on = "low"\n'})
    assert run("check").code == 0
    steps = (step("A"), step("B"), step("C"), step("D", **INSIDE), step("E"))
    write(here, {PATH: definition(*steps)})
    assert run("check").code == 1
    (one,) = [item for item in found("NET002") if not item["baselined"]]
    assert one["message"].startswith("step E processes data outside a VPC")


def test_a_step_that_joins_is_new_between_saved_results(here: Path) -> None:
    before = run("check", "--format", "json").out
    steps = (step("A"), step("B"), step("C"), step("D", **INSIDE), step("E"))
    write(here, {PATH: definition(*steps)})
    after = run("check", "--format", "json").out
    write(here, {"results/before.txt": before, "results/after.txt": after})
    said = run("diff", "results/before.txt", "results/after.txt", "--format", "json").json
    new = [item["message"] for item in said["new"] if item["rule"] == "NET002"]
    assert len(new) == 1
    assert new[0].startswith("step E ")
    assert not said["fixed"]


def test_what_the_steps_save_is_summed_once(here: Path) -> None:
    said = run("check", "--format", "json").json
    (one,) = [item for item in said["findings"] if item["rule"] == "CACHE001"]
    each = [m["savings_usd_per_month"]["expected"] for m in one["members"]]
    assert len(each) == 4
    assert one["savings_usd_per_month"]["expected"] == pytest.approx(sum(each))
    total = said["summary"]["savings_usd_per_month"]["expected"]
    assert total >= one["savings_usd_per_month"]["expected"]


def test_every_step_is_fixed(here: Path) -> None:
    assert run("fix", "--unsafe", "--select", "CACHE001").code == 0
    fixed = json.loads((here / PATH).read_text())
    assert all(one["CacheConfig"]["Enabled"] for one in fixed["Steps"])


def test_sarif_has_the_other_steps_as_related_locations(here: Path) -> None:
    results = run("check", "--format", "sarif").json["runs"][0]["results"]
    (one,) = [item for item in results if item["ruleId"] == "NET002"]
    assert len(one["relatedLocations"]) == 2


def test_two_pipelines_are_two_decisions(here: Path) -> None:
    write(here, {"other.json": definition(step("A"), step("B"))})
    assert {item["path"]: len(item["members"]) for item in found("NET002")} == {
        PATH: 3,
        "other.json": 2,
    }


def test_what_is_unknown_is_not_put_together(here: Path) -> None:
    open_step = step("U", NetworkConfig={"VpcConfig": {"Get": "Parameters.Vpc"}})
    body = json.loads(definition(step("A"), open_step))
    body["Parameters"] = [{"Name": "Vpc", "Type": "String"}]
    write(here, {PATH: json.dumps(body)})
    items = run("check", "--format", "json").json["findings"]
    verdicts = sorted(item["verdict"] for item in items if item["rule"] == "NET002")
    assert verdicts == ["fail", "unknown"]
