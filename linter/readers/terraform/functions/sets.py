"""Set arithmetic and ``setproduct``."""

from __future__ import annotations

from itertools import product
from typing import Any

from linter.readers.terraform.cty.convert import convert, soften
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.sets import identity, set_of
from linter.readers.terraform.cty.types import (
    DYNAMIC,
    Collection,
    ListType,
    SetType,
    TupleType,
    Type,
    has_dynamic,
)
from linter.readers.terraform.cty.unify import unify
from linter.readers.terraform.cty.value import (
    LIST,
    SEQUENCES,
    SET,
    TUPLE,
    UNKNOWN,
    Value,
    is_wholly_known,
    reasons_of,
    rest_of,
)
from linter.readers.terraform.functions.signature import Function, Parameter, anything
from linter.readers.terraform.functions.support import check_count, not_known

ANY_SET = SetType(DYNAMIC)


def _element_type(sets: tuple[Value, ...]) -> Type:
    """The type all elements get. Empty sets of nothing in particular do not decide."""
    types = [
        item.of.of if item.kind is UNKNOWN and isinstance(item.of, SetType) else item.of or DYNAMIC
        for item in sets
        if item.kind is UNKNOWN or item.data or item.of is not DYNAMIC
    ]
    if not types:
        return DYNAMIC
    found = unify(types)
    if found is None:
        if any(map(has_dynamic, types)):
            return DYNAMIC
        raise FunctionError("given sets must all have compatible element types")
    return found


def _together(sets: tuple[Value, ...]) -> tuple[list[Value], Type, bool]:
    """The sets with one element type, that type, and whether all is certain."""
    certain = all(item.kind is SET and is_wholly_known(item) for item in sets)
    of = _element_type(sets)
    if not certain and any(has_dynamic(item.type) for item in sets):
        # Sets whose type is not known yet have a say in it.
        of = DYNAMIC
    if of is DYNAMIC:
        return [item for item in sets if item.kind is SET], of, certain
    wanted = SetType(of)
    return [convert(item, wanted) for item in sets if item.kind is SET], of, certain


def setunion(*sets: Value) -> Value:
    known, of, certain = _together(sets)
    if certain:
        items = [part for item in known for part in item.data]
        check_count(len(items))
        return set_of(items, of)
    parts: list[Value] = [part for item in known for part in item.data]
    parts += [rest_of(item.data) for item in sets if item.kind is UNKNOWN]
    if of is not DYNAMIC:
        return set_of(parts, of)
    why = reasons_of(*sets)
    return set_of([soften(part, why) for part in parts])


def setintersection(*sets: Value) -> Value:
    known, of, certain = _together(sets)
    if not certain:
        return not_known(*sets, of=SetType(of))
    first, *others = known
    keep = [{identity(part) for part in item.data} for item in others]
    items = [part for part in first.data if all(identity(part) in ids for ids in keep)]
    return set_of(items, of)


def setsubtract(left: Value, right: Value) -> Value:
    known, of, certain = _together((left, right))
    if not certain:
        return not_known(left, right, of=SetType(of))
    remove = {identity(part) for part in known[1].data}
    return set_of([part for part in known[0].data if identity(part) not in remove], of)


def setproduct(*sets: Value) -> Value:
    if len(sets) < 2:
        raise FunctionError("at least two arguments are required")
    types = [_product_type(item, index) for index, item in enumerate(sets)]
    pair = TupleType(types)
    ordered = all(
        item.kind in (LIST, TUPLE) or isinstance(item.type, ListType | TupleType) for item in sets
    )
    result_of: Type = ListType(pair) if ordered else SetType(pair)
    if not all(map(is_wholly_known, sets)):
        if any(item.kind is UNKNOWN or item.kind is SET for item in sets) or not ordered:
            return not_known(*sets)
        if any(item.has_rest or has_dynamic(item.type) for item in sets):
            return not_known(*sets)
    total = 1
    for item in sets:
        total *= len(item.data)
    check_count(total)
    columns: list[list[Any]] = [
        [convert(part, of) for part in item.data] for item, of in zip(sets, types, strict=True)
    ]
    rows = [Value(TUPLE, list(row)) for row in product(*columns)]
    if isinstance(result_of, ListType):
        return Value(LIST, rows, pair)
    return set_of(rows, pair)


def _product_type(item: Value, index: int) -> Type:
    of = item.type
    if isinstance(of, ListType | SetType) and isinstance(of, Collection):
        return of.of
    if isinstance(of, TupleType):
        if not of.items:
            return DYNAMIC
        found = unify(of.items)
        if found is None:
            raise FunctionError("all elements must be of the same type", index)
        return found
    if (item.kind is UNKNOWN and of is DYNAMIC) or item.kind in SEQUENCES:
        return DYNAMIC
    raise FunctionError("a set or a list is required", index)


_FIRST = Parameter("first_set", ANY_SET)
_OTHERS = Parameter("other_sets", ANY_SET)

FUNCTIONS = {
    "setunion": Function(setunion, (_FIRST,), _OTHERS, partial=True),
    "setintersection": Function(setintersection, (_FIRST,), _OTHERS, partial=True),
    "setsubtract": Function(
        setsubtract, (Parameter("a", ANY_SET), Parameter("b", ANY_SET)), partial=True
    ),
    "setproduct": Function(setproduct, (), anything("sets"), partial=True),
}
