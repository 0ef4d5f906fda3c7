"""Operators on what is known, and text made of parts."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Template, Unknown, make_string
from linter.readers.python.iterating import ITERATOR, iterate, listed, made
from linter.readers.python.machine import MAX_ITEMS, MAX_LIST, MAX_TEXT, Raised
from linter.readers.python.values import (
    NOWHERE,
    Cell,
    Expression,
    External,
    Function,
    Instance,
    Loose,
    Map,
    OneOf,
    PathValue,
    Place,
    Property,
    Sdk,
    Seq,
    UserClass,
    View,
    in_checkout,
    is_scalar,
    one_of,
    portable,
    unknown,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine

_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.Pow: operator.pow,
}
_MAX_BITS = 4_096


def binary(machine: Machine, op: ast.operator, left: Cell, right: Cell, place: Place) -> Any:
    """``left op right``, or what is known of it. Raises ``Raised``."""
    a, b = left.value, right.value
    if isinstance(a, OneOf) or isinstance(b, OneOf):
        return _of_each(machine, op, left, right, place)
    if isinstance(op, ast.Div) and isinstance(a, PathValue):
        from linter.readers.python.stdlib import join_paths, path_of

        return path_of(join_paths([a.text, b.text if isinstance(b, PathValue) else b]))
    if isinstance(op, ast.Div) and isinstance(b, PathValue) and isinstance(a, str):
        from linter.readers.python.stdlib import join_paths, path_of

        return path_of(join_paths([a, b.text]))
    if isinstance(op, ast.Mod) and isinstance(a, str | Template):
        return _percent(a, b)
    if isinstance(op, ast.Add):
        made = _added(a, b)
        if made is not None:
            return made
    if isinstance(op, ast.Mult) and isinstance(b, Seq) and isinstance(a, int):
        a, b = b, a
    if isinstance(op, ast.Mult) and isinstance(a, Seq) and isinstance(b, int):
        if a.kind not in ("list", "tuple"):
            raise Raised("TypeError", place)
        if len(a.items) * max(b, 0) > MAX_ITEMS:
            return unknown("a list with very many elements")
        return Seq(a.items * b, a.kind)
    if isinstance(a, Seq) and isinstance(b, Seq) and a.kind == b.kind == "set":
        return _of_sets(op, a, b, place)
    if isinstance(op, ast.BitOr) and isinstance(a, Map) and isinstance(b, Map):
        merged = Map(dict(a.items), dict(a.keys), a.rest, dict(a.possible))
        update_map(machine, merged, right)
        return merged
    kinds = {_kind(value) for value in (a, b)}
    repeated = isinstance(op, ast.Mult) and kinds == {"str", "number"}
    if "" not in kinds and len(kinds) == 2 and not repeated:
        raise Raised("TypeError", place)
    if is_scalar(a) and is_scalar(b):
        return _calculated(op, a, b, place)
    return unknown(why(b if is_scalar(a) else a))


def _calculated(op: ast.operator, a: Any, b: Any, place: Place) -> Any:
    function = _ARITHMETIC.get(type(op))
    if function is None or _too_large(op, a, b):
        return unknown("a number or text that is too large to be kept")
    try:
        return function(a, b)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise Raised(type(error).__name__, place) from None


def _too_large(op: ast.operator, a: Any, b: Any) -> bool:
    if isinstance(op, ast.Mult):
        for text, count in ((a, b), (b, a)):
            if isinstance(text, str | bytes) and isinstance(count, int):
                return len(text) * max(count, 0) > MAX_TEXT
    if isinstance(op, ast.Pow | ast.LShift):
        return not isinstance(b, int) or isinstance(a, str) or b > 512 or _bits(a) * b > _MAX_BITS
    return _bits(a) > _MAX_BITS or _bits(b) > _MAX_BITS


def _bits(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 64


def _kind(value: Any) -> str:
    """What kind of plain value it is, where two of different kinds cannot be calculated with."""
    if isinstance(value, str):
        return "str"
    if isinstance(value, int | float):
        return "number"
    if value is None:
        return "None"
    if isinstance(value, Map):
        return "dict"
    if isinstance(value, Seq) and value.kind in ("list", "tuple", "set"):
        return value.kind
    return ""


def _of_sets(op: ast.operator, a: Seq, b: Seq, place: Place) -> Any:
    """``|``, ``&``, ``-`` and ``^`` of two sets."""
    if isinstance(op, ast.BitOr):
        return made([*a.items, *b.items], "set")
    left, right = set_keys(a), set_keys(b)
    if left is None or right is None:
        return unknown("elements of sets that are not wholly known")
    if isinstance(op, ast.BitAnd):
        return Seq([cell for key, cell in left.items() if key in right], "set")
    kept = [cell for key, cell in left.items() if key not in right]
    if isinstance(op, ast.Sub):
        return Seq(kept, "set")
    if isinstance(op, ast.BitXor):
        return Seq([*kept, *(c for key, c in right.items() if key not in left)], "set")
    raise Raised("TypeError", place)


def set_keys(value: Seq) -> dict[Any, Cell] | None:
    """The elements of a set by what they are; ``None`` where that is not known."""
    found: dict[Any, Cell] = {}
    for cell in value.items:
        plain = literal(cell.value)
        try:
            hash(plain)
        except TypeError:
            return None
        if plain is MISSING:
            return None
        found[plain] = cell
    return found


def _of_each(machine: Machine, op: ast.operator, left: Cell, right: Cell, place: Place) -> Any:
    lefts = left.value.cells if isinstance(left.value, OneOf) else (left,)
    rights = right.value.cells if isinstance(right.value, OneOf) else (right,)
    reason = why(left.value if isinstance(left.value, OneOf) else right.value)
    if len(lefts) * len(rights) > 8:
        return unknown(reason)
    runs = [
        lambda a=a, b=b: Cell(binary(machine, op, a, b, place), place)
        for a in lefts
        for b in rights
    ]
    return machine.either(runs, reason, place).value


def _added(a: Any, b: Any) -> Any:
    if isinstance(a, Seq) and isinstance(b, Seq) and a.kind == b.kind in ("list", "tuple"):
        if len(a.items) + len(b.items) > MAX_LIST:
            return unknown("a list with very many elements")
        return Seq([*a.items, *b.items], a.kind)
    for seq, other, first in ((a, b, True), (b, a, False)):
        if isinstance(seq, Seq) and isinstance(other, Unknown) and seq.kind in ("list", "tuple"):
            place = seq.items[0].place if seq.items else None
            if place is None:
                return unknown(other.reason)
            loose = Cell(Loose((), other.reason, many=True), place)
            return Seq([*seq.items, loose] if first else [loose, *seq.items], seq.kind)
    texts = (str, Template)
    if isinstance(a, texts) and isinstance(b, texts):
        return make_string([a, b])
    if isinstance(a, texts) and isinstance(b, Unknown):
        return make_string([a, b])
    if isinstance(a, Unknown) and isinstance(b, texts):
        return make_string([a, b])
    return None


def add_to(machine: Machine, op: ast.operator, left: Cell, right: Cell) -> bool:
    """``+=``, ``*=``, ``|=`` and the like change a list, set or dict in place: whether they did."""
    value = left.value
    if isinstance(op, ast.Add) and isinstance(value, Seq) and value.kind == "list":
        from linter.readers.python.methods import extend

        machine.touch(value)
        extend(machine, value, right)
        return True
    if isinstance(op, ast.BitOr) and isinstance(value, Map):
        machine.touch(value)
        update_map(machine, value, right)
        return True
    in_place = isinstance(value, Seq) and (
        value.kind == "set" or (value.kind == "list" and isinstance(op, ast.Mult))
    )
    if not in_place:
        return False
    found = binary(machine, op, left, right, right.place)
    machine.touch(value)
    if isinstance(found, Seq):
        value.items[:] = found.items
    else:
        value.items[:] = [Cell(Loose(tuple(value.items), why(found), many=True), right.place)]
    return True


def unary(op: ast.unaryop, value: Any, place: Place) -> Any:
    """``-value`` and the like. Raises ``Raised``."""
    if value is None or isinstance(value, str | Seq | Map):
        raise Raised("TypeError", place)
    if isinstance(value, int | float) and not isinstance(op, ast.Not):
        if isinstance(op, ast.USub):
            return -value
        if isinstance(op, ast.UAdd):
            return +value
        if isinstance(value, int):
            return ~value
    return unknown(why(value))


def update_map(machine: Machine, target: Map, cell: Cell) -> None:
    """Take over the members of another dict, or of pairs."""
    value = cell.value
    if isinstance(value, Map):
        for key, one in value.items.items():
            target.set(key, one, value.keys.get(key))
        for key, one in value.possible.items():
            if key in target.items:
                old = target.items[key]
                target.items[key] = one_of((old, one), "a key may be overwritten", one.place)
            elif key in target.possible:
                both = (target.possible[key], one)
                target.possible[key] = one_of(both, "a key may be overwritten", one.place)
            else:
                target.possible[key] = one
        if value.rest is not None:
            _open(target, value.rest, cell.place)
        return
    pairs = iterate(machine, cell)
    found = None if pairs is None else [_pair(machine, item) for item in pairs]
    if found is None or None in found:
        _open(target, unknown(why(value)), cell.place)
        return
    for pair in found:
        assert pair is not None
        target.set(pair[0].value, pair[1], pair[0].place)


def _open(target: Map, rest: Unknown, place: Place) -> None:
    """What is not known may overwrite every member."""
    target.rest = rest
    for members in (target.items, target.possible):
        for key in members:
            members[key] = Cell(rest, place)


def _pair(machine: Machine, cell: Cell) -> tuple[Cell, Cell] | None:
    if isinstance(cell.value, Loose):
        return None
    found = iterate(machine, cell)
    if found is None or any(isinstance(one.value, Loose) for one in found):
        return None
    if len(found) != 2:
        raise Raised("ValueError", cell.place)
    return (found[0], found[1]) if is_scalar(found[0].value) else None


# --- comparison -----------------------------------------------------------------------------------

_ORDER: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def compare(op: ast.cmpop, left: Any, right: Any, place: Place) -> bool | None:
    """Three-valued comparison. Raises ``Raised``."""
    if isinstance(op, ast.Is | ast.IsNot):
        found = _is(left, right)
        return found if found is None or isinstance(op, ast.Is) else not found
    if isinstance(op, ast.Eq | ast.NotEq):
        found = equal(left, right)
        return found if found is None or isinstance(op, ast.Eq) else not found
    if isinstance(op, ast.In | ast.NotIn):
        if is_scalar(right) and not isinstance(right, str | bytes):
            raise Raised("TypeError", place)
        found = contains(right, left)
        return found if found is None or isinstance(op, ast.In) else not found
    if isinstance(left, Seq) and isinstance(right, Seq) and left.kind != right.kind:
        return None
    plain = literal(left), literal(right)
    if MISSING in plain or in_checkout(left) or in_checkout(right):
        return None
    try:
        return bool(_ORDER[type(op)](*plain))
    except TypeError:
        raise Raised("TypeError", place) from None


def _is(left: Any, right: Any) -> bool | None:
    if isinstance(left, OneOf):
        found = {_is(cell.value, right) for cell in left.cells}
        return found.pop() if len(found) == 1 else None
    if isinstance(left, Unknown) or isinstance(right, Unknown | OneOf):
        return None
    if isinstance(left, External) and isinstance(right, External):
        return _same_name(left, right)
    if isinstance(left, External) or isinstance(right, External):
        name = left.name if isinstance(left, External) else right.name
        return False if name in _CLASSES else None
    if right is None or left is None or isinstance(left, bool) or isinstance(right, bool):
        return None if isinstance(left, Loose) or isinstance(right, Loose) else left is right
    if left is right:
        return None if is_scalar(left) else True
    own = isinstance(left, _OWN) and isinstance(right, _OWN)
    tuples = isinstance(left, Seq) and left.kind == "tuple"
    return False if own and not tuples else None


_OWN = (Seq, Map, Instance, Function, UserClass, Sdk)
"""Each of these is one object of the script."""


def _same_name(left: External, right: External) -> bool | None:
    """Whether two names of other packages are the same thing: Python's own are."""
    if left.name == right.name:
        return True
    plain = "." not in left.name and "." not in right.name
    return False if plain and left.name in _CLASSES and right.name in _CLASSES else None


_CLASSES = frozenset({"str", "int", "float", "bool", "bytes", "list", "tuple", "dict", "range"})


def equal(left: Any, right: Any) -> bool | None:
    """Whether two values are equal; ``None`` where that is not known."""
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        lefts = left.cells if isinstance(left, OneOf) else (Cell(left, None),)  # type: ignore[arg-type]
        rights = right.cells if isinstance(right, OneOf) else (Cell(right, None),)  # type: ignore[arg-type]
        found = {equal(a.value, b.value) for a in lefts for b in rights}
        return found.pop() if len(found) == 1 else None
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    left, right = (portable(v) if in_checkout(v) else v for v in (left, right))
    if isinstance(left, Template) and isinstance(right, str):
        return None if left.may_equal(right) else False
    if isinstance(right, Template):
        return equal(right, left) if isinstance(left, str) else None
    if is_scalar(left) and is_scalar(right):
        return bool(left == right)
    if isinstance(left, Seq) and isinstance(right, Seq):
        return _equal_items(left, right)
    if isinstance(left, Map) and isinstance(right, Map):
        return _equal_maps(left, right)
    if isinstance(left, External) and isinstance(right, External):
        return _same_name(left, right)
    if isinstance(left, Instance) or isinstance(right, Instance):
        return _equal_objects(left, right)
    if left is right:
        return True
    kinds = [_kind(value) for value in (left, right)]
    return None if "" in kinds or kinds[0] == kinds[1] else False


def _equal_objects(left: Any, right: Any) -> bool | None:
    """Objects of the script's own classes are equal to themselves, where they say nothing else."""
    if left is right:
        return None if left.cls.defines("__eq__") else True
    for one in (left, right):
        compared = isinstance(one, Instance) and (
            not one.cls.plain or one.cls.fields is not None or one.cls.defines("__eq__")
        )
        if compared:
            return None
    return False if isinstance(left, _PLAIN) and isinstance(right, _PLAIN) else None


_PLAIN = (Instance, Seq, Map, str, int, float, bool, type(None), bytes)


def _equal_items(left: Seq, right: Seq) -> bool | None:
    if left.kind != right.kind:
        return None if {left.kind, right.kind} & {ITERATOR, "set"} == {ITERATOR} else False
    if left is right:
        return True
    if left.kind == ITERATOR or not (left.exact and right.exact):
        return None
    if left.kind == "set":
        keys = [set_keys(one) for one in (left, right)]
        return None if keys[0] is None or keys[1] is None else set(keys[0]) == set(keys[1])
    if len(left.items) != len(right.items):
        return False
    return _all(equal(a.value, b.value) for a, b in zip(left.items, right.items, strict=True))


def _equal_maps(left: Map, right: Map) -> bool | None:
    if left is right:
        return True
    for one, other in ((left, right), (right, left)):
        if other.exact and any(key not in other.items for key in one.items):
            return False
    if not (left.exact and right.exact):
        return None
    return _all(equal(cell.value, right.items[key].value) for key, cell in left.items.items())


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    found = list(verdicts)
    return False if False in found else None if None in found else True


def contains(container: Any, item: Any) -> bool | None:
    """Whether ``item in container``; ``None`` where that is not known."""
    if in_checkout(container) or in_checkout(item):
        return None
    if isinstance(container, str) and isinstance(item, str):
        return item in container
    if isinstance(container, View):
        if container.name == "keys":
            return contains(container.owner, item)
        found = listed(container.owner, container.name, Cell(None, NOWHERE))
        return contains(Seq(found), item)
    if isinstance(container, Seq) and container.kind != ITERATOR:
        verdicts = [
            None if isinstance(cell.value, Loose) else equal(cell.value, item)
            for cell in container.items
        ]
        return True if True in verdicts else None if None in verdicts else False
    if isinstance(container, Map) and isinstance(item, OneOf):
        answers = {contains(container, cell.value) for cell in item.cells}
        return answers.pop() if len(answers) == 1 else None
    if isinstance(container, Map) and is_scalar(item):
        if item in container.items:
            return True
        return False if container.rest is None and item not in container.possible else None
    return None


_WIDE = lazy_regex(r"\d{5}|\*")
"""A width, or one that is given: a text may become as long as it says."""

# --- text -----------------------------------------------------------------------------------------


def as_text(value: Any, spec: str = "", conversion: int = -1) -> Any:
    """``format(value, spec)``: text, or an unknown part of one."""
    if spec or conversion == ord("r"):
        if is_scalar(value) and spec != "?" and not _WIDE.search(spec):
            try:
                return format(repr(value) if conversion == ord("r") else value, spec)
            except (ValueError, TypeError):
                return unknown("a value that cannot be formatted so")
        return unknown(why(value))
    if isinstance(value, str | Template):
        return value
    if is_scalar(value):
        return str(value)
    if isinstance(value, PathValue):
        return value.text
    if isinstance(value, OneOf):
        return Unknown(value.reason, (), [])
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Seq | Map):
        plain = literal(value)
        return unknown("a collection as text") if plain is MISSING else str(plain)
    if isinstance(value, Property | Expression | Sdk | Instance):
        return unknown("a value that is known when the pipeline runs, as text")
    return unknown(why(value))


def literal(value: Any) -> Any:
    """Plain Python of a wholly known value; ``MISSING`` where it is none."""
    if isinstance(value, Seq):
        items = [literal(cell.value) for cell in value.items]
        if any(item is MISSING for item in items):
            return MISSING
        if value.kind not in ("list", "tuple"):
            return MISSING
        return tuple(items) if value.kind == "tuple" else items
    if isinstance(value, Map):
        found = {key: literal(cell.value) for key, cell in value.items.items()}
        unsure = not value.exact or any(item is MISSING for item in found.values())
        return MISSING if unsure else found
    return value if is_scalar(value) else MISSING


def _percent(left: Any, right: Any) -> Any:
    values = right.items if isinstance(right, Seq) and right.kind == "tuple" else None
    cells = list(values) if values is not None else [Cell(right, None)]  # type: ignore[arg-type]
    if isinstance(left, str) and _WIDE.search(left):
        return unknown("a very long text")
    if isinstance(left, str) and all(is_scalar(cell.value) for cell in cells):
        try:
            text = left % tuple(cell.value for cell in cells)
        except (ValueError, TypeError):
            return unknown("a text that cannot be formatted so")
        return text if len(text) <= MAX_TEXT else unknown("a very long text")
    if isinstance(left, str) and "%s" in left:
        pieces = left.replace("%%", "%").split("%s")
        if len(pieces) == len(cells) + 1 and not any("%" in piece for piece in pieces):
            parts: list[Any] = [pieces[0]]
            for cell, piece in zip(cells, pieces[1:], strict=True):
                parts += [as_text(cell.value), piece]
            return make_string(parts)
    return make_string([unknown(why(right))])


def formatted(text: str, positional: list[Cell], keywords: dict[str, Cell]) -> Any:
    """``text.format(...)``."""
    import string

    parts: list[Any] = []
    number = 0
    try:
        for before, name, spec, conversion in string.Formatter().parse(text):
            parts.append(before)
            if name is None:
                continue
            if name == "":
                name, number = str(number), number + 1
            cell = _argument(name, positional, keywords)
            code = ord(conversion) if conversion else -1
            parts.append(as_text(cell, spec or "", code))
    except ValueError:
        return unknown("a text that cannot be formatted so")
    return make_string(parts)


def _argument(name: str, positional: list[Cell], keywords: dict[str, Cell]) -> Any:
    if name.isdecimal():
        index = int(name)
        return positional[index].value if index < len(positional) else unknown("no such argument")
    found = keywords.get(name)
    return unknown(f"{name} in a text to be formatted") if found is None else found.value
