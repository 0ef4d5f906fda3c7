"""The walk gives what Terraform and OpenTofu load: no more and no less."""

from __future__ import annotations

from pathlib import Path

from linter.discovery.walk import discover
from linter.project.load import load_paths


def _found(folder: Path) -> set[str]:
    return {file.path for file in discover([str(folder)], working_directory=folder).files}


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x = 1\n", "utf-8")


def test_hidden_files_and_backups_are_passed_over(tmp_path: Path) -> None:
    _write(tmp_path, ".main.tf", ".x.tf.json", ".y.tofu", "main.tf~", "#main.tf#", ".#main.tf")
    _write(tmp_path, "main.tf", "more.tofu", "json.tofu.json")
    assert _found(tmp_path) == {"main.tf", "more.tofu", "json.tofu.json"}


def test_values_that_terraform_loads_are_read_although_git_ignores_them(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.tfvars\n*.json\nold/\nsecret.tf\n", "utf-8")
    loaded = {"terraform.tfvars", "terraform.tfvars.json", "a.auto.tfvars", "m/b.auto.tfvars.json"}
    _write(tmp_path, *loaded, "main.tf", "dev.tfvars", "other.json", "secret.tf")
    _write(tmp_path, "old/terraform.tfvars")
    assert _found(tmp_path) == {*loaded, "main.tf"}


def test_utf16_is_read_and_reported(tmp_path: Path) -> None:
    text = 'output "a" { value = 1 }\n'
    (tmp_path / "main.tf").write_bytes(text.encode("utf-16"))
    (tmp_path / "good.tf").write_bytes(b"\xef\xbb\xbf" + text.replace('"a"', '"b"').encode())
    project = load_paths(["."], working_directory=tmp_path)
    assert {document.address for document in project.documents} == {"output.a", "output.b"}
    (problem,) = project.problems
    assert (problem.rule, problem.span.path, problem.lost) == ("SYN013", "main.tf", False)
