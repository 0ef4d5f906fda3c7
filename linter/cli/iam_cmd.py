"""``pipewarden iam``: what roles may do, and the smaller policy that their pipelines need."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from linter.cli.exits import EXIT_INCOMPLETE
from linter.cli.options import PATHS
from linter.cli.session import Session, session_options
from linter.core.printable import printable
from linter.core.values import lookup

if TYPE_CHECKING:
    from linter.domain.iam.derive import Needs
    from linter.domain.pipeline import Pipeline
    from linter.policy.model import Finding
    from linter.project.model import Project, Role
    from linter.project.reach import RoleReach

_WAYS = frozenset(f"IAM0{n:02d}" for n in (1, 12, 13, 14, 15, 18, *range(20, 37)))
"""Rules about what a policy leads to."""


@click.group()
def iam() -> None:
    """Explain what roles may do, and suggest the policies that their pipelines need."""


@iam.command()
@PATHS
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@session_options
def explain(paths: tuple[str, ...], format_: str, color: str, **options: Any) -> int:
    """Per role: what its policies allow by service, ways to more, and which pipelines use it."""
    from linter.project.reach import reach_of

    session = Session(paths, options)
    project = session.load()
    review = session.review(project, prices=False)
    if not project.roles:
        click.echo("No role was found.", err=True)
        return session.finish(EXIT_INCOMPLETE)
    findings = [f for f in review.visible_findings if f.rule in _WAYS and f.verdict.value == "fail"]
    shown = [(role, reach_of(role), _ways(role, findings)) for role in project.roles]
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        click.echo(dumps({"roles": [_to_json(*row) for row in shown]}))
    else:
        from linter.reports import reach_text, style

        paint = style.Painter(style.wants_colour(sys.stdout, color))
        click.echo("\n".join(reach_text.render(*row, paint) for row in shown), nl=False, color=True)
    return session.finish()


def _ways(role: Role, findings: list[Finding]) -> list[Finding]:
    """Findings about what a role's policies lead to."""
    own = {id(role.document), *(id(policy.document) for policy in role.policies)}
    return [f for f in findings if any(id(document) in own for document in f.instances)]


def _to_json(role: Role, reach: RoleReach, ways: list[Finding]) -> dict[str, Any]:
    from linter.project.reach import attached

    return {
        "role": role.address,
        "path": role.document.path,
        "used_by": [title for title, _ in role.used_by],
        "managed_policies": attached(role),
        "boundary": role.boundary.address if role.boundary is not None else None,
        "complete": role.complete,
        "actions": reach.actions,
        "needed": reach.needed,
        "services": {
            service.service: {
                "actions": service.actions,
                "of": service.total,
                "needed": service.needed,
                "levels": dict(service.levels),
            }
            for service in reach.services
        },
        "denied": list(reach.denied),
        "not_known": list(reach.undecided),
        "leads_to": [{"rule": way.rule, "message": way.message} for way in ways],
    }


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

    session = Session(paths, options)
    project = session.load()
    if not project.pipelines:
        click.echo("No pipeline was found.", err=True)
        return session.finish(EXIT_INCOMPLETE)
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
        return session.finish()
    said: dict[str, list[str]] = {}
    for pipeline, found in derived:
        for needed in found:
            lines = [f"# fill in {printable(line)}" for line in needed.unknown]
            if format_ == "hcl":
                from linter.reports.policy_hcl import render

                lines.append(render(needed).rstrip("\n"))
            else:
                lines += _difference(project, pipeline, needed)
            head = f"# {printable(pipeline.title)}: what {printable(needed.role)} needs"
            said.setdefault("\n".join(lines), []).append(head)
    for text, heads in said.items():  # of instances that need the same, once
        click.echo("\n".join([*heads, text, ""]))
    return session.finish()


def _difference(project: Project, pipeline: Pipeline, needed: Needs) -> Iterator[str]:
    """What is granted and not needed, and what is needed and not granted."""
    from linter.domain.iam.patterns import matches
    from linter.domain.iam.services import expand
    from linter.project.reach import role_for

    role = role_for(project, pipeline, needed.role)
    wanted = [action.lower() for action in needed.actions]
    if role is None:
        yield "# the role is not in the scan; all of this is needed"
        granted: list[str] = []
    else:
        granted = _patterns(role)
    for pattern in dict.fromkeys(granted):
        used = [action for action in wanted if matches(pattern.lower(), action)]
        count = len(expand(pattern.lower()))
        if not used:
            yield f"- {printable(pattern)}  not needed"
        elif count > len(used):
            yield f"- {printable(pattern)}  allows {count} actions, {len(used)} are needed"
        else:
            yield f"  {printable(pattern)}"
    for action in needed.actions:
        if not any(matches(pattern.lower(), action.lower()) for pattern in granted):
            yield f"+ {action}"


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
