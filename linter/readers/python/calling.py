"""Calls of the script's own functions: arguments to names, statements to a result."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from linter.core.values import Unknown
from linter.readers.python.iterating import lazily, loose_end
from linter.readers.python.machine import MAX_DEPTH, Raised
from linter.readers.python.values import (
    Cell,
    Function,
    Loose,
    Map,
    Place,
    Scope,
    Seq,
    one_of,
    unknown,
    unless_given,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Frame, Machine


def bind(
    machine: Machine,
    function: Function,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
    rest: Unknown | None,
) -> Scope:
    """The names of a call. Raises ``Raised`` for arguments that do not fit."""
    declared = function.node.args
    scope = Scope(outer=function.scope)
    only_by_place = {argument.arg for argument in declared.posonlyargs}
    names = [argument.arg for argument in (*declared.posonlyargs, *declared.args)]
    given = list(positional)
    for name in names:
        if given:
            scope.names[name] = given.pop(0)
    if declared.vararg is not None:
        # With further arguments of unknown number what is here may not be all.
        more = [] if rest is None else [Cell(Loose((), rest.reason, many=True), place)]
        scope.names[declared.vararg.arg] = Cell(Seq([*given, *more], "tuple"), place)
    elif given:
        raise Raised("TypeError", place)
    known = {*names, *(argument.arg for argument in declared.kwonlyargs)} - only_by_place
    extra: dict[str, Cell] = {}
    for name, cell in keywords.items():
        if name not in known:
            extra[name] = cell
        elif name in scope.names:
            raise Raised("TypeError", place)
        else:
            scope.names[name] = unless_given(cell, function.defaults.get(name), place)
    if declared.kwarg is not None:
        more_names = Map({}, rest=rest)
        for name, cell in extra.items():
            if isinstance(cell.value, Loose):
                more_names.possible[name] = unless_given(cell, None, place)
            else:
                more_names.items[name] = cell
        scope.names[declared.kwarg.arg] = Cell(more_names, place)
    elif extra:
        raise Raised("TypeError", place)
    for name in (*names, *(argument.arg for argument in declared.kwonlyargs)):
        if name in scope.names:
            continue
        if rest is not None:
            scope.names[name] = Cell(rest, place)
        elif name in function.defaults:
            scope.names[name] = function.defaults[name]
        else:
            raise Raised("TypeError", place)
    return scope


def run(machine: Machine, function: Function, frame: Frame, place: Place) -> Cell:
    """What the body returns; the places of results are those in the body."""
    from linter.readers.python.expressions import evaluate
    from linter.readers.python.statements import run_block

    node = function.node
    if isinstance(node, ast.Lambda):
        return evaluate(machine, node.body)
    if isinstance(node, ast.AsyncFunctionDef):
        return Cell(unknown(f"{function.name}() is a coroutine"), place)
    generator = machine.generators.get(id(node))
    if generator is None:
        generator = machine.generators[id(node)] = _is_generator(node)
    if generator:
        return Cell(lazily(lambda: _yielded(machine, function, frame, place)), place)
    flow, recording = machine.recorded(lambda: run_block(machine, node.body))
    results = list(frame.returned)
    if isinstance(flow, Raised):
        if not results:
            raise flow
        # It fails where it did not return before.
        machine.uncertain += 1
        recording.somewhere(f"{function.name}() returns before it, or fails", place, ())
    elif flow is not None and flow.kind == "return" and flow.cell is not None:
        results.append(flow.cell)
    elif flow is None or flow.kind != "raise":
        results.append(Cell(None, place))
    if not results:
        return Cell(None, place)
    return one_of(results, f"{function.name}() returns one of several values", place)


def _yielded(machine: Machine, function: Function, frame: Frame, place: Place) -> list[Cell]:
    """What a generator gives, from its first statement to its last."""
    from linter.readers.python.statements import run_block

    if machine.depth >= MAX_DEPTH:
        machine.uncertain += 1
        return loose_end(f"{function.name}() is called too deeply to be followed", place)
    frame.yields = Seq([])
    machine.depth += 1
    machine.frames.append(frame)
    try:
        run_block(machine, function.node.body)  # type: ignore[arg-type]
    finally:
        machine.frames.pop()
        machine.depth -= 1
    return frame.yields.items


def _is_generator(node: ast.FunctionDef) -> bool:
    pending: list[ast.AST] = list(node.body)
    while pending:
        item = pending.pop()
        if isinstance(item, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(item))
    return False
