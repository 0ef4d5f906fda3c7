"""Terraform's ``==``, three-valued."""

from __future__ import annotations

from linter.core.values import Template
from linter.readers.terraform.cty.numbers import exact
from linter.readers.terraform.cty.types import has_dynamic
from linter.readers.terraform.cty.value import (
    BOOL,
    LIST,
    MAPPINGS,
    NULL,
    NUMBER,
    OBJECT,
    REST,
    SET,
    STRING,
    TUPLE,
    UNKNOWN,
    Value,
    is_wholly_known,
)


def equals(left: Value, right: Value) -> bool | None:
    """``True``, ``False``, or ``None`` when it depends on what is not known.

    As in Terraform, values of different types are never equal: ``1 == "1"`` is false, and a
    tuple never equals a list. Null equals null of any type.
    """
    if left is right and is_wholly_known(left):
        return True
    a, b = left.kind, right.kind
    if a is NULL or b is NULL:
        return _with_null(left, right)
    if a is UNKNOWN or b is UNKNOWN or a is REST or b is REST:
        return _with_unknown(left, right)
    if a is STRING and b is STRING:
        return _strings(left, right)
    if a is not b:
        return _different_kinds(left, right)
    if a is NUMBER:
        return exact(left.data) == exact(right.data)
    if a is BOOL:
        return bool(left.data == right.data)
    if a in MAPPINGS:
        return _mappings(left, right)
    return _sets(left, right) if a is SET else _sequences(left, right)


def _with_null(left: Value, right: Value) -> bool | None:
    if left.kind is NULL and right.kind is NULL:
        return True
    other = right if left.kind is NULL else left
    return None if other.kind is UNKNOWN and not other.not_null else False


def _with_unknown(left: Value, right: Value) -> bool | None:
    if left.kind in (UNKNOWN, REST) and right.kind in (UNKNOWN, REST):
        # Either may be null, and nulls of different types are equal.
        return None
    unsure, other = (left, right) if left.kind in (UNKNOWN, REST) else (right, left)
    if unsure.kind is UNKNOWN and unsure.options:
        outcomes = {equals(option, other) for option in unsure.options}
        return outcomes.pop() if len(outcomes) == 1 else None
    wanted, have = unsure.type, other.type
    if has_dynamic(wanted) or has_dynamic(have):
        return None
    return None if wanted == have else False


def _strings(left: Value, right: Value) -> bool | None:
    a, b = left.data, right.data
    if isinstance(a, str):
        if isinstance(b, str):
            return a == b
        return None if b.may_equal(a) else False
    if isinstance(b, str):
        return None if a.may_equal(b) else False
    return None if _may_overlap(a, b) else False


def _may_overlap(a: Template, b: Template) -> bool:
    """Whether two templates may be the same text, judged by their known ends."""
    return (a.prefix.startswith(b.prefix) or b.prefix.startswith(a.prefix)) and (
        a.suffix.endswith(b.suffix) or b.suffix.endswith(a.suffix)
    )


def _different_kinds(left: Value, right: Value) -> bool | None:
    """Kinds differ; only a partly known tuple (object) may in truth be a list (map)."""
    for one, other in ((left, right), (right, left)):
        if one.kind is TUPLE and one.has_rest and other.kind is LIST:
            return None
        if one.kind is OBJECT and one.rest is not None and other.kind in MAPPINGS:
            return None
    return False


def _all(outcomes: list[bool | None]) -> bool | None:
    if False in outcomes:
        return False
    return None if None in outcomes else True


def _types_agree(left: Value, right: Value) -> bool | None:
    a, b = left.type, right.type
    if (has_dynamic(a) or has_dynamic(b)) and not (
        is_wholly_known(left) and is_wholly_known(right)
    ):
        return None
    return a == b  # an element type that is left open where all is known is one of its own


def _sequences(left: Value, right: Value) -> bool | None:
    if left.has_rest or right.has_rest:
        return None
    if len(left.data) != len(right.data):
        return False
    alike = _types_agree(left, right) if left.kind is LIST else True
    if alike is False:
        return False
    return _all([alike, *(equals(a, b) for a, b in zip(left.data, right.data, strict=True))])


def _mappings(left: Value, right: Value) -> bool | None:
    if left.rest is not None or right.rest is not None:
        return None
    if left.data.keys() != right.data.keys():
        return False
    if left.kind is not OBJECT and _types_agree(left, right) is False:
        return False
    return _all([equals(item, right.data[name]) for name, item in left.data.items()])


def _sets(left: Value, right: Value) -> bool | None:
    if _types_agree(left, right) is False:
        return False
    if not (is_wholly_known(left) and is_wholly_known(right)):
        return None
    from linter.readers.terraform.cty.sets import identity

    return {identity(item) for item in left.data} == {identity(item) for item in right.data}
