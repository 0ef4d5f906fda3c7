"""``pipewarden comment``: one comment on a pull request, kept up to date."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING

import click

from linter.cli.session import Refused

if TYPE_CHECKING:
    from linter.forge.comments import Forge

MAX_BODY = 1 << 20
"""Bytes of a comment that are read; no service takes more."""


@click.command()
@click.option("--github", "service", flag_value="github", help="A pull request on GitHub.")
@click.option("--gitlab", "service", flag_value="gitlab", help="A merge request on GitLab.")
@click.option("--bitbucket", "service", flag_value="bitbucket", help="On Bitbucket Cloud.")
@click.option(
    "--body",
    type=click.File("rb"),
    default="-",
    metavar="FILE",
    help="What diff --format markdown printed; standard input by default.",
)
@click.option(
    "--number", type=click.IntRange(1), help="The pull request, where the job's is not meant."
)
@click.option(
    "--author",
    default="",
    metavar="NAME",
    help="The token's user, where the service does not say it; a uuid on Bitbucket.",
)
def comment(service: str | None, body: IO[bytes], number: int | None, author: str) -> int:
    """Post what a change does on its pull request, or replace the comment of an earlier run.

    Reads the variables that the service sets in jobs, and the token from GITHUB_TOKEN or GH_TOKEN,
    GITLAB_TOKEN or BITBUCKET_TOKEN. This uses the network.
    """
    from linter.forge import comments
    from linter.forge.http import ForgeError

    makers: dict[str, Callable[[Mapping[str, str], str, str], Forge]] = {
        "github": comments.github,
        "gitlab": comments.gitlab,
        "bitbucket": comments.bitbucket,
    }
    if service is None:
        raise click.UsageError("Choose a service: --github, --gitlab or --bitbucket.")
    text = _text(body.read(MAX_BODY + 1))
    if comments.MARKER.match(text.split("\n", 1)[0]) is None:
        raise Refused("the body was not written by diff --format markdown: its first line is not")
    try:
        forge = makers[service](os.environ, author, str(number or ""))
        done = comments.publish(forge, text)
    except ForgeError as error:
        raise Refused(str(error)) from error
    click.echo(f"Comment {done}.", err=True)
    return 0


def _text(data: bytes) -> str:
    if len(data) > MAX_BODY:
        raise Refused("the body is larger than 1 MiB, which no service accepts")
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Refused("the body is not UTF-8") from error
