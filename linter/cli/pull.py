"""``pipewarden pull``: what is deployed in an account, as files."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from linter.cli import completion
from linter.cli.exits import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from linter.core.printable import printable

if TYPE_CHECKING:
    from linter.account.client import Tell
    from linter.account.pull import AreaResult, Request

_SINCE = re.compile(r"(\d{1,4})\s*([dw]?)")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,500}")
_ROLE_NAME = re.compile(r"[\w+=,.@/-]{1,64}")


@click.command()
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    default="snapshot",
    show_default=True,
    help="The snapshot's folder: a new one, or an older snapshot to bring up to date.",
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.REGIONS,
    help="A region; may be given again.",
)
@click.option("--profile", metavar="NAME", help="A profile of the AWS configuration.")
@click.option(
    "--role-arn",
    "roles",
    multiple=True,
    metavar="ARN",
    help="A role to assume, in this or another account; may be given again.",
)
@click.option(
    "--organization",
    metavar="ROLE",
    help="The name of a role in every account of the organization.",
)
@click.option(
    "--pipeline",
    "pipelines",
    multiple=True,
    metavar="GLOB",
    shell_complete=completion.PIPELINES,
    help="Only pipelines of this name; may be given again.",
)
@click.option(
    "--since",
    metavar="TIME",
    default="90d",
    show_default=True,
    help="How far back executions go: 90d, 12w.",
)
@click.option(
    "--costs",
    is_flag=True,
    help="Ask Cost Explorer what pipelines were billed; AWS charges USD 0.01 a request.",
)
def pull(
    output: str,
    regions: tuple[str, ...],
    profile: str | None,
    roles: tuple[str, ...],
    organization: str | None,
    pipelines: tuple[str, ...],
    since: str,
    costs: bool,
) -> int:
    """Bring pipelines, executions, roles, buckets and endpoints of an account to a folder.

    Only calls that read are made; docs/account.md lists them as a policy. The folder holds no
    secrets, can be compared and committed, and is read as code is: pipewarden check snapshot/.
    Needs AWS credentials and boto3 (pip install 'pipewarden[aws]').
    """
    request = _request(regions, profile, roles, organization, pipelines, since, costs)
    try:
        import boto3  # noqa: F401
    except ImportError:
        click.echo("pull needs boto3: pip install 'pipewarden[aws]'", err=True)
        return EXIT_USAGE
    from linter.account.client import PullError
    from linter.account.pull import incomplete
    from linter.account.pull import pull as run
    from linter.account.snapshot import SnapshotError

    try:
        with _bar() as tell:
            results = run(request, Path(output), tell=tell)
    except SnapshotError as error:
        click.echo(printable(str(error), 300), err=True)
        return EXIT_USAGE
    except PullError as error:
        click.echo(f"pull failed: {printable(str(error), 300)}", err=True)
        return EXIT_INCOMPLETE
    except OSError as error:
        reason = error.strerror or type(error).__name__
        click.echo(f"{printable(output, 200)} cannot be written: {reason}", err=True)
        return EXIT_USAGE
    for result in results:
        _say(result)
    return EXIT_INCOMPLETE if incomplete(results) else EXIT_OK


@contextmanager
def _bar() -> Iterator[Tell | None]:
    """How far it is, on standard error where that is a terminal."""
    if os.environ.get("CI") or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("pulling", total=None)

        def tell(stage: str, done: int, of: int) -> None:
            bar.update(task, description=stage, completed=done, total=of)

        yield tell


def _say(result: AreaResult) -> None:
    where = " ".join(filter(None, (result.account, result.region))) or "the account"
    if result.failed:
        click.echo(
            f"{where}: not pulled: {printable(result.failed, 300)}; the earlier data was kept",
            err=True,
        )
        return
    known = f", {result.known:,} of them known" if result.known else ""
    click.echo(f"{where}: {result.objects:,} objects{known}")
    for refusal in result.refused:
        what = f" ({printable(refusal.what, 100)})" if refusal.what else ""
        click.echo(f"{where}: denied: {printable(refusal.operation, 80)}{what}", err=True)


def _request(
    regions: tuple[str, ...],
    profile: str | None,
    roles: tuple[str, ...],
    organization: str | None,
    pipelines: tuple[str, ...],
    since: str,
    costs: bool,
) -> Request:
    from linter.account.pull import Request
    from linter.core.regions import is_region, no_region

    chosen = regions or tuple(
        filter(None, (os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),))
    )
    if not chosen:
        raise click.UsageError("name a region: --region us-east-1 (or set AWS_REGION)")
    for region in chosen:
        if not is_region(region):
            raise click.UsageError(no_region(region))
    for role in roles:
        if not _ROLE.fullmatch(role):
            raise click.UsageError(
                f"--role-arn {printable(role, 100)} is not a role ARN such as"
                " arn:aws:iam::111122223333:role/audit"
            )
    if organization is not None and not _ROLE_NAME.fullmatch(organization):
        raise click.UsageError("--organization takes the name of a role, such as audit")
    match = _SINCE.fullmatch(since.strip().lower())
    if match is None or not int(match[1]):
        raise click.UsageError(
            f"--since {printable(since, 40)} is not a duration; write 90d or 12w"
        )
    days = int(match[1]) * (7 if match[2] == "w" else 1)
    return Request(
        tuple(dict.fromkeys(chosen)),
        pipelines,
        timedelta(days=days),
        profile,
        tuple(dict.fromkeys(roles)),
        organization,
        costs,
    )
