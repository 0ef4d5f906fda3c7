"""``pipewarden render``: the definition of a pipeline, by running its script."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linter.cli import completion
from linter.cli.session import Refused

if TYPE_CHECKING:
    from linter.rendering.run import Job


@click.command()
@click.argument("target", metavar="FILE[:FUNCTION]")
@click.argument("command_line", nargs=-1, metavar="[-- ARGUMENTS]")
@click.option(
    "--arg", "given", multiple=True, metavar="NAME=VALUE", help="What the function is given; JSON."
)
@click.option(
    "--python", metavar="PATH", help="The interpreter; by default the project's environment."
)
@click.option(
    "--region",
    default="us-east-1",
    show_default=True,
    shell_complete=completion.REGIONS,
    help="The session's region.",
)
@click.option("--account", default="", metavar="ID", help="The account; else ${account}.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="A variable that the script sees.")
@click.option(
    "--timeout", type=click.IntRange(1, 3600), default=120, show_default=True, help="Seconds."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The directory to write to; by default this one.",
)
@click.option("--force", is_flag=True, help="Replace files that are already there.")
def render(
    target: str,
    command_line: tuple[str, ...],
    given: tuple[str, ...],
    python: str | None,
    region: str,
    account: str,
    env: tuple[str, ...],
    timeout: int,
    output: Path,
    force: bool,
) -> int:
    """Run FILE and write the definitions of the pipelines that it makes, each with a source map.

    This runs the script, in a process of its own: without credentials, with AWS answered by a stub,
    sockets, processes and writing refused. That keeps an honest script from doing something by
    accident; it is no sandbox. check never does this; it reads what is written here, and points at
    the script.
    """
    from linter.rendering.mapping import source_map
    from linter.rendering.run import NO_ACCOUNT, Job, RenderError, interpreter, rendered

    name, function = _target(target)
    file = Path(name).resolve()
    if not file.is_file():
        raise Refused(f"{name} is not a file")
    root = _root(file)
    job: Job = Job(
        file=file,
        root=root,
        python=python or interpreter(root),
        callable=function,
        arguments={key: _value(text) for key, text in map(_pair, given)},
        command_line=command_line,
        environment=dict(map(_pair, env)),
        region=region,
        account=account,
        seconds=timeout,
    )
    click.echo(f"Running {name} with {job.python}.", err=True)
    try:
        pipelines = rendered(job)
    except RenderError as error:
        raise Refused(str(error)) from error
    output.mkdir(parents=True, exist_ok=True)
    planned = _named(pipelines)
    for path in (output / f"{stem}.json" for stem in planned):
        if path.exists() and not force and not path.with_name(f"{path.name}.map").exists():
            raise Refused(f"{path} already exists; use --force to replace it")
    for stem, pipeline in planned.items():
        definition = json.loads(pipeline["definition"])
        text = json.dumps(definition, indent=2, ensure_ascii=False) + "\n"
        text = text.replace(NO_ACCOUNT, "${account}")
        path = output / f"{stem}.json"
        found = source_map(pipeline, definition, text, output.resolve())
        _write(path, text)
        _write(path.with_name(f"{path.name}.map"), json.dumps(found, indent=1) + "\n")
        click.echo(f"Wrote {path} and {path.name}.map.", err=True)
    return 0


def _target(text: str) -> tuple[str, str]:
    name, colon, function = text.rpartition(":")
    if colon and re.fullmatch(r"[A-Za-z_][\w.]*", function) and "." in name:
        return name, function
    return text, ""


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"{text!r} is not NAME=VALUE")
    return name, value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _root(file: Path) -> Path:
    from linter.discovery.walk import repository_root

    return repository_root(file.parent) or file.parent


def _named(pipelines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Pipelines by the names of their files: a name that is made twice is one, the last."""
    found: dict[str, dict[str, Any]] = {}
    for pipeline in pipelines:
        name = str(pipeline["name"] or "pipeline")
        found[re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip(".-") or "pipeline"] = pipeline
    return found


def _write(path: Path, text: str) -> None:
    from linter.core.files import WriteError, write_atomic

    try:
        write_atomic(path, text)
    except WriteError as error:
        raise Refused(str(error)) from error
