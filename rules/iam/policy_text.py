"""IAM052 to IAM059: documents that AWS refuses, or that do not mean what they seem to."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.reads import note
from linter.core.regex import lazy_regex
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
from linter.domain.iam.services import condition_types_of
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.holders import holder_of
from linter.project.model import Policy, Project
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
_MANAGED = 6_144
LIMITS = {"trust": 2_048, "boundary": _MANAGED}
INLINE = {"role": 10_240, "user": 2_048, "group": 5_120}
"""Characters without white space: of a trust policy, a managed policy, and of all inline policies
of a role, user or group together
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
_INLINE_OF = {
    "aws_iam_role": "role",
    "aws_iam_role_policy": "role",
    "aws_iam_user_policy": "user",
    "aws_iam_group_policy": "group",
    "AWS::IAM::Role": "role",
    "AWS::IAM::RolePolicy": "role",
    "AWS::IAM::Policy": "",
    "AWS::IAM::User": "user",
    "AWS::IAM::UserPolicy": "user",
    "AWS::IAM::Group": "group",
    "AWS::IAM::GroupPolicy": "group",
    "AWS::Serverless::Function": "role",
    "AWS::Serverless::StateMachine": "role",
}
"""Types that hold inline policies, and of what; the type says it, whatever the address is."""
_PERMISSION_SETS = ("aws_ssoadmin_permission_set_inline_policy", "AWS::SSO::PermissionSet")
_PERMISSION_SET = 32_768
"""Of a permission set's inline policy
(https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html)."""
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
        mismatch = _mismatch(plain, key) if key else ""
        if mismatch:
            yield fail(
                (*at, key),
                f"{subject.title} compares {key}, {mismatch}, by {operator}",
                key=True,
                detail=f"{operator} {key}",
            )
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


_GLOBAL_TYPES = {
    "aws:currenttime": "Date",
    "aws:tokenissuetime": "Date",
    "aws:multifactorauthage": "Numeric",
    "aws:multifactorauthpresent": "Bool",
    "aws:principalisawsservice": "Bool",
    "aws:securetransport": "Bool",
    "aws:viaawsservice": "Bool",
    "aws:sourceip": "IPAddress",
    "aws:vpcsourceip": "IPAddress",
}
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
_FITTING: dict[str, tuple[tuple[str, ...], str]] = {
    "Numeric": (("numeric", "null"), "a number"),
    "Date": (("date", "numeric", "null"), "a date"),
    "IPAddress": (("ipaddress", "notipaddress", "null"), "an address"),
    "Bool": (("bool", "string", "null"), "a boolean"),
}
"""Type of a key → how operators that compare it begin, and what it is in words. Texts and ARNs are
compared by what other types are written as, too."""


def _mismatch(operator: str, key: str) -> str:
    """What a key is, when an operator cannot compare it."""
    name = key.lower()
    prefix = name.partition(":")[0]
    kind = _GLOBAL_TYPES.get(name)
    if kind is None and prefix != "aws" and ":" in name:
        kind = condition_types_of(prefix).get(name)
    fitting, words = _FITTING.get(kind or "", ((operator,), ""))
    return "" if operator.startswith(fitting) else words


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
        for at, what in _unfit_principals(item):
            yield fail(("Statement", index, *at), f"{subject.title} {what}", detail=what)
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
        elif not both and (one == "Action" or use in ("identity", "control")):
            yield f"has a statement without {one}"
        elif both and item[both[0]] == []:
            yield f"has an empty {both[0]}"
        elif both and isinstance(item[both[0]], Rest | list):
            listed = item[both[0]]
            if not isinstance(listed, list) or all(isinstance(one, Rest) for one in listed):
                note_unknown(listed)
    if use in ("identity", "control") and "Principal" in item:
        yield "names a Principal, which only policies of resources and roles' trust do"
    if use == "trust":
        yield from _trust_faults(item)
    if use in ("trust", "resource"):
        named = [key for key in ("Principal", "NotPrincipal") if key in item]
        if not named and not isinstance(item, OpenDict):
            yield "has a statement without Principal, which is for nobody"
        elif not named:
            lookup(item, "Principal")  # which is noted


def _trust_faults(item: dict[str, Any]) -> Iterator[str]:
    """What a trust policy does not take, which other policies do.

    It is about its role, and about becoming it: "AssumeRole policy may only specify STS AssumeRole
    actions", as AWS refuses others.
    """
    if "Resource" in item or "NotResource" in item:
        yield "names a Resource, which a trust policy does not have"
    if "NotAction" in item:
        yield "has NotAction, which a trust policy does not take"
    actions = item.get("Action", [])
    for action in actions if isinstance(actions, list) else [actions]:
        if isinstance(action, str) and not action.lower().startswith("sts:"):
            yield f"has the action {action[:60]}, and a trust policy takes those of STS only"


_AWS_PRINCIPAL = lazy_regex(
    r"\*|[0-9]{12}|[A-Z0-9]{16,128}"
    r"|arn:aws[a-z-]*:iam::(?:[0-9]{12}|cloudfront):(?:root|(?:user|role|group)/.+)"
    r"|arn:aws[a-z-]*:sts::[0-9]{12}:(?:assumed-role|federated-user|self).*"
)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
_PLACEHOLDER = ("${", "<", "{{", "%", "[")


def _unfit_principals(item: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Principals that no policy takes: (path, what is wrong)."""
    for element in ("Principal", "NotPrincipal"):
        named = lookup(item, element)
        if isinstance(named, list) or (isinstance(named, str) and named != "*"):
            yield (element,), f"has a {element} that is neither an asterisk nor by kind"
        values = named.get("AWS", []) if isinstance(named, dict) else []
        for index, value in enumerate(values if isinstance(values, list) else [values]):
            if not isinstance(value, str) or any(mark in value for mark in _PLACEHOLDER):
                continue
            if ("*" in value or "?" in value) and len(value) > 1:
                continue  # told by itself
            if not _AWS_PRINCIPAL.fullmatch(value):
                yield (
                    (element, "AWS", index),
                    f"names the principal {value[:120]}, which is no account, role or user of AWS",
                )


def size(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM059: larger than IAM takes; what is not known counts nothing."""
    policy = subject.domain
    if not isinstance(subject.raw, dict) or not isinstance(policy, Policy):
        return
    limit = LIMITS.get(subject.type)
    together = [policy]
    whose = ""
    if subject.type == "identity":
        limit, together, whose = _inline(policy, context.project)
    if limit is None:
        return
    sizes = {id(one): _length(one.value) for one in together}
    length = sum(sizes.values())
    if length <= limit:
        note(*(part for one in together for part in _growth(one.value, limit - length)))
    elif len(together) == 1:
        yield fail((), f"{subject.title} has at least {length:,} characters; {limit:,} are allowed")
    elif max(together, key=lambda one: sizes[id(one)]) is policy:
        yield fail(
            (),
            f"{subject.title} is the largest of {len(together)} inline policies of {whose}, which "
            f"have at least {length:,} characters together; {limit:,} are allowed",
        )


def _length(policy: Any) -> int:
    return len(json.dumps(policy, separators=(",", ":"), default=_nothing))


def _inline(policy: Policy, project: Project) -> tuple[int | None, list[Policy], str]:
    """(the limit, the policies that count together, whose they are)."""
    if policy.document.type in _PERMISSION_SETS:
        return _PERMISSION_SET, [policy], ""
    kind = _INLINE_OF.get(policy.document.type)
    if kind is None:
        return _MANAGED, [policy], ""
    holder = holder_of(project, policy)
    if holder is None or holder.kind == "policy":
        return INLINE[kind or "role"], [policy], ""
    beside = [one for one in holder.policies if one.document.type in _INLINE_OF]
    return INLINE[holder.kind], beside, holder.title


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
