"""``pipewarden schema``: the JSON Schemas of files that people write."""

from __future__ import annotations

from typing import Any

import click

from linter.cli.exits import EXIT_OK
from linter.cli.session import Refused
from linter.core.schemas import SCHEMA_FILES


@click.command()
@click.argument("name", type=click.Choice(list(SCHEMA_FILES)))
@click.option("-o", "--output", metavar="FILE", help="Write it to FILE instead of printing it.")
def schema(name: str, output: str | None) -> int:
    """Print the JSON Schema of a kind of file, for editors.

    What `config init`, `rules new` and `cost --init-usage` write names the schema's file.
    """
    from linter.core.files import WriteError, write_atomic
    from linter.core.jsonwrite import dumps

    text = dumps(schema_of(name))
    if output is None:
        click.echo(text)
        return EXIT_OK
    try:
        write_atomic(output, f"{text}\n")
    except WriteError as error:
        raise Refused(str(error)) from error
    click.echo(f"{output}: written.", err=True)
    return EXIT_OK


def schema_of(name: str) -> dict[str, Any]:
    """The schema by its name in :data:`~linter.core.schemas.SCHEMA_FILES`."""
    if name == "configuration":
        from linter.config.keys import json_schema

        return json_schema()
    if name == "rule":
        from linter.policy.schema import rule_schema

        return rule_schema()
    if name == "fleet":
        from linter.fleet.manifest import manifest_schema

        return manifest_schema()
    from pricing import schema as ours

    return ours.usage_schema() if name == "usage" else ours.price_schema()
