"""Why a value of one type cannot become another: the sentence Terraform has for it."""

from __future__ import annotations

from linter.readers.terraform.cty.types import (
    DYNAMIC,
    Collection,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    constraint_name,
)
from linter.readers.terraform.cty.unify import convertible


def mismatch_message(given: Type, wanted: Type) -> str:
    """One clause: ``string required``."""
    if isinstance(given, ObjectType) and isinstance(wanted, ObjectType):
        return _objects(given, wanted)
    if isinstance(wanted, Collection):
        if wanted.of is DYNAMIC and _structure_of(given, wanted):
            return f"all {wanted.word} elements must have the same type"
        if isinstance(given, TupleType | ObjectType):
            return _from_structure(given, wanted)
        if isinstance(given, Collection):
            return _collections(given, wanted)
    return f"{constraint_name(wanted)} required"


def _structure_of(given: Type, wanted: Collection) -> bool:
    if isinstance(wanted, MapType):
        return isinstance(given, ObjectType)
    return isinstance(given, TupleType)


def _objects(given: ObjectType, wanted: ObjectType) -> str:
    missing = sorted(
        name
        for name in wanted.attributes
        if name not in given.attributes and name not in wanted.optional
    )
    if len(missing) == 1:
        return f'attribute "{missing[0]}" is required'
    if len(missing) == 2:
        return f'attributes "{missing[0]}" and "{missing[1]}" are required'
    if missing:
        listed = ", ".join(f'"{name}"' for name in missing[:-1])
        return f'attributes {listed}, and "{missing[-1]}" are required'
    for name in sorted(wanted.attributes):
        have = given.attributes.get(name)
        if have is not None and not convertible(have, wanted.attributes[name]):
            return f'attribute "{name}": {mismatch_message(have, wanted.attributes[name])}'
    return "incorrect object attributes"


def _from_structure(given: Type, wanted: Collection) -> str:
    if not _structure_of(given, wanted):
        return f"{constraint_name(wanted)} required"
    if isinstance(given, TupleType):
        for index, item in enumerate(given.items):
            if not convertible(item, wanted.of):
                return f"element {index}: {mismatch_message(item, wanted.of)}"
    elif isinstance(given, ObjectType):
        for name, item in sorted(given.attributes.items()):
            if not convertible(item, wanted.of):
                return f'element "{name}": {mismatch_message(item, wanted.of)}'
    return f"all elements must be {constraint_name(wanted.of)}"


def _collections(given: Collection, wanted: Collection) -> str:
    sequence = isinstance(given, ListType | SetType)
    if sequence == isinstance(wanted, MapType):
        return f"{constraint_name(wanted)} required"
    return f"incorrect {wanted.word} element type: {mismatch_message(given.of, wanted.of)}"
