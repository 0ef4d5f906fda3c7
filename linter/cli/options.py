"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from linter.project.load import LoadOptions

Function = TypeVar("Function", bound=Callable[..., Any])

PATHS = click.argument("paths", nargs=-1, metavar="[PATH]...")


def reading_options(function: Function) -> Function:
    """``--var``, ``--var-file``, ``--param``, ``--exclude``."""
    for option in (
        click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these paths out."),
        click.option(
            "--param",
            "parameters",
            multiple=True,
            metavar="NAME=VALUE",
            help="Fix a pipeline parameter.",
        ),
        click.option(
            "--var-file",
            "variable_files",
            multiple=True,
            metavar="FILE",
            help="Terraform variables from a .tfvars file, or CloudFormation parameters from JSON.",
        ),
        click.option(
            "--var",
            "variables",
            multiple=True,
            metavar="NAME=VALUE",
            help="A Terraform variable, or a CloudFormation parameter.",
        ),
    ):
        function = option(function)
    return function


def load_options(
    variables: Sequence[str],
    variable_files: Sequence[str],
    parameters: Sequence[str],
    exclude: Sequence[str],
) -> LoadOptions:
    """The reading options as the loader takes them; raises ``click.UsageError``."""
    for path in variable_files:
        if not Path(path).is_file():
            raise click.UsageError(f"--var-file {path}: no such file")
    return LoadOptions(
        variables=variable_pairs("--var", variables),
        variable_files=tuple(variable_files),
        environment={k: v for k, v in os.environ.items() if k.startswith("TF_VAR_")},
        parameters=variable_pairs("--param", parameters),
        exclude=tuple(exclude),
    )


def variable_pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping, the last of a name; raises ``click.UsageError``."""
    return dict(_pair(option, text) for text in texts)


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"{option} {text}: write {option} NAME=VALUE")
    return name.strip(), value
