"""``pipewarden rules``, the compiled index, and loading from directories and packages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from linter.cli.rules_cmd import rules
from linter.policy import index
from linter.policy.registry import _has_plugins, load_rules
from tests.policy.rulefiles import rule_text


def run(*arguments: str) -> Result:
    return CliRunner().invoke(rules, list(arguments), standalone_mode=False)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own" / "team"
    folder.mkdir(parents=True)
    (folder / "TEAM001-no-description.yaml").write_text(rule_text())
    return tmp_path / "own"


def test_built_in_rules_pass_their_own_tests() -> None:
    result = run("test", "--format", "json")
    report = json.loads(result.output)
    assert report["failures"] == []
    assert report["examples"] > report["rules"]
    assert result.return_value == 0


def test_built_in_rules_are_not_doubtful() -> None:
    result = run("lint")
    assert result.return_value == 0, result.output


def test_list_as_text_and_json() -> None:
    result = run("list", "CACHE001")
    assert "step-without-cache" in result.output
    found = json.loads(run("list", "--format", "json", "--severity", "high").output)
    assert found["rules"]
    assert {rule["severity"] for rule in found["rules"]} <= {"high", "critical"}


@pytest.mark.parametrize("format_", ["text", "markdown", "json"])
def test_show(format_: str) -> None:
    result = run("show", "step-without-cache", "--format", format_)
    assert "CACHE001" in result.output
    assert "P30D" in result.output
    if format_ == "json":
        assert {e["verdict"] for e in json.loads(result.output)["examples"]} >= {"pass", "fail"}


def test_names_that_do_not_exist_suggest() -> None:
    result = run("show", "step-without-cach")
    assert result.exception is not None
    assert "did you mean step-without-cache?" in str(result.exception)


def test_own_rules_are_listed_tested_and_refused(own: Path) -> None:
    result = run("list", "--rules", str(own), "TEAM")
    assert "TEAM001" in result.output
    assert run("test", str(own)).return_value == 0
    (own / "broken.yaml").write_text(rule_text(id="TEAM002", name="b", sevrity="low"))
    (own / "double.yaml").write_text(rule_text(name="other"))
    result = run("list", "--rules", str(own), "TEAM")
    assert result.return_value == 2
    assert "broken.yaml:" in result.output + result.stderr
    assert "unknown key sevrity" in result.stderr
    assert "the id TEAM001 is already that of" in result.stderr
    result = run("test", str(own))
    assert result.return_value == 1
    assert "did you mean severity?" in result.output


@pytest.mark.parametrize(
    "subject",
    [
        "pipeline",
        "pipeline.step",
        "iam.statement",
        "terraform.aws_sagemaker_model",
        "cloudformation.AWS::SageMaker::Model",
    ],
)
@pytest.mark.parametrize("python", [False, True])
def test_a_new_rule_passes_its_own_tests(tmp_path: Path, subject: str, python: bool) -> None:
    more = ["--python"] if python else []
    result = run(
        "new", "TEAM007", "my-rule", "--subject", subject, "--directory", str(tmp_path), *more
    )
    assert result.return_value == 0, result.exception
    file = tmp_path / "team" / "TEAM007-my-rule.yaml"
    tested = run("test", str(file))
    assert tested.return_value == 0, tested.output
    again = run("new", "TEAM007", "my-rule", "--subject", subject, "--directory", str(tmp_path))
    assert "is there already" in str(again.exception)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("CACHE001", "x"), "is the built-in rule"),
        (("TEAM001", "step-without-cache"), "is the built-in rule CACHE001"),
        (("team", "x"), "area letters"),
        (("TEAM001", "x", "--subject", "iam.role"), "no scaffold for iam.role"),
    ],
)
def test_new_refuses(tmp_path: Path, arguments: tuple[str, ...], reason: str) -> None:
    result = run("new", *arguments, "--directory", str(tmp_path))
    assert reason in str(result.exception)


def test_pages_are_written_and_checked(tmp_path: Path) -> None:
    folder = str(tmp_path / "docs")
    assert run("docs", "--output", folder, "--check").return_value == 1
    assert run("docs", "--output", folder).return_value == 0
    assert run("docs", "--output", folder, "--check").return_value == 0
    page = tmp_path / "docs" / "CACHE001-step-without-cache.md"
    assert "## Why" in page.read_text(encoding="utf-8")
    assert "(CACHE001-step-without-cache.md)" in (tmp_path / "docs" / "README.md").read_text(
        encoding="utf-8"
    )
    page.write_text("old")
    (tmp_path / "docs" / "GONE001-x.md").write_text("old")
    result = run("docs", "--output", folder, "--check")
    assert "CACHE001-step-without-cache.md is not current" in result.output
    assert "GONE001-x.md is not current" in result.output


# Loading


def area(root: Path, stem: str, **changes: object) -> Path:
    folder = root / "team"
    folder.mkdir(exist_ok=True)
    file = folder / f"{stem}.yaml"
    file.write_text(rule_text(**changes))
    return file


def test_the_index_is_refreshed_when_a_file_changes(tmp_path: Path) -> None:
    file = area(tmp_path, "one")
    [rule], errors = index.load_builtin(tmp_path)
    assert (rule.meta.title, errors) == ("Step has no description", [])
    assert (tmp_path / "compiled.jsonl").is_file()
    file.write_text(rule_text(title="Another longer title"))
    assert index.load_builtin(tmp_path)[0][0].meta.title == "Another longer title"
    area(tmp_path, "two", id="TEAM002", name="two")
    assert [r.id for r in index.load_builtin(tmp_path)[0]] == ["TEAM001", "TEAM002"]
    file.unlink()
    assert [r.id for r in index.load_builtin(tmp_path)[0]] == ["TEAM002"]


def test_a_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    area(tmp_path, "one")
    area(tmp_path, "two", id="nonsense")
    found, errors = index.load_builtin(tmp_path)
    assert [rule.id for rule in found] == ["TEAM001"]
    assert "id must be" in errors[0].reason


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": 0}', '{"format": 2, "files": 3}', '{"format": 2}']
)
def test_a_damaged_index_is_made_again(tmp_path: Path, content: str) -> None:
    area(tmp_path, "one")
    (tmp_path / "compiled.jsonl").write_text(content)
    assert [rule.id for rule in index.load_builtin(tmp_path)[0]] == ["TEAM001"]


def test_an_index_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    area(tmp_path, "one")
    index.load_builtin(tmp_path)
    file = tmp_path / index.INDEX_NAME
    file.write_bytes(file.read_bytes()[:-20])
    [rule], errors = index.load_builtin(tmp_path)
    assert (rule.meta.title, errors) == ("Step has no description", [])


def test_without_a_writable_place_rules_are_loaded_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    area(tmp_path, "one")
    monkeypatch.setattr(index, "_write", lambda *_: False)
    assert [rule.id for rule in index.load_builtin(tmp_path)[0]] == ["TEAM001"]


def test_a_frozen_index_needs_no_rule_files(tmp_path: Path) -> None:
    area(tmp_path, "one")
    wheel = tmp_path / "wheel"
    assert index.build_frozen(tmp_path, wheel / "compiled.jsonl") == 1
    assert [rule.id for rule in index.load_builtin(wheel)[0]] == ["TEAM001"]


def test_loading_the_index_imports_no_parser() -> None:
    load_rules()
    program = (
        "import sys; from linter.policy.registry import load_rules\n"
        "found = load_rules()\n"
        "assert found.rules and not found.errors\n"
        "heavy = {'yaml', 'jsonpath_ng', 'importlib.metadata', 'rich', 'botocore'}\n"
        "print(*heavy & set(sys.modules))"
    )
    heavy = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert heavy == []


def test_installed_packages_bring_rules(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    info = site / "mine-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[pipewarden.rules]\ngone = no_such_package_here\nmine = plugin_of_ours:FOLDER\n"
    )
    (site / "plugin_of_ours.py").write_text(f"FOLDER = {str(own)!r}\n")
    assert not _has_plugins()
    monkeypatch.syspath_prepend(site)
    assert all(rule.meta.origin == "built-in" for rule in load_rules().rules)
    found = load_rules(plugins=True)
    assert any(r.id == "TEAM001" and r.meta.origin == "package mine" for r in found.rules)
    assert "cannot be loaded" in found.errors[-1].reason


def test_a_rule_file_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_file = index.compile_file

    def counted(root: Path, name: str) -> tuple[list[Any], str]:
        compiled.append(name)
        return compile_file(root, name)

    monkeypatch.setattr(index, "compile_file", counted)
    for number in range(30):
        area(tmp_path, f"r{number}", id=f"TEAM{number:03}", name=f"rule-{number}")
    assert len(index.load_builtin(tmp_path)[0]) == 30
    assert len(compiled) == 30
    assert len(index.load_builtin(tmp_path)[0]) == 30
    assert len(compiled) == 30
    area(tmp_path, "r3", id="TEAM003", name="another-name")
    assert len(index.load_builtin(tmp_path)[0]) == 30
    assert len(compiled) == 31
