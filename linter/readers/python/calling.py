"""Calls of the script's own functions: arguments to names, statements to a result."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from linter.core.values import Unknown
from linter.readers.python.values import (
    Cell,
    Function,
    Map,
    Place,
    Scope,
    Seq,
    one_of,
    unknown,
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
    """The names of a call. What is not given and has no default is unknown."""
    declared = function.node.args
    scope = Scope(outer=function.scope)
    names = [argument.arg for argument in (*declared.posonlyargs, *declared.args)]
    given = list(positional)
    for name in names:
        if given:
            scope.names[name] = given.pop(0)
    if declared.vararg is not None:
        scope.names[declared.vararg.arg] = Cell(Seq(given, "tuple"), place)
    known = {*names, *(argument.arg for argument in declared.kwonlyargs)}
    extra: dict[str, Cell] = {}
    for name, cell in keywords.items():
        if name in known:
            scope.names[name] = cell
        else:
            extra[name] = cell
    if declared.kwarg is not None:
        more = Map(dict(extra), rest=rest)
        scope.names[declared.kwarg.arg] = Cell(more, place)
    for name in (*names, *(argument.arg for argument in declared.kwonlyargs)):
        if name in scope.names:
            continue
        if rest is not None:
            scope.names[name] = Cell(rest, place)
        elif name in function.defaults:
            scope.names[name] = function.defaults[name]
        else:
            scope.names[name] = Cell(
                unknown(f"{name} of {function.name}() is not given", name), place
            )
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
        frame.yields = []
        run_block(machine, node.body)
        return Cell(Seq(frame.yields, "list"), place)
    flow = run_block(machine, node.body)
    results = list(frame.returned)
    if flow is not None and flow.kind == "return" and flow.cell is not None:
        results.append(flow.cell)
    elif flow is None or flow.kind != "raise":
        results.append(Cell(None, place))
    if not results:
        return Cell(None, place)
    return one_of(results, f"{function.name}() returns one of several values", place)


def _is_generator(node: ast.FunctionDef) -> bool:
    pending: list[ast.AST] = list(node.body)
    while pending:
        item = pending.pop()
        if isinstance(item, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(item))
    return False


def spread(cell: Cell) -> list[Cell] | None:
    """The elements that ``*value`` gives; ``None`` where they are not all known."""
    value = cell.value
    if isinstance(value, Seq) and value.exact:
        return list(value.items)
    if isinstance(value, Map) and value.exact:
        return [Cell(key, value.keys.get(key, cell.place)) for key in value.items]
    if isinstance(value, str):
        return [Cell(letter, cell.place) for letter in value]
    return None
