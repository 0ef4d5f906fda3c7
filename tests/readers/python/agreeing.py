"""Whether what the reader claims of a program admits what Python makes of it."""

from __future__ import annotations

from typing import Any

from linter.core.sources import Source
from linter.core.values import Template, Unknown
from linter.readers.python.files import python_file
from linter.readers.python.machine import Machine
from linter.readers.python.running import run_module
from linter.readers.python.tree import Tree
from linter.readers.python.values import (
    Cell,
    Loose,
    Map,
    OneOf,
    PathValue,
    Scope,
    Seq,
    portable,
)


def evaluated(text: str) -> Scope:
    tree = Tree(None, None)
    file, _ = python_file(Source("p.py", text), "p")
    module, problem = tree.parsed(file)
    assert module is not None, problem
    machine = Machine(tree)
    scope = Scope()
    with machine.budget():
        run_module(machine, file, module, scope, "__main__")
    return scope


KINDS: dict[str, tuple[type, ...]] = {
    "list": (list,),
    "tuple": (tuple,),
    "set": (set, frozenset),
    "range": (range,),
}


def fits(cell: Cell, real: Any) -> bool:
    """Whether what is claimed admits what really came out."""
    value = cell.value
    if isinstance(value, Unknown):
        return True
    if isinstance(value, OneOf):
        return any(fits(one, real) for one in value.cells)
    if isinstance(value, Template):
        return isinstance(real, str) and value.may_equal(real)
    if isinstance(value, PathValue):
        return fits(Cell(value.text, cell.place), str(real))
    if isinstance(value, Seq):
        if value.later is not None:
            value.items, value.later = value.later(), None
        if value.kind == "iterator":
            return not isinstance(real, list | tuple | set | dict | str) and _match(
                value.items, list(real)
            )
        if not isinstance(real, KINDS[value.kind]):
            return False
        if isinstance(real, set | frozenset):
            return _match(
                sorted(value.items, key=lambda c: str(c.value)), sorted(real, key=str)
            ) or any(isinstance(c.value, Loose) for c in value.items)
        return _match(value.items, list(real))
    if isinstance(value, Map):
        return (
            isinstance(real, dict)
            and all(key in real and fits(one, real[key]) for key, one in value.items.items())
            and all(
                key in value.items or (key in value.possible or value.rest is not None)
                for key in real
            )
            and all(key not in real or fits(one, real[key]) for key, one in value.possible.items())
        )
    if isinstance(value, str) and not isinstance(portable(value), str):
        return fits(Cell(portable(value), cell.place), real)
    nan = value != value and real != real
    return type(value) is type(real) and (bool(value == real) or nan)


def _match(cells: list[Cell], real: list[Any]) -> bool:
    if not cells:
        return not real
    first, *rest = cells
    if isinstance(first.value, Loose):
        loose = first.value
        if _match(rest, real):
            return True
        takes = real and (not loose.cells or any(fits(one, real[0]) for one in loose.cells))
        return bool(takes) and _match(cells if loose.many else rest, real[1:])
    return bool(real) and fits(first, real[0]) and _match(rest, real[1:])
