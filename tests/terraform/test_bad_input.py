"""Configurations that are wrong, hostile or huge: a problem at the place, and bounded work."""

from __future__ import annotations

from pathlib import Path

import pytest

from linter.core.documents import ReadResult
from linter.core.values import Template, Unknown
from tests.terraform.reading import document, read, read_folder


def problems(result: ReadResult) -> list[tuple[str, int, int, str]]:
    return [(p.rule, p.span.start_line, p.span.start_column, p.message) for p in result.problems]


@pytest.mark.parametrize(
    ("expression", "column", "message"),
    [
        ("upper([1])", 28, 'Invalid value for "str" parameter: string required'),
        ("length(5)", 22, "argument must be a string, a collection type, or a structural type"),
        ("[1, 2][5]", 22, "the given index is greater than or equal to the length"),
        ('{ a = 1 }["b"]', 22, "The given key does not identify an element"),
        ("{ a = 1 }.c", 22, 'This object does not have an attribute named "c"'),
        ('file("nowhere.txt")', 22, "no file exists at 'nowhere.txt'"),
        ("range(0, 100000000)", 22, "more than 1024 values were generated"),
        ('format("%1000000000d", 1)', 29, "the width or precision is too large"),
        ("[for i in range(9000000): i]", 32, "more than 1024 values were generated"),
    ],
)
def test_an_error_is_named_where_it_is(expression: str, column: int, message: str) -> None:
    result = read(f'output "o" {{ value = {expression} }}\n')
    [(rule, line, at, said)] = problems(result)
    assert (rule, line, at) == ("SYN014", 1, column)
    assert message in said
    if not expression.startswith("[for"):
        assert isinstance(document(result, "output.o").value, Unknown)


def test_a_cycle_among_locals_is_one_problem_that_names_it() -> None:
    result = read('locals {\n  a = local.b\n  b = local.a\n}\noutput "o" { value = local.a }\n')
    assert problems(result) == [("SYN014", 2, 3, "Cycle: local.a → local.b → local.a")]
    assert isinstance(document(result, "output.o").value, Unknown)


def test_a_module_that_calls_itself_is_named_and_unknown(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'module "m" {\n  source = "./m"\n}\noutput "o" { value = module.m.x }\n'
    )
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text(
        'module "self" {\n  source = "../m"\n}\noutput "x" { value = module.self.x }\n'
    )
    result = read_folder(tmp_path)
    assert problems(result) == [("SYN014", 1, 1, "Module cycle: module.self calls itself")]
    assert isinstance(document(result, "output.o").value, Unknown)


def test_references_ten_thousand_levels_deep_end_in_a_problem() -> None:
    chain = "\n".join(f"  a{i} = local.a{i + 1}" for i in range(10_000))
    result = read(f'locals {{\n{chain}\n  a10000 = 1\n}}\noutput "o" {{ value = local.a0 }}\n')
    [(rule, line, _, message)] = problems(result)
    assert (rule, line) == ("SYN014", 151)
    assert "150 levels deep" in message
    assert isinstance(document(result, "output.o").value, Unknown)


def test_text_that_doubles_sixty_times_is_given_up() -> None:
    doubling = "\n".join(f'  b{i + 1} = "${{local.b{i}}}${{local.b{i}}}"' for i in range(60))
    result = read(f'locals {{\n  b0 = "text"\n{doubling}\n}}\noutput "o" {{ value = local.b60 }}\n')
    assert "longer than 10,000,000 characters" in problems(result)[0][3]


def test_an_unknown_that_doubles_sixty_times_stays_small() -> None:
    doubling = "\n".join(f'  b{i + 1} = "${{local.b{i}}}-${{local.b{i}}}"' for i in range(60))
    result = read(
        f'variable "v" {{}}\nlocals {{\n  b0 = "x${{var.v}}"\n{doubling}\n}}\n'
        'output "o" { value = local.b60 }\n'
    )
    value = document(result, "output.o").value
    assert isinstance(value, Template)
    assert len(value.parts) < 5_000
    assert value.prefix == "x"


def test_lists_that_double_sixty_times_are_given_up() -> None:
    doubling = "\n".join(f"  b{i + 1} = [local.b{i}, local.b{i}]" for i in range(60))
    result = read(
        f'locals {{\n  b0 = ["x"]\n{doubling}\n}}\n'
        'resource "aws_iam_policy" "p" { policy = jsonencode(local.b60) }\n'
    )
    assert "the result would be longer than" in problems(result)[0][3]


def test_a_pattern_that_backtracks_elsewhere_is_linear_here() -> None:
    result = read('output "o" { value = regex("^(a+)+$", "' + "a" * 60 + '!") }\n')
    assert "pattern did not match" in problems(result)[0][3]


def test_a_huge_count_is_one_instance_that_stands_for_all() -> None:
    result = read('resource "aws_iam_role" "r" {\n  count = 100000000\n  name  = "r"\n}\n')
    assert len(result.documents) == 1


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree to scan, beside something secret."""
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("hidden")
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")
    with (inside / "large.bin").open("wb") as file:
        file.truncate(1 << 30)
    return inside


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ('file("../secret.txt")', "../secret.txt is outside the scanned tree and is not read"),
        ('file("/etc/hostname")', "/etc/hostname is outside the scanned tree and is not read"),
        ('file("/dev/zero")', "/dev/zero is outside the scanned tree and is not read"),
        ('file("link.txt")', "link.txt is outside the scanned tree and is not read"),
        ('templatefile("../secret.txt", {})', "../secret.txt is outside the scanned tree"),
        ('filebase64("../secret.txt")', "what ../secret.txt holds when Terraform runs"),
        ('file("large.bin")', "large.bin is larger than 10 MB and is not read"),
    ],
)
def test_files_that_are_not_read(tree: Path, expression: str, message: str) -> None:
    (tree / "main.tf").write_text(f'output "o" {{ value = {expression} }}\n')
    result = read_folder(tree)
    assert problems(result) == []
    found = document(result, "output.o").value
    assert isinstance(found, Unknown)
    assert message in found.reason
    assert "hidden" not in repr(found)


def test_a_directory_is_no_file(tree: Path) -> None:
    (tree / "main.tf").write_text('output "o" { value = file("sub") }\n')
    [(rule, _, _, said)] = problems(read_folder(tree))
    assert rule == "SYN014"
    assert "sub is not a regular file" in said


@pytest.mark.parametrize(
    "expression", ["pow(10, 100000000)", "1 / 0", "log(0, 2)", "try(1 / 0, 5)"]
)
def test_infinity_is_not_computed_with(expression: str) -> None:
    result = read(f'output "o" {{ value = {expression} }}\n')
    assert problems(result) == []
    assert "infinite" in document(result, "output.o").value.reason


def test_listing_and_probing_outside_tells_nothing(tree: Path) -> None:
    (tree / "main.tf").write_text(
        'output "list" { value = fileset("..", "**") }\n'
        'output "there" { value = fileexists("../secret.txt") }\n'
        'module "up" { source = "../../elsewhere" }\n'
        'output "up" { value = module.up.x }\n'
    )
    result = read_folder(tree)
    for name in ("list", "there", "up"):
        assert isinstance(document(result, f"output.{name}").value, Unknown), name


def test_a_module_from_a_registry_is_named_once_and_unknown() -> None:
    result = read(
        'module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n'
        'output "a" { value = module.vpc.id }\noutput "b" { value = module.vpc.arn }\n'
    )
    [(rule, line, _, message)] = problems(result)
    assert (rule, line) == ("SYN015", 2)
    assert "terraform-aws-modules/vpc/aws" in message
    value = document(result, "output.a").value
    assert isinstance(value, Unknown)
    assert value.references == ("module.vpc.id",)


def test_a_registry_module_that_init_has_fetched_is_read(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n'
        'output "a" { value = module.vpc.id }\n'
    )
    fetched = tmp_path / ".terraform" / "modules" / "vpc"
    fetched.mkdir(parents=True)
    (fetched / "main.tf").write_text('output "id" { value = "vpc-1" }\n')
    (fetched.parent / "modules.json").write_text(
        '{"Modules": [{"Key": "", "Source": "", "Dir": "."}, '
        '{"Key": "vpc", "Source": "registry.terraform.io/terraform-aws-modules/vpc/aws", '
        '"Dir": ".terraform/modules/vpc"}]}'
    )
    result = read_folder(tmp_path)
    assert problems(result) == []
    assert document(result, "output.a").value == "vpc-1"
