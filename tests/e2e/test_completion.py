"""Completion in shells, and the sentences that count what fixes and suppressions did."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from linter.cli.main import cli
from tests.config.running import run
from tests.e2e.running import pipewarden

ONE_FIX = (
    '{"Version": "2020-12-01", "Steps": [{"Name": "L", "Type": "Lambda", "FunctionArn": "f",'
    ' "CacheConfig": {"Enabled": true}, "Arguments": {}}]}\n'
)


def completed(shell: str, **variables: str) -> str:
    command = [sys.executable, "-c", "from linter.cli.main import run; run()"]
    ran = subprocess.run(
        command,
        env={**os.environ, "_PIPEWARDEN_COMPLETE": shell, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    return ran.stdout


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_script_of_a_shell(shell: str) -> None:
    script = completed(f"{shell}_source")
    assert "_PIPEWARDEN_COMPLETE" in script
    assert "pipewarden" in script


def test_commands_and_options_are_offered() -> None:
    words = completed("bash_complete", COMP_WORDS="pipewarden ba", COMP_CWORD="1")
    assert words.split() == ["plain,baseline"]
    options = completed("bash_complete", COMP_WORDS="pipewarden check --chan", COMP_CWORD="2")
    assert options.split() == ["plain,--changed-since"]


def test_one_is_said_in_the_singular(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(ONE_FIX)
    ran = pipewarden("fix", ".", cwd=tmp_path)
    assert ran.code == 0
    assert "1 finding fixed in 1 file" in ran.err


def offered(words: list[str], typed: str) -> dict[str, str | None]:
    """What click offers after ``words``: values and their meaning."""
    complete = ShellComplete(cli, {}, "pipewarden", "_PIPEWARDEN_COMPLETE")
    return {item.value: item.help for item in complete.get_completions(words, typed)}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    declared = '{"Name": "Rate", "Type": "Float", "DefaultValue": 0.1}'
    step = '{"Name": "L", "Type": "Fail", "Arguments": {}}'
    definition = f'"Version": "2020-12-01", "Parameters": [{declared}], "Steps": [{step}]'
    (tmp_path / "main.tf").write_text(
        'variable "team" {}\nresource "aws_sagemaker_pipeline" "p" {\n  pipeline_name = "churn"\n'
        f"  pipeline_definition = <<EOT\n{{{definition}}}\nEOT\n}}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "typed", "among"),
    [
        (["check", "--select"], "IAM00", "IAM001"),
        (["check", "--select"], "no-vpc", "no-vpc-guard"),
        (["check", "--select"], "ia", "IAM"),
        (["check", "--select"], "NET,IAM00", "NET,IAM001"),
        (["check", "--ignore"], "cac", "CACHE001"),
        (["fix", "--select"], "CACHE", "CACHE001"),
        (["rules", "show"], "CACHE00", "CACHE001"),
        (["rules", "list"], "cost", "COST"),
        (["rules", "list", "--severity"], "h", "high"),
        (["check", "--format"], "sa", "sarif"),
        (["check", "--output"], "ju", "junit"),
        (["check", "--profile"], "reg", "regulated"),
        (["check", "--fail-on"], "n", "never"),
        (["cost", "--region"], "eu-c", "eu-central-1"),
        (["pull", "--region"], "us-gov", "us-gov-east-1"),
        (["prices", "show"], "ml.m5.x", "ml.m5.xlarge"),
        (["prices", "refresh", "--region"], "ap-s", "ap-south-1"),
        (["schema"], "us", "usage"),
        (["pull", "--pipeline"], "ch", "churn"),
        (["check", "--param"], "R", "Rate="),
        (["cost", "--var"], "t", "team="),
    ],
)
@pytest.mark.usefixtures("project")
def test_values_are_offered(words: list[str], typed: str, among: str) -> None:
    found = offered(words, typed)
    assert among in found
    assert all(value.lower().startswith(typed.lower()) for value in found)


@pytest.mark.usefixtures("project")
def test_what_does_not_fit_is_not_offered() -> None:
    assert offered(["check", "--select"], "XYZ") == {}
    assert offered(["cost", "--region"], "mars") == {}
    assert offered(["pull", "--pipeline"], "x") == {}
    assert "IAM" not in offered(["rules", "show"], "IA")


def test_a_rule_is_offered_with_its_title() -> None:
    titles = {
        rule["id"]: rule["title"] for rule in run("rules", "list", "--format", "json").json["rules"]
    }
    assert offered(["rules", "show"], "CACHE00")["CACHE001"] == titles["CACHE001"]


def test_rules_of_a_directory_are_offered_and_their_checks_do_not_run(project: Path) -> None:
    assert run("rules", "new", "TEAM001", "a-name", "--directory", "policy", "--python").code == 0
    check = project / "policy" / "team" / "team001.py"
    check.write_text("import pathlib\npathlib.Path('ran').touch()\n" + check.read_text())
    assert offered(["check", "--select"], "TEAM") == {}
    (project / "pipewarden.toml").write_text('rules-dirs = ["policy"]\n')
    assert "TEAM001" in offered(["check", "--select"], "TEAM")
    (project / "pipewarden.toml").unlink()
    assert "TEAM001" in offered(["check", "--rules", "policy", "--select"], "TEAM")
    assert not (project / "ran").exists()


def test_the_directory_of_the_line_is_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert "churn" in offered(["-C", str(project), "pull", "--pipeline"], "")
    assert Path.cwd() == Path("/")


def test_what_cannot_be_read_offers_nothing_and_says_nothing(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "pipewarden.toml").write_text("fail-on = 3\n")
    assert offered(["check", "--select"], "IAM") == {}
    (project / "pipewarden.toml").unlink()
    (project / "main.tf").write_text("resource {{{\n")
    assert offered(["pull", "--pipeline"], "") == {}
    assert capfd.readouterr() == ("", "")
