"""Python's own functions, on what is known."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linter.core.values import MISSING, Template, Unknown
from linter.readers.python.iterating import ITERATOR, RANGE, iterate, lazily, loose_end, made
from linter.readers.python.machine import MAX_ITEMS, Raised, Stopped
from linter.readers.python.operators import literal
from linter.readers.python.values import (
    Cell,
    External,
    Function,
    Instance,
    Loose,
    Map,
    ModuleValue,
    OneOf,
    PathValue,
    Place,
    Property,
    Scope,
    Sdk,
    Seq,
    Super,
    UserClass,
    View,
    flat,
    in_checkout,
    is_scalar,
    one_of,
    unknown,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine

Handler = Callable[["Machine", list[Cell], dict[str, Cell], Place], Cell | None]

NAMES = frozenset(vars(builtins))
"""What Python itself gives every module."""


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
    if not positional and not keywords:
        return Cell("", place)
    if len(positional) != 1 or keywords:
        return Cell(unknown("bytes as text"), place)
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
        items = iterate(machine, positional[0])
        if items is None:
            reason = why(positional[0].value)
            items = [Cell(Loose((), reason, many=True), place)]
        return Cell(made(items, kind), place)

    return handler


def _iter(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    if len(positional) != 1:
        return Cell(unknown("an iterator that is not known"), place)
    over = positional[0]
    if isinstance(over.value, Seq) and over.value.kind == ITERATOR:
        return over
    return Cell(lazily(lambda: _elements(machine, over)), place)


def _elements(machine: Machine, cell: Cell) -> list[Cell]:
    """The elements of what is looped over, or any number of them."""
    found = iterate(machine, cell)
    return loose_end(why(cell.value), cell.place) if found is None else found


def _dict(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    from linter.readers.python.operators import update_map

    found = Map({})
    if positional:
        update_map(machine, found, positional[0])
    for key, cell in keywords.items():
        found.give(key, cell)
    return Cell(found, place)


def _length(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    value = positional[0].value if positional else None
    if isinstance(value, View):
        value = value.owner
    if isinstance(value, str | bytes) and not in_checkout(value):
        return Cell(len(value), place)
    if isinstance(value, Seq | Map) and value.exact and getattr(value, "kind", "") != ITERATOR:
        return Cell(len(value.items), place)
    if is_scalar(value) and not isinstance(value, str | bytes):
        raise Raised("TypeError", place)
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
    return Cell(Seq([Cell(number, place) for number in numbers], RANGE), place)


def _known(machine: Machine, cell: Cell) -> list[Cell] | None:
    """The elements of what is looped over, where all of them are known."""
    found = iterate(machine, cell)
    loose = found is None or any(isinstance(item.value, Loose) for item in found)
    return None if loose else found


_PARTLY = "a list that is not wholly known"


def _enumerate(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    start = keywords.get("start") or (positional[1] if len(positional) > 1 else None)
    first = start.value if start is not None else 0
    if not positional or not isinstance(first, int):
        return Cell(unknown(_PARTLY), place)

    def pairs() -> list[Cell]:
        items = _known(machine, positional[0])
        if items is None:
            return loose_end(_PARTLY, place)
        return [
            Cell(Seq([Cell(number, place), item], "tuple"), item.place)
            for number, item in enumerate(items, first)
        ]

    return Cell(lazily(pairs), place)


def _zip(machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place) -> Cell:
    strict = keywords.get("strict")
    if strict is not None and not isinstance(strict.value, bool):
        return Cell(unknown(_PARTLY), place)
    equally = strict is not None and strict.value

    def rows() -> list[Cell]:
        found = _in_step(machine, positional, place, equally=equally)
        if found is None:
            return loose_end(_PARTLY, place)
        return [Cell(Seq(list(row), "tuple"), place) for row in found]

    return Cell(lazily(rows), place)


def _in_step(
    machine: Machine, cells: list[Cell], place: Place, *, equally: bool = False
) -> list[tuple[Cell, ...]] | None:
    """The elements of several lists beside one another; ``None`` where they are not known."""
    iterators = [c for c in cells if isinstance(c.value, Seq) and c.value.kind == ITERATOR]
    once = len({id(cell.value) for cell in iterators}) == len(iterators)
    lists = [_known(machine, cell) for cell in cells]
    known = [one for one in lists if one is not None]
    sizes = {len(one) for one in known}
    if len(known) == len(lists) and len(sizes) > 1 and equally:
        raise Raised("ValueError", place)
    if len(known) < len(lists) or len(sizes) > 1 or not once:
        for cell in iterators:  # what is left in the longer ones is not told
            machine.touch(cell.value)
            cell.value.items = loose_end(_PARTLY, place)
    return list(zip(*known, strict=False)) if len(known) == len(lists) and once else None


def in_order(
    machine: Machine, items: list[Cell], keywords: dict[str, Cell], place: Place
) -> list[Cell] | None:
    """Elements as ``sorted`` puts them; ``None`` where that is not known."""
    from linter.readers.python.calls import call
    from linter.readers.python.expressions import truth

    if any(isinstance(item.value, Loose) for item in items):
        return None
    turned, key = keywords.get("reverse"), keywords.get("key")
    backwards = False if turned is None else truth(turned.value)
    keys = items
    if key is not None and key.value is not None:
        keys = [call(machine, key, [item], {}, None, place.node) for item in items]
    values = [literal(cell.value) for cell in keys]
    if backwards is None or any(value is MISSING for value in values):
        return None
    try:
        order = sorted(range(len(items)), key=values.__getitem__, reverse=backwards)
    except TypeError:
        raise Raised("TypeError", place) from None
    return [items[index] for index in order]


def _sorted(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    items = iterate(machine, positional[0]) if positional else None
    found = None if items is None else in_order(machine, items, keywords, place)
    if found is None:
        return Cell(unknown("an order that is not known"), place)
    return Cell(Seq(found), place)


def _reversed(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    if len(positional) != 1:
        raise Raised("TypeError", place)
    return Cell(lazily(lambda: _elements(machine, positional[0])[::-1]), place)


def _map(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    from linter.readers.python.calls import call

    if len(positional) < 2:
        raise Raised("TypeError", place)

    def results() -> list[Cell]:
        rows = _in_step(machine, positional[1:], place)
        if rows is None:
            return loose_end(_PARTLY, place)
        return [call(machine, positional[0], list(row), {}, None, place.node) for row in rows]

    return Cell(lazily(results), place)


def _filter(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    if len(positional) != 2:
        raise Raised("TypeError", place)
    test, over = positional
    return Cell(lazily(lambda: _kept(machine, test, over, place)), place)


def _kept(machine: Machine, test: Cell, over: Cell, place: Place) -> list[Cell]:
    from linter.readers.python.calls import call
    from linter.readers.python.expressions import truth

    kept: list[Cell] = []
    for item in _elements(machine, over):
        if isinstance(item.value, Loose):
            kept.append(item)
            continue
        found = item if test.value is None else call(machine, test, [item], {}, None, place.node)
        known = truth(found.value)
        if known is None:
            kept.append(Cell(Loose((item,), "a condition that is not known"), item.place))
        elif known:
            kept.append(item)
    return kept


def _any_all(wanted: bool) -> Handler:
    """``any`` and ``all``, which stop at the first element that decides."""

    def handler(
        machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
    ) -> Cell | None:
        from linter.readers.python.expressions import truth

        items = iterate(machine, positional[0], at_once=False) if positional else None
        if items is None:
            return Cell(unknown(why(positional[0].value) if positional else "nothing"), place)
        over = positional[0].value
        if isinstance(over, Seq) and over.kind == ITERATOR:
            over.items = loose_end("what is left of it after a search", place)
        found = [None if isinstance(item.value, Loose) else truth(item.value) for item in items]
        if wanted in found:
            return Cell(wanted, place)
        if None in found:
            return Cell(unknown("a condition that is not known"), place)
        return Cell(not wanted, place)

    return handler


def _sum(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    from linter.readers.python.operators import binary

    items = _known(machine, positional[0]) if positional else None
    start = keywords.get("start") or (positional[1] if len(positional) > 1 else Cell(0, place))
    if items is None:
        return Cell(unknown(_PARTLY), place)
    for item in items:
        if isinstance(start.value, str):
            raise Raised("TypeError", place)
        start = Cell(binary(machine, ast.Add(), start, item, place), place)
    return start


def _extreme(function: Callable[..., Any]) -> Handler:
    """``min`` and ``max``."""

    def handler(
        machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
    ) -> Cell | None:
        from linter.readers.python.calls import call

        items = _known(machine, positional[0]) if len(positional) == 1 else positional
        if items is None:
            return Cell(unknown(_PARTLY), place)
        if not items:
            if "default" in keywords:
                return keywords["default"]
            raise Raised("ValueError", place)
        key = keywords.get("key")
        keys = items
        if key is not None and key.value is not None:
            keys = [call(machine, key, [item], {}, None, place.node) for item in items]
        values = [literal(cell.value) for cell in keys]
        if any(value is MISSING for value in values):
            return Cell(unknown(f"one of several of which not all are known: {_PARTLY}"), place)
        try:
            at: int = function(range(len(items)), key=values.__getitem__)
        except TypeError:
            raise Raised("TypeError", place) from None
        return items[at]

    return handler


def _getattr(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    from linter.readers.python.attributes import attribute

    if len(positional) < 2 or not isinstance(positional[1].value, str):
        return Cell(unknown("an attribute whose name is not known"), place)
    name = positional[1].value
    there = _has(machine, positional[0].value, name)
    if there is False and len(positional) == 3:
        return positional[2]
    found = attribute(machine, positional[0], name, place.node)
    if there is None and len(positional) == 3 and not isinstance(found.value, Unknown):
        return one_of((found, positional[2]), f"{name} may be there or not", place)
    return found


def _has(machine: Machine, owner: Any, name: str) -> bool | None:
    """Whether a value has an attribute; ``None`` where that is not known."""
    if isinstance(owner, Instance):
        if name in owner.names or machine.method(owner.cls, name) is not None:
            return True
        if name.startswith("__") or owner.rest is not None or owner.cls.defines("__getattr__"):
            return None
        return False
    if isinstance(owner, Sdk) and name in owner.args:
        return True
    if is_scalar(owner):
        return hasattr(owner, name)
    if isinstance(owner, Map | Seq):
        return name in vars(dict) if isinstance(owner, Map) else None
    return None


def _hasattr(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    if len(positional) == 2 and isinstance(positional[1].value, str):
        there = _has(machine, positional[0].value, positional[1].value)
        if there is not None:
            return Cell(there, place)
    return Cell(unknown("whether it has an attribute"), place)


def _setattr(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    from linter.readers.python.attributes import set_attribute, set_some_attribute

    if len(positional) == 3:
        owner, name, cell = positional
        if isinstance(name.value, str):
            set_attribute(machine, owner.value, name.value, cell, place)
        else:
            set_some_attribute(machine, owner.value, place)
    return Cell(None, place)


def _delattr(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    from linter.readers.python.attributes import set_some_attribute

    if positional:
        set_some_attribute(machine, positional[0].value, place)
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
        found = [is_a(value, one) for one in kinds]
        if True in found:
            return Cell(True, place)
        if found and None not in found:
            return Cell(False, place)
    return Cell(unknown("a type that is not known"), place)


def is_a(value: Any, kind: Any) -> bool | None:
    """``isinstance(value, kind)``; ``None`` where that is not known."""
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
        unsure = isinstance(value, Seq) and value.kind == kind.name == "set"
        return None if unsure else isinstance(value, Seq) and value.kind == kind.name
    if kind.name == "frozenset" and isinstance(value, Seq):
        return None if value.kind == "set" else False
    if isinstance(value, Sdk):
        from linter.readers.python.sdk import table

        return table.is_a(value.cls, kind.name.rsplit(".", 1)[-1]) or None
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
    value = positional[0].value if len(positional) == 1 else unknown("a class made by type()")
    if isinstance(value, Instance):
        return Cell(value.cls, place)
    if is_scalar(value) and value is not None:
        return Cell(External(type(value).__name__), place)
    if isinstance(value, Map):
        return Cell(External("dict"), place)
    if isinstance(value, Seq) and value.kind in ("list", "tuple", RANGE):
        return Cell(External(value.kind), place)
    return Cell(unknown("a class made by type()"), place)


def _bool(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell | None:
    from linter.readers.python.expressions import truth

    if len(positional) != 1:
        return Cell(False, place) if not positional else None
    known = truth(positional[0].value)
    return Cell(unknown(why(positional[0].value)) if known is None else known, place)


def _next(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    value = positional[0].value if positional else None
    if isinstance(value, Seq) and value.kind == ITERATOR:
        items = iterate(machine, positional[0], at_once=False) or []
        if not items:
            if len(positional) == 2:
                return positional[1]
            raise Raised("StopIteration", place)
        first, *value.items = items
        if not isinstance(first.value, Loose):
            return first
        value.items = [Cell(Loose(flat(items), _PARTLY, many=True), place)]
    elif isinstance(value, Seq | Map | View) or is_scalar(value):
        raise Raised("TypeError", place)
    return Cell(unknown("the next of what is not known"), place)


def _open(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    from linter.readers.python.values import Opened

    mode = keywords.get("mode") or (positional[1] if len(positional) > 1 else None)
    if positional and (mode is None or mode.value in ("r", "rb", "rt")):
        path = positional[0].value
        path = path.text if isinstance(path, PathValue) else path
        known = isinstance(path, str) and machine.tree.text(path, machine.frame.file) is not None
        machine.uncertain += not known
        return Cell(Opened(path), place)
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


def _globals(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    from linter.readers.python.attributes import names_of

    return Cell(names_of(machine, machine.frame.module), place)


def _vars(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    from linter.readers.python.attributes import names_of

    if not positional:
        frame = machine.frame
        if frame.scope is frame.module:
            return Cell(names_of(machine, frame.module), place)
        return Cell(Map(dict(frame.scope.names), rest=frame.scope.rest), place)
    value = positional[0].value
    if isinstance(value, Instance):
        return Cell(names_of(machine, value), place)
    return Cell(unknown("the attributes of an object"), place)


def _exec(
    machine: Machine, positional: list[Cell], keywords: dict[str, Cell], place: Place
) -> Cell:
    """What a text that is run as code does is not read: names may mean something else."""
    reason = unknown("exec() may have set it")
    scope: Scope | None = machine.frame.scope
    while scope is not None:
        machine.touch(scope)
        scope.rest = scope.rest or reason
        for name, cell in scope.names.items():
            if not isinstance(cell.value, External | Function | UserClass | ModuleValue):
                scope.names[name] = Cell(reason, cell.place)
        scope = scope.outer
    machine.uncertain += 1
    return Cell(None, place)


BUILTINS: dict[str, Handler] = {
    "str": _text,
    "int": _plain(int),
    "float": _plain(float),
    "bool": _bool,
    "abs": _plain(abs),
    "round": _plain(round),
    "repr": _plain(repr),
    "chr": _plain(chr),
    "ord": _plain(ord),
    "list": _collection("list"),
    "tuple": _collection("tuple"),
    "set": _collection("set"),
    "frozenset": _collection("set"),
    "iter": _iter,
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
    "sum": _sum,
    "min": _extreme(min),
    "max": _extreme(max),
    "getattr": _getattr,
    "hasattr": _hasattr,
    "setattr": _setattr,
    "delattr": _delattr,
    "isinstance": _isinstance,
    "super": _super,
    "type": _type,
    "next": _next,
    "open": _open,
    "exit": _exit,
    "quit": _exit,
    "print": _nothing,
    "callable": _callable,
    "globals": _globals,
    "locals": _vars,
    "vars": _vars,
    "exec": _exec,
}
