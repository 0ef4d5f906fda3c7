"""Which accounts are one's own, whose a principal is, and whether a condition says who may come."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

from linter.core.regex import lazy_regex
from linter.core.values import MISSING, OpenDict, Template, Unknown, lookup
from linter.project.model import Project
from rules.iam.reading import condition_entries, plain_operator

_ACCOUNT = lazy_regex(r"(?:arn:aws[a-z-]*:(?:iam|sts)::)?([0-9]{12})(?::.*)?")
_OWN_REFERENCES = ("data.aws_caller_identity.", "AWS::AccountId")
_POSITIVE = frozenset(
    "stringequals stringequalsignorecase stringlike arnequals arnlike ipaddress".split()
)

WHO = frozenset(
    """aws:principalorgid aws:principalorgpaths aws:principalaccount aws:principalarn
    aws:principaltag aws:sourceaccount aws:sourcearn aws:sourceorgid aws:sourceorgpaths
    aws:sourceip aws:sourcevpc aws:sourcevpce aws:vpcsourceip aws:userid aws:username
    kms:calleraccount sts:externalid saml:aud sts:sourceidentity""".split()
)
"""Condition keys that say who asks, or from where."""


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

    Only a positive comparison with something that is no bare wildcard counts. ``IfExists`` and
    ``ForAllValues`` hold for whoever lacks the key.
    """
    condition = lookup(statement, "Condition")
    if condition is MISSING or condition is None:
        return False
    if not isinstance(condition, dict):
        return None  # not known, or none that IAM would take
    for operator, key, values in condition_entries(statement):
        lowered = operator.lower()
        name = key.lower().partition("/")[0]
        if name == "aws:multifactorauthpresent" and name in keys and lowered == "bool":
            return True
        if (
            name in keys
            and plain_operator(operator) in _POSITIVE
            and not lowered.endswith("ifexists")
            and not lowered.startswith("forallvalues:")
            and _narrow(values)
        ):
            return True
    undecided = isinstance(condition, OpenDict) or any(
        isinstance(item, Unknown | OpenDict) for item in condition.values()
    )
    return None if undecided else False


def _narrow(values: Any) -> bool:
    listed = values if isinstance(values, list) else [values]
    return not any(
        isinstance(value, str)
        and (not value.strip("*?") or value in ("0.0.0.0/0", "::/0", "arn:aws:*", "arn:*"))
        for value in listed
    )
