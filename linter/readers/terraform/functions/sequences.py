"""Functions on lists, tuples and sets."""

from __future__ import annotations

from linter.core.values import Template
from linter.readers.terraform.cty.convert import convert, soften
from linter.readers.terraform.cty.equality import equals
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.graphemes import count_clusters
from linter.readers.terraform.cty.numbers import add, exact
from linter.readers.terraform.cty.sets import identity, is_settled
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    Collection,
    ListType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    friendly_name,
)
from linter.readers.terraform.cty.unify import unify
from linter.readers.terraform.cty.value import (
    LIST,
    MAPPINGS,
    NULL,
    REST,
    SEQUENCES,
    SET,
    STRING,
    TUPLE,
    UNKNOWN,
    Value,
    boolean,
    is_wholly_known,
    null,
    number,
    reasons_of,
    rest_of,
    tuple_of,
)
from linter.readers.terraform.functions.signature import Function, Parameter, amount, anything
from linter.readers.terraform.functions.support import (
    STRINGS,
    as_rest,
    check_count,
    elements,
    interspersed,
    known_prefix,
    not_known,
    whole,
)

ANY_LIST = ListType(DYNAMIC)


def like(source: Value, items: list[Value]) -> Value:
    """A list of the same element type, or a tuple, as the source is."""
    if source.kind is TUPLE:
        return Value(TUPLE, items)
    return Value(LIST, items, source.of or DYNAMIC)


def _is_sequence_type(of: Type) -> bool:
    return isinstance(of, ListType | SetType | TupleType)


def length(value: Value) -> Value:
    kind = value.kind
    if kind is UNKNOWN:
        of = value.type
        if isinstance(of, TupleType):
            return number(len(of.items))
        if isinstance(of, ObjectType):
            return number(len(of.attributes))
        if of in (NUMBER_TYPE, BOOL_TYPE):
            raise FunctionError(_LENGTH_OF)
        return not_known(value, of=NUMBER_TYPE)
    if kind is STRING:
        if isinstance(value.data, Template):
            return not_known(value, of=NUMBER_TYPE)
        return number(count_clusters(value.data))
    if kind not in SEQUENCES and kind not in MAPPINGS:
        raise FunctionError(_LENGTH_OF)
    if value.has_rest or (kind is SET and not is_settled(value)):
        return not_known(value, of=NUMBER_TYPE)
    return number(len(value.data))


_LENGTH_OF = "argument must be a string, a collection type, or a structural type"


def element(source: Value, index: Value) -> Value:
    if source.kind is UNKNOWN:
        of = source.type
        return not_known(source, of=of.of if isinstance(of, ListType) else DYNAMIC, not_null=False)
    if source.kind not in (LIST, TUPLE):
        raise FunctionError(f"cannot read elements from {friendly_name(source.type)}")
    if index.kind is UNKNOWN:
        return not_known(index, source, of=source.of or DYNAMIC, not_null=False)
    position = whole(index, 1)
    items = source.data
    prefix = known_prefix(items)
    if prefix < len(items):
        if 0 <= position < prefix:
            return _marked_by(items[position], source)
        return not_known(source, of=source.of or DYNAMIC, not_null=False)
    if not items:
        raise FunctionError("cannot use element function with an empty list")
    return _marked_by(items[position % len(items)], source)


def _marked_by(item: Value, source: Value) -> Value:
    if source.sensitive and not item.sensitive:
        return item.replaced(sensitive=True)
    return item


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
    if source.kind is UNKNOWN and (source.type is DYNAMIC or _is_sequence_type(source.type)):
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
            if item.kind is UNKNOWN and (item.type is DYNAMIC or _is_sequence_type(item.type)):
                result.append(as_rest(item))
            else:
                result.append(item)
        else:
            stack.pop()
        check_count(len(result))
        if len(stack) > 1000:
            raise FunctionError("the lists are nested too deeply")
    return tuple_of(result)


def reverse(source: Value) -> Value:
    if source.kind is UNKNOWN:
        of = source.type
        if of is not DYNAMIC and not _is_sequence_type(of):
            raise FunctionError(_REVERSE_OF.format(friendly_name(of)), 0)
        result = ListType(of.of) if isinstance(of, Collection) else DYNAMIC
        return not_known(source, of=result)
    if source.kind not in SEQUENCES:
        raise FunctionError(_REVERSE_OF.format(friendly_name(source.type)), 0)
    return like(source, elements(source)[::-1])


_REVERSE_OF = "can only reverse list or tuple values, not {}"


def slice_(source: Value, start: Value, end: Value) -> Value:
    of = source.type
    if source.kind is SET or isinstance(of, SetType):
        raise FunctionError(
            "cannot slice a set, because its elements do not have indices; explicitly convert to"
            " a list if the ordering of the result is not important",
            0,
        )
    if source.kind is not UNKNOWN and source.kind not in (LIST, TUPLE):
        raise FunctionError("must be a list or tuple value", 0)
    if UNKNOWN in (source.kind, start.kind, end.kind):
        return not_known(source, start, end, of=of if isinstance(of, ListType) else DYNAMIC)
    first, last = whole(start, 1), whole(end, 2)
    items = source.data
    prefix = known_prefix(items)
    size = len(items) if prefix == len(items) else None
    for position, index, word in ((first, 1, "start"), (last, 2, "end")):
        if position < 0:
            raise FunctionError(f"{word} index must not be less than zero", index)
        if size is not None and position > size:
            raise FunctionError(
                f"{word} index must not be greater than the length of the list", index
            )
    if first > last:
        raise FunctionError("start index must not be greater than end index", 1)
    if size is None and last > prefix:
        return not_known(source, of=of if isinstance(of, ListType) else DYNAMIC)
    return like(source, items[first:last])


def sort(source: Value) -> Value:
    if source.kind is UNKNOWN:
        return not_known(source, of=STRINGS)
    for index, item in enumerate(source.data):
        if item.kind is NULL:
            raise FunctionError(
                f"given list element {index} is null; a null string cannot be sorted", 0
            )
    known = [item for item in source.data if is_wholly_known(item)]
    known.sort(key=lambda item: str(item.data))
    if len(known) == len(source.data):
        return Value(LIST, known, STRING_TYPE)
    if len(source.data) == 1 and not source.has_rest:
        return source
    return Value(LIST, interspersed(known, reasons_of(source)), STRING_TYPE)


def distinct(source: Value) -> Value:
    if source.kind is UNKNOWN:
        return not_known(source, of=source.type)
    seen: set[object] = set()
    result: list[Value] = []
    for position, item in enumerate(source.data):
        if not is_wholly_known(item):
            if position == len(source.data) - 1 and not result and item.kind is not REST:
                return source
            return Value(LIST, _distinct_rest(source, position, seen, result), source.of)
        key = identity(item)
        if key not in seen:
            seen.add(key)
            result.append(item)
    return Value(LIST, result, source.of)


def _distinct_rest(
    source: Value, position: int, seen: set[object], result: list[Value]
) -> list[Value]:
    """What is left behind an element that may equal a later one, which then moves forward.

    Only the first known element that follows keeps its place among what follows.
    """
    why = rest_of(reasons_of(source), source.of or DYNAMIC)
    result.append(why)
    for item in source.data[position:]:
        if is_wholly_known(item) and identity(item) not in seen:
            return [*result, item, why]
    return result


def compact(source: Value) -> Value:
    if source.kind is UNKNOWN:
        return not_known(source, of=STRINGS)
    result: list[Value] = []
    for item in source.data:
        if item.kind is NULL or item.data == "":
            continue
        text = item.data
        if isinstance(text, Template) and not any(isinstance(part, str) for part in text.parts):
            item = rest_of(item.unknown, STRING_TYPE)
        result.append(as_rest(item) if item.kind is UNKNOWN else item)
    return Value(LIST, result, STRING_TYPE)


def contains(source: Value, wanted: Value) -> Value:
    if source.kind is UNKNOWN and source.type is DYNAMIC:
        return not_known(source, of=BOOL_TYPE)
    if not (source.kind in SEQUENCES or _is_sequence_type(source.type)):
        raise FunctionError("argument must be list, tuple, or set")
    if source.kind is UNKNOWN:
        return not_known(source, of=BOOL_TYPE)
    if not source.data:
        return boolean(False)
    unsure = False
    for item in source.data:
        same = None if item.kind is REST else equals(wanted, item)
        if same:
            return boolean(True)
        unsure = unsure or same is None
    return not_known(source, wanted, of=BOOL_TYPE) if unsure else boolean(False)


def index_of(source: Value, wanted: Value) -> Value:
    if source.kind is UNKNOWN and (
        source.type is DYNAMIC or isinstance(source.type, ListType | TupleType)
    ):
        return not_known(source, of=NUMBER_TYPE)
    if source.kind not in (LIST, TUPLE):
        raise FunctionError("argument must be a list or tuple")
    if not source.data:
        raise FunctionError("cannot search an empty list")
    for index, item in enumerate(source.data):
        same = None if item.kind is REST else equals(item, wanted)
        if same is None:
            return not_known(source, wanted, of=NUMBER_TYPE)
        if same:
            return number(index)
    raise FunctionError("item not found")


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
        raise FunctionError("end must be greater than start when step is positive")
    if step < 0 and end > start:
        raise FunctionError("end must be less than start when step is negative")
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
    "length": Function(length, (anything("value"),), returns=NUMBER_TYPE, partial=True),
    "element": Function(element, (_SOURCE, amount("index")), partial=True),
    "concat": Function(concat, (), anything("seqs"), partial=True),
    "flatten": Function(flatten, (_SOURCE,), partial=True),
    "reverse": Function(reverse, (_SOURCE,), partial=True),
    "slice": Function(slice_, (_SOURCE, amount("start_index"), amount("end_index")), partial=True),
    "sort": Function(sort, (Parameter("list", STRINGS),), returns=STRINGS, partial=True),
    "distinct": Function(distinct, (_LIST,), partial=True),
    "compact": Function(compact, (Parameter("list", STRINGS),), returns=STRINGS, partial=True),
    "contains": Function(contains, (_SOURCE, anything("value")), returns=BOOL_TYPE, partial=True),
    "index": Function(index_of, (_SOURCE, anything("value")), returns=NUMBER_TYPE, partial=True),
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
