"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from linter.cli import completion

Function = TypeVar("Function", bound=Callable[..., Any])

PATHS = click.argument("paths", nargs=-1, metavar="[PATH]...")


class _InOrder(click.Option):
    """An option that remembers where on the command line it stood among others of its kind."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        super().add_to_parser(parser, ctx)
        for name in self.opts:
            option = parser._long_opt[name]
            process = option.process

            def remember(value: str, state: Any, process: Any = process, name: str = name) -> None:
                ctx.meta.setdefault(_ORDER, []).append((name, value))
                process(value, state)

            option.process = remember


_ORDER = "linter.cli.options.order"


def given_order() -> list[tuple[str, str]]:
    """``--var`` and ``--var-file`` in the order in which they were given."""
    order: list[tuple[str, str]] = []
    context = click.get_current_context(silent=True)
    for option, text in context.meta.get(_ORDER, ()) if context is not None else ():
        if option == "--var-file":
            order.append(("file", text))
        else:
            order.append(("var", text.partition("=")[0].strip()))
    return order


def reading_options(function: Function) -> Function:
    """``--var``, ``--var-file``, ``--workspace``, ``--param``, ``--exclude``."""
    parameter = click.option(
        "--param",
        "parameters",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=completion.PARAMETERS,
        help="Fix a pipeline parameter.",
    )
    return source_options(parameter(function))


def source_options(function: Function) -> Function:
    """The same without ``--param``, for commands to which parameters of pipelines mean nothing."""
    for option in (
        click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these paths out."),
        click.option(
            "--workspace", metavar="NAME", help="The Terraform workspace of every root module."
        ),
        click.option(
            "--var-file",
            "variable_files",
            cls=_InOrder,
            multiple=True,
            metavar="FILE",
            help="Terraform variables from a .tfvars file, or CloudFormation parameters from JSON.",
        ),
        click.option(
            "--var",
            "variables",
            cls=_InOrder,
            multiple=True,
            metavar="NAME=VALUE",
            shell_complete=completion.VARIABLES,
            help="A Terraform variable, or a CloudFormation parameter.",
        ),
    ):
        function = option(function)
    return function


def variable_pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping, the last of a name; raises ``click.UsageError``."""
    return dict(_pair(option, text) for text in texts)


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"{option} {text}: write {option} NAME=VALUE")
    return name.strip(), value
