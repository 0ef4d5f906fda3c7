"""The evaluated value: Terraform's own, plus what is not known and where it came from.

============  =====================================  =========================================
kind          ``data``                               ``of``
============  =====================================  =========================================
``STRING``    ``str``, or ``Template`` when partly   ``None``
              known (certainly not null then)
``NUMBER``    ``int``, ``Fraction`` or ``float``     ``None``
              (see :mod:`.numbers`)
``BOOL``      ``bool``                               ``None``
``NULL``      ``None``                               its type, ``DYNAMIC`` when untyped
``TUPLE``     ``list[Value]``                        ``None``
``LIST``      ``list[Value]``                        type of the elements
``SET``       ``list[Value]``, sorted, distinct      type of the elements
``OBJECT``    ``dict[str, Value]``                   ``None``
``MAP``       ``dict[str, Value]``                   type of the elements
``UNKNOWN``   core ``Unknown``                       its type, ``DYNAMIC`` when not known
``REST``      core ``Unknown``                       type of the elements it stands for
============  =====================================  =========================================

**Partly known collections.** Among the elements of a tuple, list or set a ``REST`` stands for
zero or more further elements. A map or object with ``rest`` (a core ``Unknown``) may hold more
keys than its known ones. A *tuple* with a ``REST`` may in truth be a list, and an *object* with
``rest`` a map: their exact type is not known (``value.type`` is ``DYNAMIC``).

**Soundness.** Whatever is claimed known holds for every value of the unknown inputs. An
unknown element of a tuple or list counts as exactly one element, an unknown element of a set as
one that may equal another.

Values are immutable by convention and shared freely; only ``origin`` is filled in by the
evaluator when it is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from fractions import Fraction
from typing import Any
from unicodedata import normalize

from linter.core.values import OpenDict, Rest, Template, Unknown
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
)


class Kind(IntEnum):
    STRING = 1
    NUMBER = 2
    BOOL = 3
    NULL = 4
    TUPLE = 5
    LIST = 6
    SET = 7
    OBJECT = 8
    MAP = 9
    UNKNOWN = 10
    REST = 11


STRING, NUMBER, BOOL, NULL = Kind.STRING, Kind.NUMBER, Kind.BOOL, Kind.NULL
TUPLE, LIST, SET = Kind.TUPLE, Kind.LIST, Kind.SET
OBJECT, MAP = Kind.OBJECT, Kind.MAP
UNKNOWN, REST = Kind.UNKNOWN, Kind.REST

SEQUENCES = frozenset((TUPLE, LIST, SET))
MAPPINGS = frozenset((OBJECT, MAP))

PLAIN_LIMIT = 2_000_000
"""Nodes :func:`plain` makes of one value before it gives up: shared values can multiply."""

_PRIMITIVE_TYPES: dict[Kind, Type] = {STRING: STRING_TYPE, NUMBER: NUMBER_TYPE, BOOL: BOOL_TYPE}
_COLLECTION_TYPES: dict[Kind, Callable[[Type], Type]] = {
    LIST: ListType,
    SET: SetType,
    MAP: MapType,
}


class Value:
    """One evaluated value; see the module's text for ``kind``, ``data`` and ``of``.

    Attributes:
        origin: where it was written; opaque here, given by the evaluator and passed along.
        rest: for ``OBJECT`` and ``MAP``: set when more keys may follow.
        key_origins: for ``OBJECT`` and ``MAP``: where each key was written, where known.
        not_null: for ``UNKNOWN``: certainly not null.
        sensitive: marked by ``sensitive()`` or a sensitive variable; never hides the value.
        text_map: for ``STRING``: the evaluator's map from the text to its origin; functions
            that compute new text drop it.
    """

    __slots__ = (
        "_type",
        "data",
        "key_origins",
        "kind",
        "not_null",
        "of",
        "origin",
        "rest",
        "sensitive",
        "text_map",
    )

    def __init__(
        self,
        kind: Kind,
        data: Any,
        of: Type | None = None,
        *,
        origin: Any = None,
        rest: Unknown | None = None,
        key_origins: dict[str, Any] | None = None,
        not_null: bool = False,
        sensitive: bool = False,
        text_map: Any = None,
    ) -> None:
        self.kind = kind
        self.data = data
        self.of = of
        self.origin = origin
        self.rest = rest
        self.key_origins = key_origins
        self.not_null = not_null
        self.sensitive = sensitive
        self.text_map = text_map
        self._type: Type | None = None

    @property
    def decoded(self) -> Value | None:
        """What ``jsonencode`` was given, when this string is its result."""
        return None

    @property
    def type(self) -> Type:
        """Its type; ``DYNAMIC`` as far as it is not known."""
        if self._type is None:
            self._type = self._find_type()
        return self._type

    def _find_type(self) -> Type:
        kind = self.kind
        simple = _PRIMITIVE_TYPES.get(kind)
        if simple is not None:
            return simple
        of = self.of if self.of is not None else DYNAMIC
        make = _COLLECTION_TYPES.get(kind)
        if make is not None:
            return make(of)
        if kind is TUPLE:
            if any(item.kind is REST for item in self.data):
                return DYNAMIC
            return TupleType(item.type for item in self.data)
        if kind is OBJECT:
            if self.rest is not None:
                return DYNAMIC
            return ObjectType({name: item.type for name, item in self.data.items()})
        return of

    @property
    def is_null(self) -> bool:
        return self.kind is NULL

    @property
    def is_unknown(self) -> bool:
        """Nothing is known of it (but perhaps its type)."""
        return self.kind is UNKNOWN

    @property
    def has_rest(self) -> bool:
        """Whether more elements or keys may follow than those in ``data``."""
        if self.kind in SEQUENCES:
            return any(item.kind is REST for item in self.data)
        return self.rest is not None

    @property
    def unknown(self) -> Unknown:
        """Why it is not known; for a value that is known, an ``Unknown`` that says so."""
        if self.kind is UNKNOWN or self.kind is REST:
            found: Unknown = self.data
            return found
        if isinstance(self.data, Template):
            return Unknown(self.data.reason, self.data.references)
        return self.rest if self.rest is not None else Unknown("known")

    def replaced(self, **changes: Any) -> Value:
        """A copy with some attributes changed (``sensitive=True``, ``origin=...``)."""
        made = _copy(self)
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    def __repr__(self) -> str:
        extra = f", of={self.of!r}" if self.of is not None else ""
        extra += f", rest={self.rest!r}" if self.rest is not None else ""
        return f"Value({self.kind.name}, {self.data!r}{extra})"


class EncodedValue(Value):
    """The string ``jsonencode`` gives: remembers its argument, makes its text when asked."""

    __slots__ = ("_argument", "_encode", "_text")

    def __init__(self, argument: Value, encode: Callable[[Value], str | Template]) -> None:
        self._argument = argument
        self._encode = encode
        self._text: str | Template | None = None
        super().__init__(STRING, None)

    @property
    def decoded(self) -> Value:
        return self._argument

    @property
    def data(self) -> str | Template:
        if self._text is None:
            self._text = self._encode(self._argument)
        return self._text

    @data.setter
    def data(self, value: Any) -> None:
        self._text = value


def _copy(value: Value) -> Value:
    if isinstance(value, EncodedValue):
        made: Value = EncodedValue(value._argument, value._encode)
        made.data = value._text
        made.origin, made.sensitive = value.origin, value.sensitive
        made.text_map = value.text_map
        return made
    made = Value(
        value.kind,
        value.data,
        value.of,
        origin=value.origin,
        rest=value.rest,
        key_origins=value.key_origins,
        not_null=value.not_null,
        sensitive=value.sensitive,
        text_map=value.text_map,
    )
    made._type = value._type
    return made


def string(text: str | Template, origin: Any = None) -> Value:
    """A string; Terraform keeps all text in Unicode's normal form C."""
    if isinstance(text, str) and not text.isascii():
        text = normalize("NFC", text)
    return Value(STRING, text, origin=origin)


def number(amount: int | Fraction | float, origin: Any = None) -> Value:
    return Value(NUMBER, amount, origin=origin)


def boolean(truth: bool, origin: Any = None) -> Value:
    return Value(BOOL, truth, origin=origin)


def null(of: Type = DYNAMIC, origin: Any = None) -> Value:
    return Value(NULL, None, of, origin=origin)


def unknown(
    reason: str | Unknown,
    references: Iterable[str] = (),
    of: Type = DYNAMIC,
    *,
    not_null: bool = False,
    origin: Any = None,
) -> Value:
    """A value of which nothing is known but perhaps its type."""
    why = reason if isinstance(reason, Unknown) else Unknown(reason, references)
    return Value(UNKNOWN, why, of, not_null=not_null, origin=origin)


def rest_of(why: Unknown, of: Type = DYNAMIC) -> Value:
    """Zero or more unknown elements, to stand inside a tuple, list or set."""
    return Value(REST, why, of)


def tuple_of(items: Iterable[Value], origin: Any = None) -> Value:
    return Value(TUPLE, list(items), origin=origin)


def object_of(
    attributes: Mapping[str, Value],
    rest: Unknown | None = None,
    *,
    key_origins: dict[str, Any] | None = None,
    origin: Any = None,
) -> Value:
    return Value(OBJECT, dict(attributes), rest=rest, key_origins=key_origins, origin=origin)


def list_of(items: Iterable[Value], of: Type = DYNAMIC, origin: Any = None) -> Value:
    """A list whose items are already of type ``of``; use ``convert`` to make them so."""
    return Value(LIST, list(items), of, origin=origin)


def map_of(
    items: Mapping[str, Value],
    of: Type = DYNAMIC,
    rest: Unknown | None = None,
    *,
    key_origins: dict[str, Any] | None = None,
    origin: Any = None,
) -> Value:
    """A map whose items are already of type ``of``; use ``convert`` to make them so."""
    return Value(MAP, dict(items), of, rest=rest, key_origins=key_origins, origin=origin)


def plain(value: Value) -> Any:
    """The value as core's model has it: plain Python, ``Unknown``, ``Template``, ``Rest``,
    ``OpenDict``. Shared values are converted once and shared again.
    """
    return _Plain().of(value)


class _Plain:
    __slots__ = ("_done", "_left")

    def __init__(self) -> None:
        self._left = PLAIN_LIMIT
        self._done: dict[int, tuple[Value, Any, int]] = {}

    def of(self, value: Value) -> Any:
        kind = value.kind
        if kind is STRING or kind is BOOL or kind is NULL or kind is UNKNOWN:
            return value.data
        if kind is NUMBER:
            amount = value.data
            return amount if type(amount) is int else _plain_number(amount)
        if kind is REST:
            why = value.data
            return why if isinstance(why, Rest) else Rest(why.reason, why.references)
        seen = self._done.get(id(value))
        if seen is not None:
            self._left -= seen[2]
            return seen[1] if self._left > 0 else self._too_large()
        before = self._left
        self._left -= 1 + len(value.data)
        if self._left <= 0:
            return self._too_large()
        result: Any
        if kind in SEQUENCES:
            result = [self.of(item) for item in value.data]
        else:
            result = {key: self.of(item) for key, item in value.data.items()}
            if value.rest is not None:
                result = OpenDict(result, value.rest)
        self._done[id(value)] = (value, result, before - self._left)
        return result

    @staticmethod
    def _too_large() -> Unknown:
        return Unknown("the value is too large to analyse")


def _plain_number(amount: int | Fraction | float) -> int | float:
    if isinstance(amount, float):
        return int(amount) if amount.is_integer() else amount
    if amount.denominator == 1:
        return int(amount)
    try:
        return float(amount)
    except OverflowError:
        return int(amount)


def from_plain(data: Any, origin: Any = None) -> Value:
    """A value from plain Python as JSON has it (lists make tuples, dicts objects); core's
    ``Unknown``, ``Template``, ``Rest`` and ``OpenDict`` are understood, a ``Value`` is kept.
    """
    if isinstance(data, Value):
        return data
    if data is None:
        return null(origin=origin)
    if isinstance(data, bool):
        return boolean(data, origin)
    if isinstance(data, str | Template):
        return string(data, origin)
    if isinstance(data, float):
        from linter.readers.terraform.cty.numbers import parse_number

        return number(parse_number(repr(data)), origin)
    if isinstance(data, int | Fraction):
        return number(data, origin)
    if isinstance(data, Rest):
        return Value(REST, data, DYNAMIC, origin=origin)
    if isinstance(data, Unknown):
        return unknown(data, origin=origin)
    if isinstance(data, Mapping):
        rest = data.rest if isinstance(data, OpenDict) else None
        items = {str(key): from_plain(item, origin) for key, item in data.items()}
        return object_of(items, rest, origin=origin)
    if isinstance(data, list | tuple):
        return tuple_of((from_plain(item, origin) for item in data), origin)
    return unknown(f"a {type(data).__name__} has no place in Terraform", origin=origin)


def is_wholly_known(value: Value) -> bool:
    """Whether nothing at any depth is unknown."""
    return first_unknown(value) is None


def first_unknown(value: Value) -> Unknown | None:
    """Some unknown inside the value, ``None`` when it is wholly known."""
    stack = [value]
    seen: set[int] = set()
    while stack:
        item = stack.pop()
        kind = item.kind
        if kind is UNKNOWN or kind is REST:
            found: Unknown = item.data
            return found
        if kind is STRING:
            inner = item.decoded
            if inner is not None:
                stack.append(inner)
            elif isinstance(item.data, Template):
                return item.unknown
        elif kind in SEQUENCES or kind in MAPPINGS:
            if item.rest is not None:
                return item.rest
            if id(item) in seen:
                continue
            seen.add(id(item))
            stack.extend(item.data if kind in SEQUENCES else item.data.values())
    return None


def reasons_of(*values: Value) -> Unknown:
    """One ``Unknown`` that carries the reasons and references of all that is unknown inside."""
    reasons: dict[str, None] = {}
    references: dict[str, None] = {}
    stack = list(reversed(values))
    seen: set[int] = set()
    while stack:
        item = stack.pop()
        kind = item.kind
        why: Unknown | None = item.rest
        if kind is UNKNOWN or kind is REST:
            why = item.data
        elif kind is STRING:
            if item.decoded is not None:
                stack.append(item.decoded)
            elif isinstance(item.data, Template):
                why = item.unknown
        elif (kind in SEQUENCES or kind in MAPPINGS) and id(item) not in seen:
            seen.add(id(item))
            children = item.data if kind in SEQUENCES else list(item.data.values())
            stack.extend(reversed(children))
        if why is not None:
            reasons[why.reason] = None
            references.update(dict.fromkeys(why.references))
    if not reasons:
        return Unknown("the value is not known")
    shown = list(reasons)[:3]
    return Unknown("; ".join(shown), references)
