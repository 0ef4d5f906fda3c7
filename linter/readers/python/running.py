"""Scripts from their first statement to their last, and the functions that make a pipeline."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from linter.readers.python.files import PythonFile
from linter.readers.python.machine import Frame, Machine, Raised, Stopped
from linter.readers.python.statements import run_block
from linter.readers.python.values import (
    CHECKOUT,
    Cell,
    Function,
    Place,
    Scope,
    UserClass,
    unknown,
)


def run_module(
    machine: Machine, file: PythonFile, tree: ast.Module, scope: Scope, name: str
) -> bool:
    """Evaluate a module's statements; whether all of them were."""
    place = Place(file, tree)
    scope.names["__name__"] = Cell(name, place)
    scope.names["__file__"] = Cell(posixpath.join(CHECKOUT, file.path), place)
    machine.frames.append(Frame(file, scope, scope, None))
    depth, nesting, frames = machine.depth, machine.nesting, len(machine.frames)
    try:
        for statement in tree.body:
            try:
                if run_block(machine, [statement]) is not None:
                    return True
            except Raised:
                # What fails here need not fail where it really runs: go on without it.
                del machine.frames[frames:]
                machine.depth, machine.nesting = depth, nesting
                scope.rest = scope.rest or unknown("a statement before it fails")
    except Stopped:
        return True
    finally:
        del machine.frames[frames - 1 :]
        machine.depth, machine.nesting = depth, nesting
    return True


def entries(tree: ast.Module) -> list[ast.FunctionDef]:
    """Functions and methods that make a pipeline, directly or through others of the file.

    Only those that none of the others calls.
    """
    functions = list(_functions(tree))
    by_name = {function.name: function for function in functions}
    makes = {function.name for function in functions if _calls(function) & {"Pipeline"}}
    reaching = set(makes)
    grown = True
    while grown:
        grown = False
        for function in functions:
            if function.name not in reaching and _calls(function) & reaching:
                reaching.add(function.name)
                grown = True
    called = {
        name
        for function in functions
        if function.name in reaching
        for name in _calls(function) & reaching
        if name != function.name
    }
    return [by_name[name] for name in by_name if name in reaching and name not in called]


def makers(tree: ast.Module) -> list[ast.FunctionDef]:
    """Functions and methods that call ``Pipeline(...)`` themselves."""
    return [function for function in _functions(tree) if "Pipeline" in _calls(function)]


def calls_pipeline(tree: ast.Module) -> bool:
    """Whether a pipeline is made anywhere in a script, by the class's own name or another."""
    names = {"Pipeline"}
    for item in ast.walk(tree):
        if isinstance(item, ast.ImportFrom):
            names |= {a.asname for a in item.names if a.name == "Pipeline" and a.asname}
    for item in ast.walk(tree):
        if isinstance(item, ast.Call):
            called = item.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in names:
                return True
    return False


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for item in tree.body:
        if isinstance(item, ast.FunctionDef):
            yield item
        elif isinstance(item, ast.ClassDef):
            yield from (one for one in item.body if isinstance(one, ast.FunctionDef))
        elif isinstance(item, ast.If | ast.Try):
            yield from (one for one in ast.walk(item) if isinstance(one, ast.FunctionDef))


def _calls(function: ast.FunctionDef) -> set[str]:
    found: set[str] = set()
    for item in ast.walk(function):
        if isinstance(item, ast.Call):
            if isinstance(item.func, ast.Name):
                found.add(item.func.id)
            elif isinstance(item.func, ast.Attribute):
                found.add(item.func.attr)
    return found


def call_entry(machine: Machine, scope: Scope, node: ast.FunctionDef) -> None:
    """Call a function as somebody outside would: with its defaults, and what is not known."""
    for cell in list(scope.names.values()):
        value = cell.value
        if isinstance(value, Function) and value.node is node:
            _call(machine, value, None)
            return
        if isinstance(value, UserClass):
            for inner in value.scope.names.values():
                if isinstance(inner.value, Function) and inner.value.node is node:
                    _call_method(machine, value, inner.value)
                    return


def _call(machine: Machine, function: Function, receiver: Cell | None) -> None:
    place = Place(function.file, function.node)
    machine.frames.append(Frame(function.file, function.scope, function.scope, None))
    frames, depth, nesting = len(machine.frames), machine.depth, machine.nesting
    try:
        keywords = {
            name: Cell(unknown(f"{name} is given by the caller", name), cell.place)
            for name, cell in function.defaults.items()
            if cell.value is None and not function.options
        }
        keywords.update(function.options)
        machine.call(function, [], keywords, place, receiver=receiver)
    except (Raised, Stopped):
        pass
    finally:
        del machine.frames[frames - 1 :]
        machine.depth, machine.nesting = depth, nesting


def _call_method(machine: Machine, cls: UserClass, method: Function) -> None:
    from linter.readers.python.values import External, Instance

    place = Place(method.file, method.node)
    marks = {mark.value.name for mark in method.decorators if isinstance(mark.value, External)}
    if "staticmethod" in marks:
        _call(machine, method, None)
        return
    if "classmethod" in marks:
        _call(machine, method, Cell(cls, place))
        return
    made = Cell(Instance(cls), place)
    found = machine.method(cls, "__init__")
    if cls.fields is not None:
        for name, default in cls.fields:
            reason = unknown(f"{name} is given by the caller", name)
            made.value.names[name] = default or Cell(reason, place)
    elif found is not None and isinstance(found[0].value, Function):
        _call(machine, found[0].value, made)
    if not cls.closed:
        made.value.rest = unknown(f"{cls.name} inherits from a class that is not read")
    _call(machine, method, made)
