"""Whether a value that a condition asks for keeps anybody out.

What anybody with an account of their own can meet is no guard: a role of a name in any account, any
organisation, an ARN of any account's resource, a tag or a session name that one gives oneself, an
address of half of the internet. Keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linter.core.networks import is_much_of_the_internet
from linter.core.truth import Truth, conjunction
from linter.core.values import Choice, Rest, Template, Unknown
from rules.iam.arns import SOMETHING, some_text

MFA = "aws:multifactorauthpresent"
_WILD_OPERATORS = frozenset({"stringlike", "arnequals", "arnlike"})
_EXACT_OPERATORS = frozenset({"stringequals", "stringequalsignorecase"})


def narrows(key: str, operator: str, values: Any) -> Truth:
    """Whether a positive comparison of a key (without what follows a slash) keeps anybody out.

    One value that anybody meets is enough for everybody; ``None`` where an unknown may be one.
    """
    listed = values if isinstance(values, list) else [values]
    if key == MFA:
        return _mfa(operator, listed)
    if operator == "ipaddress":
        return _addresses(listed)
    if operator not in _WILD_OPERATORS | _EXACT_OPERATORS:
        return False
    test = _TESTS.get(key, _is_specific)
    return conjunction(_one(value, operator, test) for value in listed)


def _one(value: Any, operator: str, test: Callable[[str], bool]) -> Truth:
    if isinstance(value, Rest):
        return None
    if isinstance(value, Choice):
        return conjunction(_one(item, operator, test) for item in value.values)
    if isinstance(value, Unknown):
        # An exact comparison has no wildcards: whatever it is, it is one thing.
        return True if operator in _EXACT_OPERATORS else None
    text = some_text(value) if isinstance(value, str | Template) else None
    return None if text is None else test(text)


def _is_specific(text: str) -> bool:
    return bool(text.strip("*?"))


def _names_an_account(text: str) -> bool:
    """An ARN of one account, or of a resource that has none: ``arn:aws:s3:::data``."""
    if text.startswith("arn:") and text.count(":") >= 5:
        account, name = text.split(":", 5)[4:]
        if account:
            return not _has_wildcard(account)
        return bool(name.strip("*?/:")) and name[0] not in "*?"
    return not _has_wildcard(text) and bool(text)


def _is_one(text: str) -> bool:
    """An account: a wildcard in it stands for accounts of others."""
    return bool(text) and not _has_wildcard(text)


def _is_organisation(text: str) -> bool:
    """An organisation, or a path in one: ``o-a1b2c3/r-ab12/*``."""
    return bool(text.partition("/")[0].removeprefix("o-").strip("*?"))


def _is_network(text: str) -> bool:
    """``vpc-0a1b``, ``vpce-0a1b``."""
    return bool(text.partition("-")[2].strip("*?") or (SOMETHING in text))


def _is_session(text: str) -> bool:
    """``AROAEXAMPLE:*``, the unique id of a role, whoever calls its sessions what."""
    return bool(text.partition(":")[0].strip("*?"))


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


_TESTS: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(("aws:principalarn", "aws:sourcearn"), _names_an_account),
    **dict.fromkeys(
        (
            *("aws:principalaccount", "aws:sourceaccount", "aws:sourceowner"),
            *("aws:vpceaccount", "kms:calleraccount"),
        ),
        _is_one,
    ),
    **dict.fromkeys(
        (
            *("aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid"),
            *("aws:sourceorgpaths", "aws:vpceorgid", "aws:vpceorgpaths"),
        ),
        _is_organisation,
    ),
    **dict.fromkeys(("aws:sourcevpc", "aws:sourcevpce"), _is_network),
    "aws:userid": _is_session,
}


def _mfa(operator: str, listed: list[Any]) -> Truth:
    if operator != "bool":
        return False
    return conjunction(
        None if isinstance(value, Unknown | Template) else str(value).lower() == "true"
        for value in listed
    )


def is_anywhere(values: list[Any]) -> Truth:
    """Whether addresses together are everywhere, or the most of it; ``None``: it depends."""
    truth = _addresses(values)
    return None if truth is None else not truth


def _addresses(listed: list[Any]) -> Truth:
    if is_much_of_the_internet(listed):
        return False
    return None if any(not isinstance(value, str) for value in listed) else True
