"""``pipewarden diff`` on repositories with a history, made here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.running import INPUTS, pipewarden

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(directory: Path, *arguments: str) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull}
    names = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(
        ["git", *names, *arguments], cwd=directory, env=environment, check=True, capture_output=True
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    repo = tmp_path / "repo"
    shutil.copytree(INPUTS / "broken", repo / "infra")
    shutil.copytree(INPUTS / "mixed" / "pipelines", repo / "pipelines")
    git(repo.parent, "init", "-q", "repo")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "start")
    return repo


def edit(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def compared(repo: Path, *arguments: str) -> dict[str, object]:
    ran = pipewarden("diff", *arguments, "--format", "json", cwd=repo)
    assert ran.code in (0, 1), ran.err
    return json.loads(ran.out)  # type: ignore[no-any-return]


def rules(found: object) -> list[str]:
    assert isinstance(found, list)
    return sorted(item["rule"] for item in found)


def test_each_change_gives_exactly_its_lines(repository: Path) -> None:
    edit(
        repository / "pipelines" / "train.json",
        ('"ml.m5.2xlarge"', '"ml.m5.4xlarge"'),
        ('"OutputDataConfig"', '"EnableManagedSpotTraining": true, "OutputDataConfig"'),
        (
            '{"MaxRuntimeInSeconds": 7200}',
            '{"MaxRuntimeInSeconds": 7200, "MaxWaitTimeInSeconds": 7200}',
        ),
    )
    edit(repository / "infra" / "main.tf", ('"s3:*"', '"s3:GetObject"'))
    found = compared(repository, "HEAD")
    assert rules(found["new"]) == ["COST002"]
    assert rules(found["fixed"]) == ["COST001", "IAM004"]
    [pipeline] = found["pipelines"]  # type: ignore[misc]
    [step] = pipeline["steps"]
    assert step["name"] == "Train"
    assert step["reasons"][:2] == ["instance ml.m5.2xlarge → ml.m5.4xlarge", "Spot on"]


def test_a_step_that_is_added_and_one_that_is_removed_are_named(repository: Path) -> None:
    edit(repository / "infra" / "main.tf", ('Name = "Prepare"', 'Name = "Clean"'))
    [pipeline] = compared(repository, "HEAD")["pipelines"]  # type: ignore[misc]
    steps = {step["name"]: step["reasons"] for step in pipeline["steps"]}
    assert steps == {"Prepare": ["removed"], "Clean": ["added"]}


def test_renamed_files_keep_their_findings(repository: Path) -> None:
    git(repository, "mv", "infra/main.tf", "infra/pipeline.tf")
    found = compared(repository, "HEAD")
    assert (found["new"], found["fixed"]) == ([], [])
    assert found["unchanged"] != 0


def test_two_revisions_without_touching_the_work_tree(repository: Path) -> None:
    edit(repository / "infra" / "main.tf", ('"sagemaker:*"', '"sagemaker:ListModels"'))
    git(repository, "commit", "-qam", "smaller")
    edit(repository / "infra" / "main.tf", ('"s3:*"', '"s3:GetObject"'))
    before = (repository / "infra" / "main.tf").read_text()
    found = compared(repository, "HEAD~1", "HEAD")
    assert "IAM003" in rules(found["fixed"])
    assert "IAM004" not in rules(found["fixed"])
    assert (repository / "infra" / "main.tf").read_text() == before


def test_from_a_directory_below_the_root_and_for_paths(repository: Path) -> None:
    edit(repository / "infra" / "main.tf", ('"s3:*"', '"s3:GetObject"'))
    below = pipewarden("diff", "HEAD", cwd=repository / "infra")
    assert "IAM004 main.tf" in below.out
    only = pipewarden("diff", "HEAD", "pipelines", cwd=repository)
    assert "0 new, 0 fixed" in only.out


def test_two_directories(tmp_path: Path) -> None:
    shutil.copytree(INPUTS / "broken", tmp_path / "old")
    shutil.copytree(INPUTS / "broken", tmp_path / "new")
    edit(tmp_path / "new" / "main.tf", ('"s3:*"', '"s3:GetObject"'))
    found = compared(tmp_path, "old", "new")
    assert rules(found["fixed"]) == ["IAM004"]
    assert found["new"] == []


def test_two_saved_results(tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(INPUTS / "broken", work)

    def save(name: str) -> None:
        ran = pipewarden("check", ".", "--output", f"json:{tmp_path / name}", cwd=work)
        assert ran.code in (0, 1, 3), ran.err

    save("before.json")
    edit(work / "main.tf", ('"s3:*"', '"s3:GetObject"'))
    save("after.json")
    ran = pipewarden("diff", "before.json", "after.json", "--format", "json", cwd=tmp_path)
    found = json.loads(ran.out)
    assert (rules(found["new"]), rules(found["fixed"])) == ([], ["IAM004"])
    assert found["unchanged"] > 0
    assert found["per_month_usd"]["before"] is None
    back = pipewarden("diff", "after.json", "before.json", cwd=tmp_path)
    assert "+ medium   IAM004 main.tf" in back.out
    assert "Costs were not compared." in back.out
    assert "1 finding at or above medium" in back.out
    assert pipewarden("diff", "after.json", "before.json", ".", cwd=tmp_path).code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"findings": [', "not whole JSON"),
        ("[" * 100_000, "not whole JSON"),
        ('{"pipelines": []}', "it has no findings"),
        ('{"schema_version": "2.0", "findings": []}', "schema_version is '2.0'"),
        ('{"schema_version": "1.0", "findings": [{}]}', "not a whole result"),
    ],
)
def test_a_damaged_result_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.json").write_text(text)
    ran = pipewarden("diff", "a.json", "a.json", cwd=tmp_path)
    assert ran.code == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_protection_that_the_cache_ignores_is_seen_only_between_two_versions(
    tmp_path: Path,
) -> None:
    step = {
        "Name": "T",
        "Type": "Training",
        "CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"},
        "Arguments": {"HyperParameters": {"depth": "3"}},
    }
    for side in ("old", "new"):
        (tmp_path / side).mkdir()
        text = json.dumps({"Version": "2020-12-01", "Steps": [step]})
        (tmp_path / side / "p.json").write_text(text)
        step["Arguments"] = {
            "HyperParameters": {"depth": "3"},
            "VpcConfig": {"Subnets": ["s"], "SecurityGroupIds": ["g"]},
        }
    assert "CACHE009" in rules(compared(tmp_path, "old", "new")["new"])
    assert "CACHE009" not in pipewarden("check", "new", cwd=tmp_path).out


def test_markdown_fits_and_carries_its_marker(repository: Path) -> None:
    edit(repository / "infra" / "main.tf", ('"s3:*"', '"s3:*", "iam:*"'))
    ran = pipewarden("diff", "HEAD", "--format", "markdown", cwd=repository)
    assert ran.code == 1
    assert ran.out.startswith("<!-- pipewarden diff -->\n")
    assert "IAM012" in ran.out
    assert len(ran.out.encode()) < 65_536


def test_an_increase_over_budget_fails(repository: Path) -> None:
    (repository / "pipewarden.toml").write_text("[budgets]\nincrease-percent = 10\n")
    edit(repository / "pipelines" / "train.json", ('"ml.m5.2xlarge"', '"ml.m5.12xlarge"'))
    ran = pipewarden("diff", "HEAD", "--fail-on", "never", cwd=repository)
    assert ran.code == 1
    assert "budget exceeded" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "Error: there is no revision 'nowhere'\n"),
        (("--", "-n"), "Error: '-n' is not a git revision\n"),
        (("HEAD", "HEAD", "../elsewhere"), "is outside the repository"),
    ],
)
def test_bad_input_is_one_line(repository: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = pipewarden("diff", *arguments, cwd=repository)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_submodule_is_named_and_on_no_side(repository: Path) -> None:
    inner = repository.parent / "inner"
    shutil.copytree(INPUTS / "broken", inner)
    git(inner.parent, "init", "-q", "inner")
    git(inner, "add", "-A")
    git(inner, "commit", "-qm", "start")
    allowed = ("-c", "protocol.file.allow=always")
    git(repository, *allowed, "submodule", "add", "-q", str(inner), "vendor/in ner")
    added = pipewarden("diff", "HEAD", cwd=repository)
    assert "0 new, 0 fixed" in added.out
    git(repository, "commit", "-qam", "submodule")
    for directory in (repository, repository / "vendor"):
        ran = pipewarden("diff", "HEAD", cwd=directory)
        assert "0 new, 0 fixed" in ran.out
        assert ran.err.startswith("vendor/in ner: a submodule; not compared\n")


def test_outside_a_repository_and_without_commits(tmp_path: Path) -> None:
    ran = pipewarden("diff", "HEAD", cwd=tmp_path)
    assert (ran.code, "is not in a git repository" in ran.err) == (2, True)
    git(tmp_path, "init", "-q")
    ran = pipewarden("diff", "HEAD", cwd=tmp_path)
    assert (ran.code, "the repository has no commits" in ran.err) == (2, True)


def test_what_could_not_be_read_is_named_on_both_sides(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder, name in ((before, "old.tf"), (after, "new.tf")):
        folder.mkdir()
        (folder / name).write_text('resource "aws_s3_bucket" "b" {\n  bucket =\n}\n')

    text = pipewarden("diff", "before", "after", cwd=tmp_path)
    assert text.code == 3
    assert "1 place could not be read before the change: what is new may not be:\n" in text.out
    assert "\n  old.tf:2:11 Invalid expression" in text.out
    assert "1 place cannot be read now: what is fixed may not be:\n  new.tf:2:11" in text.out
    markdown = pipewarden("diff", "before", "after", "--format", "markdown", cwd=tmp_path)
    assert "could not be read before the change" in markdown.out
    found = json.loads(pipewarden("diff", "before", "after", "--format", "json", cwd=tmp_path).out)[
        "unread"
    ]
    assert [item["path"] for item in found["before"]] == ["old.tf"]
    assert [item["path"] for item in found["after"]] == ["new.tf"]


def test_paths_that_are_nowhere_and_trees_without_anything_are_not_passed(
    repository: Path,
) -> None:
    missing = pipewarden("diff", "HEAD", ".", "nowhere", cwd=repository)
    assert missing.code == 3
    assert "nowhere" in missing.out
    git(repository, "rm", "-rq", "pipelines")
    removed = pipewarden("diff", "HEAD", ".", "pipelines", cwd=repository)
    assert removed.code == 0, removed.out
    (repository / "empty").mkdir()
    (repository / "empty" / "README.md").write_text("words")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "words")
    nothing = pipewarden("diff", "HEAD", "--", "./empty", cwd=repository)
    assert nothing.code == 3
    assert "nothing was found to scan" in nothing.out


SPOT = ('"OutputDataConfig"', '"EnableManagedSpotTraining": true, "OutputDataConfig"')


def test_several_outputs_at_once(repository: Path, tmp_path: Path) -> None:
    edit(repository / "pipelines" / "train.json", SPOT)
    outputs = ("--output", f"sarif:{tmp_path}/all.sarif", "--output", f"json:{tmp_path}/d.json")
    ran = pipewarden("diff", "HEAD", *outputs, "--output", "github", cwd=repository)
    log = json.loads((tmp_path / "all.sarif").read_text())
    new = json.loads((tmp_path / "d.json").read_text())["new"]
    whole = {result["ruleId"] for result in log["runs"][0]["results"]}
    assert set(rules(new)) < whole
    assert ran.out.count("::") == 2 * len(new)
    assert "pipewarden: the gate" in ran.out
    wrong = pipewarden("diff", "HEAD", "--output", "junit:x.xml", cwd=repository)
    assert wrong.code == 2
    unwritable = pipewarden("diff", "HEAD", "--output", "json:no/such/d.json", cwd=repository)
    assert unwritable.code == 2
    assert "no/such/d.json" in unwritable.err


def test_saved_results_have_no_text_to_annotate(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        ran = pipewarden("check", str(INPUTS / "broken"), "--format", "json", cwd=tmp_path)
        (tmp_path / name).write_text(ran.out)
    ran = pipewarden("diff", "a.json", "b.json", "--format", "sarif", cwd=tmp_path)
    assert ran.code == 2
    assert "saved results" in ran.err


def test_changed_since_takes_all_arguments_for_paths(repository: Path) -> None:
    git(repository, "branch", "infra")
    edit(repository / "pipelines" / "train.json", SPOT)
    found = compared(repository, "--changed-since", "HEAD", "infra", "pipelines")
    assert found["new"] != []
    only = compared(repository, "--changed-since", "HEAD", "infra")
    assert only["new"] == []
    assert pipewarden("diff", cwd=repository).code == 2
    unknown = pipewarden("diff", "--changed-since", "infra/main.tf", cwd=repository)
    assert unknown.code == 2
