"""``pipewarden iam``: what roles may do, and the smaller policy that their pipelines need."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from linter.cli.exits import EXIT_INCOMPLETE, EXIT_OK
from linter.cli.options import PATHS, reading_options, source_options
from linter.cli.session import (
    Session,
    choosing_options,
    config_option,
    suppression_options,
)
from linter.cli.shown import print_fitted
from linter.core.printable import printable
from linter.core.values import Unknown, lookup

if TYPE_CHECKING:
    from linter.domain.iam.derive import Needs
    from linter.domain.pipeline import Pipeline
    from linter.policy.model import Finding
    from linter.project.model import Project, Role
    from linter.project.reach import RoleReach

_WAYS = frozenset(f"IAM0{n:02d}" for n in (1, 12, 13, 14, 15, 18, *range(20, 37), 79))
"""Rules about what a policy leads to."""


@click.group()
def iam() -> None:
    """Explain what roles may do, and suggest the policies that their pipelines need."""


@iam.command()
@PATHS
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "dot", "mermaid", "html"]),
    default="text",
    show_default=True,
    help="dot, mermaid and html draw the paths, and need --paths.",
)
@click.option(
    "--paths", "ways", is_flag=True, help="Draw who can become an administrator, and how."
)
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@choosing_options
@suppression_options
@source_options
@config_option
def explain(paths: tuple[str, ...], format_: str, ways: bool, color: str, **options: Any) -> int:
    """Per role: what its policies allow by service, ways to more, and which pipelines use it.

    With --paths: the shortest way from each principal to an administrator, step by step.
    """
    if ways:
        for name in ("select", "ignore", "no_ignores", "today"):
            if options[name]:
                option = f"--{name.replace('_', '-')}"
                raise click.UsageError(f"{option} filters findings, and does not apply to --paths")
        return _draw_paths(Session(paths, options), format_, color)
    if format_ in ("dot", "mermaid", "html"):
        raise click.UsageError(f"--format {format_} draws paths: add --paths.")
    from linter.project.reach import reach_of

    session = Session(paths, options)
    project = session.load()
    review = session.review(project, prices=False)
    if not project.roles:
        click.echo("No roles found.", err=True)
        return session.finish(EXIT_INCOMPLETE)
    findings = [f for f in review.single_findings if f.rule in _WAYS and f.verdict.value == "fail"]
    shown = [(role, reach_of(role), _ways(role, findings)) for role in project.roles]
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        click.echo(dumps({"roles": [_to_json(*row) for row in shown]}))
    else:
        from linter.reports import reach_text, style

        paint = style.painter_for(sys.stdout, color)
        print_fitted("\n".join(reach_text.render(*row, paint) for row in shown), paint)
    return session.finish()


def _draw_paths(session: Session, format_: str, color: str) -> int:
    from linter.project.paths import graph_of
    from linter.reports import paths_drawing, style

    project = session.load()
    graph = graph_of(project)
    if not graph.holders:
        click.echo("No roles, users or policies found.", err=True)
        return session.finish(EXIT_INCOMPLETE)
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        click.echo(dumps(paths_drawing.to_json(graph)))
    elif format_ == "dot":
        click.echo(paths_drawing.render_dot(graph), nl=False)
    elif format_ == "mermaid":
        click.echo(paths_drawing.render_mermaid(graph), nl=False)
    elif format_ == "html":
        from linter.reports.html import paths as page

        click.echo(page.render(graph), nl=False)
    else:
        paint = style.painter_for(sys.stdout, color)
        print_fitted(paths_drawing.render_text(graph, paint), paint)
    return session.finish()


def _ways(role: Role, findings: list[Finding]) -> list[Finding]:
    """Findings about what a role's policies lead to."""
    own = {id(policy.document) for policy in role.policies} - {id(role.document)}
    found = []
    for finding in findings:
        about = {id(document) for document in finding.instances}
        if id(role.document) in about or (about & own and _is_left(role, finding)):
            found.append(finding)
    return found


def _is_left(role: Role, finding: Finding) -> bool:
    """Whether a role may do what a policy that others have as well is blamed for."""
    from linter.core.values import dig
    from linter.domain.iam.services import expand
    from linter.project.access import access_of

    pattern = dig(finding.subject.value, *finding.at) if finding.subject is not None else None
    if not isinstance(pattern, str) or "Action" not in finding.at:
        return True
    actions = expand(pattern.lower())
    escalating = [action for action in actions if "Permissions" in action.access_level]
    access = access_of(role)
    anything = Unknown("any resource")
    return not actions or any(
        access.left(action.full_name, anything) is not False for action in escalating or actions
    )


def _to_json(role: Role, reach: RoleReach, ways: list[Finding]) -> dict[str, Any]:
    from linter.project.reach import attached, not_read

    return {
        "role": role.address,
        "path": role.document.path,
        "used_by": [title for title, _ in role.used_by],
        "managed_policies": attached(role),
        "managed_policies_not_read": not_read(role),
        "grants": [grant.address for grant in role.grants],
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
@reading_options
@config_option
def suggest(paths: tuple[str, ...], format_: str, **options: Any) -> int:
    """Per pipeline: the least that its roles must be allowed, derived from its definition.

    What the definition does not say stands in angle brackets, to be filled in.
    """
    from linter.domain.iam.derive import derive, not_derived

    session = Session(paths, options)
    project = session.load()
    if not project.pipelines:
        click.echo("No pipelines found.", err=True)
        return session.finish(EXIT_INCOMPLETE)
    derived = [(pipeline, derive(pipeline)) for pipeline in project.pipelines]
    lacking = {id(pipeline): not_derived(pipeline) for pipeline in project.pipelines}
    code = EXIT_INCOMPLETE if any(lacking.values()) else EXIT_OK
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
                        "trust_policy": needed.to_trust_policy(),
                        "to_fill_in": needed.unknown,
                    }
                    for needed in found
                ],
                "not_derived": lacking[id(pipeline)],
            }
            for pipeline, found in derived
        ]
        click.echo(dumps({"pipelines": body}))
        return session.finish(code)
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
    from linter.reports.style import PLAIN, painter_for

    # Configuration is copied from the terminal: its lines are left whole.
    paint = PLAIN if format_ == "hcl" else painter_for(sys.stdout, "never")
    for text, heads in said.items():  # of instances that need the same, once
        print_fitted("\n".join([*heads, text, "", ""]), paint)
    for pipeline in project.pipelines:
        for line in lacking[id(pipeline)]:
            click.echo(f"{printable(pipeline.title)}: {printable(line)}", err=True)
    return session.finish(code)


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
