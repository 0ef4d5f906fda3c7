"""What is looped over: elements of lists, dicts and text; iterators give theirs once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from linter.readers.python.machine import Raised
from linter.readers.python.values import (
    Cell,
    External,
    Function,
    Instance,
    Loose,
    Map,
    Place,
    Sdk,
    Seq,
    UserClass,
    View,
    flat,
    is_scalar,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine

ITERATOR = "iterator"
"""The kind of a :class:`Seq` whose elements are gone once they were given."""
RANGE = "range"


def iterate(machine: Machine, cell: Cell, *, at_once: bool = True) -> list[Cell] | None:
    """The elements of what is looped over; ``None`` where they are not known.

    An iterator is empty afterwards. Unless all are taken ``at_once``, what giving them changes
    elsewhere is not known: other statements may run between. Raises ``Raised`` for what cannot be
    looped over.
    """
    value = cell.value
    if isinstance(value, Seq):
        if value.kind == ITERATOR:
            return _taken(machine, value, cell, at_once)
        return list(value.items)
    if isinstance(value, Map):
        return listed(value, "keys", cell)
    if isinstance(value, View):
        return listed(value.owner, value.name, cell)
    if isinstance(value, str):
        return [Cell(letter, cell.place) for letter in value]
    if is_scalar(value) and not isinstance(value, bytes):
        raise Raised("TypeError", cell.place)
    from linter.readers.python.attributes import members_of

    return members_of(value)


def _taken(machine: Machine, value: Seq, cell: Cell, at_once: bool) -> list[Cell]:
    machine.touch(value)
    later, items = value.later, value.items
    value.later, value.items = None, []
    if later is None:
        return items
    if at_once:
        return later()
    found, changed = machine.recorded(later)
    if isinstance(found, Raised):
        raise found
    changed.doubt(BETWEEN, cell.place)
    machine.between.append(changed)
    return found


BETWEEN = "it is changed while something else is looped over"


@contextmanager
def interleaved(machine: Machine, place: Place) -> Iterator[None]:
    """Statements between which an iterator may run: what both change is in no known order."""
    before = len(machine.between)
    try:
        yield
    finally:
        for changed in machine.between[before:]:
            changed.doubt(BETWEEN, place)
        del machine.between[before:]


def lazily(run: Callable[[], list[Cell]]) -> Seq:
    """An iterator that finds its elements when it is first asked for one."""
    return Seq([], ITERATOR, run)


def loose_end(reason: str, place: Place) -> list[Cell]:
    """Any number of elements that are not known."""
    return [Cell(Loose((), reason, many=True), place)]


def spread(machine: Machine, cell: Cell) -> list[Cell] | None:
    """The elements that ``*value`` gives; ``None`` where they are not all known."""
    found = iterate(machine, cell)
    loose = found is None or any(isinstance(item.value, Loose) for item in found)
    return None if loose else found


def listed(value: Map, name: str, around: Cell) -> list[Cell]:
    """The ``keys``, ``values`` or ``items`` of a dict."""

    def entry(key: object, cell: Cell) -> Cell:
        if name == "values":
            return cell
        at = Cell(key, value.keys.get(key, cell.place))
        return at if name == "keys" else Cell(Seq([at, cell], "tuple"), cell.place)

    found = [entry(key, cell) for key, cell in value.items.items()]
    for key, cell in value.possible.items():
        found.append(Cell(Loose((entry(key, cell),), "a key that may be there"), cell.place))
    if value.rest is not None:
        found.append(Cell(Loose((), value.rest.reason, many=True), around.place))
    return found


def distinct(items: list[Cell]) -> list[Cell]:
    """The elements of a set: what is equal counts once. The order is that of the script."""
    kept: dict[object, Cell] = {}
    for cell in items:
        value = cell.value
        if is_scalar(value) or isinstance(value, External):
            kept.setdefault(value, cell)
        elif isinstance(value, Sdk | Function | UserClass) or _by_identity(value):
            kept.setdefault(id(value), cell)
        elif len(items) > 1:
            reason = "elements of a set of which some may be equal"
            return [Cell(Loose(flat(items), reason, many=True), cell.place)]
        else:
            return items
    return list(kept.values())


def _by_identity(value: object) -> bool:
    return isinstance(value, Instance) and value.cls.closed and not value.cls.defines("__eq__")


def made(items: list[Cell], kind: str) -> Seq:
    """A list, tuple, set or iterator of these elements."""
    return Seq(distinct(items) if kind == "set" else items, kind)
