"""The pre-commit hook, run by pre-commit itself in a repository made here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.e2e.running import COMMAND

ROOT = Path(__file__).parent.parent.parent
BAD = """\
resource "aws_iam_policy" "everything" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sagemaker:*", Resource = "*" }]
  })
}
"""
GOOD = """\
resource "aws_iam_policy" "some" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect = "Allow", Action = "sagemaker:DescribeModel"
      Resource = "arn:aws:sagemaker:*:*:model/m"
    }]
  })
}
"""


def run(directory: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {
        "PRE_COMMIT_HOME": str(directory.parent / "pre-commit"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose hook is ours, with the installed command in place of a new environment."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    repo = tmp_path / "repo"
    repo.mkdir()
    run(repo, "git", "init", "-q")
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    hook = next(hook for hook in hooks if hook["id"] == "pipewarden")
    own = {**hook, "language": "system", "entry": f"{COMMAND}{hook['entry'][len('pipewarden') :]}"}
    config = {"repos": [{"repo": "local", "hooks": [{**own, "verbose": True}]}]}
    (repo / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    return repo


def commit_hook(repo: Path) -> subprocess.CompletedProcess[str]:
    run(repo, "git", "add", "-A")
    return run(repo, sys.executable, "-m", "pre_commit", "run")


def test_a_bad_template_fails_and_a_good_one_passes(repository: Path) -> None:
    (repository / "main.tf").write_text(BAD)
    ran = commit_hook(repository)
    assert ran.returncode == 1, ran.stdout
    assert "IAM002" in ran.stdout
    (repository / "main.tf").write_text(GOOD)
    ran = commit_hook(repository)
    assert ran.returncode == 0, ran.stdout
    assert "Gate passed." in ran.stdout


def test_files_of_others_do_not_fail_the_hook(repository: Path) -> None:
    (repository / "package.json").write_text('{"name": "x"}')
    (repository / "ci.yml").write_text("on: push\n")
    ran = commit_hook(repository)
    assert ran.returncode == 0, ran.stdout


def test_a_module_is_scanned_once_and_whole_when_ten_of_its_files_change(repository: Path) -> None:
    (repository / "role.tf").write_text(BAD.replace('"sagemaker:*"', "local.actions"))
    (repository / "locals.tf").write_text('locals {\n  actions = "sagemaker:*"\n}\n')
    run(repository, "git", "add", "-A")
    run(repository, "git", "commit", "-qm", "start")
    for number in range(10):
        (repository / f"v{number}.tf").write_text(f'variable "v{number}" {{}}\n')
    ran = commit_hook(repository)
    assert ran.returncode == 1, ran.stdout
    assert ran.stdout.count("IAM002 statement") == 1
    assert "in 12 files" in ran.stdout


def test_a_change_to_a_module_is_checked_where_it_is_called(repository: Path) -> None:
    module = repository / "modules" / "policy"
    module.mkdir(parents=True)
    (module / "main.tf").write_text(
        'variable "action" {}\n' + BAD.replace('"sagemaker:*"', "var.action")
    )
    live = repository / "live"
    live.mkdir()
    (live / "main.tf").write_text(
        'module "policy" {\n  source = "../modules/policy"\n  action = "sagemaker:*"\n}\n'
    )
    run(repository, "git", "add", "-A")
    run(repository, "git", "commit", "-qm", "start")
    with (module / "main.tf").open("a") as file:
        file.write("# changed\n")
    ran = commit_hook(repository)
    assert ran.returncode == 1, ran.stdout
    assert "module.policy" in ran.stdout or "IAM002" in ran.stdout


def test_the_fixing_hook_fails_when_it_changed_something_and_then_passes(repository: Path) -> None:
    definition = (
        '{"Version": "2020-12-01", "Steps": [{"Name": "L", "Type": "Lambda", "FunctionArn": "f",'
        ' "CacheConfig": {"Enabled": true}, "Arguments": {}}]}\n'
    )
    (repository / "p.json").write_text(definition)
    command = [str(COMMAND), "fix", "--hook", "p.json"]
    assert run(repository, *command).returncode == 1
    assert "CacheConfig" not in (repository / "p.json").read_text()
    assert run(repository, *command).returncode == 0


def test_a_template_that_changes_is_checked_where_it_is_read(repository: Path) -> None:
    """Only the policy is staged; the role that has it is in a file that did not change."""
    (repository / "infra" / "policies").mkdir(parents=True)
    (repository / "infra" / "main.tf").write_text(
        'resource "aws_iam_policy" "p" {\n'
        '  policy = templatefile("${path.module}/policies/jobs.json.tftpl", { bucket = "b" })\n'
        "}\n"
    )
    policy = repository / "infra" / "policies" / "jobs.json.tftpl"
    text = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",\n'
        ' "Action": ACTION, "Resource": "arn:aws:s3:::${bucket}/*"}]}\n'
    )
    policy.write_text(text.replace("ACTION", '"s3:GetObject"'))
    assert commit_hook(repository).returncode == 0
    run(repository, "git", "commit", "-qm", "start", "--no-verify")
    policy.write_text(text.replace("ACTION", '"s3:*"'))

    ran = commit_hook(repository)

    assert ran.returncode == 1, ran.stdout
    assert "IAM004" in ran.stdout
    assert "infra/policies/jobs.json.tftpl" in ran.stdout


def test_a_file_that_nobody_reads_is_passed_over(repository: Path) -> None:
    (repository / "main.tf").write_text(BAD)
    run(repository, "git", "add", "-A")
    run(repository, "git", "commit", "-qm", "start", "--no-verify")
    (repository / "notes.json").write_text('{"a": 1}\n')
    assert commit_hook(repository).returncode == 0
