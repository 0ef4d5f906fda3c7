"""Copies of lists, dicts and objects, as the ``copy`` module makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linter.readers.python.machine import MAX_NESTING, Exhausted
from linter.readers.python.values import (
    Cell,
    Instance,
    Loose,
    Map,
    OneOf,
    Sdk,
    Seq,
    unknown,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine


def copied(machine: Machine, cell: Cell, *, deep: bool) -> Cell:
    """A copy of a value; what is in it is copied too when ``deep``, each object once."""
    done: dict[int, Any] = {}

    def members(cells: dict[Any, Cell]) -> dict[Any, Cell]:
        return {key: inner(one) for key, one in cells.items()}

    def inner(one: Cell) -> Cell:
        return Cell(copy(one.value), one.place) if deep else one

    def copy(value: Any) -> Any:
        if isinstance(value, Loose | OneOf):
            return value._replace(cells=tuple(inner(one) for one in value.cells))
        if not isinstance(value, Seq | Map | Instance | Sdk):
            return value
        if id(value) in done:
            return done[id(value)]
        machine.step()
        machine.nesting += 1
        if machine.nesting > MAX_NESTING:
            raise Exhausted
        made: Any
        if isinstance(value, Seq):
            made = done[id(value)] = Seq([], value.kind)
            made.items = [inner(one) for one in value.items]
        elif isinstance(value, Map):
            made = done[id(value)] = Map({}, dict(value.keys), value.rest)
            made.items, made.possible = members(value.items), members(value.possible)
        elif isinstance(value, Instance):
            made = done[id(value)] = Instance(value.cls, {}, value.rest)
            made.names = members(value.names)
            if value.cls.defines("__copy__", "__deepcopy__", "__reduce__", "__getstate__"):
                made.rest = unknown("an object that copies itself in its own way")
                made.names = {name: Cell(made.rest, c.place) for name, c in made.names.items()}
        else:
            made = done[id(value)] = Sdk(value.cls, value.kind, value.place, {}, value.rest)
            made.args, made.state = members(value.args), dict(value.state)
        machine.nesting -= 1
        return made

    return Cell(copy(cell.value), cell.place)
