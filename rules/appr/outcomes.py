"""Whether the conditions of a Condition step can come out both ways."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from linter.core.documents import Path
from linter.core.record import record
from linter.core.values import MISSING, Choice, Rest, Template, Unknown, dig, lookup
from linter.domain.expressions import expression_of, parse_reference
from linter.domain.pipeline import Step
from linter.policy.helpers import as_number, known_values
from rules.appr.metrics import RANGES, Range, metric_of, range_of


class Holds(Enum):
    """When a comparison is true."""

    ALWAYS = "always"
    NEVER = "never"
    DEPENDS = "depends"
    """On what happens in an execution."""
    UNDECIDED = "undecided"
    """On a value that the text does not give."""


@record
class Finding:
    """What can be said of a condition.

    ``sure`` is whether the values make it so, rather than a threshold that no metric reaches in
    practice; ``at`` is where that is written, below ``Conditions``; ``what`` says so to people.
    """

    holds: Holds
    sure: bool = True
    at: Path = ()
    what: str = ""
    because: Any = None
    """Of an undecided one, the value that decides."""


_DEPENDS = Finding(Holds.DEPENDS)
_COMPARISONS = {
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": ">=",
    "LessThan": "<",
    "LessThanOrEqualTo": "<=",
    "Equals": "=",
}
_MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "="}
_MAX_DEPTH = 50


def outcome_of(step: Step) -> Finding:
    """What can be said of all conditions of a Condition step, which must hold together."""
    raw = dig(step.raw, "Arguments", "Conditions")
    resolved = dig(step.value, "Arguments", "Conditions")
    if isinstance(raw, Unknown):
        return Finding(Holds.UNDECIDED, because=raw)
    if not isinstance(raw, list) or not isinstance(resolved, list) or not raw:
        return _DEPENDS
    return _all(_each(raw, resolved, (), 0))


def _each(raw: list[Any], resolved: list[Any], at: Path, depth: int) -> list[Finding]:
    return [
        _one(item, value, (*at, index), depth + 1)
        for index, (item, value) in enumerate(zip(raw, resolved, strict=True))
    ]


def _all(found: Iterable[Finding]) -> Finding:
    """Together: one that never holds decides, else all must hold always."""
    items = list(found)
    never = [one for one in items if one.holds is Holds.NEVER]
    if never:
        return next((one for one in never if one.sure), never[0])
    undecided = next((one for one in items if one.holds is Holds.UNDECIDED), None)
    if undecided is not None:
        return undecided
    if not items or any(one.holds is Holds.DEPENDS for one in items):
        return _DEPENDS
    return next((one for one in items if not one.sure), items[0])


def _not(found: Finding) -> Finding:
    turned = {Holds.ALWAYS: Holds.NEVER, Holds.NEVER: Holds.ALWAYS}.get(found.holds, found.holds)
    return Finding(turned, found.sure, found.at, found.what, found.because)


def _one(raw: Any, resolved: Any, at: Path, depth: int) -> Finding:
    if isinstance(raw, Unknown):
        return Finding(Holds.UNDECIDED, at=at, because=raw)
    if depth > _MAX_DEPTH:
        return Finding(Holds.UNDECIDED, at=at, because="conditions are nested too deep")
    if not isinstance(raw, dict) or not isinstance(resolved, dict):
        return _DEPENDS
    kind = lookup(raw, "Type")
    if kind == "Or":
        inner, values = lookup(raw, "Conditions"), lookup(resolved, "Conditions")
        if not isinstance(inner, list) or not isinstance(values, list):
            return _open(inner, at)
        return _not(_all(map(_not, _each(inner, values, (*at, "Conditions"), depth))))
    if kind == "Not":
        key = "Condition" if isinstance(raw.get("Condition"), dict) else "Expression"
        return _not(_one(lookup(raw, key), lookup(resolved, key), (*at, key), depth + 1))
    if kind == "In":
        return _membership(raw, resolved, at)
    if isinstance(kind, Unknown | Template):
        return Finding(Holds.UNDECIDED, at=(*at, "Type"), because=kind)
    if not isinstance(kind, str) or kind not in _COMPARISONS:
        return _DEPENDS
    left, right = (
        (_written(lookup(raw, key)), lookup(resolved, key), (*at, key))
        for key in ("LeftValue", "RightValue")
    )
    return _comparison(left, _COMPARISONS[kind], right)


def _open(value: Any, at: Path) -> Finding:
    if isinstance(value, Unknown | Template):
        return Finding(Holds.UNDECIDED, at=at, because=value)
    return _DEPENDS


def _written(raw: Any) -> Any:
    """An operand as written; one that refers to something unknown is unknown itself."""
    target = raw.get("Get") if isinstance(raw, dict) and len(raw) == 1 else None
    return target if isinstance(target, Unknown | Template) else raw


_Operand = tuple[Any, Any, Path]
"""An operand as written, resolved, and where it is."""


def _comparison(left: _Operand, sign: str, right: _Operand) -> Finding:
    for operand in (left, right):
        if isinstance(operand[0], Unknown | Template):
            return _against_unknown(left, sign, right)
    if left[0] == right[0] and left[0] is not MISSING:
        holds = Holds.ALWAYS if sign in ("=", ">=", "<=") else Holds.NEVER
        return Finding(holds, at=right[2], what="it compares a value with itself")
    metrics = metric_of(left[0]), metric_of(right[0])
    if metrics[0] is not None and metrics[1] is None:
        return _threshold(metrics[0], sign, right)
    if metrics[1] is not None and metrics[0] is None:
        return _threshold(metrics[1], _MIRRORED[sign], left)
    if metrics != (None, None) or _varies(left[0]) or _varies(right[0]):
        return _DEPENDS
    return _constant(left[1], sign, right[1], right[2])


def _against_unknown(left: _Operand, sign: str, right: _Operand) -> Finding:
    """One side is a value that the text does not give."""
    for metric, threshold, turned in ((left, right, sign), (right, left, _MIRRORED[sign])):
        name = metric_of(metric[0])
        if name is not None:
            return _threshold(name, turned, threshold)
    value = left if isinstance(left[0], Unknown | Template) else right
    return Finding(Holds.UNDECIDED, at=value[2], because=value[0])


def _varies(raw: Any) -> bool:
    """Whether an operand is found out, or given, when the pipeline runs."""
    return expression_of(raw) is not None


def _threshold(path: str, sign: str, operand: _Operand) -> Finding:
    """A metric against a value: where every value that the metric can have is on one side."""
    raw, value, at = operand
    ranges = RANGES if not path else tuple(r for r in (range_of(path),) if r is not None)
    if not ranges:
        return _DEPENDS
    if isinstance(raw, dict) and parse_reference(str(raw.get("Get"))).root != "Parameters":
        return _DEPENDS
    options = known_values(value)
    if not options:
        return _open(value, at)
    found = [
        _decide(one, sign, number)
        for one in ranges
        for number in map(as_number, options)
        if number is not None
    ]
    fixed = [(holds, sure) for holds, sure in found if holds is not Holds.DEPENDS]
    if not fixed:
        return _DEPENDS
    if not path:
        return Finding(Holds.UNDECIDED, at=at, because="the metric is not known")
    if isinstance(value, Unknown) and len(fixed) < len(found):
        return Finding(Holds.UNDECIDED, at=at, because=value)
    holds, sure = fixed[0]
    name = path.strip(".[]'\"")[:80]
    when = "whatever the model is worth" if sure else "of any model that there is"
    how = "holds" if holds is Holds.ALWAYS else "does not hold"
    return Finding(holds, sure, at, f"{name} {sign} {_shown(options[0])} {how} {when}")


def _shown(number: Any) -> str:
    return str(number)[:40]


def _decide(values: Range, sign: str, number: float) -> tuple[Holds, bool]:
    """(when the comparison of such a metric with a number holds, whether that is certain)."""
    if sign == "=":
        outside = number < values.low or number > values.high
        return (Holds.NEVER, True) if outside else (Holds.DEPENDS, True)
    upwards = sign in (">", ">=")
    below = number <= values.low if sign in (">=", "<") else number < values.low
    above = number >= values.high if sign in ("<=", ">") else number > values.high
    if below or above:
        return (Holds.ALWAYS if below is upwards else Holds.NEVER), True
    if number <= values.absurd_low:
        return (Holds.ALWAYS if upwards else Holds.NEVER), False
    if number >= values.absurd_high or (values.share and number == 1 and sign == "<="):
        return (Holds.NEVER if upwards else Holds.ALWAYS), False
    return Holds.DEPENDS, True


def _constant(left: Any, sign: str, right: Any, at: Path) -> Finding:
    """Two literals."""
    if isinstance(left, dict | list | Choice) or isinstance(right, dict | list | Choice):
        return _DEPENDS
    if left is MISSING or right is MISSING:
        return _DEPENDS
    a, b = as_number(left), as_number(right)
    if a is not None and b is not None:
        truth = {">": a > b, ">=": a >= b, "<": a < b, "<=": a <= b, "=": a == b}[sign]
    elif sign == "=":
        truth = str(left) == str(right)
    else:
        return _DEPENDS
    return Finding(
        Holds.ALWAYS if truth else Holds.NEVER,
        at=at,
        what=f"{_shown(left)} and {_shown(right)} are fixed before the pipeline runs",
    )


def _membership(raw: dict[str, Any], resolved: dict[str, Any], at: Path) -> Finding:
    """``In``: an equality with any of the values."""
    query = (
        _written(lookup(raw, "QueryValue")),
        lookup(resolved, "QueryValue"),
        (*at, "QueryValue"),
    )
    listed, values = lookup(raw, "Values"), lookup(resolved, "Values")
    if not isinstance(listed, list) or not isinstance(values, list):
        return _open(listed, (*at, "Values"))
    found: list[Finding] = []
    for index, (item, value) in enumerate(zip(listed, values, strict=True)):
        place = (*at, "Values", index)
        if isinstance(item, Rest):
            found.append(Finding(Holds.UNDECIDED, at=place, because=item))
        else:
            found.append(_comparison(query, "=", (_written(item), value, place)))
    if not found:
        return _DEPENDS
    return _not(_all(map(_not, found)))
