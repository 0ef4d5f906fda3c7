"""Values from the command line and the environment: which wins, and where they are placed."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.testing import CliRunner

from linter.cli.options import given_order, reading_options, variable_pairs
from linter.project.load import LoadOptions, load_paths
from tests.terraform.reading import document, read

_TEXT = """\
variable "other" { default = 1 }
variable "net" { default = "Disabled" }
variable "list" {
  type    = list(string)
  default = []
}
output "net" { value = var.net }
output "list" { value = var.list }
"""


def _options(arguments: list[str]) -> LoadOptions:
    found: list[LoadOptions] = []

    @click.command()
    @reading_options
    def command(
        variables: tuple[str, ...], variable_files: tuple[str, ...], **_others: object
    ) -> None:
        found.append(
            LoadOptions(
                variables=variable_pairs("--var", variables),
                variable_files=variable_files,
                order=given_order(),
                environment=os.environ,
            )
        )

    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return found[0]


def _net(folder: Path, arguments: list[str]) -> object:
    (folder / "main.tf").write_text(_TEXT, "utf-8")
    (folder / "a.tfvars").write_text('net = "from a"\n', "utf-8")
    options = _options(arguments)
    project = load_paths(["."], options, working_directory=folder)
    return next(d.value for d in project.documents if d.address == "output.net")


def test_the_later_option_wins(tmp_path: Path) -> None:
    file = ["--var-file", str(tmp_path / "a.tfvars")]
    (tmp_path / "a.tfvars").write_text("", "utf-8")
    assert _net(tmp_path, ["--var", "net=x", *file]) == "from a"
    assert _net(tmp_path, [*file, "--var", "net=x"]) == "x"
    assert _net(tmp_path, ["--var", "net=x", *file, "--var=net=y"]) == "y"
    assert _net(tmp_path, ["--var=net=x", "--var", "other=2", *file]) == "from a"
    assert _net(tmp_path, []) == "Disabled"


def test_a_value_from_outside_stands_at_the_declaration() -> None:
    given = read(_TEXT, variables={"net": "Enabled", "list": '["a"]'})
    assert document(given, "output.net").value == "Enabled"
    assert document(given, "output.net").locate().span[:3] == ("main.tf", 2, 1)
    assert document(given, "output.list").locate((0,)).span[:3] == ("main.tf", 3, 1)
    environment = read(_TEXT, environment={"TF_VAR_net": "Enabled"})
    assert document(environment, "output.net").locate().span[:3] == ("main.tf", 2, 1)


def test_a_value_that_cannot_be_read_is_placed_there_too() -> None:
    (problem,) = read(_TEXT, variables={"list": "[1,"}).problems
    assert problem.span[:3] == ("main.tf", 3, 1)
    assert "--var list" in problem.message
