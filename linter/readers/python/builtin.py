"""Python's own functions, on what is known."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linter.core.values import Template, Unknown
from linter.readers.python.machine import MAX_ITEMS, Raised, Stopped
from linter.readers.python.values import (
    Cell,
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
    Super,
    UserClass,
    is_scalar,
    one_of,
    unknown,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine

Handler = Callable[["Machine", list[Cell], dict[str, Cell], Place], Cell | None]

EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)


def _items(machine: Machine, cell: Cell) -> list[Cell] | None:
    from linter.readers.python.expressions import iterate

    found = iterate(machine, cell)
    return None if found is None else found


def _plain(function: Callable[..., Any]) -> Handler:
    """A function of plain values that has no effect."""

    def handler(
        machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
    ) -> Cell | None:
        values = [cell.value for cell in positional]
        if keywords or not all(is_scalar(value) for value in values):
            return _unknown_result(values, place)
        try:
            result = function(*values)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise Raised(type(error).__name__, place) from None
        return Cell(result, place)

    return handler


def _unknown_result(values: list[Any], place: Place) -> Cell:
    first = next((value for value in values if not is_scalar(value)), None)
    return Cell(unknown(why(first)), place)


def _text(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    if not positional:
        return Cell("", place)
    value = positional[0].value
    if isinstance(value, str | Template):
        return positional[0]
    if is_scalar(value):
        return Cell(str(value), place)
    if isinstance(value, PathValue):
        return Cell(value.text, place)
    if isinstance(value, Unknown):
        return Cell(Template((value,)), place)
    if isinstance(value, OneOf):
        cells = [_text(machine, [cell], {}, place) for cell in value.cells]
        return one_of(cells, value.reason, place)
    from linter.readers.python.operators import as_text

    return Cell(as_text(value), place)


def _collection(kind: str) -> Handler:
    def handler(
        machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
    ) -> Cell | None:
        if not positional:
            return Cell(Seq([], kind), place)
        items = _items(machine, positional[0])
        if items is None:
            reason = why(positional[0].value)
            items = [Cell(Loose((), reason, many=True), place)]
        return Cell(Seq(list(items), kind), place)

    return handler


def _dict(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    from linter.readers.python.operators import update_map

    made = Map({})
    if positional:
        update_map(made, positional[0])
    for key, cell in keywords.items():
        made.items[key] = cell
        made.keys[key] = cell.place
    return Cell(made, place)


def _length(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    value = positional[0].value if positional else None
    if isinstance(value, str | bytes):
        return Cell(len(value), place)
    if isinstance(value, Seq | Map) and value.exact:
        return Cell(len(value.items), place)
    return Cell(unknown(f"a length that is not known: {why(value)}"), place)


def _range(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    values = [cell.value for cell in positional]
    if not values or not all(isinstance(value, int) for value in values):
        return _unknown_result(values, place)
    if len(values) == 3 and values[2] == 0:
        raise Raised("ValueError", place)
    numbers = range(*values[:3])
    if len(numbers) > MAX_ITEMS:
        return Cell(unknown("a range of very many numbers"), place)
    return Cell(Seq([Cell(number, place) for number in numbers], "list"), place)


def _enumerate(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    items = _items(machine, positional[0]) if positional else None
    start = keywords.get("start") or (positional[1] if len(positional) > 1 else None)
    first = start.value if start is not None else 0
    if items is None or not isinstance(first, int):
        return Cell(unknown(why(positional[0].value) if positional else "nothing"), place)
    if any(isinstance(item.value, Loose) for item in items):
        return Cell(unknown("a list that is not wholly known"), place)
    pairs = [
        Cell(Seq([Cell(number, place), item], "tuple"), item.place)
        for number, item in enumerate(items, first)
    ]
    return Cell(Seq(pairs), place)


def _zip(machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place) -> Cell:
    lists = [_items(machine, cell) for cell in positional]
    if any(one is None or any(isinstance(i.value, Loose) for i in one) for one in lists):
        return Cell(unknown("a list that is not wholly known"), place)
    rows = zip(*(one for one in lists if one is not None), strict=False)
    return Cell(Seq([Cell(Seq(list(row), "tuple"), place) for row in rows]), place)


def _sorted(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    items = _items(machine, positional[0]) if positional else None
    if items is None or keywords.get("key") is not None:
        return Cell(unknown("an order that is not known"), place)
    values = [item.value for item in items]
    if not all(isinstance(v, str) for v in values) and not all(
        isinstance(v, int | float) for v in values
    ):
        return Cell(unknown("an order that is not known"), place)
    turned = keywords.get("reverse")
    backwards = turned is not None and turned.value is True
    return Cell(Seq(sorted(items, key=lambda item: item.value, reverse=backwards)), place)


def _reversed(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    items = _items(machine, positional[0]) if positional else None
    if items is None:
        return Cell(unknown(why(positional[0].value)), place)
    return Cell(Seq(items[::-1]), place)


def _map(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    from linter.readers.python.calls import call

    items = _items(machine, positional[1]) if len(positional) == 2 else None
    if items is None or any(isinstance(item.value, Loose) for item in items):
        return Cell(unknown("a list that is not wholly known"), place)
    found = [call(machine, positional[0], [item], {}, None, place.node) for item in items]
    return Cell(Seq(found), place)


def _filter(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    from linter.readers.python.calls import call
    from linter.readers.python.expressions import truth

    items = _items(machine, positional[1]) if len(positional) == 2 else None
    if items is None:
        return Cell(unknown("a list that is not wholly known"), place)
    kept: list[Cell] = []
    for item in items:
        if isinstance(item.value, Loose):
            kept.append(item)
            continue
        test = positional[0]
        found = item if test.value is None else call(machine, test, [item], {}, None, place.node)
        known = truth(found.value)
        if known is None:
            kept.append(Cell(Loose((item,), "a condition that is not known"), item.place))
        elif known:
            kept.append(item)
    return Cell(Seq(kept), place)


def _any_all(wanted: bool) -> Handler:
    def handler(
        machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
    ) -> Cell | None:
        from linter.readers.python.expressions import truth

        items = _items(machine, positional[0]) if positional else None
        if items is None:
            return Cell(unknown(why(positional[0].value) if positional else "nothing"), place)
        found = [truth(item.value) for item in items]
        if wanted in found:
            return Cell(wanted, place)
        if None in found:
            return Cell(unknown("a condition that is not known"), place)
        return Cell(not wanted, place)

    return handler


def _aggregate(function: Callable[..., Any]) -> Handler:
    def handler(
        machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
    ) -> Cell | None:
        items = _items(machine, positional[0]) if len(positional) == 1 else positional
        if items is None or keywords:
            return Cell(unknown("a list that is not wholly known"), place)
        values = [item.value for item in items]
        if not values or not all(isinstance(value, int | float) for value in values):
            return _unknown_result([*values, None] if values else [unknown("nothing")], place)
        return Cell(function(values), place)

    return handler


def _getattr(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    from linter.readers.python.attributes import attribute

    if len(positional) < 2 or not isinstance(positional[1].value, str):
        return Cell(unknown("an attribute whose name is not known"), place)
    owner = positional[0].value
    if isinstance(owner, Instance) and positional[1].value not in owner.names:
        known = machine.method(owner.cls, positional[1].value) is not None
        if not known and len(positional) == 3 and owner.rest is None:
            return positional[2]
    return attribute(machine, positional[0], positional[1].value, place.node)


def _hasattr(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    if len(positional) == 2 and isinstance(positional[1].value, str):
        owner = positional[0].value
        if isinstance(owner, Instance) and owner.rest is None:
            name = positional[1].value
            return Cell(name in owner.names or machine.method(owner.cls, name) is not None, place)
    return Cell(unknown("whether it has an attribute"), place)


def _setattr(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    if len(positional) == 3 and isinstance(positional[0].value, Instance):
        owner = positional[0].value
        machine.touch(owner)
        if isinstance(positional[1].value, str):
            owner.names[positional[1].value] = positional[2]
        else:
            owner.rest = unknown("an attribute whose name is not known was set")
            owner.names = {name: Cell(owner.rest, place) for name in owner.names}
    elif positional and isinstance(positional[0].value, Sdk):
        machine.touch(positional[0].value)
        positional[0].value.rest = unknown("an attribute was set by setattr()")
    return Cell(None, place)


_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str, Template),
    "int": (int,),
    "float": (float,),
    "bool": (bool,),
    "dict": (Map,),
    "bytes": (bytes,),
}


def _isinstance(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    if len(positional) == 2:
        value, kind = positional[0].value, positional[1].value
        kinds = [c.value for c in kind.items] if isinstance(kind, Seq) else [kind]
        found = [_is_a(value, one) for one in kinds]
        if True in found:
            return Cell(True, place)
        if found and None not in found:
            return Cell(False, place)
    return Cell(unknown("a type that is not known"), place)


def _is_a(value: Any, kind: Any) -> bool | None:
    if isinstance(value, Unknown | OneOf | Loose | External | Property):
        return None
    if isinstance(kind, UserClass):
        if isinstance(value, Instance):
            return kind in list(value.cls.lineage()) or (None if not value.cls.closed else False)
        return False
    if not isinstance(kind, External):
        return None
    if kind.name in _TYPES:
        return isinstance(value, _TYPES[kind.name])
    if kind.name in ("list", "tuple", "set"):
        return isinstance(value, Seq) and value.kind == kind.name
    if isinstance(value, Sdk):
        from linter.readers.python.sdk.table import is_a

        return is_a(value.cls, kind.name.rsplit(".", 1)[-1]) or None
    return False if is_scalar(value) or isinstance(value, Seq | Map) else None


def _super(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    frame = machine.frame
    owner = frame.function.owner if frame.function is not None else None
    receiver = frame.receiver
    if owner is None or receiver is None:
        return Cell(unknown("what super() stands for"), place)
    return Cell(Super(owner, receiver), place)


def _type(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    if len(positional) == 1 and isinstance(positional[0].value, Instance):
        return Cell(positional[0].value.cls, place)
    return Cell(unknown("a class made by type()"), place)


def _next(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    value = positional[0].value if positional else None
    if isinstance(value, Seq) and value.items and not isinstance(value.items[0].value, Loose):
        return value.items[0]
    if isinstance(value, Seq) and not value.items and len(positional) == 2:
        return positional[1]
    return Cell(unknown("the next of what is not known"), place)


def _open(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    from linter.readers.python.values import Opened

    mode = keywords.get("mode") or (positional[1] if len(positional) > 1 else None)
    if positional and (mode is None or mode.value in ("r", "rb", "rt")):
        path = positional[0].value
        return Cell(Opened(path.text if isinstance(path, PathValue) else path), place)
    return Cell(unknown("a file that is written"), place)


def _exit(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    raise Stopped


def _nothing(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    return Cell(None, place)


def _callable(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    value = positional[0].value if positional else None
    if isinstance(value, Function | UserClass):
        return Cell(True, place)
    return Cell(False if is_scalar(value) else unknown(why(value)), place)


def _no_handler(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    return None


BUILTINS: dict[str, Handler] = {
    "str": _text,
    "int": _plain(int),
    "float": _plain(float),
    "bool": _plain(bool),
    "abs": _plain(abs),
    "round": _plain(round),
    "repr": _plain(repr),
    "chr": _plain(chr),
    "ord": _plain(ord),
    "divmod": _no_handler,
    "list": _collection("list"),
    "tuple": _collection("tuple"),
    "set": _collection("set"),
    "frozenset": _collection("set"),
    "iter": _collection("list"),
    "dict": _dict,
    "len": _length,
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "sorted": _sorted,
    "reversed": _reversed,
    "map": _map,
    "filter": _filter,
    "any": _any_all(wanted=True),
    "all": _any_all(wanted=False),
    "sum": _aggregate(sum),
    "min": _aggregate(min),
    "max": _aggregate(max),
    "getattr": _getattr,
    "hasattr": _hasattr,
    "setattr": _setattr,
    "isinstance": _isinstance,
    "issubclass": _no_handler,
    "super": _super,
    "type": _type,
    "next": _next,
    "open": _open,
    "exit": _exit,
    "quit": _exit,
    "print": _nothing,
    "callable": _callable,
    "input": _no_handler,
    "vars": _no_handler,
    "globals": _no_handler,
    "locals": _no_handler,
    "exec": _no_handler,
    "eval": _no_handler,
    "compile": _no_handler,
    "property": _no_handler,
    "staticmethod": _no_handler,
    "classmethod": _no_handler,
    "object": _no_handler,
    "id": _no_handler,
    "hash": _no_handler,
    "bytes": _no_handler,
    "format": _no_handler,
    "slice": _no_handler,
    "__import__": _no_handler,
    "NotImplemented": _no_handler,
    "Ellipsis": _no_handler,
}
