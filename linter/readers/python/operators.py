"""Operators on what is known, and text made of parts."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Template, Unknown, make_string
from linter.readers.python.machine import MAX_ITEMS, MAX_LIST, MAX_TEXT, Raised
from linter.readers.python.values import (
    Cell,
    Expression,
    External,
    Instance,
    Loose,
    Map,
    OneOf,
    PathValue,
    Place,
    Property,
    Sdk,
    Seq,
    is_scalar,
    one_of,
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
        from linter.readers.python.stdlib import join_paths

        return PathValue(join_paths([a.text, b.text if isinstance(b, PathValue) else b]))
    if isinstance(op, ast.Mod) and isinstance(a, str | Template):
        return _percent(a, b)
    if isinstance(op, ast.Add):
        made = _added(a, b)
        if made is not None:
            return made
    if isinstance(op, ast.Mult) and isinstance(a, Seq) and isinstance(b, int):
        if len(a.items) * max(b, 0) > MAX_ITEMS:
            return unknown("a list with very many elements")
        return Seq(a.items * b, a.kind)
    if isinstance(op, ast.BitOr) and isinstance(a, Map):
        merged = Map(dict(a.items), dict(a.keys), a.rest, dict(a.possible))
        update_map(merged, right)
        return merged
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


def _of_each(machine: Machine, op: ast.operator, left: Cell, right: Cell, place: Place) -> Any:
    lefts = left.value.cells if isinstance(left.value, OneOf) else (left,)
    rights = right.value.cells if isinstance(right.value, OneOf) else (right,)
    reason = why(left.value if isinstance(left.value, OneOf) else right.value)
    if len(lefts) * len(rights) > 8:
        return unknown(reason)
    cells = [Cell(binary(machine, op, a, b, place), place) for a in lefts for b in rights]
    return one_of(cells, reason, place).value


def _added(a: Any, b: Any) -> Any:
    if isinstance(a, Seq) and isinstance(b, Seq):
        if len(a.items) + len(b.items) > MAX_LIST:
            return unknown("a list with very many elements")
        return Seq([*a.items, *b.items], a.kind)
    for seq, other, first in ((a, b, True), (b, a, False)):
        if isinstance(seq, Seq) and isinstance(other, Unknown):
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
    """``+=`` and ``|=`` on a list or dict changes it in place: whether that was done."""
    if isinstance(op, ast.Add) and isinstance(left.value, Seq) and left.value.kind == "list":
        from linter.readers.python.methods import extend

        machine.touch(left.value)
        extend(left.value, right)
        return True
    if isinstance(op, ast.BitOr) and isinstance(left.value, Map):
        machine.touch(left.value)
        update_map(left.value, right)
        return True
    return False


def unary(op: ast.unaryop, value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(op, ast.Not):
        if isinstance(op, ast.USub):
            return -value
        if isinstance(op, ast.UAdd):
            return +value
        if isinstance(value, int):
            return ~value
    return unknown(why(value))


def update_map(target: Map, cell: Cell) -> None:
    """Take over the members of another dict."""
    value = cell.value
    if isinstance(value, Map):
        for key, one in value.items.items():
            target.items[key] = one
            target.possible.pop(key, None)
            if key in value.keys:
                target.keys[key] = value.keys[key]
        for key, one in value.possible.items():
            if key in target.items:
                old = target.items[key]
                target.items[key] = one_of((old, one), "a key may be overwritten", one.place)
            else:
                target.possible[key] = one
        if value.rest is not None:
            _open(target, value.rest, cell.place)
    elif isinstance(value, Seq) and all(_is_pair(item) for item in value.items):
        for item in value.items:
            key, one = item.value.items
            target.items[key.value] = one
    else:
        _open(target, unknown(why(value)), cell.place)


def _open(target: Map, rest: Unknown, place: Place) -> None:
    """What is not known may overwrite every member."""
    target.rest = rest
    for key in target.items:
        target.items[key] = Cell(rest, place)


def _is_pair(cell: Cell) -> bool:
    value = cell.value
    return (
        isinstance(value, Seq)
        and value.exact
        and len(value.items) == 2
        and is_scalar(value.items[0].value)
    )


# --- comparison -----------------------------------------------------------------------------------

_ORDER: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def compare(op: ast.cmpop, left: Any, right: Any) -> bool | None:
    """Three-valued comparison."""
    if isinstance(op, ast.Is | ast.IsNot):
        found = _is(left, right)
        return found if found is None or isinstance(op, ast.Is) else not found
    if isinstance(op, ast.Eq | ast.NotEq):
        found = equal(left, right)
        return found if found is None or isinstance(op, ast.Eq) else not found
    if isinstance(op, ast.In | ast.NotIn):
        found = contains(right, left)
        return found if found is None or isinstance(op, ast.In) else not found
    if isinstance(left, int | float | str) and isinstance(right, int | float | str):
        try:
            return _ORDER[type(op)](left, right)
        except TypeError:
            return None
    return None


def _is(left: Any, right: Any) -> bool | None:
    if isinstance(left, OneOf):
        found = {_is(cell.value, right) for cell in left.cells}
        return found.pop() if len(found) == 1 else None
    if isinstance(left, Unknown) or isinstance(right, Unknown | OneOf):
        return None
    if right is None or left is None or isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, External) and isinstance(right, External):
        return left.name == right.name or None
    return True if left is right else None


def equal(left: Any, right: Any) -> bool | None:
    """Whether two values are equal; ``None`` where that is not known."""
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        lefts = left.cells if isinstance(left, OneOf) else (Cell(left, None),)  # type: ignore[arg-type]
        rights = right.cells if isinstance(right, OneOf) else (Cell(right, None),)  # type: ignore[arg-type]
        found = {equal(a.value, b.value) for a in lefts for b in rights}
        return found.pop() if len(found) == 1 else None
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if isinstance(left, Template) and isinstance(right, str):
        return None if left.may_equal(right) else False
    if isinstance(right, Template):
        return equal(right, left) if isinstance(left, str) else None
    if is_scalar(left) and is_scalar(right):
        return bool(left == right)
    if isinstance(left, Seq) and isinstance(right, Seq):
        return _equal_items(left, right)
    if left is right:
        return True
    plain = (Seq, Map, *_SIMPLE)
    if isinstance(left, plain) and isinstance(right, plain) and type(left) is not type(right):
        return False
    return None


_SIMPLE = (str, int, float, bool, type(None), bytes)


def _equal_items(left: Seq, right: Seq) -> bool | None:
    if not (left.exact and right.exact):
        return None
    if len(left.items) != len(right.items):
        return False
    found = [equal(a.value, b.value) for a, b in zip(left.items, right.items, strict=True)]
    return False if False in found else None if None in found else True


def contains(container: Any, item: Any) -> bool | None:
    if isinstance(container, str) and isinstance(item, str):
        return item in container
    if isinstance(container, Seq):
        found = [
            None if isinstance(cell.value, Loose) else equal(cell.value, item)
            for cell in container.items
        ]
        return True if True in found else None if None in found else False
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
