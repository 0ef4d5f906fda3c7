"""Conversion of values, as variables' types, functions and operators ask for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from linter.core.values import PossibleKeys, Template, Unknown
from linter.readers.terraform.cty.errors import ConversionError
from linter.readers.terraform.cty.mismatch import mismatch_message
from linter.readers.terraform.cty.numbers import format_number, parse_number
from linter.readers.terraform.cty.sets import elements_in_order, set_of
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    Collection,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    has_dynamic,
)
from linter.readers.terraform.cty.unify import convertible, unify
from linter.readers.terraform.cty.value import (
    BOOL,
    LIST,
    MAP,
    MAPPINGS,
    NULL,
    NUMBER,
    OBJECT,
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
    string,
    unknown,
)


def convert(value: Value, wanted: Type) -> Value:
    """The value as a type, with the defaults of ``optional(...)`` attributes filled in.

    What is unknown stays unknown and gets the type; parts of collections are converted one by
    one. ``origin`` is kept wherever a value is kept or written differently.

    Raises:
        ConversionError: with Terraform's sentence and the path to the part that does not fit.
    """
    if wanted is DYNAMIC or value.type is wanted:
        return value
    given = value.type
    if given == wanted and not _is_uncertain(value):
        return value
    if not convertible(given, wanted) and not _is_uncertain(value):
        raise ConversionError(mismatch_message(given, wanted))
    return _apply(value, wanted)


def _is_uncertain(value: Value) -> bool:
    """Whether the exact type of the value depends on something unknown."""
    kind = value.kind
    if kind is UNKNOWN or kind is REST:
        return has_dynamic(value.type)
    if kind in SEQUENCES or kind in MAPPINGS:
        if not has_dynamic(value.type):
            return False
        if value.has_rest:
            return True
        items = value.data if kind in SEQUENCES else value.data.values()
        return any(map(_is_uncertain, items))
    return False


def _apply(value: Value, wanted: Type) -> Value:
    if wanted is DYNAMIC:
        return value
    kind = value.kind
    if kind is UNKNOWN or kind is REST or kind is NULL:
        if not convertible(value.type, wanted):
            raise ConversionError(mismatch_message(value.type, wanted))
        of = resolved(value.type, wanted)
        if value.options:
            return _options_to(value, wanted, of)
        return value.replaced(of=of, _type=None)
    if isinstance(wanted, Collection):
        return _to_map(value, wanted) if isinstance(wanted, MapType) else _to_list(value, wanted)
    if isinstance(wanted, ObjectType):
        return _to_object(value, wanted)
    if isinstance(wanted, TupleType):
        return _to_tuple(value, wanted)
    return _to_primitive(value, wanted)


def _options_to(value: Value, wanted: Type, of: Type) -> Value:
    """Each of the alternatives converted; one that cannot be is none."""
    made: list[Value] = []
    failure: ConversionError | None = None
    for option in value.options:
        try:
            made.append(convert(option, wanted))
        except ConversionError as error:
            failure = failure or error
    if failure is not None and not made:
        raise failure
    if value.kind is UNKNOWN and len(made) == 1:
        return made[0]
    return value.replaced(of=of, options=tuple(made), _type=None)


# --- primitives ------------------------------------------------------------------------------


def _to_primitive(value: Value, wanted: Type) -> Value:
    kind = value.kind
    if value.type is wanted:
        return value
    convert_text = _FROM_TEXT.get(wanted)
    if kind is STRING and convert_text is not None:
        if isinstance(value.data, Template):
            why = value.unknown
            return unknown(why, of=wanted, not_null=True, origin=value.origin)
        return _marked(convert_text(value), value)
    if wanted is STRING_TYPE and kind is NUMBER:
        return _marked(string(format_number(value.data), value.origin), value)
    if wanted is STRING_TYPE and kind is BOOL:
        return _marked(string("true" if value.data else "false", value.origin), value)
    raise ConversionError(mismatch_message(value.type, wanted))


def _marked(result: Value, source: Value) -> Value:
    result.sensitive, result.ephemeral = source.sensitive, source.ephemeral
    return result


def _text_to_number(value: Value) -> Value:
    try:
        return number(parse_number(value.data), value.origin)
    except ValueError as error:
        raise ConversionError(str(error)) from None


_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def _text_to_bool(value: Value) -> Value:
    text = value.data
    truth = _BOOLS.get(text)
    if truth is not None:
        return boolean(truth, value.origin)
    lower = text.lower()
    if lower in ("true", "false"):
        raise ConversionError(
            f'a bool is required; to convert from string, use lowercase "{lower}"'
        )
    raise ConversionError("a bool is required")


_FROM_TEXT: dict[Type, Callable[[Value], Value]] = {
    NUMBER_TYPE: _text_to_number,
    BOOL_TYPE: _text_to_bool,
}


# --- collections -----------------------------------------------------------------------------


def _each(items: Sequence[Value], wanted: Type) -> list[Value]:
    result: list[Value] = []
    for index, item in enumerate(items):
        try:
            result.append(_apply(item, wanted) if item.type is not wanted else item)
        except ConversionError as error:
            raise error.at(index) from None
    return result


def _to_list(value: Value, wanted: Collection) -> Value:
    if value.kind not in SEQUENCES:
        raise ConversionError(mismatch_message(value.type, wanted))
    items: list[Value]
    if value.kind is SET and not isinstance(wanted, SetType):
        items = elements_in_order(value)
    else:
        items = value.data
    given_of = value.of if value.kind is not TUPLE else None
    items, of = _common(items, wanted.of, given_of, value, wanted)
    made = _COLLECT[type(wanted)](items, of)
    made.origin, made.sensitive = value.origin, value.sensitive
    return made


def _make_list(items: list[Value], of: Type) -> Value:
    return Value(LIST, items, of)


_COLLECT: dict[type[Collection], Callable[[list[Value], Type], Value]] = {
    ListType: _make_list,
    SetType: set_of,
}


def _common(
    items: list[Value], of: Type, given_of: Type | None, value: Value, wanted: Type
) -> tuple[list[Value], Type]:
    """The items as one type, and that type (``DYNAMIC`` when it depends on the unknown)."""
    if not items:
        if of is DYNAMIC and given_of is not None:
            return [], given_of
        return [], without_optional(of)
    if of is DYNAMIC:
        if given_of is not None and not has_dynamic(given_of):
            return items, given_of
        return _unified(items, value, wanted)
    converted = _each(items, of)
    if has_dynamic(of):
        return _unified(converted, value, wanted)
    return converted, without_optional(of)


def _unified(items: list[Value], value: Value, wanted: Type) -> tuple[list[Value], Type]:
    types = [item.type for item in items]
    if any(map(_is_uncertain, items)):
        if any(item is STRING_TYPE for item in types):
            # Whatever the others turn out to be, nothing is more general than a string.
            return _each(items, STRING_TYPE), STRING_TYPE
        why = reasons_of(*(item for item in items if not is_wholly_known(item)))
        return [soften(item, why) for item in items], DYNAMIC
    if isinstance(wanted, MapType):
        # A null without a type takes that of the others.
        kept = [t for item, t in zip(items, types, strict=True) if item.kind is not NULL]
        types = [*kept, *(t for t in types if t is not DYNAMIC and t not in kept)] or types
    of = unify(types)
    if of is None or (of is DYNAMIC and any(item is not DYNAMIC for item in types)):
        raise ConversionError(mismatch_message(value.type, wanted))
    return _each(items, of), of


def soften(value: Value, why: Unknown) -> Value:
    """A value that may still be converted once its siblings' types are known.

    Text stays as it is whatever happens; numbers and bools may become text, structures
    collections.
    """
    kind = value.kind
    if kind is NUMBER or kind is BOOL:
        return unknown(why, not_null=True, origin=value.origin)
    if kind is UNKNOWN or kind is REST or kind is NULL:
        options = tuple(soften(item, why) for item in value.options)
        return value.replaced(of=DYNAMIC, options=options, _type=None)
    if kind in MAPPINGS:
        items = {key: soften(item, why) for key, item in value.data.items()}
        rest = value.rest
        if rest is None or isinstance(rest, PossibleKeys):
            # No other keys; that there is a rest says that it may be a map.
            known = rest.possible if rest is not None else {}
            possible = {key: soften(item, why) for key, item in known.items()}
            rest = PossibleKeys(why.reason, why.references, possible)
        return value.replaced(kind=OBJECT, data=items, of=None, rest=rest, _type=None)
    if kind in SEQUENCES:
        parts = [soften(item, why) for item in elements_in_order(value)]
        parts.append(Value(REST, why, DYNAMIC))
        return value.replaced(kind=TUPLE, data=parts, of=None, _type=None)
    return value


def _to_map(value: Value, wanted: MapType) -> Value:
    if value.kind not in MAPPINGS:
        raise ConversionError(mismatch_message(value.type, wanted))
    names = list(value.data)
    items = list(value.data.values())
    of = wanted.of
    if of is DYNAMIC and value.rest is not None:
        # The keys that are not known decide about the type too.
        rest = Value(REST, value.rest, DYNAMIC)
        items, of = _unified([*items, rest], value, wanted)
        items.pop()
    else:
        try:
            items, of = _common(items, of, value.of if value.kind is MAP else None, value, wanted)
        except ConversionError as error:
            if error.path and isinstance(error.path[0], int):
                path = (names[error.path[0]], *error.path[1:])
                raise ConversionError(error.message, path) from None
            raise
    made = Value(MAP, dict(zip(names, items, strict=True)), of, rest=_rest_to(value.rest, of))
    made.origin, made.sensitive = value.origin, value.sensitive
    made.key_origins = value.key_origins
    return made


def _rest_to(rest: Unknown | None, of: Type) -> Unknown | None:
    """What may follow in a map of this element type."""
    if not isinstance(rest, PossibleKeys):
        return rest
    if has_dynamic(of):
        return Unknown(rest.reason, rest.references)
    possible: dict[str, Value] = {}
    for name, item in rest.possible.items():
        try:
            possible[name] = _apply(item, of)
        except ConversionError:
            continue  # with this key Terraform would stop
    return PossibleKeys(rest.reason, rest.references, possible)


# --- structures ------------------------------------------------------------------------------


def _to_object(value: Value, wanted: ObjectType) -> Value:
    if value.kind not in MAPPINGS:
        raise ConversionError(mismatch_message(value.type, wanted))
    noun = "map has no element for required attribute" if value.kind is MAP else ""
    made: dict[str, Value] = {}
    for name, of in wanted.attributes.items():
        item = value.data.get(name)
        default = wanted.defaults.get(name)
        perhaps = value.rest.possible.get(name) if isinstance(value.rest, PossibleKeys) else None
        if item is None and perhaps is not None:
            item = perhaps
            if name in wanted.optional:
                why, absent = reasons_of(value), default or null(without_optional(of))
                item = unknown(why, of=without_optional(of))
                item.options = (perhaps, absent)
        elif item is None and value.rest is not None and not isinstance(value.rest, PossibleKeys):
            item = unknown(value.rest, of=without_optional(of))
        elif default is not None and (item is None or item.kind is NULL):
            item = default
        if item is None:
            if name not in wanted.optional:
                if noun:
                    raise ConversionError(f'{noun} "{name}"')
                raise ConversionError(f'attribute "{name}" is required')
            item = null(without_optional(of))
        try:
            made[name] = _apply(item, of)
        except ConversionError as error:
            raise error.at(name) from None
    result = Value(OBJECT, made, origin=value.origin, sensitive=value.sensitive)
    result.key_origins = value.key_origins
    return result


def _to_tuple(value: Value, wanted: TupleType) -> Value:
    if value.kind is not TUPLE:
        raise ConversionError(mismatch_message(value.type, wanted))
    if value.has_rest:
        items = [unknown(reasons_of(value), of=without_optional(of)) for of in wanted.items]
    else:
        if len(value.data) != len(wanted.items):
            raise ConversionError(mismatch_message(value.type, wanted))
        items = []
        for index, (item, of) in enumerate(zip(value.data, wanted.items, strict=True)):
            try:
                items.append(_apply(item, of))
            except ConversionError as error:
                raise error.at(index) from None
    return Value(TUPLE, items, origin=value.origin, sensitive=value.sensitive)


# --- types of results ------------------------------------------------------------------------


def without_optional(of: Type) -> Type:
    """The type of a converted value: nothing is optional in it any more."""
    if isinstance(of, Collection):
        return type(of)(without_optional(of.of))
    if isinstance(of, TupleType):
        return TupleType(map(without_optional, of.items))
    if isinstance(of, ObjectType):
        return ObjectType({name: without_optional(item) for name, item in of.attributes.items()})
    return of


def resolved(given: Type, wanted: Type) -> Type:
    """The type an unknown or null of type ``given`` has after conversion to ``wanted``."""
    wanted = without_optional(wanted)
    if given is DYNAMIC or not has_dynamic(wanted):
        return wanted
    if wanted is DYNAMIC:
        return given
    if isinstance(wanted, Collection):
        inner: Type | None = None
        if isinstance(given, Collection):
            inner = given.of
        elif isinstance(given, TupleType):
            inner = unify(given.items)
        elif isinstance(given, ObjectType):
            inner = unify(list(given.attributes.values()))
        return type(wanted)(resolved(inner or DYNAMIC, wanted.of))
    if isinstance(wanted, ObjectType):
        return ObjectType(
            {name: resolved(_attribute(given, name), of) for name, of in wanted.attributes.items()}
        )
    if isinstance(wanted, TupleType) and isinstance(given, TupleType):
        return TupleType(map(resolved, given.items, wanted.items))
    return wanted


def _attribute(given: Type, name: str) -> Type:
    if isinstance(given, ObjectType):
        return given.attributes.get(name, DYNAMIC)
    return given.of if isinstance(given, MapType) else DYNAMIC
