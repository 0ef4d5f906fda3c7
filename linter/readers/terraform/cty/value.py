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
``UNKNOWN``   core ``Unknown`` (``options``: what    its type, ``DYNAMIC`` when not known
              it is one of, where that is known)
``REST``      core ``Unknown`` (``options``: what    type of the elements it stands for
              each element is one of)
============  =====================================  =========================================

**Partly known collections.** Among the elements of a tuple, list or set a ``REST`` stands for
zero or more further elements. A map or object with ``rest`` (a core ``Unknown``) may hold more
keys than its known ones. A *tuple* with a ``REST`` may in truth be a list, and an *object* with
``rest`` a map: their exact type is not known (``value.type`` is ``DYNAMIC``). A ``rest`` that is
a ``PossibleKeys`` names the only keys that may follow.

**Alternatives.** :mod:`.alternatives` makes values of which one of a few holds, and computes with
them.

**Soundness.** Whatever is claimed known holds for every value of the unknown inputs. An
unknown element of a tuple or list counts as exactly one element, an unknown element of a set as
one that may equal another.

Values are immutable by convention and shared freely; only ``origin`` is filled in by the
evaluator when it is ``None``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from linter.core.values import Template, Unknown
from linter.readers.terraform.cty.base import (
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
    EncodedValue,
    Kind,
    Value,
    marked,
)
from linter.readers.terraform.cty.plain import from_plain, plain
from linter.readers.terraform.cty.text import normal_text
from linter.readers.terraform.cty.types import DYNAMIC, NUMBER_TYPE, Type

__all__ = [
    "BOOL",
    "LIST",
    "MAP",
    "MAPPINGS",
    "NULL",
    "NUMBER",
    "OBJECT",
    "REST",
    "SEQUENCES",
    "SET",
    "STRING",
    "TUPLE",
    "UNKNOWN",
    "EncodedValue",
    "Kind",
    "Value",
    "boolean",
    "first_unknown",
    "from_plain",
    "is_wholly_known",
    "list_of",
    "map_of",
    "marked",
    "null",
    "number",
    "object_of",
    "plain",
    "reasons_of",
    "rest_of",
    "string",
    "tuple_of",
    "unknown",
    "written_number",
]


def string(text: str | Template, origin: Any = None) -> Value:
    """A string; Terraform keeps all text in Unicode's normal form C."""
    return Value(STRING, normal_text(text), origin=origin)


def number(amount: int | Fraction | float, origin: Any = None) -> Value:
    return Value(NUMBER, amount, origin=origin)


def written_number(text: str, origin: Any = None) -> Value:
    """A number as it is written; one of which no exact value can be kept is not known."""
    from linter.readers.terraform.cty.numbers import parse_number

    try:
        return number(parse_number(text), origin)
    except ValueError:
        shown = text if len(text) < 40 else f"{text[:37]}..."
        why = f"the number {shown} is beyond what is supported"
        return unknown(why, of=NUMBER_TYPE, not_null=True, origin=origin)


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
    why = _only_why(reason) if isinstance(reason, Unknown) else Unknown(reason, references)
    return Value(UNKNOWN, why, of, not_null=not_null, origin=origin)


def rest_of(
    why: Unknown, of: Type = DYNAMIC, options: Iterable[Value] = (), origin: Any = None
) -> Value:
    """Zero or more unknown elements, to stand inside a tuple, list or set.

    With ``options``, each of the elements is one of these.
    """
    return Value(REST, _only_why(why), of, options=tuple(options), origin=origin)


def _only_why(why: Unknown) -> Unknown:
    """The reason alone: what was possible for one value says nothing of another."""
    if type(why) is Unknown and not why.alternatives:
        return why
    return Unknown(why.reason, why.references)


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
                if item.unknown_text is not None:
                    return item.unknown_text
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
                why = item.unknown_text
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
