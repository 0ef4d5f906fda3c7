"""Whether what is claimed known of a value is what is found in the value itself."""

from __future__ import annotations

from linter.core.values import PossibleKeys, Template
from linter.readers.terraform.cty.numbers import exact
from linter.readers.terraform.cty.types import (
    DYNAMIC,
    Collection,
    ObjectType,
    TupleType,
    Type,
)
from linter.readers.terraform.cty.value import (
    BOOL,
    LIST,
    MAP,
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
)


def type_covers(claim: Type, actual: Type) -> bool:
    if claim is DYNAMIC or actual is DYNAMIC:
        return True
    if isinstance(claim, Collection):
        return type(claim) is type(actual) and type_covers(claim.of, actual.of)
    if isinstance(claim, TupleType):
        return (
            isinstance(actual, TupleType)
            and len(claim.items) == len(actual.items)
            and all(map(type_covers, claim.items, actual.items))
        )
    if isinstance(claim, ObjectType):
        return (
            isinstance(actual, ObjectType)
            and claim.attributes.keys() == actual.attributes.keys()
            and all(type_covers(of, actual.attributes[n]) for n, of in claim.attributes.items())
        )
    return claim is actual


def covers(claim: Value, actual: Value) -> bool:
    """Whether ``actual`` is one of the values that ``claim`` leaves possible."""
    kind = claim.kind
    if kind is UNKNOWN:
        if claim.not_null and actual.kind is NULL:
            return False
        if claim.options and not any(covers(option, actual) for option in claim.options):
            return False
        return type_covers(claim.type, actual.type)
    if kind is NULL:
        return actual.kind is NULL
    if kind is STRING:
        if actual.kind is not STRING:
            return False
        if isinstance(claim.data, Template):
            return claim.data.may_equal(actual.data)
        return claim.data == actual.data
    if kind is NUMBER:
        return actual.kind is NUMBER and exact(claim.data) == exact(actual.data)
    if kind is BOOL:
        return actual.kind is BOOL and claim.data is actual.data
    if kind in MAPPINGS:
        return _mapping(claim, actual)
    if kind is SET:
        return _set(claim, actual)
    return _sequence(claim, actual)


def _sequence(claim: Value, actual: Value) -> bool:
    kinds = (TUPLE, LIST, SET) if claim.kind is TUPLE and claim.has_rest else (claim.kind,)
    if actual.kind not in kinds:
        return False
    if claim.kind is LIST and not type_covers(claim.of or DYNAMIC, actual.of or DYNAMIC):
        return False
    return _elements(claim.data, actual.data)


def _elements(claim: list[Value], actual: list[Value]) -> bool:
    # reachable[j]: the claims so far can stand for the first j elements
    reachable = {0}
    for item in claim:
        if item.kind is REST:
            reachable = {end for start in reachable for end in _repeated(item, actual, start)}
        else:
            reachable = {j + 1 for j in reachable if j < len(actual) and covers(item, actual[j])}
        if not reachable:
            return False
    return len(actual) in reachable


def _repeated(rest: Value, actual: list[Value], start: int) -> list[int]:
    """Where the elements that a ``REST`` stands for may end."""
    ends = [start]
    for item in actual[start:]:
        if rest.options and not any(covers(option, item) for option in rest.options):
            break
        ends.append(ends[-1] + 1)
    return ends


def _set(claim: Value, actual: Value) -> bool:
    if actual.kind is not SET or not type_covers(claim.of or DYNAMIC, actual.of or DYNAMIC):
        return False
    fixed = [item for item in claim.data if item.kind is not REST]
    if any(not any(covers(item, found) for found in actual.data) for item in fixed):
        return False
    rests = [item for item in claim.data if item.kind is REST]
    if any(not item.options for item in rests):
        return True
    if rests:
        allowed = [*fixed, *(option for item in rests for option in item.options)]
        return all(any(covers(item, found) for item in allowed) for found in actual.data)
    return len(actual.data) <= len(fixed) and all(
        any(covers(item, found) for item in fixed) for found in actual.data
    )


def _mapping(claim: Value, actual: Value) -> bool:
    kinds = (OBJECT, MAP) if claim.kind is OBJECT and claim.rest is not None else (claim.kind,)
    if actual.kind not in kinds:
        return False
    if claim.kind is MAP and not type_covers(claim.of or DYNAMIC, actual.of or DYNAMIC):
        return False
    if not claim.data.keys() <= actual.data.keys():
        return False
    if isinstance(claim.rest, PossibleKeys):
        possible = claim.rest.possible
        for name in actual.data.keys() - claim.data.keys():
            if name not in possible or not covers(possible[name], actual.data[name]):
                return False
    if claim.rest is None and claim.data.keys() != actual.data.keys():
        return False
    return all(covers(item, actual.data[name]) for name, item in claim.data.items())
