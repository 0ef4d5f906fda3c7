"""``pipewarden iam``: what roles may do, and the smaller policy that their pipelines need."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from linter.cli.exits import EXIT_INCOMPLETE, EXIT_OK
from linter.cli.options import PATHS
from linter.cli.session import Session, session_options
from linter.core.printable import printable
from linter.core.values import lookup

if TYPE_CHECKING:
    from linter.domain.iam.derive import Needs
    from linter.domain.iam.services import Action
    from linter.project.model import Project, Role

_SHORT = {"Permissions management": "permissions"}
_ESCALATIONS = tuple(f"IAM0{n:02d}" for n in (1, 12, 13, 18, *range(20, 33)))


@click.group()
def iam() -> None:
    """Explain what roles may do, and suggest the policies that their pipelines need."""


@iam.command()
@PATHS
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@session_options
def explain(paths: tuple[str, ...], format_: str, **options: Any) -> int:
    """Per role: what its policies allow by service, ways to more, and which pipelines use it."""
    session = Session(paths, options)
    project = session.load()
    review = session.review(project, prices=False)
    rows = []
    for role in project.roles:
        addresses = {role.address, *(policy.address for policy in role.policies)}
        ways = [
            {"rule": f.rule, "message": f.message}
            for f in review.visible_findings
            if f.rule in _ESCALATIONS and f.verdict.value == "fail" and f.address in addresses
        ]
        rows.append(
            {
                "role": role.address,
                "path": role.document.path,
                "used_by": [title for title, _ in role.used_by],
                "managed_policies": [str(arn) for arn, _, _ in role.managed_policies],
                "complete": role.complete,
                "services": _services(role),
                "escalations": ways,
            }
        )
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        click.echo(dumps({"roles": rows}))
    else:
        for row in rows:
            _print_role(row)
    if not rows:
        click.echo("No role was found.", err=True)
    return EXIT_INCOMPLETE if review.unread or not rows else EXIT_OK


def _services(role: Role) -> dict[str, dict[str, int]]:
    """Service → access level → number of actions that some statement allows."""
    allowed: dict[str, Action] = {}
    for policy in role.policies:
        for action in _allowed(policy.value):
            allowed[action.full_name] = action
    found: dict[str, Counter[str]] = {}
    for action in allowed.values():
        for level in action.access_level.split(", "):
            found.setdefault(action.service, Counter())[_SHORT.get(level, level.lower())] += 1
    return {service: dict(sorted(levels.items())) for service, levels in sorted(found.items())}


def _allowed(policy: Any) -> list[Action]:
    from linter.domain.iam.services import expand

    statements = lookup(policy, "Statement")
    found: list[Action] = []
    for statement in statements if isinstance(statements, list) else [statements]:
        if lookup(statement, "Effect") != "Allow":
            continue
        actions = lookup(statement, "Action")
        for action in actions if isinstance(actions, list) else [actions]:
            if isinstance(action, str):
                found.extend(expand(action.lower()))
    return found


def _print_role(row: dict[str, Any]) -> None:
    click.echo(f"{printable(row['role'])}  {printable(row['path'])}")
    for title in row["used_by"]:
        click.echo(f"  used by     {printable(title)}")
    for arn in row["managed_policies"]:
        click.echo(f"  attached    {printable(arn)} (AWS's or another stack's: not read)")
    for service, levels in row["services"].items():
        counts = ", ".join(f"{count} {level}" for level, count in levels.items())
        click.echo(f"  allows      {service}: {counts}")
    for way in row["escalations"]:
        click.echo(f"  leads to    {way['rule']} {printable(way['message'])}")
    if not row["complete"]:
        click.echo("  incomplete  further policies may be attached that the scan does not show")
    click.echo("")


@iam.command()
@PATHS
@click.option(
    "--format",
    "format_",
    type=click.Choice(["json", "hcl", "diff"]),
    default="json",
    show_default=True,
)
@session_options
def suggest(paths: tuple[str, ...], format_: str, **options: Any) -> int:
    """Per pipeline: the least that its roles must be allowed, derived from its definition.

    What the definition does not say stands in angle brackets, to be filled in.
    """
    from linter.domain.iam.derive import derive

    project = Session(paths, options).load()
    if not project.pipelines:
        click.echo("No pipeline was found.", err=True)
        return EXIT_INCOMPLETE
    derived = [(pipeline, derive(pipeline)) for pipeline in project.pipelines]
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        body = [
            {
                "pipeline": pipeline.title,
                "path": pipeline.path,
                "roles": [
                    {
                        "role": needed.role,
                        "policy": needed.to_policy(),
                        "to_fill_in": needed.unknown,
                    }
                    for needed in found
                ],
            }
            for pipeline, found in derived
        ]
        click.echo(dumps({"pipelines": body}))
        return EXIT_OK
    for pipeline, found in derived:
        for needed in found:
            click.echo(f"# {printable(pipeline.title)}: what {printable(needed.role)} needs")
            for line in needed.unknown:
                click.echo(f"# fill in {printable(line)}")
            if format_ == "hcl":
                from linter.reports.policy_hcl import render

                click.echo(render(needed), nl=False)
            else:
                _print_difference(project, needed)
            click.echo("")
    return EXIT_OK


def _print_difference(project: Project, needed: Needs) -> None:
    """What is granted and not needed, and what is needed and not granted."""
    from linter.domain.iam.patterns import matches
    from linter.domain.iam.services import expand

    role = next((r for r in project.roles if _is(r, needed.role)), None)
    wanted = [action.lower() for action in needed.actions]
    if role is None:
        click.echo("# the role is not in the scan; all of this is needed")
        granted: list[str] = []
    else:
        granted = _patterns(role)
    for pattern in dict.fromkeys(granted):
        used = [action for action in wanted if matches(pattern.lower(), action)]
        count = len(expand(pattern.lower()))
        if not used:
            click.echo(f"- {printable(pattern)}  not needed")
        elif count > len(used):
            click.echo(f"- {printable(pattern)}  allows {count} actions, {len(used)} are needed")
        else:
            click.echo(f"  {printable(pattern)}")
    for action in needed.actions:
        if not any(matches(pattern.lower(), action.lower()) for pattern in granted):
            click.echo(f"+ {action}")


def _is(role: Role, text: str) -> bool:
    """Whether a text with placeholders names the role."""
    name = role.name if isinstance(role.name, str) else ""
    return f"<{role.address}." in text or bool(name and text.endswith(f":role/{name}"))


def _patterns(role: Role) -> list[str]:
    found: list[str] = []
    for policy in role.policies:
        statements = lookup(policy.value, "Statement")
        for statement in statements if isinstance(statements, list) else [statements]:
            actions = lookup(statement, "Action")
            if lookup(statement, "Effect") == "Allow":
                listed = actions if isinstance(actions, list) else [actions]
                found.extend(action for action in listed if isinstance(action, str))
    return found
