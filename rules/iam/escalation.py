"""IAM021 to IAM027, IAM030 to IAM032: actions that together give another role's permissions.

The paths are those published by Rhino Security Labs and pathfinding.cloud, and for SageMaker by
its own API: every call that takes a role and runs code. They are looked for in all policies of a
role together. An action element reports the first path that it opens, and names the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from linter.core.record import record
from linter.core.sources import Related
from linter.core.values import Unknown
from linter.domain.iam.managed import document_of
from linter.domain.iam.services import actions_of, expand
from linter.domain.iam.ways import WAYS, Way
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.policy.statements import NormalLocator
from linter.project.access import access_of
from linter.project.model import Policy, Project, Role
from linter.project.paths import graph_of
from rules.iam.attached import ADMINISTRATIVE
from rules.iam.passing import PASS, names_any_role, passed_services
from rules.iam.principals import Grant, Maybe, Principal, principals_of
from rules.iam.reading import (
    distinct,
    elements,
    is_everything,
    is_service,
    listed,
    open_resource,
    pipelines_of,
    star,
    trusted_services,
)


@record
class _Open:
    """A way that is open to a principal: the grants of its steps, and what passes the role."""

    way: Way
    actions: tuple[str, ...]
    grants: tuple[Grant, ...]
    passing: Grant | None
    target: str
    """What of the role that is passed makes it worth having; ``""``: any role may be passed."""
    undecided: Unknown | None


def _check(rule: str) -> Callable[[Subject, Context], Iterable[Outcome]]:
    def check(subject: Subject, context: Context) -> Iterable[Outcome]:
        policy = subject.domain
        assert isinstance(policy, Policy)
        yield from distinct(
            outcome
            for principal in principals_of(policy)
            for outcome in _judge(subject, rule, principal, context.project)
        )

    return check


iam021 = _check("IAM021")
iam022 = _check("IAM022")
iam023 = _check("IAM023")
iam024 = _check("IAM024")
iam025 = _check("IAM025")
iam026 = _check("IAM026")
iam027 = _check("IAM027")
iam030 = _check("IAM030")
iam031 = _check("IAM031")
iam032 = _check("IAM032")


def _judge(
    subject: Subject, rule: str, principal: Principal, project: Project
) -> Iterator[Outcome]:
    own = _open(rule, principal, project)
    if own is None:
        yield from _undecided(subject, rule, principal)
        return
    if own.grants[0].policy is not subject.domain:
        return
    pattern = own.grants[0].pattern
    everywhere = star(own.grants[0].statement)[0] is not False
    if is_everything(pattern) or (own.passing is None and is_service(pattern) and everywhere):
        # IAM001 and IAM005, IAM002 and IAM003 say everything there is to say of it.
        yield from _named_besides(subject, rule, principal)
        return
    others: list[str] = []
    for other in WAYS:
        if other == rule:
            continue
        found = _open(other, principal, project)
        if found is None or found.grants[0].path != own.grants[0].path:
            continue
        if found.grants[0].policy is not own.grants[0].policy:
            continue
        if list(WAYS).index(other) < list(WAYS).index(rule):
            return  # told there
        others.append(other)
    at = own.grants[0].path
    if own.undecided is not None:
        yield unknown(own.undecided, at)
        return
    shown = [_proper(name) for name in own.actions]
    yield fail(
        at,
        f"{subject.title} allows {_sentence(own, shown)}{_also(others)}"
        f"{pipelines_of([principal.role] if principal.role else [])}",
        detail=" ".join(shown),
        related=_context(own),
        severity=_severity(own, principal, project),
    )


def _severity(own: _Open, principal: Principal, project: Project) -> Severity | None:
    """Milder for a role that CodePipeline alone assumes.

    Nobody holds such a role: it does what the stages of its pipelines say, and AWS's own policy
    for it passes roles to the services that deploy
    (https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html).
    """
    if own.target or _is_certain(own, project):
        return Severity.CRITICAL
    role = principal.role
    services = trusted_services(role) if role is not None else []
    return Severity.LOW if services and set(map(str, services)) == {_CODEPIPELINE} else None


_CODEPIPELINE = "codepipeline.amazonaws.com"


def _is_certain(own: _Open, project: Project) -> bool:
    """Whether one of the roles that may be passed is an administrator that the scan knows."""
    if own.passing is None or own.way.service not in graph_of(project).powerful_services:
        return False
    resources = (value for _, value in elements(own.passing.statement, "Resource"))
    return any(names_any_role(value) for value in resources)


def _named_besides(subject: Subject, rule: str, principal: Principal) -> Iterator[Outcome]:
    """An element that is not known, and may name what a wildcard grants already."""
    for way in WAYS[rule]:
        for name in way.steps[0]:
            maybe = principal.may_be_granted(name)
            if maybe is not None and maybe.policy is subject.domain:
                yield unknown(maybe.unknown, maybe.path)
                return


def _undecided(subject: Subject, rule: str, principal: Principal) -> Iterator[Outcome]:
    """A way that is open if what is not known of the policy allows what is missing for it."""
    for way in WAYS[rule]:
        steps = [*way.steps, *([(PASS,)] if way.service else [])]
        lacking: list[Maybe] = []
        for options in steps:
            if any(principal.granting(name) for name in options):
                continue
            found = (principal.may_be_granted(name) for name in options)
            maybe = next((one for one in found if one is not None), None)
            if maybe is None:
                break
            lacking.append(maybe)
        else:
            own = next((one for one in lacking if one.policy is subject.domain), None)
            if own is not None:
                yield unknown(own.unknown, own.path)
                return


def _sentence(own: _Open, shown: list[str]) -> str:
    if own.passing is None:
        return f"{listed(shown)} on all of them: whoever holds these {own.way.gain}"
    if own.target:
        return (
            f"{listed(shown)} and passing a role with {own.target}: whoever holds these becomes "
            f"that role and {own.way.gain}"
        )
    return (
        f"{listed(shown)} and iam:PassRole on any role: whoever holds these takes the most "
        f"powerful one and {own.way.gain}"
    )


def _also(others: list[str]) -> str:
    return f" (the same wildcard also opens {listed(sorted(others), 9)})" if others else ""


def _context(own: _Open) -> tuple[Related, ...]:
    found = []
    for grant, what in [(g, "needed as well") for g in own.grants[1:]] + (
        [(own.passing, "passes the role")] if own.passing is not None else []
    ):
        locator = NormalLocator(grant.policy.locator, grant.policy.value)
        found.append(Related(what, locator.locate(grant.path).span))
    return tuple(dict.fromkeys(found))


def _proper(name: str) -> str:
    service, _, action = name.partition(":")
    known = actions_of(service).get(action)
    return known.full_name if known is not None else name


def _open(rule: str, principal: Principal, project: Project) -> _Open | None:
    for way in WAYS[rule]:
        found = _open_way(way, principal, project)
        if found is not None:
            return found
    return None


def _open_way(way: Way, principal: Principal, project: Project) -> _Open | None:
    actions: list[str] = []
    grants: list[Grant] = []
    undecided: Unknown | None = None
    for options in way.steps:
        chosen = _step(options, principal, bool(way.service))
        if chosen is None:
            return None
        actions.append(chosen[0])
        grants.append(chosen[1])
        undecided = undecided or (None if way.service else chosen[1].undecided)
        undecided = undecided or chosen[1].doubt(chosen[0])
    if not way.service:
        return _Open(way, tuple(actions), tuple(grants), None, "", undecided)
    if not principal.may(PASS, way.service):
        return None
    for passing in principal.granting(PASS):
        target, unclear = _passes(passing, way.service, project)
        if target == "" and not all(principal.may_anywhere(action) for action in expand(PASS)):
            continue
        if target is not None or unclear is not None:
            unclear = unclear or undecided
            return _Open(way, tuple(actions), tuple(grants), passing, target or "", unclear)
    return None


def _step(options: tuple[str, ...], principal: Principal, passes: bool) -> tuple[str, Grant] | None:
    """An action of a step and its grant. Where a role is passed, the job's own name is no bound."""
    for name in options:
        for grant in principal.granting(name):
            if not grant.unguarded:
                continue
            if passes or grant.unbounded or grant.undecided is not None:
                return name, grant
    return None


def _passes(grant: Grant, service: str, project: Project) -> tuple[str | None, Unknown | None]:
    """What a grant of ``iam:PassRole`` hands to a service.

    ``("", None)``: any role; (words, None): a role that is known to be powerful; (None, unknown):
    not decided; (None, None): nothing to fear.
    """
    services = passed_services(grant.statement)
    if services is None:
        return None, Unknown("the condition is not known")
    texts = [name for name in services if isinstance(name, str)]
    if services and not any(t == service or "*" in t for t in texts):
        return None, None
    if not services and not grant.unguarded:
        return None, None  # some other condition bounds it
    resources = [value for _, value in elements(grant.statement, "Resource")]
    if any(names_any_role(value) for value in resources):
        return "", None
    if "NotResource" in grant.statement:
        return "", None
    for value in resources:
        roles = graph_of(project).roles_named(value, grant.policy.document)
        found = [(role, _power(role, project)) for role in roles]
        role, power = next(((role, power) for role, power in found if power), (None, ""))
        if role is not None:
            if isinstance(value, Unknown) and not all(power for _, power in found):
                return None, Unknown(f"whether {role.address} may be passed")
            return f"{power} ({role.address})", None
        for role in roles:
            if access_of(role).administers is None:
                return None, Unknown(f"what {role.address} may do is not wholly known")
    return None, next(iter(open_resource(grant.statement)), None)


def _power(role: Role, project: Project) -> str:
    """What makes a role worth stealing: what it may do, or become in its turn."""
    for arn, _, _ in role.managed_policies:
        name = arn.rpartition("/")[2] if isinstance(arn, str) and ":aws:policy/" in arn else ""
        if name in ADMINISTRATIVE and document_of(arn) is None:
            return name
    power = access_of(role).power
    if power:
        return power
    path = graph_of(project).path_of(role)
    certain = path and all(step.certain for step in path)
    return f"a way to become an administrator by {path[0].sentence}" if certain else ""
