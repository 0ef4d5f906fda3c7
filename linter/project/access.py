"""Effective access: what a principal may do, after everything in the scan that takes away.

The one answer for rules, ``iam explain`` and escalation paths. It counts the policies that are
attached, inline, managed and AWS's own as far as they are known (:mod:`linter.domain.iam.managed`),
less every Deny, the permissions boundary and the service control policies of the scan; conditions
are asked in ordinary circumstances (:mod:`linter.domain.iam.circumstances`). Every answer names the
statements that make it so. ``None`` wherever an unknown decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, wraps
from typing import Any, TypeVar

from linter.core.documents import Document, Path
from linter.core.reads import unwatched
from linter.core.record import entity, record
from linter.core.truth import Truth, conjunction, disjunction, kleene_not
from linter.core.values import Unknown, lookup, unknown_parts
from linter.domain.iam import managed
from linter.domain.iam.circumstances import anybody_meets
from linter.domain.iam.evaluate import Permissions, Statement, statements_of
from linter.domain.iam.operators import listed
from linter.domain.iam.request import Request
from linter.project.model import Person, Policy, Role, may_not_apply

_Answer = TypeVar("_Answer")


def _quietly(method: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """Without noting what is read: the answer says what is not known."""

    @wraps(method)
    def asked(*arguments: Any, **named: Any) -> _Answer:
        with unwatched():
            return method(*arguments, **named)

    return asked


@record
class Source:
    """A statement and where it stands: ``Statement[index]`` of a policy's value."""

    policy: Policy
    index: int
    statement: Statement

    @property
    def path(self) -> Path:
        """From the policy in its normal form, in which statements are a list."""
        return ("Statement", self.index)

    @property
    def title(self) -> str:
        """``statement ReadData of aws_iam_policy.p``."""
        sid = lookup(self.statement.value, "Sid")
        name = sid if isinstance(sid, str) and sid else str(self.index + 1)
        return f"statement {name} of {self.policy.address or self.policy.path}"


@record
class Answer:
    """Whether something is allowed, and by what: statements that allow it, and that deny it."""

    truth: Truth
    allowing: tuple[Source, ...]
    denying: tuple[Source, ...]


@entity
class Access:
    """What one principal may do.

    ``complete`` is false where further policies may be attached that the scan does not show.
    """

    identity: tuple[Source, ...]
    boundary: tuple[Source, ...] | None = None
    controls: tuple[Source, ...] = ()
    complete: bool = True

    @property
    def permissions(self) -> Permissions:
        """For the evaluator. Policies that the scan does not show are left out of it."""
        return Permissions(
            tuple(source.statement for source in self.identity),
            None if self.boundary is None else tuple(s.statement for s in self.boundary),
            controls=tuple(source.statement for source in self.controls),
        )

    @_quietly
    def ask(self, action: str, resource: Any, context: dict[str, Any] | None = None) -> Answer:
        """Whether some request for an action on a resource is allowed to it.

        A condition that any caller can meet counts as met on an Allow, and any other leaves it
        undecided. A Deny under a condition that the request need not meet takes nothing away, and
        a boundary's Allow under one leaves something. ``context`` is what is known of the request.
        """
        request = Request(
            action, resource, context={k.lower(): v for k, v in (context or {}).items()}
        )
        limits = self._statements
        denying = [(s, _denies(s.statement, request)) for s in limits]
        granting = [(s, _grants(s.statement, request)) for s in self.identity]
        denied = disjunction(truth for _, truth in denying)
        granted = disjunction((*(t for _, t in granting), False if self.complete else None))
        within = self.boundary is None or disjunction(
            _bounds(s.statement, request) for s in self.boundary
        )
        return Answer(
            conjunction((kleene_not(denied), granted, within)),
            tuple(source for source, truth in granting if truth is not False),
            tuple(source for source, truth in denying if truth is not False),
        )

    @_quietly
    def left(self, action: str, resource: Any, context: dict[str, Any] | None = None) -> Truth:
        """Whether neither a Deny nor the boundary takes something away that is granted."""
        request = Request(
            action, resource, context={k.lower(): v for k, v in (context or {}).items()}
        )
        limits = self._statements
        denied = disjunction(_denies(source.statement, request) for source in limits)
        within = self.boundary is None or disjunction(
            _bounds(source.statement, request) for source in self.boundary
        )
        return conjunction((kleene_not(denied), within))

    def allows(self, action: str, resource: Any, context: dict[str, Any] | None = None) -> Truth:
        return self.ask(action, resource, context).truth

    @property
    def _statements(self) -> tuple[Source, ...]:
        return (*self.identity, *(self.boundary or ()), *self.controls)

    @property
    def administers(self) -> Truth:
        """Whether it is an administrator: may put any policy on anybody, or do all there is."""
        found: Truth = False
        for action, resource in _administration(self._statements):
            truth = self.allows(action, resource)
            if truth:
                return True
            found = None if truth is None else found
        return found

    def administers_by(self, policy: Policy, index: int) -> bool:
        """Whether one statement is among those that make it an administrator."""
        return any(
            answer.truth is True
            and any(one.policy is policy and one.index == index for one in answer.allowing)
            for answer in (self.ask(*asked) for asked in _administration(self._statements))
        )

    @property
    def power(self) -> str:
        """What of it makes it worth becoming, in words; empty where nothing certainly does."""
        if self.allows(_UNHEARD_OF, Unknown("any resource")):
            return "every action"
        return "the control of IAM" if self.administers else ""


_SOMEBODY = "a-name-that-nobody-uses"
_UNHEARD_OF = "no-service:NoAction"


_ADMINISTRATION = (
    ("iam:AttachRolePolicy", "role"),
    ("iam:PutRolePolicy", "role"),
    ("iam:AttachUserPolicy", "user"),
    ("iam:PutUserPolicy", "user"),
    ("iam:CreatePolicyVersion", "policy"),
)
"""Each alone, on a name that no policy mentions, makes an administrator (IAM020)."""
_MAX_PLACES = 8


def _administration(sources: tuple[Source, ...]) -> Iterator[tuple[str, str]]:
    """What is asked of an administrator, in each account and partition that statements name."""
    places: dict[tuple[str, str], None] = {("aws", "000000000000"): None}
    for source in sources:
        if not isinstance(source.statement.value, dict):
            continue
        for value in listed(lookup(source.statement.value, "Resource")):
            fields = value.split(":", 5) if isinstance(value, str) else ()
            if len(fields) == 6 and fields[2] in ("iam", "*") and fields[1].startswith("aws"):
                account = fields[4] if fields[4].isdecimal() else "000000000000"
                places[fields[1].strip("*"), account] = None
    for partition, account in [*places][:_MAX_PLACES]:
        for action, kind in _ADMINISTRATION:
            yield action, f"arn:{partition}:iam::{account}:{kind}/{_SOMEBODY}"


@lru_cache(maxsize=4096)
def access_of(held_by: Role | Person) -> Access:
    """The effective access of a role, user or group; worked out once.

    A user has the policies of its groups as well.
    """
    return _of_role(held_by) if isinstance(held_by, Role) else _of_person(held_by)


def _of_person(person: Person) -> Access:
    own = [(policy, policy.value) for policy in person.held]
    for one in (person, *person.groups):
        own += managed_documents(one.managed_elsewhere, one.document)
    return Access(
        tuple(source for policy, value in own for source in sources_of(policy, value)),
        _boundary_of(person),
        tuple(source for policy in person.controls for source in sources_of(policy)),
    )


def _of_role(role: Role) -> Access:
    own = [(policy, policy.value) for policy in role.policies]
    own += [(policy, may_not_apply(policy.value)) for policy in role.possible]
    own += managed_documents(role.managed_elsewhere, role.document)
    own += [(grant, grant.value) for grant in role.grants]
    return Access(
        tuple(source for policy, value in own for source in sources_of(policy, value)),
        _boundary_of(role),
        tuple(source for policy in role.controls for source in sources_of(policy)),
        role.complete,
    )


def _boundary_of(held_by: Role | Person) -> tuple[Source, ...] | None:
    if held_by.possible_boundaries:  # one of several
        which = Unknown(f"which boundary {held_by.address} has is not known")
        return tuple(sources_of(held_by.possible_boundaries[0], which))
    return None if held_by.boundary is None else tuple(sources_of(held_by.boundary))


def access_with(policies: Iterable[Policy]) -> Access:
    """The effective access of whoever has some policies and nothing else."""
    held = list(policies)
    controls = {id(control): control for policy in held for control in policy.controls}
    return Access(
        tuple(source for policy in held for source in sources_of(policy)),
        None,
        tuple(source for control in controls.values() for source in sources_of(control)),
    )


def managed_documents(arns: Iterable[Any], home: Document) -> Iterator[tuple[Policy, Any]]:
    """AWS's own policies among some ARNs, as far as their documents are known."""
    for arn in arns:
        document = managed.document_of(arn)
        if document is not None:
            name = managed.name_of(arn)
            yield Policy(name, "identity", document, home.locator, home), document


def sources_of(policy: Policy, value: Any = None) -> Iterator[Source]:
    """The statements of a policy with their places."""
    made = statements_of(policy.value if value is None else value)
    for index, statement in enumerate(made):
        yield Source(policy, index, statement)


def _denies(statement: Statement, request: Request) -> Truth:
    if statement.effect == "Allow" or not isinstance(statement.value, dict):
        return False  # a statement of which nothing is known excuses nothing
    truth = conjunction((True if statement.effect else None, statement.applies(request)))
    return False if truth is None and _some_other_request(statement, request) else truth


def _grants(statement: Statement, request: Request) -> Truth:
    if statement.effect == "Deny":
        return False
    truth = statement.applies(request)
    if truth is None and isinstance(statement.value, dict) and _anybody(statement):
        truth = statement.unconditional().applies(request)
    return conjunction((True if statement.effect else None, truth))


def _bounds(statement: Statement, request: Request) -> Truth:
    if statement.effect == "Deny":
        return False
    truth = statement.applies(request)
    if truth is None and _some_other_request(statement, request):
        truth = True
    return conjunction((True if statement.effect else None, truth))


def _anybody(statement: Statement) -> bool:
    return anybody_meets(lookup(statement.value, "Condition")) is True


def _some_other_request(statement: Statement, request: Request) -> bool:
    """Whether nothing but a condition, all of which is known, leaves open if it is about it."""
    if not isinstance(statement.value, dict) or statement.effect is None:
        return False
    condition = lookup(statement.value, "Condition")
    return (
        isinstance(condition, dict)
        and next(unknown_parts(condition), None) is None
        and statement.unconditional().applies(request) is True
    )


def actions_named(source: Source) -> Iterator[tuple[Path, Any]]:
    """The elements of a statement's ``Action`` with their paths in the policy's normal form."""
    for number, item in enumerate(listed(lookup(source.statement.value, "Action"))):
        yield (*source.path, "Action", number), item
