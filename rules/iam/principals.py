"""What a principal may do: the grants of all its policies together, less what is denied.

A policy that nobody of the scan has stands for a principal of its own; that of a group for the
group and for each of its members, which have policies of their own besides. Denials and boundaries
count where they are certain; where an unknown decides, the question is undecided: the answer is
that of the denial, and the unknown is noted (:mod:`linter.core.reads`), so that a check which
finds nothing because of it is not passed. The same holds of grants that may be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from linter.core.documents import Path
from linter.core.reads import note, unwatched
from linter.core.record import record
from linter.core.values import Template, Unknown, lookup, unknown_parts
from linter.domain.iam.evaluate import Statement, statements_of
from linter.domain.iam.globs import GAP, may_meet, options, plain, wild
from linter.domain.iam.patterns import matches
from linter.domain.iam.request import Request
from linter.domain.iam.services import Action, actions_of, resource_types_of
from linter.policy.helpers import why_unknown
from linter.policy.statements import normal_policy
from linter.project.model import Person, Policy, Role
from rules.iam.arns import PLACEHOLDER, can_act_on, some_text, text_of
from rules.iam.bounds import narrowest_allow, widest_deny
from rules.iam.reading import (
    conditioned,
    elements,
    is_everything,
    names_nothing,
    open_resource,
    star,
)


@record
class Grant:
    """One action element of an Allow: where it is, and the statement it stands in."""

    pattern: str
    """In lower case."""
    policy: Policy
    path: Path
    """From the policy's value."""
    statement: Any

    @property
    def literal(self) -> bool:
        return "*" not in self.pattern and "?" not in self.pattern

    @property
    def unguarded(self) -> bool:
        return not conditioned(self.statement)

    @property
    def undecided(self) -> Unknown | None:
        """The statement's resource, when nothing is known of what it names."""
        return None if star(self.statement)[0] else next(iter(open_resource(self.statement)), None)

    @property
    def unbounded(self) -> bool:
        """Whether it reaches every resource of a kind: ``*``, ``arn:…:pipeline/*``."""
        if "NotResource" in self.statement:
            return True
        for _, value in elements(self.statement, "Resource"):
            text = some_text(value)
            if names_nothing(value):
                return True
            if isinstance(value, str) and text is not None:
                kind, slash, rest = text.rpartition(":")[2].partition("/")
                if slash and not rest.strip("*/") and "*" not in kind:
                    return True
        return False

    def allows(self, action: str) -> bool:
        return matches(self.pattern, action)

    def doubt(self, action: str) -> Unknown | None:
        """The resource that decides whether the action is allowed on anything at all."""
        hidden = open_resource(self.statement)
        if not hidden:
            return None
        service, _, name = action.partition(":")
        known = actions_of(service).get(name)
        others = [v for _, v in elements(self.statement, "Resource") if v not in hidden]
        return None if known is None or can_act_on(known, others) else hidden[0]

    def reaches(self, action: str) -> bool:
        """Whether some resource of the statement may be one that the action acts on."""
        service, _, name = action.partition(":")
        known = actions_of(service).get(name)
        resources = [value for _, value in elements(self.statement, "Resource")]
        return known is None or not resources or can_act_on(known, resources)


_POLICIES = 1 << 16
"""How many policies are remembered. Every rule looks at all of them in turn: fewer than a scan has
would each be forgotten before they are asked for again."""


@lru_cache(maxsize=_POLICIES)
def grants_of(policy: Policy) -> tuple[Grant, ...]:
    with unwatched():  # what is left out is in maybes_of, for whoever needs it
        return tuple(_grants(policy))


def _grants(policy: Policy) -> Iterator[Grant]:
    found = lookup(normal_policy(policy.value), "Statement")
    items = found if isinstance(found, list) else [found]
    for index, statement in enumerate(items):
        if not isinstance(statement, dict) or lookup(statement, "Effect") != "Allow":
            continue
        base: Path = ("Statement", index) if isinstance(found, list) else ("Statement",)
        for path, action in elements(statement, "Action"):
            if isinstance(action, str):
                pattern = "*" if is_everything(action) else action.lower()
                yield Grant(pattern, policy, (*base, *path), statement)


@record
class Maybe:
    """Actions that a policy may allow: an element, or a whole statement, that is not known."""

    pattern: str
    """A glob, in which a gap is what is not known (:mod:`linter.domain.iam.globs`)."""
    unknown: Unknown | Template
    policy: Policy
    path: Path

    def may_allow(self, action: str) -> bool:
        return may_meet(self.pattern, plain(action))


@lru_cache(maxsize=_POLICIES)
def maybes_of(policy: Policy) -> tuple[Maybe, ...]:
    """What of a policy is not known and may allow something."""
    with unwatched():
        return tuple(_maybes(policy))


def _maybes(policy: Policy) -> Iterator[Maybe]:
    found = lookup(normal_policy(policy.value), "Statement")
    several = isinstance(found, list)
    for index, statement in enumerate(found if isinstance(found, list) else [found]):
        base: Path = ("Statement", index) if several else ("Statement",)
        if isinstance(statement, Unknown):
            yield Maybe(GAP, statement, policy, base)
        if not isinstance(statement, dict):
            continue
        effect = lookup(statement, "Effect")
        if isinstance(effect, Template) and not effect.may_equal("Allow"):
            continue
        open_effect = isinstance(effect, Unknown | Template)
        if effect != "Allow" and not open_effect:
            continue
        for path, action in elements(statement, "Action"):
            if isinstance(action, Unknown | Template):
                yield Maybe(options(action)[0].lower(), action, policy, (*base, *path))
            elif open_effect and isinstance(action, str):
                yield Maybe(wild(action.lower()), effect, policy, (*base, *path))


@lru_cache(maxsize=_POLICIES)
def _statements(policy: Policy) -> tuple[Statement, ...]:
    return statements_of(policy.value)


@lru_cache(maxsize=_POLICIES)
def _doubts(policy: Policy) -> tuple[tuple[Statement, Unknown | Template], ...]:
    """Statements that may deny more than is certain, in their widest form, and why.

    None of a document of which no statement is known: it is one more policy, which may allow as
    well as deny, and what the others allow is not excused by it.
    """
    found = lookup(normal_policy(policy.value), "Statement")
    statements = found if isinstance(found, list) else [found]
    if not any(isinstance(statement, dict) for statement in statements):
        return ()
    doubts: list[tuple[Statement, Unknown | Template]] = []
    for statement in statements:
        widest = widest_deny(statement)
        if widest is not None:
            reason, references = why_unknown(statement)
            doubts.append((Statement(widest), Unknown(reason, references)))
    return tuple(doubts)


@lru_cache(maxsize=_POLICIES)
def _surely(policy: Policy) -> tuple[Statement, ...]:
    """What a boundary allows at least."""
    found = lookup(normal_policy(policy.value), "Statement")
    forms = map(narrowest_allow, found if isinstance(found, list) else [found])
    return tuple(Statement(form) for form in forms if form is not None)


_ANYTHING = Unknown("any resource")
_UNHEARD_OF = "no-service:NoAction"
_NOBODYS = "a-name-that-nobody-uses"
Place = tuple[str, str, str]
"""Partition, region and account."""
_PLACE = ("${Partition}", "${Region}", "${Account}")
_SOMEWHERE: Place = ("aws", "us-east-1", "000000000000")
_MAX_PLACES = 16


class Principal:
    """Somebody with policies: a role, user or group of the scan, or whoever has a policy."""

    def __init__(
        self, policies: list[Policy], held_by: Role | Person | None, controls: Sequence[Policy] = ()
    ) -> None:
        self.role = held_by if isinstance(held_by, Role) else None
        controls = controls if held_by is None else held_by.controls
        self.policies = policies
        self.grants = [grant for policy in policies for grant in grants_of(policy)]
        boundary = None if held_by is None else held_by.boundary
        self._own_boundary = boundary
        self._boundary = None if boundary is None else _statements(boundary)
        self._candidates = [] if held_by is None else held_by.possible_boundaries
        self.boundaries = [*([] if boundary is None else [boundary]), *self._candidates]
        """What bounds it: one policy, or several of which one does and which is not known."""
        documents = [*policies, *([] if boundary is None else [boundary]), *controls]
        self._denials = [
            statement
            for policy in documents
            for statement in _statements(policy)
            if statement.effect == "Deny"
        ]
        self._doubts = [doubt for policy in documents for doubt in _doubts(policy)]
        candidates = [one for policy in self._candidates for one in _statements(policy)]
        if held_by is not None and self._candidates:
            self._which = Unknown(f"which boundary {held_by.address} has is not known")
            self._doubts += [(one, self._which) for one in candidates if one.effect == "Deny"]
            self._doubts += [doubt for policy in self._candidates for doubt in _doubts(policy)]
        self._surely: tuple[Statement, ...] | None = None
        if boundary is not None and next(unknown_parts(boundary.value), None) is not None:
            self._surely = _surely(boundary)
        self.maybes = [maybe for policy in policies for maybe in maybes_of(policy)]
        self._bounds = (*(self._boundary or ()), *candidates)
        self._places = _places((*self._denials, *self._bounds))
        self._by_service: dict[str, list[Grant]] = {}
        self._wild = False
        for grant in self.grants:
            service = grant.pattern.partition(":")[0]
            self._wild = self._wild or "*" in service or "?" in service
            self._by_service.setdefault(service, []).append(grant)
        self._granting: dict[str, list[Grant]] = {}
        self._noted: dict[str, list[Unknown | Template]] = {}
        self._may: dict[tuple[str, str, Any], tuple[bool, Unknown | Template | None]] = {}

    @property
    def limited(self) -> bool:
        """Whether anything at all is, or may be, denied or out of bounds."""
        bounded = self._boundary is not None or bool(self._candidates)
        return bounded or bool(self._denials or self._doubts)

    @property
    def bounded(self) -> bool:
        """Whether an action is out of reach just because nothing mentions it."""
        return not self._within(_UNHEARD_OF, "", _ANYTHING)[0]

    def may(self, action: str, service: str = "", resource: Any = _ANYTHING) -> bool:
        """Whether neither a denial nor the boundary takes the action away.

        Not where an unknown decides that, which is noted. With ``service``, of ``iam:PassRole``:
        passing a role to it.
        """
        kept, doubt = self._within(action, service, resource)
        if kept and doubt is not None:
            note(doubt)
            return False
        return kept

    def _within(
        self, action: str, service: str, resource: Any
    ) -> tuple[bool, Unknown | Template | None]:
        """(whether nothing certainly takes the action away, what else may)."""
        found = self._may.get((action, service, resource))
        if found is None:
            context = {"iam:passedtoservice": service} if service else {}
            request = Request(action, resource, context=context)
            found = self._may[action, service, resource] = self._asked(request)
        return found

    def _asked(self, request: Request) -> tuple[bool, Unknown | Template | None]:
        if any(one.applies(request) is True for one in self._denials):
            return False, None
        if self._boundary is not None and not any(
            one.effect != "Deny" and one.applies(request) is not False for one in self._boundary
        ):
            return False, None
        if self._candidates and not any(
            one.effect != "Deny" and one.applies(request) is not False for one in self._bounds
        ):
            return False, None
        for widest, why in self._doubts:
            if widest.applies(request) is True:
                return True, why
        if self._surely is not None and all(one.applies(request) is False for one in self._surely):
            assert self._own_boundary is not None
            return True, Unknown(*why_unknown(self._own_boundary.value))
        for policy in self._candidates:
            if all(one.applies(request) is False for one in _surely(policy)):
                return True, self._which
        return True, None

    def may_anywhere(self, action: Action, granted: Statement | None = None) -> bool:
        """Whether it may be done to resources whose names no denial or boundary mentions.

        With ``granted``: to such as the statement names.
        """
        name = action.full_name.lower()
        places = self._places if granted is None else (*_places((granted,)), *self._places)
        return any(
            self.may(name, resource=resource)
            for place in dict.fromkeys(places)
            for resource in _unheard_of(action, place)
            if granted is None or granted.applies(Request(name, resource)) is not False
        )

    def limits_of(self, action: str) -> Iterator[Statement]:
        """What may bound an action: denials of it, and statements of the boundary."""
        request = Request(action, _ANYTHING)
        return (
            one for one in (*self._denials, *self._bounds) if one.speaks_of(request) is not False
        )

    def denials_about(self, action: str) -> Iterator[Statement]:
        """Every Deny that names an action, whatever its resources and its condition."""
        request = Request(action, _ANYTHING)
        return (one for one in self._denials if one.speaks_of(request) is True)

    def may_deny(self, action: str, limits: Callable[[Any], bool]) -> bool:
        """Whether what is not known may deny an action under a condition of a kind; it is noted."""
        request = Request(action, _ANYTHING)
        for widest, why in self._doubts:
            if widest.speaks_of(request) is True and limits(lookup(widest.value, "Condition")):
                note(why)
                return True
        return False

    def granting(self, action: str) -> list[Grant]:
        """Grants of an action, those that name it first."""
        found = self._granting.get(action)
        if found is not None and action in self._noted:
            note(*self._noted[action])
        if found is None:
            service = action.partition(":")[0]
            some = self.grants if self._wild else self._by_service.get(service, ())
            found = [g for g in some if g.allows(action) and g.reaches(action)]
            if found:
                kept, doubt = self._within(action, "", _ANYTHING)
                if doubt is not None:
                    self._noted[action] = [doubt]
                    note(doubt)
                if doubt is not None or not kept:
                    found = []
            found.sort(key=lambda grant: not grant.literal)
            self._granting[action] = found
        return found

    def may_be_granted(self, action: str) -> Maybe | None:
        """What that is not known may allow an action, in spite of every denial."""
        if not self.maybes or not self._within(action, "", _ANYTHING)[0]:
            return None
        return next((one for one in self.maybes if one.may_allow(action)), None)


@lru_cache(maxsize=_POLICIES)
def principals_of(policy: Policy) -> tuple[Principal, ...]:
    """Whoever has a policy; the same objects for every rule that asks."""
    with unwatched():
        found = [Principal(list(role.policies), role) for role in policy.roles]
        members = [user for person in policy.people for user in person.members]
        for person in {id(one): one for one in (*policy.people, *members)}.values():
            found.append(Principal(person.held, person))
        if not found or policy.held_elsewhere:
            found.append(Principal([policy], None, policy.controls))
        return tuple(found)


def left(policy: Policy, actions: Sequence[Action]) -> Sequence[Action]:
    """Those actions that somebody who has the policy may perform.

    That is: less what is denied them or out of their bounds, whatever the resource.
    """
    principals = principals_of(policy)
    if not actions or not all(principal.limited for principal in principals):
        return actions
    return [a for a in actions if any(one.may(a.full_name.lower()) for one in principals)]


def left_anywhere(
    policy: Policy, actions: Sequence[Action], statement: Any = None
) -> Sequence[Action]:
    """The same, for resources whose names nothing mentions; with ``statement``, those it names."""
    principals = principals_of(policy)
    if not actions or not all(principal.limited for principal in principals):
        return actions
    granted = None if statement is None else Statement(statement)
    return [a for a in actions if any(one.may_anywhere(a, granted) for one in principals)]


@lru_cache(maxsize=1024)
def _unheard_of(action: Action, where: Place) -> tuple[str, ...]:
    """For each type of resource that an action takes, an ARN of a name that nobody uses.

    One that takes none is asked for on ``*``.
    """
    types = resource_types_of(action.service)
    arns = [types[name].arn for name in action.resource_types if name in types]
    places = dict(zip(_PLACE, where, strict=True))
    return tuple(
        PLACEHOLDER.sub(lambda match: places.get(match[0], _NOBODYS), arn) for arn in arns if arn
    ) or ("*",)


def _places(statements: Iterable[Statement]) -> tuple[Place, ...]:
    """Partitions, regions and accounts that resources of statements name, and one more."""
    found: dict[Place, None] = {_SOMEWHERE: None}
    for statement in statements:
        for key in ("Resource", "NotResource"):
            for _, value in elements(statement.value, key):
                fields = (text_of(value) or "").split(":", 5)
                if len(fields) > 5:
                    named = (fields[1], fields[3], fields[4])
                    found[_filled(named)] = None
    return tuple(found)[:_MAX_PLACES]


def _filled(named: Place) -> Place:
    partition, region, account = (
        default if "*" in name or "?" in name else name
        for name, default in zip(named, _SOMEWHERE, strict=True)
    )
    return partition, region or _SOMEWHERE[1], account or _SOMEWHERE[2]


def may(policy: Policy, action: str, service: str = "") -> bool:
    """The same for one action, in lower case; see :meth:`Principal.may`."""
    return any(principal.may(action, service) for principal in principals_of(policy))
