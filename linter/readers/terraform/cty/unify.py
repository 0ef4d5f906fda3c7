"""Type-level conversion: what converts to what, and the type several types have in common.

Follows the rules of Terraform's type system (cty ``convert``) case by case, because the outcome
shows: ``true ? "1" : 2`` is ``"1"``, ``[1, "a"]`` becomes a list of strings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from linter.readers.terraform.cty.types import (
    DYNAMIC,
    STRING_TYPE,
    Collection,
    ListType,
    MapType,
    ObjectType,
    Primitive,
    SetType,
    TupleType,
    Type,
)


def convertible(given: Type, wanted: Type, *, unsafe: bool = True) -> bool:
    """Whether a conversion exists; an unsafe one may still fail for a certain value."""
    if given is wanted or given == wanted or wanted is DYNAMIC:
        return True
    if given is DYNAMIC:
        return unsafe
    if isinstance(given, Primitive) and isinstance(wanted, Primitive):
        if wanted is STRING_TYPE:
            return True
        return unsafe and given is STRING_TYPE
    if isinstance(wanted, ObjectType):
        return _to_object(given, wanted, unsafe)
    if isinstance(wanted, TupleType):
        return (
            isinstance(given, TupleType)
            and len(given.items) == len(wanted.items)
            and all(
                convertible(have, want, unsafe=unsafe)
                for have, want in zip(given.items, wanted.items, strict=True)
            )
        )
    if isinstance(wanted, ListType | SetType):
        if isinstance(given, ListType | SetType):
            if isinstance(wanted, SetType) and isinstance(given, ListType) and not unsafe:
                return False
            return convertible(given.of, wanted.of, unsafe=unsafe)
        return isinstance(given, TupleType) and _each_to(given.items, wanted.of, unsafe)
    if isinstance(wanted, MapType):
        if isinstance(given, MapType):
            return convertible(given.of, wanted.of, unsafe=unsafe)
        return isinstance(given, ObjectType) and _each_to(
            tuple(given.attributes.values()), wanted.of, unsafe, lenient=True
        )
    return False


def _to_object(given: Type, wanted: ObjectType, unsafe: bool) -> bool:
    if isinstance(given, ObjectType):
        for name, of in wanted.attributes.items():
            have = given.attributes.get(name)
            if have is None:
                if name not in wanted.optional:
                    return False
            elif not convertible(have, of, unsafe=unsafe):
                return False
        return True
    if isinstance(given, MapType) and unsafe:
        return all(
            name in wanted.optional or convertible(given.of, of)
            for name, of in wanted.attributes.items()
        )
    return False


def _each_to(given: Sequence[Type], wanted: Type, unsafe: bool, *, lenient: bool = False) -> bool:
    """Whether a tuple's or an object's parts all fit a collection's element type."""
    if not given:
        return True
    if wanted is DYNAMIC:
        common = unify(given, unsafe=unsafe)
        if common is None:
            return False
        if common is DYNAMIC and not lenient:
            return all(item is DYNAMIC for item in given)
        wanted = common
    return all(convertible(item, wanted, unsafe=unsafe) for item in given)


def unify(types: Sequence[Type], *, unsafe: bool = True) -> Type | None:
    """The type all of these can be converted to; ``None`` when there is none."""
    if not types:
        return None
    if len(types) > 1:
        # Equal types are common and can be many; one of each decides the same.
        types = _distinct(types)
    found, decided = _unify_structures(types, unsafe)
    if decided:
        return found
    for index in _preference(types):
        wanted = types[index]
        if all(
            other == wanted or convertible(other, wanted, unsafe=unsafe)
            for position, other in enumerate(types)
            if position != index
        ):
            return wanted
    return None


def _distinct(types: Sequence[Type]) -> list[Type]:
    first = types[0]
    kept = [first]
    for item in types:
        if item is first:
            continue
        if (len(kept) < 32 and item not in kept) or (len(kept) >= 32 and item != kept[-1]):
            kept.append(item)
    return kept


def _unify_structures(types: Sequence[Type], unsafe: bool) -> tuple[Type | None, bool]:
    """The cases of only maps, lists, objects ... ; the flag says whether one applied."""
    count = len(types)
    tally = dict.fromkeys((MapType, ListType, SetType, ObjectType, TupleType), 0)
    dynamic = 0
    for item in types:
        if item is DYNAMIC:
            dynamic += 1
        elif type(item) in tally:
            tally[type(item)] += 1
    maps, lists, sets = tally[MapType], tally[ListType], tally[SetType]
    objects, tuples = tally[ObjectType], tally[TupleType]
    if maps and maps + dynamic == count:
        return _unify_collections(MapType, types, unsafe, dynamic), True
    if maps and maps + objects + dynamic == count:
        found = _unify_mixed(types, ObjectType, _objects_to_map, unsafe)
        return found, found is not None
    if lists and lists + dynamic == count:
        return _unify_collections(ListType, types, unsafe, dynamic), True
    if lists and lists + tuples + dynamic == count:
        found = _unify_mixed(types, TupleType, _tuples_to_list, unsafe)
        return found, found is not None
    if sets and sets + dynamic == count:
        return _unify_collections(SetType, types, unsafe, dynamic), True
    if objects and objects + dynamic == count:
        return _unify_objects(types, unsafe, dynamic), True
    if tuples and tuples + dynamic == count:
        return _unify_tuples(types, unsafe, dynamic), True
    return None, bool(objects and tuples)


def _unify_collections(
    make: type[Collection], types: Sequence[Type], unsafe: bool, dynamic: int
) -> Type | None:
    if dynamic:
        return DYNAMIC
    inner = unify([item.of for item in types if isinstance(item, Collection)], unsafe=unsafe)
    if inner is None:
        return None
    return _if_all_convert(types, make(inner), unsafe)


def _unify_mixed(
    types: Sequence[Type],
    structural: type[Type],
    collect: Callable[[Sequence[Type], bool], Type | None],
    unsafe: bool,
) -> Type | None:
    """Objects among maps (tuples among lists): first the structures together, then all."""
    together = collect([item for item in types if isinstance(item, structural)], unsafe)
    if together is None:
        return None
    found = unify(
        [together if isinstance(item, structural) else item for item in types], unsafe=unsafe
    )
    return found if isinstance(found, Collection) else None


def _unify_objects(types: Sequence[Type], unsafe: bool, dynamic: int) -> Type | None:
    if dynamic:
        return DYNAMIC
    objects = [item for item in types if isinstance(item, ObjectType)]
    keys = objects[0].attributes.keys()
    if any(item.attributes.keys() != keys for item in objects[1:]):
        return _objects_to_map(types, unsafe)
    attributes: dict[str, Type] = {}
    for name in keys:
        found = unify([item.attributes[name] for item in objects], unsafe=unsafe)
        if found is None:
            return None
        attributes[name] = found
    result = _if_all_convert(types, ObjectType(attributes), unsafe)
    return result if result is not None else _objects_to_map(types, unsafe)


def _objects_to_map(types: Sequence[Type], unsafe: bool) -> Type | None:
    parts = [
        of for item in types if isinstance(item, ObjectType) for of in item.attributes.values()
    ]
    inner = unify(parts, unsafe=unsafe)
    return None if inner is None else _if_all_convert(types, MapType(inner), unsafe)


def _unify_tuples(types: Sequence[Type], unsafe: bool, dynamic: int) -> Type | None:
    if dynamic:
        return DYNAMIC
    tuples = [item for item in types if isinstance(item, TupleType)]
    length = len(tuples[0].items)
    if any(len(item.items) != length for item in tuples[1:]):
        return _tuples_to_list(types, unsafe)
    items: list[Type] = []
    for index in range(length):
        found = unify([item.items[index] for item in tuples], unsafe=unsafe)
        if found is None:
            return None
        items.append(found)
    result = _if_all_convert(types, TupleType(items), unsafe)
    return result if result is not None else _tuples_to_list(types, unsafe)


def _tuples_to_list(types: Sequence[Type], unsafe: bool) -> Type | None:
    parts = [of for item in types if isinstance(item, TupleType) for of in item.items]
    inner = unify(parts, unsafe=unsafe)
    return None if inner is None else _if_all_convert(types, ListType(inner), unsafe)


def _if_all_convert(types: Sequence[Type], wanted: Type, unsafe: bool) -> Type | None:
    return wanted if all(convertible(item, wanted, unsafe=unsafe) for item in types) else None


def _preference(types: Sequence[Type]) -> list[int]:
    """Indices of the types in the order in which they are tried: the more general first."""
    count = len(types)
    below: list[list[int]] = [[] for _ in range(count)]
    above = [0] * count
    for first in range(count):
        for second in range(first + 1, count):
            outcome = compare_types(types[first], types[second])
            if outcome:
                general, special = (first, second) if outcome < 0 else (second, first)
                below[general].append(special)
                above[special] += 1
    order = [index for index in range(count) if not above[index]]
    for index in order:  # grows while it is walked
        for special in below[index]:
            above[special] -= 1
            if not above[special]:
                order.append(special)
    return order


def compare_types(a: Type, b: Type) -> int:
    """Negative when ``a`` is the more general, positive when ``b`` is, 0 when neither."""
    if a is DYNAMIC or b is DYNAMIC:
        return (0 if b is DYNAMIC else 1) if a is DYNAMIC else -1
    if isinstance(a, Primitive) and isinstance(b, Primitive):
        if (a is STRING_TYPE) == (b is STRING_TYPE):
            return 0
        return -1 if a is STRING_TYPE else 1
    if isinstance(a, Collection) and type(a) is type(b) and isinstance(b, Collection):
        return compare_types(a.of, b.of)
    rank_a, rank_b = _generality(a), _generality(b)
    if rank_a and rank_b and rank_a[0] == rank_b[0] and rank_a[1] != rank_b[1]:
        return -1 if rank_a[1] < rank_b[1] else 1
    if isinstance(a, ObjectType) and isinstance(b, ObjectType):
        if a.attributes.keys() != b.attributes.keys():
            return 0
        return _together([(a.attributes[name], b.attributes[name]) for name in a.attributes])
    if isinstance(a, TupleType) and isinstance(b, TupleType):
        if len(a.items) != len(b.items):
            return 0
        return _together(list(zip(a.items, b.items, strict=True)))
    return 0


def _generality(of: Type) -> tuple[str, int] | None:
    if isinstance(of, ListType):
        return "sequence", 0
    if isinstance(of, TupleType):
        return "sequence", 1
    if isinstance(of, SetType):
        return "sequence", 2
    if isinstance(of, MapType):
        return "mapping", 0
    if isinstance(of, ObjectType):
        return "mapping", 1
    return None


def _together(pairs: list[tuple[Type, Type]]) -> int:
    signs = {(outcome > 0) - (outcome < 0) for outcome in (compare_types(a, b) for a, b in pairs)}
    if 1 in signs:
        return 0 if -1 in signs else 1
    return -1 if -1 in signs else 0
