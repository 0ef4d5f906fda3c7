"""IAM052 to IAM059: documents that AWS refuses, or that do not mean what they seem to."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.reads import note
from linter.core.values import (
    MISSING,
    Choice,
    OpenDict,
    Rest,
    Template,
    Unknown,
    lookup,
    note_unknown,
    walk,
)
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from rules.iam.arns import some_text
from rules.iam.narrowing import is_anywhere
from rules.iam.reading import condition_entries

OPERATORS = frozenset(
    """stringequals stringnotequals stringequalsignorecase stringnotequalsignorecase stringlike
    stringnotlike numericequals numericnotequals numericlessthan numericlessthanequals
    numericgreaterthan numericgreaterthanequals dateequals datenotequals datelessthan
    datelessthanequals dategreaterthan dategreaterthanequals bool binaryequals ipaddress
    notipaddress arnequals arnlike arnnotequals arnnotlike null""".split()
)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""
_ELEMENTS = frozenset(
    {
        *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"),
        *("Principal", "NotPrincipal", "Condition"),
    }
)
LIMITS = {"identity": 10_240, "trust": 2_048, "boundary": 6_144}
"""Characters without white space: inline policies of a role together, a trust policy, a managed
policy (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
_MANAGED = 6_144
_SPOOFABLE = ("aws:referer", "aws:useragent")
_EXACT = ("stringequals", "stringequalsignorecase", "stringnotequals")


def _plain(operator: str) -> str:
    return operator.lower().rpartition(":")[2].removesuffix("ifexists")


def _entries(subject: Subject) -> Iterator[tuple[str, str, list[Any]]]:
    """(operator, key, values) of a statement's condition."""
    for operator, key, values in condition_entries(subject.value):
        yield operator, key, values if isinstance(values, list) else [values]


def operators(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM052: an operator that does not exist, or a value it cannot compare."""
    condition = lookup(subject.value, "Condition")
    named: list[tuple[str, str, list[Any]]] = []
    if isinstance(condition, dict):
        named = [(str(name), "", []) for name in condition]
    for operator, key, values in [*named, *_entries(subject)]:
        plain = _plain(operator)
        prefix = operator.lower().rpartition(":")[0]
        at = ("Condition", operator)
        if plain not in OPERATORS or prefix not in ("", "forallvalues", "foranyvalue"):
            yield fail(at, f"{subject.title} uses {operator}, which is no operator", key=True)
            continue
        for index, value in enumerate(values):
            if not isinstance(value, str) or "${" in value:
                continue
            wrong = _unfit(plain, value)
            if wrong:
                yield fail(
                    (*at, key, index),
                    f"{subject.title} compares {key} by {operator} with {value[:60]}, which is "
                    f"no {wrong}",
                    detail=f"{operator} {key}",
                )


def _unfit(operator: str, value: str) -> str:
    if operator in ("bool", "null"):
        return "" if value.lower() in ("true", "false") else "boolean"
    if operator.startswith("numeric"):
        return "" if re.fullmatch(r"-?\d+(?:\.\d+)?", value) else "number"
    if operator.startswith("date"):
        return "" if re.match(r"\d{4}-\d\d|\d+$", value) else "date"
    if operator in ("ipaddress", "notipaddress"):
        from ipaddress import ip_network

        try:
            ip_network(value, strict=False)
        except ValueError:
            return "address"
    return ""


def literal_wildcards(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM053: a wildcard that is compared as an asterisk."""
    for operator, key, values in _entries(subject):
        if _plain(operator) not in _EXACT:
            continue
        for index, value in enumerate(values):
            if isinstance(value, str) and "*" in value and len(value) > 1:
                yield fail(
                    ("Condition", operator, key, index),
                    f"{subject.title} compares {key} by {operator} with {value[:80]}: the "
                    "asterisk is no wildcard there",
                )


def weak_mfa(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM054: a condition on MFA that holds where there is none."""
    if lookup(subject.value, "Effect") != "Allow":
        return
    for operator, key, values in _entries(subject):
        if key.lower() != "aws:multifactorauthpresent":
            continue
        if operator.lower() == "bool" and any(str(value).lower() == "false" for value in values):
            yield fail(
                ("Condition", operator),
                f"{subject.title} holds for sessions without MFA: it asks that there be none",
                key=True,
            )
        elif operator.lower() in ("boolifexists", "null"):
            yield fail(
                ("Condition", operator),
                f"{subject.title} asks for MFA by {operator}, which also holds for access keys "
                "that know nothing of it",
                key=True,
            )


def spoofable(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM055: conditions on what the caller says of itself, or that hold for everybody."""
    if lookup(subject.value, "Effect") != "Allow":
        return
    for operator, key, values in _entries(subject):
        if key.lower() in _SPOOFABLE:
            yield fail(
                ("Condition", operator, key),
                f"{subject.title} relies on {key}, which any caller can set",
                key=True,
            )
        elif key.lower() == "aws:sourceip" and (
            _plain(operator) == "ipaddress" and is_anywhere(values)
        ):
            yield fail(
                ("Condition", operator, key),
                f"{subject.title} allows every address: its condition on {key} limits nothing",
            )


def version(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM056: the language of 2008, in which policy variables are plain text."""
    value = lookup(subject.value, "Version")
    if isinstance(value, Unknown | Template | Choice):
        yield unknown(value, ("Version",))
    elif value is MISSING or value is None:
        yield fail(("Version",), f"{subject.title} has no Version and so means that of 2008")
    elif value != "2012-10-17":
        yield fail(("Version",), f"{subject.title} has the Version {str(value)[:40]}")


def sids(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM057: Sids that occur twice, or that identity policies do not take."""
    statements = lookup(subject.value, "Statement")
    items = statements if isinstance(statements, list) else []
    named = [(i, lookup(s, "Sid")) for i, s in enumerate(items) if isinstance(s, dict)]
    counts = Counter(sid for _, sid in named if isinstance(sid, str) and sid)
    seen: set[str] = set()
    for index, sid in named:
        if not isinstance(sid, str) or not sid:
            continue
        at = ("Statement", index, "Sid")
        if counts[sid] > 1:
            if sid in seen:
                yield fail(at, f"{subject.title} uses the Sid {sid[:80]} twice", detail=sid)
            seen.add(sid)
        elif subject.type != "resource" and not re.fullmatch(r"[A-Za-z0-9]+", sid):
            yield fail(
                at,
                f"{subject.title} has the Sid {sid[:80]}: only letters and digits are taken",
                detail=sid,
            )


def malformed(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM058: statements that the policy language does not know."""
    raw = subject.raw
    if isinstance(raw, Unknown) or not isinstance(raw, dict):
        return
    statements = lookup(raw, "Statement")
    if statements is MISSING or statements in ([], None):
        yield fail((), f"{subject.title} has no Statement")
        return
    items = statements if isinstance(statements, list) else [statements]
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            continue
        for what in _faults(item, subject.type):
            yield fail(("Statement", index), f"{subject.title} {what}", detail=what)
        for at, name in _wild_principals(item):
            yield fail(
                ("Statement", index, *at),
                f"{subject.title} names the principal {name[:120]}: AWS takes an asterisk only "
                "alone, for everybody, and refuses one inside a name",
                detail=name[:200],
            )


def _wild_principals(item: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Principals with a wildcard inside of them: (path, text)."""
    for element in ("Principal", "NotPrincipal"):
        named = note_unknown(lookup(item, element))
        for kind, values in named.items() if isinstance(named, dict) else ():
            listed = values if isinstance(values, list) else [values]
            note(*(value for value in listed if isinstance(value, Unknown)))
            for index, value in enumerate(listed):
                text = value if isinstance(value, str) else ""
                if isinstance(value, Template):
                    text = some_text(value) or ""
                if len(text) > 1 and ("*" in text or "?" in text):
                    yield (element, kind, index), str(value)


def _faults(item: dict[str, Any], use: str) -> Iterator[str]:
    effect = lookup(item, "Effect")
    if effect is MISSING:
        yield "has a statement without Effect"
    elif isinstance(effect, str) and effect not in ("Allow", "Deny"):
        yield f"has the Effect {effect[:40]}, which is neither Allow nor Deny"
    for unknown_name in sorted(set(item) - _ELEMENTS):
        yield f"has the element {unknown_name[:40]}, which the policy language does not know"
    for one, other in (("Action", "NotAction"), ("Resource", "NotResource")):
        if isinstance(item, OpenDict) and not (one in item and other in item):
            lookup(item, one)  # which is noted
            continue
        both = [key for key in (one, other) if key in item]
        if len(both) == 2:
            yield f"has both {one} and {other} in a statement"
        elif not both and (one == "Action" or use == "identity"):
            yield f"has a statement without {one}"
        elif both and item[both[0]] == []:
            yield f"has an empty {both[0]}"
        elif both and isinstance(item[both[0]], Rest | list):
            listed = item[both[0]]
            if not isinstance(listed, list) or all(isinstance(one, Rest) for one in listed):
                note_unknown(listed)
    if use == "identity" and "Principal" in item:
        yield "names a Principal, which only policies of resources and roles' trust do"
    if use == "trust" and "Resource" in item:
        yield "names a Resource, which a trust policy does not have"


def size(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM059: larger than IAM takes; what is not known counts nothing."""
    limit = LIMITS.get(subject.type)
    if limit is None or not isinstance(subject.raw, dict):
        return
    if subject.type == "identity" and "role_policy" not in subject.address:
        limit = _MANAGED
    length = len(json.dumps(subject.raw, separators=(",", ":"), default=_nothing))
    if length <= limit:
        note(*_growth(subject.raw, limit - length))
    else:
        yield fail((), f"{subject.title} has at least {length:,} characters; {limit:,} are allowed")


_ORDINARY = 200
"""Characters that a text which is not known has at most, unless it is a list."""


def _growth(policy: Any, left: int) -> Iterator[Unknown]:
    """What of a policy may make it too large: lists that go on, or very many unknown texts."""
    texts = 0
    for path, value in walk(policy):
        if isinstance(value, Rest) or (
            isinstance(value, Unknown)
            and path
            and (path[-1] in (*_LISTS, "Statement") or path[-2:-1] == ("Statement",))
        ):
            yield value
        elif isinstance(value, OpenDict) and len(path) < 3:
            yield value.rest
        texts += isinstance(value, Unknown | Template)
        if texts * _ORDINARY > left and isinstance(value, Unknown):
            yield value


_LISTS = ("Action", "NotAction", "Resource", "NotResource")


def _nothing(_: Any) -> str:
    return ""
