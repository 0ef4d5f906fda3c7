"""Condition operators, three-valued.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
and, for ``ForAllValues`` and ``ForAnyValue``,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Iterable
from typing import Any

from linter.core.record import record
from linter.core.truth import Truth, agreement, conjunction, disjunction, kleene_not
from linter.core.values import Choice, OpenDict, Rest, Template, Unknown, lookup
from linter.domain.iam.globs import GAP, holds, holds_one, may_meet, options, plain
from linter.domain.iam.request import Request
from linter.domain.iam.variables import filled

Compare = Callable[[Any, Any, Request], Truth]
"""(value in the policy, value in the request, the request) → whether they match."""


@record
class Operator:
    """``quantifier`` is ``forallvalues``, ``foranyvalue`` or ``""``."""

    compare: Compare | None
    """``None`` for ``Null``, which compares nothing."""
    negated: bool
    quantifier: str
    if_exists: bool


def parse_operator(name: str) -> Operator | None:
    """An operator by its name; ``None`` when there is none of that name."""
    quantifier, _, rest = name.lower().rpartition(":")
    if quantifier not in ("", "forallvalues", "foranyvalue"):
        return None
    if_exists = rest.endswith("ifexists")
    base = rest.removesuffix("ifexists")
    if base == "null":
        return None if if_exists else Operator(None, False, quantifier, False)
    found = _OPERATORS.get(base)
    return None if found is None else Operator(found[0], found[1], quantifier, if_exists)


def condition_entries(condition: Any) -> tuple[list[tuple[str, str, Any]], bool]:
    """(operator, key, values) of a condition, and whether that is all of it."""
    if not isinstance(condition, dict):
        return [], False
    whole = not isinstance(condition, OpenDict)
    found: list[tuple[str, str, Any]] = []
    for operator, keys in condition.items():
        if not isinstance(keys, dict) or isinstance(keys, OpenDict):
            whole = False
        for key in keys if isinstance(keys, dict) else ():
            found.append((str(operator), str(key), lookup(keys, key)))
    return found, whole


def holds_for(name: str, key: str, values: Any, request: Request) -> Truth:
    """Whether one entry of a condition block is met: ``{name: {key: values}}``."""
    operator = parse_operator(name)
    if operator is None:
        return None
    wanted = listed(values)
    found = request.values(key)
    if operator.compare is None:
        return disjunction(_null(value, found) for value in wanted)
    if isinstance(found, Unknown):
        return None
    if not found:
        if operator.quantifier == "foranyvalue":
            return None if operator.if_exists else False  # the documentation says both
        if operator.quantifier:
            return True
        return operator.if_exists or operator.negated
    matched = (_any(operator, wanted, value, request) for value in found)
    if operator.quantifier == "forallvalues":
        return conjunction(matched)
    if operator.quantifier == "foranyvalue":
        return disjunction(matched)
    return agreement(matched)


def listed(value: Any) -> list[Any]:
    """A value that may stand alone as a list; of an unknown that may be a list, a ``Rest``."""
    if isinstance(value, list):
        return value
    if isinstance(value, Choice) and any(isinstance(item, list) for item in value.values):
        return [Rest("one of several lists", value.references)]
    if isinstance(value, Unknown) and not isinstance(value, Rest):
        return [Rest(value.reason, value.references)]
    return [value]


def _any(operator: Operator, wanted: Iterable[Any], value: Any, request: Request) -> Truth:
    assert operator.compare is not None
    truths = (
        None if isinstance(one, Rest) else operator.compare(one, value, request) for one in wanted
    )
    truth = disjunction(truths)
    return kleene_not(truth) if operator.negated else truth


def _null(value: Any, found: list[Any] | Unknown | None) -> Truth:
    if isinstance(found, Unknown) or isinstance(value, Unknown | Choice | Template):
        return None
    wants_absent = str(value).lower()
    if wants_absent not in ("true", "false"):
        return False
    return (not found) == (wants_absent == "true")


def _text(like: bool, fold: bool) -> Compare:
    def compare(wanted: Any, value: Any, request: Request) -> Truth:
        globs = filled(wanted, request, like=like)
        if globs is None:
            return None  # not documented for a negated operator
        texts = options(value, plain)
        if fold:
            globs = tuple(atoms.lower() for atoms in globs)
            texts = tuple(atoms.lower() for atoms in texts)
        return holds(globs, texts)

    return compare


def _arn(wanted: Any, value: Any, request: Request) -> Truth:
    """Each of the six parts of an ARN by itself; ``ArnEquals`` and ``ArnLike`` are the same."""
    globs = filled(wanted, request, like=True)
    if globs is None:
        return None
    return agreement(_one_arn(g, t) for g in globs for t in options(value, plain))


def _one_arn(glob: str, text: str) -> Truth:
    if GAP in glob or GAP in text:
        return None if may_meet(glob, text) else False
    parts, found = glob.split(":", 5), text.split(":", 5)
    if len(parts) != 6 or len(found) != 6:
        return None  # not said by the documentation for what is no ARN
    return conjunction(holds_one(a, b) for a, b in zip(parts, found, strict=True))


def _number(relation: Callable[[Any, Any], bool], read: Callable[[Any], Any]) -> Compare:
    def compare(wanted: Any, value: Any, request: Request) -> Truth:  # noqa: ARG001
        first, second = read(value), read(wanted)
        if first is None or second is None:
            return None
        return relation(first, second)

    return compare


def _decimal(value: Any) -> Any:
    from decimal import Decimal, InvalidOperation

    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(value: Any) -> Any:
    """Seconds since 1970, of an ISO 8601 date or of such a number."""
    from datetime import UTC, datetime

    number = _decimal(value)
    if number is not None:
        return number
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _decimal(moment.timestamp())


def _address(wanted: Any, value: Any, request: Request) -> Truth:  # noqa: ARG001
    """Whether an address lies in a range; one without a prefix length is a range of one."""
    from ipaddress import ip_address, ip_network

    if not isinstance(wanted, str) or not isinstance(value, str):
        return None
    try:
        network, address = ip_network(wanted.strip(), strict=False), ip_address(value.strip())
    except ValueError:
        return None
    return address.version == network.version and address in network


_EQUAL, _LIKE = _text(like=False, fold=False), _text(like=True, fold=False)
_FOLDED = _text(like=False, fold=True)
_OPERATORS: dict[str, tuple[Compare, bool]] = {
    "stringequals": (_EQUAL, False),
    "stringnotequals": (_EQUAL, True),
    "stringequalsignorecase": (_FOLDED, False),
    "stringnotequalsignorecase": (_FOLDED, True),
    "stringlike": (_LIKE, False),
    "stringnotlike": (_LIKE, True),
    "bool": (_FOLDED, False),
    "binaryequals": (_EQUAL, False),
    "ipaddress": (_address, False),
    "notipaddress": (_address, True),
    "arnequals": (_arn, False),
    "arnlike": (_arn, False),
    "arnnotequals": (_arn, True),
    "arnnotlike": (_arn, True),
    **{
        f"{family}{word}": (_number(relation, read), negated)
        for family, read in (("numeric", _decimal), ("date", _moment))
        for word, relation, negated in (
            ("equals", python.eq, False),
            ("notequals", python.eq, True),
            ("lessthan", python.lt, False),
            ("lessthanequals", python.le, False),
            ("greaterthan", python.gt, False),
            ("greaterthanequals", python.ge, False),
        )
    },
}
"""Base name → how it compares, and whether it holds when the comparison does not."""
