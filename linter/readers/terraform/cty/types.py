"""Terraform's types, as its language (cty) tells them apart.

A tuple is not a list and an object is not a map: expressions make tuples and objects, type
constraints and functions such as ``tolist`` make lists, sets and maps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Type:
    """A type or type constraint. Compare with ``==``; primitives also with ``is``."""

    __slots__ = ()

    @property
    def is_primitive(self) -> bool:
        return isinstance(self, Primitive)


class Primitive(Type):
    """``string``, ``number``, ``bool``."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


class Dynamic(Type):
    """``any``: not known yet, or whatever the value is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "any"


STRING_TYPE = Primitive("string")
NUMBER_TYPE = Primitive("number")
BOOL_TYPE = Primitive("bool")
DYNAMIC = Dynamic()


class Collection(Type):
    """``list(of)``, ``set(of)`` or ``map(of)``."""

    __slots__ = ("of",)
    word = ""

    def __init__(self, of: Type = DYNAMIC) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Collection) and self.of == other.of

    def __hash__(self) -> int:
        return hash((self.word, self.of))

    def __repr__(self) -> str:
        return f"{self.word}({self.of!r})"


class ListType(Collection):
    __slots__ = ()
    word = "list"


class SetType(Collection):
    __slots__ = ()
    word = "set"


class MapType(Collection):
    __slots__ = ()
    word = "map"


class TupleType(Type):
    """``tuple([...])``."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[Type] = ()) -> None:
        self.items = tuple(items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TupleType) and self.items == other.items

    def __hash__(self) -> int:
        return hash(("tuple", self.items))

    def __repr__(self) -> str:
        return f"tuple([{', '.join(map(repr, self.items))}])"


class ObjectType(Type):
    """``object({...})``.

    Args:
        attributes: name to type.
        optional: names declared with ``optional(...)``; only in constraints.
        defaults: values (``Value``) for absent optional attributes that have a default.
    """

    __slots__ = ("attributes", "defaults", "optional")

    def __init__(
        self,
        attributes: Mapping[str, Type] | None = None,
        optional: Iterable[str] = (),
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        self.attributes: dict[str, Type] = dict(attributes or {})
        self.optional = frozenset(optional)
        self.defaults: dict[str, Any] = dict(defaults or {})

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, ObjectType)
            and self.attributes == other.attributes
            and self.optional == other.optional
        )

    def __hash__(self) -> int:
        return hash(("object", tuple(sorted(self.attributes))))

    def __repr__(self) -> str:
        def one(name: str, of: Type) -> str:
            return f"{name}=optional({of!r})" if name in self.optional else f"{name}={of!r}"

        inner = ", ".join(one(name, of) for name, of in self.attributes.items())
        return f"object({{{inner}}})"


def has_dynamic(of: Type) -> bool:
    """Whether ``any`` occurs in the type at any depth."""
    stack = [of]
    while stack:
        item = stack.pop()
        if item is DYNAMIC:
            return True
        if isinstance(item, Collection):
            stack.append(item.of)
        elif isinstance(item, TupleType):
            stack.extend(item.items)
        elif isinstance(item, ObjectType):
            stack.extend(item.attributes.values())
    return False


def friendly_name(of: Type) -> str:
    """How Terraform's messages call a type: ``string``, ``list of string``, ``object``."""
    if isinstance(of, Primitive):
        return of.name
    if isinstance(of, Collection):
        return f"{of.word} of {friendly_name(of.of)}"
    if isinstance(of, TupleType):
        return "tuple"
    if isinstance(of, ObjectType):
        return "object"
    return "dynamic"


def constraint_name(of: Type) -> str:
    """As :func:`friendly_name`, but an unknown type is a wish: ``any single type``."""
    if of is DYNAMIC:
        return "any type"
    if isinstance(of, Collection):
        inner = "any single type" if of.of is DYNAMIC else constraint_name(of.of)
        return f"{of.word} of {inner}"
    return friendly_name(of)


def type_to_json(of: Type) -> Any:
    """The form ``terraform output -json`` uses: ``["list", "string"]``."""
    if isinstance(of, Primitive):
        return of.name
    if isinstance(of, Collection):
        return [of.word, type_to_json(of.of)]
    if isinstance(of, TupleType):
        return ["tuple", [type_to_json(item) for item in of.items]]
    if isinstance(of, ObjectType):
        return ["object", {name: type_to_json(item) for name, item in of.attributes.items()}]
    return "dynamic"
