"""Functions on lists, tuples and sets."""

from __future__ import annotations

from linter.core.values import Template
from linter.readers.terraform.cty.alternatives import one_of
from linter.readers.terraform.cty.equality import equals
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.graphemes import count_clusters
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
    friendly_name,
)
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
    number,
    reasons_of,
    rest_of,
)
from linter.readers.terraform.functions.signature import Function, Parameter, amount, anything
from linter.readers.terraform.functions.support import (
    ANY_LIST,
    STRINGS,
    as_rest,
    elements,
    interspersed,
    is_sequence_type,
    known_prefix,
    not_known,
    whole,
)


def like(source: Value, items: list[Value]) -> Value:
    """A list of the same element type, or a tuple, as the source is."""
    if source.kind is TUPLE:
        return Value(TUPLE, items)
    return Value(LIST, items, source.of or DYNAMIC)


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
        if source.data and not source.has_rest:
            why = reasons_of(index)
            return one_of(why, [_marked_by(item, source) for item in source.data], source.of)
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
    # Of a tuple Terraform 1.11 panics on a negative index; later ones count from the end.
    return _marked_by(items[position % len(items)], source)


def _marked_by(item: Value, source: Value) -> Value:
    if source.sensitive and not item.sensitive:
        return item.replaced(sensitive=True)
    return item


def reverse(source: Value) -> Value:
    if source.kind is UNKNOWN:
        of = source.type
        if of is not DYNAMIC and not is_sequence_type(of):
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
    if first == last and source.kind is LIST and source.has_rest and source.of is DYNAMIC:
        return not_known(source)  # what an empty list is a list of
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
    if not (source.kind in SEQUENCES or is_sequence_type(source.type)):
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


_SOURCE = anything("list")

FUNCTIONS = {
    "length": Function(length, (anything("value"),), returns=NUMBER_TYPE, partial=True),
    "element": Function(element, (_SOURCE, amount("index")), partial=True),
    "reverse": Function(reverse, (_SOURCE,), partial=True),
    "slice": Function(slice_, (_SOURCE, amount("start_index"), amount("end_index")), partial=True),
    "sort": Function(sort, (Parameter("list", STRINGS),), returns=STRINGS, partial=True),
    "distinct": Function(distinct, (Parameter("list", ANY_LIST),), partial=True, gathers=True),
    "compact": Function(
        compact, (Parameter("list", STRINGS),), returns=STRINGS, partial=True, gathers=True
    ),
    "contains": Function(contains, (_SOURCE, anything("value")), returns=BOOL_TYPE, partial=True),
    "index": Function(index_of, (_SOURCE, anything("value")), returns=NUMBER_TYPE, partial=True),
}
