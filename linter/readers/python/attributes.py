"""Attributes and elements of values."""

from __future__ import annotations

import ast
from functools import partial
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
    Place,
    Property,
    Scope,
    Sdk,
    Seq,
    Super,
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

_METHODS_OF_TEXT = frozenset(name for name in dir(str) if not name.startswith("_"))
_METHODS_OF = {
    kind.__name__: frozenset(name for name in dir(kind) if not name.startswith("_"))
    for kind in (list, tuple, set, range)
}
_METHODS_OF_DICT = frozenset(name for name in dir(dict) if not name.startswith("_"))


def attribute(machine: Machine, owner: Cell, name: str, node: ast.AST) -> Cell:
    """``owner.name``. Raises ``Raised``."""
    value = owner.value
    place = machine.place(node)
    if isinstance(value, OneOf):
        runs = [partial(attribute, machine, cell, name, node) for cell in value.cells]
        return machine.either(runs, value.reason, place)
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
    if name in known or isinstance(value, Expression | Parser | View):
        return Cell(Method(owner, name), place)
    lacks = known or (is_scalar(value) and not hasattr(value, name))
    if lacks and not name.startswith("_"):
        raise Raised("AttributeError", place)
    if isinstance(value, Function) and name == "__name__":
        return Cell(value.name, place)
    return Cell(unknown(why(value)), place)


def _methods_of(value: Any) -> frozenset[str]:
    if isinstance(value, str | Template):
        return _METHODS_OF_TEXT
    if isinstance(value, Seq):
        return _METHODS_OF.get(value.kind, frozenset())
    if isinstance(value, Map):
        return _METHODS_OF_DICT
    return frozenset()


def set_attribute(machine: Machine, value: Any, name: str, cell: Cell, place: Place) -> None:
    """``value.name = cell``."""
    if isinstance(value, Sdk):
        machine.touch(value)
        value.args[name] = Cell(cell.value, place)
    elif isinstance(value, Instance):
        machine.touch(value)
        value.names[name] = cell
        if value.cls.defines("__setattr__") or is_computed(machine, value.cls, name):
            doubt_object(value, f"{value.cls.name} sees to {name} by itself")
    elif isinstance(value, UserClass):
        machine.touch(value.scope)
        value.scope.names[name] = cell
    elif isinstance(value, External):
        machine.touch(machine.replaced)
        machine.replaced.set(f"{value.name}.{name}", cell)
    elif isinstance(value, ModuleValue):
        machine.touch(value.scope)
        value.scope.names[name] = cell
    elif isinstance(value, OneOf):
        for one in value.cells:
            set_some_attribute(machine, one.value, place)
    else:
        machine.uncertain += 1


def set_some_attribute(machine: Machine, value: Any, place: Place) -> None:
    """An attribute was set, and it is not known which, or whether."""
    reason = "an attribute whose name is not known was set"
    if isinstance(value, Instance):
        machine.touch(value)
        doubt_object(value, reason)
    elif isinstance(value, Sdk):
        machine.touch(value)
        value.args = {name: Cell(unknown(reason), cell.place) for name, cell in value.args.items()}
        value.rest = unknown(reason)
    elif isinstance(value, OneOf):
        for one in value.cells:
            set_some_attribute(machine, one.value, place)
    else:
        machine.uncertain += 1


def doubt_object(value: Instance, reason: str) -> None:
    """Anything may have been done to an object of the script's own."""
    value.rest = unknown(reason)
    value.names = {one: Cell(value.rest, old.place) for one, old in value.names.items()}


def is_computed(machine: Machine, cls: UserClass, name: str) -> bool:
    """Whether a class sees to an attribute by itself: a property, or what is not known."""
    found = machine.method(cls, name)
    if found is None:
        return False
    value = found[0].value
    if isinstance(value, Function):
        return bool(marks_of(value) & _PROPERTIES)
    return isinstance(value, Unknown | OneOf | External) or (
        isinstance(value, Instance) and value.cls.defines("__get__", "__set__")
    )


_PROPERTIES = frozenset({"property", "functools.cached_property", "cached_property"})


def marks_of(function: Function) -> set[str]:
    """The names of other packages' decorators on a function."""
    return {mark.value.name for mark in function.decorators if isinstance(mark.value, External)}


def _of_external(machine: Machine, value: External, name: str, place: Any) -> Cell:
    full = f"{value.name}.{name}"
    replaced = replacement(machine, full, place)
    if replaced is not None:
        return replaced
    from linter.readers.python.sdk.objects import constant
    from linter.readers.python.stdlib import CONSTANTS

    if full in CONSTANTS:
        return Cell(CONSTANTS[full], place)
    found = constant(full)
    return Cell(External(full) if found is None else found, place)


def replacement(machine: Machine, full: str, place: Place) -> Cell | None:
    """What the script itself has put in the place of something of another package."""
    found = machine.replaced.items.get(full)
    if found is None and full in machine.replaced.possible:
        return Cell(unknown(f"{full} may have been replaced by the script"), place)
    return found


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
        return Cell(names_of(machine, value), place)
    found = machine.method(value.cls, name)
    sure = value.rest is None and value.cls.plain and not name.startswith("__")
    if found is None and sure and not value.cls.defines("__getattr__", "__getattribute__"):
        raise Raised("AttributeError", place)
    if found is None:
        reason = why(value.rest) if value.rest is not None else f"it has no {name} that can be seen"
        return Cell(unknown(reason), place)
    cell, _ = found
    return taken(machine, cell, owner, place)


def names_of(machine: Machine, value: Instance | Scope) -> Map:
    """``vars(value)`` and ``globals()``: what is set in it is set on the object itself."""
    machine.touch(value)
    return Map(value.names, rest=value.rest)


def taken(machine: Machine, cell: Cell, owner: Cell, place: Any) -> Cell:
    """What a class holds under a name, as one of its objects gives it."""
    if isinstance(cell.value, Instance) and cell.value.cls.defines("__get__"):
        return Cell(unknown("a descriptor, which computes its value"), place)
    if not isinstance(cell.value, Function):
        return cell
    marks = marks_of(cell.value)
    if marks & _PROPERTIES:
        return machine.call(cell.value, [], {}, place, receiver=owner)
    if "staticmethod" in marks:
        return cell
    if "classmethod" in marks:
        return machine.bound(cell, Cell(owner.value.cls, place))
    return machine.bound(cell, owner)


def _of_class(machine: Machine, value: UserClass, name: str, place: Any) -> Cell:
    if name == "__name__":
        return Cell(value.name, place)
    found = machine.method(value, name)
    if found is None:
        return Cell(unknown(f"{value.name} has no {name} that can be seen"), place)
    cell, _ = found
    if isinstance(cell.value, Instance) and cell.value.cls.defines("__get__"):
        return Cell(unknown("a descriptor, which computes its value"), place)
    if isinstance(cell.value, Function) and "classmethod" in marks_of(cell.value):
        return machine.bound(cell, Cell(value, place))
    return cell


def is_enum(value: UserClass) -> bool:
    return any(name.startswith("enum.") for name in value.foreign())


def _of_super(machine: Machine, value: Super, name: str, place: Any) -> Cell:
    receiver = value.receiver
    own = receiver.value.cls if isinstance(receiver.value, Instance) else receiver.value
    lineage = list(own.lineage()) if isinstance(own, UserClass) else [value.cls]
    behind = lineage[lineage.index(value.cls) + 1 :] if value.cls in lineage else []
    for one in behind:
        if name in one.scope.names:
            cell = one.scope.names[name]
            if isinstance(receiver.value, Instance):
                return taken(machine, cell, receiver, place)
            return machine.bound(cell, receiver)
    if value.cls.closed:
        return Cell(External(f"object.{name}"), place)
    return Cell(unknown(f"{name} of a class that is not read"), place)


def _of_path(owner: Cell, name: str, place: Any) -> Cell:
    import pathlib

    text = owner.value.text
    if isinstance(text, str) and name in ("name", "stem", "suffix", "parts"):
        found = getattr(pathlib.PurePosixPath(text), name)
        if name == "parts":
            return Cell(unknown("the parts of a path"), place)
        return Cell(portable(found), place)
    if isinstance(text, str) and name in ("parent", "parents"):
        above = [str(one) for one in pathlib.PurePosixPath(text).parents]
        cells = [Cell(PathValue(above_of(text, one)), place) for one in above]
        if name == "parents":
            return Cell(Seq(cells, "tuple"), place)
        return cells[0] if cells else owner
    if name in ("name", "stem", "suffix", "parts", "parent", "parents", "anchor", "root", "drive"):
        return Cell(unknown(why(text)), place)
    return Cell(Method(owner, name), place)


def above_of(text: str, directory: str) -> Any:
    """A directory above a path: what is above the tree is not known."""
    if in_checkout(text) and not in_checkout(directory):
        return unknown("a directory above the one that the tree is in")
    return directory


# --- elements -------------------------------------------------------------------------------------


def element(machine: Machine, owner: Cell, key: Cell, node: ast.AST) -> Cell:
    """``owner[key]``. Raises ``Raised``."""
    value, index = owner.value, key.value
    place = machine.place(node)
    if isinstance(value, OneOf):
        runs = [partial(element, machine, cell, key, node) for cell in value.cells]
        return machine.either(runs, value.reason, place)
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
        return _of_environment(machine, value, index, place)
    if isinstance(value, UserClass) and isinstance(index, str) and is_enum(value):
        return _of_class(machine, value, index, place)
    if isinstance(value, str) and isinstance(index, int) and not in_checkout(value):
        if -len(value) <= index < len(value):
            return Cell(value[index], place)
        raise Raised("IndexError", place)
    if is_scalar(value) and not isinstance(value, str | bytes):
        raise Raised("TypeError", place)
    return Cell(unknown(why(value)), place)


def _of_map(machine: Machine, value: Map, index: Any, place: Any) -> Cell:
    if isinstance(index, OneOf):
        runs = [partial(_of_map, machine, value, cell.value, place) for cell in index.cells]
        return machine.either(runs, index.reason, place)
    if isinstance(index, Map) or (isinstance(index, Seq) and index.kind in ("list", "set")):
        raise Raised("TypeError", place)
    if not is_scalar(index):
        if isinstance(index, Unknown) and value.exact and value.items:
            return one_of(value.items.values(), f"a key that is not known: {why(index)}", place)
        return Cell(unknown(why(index)), place)
    if index in value.items:
        return value.items[index]
    if index in value.possible:
        machine.uncertain += 1
        return value.possible[index]
    if value.rest is not None:
        return Cell(value.rest, place)
    raise Raised("KeyError", place)


def _of_seq(machine: Machine, value: Seq, index: Any, place: Any) -> Cell:
    if isinstance(index, OneOf):
        runs = [partial(_of_seq, machine, value, cell.value, place) for cell in index.cells]
        return machine.either(runs, index.reason, place)
    if value.kind in ("set", "iterator") or (is_scalar(index) and not isinstance(index, int)):
        raise Raised("TypeError", place)
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


def _of_environment(machine: Machine, value: External, index: Any, place: Any) -> Cell:
    if value.name == "os.environ":
        from linter.readers.python.stdlib import variable

        return variable(machine, index, None, place)
    if isinstance(index, str) and value.name.startswith("sagemaker"):
        return Cell(External(f"{value.name}.{index}"), place)
    return Cell(unknown(f"what {value.name} holds is known only when the script runs"), place)


def sliced(value: Any, bounds: list[Any]) -> Any:
    """``value[a:b:c]``."""
    if not all(bound is None or isinstance(bound, int) for bound in bounds):
        return unknown("a part of unknown bounds")
    if in_checkout(value):
        value = portable(value)
    if isinstance(value, str):
        return value[slice(*bounds)] if bounds[2] != 0 else unknown("a step of zero")
    if isinstance(value, Seq) and bounds[2] != 0 and value.kind in ("list", "tuple", "range"):
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
    if not isinstance(value, UserClass) or not is_enum(value):
        return None
    found: dict[int, Cell] = {}
    for cell in value.scope.names.values():
        if isinstance(cell.value, Instance) and cell.value.cls is value:
            found.setdefault(id(cell.value), cell)
    return list(found.values())


def make_members(value: UserClass) -> None:
    """Turn what the body of an enumeration bound into its members; equal ones are one."""
    own = value.defines("__init__", "__new__", "_generate_next_value_")
    rest = unknown(f"{value.name} makes its members by itself") if own else None
    seen: dict[Any, Cell] = {}
    for name, cell in list(value.scope.names.items()):
        if name.startswith("_") or isinstance(cell.value, Function | UserClass):
            continue
        plain = cell.value if is_scalar(cell.value) else id(cell)
        if plain not in seen:
            member = Instance(value, {"value": cell, "name": Cell(name, cell.place)}, rest)
            seen[plain] = Cell(member, cell.place)
        value.scope.names[name] = seen[plain]
