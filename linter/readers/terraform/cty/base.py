"""The class behind every evaluated value; :mod:`.value` says what its fields hold."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from linter.core.values import Template, Unknown
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
        options: for ``UNKNOWN``: the values of which one holds, where those are few; for
            ``REST``: what each of the elements it stands for is one of. Empty: not known.
        sensitive: marked by ``sensitive()`` or a sensitive variable; never hides the value.
        ephemeral: of an ephemeral variable: never kept in a plan or state.
        text_map: for ``STRING``: the evaluator's map from the text to its origin; functions
            that compute new text drop it.
        links: the references to resources that it was reached through, the nearest first.
    """

    __slots__ = (
        "_type",
        "data",
        "ephemeral",
        "key_origins",
        "kind",
        "links",
        "not_null",
        "of",
        "options",
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
        links: tuple[str, ...] = (),
        options: tuple[Value, ...] = (),
        ephemeral: bool = False,
    ) -> None:
        self.links = links
        self.kind = kind
        self.data = data
        self.of = of
        self.origin = origin
        self.rest = rest
        self.key_origins = key_origins
        self.not_null = not_null
        self.sensitive = sensitive
        self.text_map = text_map
        self.options = options
        self.ephemeral = ephemeral
        self._type: Type | None = None

    @property
    def decoded(self) -> Value | None:
        """What ``jsonencode`` was given, when this string is its result."""
        return None

    @property
    def unknown_text(self) -> Unknown | None:
        """Why the text of a string is not known although what it encodes is."""
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
    """The string ``jsonencode`` gives: remembers its argument, makes its text when asked.

    ``text_why`` says why the text is not known although the document is (somebody else writes
    it): then no function may look at the text.
    """

    __slots__ = ("_argument", "_encode", "_text", "text_why")

    def __init__(
        self,
        argument: Value,
        encode: Callable[[Value], str | Template],
        text_why: Unknown | None = None,
    ) -> None:
        self._argument = argument
        self._encode = encode
        self._text: str | Template | None = None
        self.text_why = text_why
        super().__init__(STRING, None)

    @property
    def decoded(self) -> Value:
        return self._argument

    @property
    def unknown_text(self) -> Unknown | None:
        return self.text_why

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
        made: Value = EncodedValue(value._argument, value._encode, value.text_why)
        made.data = value._text
        made.origin, made.sensitive = value.origin, value.sensitive
        made.ephemeral, made.text_map = value.ephemeral, value.text_map
        made.links = value.links
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
        links=value.links,
        options=value.options,
        ephemeral=value.ephemeral,
    )
    made._type = value._type
    return made


def marked(result: Value, *sources: Value) -> Value:
    """The result with the marks of what it was made of."""
    sensitive = any(item.sensitive for item in sources)
    ephemeral = any(item.ephemeral for item in sources)
    if sensitive <= result.sensitive and ephemeral <= result.ephemeral:
        return result
    return result.replaced(
        sensitive=sensitive or result.sensitive, ephemeral=ephemeral or result.ephemeral
    )
