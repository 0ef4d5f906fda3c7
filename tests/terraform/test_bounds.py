"""Work is bounded and counted, and where it ends is said; module calls use each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from linter.core.sources import Source
from linter.project.load import load_paths, load_texts
from linter.readers.terraform.evaluation import budget
from linter.readers.terraform.syntax.json_syntax import parse_json_file


def messages(texts: dict[str, str]) -> list[str]:
    return [problem.message for problem in load_texts(texts).problems]


def nested_json(levels: int) -> str:
    lines = ['  a0 = "\\"\\"\\"\\""']
    lines += [f"  a{n} = jsonencode(local.a{n - 1})" for n in range(1, levels)]
    last = f'resource "aws_s3_bucket" "b" {{ bucket = local.a{levels - 1} }}'
    return "locals {\n" + "\n".join(lines) + "\n}\n" + last


def test_text_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_TEXT", 2_000_000)
    found = load_texts({"main.tf": nested_json(40)}).problems
    (lost,) = [problem for problem in found if problem.lost]
    assert "characters of text and is not evaluated further" in lost.message
    assert lost.span.start_line > 10
    assert not load_texts({"main.tf": nested_json(8)}).problems


def test_templates_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_TEXT", 10_000)
    lines = ['  a0 = "xxxxxxxxxx"']
    lines += [f'  a{n} = "${{local.a{n - 1}}}${{local.a{n - 1}}}"' for n in range(1, 30)]
    text = "locals {\n" + "\n".join(lines) + "\n}\n"
    text += 'resource "aws_s3_bucket" "b" { bucket = local.a29 }'
    assert any(p.lost for p in load_texts({"main.tf": text}).problems)


def test_modules_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_MODULES", 50)
    names = ", ".join(f'"{n}"' for n in range(10))
    call = f'module "m" {{{{\n  source   = "{{}}"\n  for_each = toset([{names}])\n}}}}\n'
    texts = {
        "main.tf": call.format("./a"),
        "a/main.tf": call.format("./b"),
        "a/b/main.tf": 'resource "aws_s3_bucket" "b" { bucket = "x" }\n',
    }
    found = [problem for problem in load_texts(texts).problems if problem.lost]
    assert [p.message for p in found] == [
        "The configuration takes more than 50 instances of modules and is not evaluated further"
    ]
    monkeypatch.setattr(budget, "MAX_MODULES", 200)
    assert not load_texts(texts).problems


@pytest.mark.parametrize("kind", ["[]", "{}"])
def test_deep_json_is_read_in_time(kind: str) -> None:
    opening, closing = ("[", "]") if kind == "[]" else ('{"a":', "}")
    deep = opening * 450 + "1" + closing * 450
    many = ",".join([deep] * 40)
    text = f'{{"locals": {{"a": [{many}]}}}}'
    body, problems = parse_json_file(Source("main.tf.json", text))
    assert not problems
    node = body.blocks[0].body.attributes["a"].expression
    assert text[node.start : node.end] == f"[{many}]"
    for item in node.items[-1:]:
        assert text[item.start : item.end] == deep


CALLS = """\
module "x" {
  source = "./m"
  v      = module.y.%s
}
module "y" {
  source = "./m"
  v      = module.x.o
}
"""
CALLED = """\
variable "v" {}
output "o" { value = var.v }
output "fixed" { value = "f" }
resource "aws_s3_bucket" "b" { bucket = var.v }
"""


def test_modules_that_need_each_other_are_a_fault() -> None:
    found = messages({"main.tf": CALLS % "o", "m/main.tf": CALLED})
    assert [message for message in found if message.startswith("Cycle: ")]


def test_modules_that_only_use_each_other_are_none() -> None:
    project = load_texts({"main.tf": CALLS % "fixed", "m/main.tf": CALLED})
    assert not project.problems
    buckets = [d.value["bucket"] for d in project.documents if d.type == "aws_s3_bucket"]
    assert buckets == ["f", "f"]


def test_a_local_module_that_is_missing_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "x" { source = "./nowhere" }\n')
    (problem,) = load_paths(["."], working_directory=tmp_path).problems
    assert (problem.rule, problem.undecided) == ("SYN014", False)
    assert problem.message == "Unreadable module directory: ./nowhere has no Terraform files"
    (tmp_path / "main.tf").write_text('module "x" { source = "../nowhere" }\n')
    (problem,) = load_paths(["."], working_directory=tmp_path).problems
    assert problem.rule == "SYN015"  # what lies outside of the scanned tree is not known


def test_an_unreadable_file_of_a_module_is_named(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "root" / "main.tf").write_text('module "x" { source = "../m" }\n')
    (tmp_path / "m" / "main.tf").write_bytes(b"# caf\xe9\n")
    project = load_paths(["root/main.tf"], working_directory=tmp_path)
    assert any(p.lost and p.span.path == "m/main.tf" for p in project.problems)
