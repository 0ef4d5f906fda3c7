"""Which conditions anybody can meet: they guard nothing, whoever asks.

A condition on how a request is made (over TLS, by hand, without MFA, with which client) is met by
asking in that way, one on a key that need not be there by leaving it out, and one that takes any
value by whatever it is. Keys, and when each is in a request:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.truth import Truth, conjunction, disjunction
from linter.core.values import MISSING, Choice, Rest, Template, Unknown
from linter.domain.iam.operators import condition_entries, holds_for, listed, parse_operator
from linter.domain.iam.request import Request

CHOSEN: Mapping[str, tuple[str | None, ...]] = {
    "aws:securetransport": ("true",),
    "aws:viaawsservice": ("false",),
    "aws:principalisawsservice": ("false",),
    "aws:calledvia": (None,),
    "aws:calledviafirst": (None,),
    "aws:calledvialast": (None,),
    "aws:multifactorauthpresent": ("false", None),
    "aws:sourcevpc": (None,),
    "aws:sourcevpce": (None,),
    "aws:vpcsourceip": (None,),
}
"""Condition keys → the values that every caller can give them, ``None`` for leaving them out."""
_FREE = frozenset({"aws:useragent", "aws:referer"})
"""What callers say of themselves, whatever they like."""
_ALWAYS = frozenset(
    """aws:principalarn aws:principalaccount aws:principaltype aws:userid aws:sourceip
    aws:requestedregion aws:currenttime aws:epochtime aws:securetransport""".split()
)
"""Keys that (nearly) every request has."""
_ANY_VALUE = ("stringlike", "arnlike", "arnequals")


def anybody_meets(condition: Any) -> Truth:
    """Whether every caller can meet a condition; ``None`` where an unknown decides it.

    ``False`` also for what only some resources meet: it bounds what is granted.
    """
    if condition is MISSING or condition is None:
        return True
    entries, whole = condition_entries(condition)
    truths: list[Truth] = [] if whole else [None]
    chosen: dict[str, list[tuple[str, Any]]] = {}
    for operator, key, values in entries:
        name = key.lower()
        if name in CHOSEN:
            chosen.setdefault(name, []).append((operator, values))
        else:
            truths.append(_takes_anything(operator, name, values))
    for name, said in chosen.items():
        truths.append(_one_choice_meets(name, said))
    return conjunction(truths)


def _one_choice_meets(name: str, entries: list[tuple[str, Any]]) -> Truth:
    """Whether one value of a key, or leaving it out, meets everything that is said of it."""
    return disjunction(
        conjunction(
            holds_for(operator, name, values, Request("", context={name: value}, complete=True))
            for operator, values in entries
        )
        if all(parse_operator(operator) for operator, _ in entries)
        else False
        for value in CHOSEN[name]
    )


def _takes_anything(operator: str, name: str, values: Any) -> Truth:
    """Whether every value of a key is taken, and the key is there or need not be."""
    parsed = parse_operator(operator)
    if parsed is None or parsed.compare is None or parsed.quantifier == "foranyvalue":
        return False
    if name in _FREE:
        return True
    base = operator.lower().rpartition(":")[2].removesuffix("ifexists")
    if base == "ipaddress":
        return _all_addresses(values) if name in _ALWAYS else False
    there = name in _ALWAYS or parsed.if_exists or parsed.quantifier == "forallvalues"
    if base not in _ANY_VALUE or not there:
        return False
    return disjunction(_is_any(value) for value in listed(values))


def _is_any(value: Any) -> Truth:
    if isinstance(value, Choice):
        return True if all(_is_any(item) for item in value.values) else None
    if isinstance(value, Rest | Unknown):
        return None
    return isinstance(value, str) and bool(value) and not value.strip("*")


def _all_addresses(values: Any) -> Truth:
    from linter.core.networks import is_much_of_the_internet

    if any(isinstance(value, Unknown | Template | Choice) for value in listed(values)):
        return None
    return is_much_of_the_internet(values if isinstance(values, list) else [values])
