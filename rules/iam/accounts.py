"""Which accounts are one's own, whose a principal is, and whether a condition says who may come."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

from linter.core.reads import unwatched
from linter.core.regex import lazy_regex
from linter.core.values import Template, Unknown
from linter.project.model import Project
from rules.iam.narrowing import narrows
from rules.iam.reading import condition_entries, open_condition, plain_operator

_ACCOUNT = lazy_regex(r"(?:arn:aws[a-z-]*:(?:iam|sts)::)?([0-9]{12})(?::.*)?")
_OWN_REFERENCES = ("data.aws_caller_identity.", "AWS::AccountId")
WHO = frozenset(
    """aws:principalorgid aws:principalorgpaths aws:principalaccount aws:principalarn
    aws:sourceaccount aws:sourceowner aws:sourcearn aws:sourceorgid aws:sourceorgpaths
    aws:sourceip aws:sourcevpc aws:sourcevpce aws:vpceaccount aws:vpceorgid aws:vpceorgpaths
    aws:userid kms:calleraccount sts:externalid saml:aud""".split()
)
"""Condition keys that say who asks, or from where."""
_ONES_OWN = frozenset(
    """aws:principaltag aws:requesttag aws:tagkeys aws:username sts:sourceidentity
    sts:rolesessionname aws:vpcsourceip""".split()
)
"""Keys of what callers choose for themselves: tags, names of users and sessions, and the addresses
in a network of their own."""


def own_accounts(project: Project, parameters: Mapping[str, Any]) -> frozenset[str]:
    """Accounts that the parameter ``own_accounts`` or the pipelines' roles name."""
    told = {str(item) for item in parameters.get("own_accounts", ())}
    return frozenset(told | {p.account for p in project.pipelines if p.account is not None})


def account_of(principal: Any) -> str | Unknown | None:
    """A principal's account; ``own`` by reference to the caller's, ``None`` when it has none."""
    if isinstance(principal, str):
        found = _ACCOUNT.fullmatch(principal)
        return found[1] if found else None
    if isinstance(principal, Template):
        found = _ACCOUNT.match(principal.prefix) if ":" in principal.prefix else None
        if found is not None:
            return found[1]
        if principal.prefix.endswith("::") and principal.parts[1:]:
            return _referred(principal.parts[1])
        return _referred(principal.parts[0])
    return _referred(principal)


OWN = "own"


def _referred(part: Any) -> str | Unknown | None:
    if not isinstance(part, Unknown):
        return None
    if any(name.startswith(_OWN_REFERENCES) for name in part.references):
        return OWN
    if any(name.startswith("aws_iam_") or name.endswith(".Arn") for name in part.references):
        return OWN  # a role or user that the same configuration makes
    return part


def is_whole_account(principal: Any) -> bool:
    """``arn:aws:iam::111122223333:root`` or the bare number, also with the account unknown."""
    if isinstance(principal, str):
        return bool(re.fullmatch(r"(?:arn:aws[a-z-]*:iam::)?[0-9]{12}(?::root)?", principal))
    return isinstance(principal, Template) and principal.suffix == ":root"


def says_who(statement: Any, keys: Container[str] = WHO) -> bool | None:
    """Whether the condition of a statement narrows the callers; ``None`` when it is not known.

    Only a positive comparison with something that not anybody meets counts
    (:mod:`rules.iam.narrowing`). ``IfExists`` and ``ForAllValues`` hold for whoever lacks the key.
    """
    with unwatched():
        undecided = open_condition(statement) is not None
        entries = list(condition_entries(statement))
    for operator, key, values in entries:
        lowered = operator.lower()
        name = key.lower().partition("/")[0]
        if name not in keys or lowered.startswith("forallvalues:") or lowered.endswith("ifexists"):
            continue
        truth = narrows(name, plain_operator(operator), values)
        if truth:
            return True
        undecided = undecided or truth is None
    return None if undecided else False


def says_who_in_vain(statement: Any) -> bool:
    """Whether a condition is about nothing but who asks, and says it so that anybody may."""
    found = {key.lower().partition("/")[0] for _, key, _ in condition_entries(statement)}
    return bool(found) and found <= WHO | _ONES_OWN
