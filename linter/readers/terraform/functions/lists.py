"""Functions that join lists, take them apart, choose among them, or make them of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from linter.readers.terraform.cty.alternatives import MAX_OPTIONS, rest_over
from linter.readers.terraform.cty.convert import convert, soften
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.numbers import add, exact
from linter.readers.terraform.cty.sets import identity, is_settled
from linter.readers.terraform.cty.types import (
    DYNAMIC,
    NUMBER_TYPE,
    ListType,
    SetType,
    TupleType,
    friendly_name,
)
from linter.readers.terraform.cty.unify import unify
from linter.readers.terraform.cty.value import (
    LIST,
    NULL,
    REST,
    SEQUENCES,
    SET,
    TUPLE,
    UNKNOWN,
    Value,
    null,
    number,
    reasons_of,
    rest_of,
    tuple_of,
)
from linter.readers.terraform.functions.signature import Function, Parameter, amount, anything
from linter.readers.terraform.functions.support import (
    ANY_LIST,
    as_rest,
    check_count,
    elements,
    is_sequence_type,
    not_known,
    whole,
)


def concat(*arguments: Value) -> Value:
    if not arguments:
        raise FunctionError("at least one argument is required")
    for index, argument in enumerate(arguments):
        _check_concat(argument, index)
    maybe_lists = all(
        item.kind in (LIST, UNKNOWN) or (item.kind is TUPLE and item.has_rest) for item in arguments
    )
    if maybe_lists and all(item.kind is LIST for item in arguments):
        common = unify([item.type for item in arguments])
        if isinstance(common, ListType):
            arguments = tuple(convert(item, common) for item in arguments)
            joined = [part for item in arguments for part in item.data]
            check_count(len(joined))
            return Value(LIST, joined, common.of)
    result: list[Value] = []
    for argument in arguments:
        if argument.kind is UNKNOWN:
            of = argument.type.of if isinstance(argument.type, ListType) else DYNAMIC
            result.append(rest_of(argument.data, of))
        else:
            result += argument.data
    check_count(len(result))
    if maybe_lists and _has_rest(result):
        return _perhaps_list(arguments, result)
    return tuple_of(result)


def _check_concat(argument: Value, index: int) -> None:
    of = argument.type
    if argument.kind is UNKNOWN:
        fits = of is DYNAMIC or isinstance(of, ListType | TupleType)
    else:
        fits = argument.kind in (LIST, TUPLE)
    if not fits:
        raise FunctionError(
            f"all arguments must be lists or tuples; got {friendly_name(of)}", index
        )


def _perhaps_list(arguments: tuple[Value, ...], items: list[Value]) -> Value:
    """All may be lists, whose elements would be converted to one type; nobody knows which."""
    types = {item.of for item in arguments if item.kind is LIST}
    types |= {a.type.of for a in arguments if a.kind is UNKNOWN and isinstance(a.type, ListType)}
    sure = all(
        item.kind is LIST or (item.kind is UNKNOWN and isinstance(item.type, ListType))
        for item in arguments
    )
    if sure and len(types) == 1 and DYNAMIC not in types:
        return Value(LIST, items, types.pop())
    why = reasons_of(*arguments)
    return Value(TUPLE, [soften(item, why) for item in items])


def _has_rest(items: list[Value]) -> bool:
    return any(item.kind is REST for item in items)


def flatten(source: Value) -> Value:
    if source.kind is UNKNOWN and (source.type is DYNAMIC or is_sequence_type(source.type)):
        return tuple_of([as_rest(source)])
    if source.kind not in SEQUENCES:
        raise FunctionError("can only flatten lists, sets and tuples")
    result: list[Value] = []
    stack = [iter(elements(source))]
    while stack:
        for item in stack[-1]:
            if item.kind in SEQUENCES:
                stack.append(iter(elements(item)))
                break
            if item.kind is REST:
                result.append(_flat_rest(item, [item]))
            elif item.kind is UNKNOWN and (item.type is DYNAMIC or is_sequence_type(item.type)):
                result.append(_flat_rest(item, item.options))
            else:
                result.append(item)
        else:
            stack.pop()
        check_count(len(result))
        if len(stack) > 1000:
            raise FunctionError("the lists are nested too deeply")
    return tuple_of(result)


def _flat_rest(source: Value, items: Sequence[Value]) -> Value:
    """What flattening these gives, as zero or more elements."""
    why = source.unknown
    found: list[Value] = []
    stack = list(items)[::-1]
    while stack:
        item = stack.pop()
        if item.kind is REST or (item.kind is UNKNOWN and item.options):
            if not item.options:
                return rest_of(why)
            stack += item.options[::-1]
        elif item.kind is UNKNOWN and (item.type is DYNAMIC or is_sequence_type(item.type)):
            return rest_of(why)
        elif item.kind in SEQUENCES:
            stack += item.data[::-1]
        else:
            found.append(item)
        if len(found) + len(stack) > MAX_OPTIONS:
            return rest_of(why)
    return rest_over(why, found)


def chunklist(source: Value, size: Value) -> Value:
    chunks_of = ListType(source.type)
    if source.kind is UNKNOWN or size.kind is UNKNOWN or source.has_rest:
        return not_known(source, size, of=chunks_of)
    count = whole(size, 1)
    if count < 0:
        raise FunctionError("the size argument must be positive")
    items = source.data
    step = count or max(len(items), 1)
    chunks = [
        Value(LIST, items[start : start + step], source.of) for start in range(0, len(items), step)
    ]
    return Value(LIST, chunks, source.type)


def coalescelist(*arguments: Value) -> Value:
    if not arguments:
        raise FunctionError("at least one argument is required")
    for argument in arguments:
        of = argument.type
        if argument.kind is UNKNOWN:
            return not_known(argument)
        if argument.kind not in (LIST, TUPLE) and not isinstance(of, ListType | TupleType):
            raise FunctionError("coalescelist arguments must be lists or tuples")
    for argument in arguments:
        if argument.kind is NULL or not argument.data:
            continue
        if all(item.kind is REST for item in argument.data):
            return not_known(argument)
        return argument
    raise FunctionError("no non-null arguments")


def matchkeys(values: Value, keys: Value, searchset: Value) -> Value:
    common = unify([keys.type, searchset.type])
    if common is None:
        raise FunctionError("keys and searchset must be of the same type")
    if len(values.data) != len(keys.data):
        raise FunctionError("length of keys and values should be equal")
    wanted = {identity(item) for item in convert(searchset, common).data}
    found = [
        value
        for value, key in zip(values.data, convert(keys, common).data, strict=True)
        if identity(key) in wanted
    ]
    return Value(LIST, found, values.of)


def one(source: Value) -> Value:
    message = "must be a list, set, or tuple value with either zero or one elements"
    if source.kind is UNKNOWN:
        of = source.type
        if isinstance(of, ListType | SetType):
            return not_known(source, of=of.of, not_null=False)
        if of is DYNAMIC or isinstance(of, TupleType):
            return not_known(source, not_null=False)
        raise FunctionError(message, 0)
    if source.kind not in SEQUENCES:
        raise FunctionError(message, 0)
    if source.has_rest or (source.kind is SET and not is_settled(source)):
        return not_known(source, of=source.of or DYNAMIC, not_null=False)
    if not source.data:
        return null(source.of or DYNAMIC)
    if len(source.data) > 1:
        raise FunctionError(message, 0)
    only: Value = source.data[0]
    return only


RANGE_LIMIT = 1024


def range_(*arguments: Value) -> Value:
    bounds = [exact(item.data) for item in arguments]
    if len(bounds) == 1:
        start, end = 0, bounds[0]
        step = -1 if end < 0 else 1
    elif len(bounds) == 2:
        start, end = bounds  # type: ignore[assignment]
        step = -1 if end < start else 1
    elif len(bounds) == 3:
        start, end, step = bounds  # type: ignore[assignment]
    else:
        raise FunctionError("must have one, two, or three arguments")
    if step == 0:
        raise FunctionError("step must not be zero")
    if step > 0 and end < start:
        raise FunctionError("end must be greater than start when step is positive", 1)
    if step < 0 and end > start:
        raise FunctionError("end must be less than start when step is negative", 1)
    items: list[Value] = []
    current = start
    while current < end if step > 0 else current > end:
        if len(items) >= RANGE_LIMIT:
            raise FunctionError(
                f"more than {RANGE_LIMIT} values were generated; either decrease the difference"
                " between start and end or use a smaller step"
            )
        items.append(number(current))
        current = add(current, step)  # type: ignore[assignment]
    return Value(LIST, items, NUMBER_TYPE)


_LIST = Parameter("list", ANY_LIST)
_SOURCE = anything("list")

FUNCTIONS = {
    "concat": Function(concat, (), anything("seqs"), partial=True, gathers=True),
    "flatten": Function(flatten, (_SOURCE,), partial=True, gathers=True),
    "chunklist": Function(chunklist, (_LIST, amount("size")), partial=True),
    "coalescelist": Function(coalescelist, (), anything("vals", nullable=True), partial=True),
    "matchkeys": Function(
        matchkeys,
        (
            Parameter("values", ANY_LIST),
            Parameter("keys", ANY_LIST),
            Parameter("searchset", ANY_LIST),
        ),
    ),
    "one": Function(one, (_SOURCE,), partial=True),
    "range": Function(range_, (), amount("params"), returns=ListType(NUMBER_TYPE)),
}
