"""Money where several configurations apply: each has its own plan, budgets and usage file."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pricing import report as pricing_report
from tests.config.running import NOTEBOOK, pipeline, run, write
from tests.e2e.test_diff import git

NO_PRICE = '"ml.p5e.48xlarge"'
QUIET = 'fail-on = "never"\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cost(*arguments: str) -> dict[str, Any]:
    ran = run("cost", "--format", "json", *arguments)
    assert ran.code == 0, ran.err
    found: dict[str, Any] = ran.json
    return found


def notebook(name: str) -> str:
    return NOTEBOOK.replace('"n"', f'"{name}"').replace('variable "root" {}\n', "")


PLAN = "[savings-plan]\ncommitment-usd-per-hour = %s\ndiscount-percent = %s\n"


def test_plans_of_several_configurations_are_each_for_their_part(here: Path) -> None:
    write(
        here,
        {
            "a/pipewarden.toml": PLAN % ("0.01", 50),
            "a/main.tf": notebook("a"),
            "b/pipewarden.toml": PLAN % ("1", 20),
            "b/main.tf": notebook("b"),
            "c/main.tf": notebook("c"),
        },
    )
    alone = [cost(name)["savings_plan"] for name in ("a", "b")]
    assert cost("c")["savings_plan"] is None
    both = cost(".")["savings_plan"]
    for key in ("compute_usd", "covered_usd", "paid_usd", "unused_usd", "saves_usd"):
        assert both[key] == pytest.approx(sum(plan[key] for plan in alone))
    assert alone[0]["unused_usd"] == 0 < alone[1]["unused_usd"]
    assert 20 < both["discount_percent"] < 50


def test_one_plan_is_paid_once_although_two_usage_files_apply(here: Path) -> None:
    usage = "version: 1\nstanding:\n  %s: {hours_per_month: 730}\n"
    write(
        here,
        {
            "pipewarden.toml": PLAN % ("0.01", 50),
            "a/main.tf": notebook("a"),
            "a/pipewarden-usage.yml": usage % "a",
            "b/main.tf": notebook("b"),
            "b/pipewarden-usage.yml": usage % "b",
        },
    )
    found = cost(".")["savings_plan"]
    assert found["paid_usd"] == pytest.approx(7.3)
    assert found["compute_usd"] == pytest.approx(2 * cost("a")["savings_plan"]["compute_usd"])


def test_what_is_seen_beside_and_old_prices_are_of_all_parts(here: Path) -> None:
    bucket = 'resource "aws_s3_bucket" "b" {}\n'
    write(
        here,
        {
            "a/pipewarden.toml": "runs-per-month = 3\n",
            "a/main.tf": pipeline("a") + bucket + notebook("n"),
            "b/pipewarden.toml": "runs-per-month = 5\n",
            "b/main.tf": bucket + pipeline("b") + bucket.replace('"b"', '"c"'),
        },
    )
    found, alone = cost("."), [cost("a"), cost("b")]
    assert [item["count"] for item in found["left_out"]] == [3]
    for key in ("seen", "not_priced"):
        assert found["coverage"][key] == sum(one["coverage"][key] for one in alone)
    old = [one["old_prices"] for one in alone]
    count = sum(item["count"] for item in old if item)
    assert (found["old_prices"] or {"count": 0})["count"] == count
    assert [item["address"] for item in found["standing"]] == ["aws_sagemaker_notebook_instance.n"]


def test_a_budget_is_undecided_where_its_configuration_applies(here: Path) -> None:
    limit = QUIET + "[budgets]\nper-month-usd = 5000\n"
    write(
        here,
        {
            "a/pipewarden.toml": limit,
            "a/main.tf": pipeline("a"),
            "b/pipewarden.toml": QUIET,
            "b/main.tf": pipeline("b", NO_PRICE),
        },
    )
    assert run("check", ".").code == 0
    write(here, {"b/pipewarden.toml": limit})
    ran = run("check", ".")
    assert ran.code == 3
    assert "b/pipewarden.toml: budget not decided" in ran.out
    assert "a/pipewarden.toml: budget" not in ran.out
    strict = run("check", "--strict-unknown", ".")
    assert strict.code == 1 and "b/pipewarden.toml: budget not decided" in strict.out


def test_an_undecided_budget_does_not_hide_one_that_is_exceeded(here: Path) -> None:
    limit = QUIET + "[budgets]\nper-month-usd = 1\n"
    write(here, {"a/pipewarden.toml": limit, "a/main.tf": pipeline("a") + pipeline("x", NO_PRICE)})
    ran = run("check", "a")
    assert ran.code == 1 and "at least" in ran.out


def test_paths_of_budgets_are_relative_to_their_configuration(here: Path) -> None:
    limit = QUIET + '[budgets.paths."x/**"]\nper-month-usd = 1\n'
    files = {"a/x/main.tf": pipeline("a"), "b/y/main.tf": pipeline("b"), "x/main.tf": pipeline("x")}
    write(here, {"a/pipewarden.toml": limit, "b/pipewarden.toml": limit, **files})
    write(here, {"pipewarden.toml": QUIET})
    ran = run("check", ".")
    assert ran.code == 1
    assert "a/pipewarden.toml: budget exceeded: path x/**" in ran.out
    assert ran.out.count("budget exceeded") == 1
    assert run("check", "b").code == run("check", "x").code == 0


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_increases_are_judged_in_each_part_also_after_a_rename(here: Path) -> None:
    limit = QUIET + "[budgets]\nincrease-percent = 10\n"
    git(here, "init", "-q")
    for name in ("old", "other"):
        write_plain(here / name / "pipewarden.toml", limit)
        write_plain(here / name / "main.tf", pipeline(name))
    git(here, "add", ".")
    git(here, "commit", "-qm", "one")
    git(here, "mv", "old", "new")
    git(here, "commit", "-qm", "two")
    assert run("diff", "HEAD~1").code == 0
    write_plain(here / "other" / "main.tf", pipeline("other", '"ml.m5.12xlarge"'))
    ran = run("diff", "HEAD~1")
    assert ran.code == 1
    assert "other/pipewarden.toml: budget exceeded" in ran.out
    assert "new/pipewarden.toml: budget" not in ran.out
    write_plain(here / "other" / "main.tf", pipeline("other", NO_PRICE))
    assert run("diff", "HEAD~1").code == 3
    assert run("diff", "--strict-unknown", "HEAD~1").code == 1


def write_plain(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


USAGE = "version: 1\npipelines:\n  %s:\n    steps:\n      T: {%s}\n"


def test_a_key_without_an_effect_is_refused_in_the_usage_file_of_its_part(here: Path) -> None:
    files = {"a/main.tf": pipeline("a"), "b/main.tf": pipeline("b")}
    write(here, {**files, "b/pipewarden-usage.yml": USAGE % ("b", "items: 3")})
    ran = run("cost", ".")
    assert ran.code == 2
    assert ran.err.startswith("b/pipewarden-usage.yml:5:")
    assert "items has no effect on 'T', a Training step" in ran.err
    write(here, {"b/pipewarden-usage.yml": USAGE % ("b", "minutes: 3")})
    assert run("cost", ".").code == 0


def test_a_scan_of_a_part_leaves_keys_for_other_parts_alone(here: Path) -> None:
    other = pipeline("b").replace('"Training"', '"Processing"')
    steps = '"*"'
    write(
        here,
        {
            "pipewarden-usage.yml": USAGE.replace("T:", f"{steps}:")
            % (steps, "spot_discount: 0.5"),
            "a/main.tf": pipeline("a"),
            "b/main.tf": other,
        },
    )
    assert run("cost", ".").code == run("cost", "a").code == run("cost", "b").code == 0


def test_what_could_not_be_priced_for_a_bug_is_at_least_in_every_part(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pricing_report._anywhere

    def broken(item: Any, *rest: Any) -> Any:
        if item.title == "b":
            raise RuntimeError("of ours")
        return real(item, *rest)

    monkeypatch.setattr(pricing_report, "_anywhere", broken)
    write(
        here,
        {
            "a/pipewarden.toml": "runs-per-month = 3\n",
            "a/main.tf": pipeline("a"),
            "b/pipewarden.toml": QUIET + "[budgets]\nper-month-usd = 5000\n",
            "b/main.tf": pipeline("b"),
        },
    )
    ran = run("cost", "--format", "json", ".")
    assert ran.code == 4 and "of ours" in ran.err
    found = ran.json
    assert [item["complete"] for item in found["pipelines"]] == [True, False]
    assert found["totals"]["complete"] is False
    (gap,) = found["unpriced"]
    assert gap["pipeline"] == "b" and "of ours" in gap["reason"]
    assert found["coverage"]["not_priced"] == 1
    assert found["totals"]["per_month_usd"]["expected"] > 0
    tried = run("cost", "--what-if", "spot=all", ".")
    assert tried.code == 4 and tried.err.count("of ours") == 1
    checked = run("check", "b")
    assert checked.code == 4 and "budget not decided" in checked.out
    assert Decimal(str(found["pipelines"][0]["runs_per_month"])) == 3


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_usage_file_need_not_fit_what_was_there_before(here: Path) -> None:
    git(here, "init", "-q")
    write_plain(here / "main.tf", pipeline("a").replace('"T"', '"Old"'))
    git(here, "add", ".")
    git(here, "commit", "-qm", "one")
    write_plain(here / "main.tf", pipeline("a"))
    write_plain(here / "pipewarden-usage.yml", USAGE % ("a", "minutes: 60"))
    git(here, "add", ".")
    git(here, "commit", "-qm", "two")
    assert run("diff", "HEAD~1", "HEAD", "--fail-on", "never").code == 0
    assert run("cost", "--trend", "HEAD~1..HEAD").code == 0
    ran = run("cost", "--trend", "HEAD~1..HEAD", "--param", "nope=1")
    assert ran.code == 2 and "no pipeline has this parameter" in ran.err
    write_plain(here / "pipewarden-usage.yml", USAGE.replace("T:", "Gone:") % ("a", "minutes: 60"))
    for arguments in (("diff", "HEAD~1", "HEAD"), ("cost", "--trend", "HEAD~1..HEAD")):
        ran = run(*arguments)
        assert ran.code == 2 and "has no step 'Gone'" in ran.err
