"""Functions on maps and objects."""

from __future__ import annotations

from linter.core.values import PossibleKeys, Template, Unknown
from linter.readers.terraform.cty.alternatives import one_of
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError, FunctionError
from linter.readers.terraform.cty.types import (
    DYNAMIC,
    STRING_TYPE,
    ListType,
    MapType,
    ObjectType,
    TupleType,
    Type,
)
from linter.readers.terraform.cty.value import (
    LIST,
    MAP,
    MAPPINGS,
    NULL,
    OBJECT,
    REST,
    STRING,
    TUPLE,
    UNKNOWN,
    Kind,
    Value,
    is_wholly_known,
    reasons_of,
    string,
    unknown,
)
from linter.readers.terraform.functions.signature import Function, Parameter, anything, text
from linter.readers.terraform.functions.support import (
    STRINGS,
    check_count,
    interspersed,
    not_known,
)

LISTS_BY_KEY = MapType(STRINGS)


def _is_mapping_type(of: Type) -> bool:
    return of is DYNAMIC or isinstance(of, MapType | ObjectType)


def keys(source: Value) -> Value:
    of = source.type
    if source.kind is UNKNOWN and _is_mapping_type(of):
        if isinstance(of, ObjectType):
            return Value(TUPLE, [string(name) for name in sorted(of.attributes)])
        return not_known(source, of=STRINGS if isinstance(of, MapType) else DYNAMIC)
    if source.kind not in MAPPINGS:
        raise FunctionError("must have map or object type", 0)
    origins = source.key_origins or {}
    found = [string(name, origins.get(name)) for name in sorted(source.data)]
    if source.rest is not None:
        found = interspersed(found, source.rest)
    if source.kind is MAP:
        return Value(LIST, found, STRING_TYPE)
    return Value(TUPLE, found)


def values(source: Value) -> Value:
    of = source.type
    if source.kind is UNKNOWN and _is_mapping_type(of):
        return not_known(source, of=ListType(of.of) if isinstance(of, MapType) else DYNAMIC)
    if source.kind not in MAPPINGS:
        raise FunctionError("values() requires a map as the first argument")
    found = [source.data[name] for name in sorted(source.data)]
    if source.rest is not None:
        found = interspersed(found, source.rest)
    if source.kind is MAP:
        return Value(LIST, found, source.of)
    return Value(TUPLE, found)


def lookup(source: Value, key: Value, *default: Value) -> Value:
    if len(default) > 1:
        raise FunctionError(f"lookup() takes two or three arguments, got {len(default) + 2}")
    of = source.type
    if source.kind is UNKNOWN and _is_mapping_type(of):
        element = of.of if isinstance(of, MapType) else DYNAMIC
        return not_known(source, of=element, not_null=False)
    if source.kind not in MAPPINGS:
        raise FunctionError("lookup() requires a map as the first argument", 0)
    element = source.of if source.kind is MAP and source.of is not None else DYNAMIC
    fallback = default[0] if default else None
    if fallback is not None and source.kind is MAP:
        try:
            fallback = convert(fallback, element)
        except ConversionError:
            raise FunctionError(
                "the default value must have the same type as the map elements", 2
            ) from None
    if key.kind is not STRING or not isinstance(key.data, str):
        options = options_of_key(source, key)
        if options is None:
            return not_known(key, source, of=element, not_null=False)
        if fallback is not None:
            options.append(fallback)
        if not options:
            raise FunctionError("lookup failed to find the key")
        return one_of(reasons_of(key), options, element)
    found: Value | None = source.data.get(key.data)
    if found is not None:
        sensitive = source.sensitive and not found.sensitive
        return found.replaced(sensitive=True) if sensitive else found
    if isinstance(source.rest, PossibleKeys):
        possible = source.rest.possible.get(key.data)
        if possible is not None:
            choices = [possible] if fallback is None else [possible, fallback]
            return one_of(source.rest, choices, element)
    elif source.rest is not None:
        return unknown(source.rest, of=element)
    if fallback is not None:
        return fallback
    if source.kind is OBJECT:
        raise FunctionError(f'the given object has no attribute "{key.data}"', 0)
    raise FunctionError(f'lookup failed to find key "{key.data}"')


def options_of_key(source: Value, key: Value) -> list[Value] | None:
    """What a map may hold at a key that is not known; ``None`` when the map itself is open."""
    if source.rest is not None and not isinstance(source.rest, PossibleKeys):
        return None
    possible = source.rest.possible if source.rest is not None else {}
    fits = key.data.may_equal if isinstance(key.data, Template) else None
    return [
        value
        for name, value in (*source.data.items(), *possible.items())
        if fits is None or fits(name)
    ]


def merge(*arguments: Value) -> Value:
    for argument in arguments:
        fits = argument.kind in MAPPINGS
        if argument.kind is NULL:
            fits = _is_mapping_type(argument.type)
        if not fits and not (argument.kind is UNKNOWN and _is_mapping_type(argument.type)):
            raise FunctionError(
                f'arguments must be maps or objects, got "{_friendly(argument.type)}"'
            )
    result: dict[str, Value] = {}
    origins: dict[str, object] = {}
    reasons: list[Value] = []
    possible: dict[str, Value] = {}
    perhaps: list[Unknown] = []
    for argument in arguments:
        if argument.kind is NULL:
            continue
        if argument.kind is UNKNOWN:
            reasons.append(argument)
            _may_be_overridden(result, argument)
            continue
        if isinstance(argument.rest, PossibleKeys):
            perhaps.append(argument.rest)
            for name, value in argument.rest.possible.items():
                into = result if name in result else possible
                earlier = [into[name]] if name in into else []
                into[name] = one_of(argument.rest, [*earlier, value])
        elif argument.rest is not None:
            reasons.append(Value(REST, argument.rest, DYNAMIC))
            _blur(result, set(result) - set(argument.data), argument.rest)
        result.update(argument.data)
        for name in argument.data:
            origins.pop(name, None)
            possible.pop(name, None)
        origins.update(argument.key_origins or {})
    check_count(len(result))
    rest = reasons_of(*reasons) if reasons else None
    if rest is None and possible:
        why = reasons_of(*(Value(REST, each, DYNAMIC) for each in perhaps))
        rest = PossibleKeys(why.reason, why.references, possible)
    kind, of = _merged_kind(arguments)
    return Value(kind, result, of, rest=rest, key_origins=origins or None)


def _friendly(of: Type) -> str:
    from linter.readers.terraform.cty.types import friendly_name

    return friendly_name(of)


def _may_be_overridden(result: dict[str, Value], later: Value) -> None:
    of = later.type
    names = set(result)
    if isinstance(of, ObjectType):
        names &= of.attributes.keys()
    _blur(result, names, later.data)


def _blur(result: dict[str, Value], names: set[str], why: Unknown) -> None:
    """Keys stay, but a later argument that is not known may give them another value."""
    for name in names:
        result[name] = unknown(why)


def _merged_kind(arguments: tuple[Value, ...]) -> tuple[Kind, Type | None]:
    types = [item.type for item in arguments]
    if types and all(isinstance(of, MapType) for of in types):
        first = types[0]
        if isinstance(first, MapType) and all(of == first for of in types):
            return MAP, first.of
    return OBJECT, None


def zipmap(names: Value, items: Value) -> Value:
    of = items.type
    if names.kind is UNKNOWN or items.kind is UNKNOWN:
        if of is not DYNAMIC and not isinstance(of, ListType | TupleType):
            raise FunctionError("values argument must be a list or tuple value")
        return not_known(names, items, of=MapType(of.of) if isinstance(of, ListType) else DYNAMIC)
    if items.kind not in (LIST, TUPLE):
        raise FunctionError("values argument must be a list or tuple value")
    result_of = MapType(items.of or DYNAMIC) if items.kind is LIST else DYNAMIC
    if names.has_rest or items.has_rest or not is_wholly_known(names):
        return not_known(names, items, of=result_of)
    if len(names.data) != len(items.data):
        raise FunctionError(
            f"number of keys ({len(names.data)}) does not match number of values"
            f" ({len(items.data)})"
        )
    result: dict[str, Value] = {}
    origins: dict[str, object] = {}
    for index, (name, item) in enumerate(zip(names.data, items.data, strict=True)):
        if name.kind is NULL:
            raise FunctionError(f"keys list has null value at index {index}")
        result[name.data] = item
        origins[name.data] = name.origin
    if items.kind is LIST:
        return Value(MAP, result, items.of, key_origins=origins)
    return Value(OBJECT, result, key_origins=origins)


def transpose(source: Value) -> Value:
    result: dict[str, list[str]] = {}
    for key in sorted(source.data):
        inner = source.data[key]
        if inner.kind is NULL:
            raise FunctionError("input must not contain null list")
        for item in inner.data:
            if item.kind is NULL:
                raise FunctionError("input list must not contain null string")
            result.setdefault(item.data, []).append(key)
    lists = {
        name: Value(LIST, [string(key) for key in found], STRING_TYPE)
        for name, found in result.items()
    }
    return Value(MAP, lists, STRINGS)


FUNCTIONS = {
    "keys": Function(keys, (anything("inputMap"),), partial=True),
    "values": Function(values, (anything("mapping"),), partial=True),
    "lookup": Function(
        lookup,
        (anything("inputMap"), text("key")),
        anything("default", nullable=True),
        partial=True,
    ),
    "merge": Function(merge, (), anything("maps", nullable=True), partial=True, gathers=True),
    "zipmap": Function(zipmap, (Parameter("keys", STRINGS), anything("values")), partial=True),
    "transpose": Function(transpose, (Parameter("values", LISTS_BY_KEY),), returns=LISTS_BY_KEY),
}
