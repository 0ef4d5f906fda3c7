"""Which roots a folder has, and that each is read as ``check`` reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from linter.fleet.split import RootPaths, content_digest, roots_in
from tests.fleet.fleets import TERRAFORM, definition, write

PIPELINE = """
from sagemaker.workflow.pipeline import Pipeline
pipeline = Pipeline(name="p", steps=[])
"""
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  B: {Type: "AWS::S3::Bucket"}
"""
NESTED = (
    TEMPLATE
    + """  N:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: inner.yaml}
"""
)
SNAPSHOT = {"PipewardenSnapshot": 1, "Type": "AWS::IAM::Role", "Properties": {}, "Observed": {}}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def named(roots: list[RootPaths]) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {root.path: (root.kind, root.paths) for root in roots}


def test_what_terraform_reads_is_read_with_it(here: Path) -> None:
    write(here / "infra" / "main.tf", TERRAFORM)
    write(here / "infra" / "more.tf", 'module "m" {\n  source = "../modules/m"\n}\n')
    write(here / "infra" / "definition.json", definition("a"))
    write(here / "modules" / "m" / "main.tf", 'locals { d = file("${path.module}/inner.json") }')
    write(here / "modules" / "m" / "inner.json", definition("b"))
    write(here / "other" / "definition.json", definition("c"))
    assert named(roots_in()) == {
        "infra": (
            "terraform",
            ("infra/main.tf", "infra/definition.json", "modules/m/inner.json"),
        ),
        "other/definition.json": ("definition", ("other/definition.json",)),
    }


def test_files_of_a_loop_are_read_with_their_module(here: Path) -> None:
    write(
        here / "main.tf",
        'locals { all = { for f in fileset(path.module, "defs/*.json") : f => file(f) } }',
    )
    for name in "ab":
        write(here / "defs" / f"{name}.json", definition(name))
    assert named(roots_in()) == {
        ".": ("terraform", ("main.tf", "defs/a.json", "defs/b.json")),
    }


def test_templates_scripts_plans_and_policies(here: Path) -> None:
    write(here / "cfn" / "outer.yaml", NESTED)
    write(here / "cfn" / "inner.yaml", TEMPLATE)
    write(here / "alone" / "stack.yaml", TEMPLATE)
    write(here / "py" / "pipeline.py", PIPELINE)
    write(here / "py" / "run.py", "import sagemaker\nfrom pipeline import pipeline\n")
    write(here / "plan.json", '{"format_version": "1.2", "resource_changes": []}')
    write(here / "policy.json", '{"Version": "2012-10-17", "Statement": []}')
    write(here / "package.json", '{"name": "none of ours"}')
    assert named(roots_in()) == {
        "cfn/outer.yaml": ("cloudformation", ("cfn/outer.yaml", "cfn/inner.yaml")),
        "alone/stack.yaml": ("cloudformation", ("alone/stack.yaml",)),
        "py": ("python", ("py",)),
        "plan.json": ("plan", ("plan.json",)),
        "policy.json": ("policy", ("policy.json",)),
    }


def test_an_account_of_a_snapshot_is_one_root(here: Path) -> None:
    for account in ("111122223333", "444455556666"):
        for number in range(3):
            write(here / account / "eu-west-1" / "roles" / f"{number}.json", SNAPSHOT)
    write(here / "manifest.json", {"PipewardenSnapshot": 1})
    found = roots_in()
    assert [(root.kind, root.path, root.files) for root in found] == [
        ("snapshot", "111122223333", 3),
        ("snapshot", "444455556666", 3),
    ]


def test_modules_that_call_each_other_are_all_roots(here: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        write(here / one / "main.tf", f'module "m" {{\n  source = "../{other}"\n}}\n')
    assert sorted(named(roots_in())) == ["a", "b"]


def test_the_digest_tells_contents_names_and_configurations(here: Path) -> None:
    seen = set()
    write(here / "a.txt", "a")
    seen.add(content_digest())
    write(here / "a.txt", "b")
    seen.add(content_digest())
    (here / "a.txt").rename(here / "b.txt")
    seen.add(content_digest())
    assert len(seen) == 3
    write(here / ".git" / "index", "x")
    assert content_digest() in seen


def test_a_configuration_above_counts(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "inner" / "a.txt", "a")
    monkeypatch.chdir(here / "inner")
    before = content_digest()
    write(here / "pipewarden.toml", "fail_on = 'high'")
    assert content_digest() != before
