"""The action: what zizmor says of it, and its steps run by bash with stand-ins."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.config.running import pipeline
from tests.discovery.test_git import commit, git
from tests.forge.server import Service, serving

ROOT = Path(__file__).parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step.get("name", ""): step for step in ACTION["runs"]["steps"]}
ZIZMOR = Path(sys.executable).parent / "zizmor"


@pytest.mark.skipif(not ZIZMOR.exists(), reason="zizmor is not installed")
def test_zizmor_finds_nothing() -> None:
    done = subprocess.run(
        [str(ZIZMOR), "--offline", "--no-progress", "--persona", "auditor", "action.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_everything_is_pinned() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "uses" not in step or re.search(r"@[0-9a-f]{40}$", step["uses"]), step
    assert re.match(r"#.*\nFROM \S+@sha256:[0-9a-f]{64}\n", (ROOT / "Dockerfile").read_text())
    locked = (ROOT / "requirements.lock").read_text()
    names = set(re.findall(r"^([a-z0-9-]+)==[^ ]+ ", locked, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    assert {re.match(r"[a-z0-9-]+", name)[0].lower() for name in wanted} <= names  # type: ignore[index]
    for block in re.split(r"\n(?=[a-z])", locked.strip()):
        assert "--hash=sha256:" in block, block


def test_no_step_starts_in_the_checkout() -> None:
    for step in ACTION["runs"]["steps"]:
        if "run" in step:
            assert step["working-directory"] == "${{ runner.temp }}", step["name"]
            assert "${{" not in step["run"], step["name"]


@pytest.fixture
def runner(tmp_path: Path) -> dict[str, str]:
    """The variables of a job whose workspace is a pull request's checkout."""
    git(tmp_path, "init", "-q", "-b", "main", "work space")
    workspace = tmp_path / "work space"
    base = commit(workspace, {"pipewarden.toml": "", "a b/main.tf": pipeline()})
    git(workspace, "checkout", "-qb", "feature")
    commit(
        workspace, {"pipewarden.toml": 'ignore-rules = ["NET"]\n', "linter/__init__.py": "1/0\n"}
    )
    temp = tmp_path / "temp"
    (temp / "pipewarden" / "bin").mkdir(parents=True)
    (temp / "pipewarden" / "bin" / "python").symlink_to(sys.executable)
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", temp / "pipewarden" / "pyvenv.cfg")
    library = Path("lib") / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (temp / "pipewarden" / library).mkdir(parents=True)
    paths = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    (temp / "pipewarden" / library / "here.pth").write_text("\n".join(paths) + "\n")
    return {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(temp),
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "BASE_SHA": base,
    }


def step(name: str, runner: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]],
        cwd=runner["RUNNER_TEMP"],
        env={**runner, **environment},
        capture_output=True,
        text=True,
    )


INPUTS = {
    "CHECK_PATHS": ".",
    "FAIL_ON": "medium",
    "ARGS": "",
    "BASE_CONFIG": "",
    "PROTECT": "false",
}


def test_a_pull_request_is_judged_by_its_target(runner: dict[str, str]) -> None:
    done = step("Check", runner, **INPUTS, PYTHONPATH=runner["GITHUB_WORKSPACE"])
    assert done.returncode == 0, done.stderr
    assert Path(runner["GITHUB_OUTPUT"]).read_text() == "exit-code=1\nsarif=true\n"
    assert "file=a b/main.tf" in done.stdout
    assert "this change weakens the gate" in done.stdout
    assert Path(runner["GITHUB_STEP_SUMMARY"]).read_text().count("<!-- pipewarden -->") == 1


def test_arguments_are_lines(runner: dict[str, str]) -> None:
    given = {
        **INPUTS,
        "CHECK_PATHS": "a b/main.tf",
        "ARGS": "--select\nIAM*\n",
        "BASE_CONFIG": "none",
    }
    done = step("Check", runner, **given)
    assert "IAM* is no rule" in done.stderr
    assert Path(runner["GITHUB_OUTPUT"]).read_text().startswith("exit-code=2\n")
    given |= {"ARGS": "", "CHECK_PATHS": "--exit-zero\n$(touch x)"}
    step("Check", runner, **given)
    assert not Path(runner["RUNNER_TEMP"], "x").exists()
    assert Path(runner["GITHUB_OUTPUT"]).read_text().splitlines()[-1] in (
        "exit-code=3",
        "sarif=true",
    )


def commented(runner: dict[str, str], service: Service) -> subprocess.CompletedProcess[str]:
    (Path(runner["RUNNER_TEMP"]) / "pipewarden.md").write_text("<!-- pipewarden -->\nx\n")
    return step(
        "Comment",
        runner,
        GITHUB_TOKEN="t-12345678",
        NUMBER="7",
        GITHUB_API_URL=service.url,
        GITHUB_REPOSITORY="o/r",
    )


def test_only_our_own_comment_is_replaced(runner: dict[str, str]) -> None:
    theirs = {"id": 1, "user": {"login": "somebody"}, "body": "<!-- pipewarden -->\nx"}
    ours = {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "<!-- pipewarden -->\nx"}
    with serving(Service(None)) as service:
        service.comments = [theirs]
        assert commented(runner, service).returncode == 0
        service.comments = [theirs, ours]
        assert commented(runner, service).returncode == 0
    assert [entry[:2] for entry in service.written] == [
        ("POST", "/repos/o/r/issues/7/comments"),
        ("PATCH", "/repos/o/r/issues/comments/2"),
    ]
    assert not Path(runner["GITHUB_STEP_SUMMARY"]).exists()


def test_a_fork_that_may_not_write_fails_nothing(runner: dict[str, str]) -> None:
    with serving(Service(None)) as service:
        service.refusals["POST", "/issues/7/comments"] = (403, {})
        done = commented(runner, service)
    assert done.returncode == 0
    assert "::warning::pipewarden did not comment" in done.stdout
    assert "needs pull-requests: write" in done.stderr
    assert "did not comment" in Path(runner["GITHUB_STEP_SUMMARY"]).read_text()
    assert service.written == []
