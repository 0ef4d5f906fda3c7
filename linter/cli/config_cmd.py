"""``pipewarden config``: what applies, and a file to start with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from linter.cli.exits import EXIT_OK
from linter.cli.session import Refused, Session, config_option
from linter.discovery.walk import display_path


@click.group()
def config() -> None:
    """Show the settings in force, or write a first pipewarden.toml."""


@config.command()
@click.argument("path", default="", required=False)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@config_option
def show(path: str, format_: str, **options: Any) -> int:
    """Every setting, its value, and where it comes from; for PATH, only what applies to it."""
    from linter.config import show as shown

    session = Session((path,) if path else (), options)
    if path:
        path = display_path(Path(path), Path.cwd())
    config = session.config if Path(path).is_dir() else session.config_of(path)
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        rows = shown.settings(config, path)
        click.echo(dumps({"file": config.path, "trusted": config.trusted, "settings": rows}))
        return EXIT_OK
    click.echo(shown.show(config, path), nl=False)
    return EXIT_OK


@config.command()
def init() -> int:
    """Write pipewarden.toml with every key explained. Never overwrites one."""
    from linter.config.load import FILE_NAME
    from linter.config.show import init_text
    from linter.core.files import WriteError, write_atomic

    if Path(FILE_NAME).exists():
        raise Refused(f"{FILE_NAME} exists already; it was not overwritten")
    try:
        write_atomic(FILE_NAME, init_text())
    except WriteError as error:
        raise Refused(str(error)) from error
    click.echo(f"{FILE_NAME}: written.")
    return EXIT_OK


@config.command()
def schema() -> int:
    """Print the JSON Schema of pipewarden.toml, for editors."""
    from linter.config.keys import json_schema
    from linter.core.jsonwrite import dumps

    click.echo(dumps(json_schema()))
    return EXIT_OK
