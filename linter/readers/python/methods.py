"""Methods of plain values, lists, dicts, paths and files."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from linter.core.values import Template, Unknown, make_string
from linter.readers.python.iterating import iterate, made
from linter.readers.python.machine import MAX_ITEMS, MAX_LIST, MAX_TEXT, Exhausted, Raised
from linter.readers.python.values import (
    Cell,
    Loose,
    Map,
    Method,
    OneOf,
    Opened,
    Parser,
    PathValue,
    Place,
    Seq,
    View,
    flat,
    in_checkout,
    is_scalar,
    one_of,
    portable,
    unknown,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine


def call_plain(
    machine: Machine,
    method: Method,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell:
    """``value.method(...)``. Raises ``Raised``."""
    value = method.receiver.value
    if isinstance(value, str | Template):
        return Cell(_of_text(machine, value, method.name, positional, keywords, place), place)
    if isinstance(value, Seq):
        return _of_list(machine, method.receiver, method.name, positional, keywords, place)
    if isinstance(value, Map):
        return _of_dict(machine, value, method.name, positional, keywords, place)
    if isinstance(value, View):
        return Cell(unknown(f"what {method.name}() gives"), place)
    if isinstance(value, PathValue):
        from linter.readers.python.stdlib import of_path

        return of_path(machine, value, method.name, positional, place)
    if isinstance(value, Opened):
        from linter.readers.python.stdlib import of_file

        return of_file(machine, value, method.name, place)
    if isinstance(value, Parser):
        from linter.readers.python.stdlib import of_parser

        return of_parser(machine, method.receiver, method.name, positional, keywords, place)
    machine.uncertain += 1
    return Cell(unknown(why(value)), place)


# --- text -----------------------------------------------------------------------------------------


def _of_text(
    machine: Machine,
    value: Any,
    name: str,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Any:
    if name == "format" and isinstance(value, str):
        from linter.readers.python.operators import formatted

        return formatted(value, positional, keywords)
    if name == "join" and positional:
        return _joined(machine, value, positional[0])
    arguments = [cell.value for cell in positional]
    if in_checkout(value):
        value = portable(value)
    if isinstance(value, Template):
        return _of_template(value, name, arguments)
    if keywords or not all(is_scalar(a) or _is_texts(a) for a in arguments):
        return unknown(why(next((a for a in arguments if not is_scalar(a)), None)))
    plain = [tuple(c.value for c in a.items) if isinstance(a, Seq) else a for a in arguments]
    return _plain_text(value, name, plain, place)


def _is_texts(value: Any) -> bool:
    return (
        isinstance(value, Seq)
        and value.exact
        and all(isinstance(c.value, str) for c in value.items)
    )


def _plain_text(value: str, name: str, arguments: list[Any], place: Place) -> Any:
    wide = name in ("ljust", "rjust", "center", "zfill", "expandtabs")
    if wide and arguments and isinstance(arguments[0], int) and arguments[0] > MAX_TEXT:
        return unknown("a very long text")
    grown = arguments[1] if name == "replace" and len(arguments) >= 2 else ""
    if isinstance(grown, str) and len(value) * max(1, len(grown)) > MAX_TEXT * 10:
        return unknown("a very long text")
    try:
        result = getattr(value, name)(*arguments)
    except (TypeError, ValueError, LookupError, OverflowError) as error:
        raise Raised(type(error).__name__, place) from None
    if isinstance(result, list | tuple):
        if len(result) > MAX_ITEMS:
            return unknown("a list with very many elements")
        items = [Cell(item, place) for item in result]
        return Seq(items, "list" if isinstance(result, list) else "tuple")
    return result if is_scalar(result) else unknown("a value that definitions do not have")


def _joined(machine: Machine, separator: Any, cell: Cell) -> Any:
    items = iterate(machine, cell)
    if items is None or any(isinstance(item.value, Loose) for item in items):
        return make_string([unknown(why(cell.value))])
    if any(isinstance(item.value, Seq | Map) or _is_no_text(item.value) for item in items):
        raise Raised("TypeError", cell.place)
    parts: list[Any] = []
    for index, item in enumerate(items):
        if index:
            parts.append(separator)
        value = item.value
        parts.append(value if isinstance(value, str | Template) else unknown(why(value)))
    return make_string(parts)


def _is_no_text(value: Any) -> bool:
    return is_scalar(value) and not isinstance(value, str)


def _of_template(value: Template, name: str, arguments: list[Any]) -> Any:
    if name in ("lower", "upper", "strip", "rstrip", "lstrip", "removesuffix", "removeprefix"):
        parts = [
            unknown(part.reason, *part.references) if isinstance(part, Unknown) else part
            for part in value.parts
        ]
        if name in ("lower", "upper"):
            return make_string([getattr(p, name)() if isinstance(p, str) else p for p in parts])
        return make_string([unknown(why(value), *value.references)])
    if name == "startswith" and arguments and isinstance(arguments[0], str):
        prefix = value.prefix
        if prefix.startswith(arguments[0]):
            return True
        if not arguments[0].startswith(prefix):
            return False
    if name == "endswith" and arguments and isinstance(arguments[0], str):
        suffix = value.suffix
        if suffix.endswith(arguments[0]):
            return True
        if not arguments[0].endswith(suffix):
            return False
    if name in ("replace", "format", "title", "capitalize"):
        return make_string([unknown(why(value), *value.references)])
    return unknown(why(value), *value.references)


# --- lists ----------------------------------------------------------------------------------------


def extend(machine: Machine, target: Seq, cell: Cell) -> None:
    """Take over the elements of another list; the caller has said that it is changed."""
    found = iterate(machine, cell)
    if found is None:
        found = [Cell(Loose((), why(cell.value), many=True), cell.place)]
    if len(target.items) + len(found) > MAX_LIST:
        raise Exhausted
    target.items.extend(found)


def _of_list(
    machine: Machine,
    receiver: Cell,
    name: str,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell:
    value: Seq = receiver.value
    first = positional[0] if positional else None
    if value.kind == "set" or name == "add":
        return _of_set(machine, value, name, positional, place)
    if value.kind in ("list", "tuple"):
        if name == "copy":
            return Cell(Seq(list(value.items), value.kind), place)
        if name in ("index", "count") and first is not None and len(positional) == 1:
            return _sought(value, name, first, place)
    if value.kind == "list":
        handler = _OF_LISTS.get(name)
        if handler is not None:
            machine.touch(value)
            found = handler(machine, value, positional, keywords, place)
            if found is not None:
                return found
            machine.uncertain += 1
            _jumble(value, f"{name}() changed the list in a way that is not known", place)
    return Cell(unknown(f"what {name}() gives"), place)


def _sought(value: Seq, name: str, wanted: Cell, place: Place) -> Cell:
    """``index`` and ``count``."""
    from linter.readers.python.operators import equal

    verdicts = [
        None if isinstance(c.value, Loose) else equal(c.value, wanted.value) for c in value.items
    ]
    if name == "count":
        number = verdicts.count(True)
        return Cell(unknown(f"what {name}() gives") if None in verdicts else number, place)
    if True not in verdicts and None not in verdicts:
        raise Raised("ValueError", place)
    at = verdicts.index(True) if True in verdicts else len(verdicts)
    return Cell(unknown(f"what {name}() gives") if None in verdicts[: at + 1] else at, place)


def _jumble(value: Seq, reason: str, place: Place) -> None:
    """Any of the elements may be there, in any order."""
    cells = flat(value.items)
    value.items[:] = [Cell(Loose(cells, reason, many=True), place)] if cells else []


def _append(
    machine: Machine, value: Seq, given: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    if len(given) != 1:
        raise Raised("TypeError", place)
    value.items.append(given[0])
    return Cell(None, place)


def _extend(
    machine: Machine, value: Seq, given: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    if len(given) != 1:
        raise Raised("TypeError", place)
    extend(machine, value, given[0])
    return Cell(None, place)


def _insert(
    machine: Machine, value: Seq, given: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    if len(given) != 2:
        raise Raised("TypeError", place)
    index = given[0].value
    before = value.items[:index] if isinstance(index, int) and index >= 0 else value.items
    if isinstance(index, int) and not any(isinstance(c.value, Loose) for c in before):
        value.items.insert(index, given[1])
    else:
        reason = "an element was put at a place that is not known"
        value.items[:] = [Cell(Loose(flat([*value.items, given[1]]), reason, many=True), place)]
    return Cell(None, place)


def _clear(
    machine: Machine, value: Seq, given: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    value.items.clear()
    return Cell(None, place)


def _reverse(
    machine: Machine, value: Seq, given: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    value.items.reverse()
    return Cell(None, place)


def _pop(
    machine: Machine, value: Seq, given: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    index = given[0].value if given else -1
    if not isinstance(index, int):
        return None
    if not value.exact:
        last = value.items[index] if abs(index) < 1 or index == -1 else None
        if last is None or isinstance(last.value, Loose):
            return None
        return value.items.pop(index)
    if not -len(value.items) <= index < len(value.items):
        raise Raised("IndexError", place)
    return value.items.pop(index)


def _remove(
    machine: Machine, value: Seq, given: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    if len(given) != 1:
        raise Raised("TypeError", place)
    at = _sought(value, "index", given[0], place).value
    if not isinstance(at, int):
        return None
    del value.items[at]
    return Cell(None, place)


def _sort(
    machine: Machine, value: Seq, given: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    from linter.readers.python.builtin import in_order

    found = in_order(machine, value.items, keywords, place)
    if found is None:
        return None
    value.items[:] = found
    return Cell(None, place)


_OF_LISTS = {
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "clear": _clear,
    "reverse": _reverse,
    "pop": _pop,
    "remove": _remove,
    "sort": _sort,
}


# --- sets -----------------------------------------------------------------------------------------

_OPERATORS_OF_SETS: dict[str, ast.operator] = {
    "union": ast.BitOr(),
    "intersection": ast.BitAnd(),
    "difference": ast.Sub(),
    "symmetric_difference": ast.BitXor(),
}


def _of_set(machine: Machine, value: Seq, name: str, positional: list[Cell], place: Place) -> Cell:
    if name == "copy":
        return Cell(Seq(list(value.items), value.kind), place)
    if name in _OPERATORS_OF_SETS or name == "update" or name.endswith("_update"):
        return _combined(machine, value, name, positional, place)
    if name in ("issubset", "issuperset", "isdisjoint"):
        return Cell(unknown(f"what {name}() gives"), place)
    machine.touch(value)
    if name == "clear":
        value.items.clear()
        return Cell(None, place)
    if name == "add" and len(positional) == 1:
        value.items[:] = made([*value.items, positional[0]], "set").items
        return Cell(None, place)
    if name in ("discard", "remove") and len(positional) == 1:
        from linter.readers.python.operators import equal

        wanted = positional[0].value
        verdicts = [
            None if isinstance(c.value, Loose) else equal(c.value, wanted) for c in value.items
        ]
        if None not in verdicts:
            if True not in verdicts and name == "remove":
                raise Raised("KeyError", place)
            value.items[:] = [
                cell for cell, is_it in zip(value.items, verdicts, strict=True) if not is_it
            ]
            return Cell(None, place)
    if name == "pop" and value.exact and len(value.items) < 2:
        if not value.items:
            raise Raised("KeyError", place)
        return value.items.pop()
    _jumble(value, f"{name}() changed the set in a way that is not known", place)
    return Cell(unknown(f"what {name}() gives"), place)


def _combined(
    machine: Machine, value: Seq, name: str, positional: list[Cell], place: Place
) -> Cell:
    """``union`` and the like, and those that change the set itself."""
    from linter.readers.python.operators import binary

    changes = name.endswith("update")
    plain = "union" if name == "update" else name.removesuffix("_update")
    current = Cell(Seq(list(value.items), "set"), place)
    for cell in positional:
        items = iterate(machine, cell)
        if items is None:
            items = [Cell(Loose((), why(cell.value), many=True), place)]
        other = Cell(made(items, "set"), place)
        found = binary(machine, _OPERATORS_OF_SETS[plain], current, other, place)
        if not isinstance(found, Seq):
            cells = flat([*current.value.items, *other.value.items])
            found = Seq([Cell(Loose(cells, why(found), many=True), place)], "set")
        current = Cell(found, place)
    if not changes:
        return current
    machine.touch(value)
    value.items[:] = current.value.items
    return Cell(None, place)


# --- dicts ----------------------------------------------------------------------------------------


def _of_dict(
    machine: Machine,
    value: Map,
    name: str,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
) -> Cell:
    if name in ("get", "pop", "setdefault"):
        return _member(machine, value, name, positional, place)
    if name == "copy":
        made = Map(dict(value.items), dict(value.keys), value.rest, dict(value.possible))
        return Cell(made, place)
    if name == "update":
        from linter.readers.python.operators import update_map

        machine.touch(value)
        if positional:
            update_map(machine, value, positional[0])
        for key, cell in keywords.items():
            value.give(key, cell)
        return Cell(None, place)
    if name in ("keys", "values", "items"):
        return Cell(View(value, name), place)
    if name == "popitem" and value.exact:
        machine.touch(value)
        if not value.items:
            raise Raised("KeyError", place)
        key, cell = value.items.popitem()
        return Cell(Seq([Cell(key, value.keys.get(key, place)), cell], "tuple"), place)
    if name == "clear":
        machine.touch(value)
        value.items.clear()
        value.possible.clear()
        value.rest = None
        return Cell(None, place)
    machine.touch(value)
    value.doubt(f"{name}() changed it in a way that is not known")
    return Cell(unknown(f"what {name}() gives"), place)


def _member(machine: Machine, value: Map, name: str, positional: list[Cell], place: Place) -> Cell:
    """``get``, ``pop`` and ``setdefault``."""
    if not positional:
        raise Raised("TypeError", place)
    key = positional[0].value
    default = positional[1] if len(positional) > 1 else Cell(None, place)
    if not is_scalar(key):
        return _some_member(machine, value, name, key, default, place)
    if key in value.items:
        found = value.items[key]
        if name == "pop":
            machine.touch(value)
            del value.items[key]
        return found
    unsure = key in value.possible or value.rest is not None
    if not unsure:
        if name == "setdefault":
            machine.touch(value)
            value.set(key, default, positional[0].place)
        elif name == "pop" and len(positional) < 2:
            raise Raised("KeyError", place)
        return default
    reason = f"{key} may be there or not"
    there = value.possible.get(key)
    if there is None:
        assert value.rest is not None
        there = Cell(value.rest, place)
    fails = name == "pop" and len(positional) < 2
    machine.uncertain += fails
    found = there if fails else one_of((there, default), reason, place)
    if name == "pop":
        machine.touch(value)
        value.possible.pop(key, None)
    elif name == "setdefault":
        machine.touch(value)
        value.set(key, found, positional[0].place)
    return found


def _some_member(
    machine: Machine, value: Map, name: str, key: Any, default: Cell, place: Place
) -> Cell:
    if isinstance(key, Map) or (isinstance(key, Seq) and key.kind in ("list", "set")):
        raise Raised("TypeError", place)
    machine.uncertain += 1  # it may be a list, which is no key
    reason = f"a key that is not known: {why(key)}"
    known = isinstance(key, Unknown | Template | OneOf) and value.exact
    found = Cell(unknown(reason), place)
    if known:
        cells = [
            cell
            for one, cell in value.items.items()
            if isinstance(key, Unknown) or (isinstance(one, str) and _may_be(key, one))
        ]
        found = one_of((*cells, default), reason, place)
    if name == "pop":
        machine.touch(value)
        value.loosen(reason)
    elif name == "setdefault":
        machine.touch(value)
        value.rest = unknown(reason)
    return found


def _may_be(key: Any, text: str) -> bool:
    from linter.readers.python.operators import equal

    return equal(key, text) is not False
