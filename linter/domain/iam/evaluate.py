"""Whether policies allow a request, three-valued and sound.

``True`` and ``False`` hold whatever the unknown values of the policies and of the request are;
``None`` says that they decide. The logic is that of
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html within
one account: an explicit Deny anywhere wins; else an Allow of an identity policy or of a resource
policy is needed, and one of the permissions boundary where there is one. Of an organisation's
policies those that deny count where they are in the scan; session policies are not seen in a
configuration and left out: what is allowed here may be less in AWS.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.record import record
from linter.core.truth import Truth, conjunction, disjunction, kleene_not
from linter.core.values import MISSING, Choice, OpenDict, Rest, Template, Unknown, lookup
from linter.domain.iam.globs import GAP, STAR, holds, options, plain, wild
from linter.domain.iam.operators import condition_entries, holds_for, listed
from linter.domain.iam.request import Request
from linter.domain.iam.variables import filled

VARIABLES_SINCE = "2012-10-17"
"""In policies of an earlier version ``${`` is text."""


class Statement:
    """One statement, its patterns made ready once.

    Args:
        value: the decoded JSON, or an unknown.
        variables: whether ``${`` starts a policy variable.
    """

    def __init__(self, value: Any, *, variables: Truth = True) -> None:
        value = _one_of_several(value)
        self.value = value
        self._variables = variables
        effect = lookup(value, "Effect")
        self.effect: str | None = effect if effect in ("Allow", "Deny") else None
        """``None`` when it is not known."""
        self._actions = _patterns(lookup(value, "Action"))
        self._not_actions = _patterns(lookup(value, "NotAction"))
        self._bare: Statement | None = None

    def applies(self, request: Request, *, principals: bool = False) -> Truth:
        """Whether the statement speaks of a request.

        Args:
            principals: ask ``Principal`` as well: the policy is a resource or a trust policy.
        """
        action = self.speaks_of(request)
        if action is False:
            return False
        parts = (
            action,
            self._resource(request) if not principals else self._trust_resource(request),
            self._principal(request) if principals else True,
        )
        truth = conjunction(parts)
        return truth if truth is False else conjunction((truth, self._condition(request)))

    def speaks_of(self, request: Request) -> Truth:
        """Whether the statement is about the request's action, whatever it is on."""
        return self._action(request)

    def unconditional(self) -> Statement:
        """The statement without its condition."""
        if self._bare is None:
            value = {k: v for k, v in self.value.items() if k != "Condition"}
            self._bare = Statement(value, variables=self._variables)
        return self._bare

    def _action(self, request: Request) -> Truth:
        texts = (plain(request.action.lower()),)
        return _either(
            self._actions,
            self._not_actions,
            lambda patterns: disjunction(
                None if one is None else holds(one, texts) for one in patterns
            ),
        )

    def _resource(self, request: Request) -> Truth:
        resource, excluded = lookup(self.value, "Resource"), lookup(self.value, "NotResource")
        texts = options(request.resource, plain)
        return _either(
            None if resource is MISSING else listed(resource),
            None if excluded is MISSING else listed(excluded),
            lambda values: disjunction(self._one_resource(v, request, texts) for v in values),
        )

    def _trust_resource(self, request: Request) -> Truth:
        """A trust policy has no ``Resource``: it is about its role."""
        if lookup(self.value, "Resource") is MISSING and (
            lookup(self.value, "NotResource") is MISSING
        ):
            return True
        return self._resource(request)

    def _one_resource(self, value: Any, request: Request, texts: tuple[str, ...]) -> Truth:
        if isinstance(value, Rest):
            return None
        if not self._variables:
            if self._variables is None and "${" in str(value):
                return None
            return holds(tuple(map(_completed, options(value, wild))), texts)
        globs = filled(value, request, like=True)
        if globs is None:
            # What it excludes is not documented.
            return False if lookup(self.value, "NotResource") is MISSING else None
        return holds(tuple(map(_completed, globs)), texts)

    def _condition(self, request: Request) -> Truth:
        condition = lookup(self.value, "Condition")
        if condition is MISSING or condition is None:
            return True
        entries, whole = condition_entries(condition)
        truths: list[Truth] = [] if whole else [None]
        for operator, key, values in entries:
            truth = holds_for(operator, key, values, request)
            truths.append(truth if self._variables or "${" not in str(values) else None)
        return conjunction(truths)

    def _principal(self, request: Request) -> Truth:
        named, excluded = lookup(self.value, "Principal"), lookup(self.value, "NotPrincipal")
        return _either(
            None if named is MISSING else [named],
            None if excluded is MISSING else [excluded],
            lambda values: _names_principal(values[0], request.principal),
        )


@record
class Permissions:
    """What is asked together. Each a tuple of statements; ``boundary`` is ``None`` without one.

    ``complete`` says that no other policies are attached. ``controls`` are of service control
    policies: an organisation's FullAWSAccess is seldom in the code, so that only their denials say
    something.
    """

    identity: tuple[Statement, ...] = ()
    boundary: tuple[Statement, ...] | None = None
    resource: tuple[Statement, ...] = ()
    complete: bool = True
    controls: tuple[Statement, ...] = ()


def statements_of(*policies: Any) -> tuple[Statement, ...]:
    """The statements of decoded policy documents; one that is not known may say anything."""
    found: list[Statement] = []
    for policy in map(_one_of_several, policies):
        version = lookup(policy, "Version")
        several = isinstance(version, Unknown | Choice | Template)
        variables = None if several else version == VARIABLES_SINCE
        statements = lookup(policy, "Statement")
        if statements is not MISSING:
            found.extend(Statement(item, variables=variables) for item in listed(statements))
    return tuple(found)


def allowed(permissions: Permissions, request: Request) -> Truth:
    """Whether the request is allowed: ``True``, ``False``, or ``None`` where unknowns decide."""
    identity, resource = permissions.identity, permissions.resource
    boundary = permissions.boundary or ()
    denied = disjunction(
        (
            _says("Deny", identity, request),
            _says("Deny", boundary, request),
            _says("Deny", permissions.controls, request),
            _says("Deny", resource, request, principals=True),
            False if permissions.complete else None,
        )
    )
    if denied is True:
        return False
    granted = disjunction(
        (_says("Allow", identity, request), False if permissions.complete else None)
    )
    within = True if permissions.boundary is None else _says("Allow", boundary, request)
    given = _says("Allow", resource, request, principals=True)
    # A boundary that says nothing bounds roles, and not users or sessions that a resource names.
    reached = disjunction((conjunction((granted, within)), conjunction((given, within or None))))
    return conjunction((kleene_not(denied), reached))


def _says(
    effect: str, statements: Iterable[Statement], request: Request, *, principals: bool = False
) -> Truth:
    """Whether some statement has the effect on the request."""
    return disjunction(
        conjunction((True if s.effect else None, s.applies(request, principals=principals)))
        for s in statements
        if s.effect in (effect, None)
    )


def _patterns(value: Any) -> list[tuple[str, ...] | None] | None:
    """Action patterns ready to be held against names; ``None`` inside for any number of unknown."""
    if value is MISSING:
        return None
    return [
        None if isinstance(item, Rest) else tuple(a.lower() for a in options(item, wild))
        for item in listed(value)
    ]


def _either(named: Any, excluded: Any, holds_of: Any) -> Truth:
    """``Action`` or else ``NotAction``; a statement has one of them, and neither says nothing."""
    if named is not None:
        truth: Truth = holds_of(named)
        return truth
    if excluded is not None:
        return kleene_not(holds_of(excluded))
    return False


def _completed(glob: str) -> str:
    """AWS fills the missing parts of an ARN with wildcards."""
    if glob.startswith("arn:") and GAP not in glob:
        missing = 5 - glob.count(":")
        if missing > 0:
            return glob + f":{STAR}" * missing
    return glob


def _one_of_several(value: Any) -> Any:
    """A policy or statement that is not known whole may say anything."""
    return Unknown("one of several", value.references) if isinstance(value, Choice) else value


def _names_principal(named: Any, principal: Any) -> Truth:
    if isinstance(named, Choice | Template):
        return None
    if isinstance(named, Unknown) or principal is MISSING or isinstance(principal, Unknown):
        return True if named == "*" else None
    if not isinstance(named, dict):
        return bool(named == "*")
    truths: list[Truth] = [None] if isinstance(named, OpenDict) else []
    for kind, values in named.items():
        truths.extend(_is_principal(str(kind), value, principal) for value in listed(values))
    return disjunction(truths)


def _is_principal(kind: str, value: Any, principal: Any) -> Truth:
    if isinstance(value, Rest):
        return None
    if value == "*":
        return kind in ("AWS", "*") or None
    same = holds(options(value, plain), options(principal, plain))
    if (
        kind != "AWS"
        or same is True
        or not isinstance(value, str)
        or not isinstance(principal, str)
    ):
        return same
    if ":assumed-role/" in principal:
        # The role's ARN has a path, the session's has not.
        role = principal.split(":assumed-role/")[1].partition("/")[0]
        if value.split(":")[4:5] == principal.split(":")[4:5] and value.endswith(f"/{role}"):
            return None
    account = value if value.isdecimal() else ""
    if value.endswith(":root"):
        account = value.split(":")[4] if value.count(":") == 5 else ""
    # The account as a principal leaves it to the account's own policies.
    return None if account and f"::{account}:" in principal else same
