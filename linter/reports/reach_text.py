"""What a role may do, in words and as a table, for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from linter.core.printable import printable
from linter.domain.iam.managed import newest
from linter.policy.model import Finding
from linter.project.model import Role
from linter.project.reach import LEVELS, RoleReach, ServiceReach, attached, not_read
from linter.reports.style import Painter
from linter.reports.table import table

MAX_SERVICES = 25
"""Of more services only those that matter here have a row of their own."""


def render(role: Role, reach: RoleReach, ways: Sequence[Finding], paint: Painter) -> str:
    """Lines about one role, with a line break at the end."""
    lines = [f"{paint(printable(role.address), 'bold')}  {printable(role.document.path)}"]
    lines += [f"  {word:<12}{printable(text)}" for word, text in _facts(role, reach, ways)]
    if reach.services:
        lines += ["", *_table(reach, paint)]
    return "\n".join(lines) + "\n"


def sentence(reach: RoleReach, unread: bool = False) -> str:
    """``may perform 640 actions of 2 services; its pipelines need 12 of them``."""
    if not reach.services:
        return "what it may do is not known" if unread else "its policies allow nothing"
    words = (
        f"may perform {_count(reach.actions, 'action')} of {_count(len(reach.services), 'service')}"
    )
    if reach.needed is not None:
        words += f"; its pipelines need {reach.needed} of them"
    return words


def _facts(role: Role, reach: RoleReach, ways: Sequence[Finding]) -> Iterator[tuple[str, str]]:
    for title, _ in role.used_by:
        yield "used by", title
    unread = not_read(role)
    open_ = bool(unread) or bool(reach.undecided) or not role.complete
    yield "in all", sentence(reach, open_)
    for name in attached(role):
        what = f"AWS's, as of {newest()}"
        if name in unread:
            what = "AWS's or another stack's: not read, and not counted"
        yield "attached", f"{name} ({what})"
    for grant in role.grants:
        yield "granted", f"use of a key by {grant.address}"
    if role.boundary is not None:
        yield "boundary", f"{role.boundary.address} bounds it"
    if role.possible_boundaries:
        named = ", ".join(policy.address for policy in role.possible_boundaries)
        yield "boundary", f"one of {named} bounds it, and which is not known"
    for pattern in reach.denied:
        yield "denied", f"some or all of {pattern}, by a Deny or the boundary"
    for item in reach.undecided:
        yield "not known", f"further actions: {item}"
    for way in ways:
        yield "leads to", f"{way.rule} {way.message}"
    if not role.complete:
        yield "incomplete", "further policies may be attached that the scan does not show"


def _table(reach: RoleReach, paint: Painter) -> list[str]:
    counted = any(service.needed is not None for service in reach.services)
    headings = ["service", "actions", *LEVELS, *(["needed"] if counted else [])]
    rows = [_row(service, counted) for service in _shown(reach.services)]
    return table(headings, rows, paint, right=range(1, len(headings)))


def _shown(services: Sequence[ServiceReach]) -> Iterable[ServiceReach]:
    if len(services) <= MAX_SERVICES:
        return services
    own = [service for service in services if service.needed or service.service == "sagemaker"]
    rest = [service for service in services if service not in own]
    levels: Counter[str] = Counter()
    for service in rest:
        levels.update(service.levels)
    other = ServiceReach(
        f"{len(rest)} others",
        sum(service.actions for service in rest),
        sum(service.total for service in rest),
        levels,
        None if rest[0].needed is None else 0,
    )
    return [*own, other]


def _row(service: ServiceReach, counted: bool) -> list[str]:
    found = str(service.actions)
    if service.actions == service.total:
        found = f"all {found}"
    levels = [str(service.levels.get(level) or "") for level in LEVELS]
    return [service.service, found, *levels, *([str(service.needed)] if counted else [])]


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
