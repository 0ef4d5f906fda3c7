"""The action: what zizmor says of it, and its steps run by bash with stand-ins."""

from __future__ import annotations

import json
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
    "JUDGE": "all",
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


CHANGE = {**INPUTS, "JUDGE": "change"}


def outputs(runner: dict[str, str]) -> dict[str, str]:
    lines = Path(runner["GITHUB_OUTPUT"]).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def annotated(done: subprocess.CompletedProcess[str]) -> set[str]:
    """The rules of annotations."""
    return set(re.findall(r"title=([A-Z]+\d{3}) ", done.stdout))


def rules_of_sarif(runner: dict[str, str]) -> set[str]:
    log = json.loads(Path(runner["RUNNER_TEMP"], "pipewarden.sarif").read_text())
    return {result["ruleId"] for result in log["runs"][0]["results"]}


def body(runner: dict[str, str]) -> str:
    return Path(runner["RUNNER_TEMP"], "pipewarden.md").read_text()


def words_of(runner: dict[str, str]) -> str:
    """The comment as it reads: without the escapes of Markdown."""
    return body(runner).replace("\\", "")


MONEY = r"\$[\d,.]+"


LARGE = pipeline("q", '"ml.p3.16xlarge"')
WORKSPACE = "a b/main.tf"


def test_what_stands_does_not_fail_a_change(runner: dict[str, str]) -> None:
    commit(Path(runner["GITHUB_WORKSPACE"]), {"README.md": "words", "pipewarden.toml": ""})
    done = step("Check", runner, **CHANGE)
    assert outputs(runner) == {"exit-code": "0", "sarif": "true"}, done.stderr
    assert annotated(done) == set()
    assert len(rules_of_sarif(runner)) > 3
    text = body(runner)
    assert text.startswith("<!-- pipewarden diff -->\n## pipewarden: ✅ passed")
    assert "**0** new, **0** fixed" in text
    [line] = [line for line in text.splitlines() if "findings stand as they were" in line]
    assert "2 medium, 6 low" in line
    assert "main.tf" not in text
    assert Path(runner["GITHUB_STEP_SUMMARY"]).read_text() == text


def test_what_a_change_adds_fails_is_annotated_and_priced(runner: dict[str, str]) -> None:
    repo = Path(runner["GITHUB_WORKSPACE"])
    before = pipeline()
    grown = before.replace("ml.m5.xlarge", "ml.p3.16xlarge")
    commit(repo, {WORKSPACE: grown, "c/main.tf": LARGE, "pipewarden.toml": ""})
    done = step("Check", runner, **CHANGE)
    assert outputs(runner) == {"exit-code": "1", "sarif": "true"}, done.stderr
    assert "file=c/main.tf" in done.stdout
    standing = rules_of_sarif(runner)
    assert annotated(done) <= standing
    assert "COST009" in annotated(done)  # a previous generation, in both files now
    text = words_of(runner)
    assert "## pipewarden: ❌ failed" in text
    for row in (
        rf"\*\*[1-9]\d*\*\* new, \*\*0\*\* fixed\. Per month .*: \+{MONEY} expected",
        rf"\| `p` `T` \| .* \| \+{MONEY} \| instance ml.m5.xlarge → ml.p3.16xlarge \|",
        rf"\| \*\*`p` a run\*\* \| .* \| \*\*\+{MONEY}\*\* \|",
        rf"\| \*\*`p` a month\*\* \| .* \| \*\*\+{MONEY}\*\* \| 30 runs, assumed \|",
        rf"\| `q` `T` \| nothing \| .* \| \+{MONEY} \| added \|",
        rf"Savings on the table: {MONEY} .* before",
    ):
        assert re.search(row, text), row
    assert text.count("as they were") == 1


def test_what_a_change_repairs_is_told(runner: dict[str, str]) -> None:
    repo = Path(runner["GITHUB_WORKSPACE"])
    commit(repo, {WORKSPACE: "", "pipewarden.toml": ""})
    step("Check", runner, **CHANGE)
    assert outputs(runner)["exit-code"] == "0"
    text = words_of(runner)
    assert re.search(rf"\*\*0\*\* new, \*\*[1-9]\d*\*\* fixed\..*: -{MONEY} expected", text)
    assert "<summary>Fixed findings" in text
    assert "as they were" not in text


def test_what_happened_to_the_target_meanwhile_is_no_part_of_it(runner: dict[str, str]) -> None:
    repo = Path(runner["GITHUB_WORKSPACE"])
    git(repo, "checkout", "-q", "main")
    moved = commit(repo, {"d/main.tf": LARGE, WORKSPACE: ""})
    git(repo, "checkout", "-q", "feature")
    commit(repo, {"README.md": "words", "pipewarden.toml": ""})
    done = step("Check", runner, **{**CHANGE, "BASE_SHA": moved})
    assert outputs(runner)["exit-code"] == "0", done.stdout
    assert "**0** new, **0** fixed" in body(runner)


@pytest.mark.parametrize("merged", [True, False])
@pytest.mark.parametrize("moved", [True, False])
def test_a_shallow_checkout_gets_the_history(
    runner: dict[str, str], tmp_path: Path, merged: bool, moved: bool
) -> None:
    """Of the merge that the service makes, or of the branch; the target has gone on or not."""
    repo = Path(runner["GITHUB_WORKSPACE"])
    for number in range(4):
        commit(repo, {"README.md": f"words {number}"})
    commit(repo, {"c/main.tf": LARGE, "pipewarden.toml": ""})
    git(repo, "checkout", "-q", "main")
    base = commit(repo, {"e/main.tf": LARGE})
    git(repo, "checkout", "-qb", "asked", "main" if merged else "feature")
    if merged:
        git(repo, "merge", "-q", "--no-edit", "feature")
    if moved:
        git(repo, "checkout", "-q", "main")
        commit(repo, {"f/main.tf": LARGE})
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=asked", f"file://{repo}", str(shallow))
    variables = {**CHANGE, "BASE_SHA": base, "GITHUB_WORKSPACE": str(shallow)}
    done = step("Check", runner, **variables)
    assert outputs(runner) == {"exit-code": "1", "sarif": "true"}, done.stdout + done.stderr
    assert "file=c/main.tf" in done.stdout
    assert "file=e/main.tf" not in done.stdout
    assert "::warning::" not in done.stdout.replace("::warning file", "")


def test_a_history_that_cannot_be_had_is_no_pass(runner: dict[str, str]) -> None:
    done = step("Check", runner, **{**CHANGE, "BASE_SHA": "1" * 40})
    assert outputs(runner) == {"exit-code": "2"}
    assert "::warning::the history of the change could not be fetched" in done.stdout
    assert "1111111" in done.stderr


def test_a_directory_named_as_the_target_is_not_it(runner: dict[str, str]) -> None:
    """Nor is a path that is a branch's name: a change must not choose what it is compared with."""
    repo = Path(runner["GITHUB_WORKSPACE"])
    commit(
        repo,
        {
            f"{runner['BASE_SHA']}/main.tf": LARGE,
            "main/main.tf": LARGE,
            "pipewarden.toml": "",
        },
    )
    done = step("Check", runner, **{**CHANGE, "CHECK_PATHS": "main"})
    assert outputs(runner)["exit-code"] == "1", done.stderr
    assert "file=main/main.tf" in done.stdout


def test_a_path_that_is_nowhere_is_not_passed(runner: dict[str, str]) -> None:
    done = step("Check", runner, **{**CHANGE, "CHECK_PATHS": "a b\nnowhere"})
    assert outputs(runner)["exit-code"] == "3"
    assert "nowhere" in done.stdout


@pytest.mark.parametrize("word", ["changes", "", "all\n::error::x"])
def test_what_judge_does_not_know_is_refused(runner: dict[str, str], word: str) -> None:
    done = step("Check", runner, **{**CHANGE, "JUDGE": word})
    assert outputs(runner) == {"exit-code": "2"}
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("::error::judge is change or all")


def test_the_comment_is_what_the_change_does(runner: dict[str, str]) -> None:
    """From the check to the service, and again after another commit: one comment."""
    repo = Path(runner["GITHUB_WORKSPACE"])
    commit(repo, {"c/main.tf": LARGE, "pipewarden.toml": ""})
    variables = {"GITHUB_TOKEN": "t-12345678", "NUMBER": "7", "GITHUB_REPOSITORY": "o/r"}
    with serving(Service(None)) as service:
        variables["GITHUB_API_URL"] = service.url
        step("Check", runner, **CHANGE)
        assert step("Comment", runner, **variables).returncode == 0
        [(method, _, sent)] = service.written
        assert method == "POST"
        assert sent["body"].strip() == body(runner).strip()
        service.comments = [{"id": 3, "user": {"login": "github-actions[bot]"}, **sent}]
        commit(repo, {"c/main.tf": ""})
        step("Check", runner, **CHANGE)
        assert step("Comment", runner, **variables).returncode == 0
        method, path, sent = service.written[-1]
    assert (method, path) == ("PATCH", "/repos/o/r/issues/comments/3")
    assert "✅ passed" in sent["body"]


def test_a_fork_is_judged_and_told_where_it_may_not_comment(runner: dict[str, str]) -> None:
    commit(Path(runner["GITHUB_WORKSPACE"]), {"c/main.tf": LARGE, "pipewarden.toml": ""})
    with serving(Service(None)) as service:
        service.refusals["GET", "/issues/7/comments"] = (403, {})
        service.refusals["POST", "/issues/7/comments"] = (403, {})
        step("Check", runner, **CHANGE)
        done = step(
            "Comment",
            runner,
            GITHUB_TOKEN="t-12345678",
            NUMBER="7",
            GITHUB_API_URL=service.url,
            GITHUB_REPOSITORY="o/r",
        )
    assert done.returncode == 0
    assert "::warning::pipewarden did not comment" in done.stdout
    summary = Path(runner["GITHUB_STEP_SUMMARY"]).read_text()
    assert "❌ failed" in summary
    assert "did not comment" in summary
    assert step("Verdict", runner, CODE=outputs(runner)["exit-code"]).returncode == 1


def test_the_verdict_of_a_check_that_did_not_run_is_no_pass(runner: dict[str, str]) -> None:
    assert step("Verdict", runner, CODE="").returncode == 4
    assert step("Verdict", runner, CODE="0").returncode == 0


def test_a_push_is_judged_whole(runner: dict[str, str]) -> None:
    done = step("Check", runner, **{**CHANGE, "BASE_SHA": ""})
    assert outputs(runner) == {"exit-code": "1", "sarif": "true"}, done.stderr
    assert "file=a b/main.tf" in done.stdout
    assert body(runner).startswith("<!-- pipewarden -->\n## pipewarden: gate ❌ failed")
