"""Attributes and elements of values."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from linter.core.values import Template, Unknown, make_string
from linter.readers.python.machine import Raised
from linter.readers.python.values import (
    Cell,
    Expression,
    External,
    Function,
    Instance,
    Loose,
    Map,
    Method,
    ModuleValue,
    OneOf,
    Parser,
    PathValue,
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

_METHODS_OF_TEXT = frozenset(name for name in dir(str) if not name.startswith("_"))
_METHODS_OF_LIST = frozenset(
    name for kind in (list, tuple, set) for name in dir(kind) if not name.startswith("_")
)
_METHODS_OF_DICT = frozenset(name for name in dir(dict) if not name.startswith("_"))


def attribute(machine: Machine, owner: Cell, name: str, node: ast.AST) -> Cell:
    """``owner.name``. Raises ``Raised``."""
    value = owner.value
    place = machine.place(node)
    if isinstance(value, OneOf):
        cells = [
            attribute(machine, cell, name, node) for cell in value.cells if cell.value is not None
        ]
        return one_of(cells, value.reason, place) if cells else Cell(unknown(value.reason), place)
    if isinstance(value, Sdk):
        from linter.readers.python.sdk.objects import attribute_of

        return attribute_of(machine, owner, name, place)
    if isinstance(value, External):
        return _of_external(machine, value, name, place)
    if isinstance(value, ModuleValue):
        return _of_module(value, name, place)
    if isinstance(value, Instance):
        return _of_instance(machine, owner, name, place)
    if isinstance(value, UserClass):
        return _of_class(machine, value, name, place)
    if isinstance(value, Super):
        return _of_super(machine, value, name, place)
    if isinstance(value, Property):
        path = f"{value.path}.{name}" if value.path else name
        return Cell(Property(value.step, path), place)
    if isinstance(value, PathValue):
        return _of_path(owner, name, place)
    known = _methods_of(value)
    if name in known or isinstance(value, Expression | Parser):
        return Cell(Method(owner, name), place)
    if isinstance(value, Function) and name == "__name__":
        return Cell(value.name, place)
    return Cell(unknown(why(value)), place)


def _methods_of(value: Any) -> frozenset[str]:
    if isinstance(value, str | Template):
        return _METHODS_OF_TEXT
    if isinstance(value, Seq):
        return _METHODS_OF_LIST
    if isinstance(value, Map):
        return _METHODS_OF_DICT
    return frozenset()


def _of_external(machine: Machine, value: External, name: str, place: Any) -> Cell:
    full = f"{value.name}.{name}"
    replaced = machine.replaced.get(full)
    if replaced is not None:
        return replaced
    from linter.readers.python.sdk.objects import constant
    from linter.readers.python.stdlib import CONSTANTS

    if full in CONSTANTS:
        return Cell(CONSTANTS[full], place)
    found = constant(full)
    return Cell(External(full) if found is None else found, place)


def _of_module(value: ModuleValue, name: str, place: Any) -> Cell:
    found = value.scope.names.get(name)
    if found is not None:
        return found
    if value.scope.rest is not None:
        return Cell(value.scope.rest, place)
    return Cell(unknown(f"{value.name} has no {name} that can be seen"), place)


def _of_instance(machine: Machine, owner: Cell, name: str, place: Any) -> Cell:
    value: Instance = owner.value
    if name in value.names:
        return value.names[name]
    if name == "__class__":
        return Cell(value.cls, place)
    if name == "__dict__":
        return Cell(Map(dict(value.names), rest=value.rest), place)
    found = machine.method(value.cls, name)
    if found is None:
        reason = why(value.rest) if value.rest is not None else f"it has no {name} that can be seen"
        return Cell(unknown(reason), place)
    cell, _ = found
    if not isinstance(cell.value, Function):
        return cell
    marks = {mark.value.name for mark in cell.value.decorators if isinstance(mark.value, External)}
    if marks & {"property", "functools.cached_property", "cached_property"}:
        return machine.call(cell.value, [], {}, place, receiver=owner)
    if "staticmethod" in marks:
        return cell
    if "classmethod" in marks:
        return machine.bound(cell, Cell(value.cls, place))
    return machine.bound(cell, owner)


def _of_class(machine: Machine, value: UserClass, name: str, place: Any) -> Cell:
    if name == "__name__":
        return Cell(value.name, place)
    found = machine.method(value, name)
    if found is None:
        return Cell(unknown(f"{value.name} has no {name} that can be seen"), place)
    cell, _ = found
    if isinstance(cell.value, Function):
        marks = {m.value.name for m in cell.value.decorators if isinstance(m.value, External)}
        if "classmethod" in marks:
            return machine.bound(cell, Cell(value, place))
        return cell
    if is_enum(value) and not isinstance(cell.value, Unknown):
        member = Instance(value, {"value": cell, "name": Cell(name, cell.place)})
        return Cell(member, cell.place)
    return cell


def is_enum(value: UserClass) -> bool:
    return any(name.startswith("enum.") for name in value.foreign())


def _of_super(machine: Machine, value: Super, name: str, place: Any) -> Cell:
    for one in list(value.cls.lineage())[1:]:
        if name in one.scope.names:
            return machine.bound(one.scope.names[name], value.receiver)
    return Cell(External(f"object.{name}"), place)


def _of_path(owner: Cell, name: str, place: Any) -> Cell:
    import posixpath

    text = owner.value.text
    if name == "parent" and isinstance(text, str):
        return Cell(PathValue(posixpath.dirname(text)), place)
    if isinstance(text, str) and name in ("name", "stem", "suffix"):
        base = posixpath.basename(text)
        stem, suffix = posixpath.splitext(base)
        return Cell({"name": base, "stem": stem, "suffix": suffix}[name], place)
    if name == "parents" and isinstance(text, str):
        found = []
        while text and text != posixpath.dirname(text):
            text = posixpath.dirname(text)
            found.append(Cell(PathValue(text), place))
        return Cell(Seq(found, "tuple"), place)
    return Cell(Method(owner, name), place)


# --- elements -------------------------------------------------------------------------------------


def element(machine: Machine, owner: Cell, key: Cell, node: ast.AST) -> Cell:
    """``owner[key]``. Raises ``Raised``."""
    value, index = owner.value, key.value
    place = machine.place(node)
    if isinstance(value, OneOf):
        cells = [
            element(machine, cell, key, node) for cell in value.cells if cell.value is not None
        ]
        return one_of(cells, value.reason, place) if cells else Cell(unknown(value.reason), place)
    if isinstance(value, Property):
        inner = f"'{index}'" if isinstance(index, str) else index
        if not is_scalar(index):
            return Cell(unknown(why(index)), place)
        return Cell(Property(value.step, f"{value.path}[{inner}]"), place)
    if isinstance(value, Map):
        return _of_map(machine, value, index, place)
    if isinstance(value, Seq):
        return _of_seq(machine, value, index, place)
    if isinstance(value, External):
        return _of_environment(value, index, place)
    if isinstance(value, UserClass) and isinstance(index, str) and is_enum(value):
        return _of_class(machine, value, index, place)
    if isinstance(value, str) and isinstance(index, int):
        if -len(value) <= index < len(value):
            return Cell(value[index], place)
        raise Raised("IndexError", place)
    return Cell(unknown(why(value)), place)


def _of_map(machine: Machine, value: Map, index: Any, place: Any) -> Cell:
    if isinstance(index, OneOf):
        cells = [_of_map(machine, value, cell.value, place) for cell in index.cells]
        return one_of(cells, index.reason, place)
    if not is_scalar(index):
        if isinstance(index, Unknown) and value.exact and value.items:
            return one_of(value.items.values(), f"a key that is not known: {why(index)}", place)
        return Cell(unknown(why(index)), place)
    if index in value.items:
        return value.items[index]
    if index in value.possible:
        return value.possible[index]
    if value.rest is not None:
        return Cell(value.rest, place)
    raise Raised("KeyError", place)


def _of_seq(machine: Machine, value: Seq, index: Any, place: Any) -> Cell:
    if not isinstance(index, int):
        return Cell(unknown(why(index)), place)
    items = value.items
    behind = items[: index + 1] if index >= 0 else items[index:]
    if any(isinstance(cell.value, Loose) for cell in behind) or (
        not value.exact and not -len(items) <= index < len(items)
    ):
        return Cell(unknown("an element of a list that is not wholly known"), place)
    if -len(items) <= index < len(items):
        return items[index]
    raise Raised("IndexError", place)


def _of_environment(value: External, index: Any, place: Any) -> Cell:
    if value.name == "os.environ" and isinstance(index, str):
        reason = f"the environment variable {index[:80]} has no value here"
        return Cell(unknown(reason, index[:80]), place)
    if isinstance(index, str) and value.name.startswith("sagemaker"):
        return Cell(External(f"{value.name}.{index}"), place)
    return Cell(unknown(f"what {value.name} holds is known only when the script runs"), place)


def sliced(value: Any, bounds: list[Any]) -> Any:
    """``value[a:b:c]``."""
    if not all(bound is None or isinstance(bound, int) for bound in bounds):
        return unknown("a part of unknown bounds")
    if isinstance(value, str):
        return value[slice(*bounds)] if bounds[2] != 0 else unknown("a step of zero")
    if isinstance(value, Seq) and bounds[2] != 0:
        if value.exact:
            return Seq(value.items[slice(*bounds)], value.kind)
        return unknown("a part of a list that is not wholly known")
    if isinstance(value, Template):
        start, stop, step = bounds
        if step is None and start in (None, 0) and isinstance(stop, int):
            prefix = value.prefix
            if 0 <= stop <= len(prefix):
                return prefix[:stop]
            return make_string([prefix, unknown(why(value))])
    return unknown(why(value))


def members_of(value: Any) -> list[Cell] | None:
    """The members of an enumeration of the script's own."""
    if isinstance(value, UserClass) and is_enum(value):
        found = []
        for name, cell in value.scope.names.items():
            if not name.startswith("_") and not isinstance(cell.value, Function):
                member = Instance(value, {"value": cell, "name": Cell(name, cell.place)})
                found.append(Cell(member, cell.place))
        return found
    return None
