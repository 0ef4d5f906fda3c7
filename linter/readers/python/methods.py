"""Methods of plain values, lists, dicts, paths and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linter.core.values import Template, Unknown, make_string
from linter.readers.python.machine import MAX_ITEMS, MAX_LIST, MAX_TEXT, Exhausted, Raised
from linter.readers.python.values import (
    Cell,
    Loose,
    Map,
    Method,
    Opened,
    Parser,
    PathValue,
    Place,
    Seq,
    is_scalar,
    one_of,
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
        items = [Cell(item, place) for item in result[:MAX_ITEMS]]
        return Seq(items, "list" if isinstance(result, list) else "tuple")
    return result if is_scalar(result) else unknown("a value that definitions do not have")


def _joined(machine: Machine, separator: Any, cell: Cell) -> Any:
    from linter.readers.python.expressions import iterate

    items = iterate(machine, cell)
    if items is None or any(isinstance(item.value, Loose) for item in items):
        return make_string([unknown(why(cell.value))])
    parts: list[Any] = []
    for index, item in enumerate(items):
        if index:
            parts.append(separator)
        value = item.value
        parts.append(value if isinstance(value, str | Template) else unknown(why(value)))
    return make_string(parts)


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


def extend(target: Seq, cell: Cell) -> None:
    """Take over the elements of another list; the caller has said that it is changed."""
    from linter.readers.python.calling import spread

    value = cell.value
    if isinstance(value, Seq):
        if len(target.items) + len(value.items) > MAX_LIST:
            raise Exhausted
        target.items.extend(value.items)
        return
    found = spread(cell)
    if found is None:
        found = [Cell(Loose((), why(value), many=True), cell.place)]
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
    if name in ("append", "add", "appendleft") and first is not None:
        machine.touch(value)
        if name == "add" and any(
            is_scalar(c.value) and c.value == first.value for c in value.items
        ):
            return Cell(None, place)
        value.items.append(first)
        return Cell(None, place)
    if name in ("extend", "update") and first is not None:
        machine.touch(value)
        extend(value, first)
        return Cell(None, place)
    if name == "copy":
        return Cell(Seq(list(value.items), value.kind), place)
    if name == "insert" and len(positional) == 2:
        return _insert(machine, value, positional, place)
    if name in ("pop", "remove", "clear", "sort", "reverse", "discard"):
        return _shorten(machine, value, name, first, keywords, place)
    if name == "index" and first is not None and value.exact:
        for number, cell in enumerate(value.items):
            if is_scalar(first.value) and cell.value == first.value:
                return Cell(number, place)
    return Cell(unknown(f"what {name}() gives"), place)


def _insert(machine: Machine, value: Seq, positional: list[Cell], place: Place) -> Cell:
    machine.touch(value)
    index = positional[0].value
    if isinstance(index, int) and value.exact:
        value.items.insert(index, positional[1])
    else:
        reason = "an element was put at a place that is not known"
        value.items[:] = [Cell(Loose((*value.items, positional[1]), reason, many=True), place)]
    return Cell(None, place)


def _shorten(
    machine: Machine,
    value: Seq,
    name: str,
    first: Cell | None,
    keywords: dict[str, Cell],
    place: Place,
) -> Cell:
    machine.touch(value)
    if name == "clear":
        value.items.clear()
        return Cell(None, place)
    if name == "reverse":
        value.items.reverse()
        return Cell(None, place)
    if name == "pop" and value.exact and value.items:
        index = first.value if first is not None else -1
        if isinstance(index, int) and -len(value.items) <= index < len(value.items):
            return value.items.pop(index)
    if name in ("remove", "discard") and first is not None and value.exact:
        for number, cell in enumerate(value.items):
            if cell.value is first.value or (
                is_scalar(first.value) and is_scalar(cell.value) and cell.value == first.value
            ):
                del value.items[number]
                return Cell(None, place)
    if name == "sort" and not keywords and all(isinstance(c.value, str) for c in value.items):
        value.items.sort(key=lambda cell: cell.value)
        return Cell(None, place)
    reason = f"{name}() changed the list in a way that is not known"
    flat: list[Cell] = []
    for cell in value.items:
        flat += cell.value.cells if isinstance(cell.value, Loose) else (cell,)
    value.items[:] = [Cell(Loose(tuple(flat), reason, many=True), place)]
    return Cell(unknown(reason), place)


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
            update_map(value, positional[0])
        for key, cell in keywords.items():
            value.items[key] = cell
            value.keys[key] = cell.place
        return Cell(None, place)
    if name in ("keys", "values", "items"):
        return Cell(_listed(value, name, place), place)
    if name == "clear":
        machine.touch(value)
        value.items.clear()
        value.possible.clear()
        value.rest = None
        return Cell(None, place)
    machine.touch(value)
    value.rest = unknown(f"{name}() changed it in a way that is not known")
    return Cell(unknown(f"what {name}() gives"), place)


def _listed(value: Map, name: str, place: Place) -> Any:
    def entry(key: Any, cell: Cell) -> Cell:
        if name == "values":
            return cell
        at = Cell(key, value.keys.get(key, cell.place))
        return at if name == "keys" else Cell(Seq([at, cell], "tuple"), cell.place)

    found = [entry(key, cell) for key, cell in value.items.items()]
    for key, cell in value.possible.items():
        found.append(Cell(Loose((entry(key, cell),), "a key that may be there"), cell.place))
    if value.rest is not None:
        found.append(Cell(Loose((), value.rest.reason, many=True), place))
    return Seq(found)


def _member(machine: Machine, value: Map, name: str, positional: list[Cell], place: Place) -> Cell:
    key = positional[0].value if positional else None
    default = positional[1] if len(positional) > 1 else Cell(None, place)
    if not is_scalar(key):
        if name != "get":
            machine.touch(value)
            value.rest = unknown(f"a key that is not known: {why(key)}")
        if isinstance(key, Unknown) and value.exact and name == "get":
            cells = (*value.items.values(), default)
            return one_of(cells, f"a key that is not known: {why(key)}", place)
        return Cell(unknown(why(key)), place)
    if key in value.items:
        found = value.items[key]
        if name == "pop":
            machine.touch(value)
            del value.items[key]
        return found
    if key in value.possible:
        reason = f"{key} may be there or not"
        found = one_of((value.possible[key], default), reason, place)
        if name == "pop":
            machine.touch(value)
            del value.possible[key]
        return found
    if value.rest is not None:
        return Cell(value.rest, place)
    if name == "setdefault":
        machine.touch(value)
        value.items[key] = default
    elif name == "pop" and len(positional) < 2:
        raise Raised("KeyError", place)
    return default
