"""In a walk what is ours and is not read is named; what is nobody's business is not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from linter.project.load import load_paths

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*"}]}
TEMPLATE = b"Resources:\n  B:\n    Type: AWS::S3::Bucket\n"
STATE = {"version": 4, "lineage": "x", "serial": 1, "resources": [], "terraform_version": "1"}
LATIN = b"# caf\xe9\n"


def lost(tmp_path: Path) -> list[str]:
    project = load_paths(["."], working_directory=tmp_path)
    return sorted(problem.span.path for problem in project.problems if problem.lost)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("policy.json", json.dumps(POLICY).encode().replace(b"Allow", b"Allow\xe9")),
        ("t.yaml", LATIN + TEMPLATE),
        ("t.template", LATIN + TEMPLATE),
        ("x.tf", LATIN),
        ("x.tfvars", LATIN),
        ("x.tf.json", b'{"a": "\xe9"}'),
        ("u.json", json.dumps(POLICY).encode("utf-16-le")),
        ("state.json", json.dumps(STATE).encode()),
        ("text.json", b'{"Version": "2012-10-17", "Statement": "x"}'),
        ("items.json", b'{"Version": "2012-10-17", "Statement": ["x"]}'),
        ("deep.json", json.dumps({"a": {"b": {"c": {"d": {"e": [POLICY]}}}}}).encode()),
        ("broken.json", json.dumps(POLICY).encode()[:-1]),
    ],
)
def test_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "main.tf").write_text("")
    (tmp_path / name).write_bytes(content)
    assert lost(tmp_path) == [name]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("package.json", b'{"name": "caf\xe9"}'),
        ("values.yaml", b"name: caf\xe9\n"),
        ("k8s.yaml", b"kind: Deployment\nresources:\n  limits: 1\n"),
        ("data.json", b'[{"Statement": 1, "Version": "2"}]'),
        ("binary.json", bytes(range(256))),
        ("empty.json", b""),
        ("list.json", json.dumps([POLICY, POLICY]).encode()),
        ("wrapped.json", json.dumps({"p": {"policy": POLICY}}).encode()),
        ("quoted.yaml", b'"Resources":\n  B:\n    Type: AWS::S3::Bucket\n'),
        ("single.yaml", b"'Resources':\n  B:\n    Type: AWS::S3::Bucket\n"),
        ("flow.yaml", b'{Resources: {B: {Type: "AWS::S3::Bucket"}}}\n'),
    ],
)
def test_not_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "main.tf").write_text("")
    (tmp_path / name).write_bytes(content)
    assert lost(tmp_path) == []


@pytest.mark.parametrize("name", ["quoted.yaml", "single.yaml", "flow.yaml"])
def test_templates_of_every_form_are_read(tmp_path: Path, name: str) -> None:
    content = {
        "quoted.yaml": '"Resources":\n  B:\n    Type: AWS::S3::Bucket\n',
        "single.yaml": "'Resources':\n  B:\n    Type: AWS::S3::Bucket\n",
        "flow.yaml": '{Resources: {B: {Type: "AWS::S3::Bucket"}}}\n',
    }[name]
    (tmp_path / name).write_text(content)
    project = load_paths(["."], working_directory=tmp_path)
    assert [document.type for document in project.documents] == ["AWS::S3::Bucket"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_special_files_do_not_block(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("")
    (tmp_path / "a").mkdir()
    for name in ("x.tf", "a/x.json", ".gitignore", "a/.gitignore"):
        os.mkfifo(tmp_path / name)
    assert lost(tmp_path) == ["a/x.json", "x.tf"]
    for name in (".gitignore", "a/.gitignore"):
        (tmp_path / name).unlink()
        (tmp_path / name).symlink_to("/dev/zero")
    assert lost(tmp_path) == ["a/x.json", "x.tf"]


def test_ignore_patterns_take_linear_time(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*a" * 60 + "b\n" + "**/a/" * 30 + "b\n")
    (tmp_path / ("a" * 200)).mkdir()
    for number in range(20):
        (tmp_path / f"{'a' * 200}{number}.tf").write_text("")
    assert load_paths(["."], working_directory=tmp_path).files == 20
