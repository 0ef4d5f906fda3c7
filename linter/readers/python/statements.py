"""Statements: what they bind, and how they leave a block."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from linter.core.values import Unknown
from linter.readers.python import classes, imports
from linter.readers.python.expressions import evaluate, iterate, truth
from linter.readers.python.machine import MAX_ITEMS, MAX_NESTING, Exhausted, Raised, Stopped
from linter.readers.python.values import (
    Cell,
    External,
    Instance,
    Loose,
    Map,
    Place,
    Sdk,
    Seq,
    UserClass,
    one_of,
    unknown,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine


class Flow(NamedTuple):
    """How a block was left: ``return``, ``break``, ``continue``, ``raise``."""

    kind: str
    cell: Cell | None = None


def run_block(machine: Machine, statements: Sequence[ast.stmt]) -> Flow | None:
    """Run statements in order. Raises :class:`Raised` for what fails for sure."""
    machine.nesting += 1
    try:
        if machine.nesting > MAX_NESTING:
            raise Exhausted
        for statement in statements:
            machine.step()
            handler = _STATEMENTS.get(type(statement))
            flow = handler(machine, statement) if handler is not None else None
            if flow is not None:
                return flow
        return None
    finally:
        machine.nesting -= 1


# --- names ----------------------------------------------------------------------------------------


def bind_name(machine: Machine, name: str, cell: Cell) -> None:
    frame = machine.frame
    scope = frame.scope
    if name in frame.globals:
        scope = frame.module
    elif name in frame.outer:
        around = scope.outer
        while around is not None and name not in around.names:
            around = around.outer
        scope = around or scope
    machine.touch(scope)
    scope.names[name] = cell


def assign(machine: Machine, target: ast.expr, cell: Cell) -> None:
    """Bind a target: a name, an attribute, an element, or several of them."""
    if isinstance(target, ast.Name):
        bind_name(machine, target.id, cell)
    elif isinstance(target, ast.Tuple | ast.List):
        _assign_several(machine, target.elts, cell)
    elif isinstance(target, ast.Attribute):
        _assign_attribute(machine, evaluate(machine, target.value), target, cell)
    elif isinstance(target, ast.Subscript):
        _assign_element(machine, evaluate(machine, target.value), target, cell)
    elif isinstance(target, ast.Starred):
        assign(machine, target.value, cell)


def _assign_several(machine: Machine, targets: list[ast.expr], cell: Cell) -> None:
    from linter.readers.python.calling import spread

    items = spread(cell)
    stars = [index for index, item in enumerate(targets) if isinstance(item, ast.Starred)]
    if items is not None and stars:
        at = stars[0]
        behind = len(targets) - at - 1
        middle = items[at : len(items) - behind]
        items = [*items[:at], Cell(Seq(middle), cell.place), *items[len(items) - behind :]]
    if items is None or len(items) != len(targets):
        reason = why(cell.value)
        items = [Cell(unknown(reason), cell.place) for _ in targets]
    for target, item in zip(targets, items, strict=True):
        assign(machine, target, item)


def _assign_attribute(machine: Machine, owner: Cell, target: ast.Attribute, cell: Cell) -> None:
    value = owner.value
    name = target.attr
    if isinstance(value, Sdk):
        machine.touch(value)
        value.args[name] = Cell(cell.value, machine.place(target))
        value.state[f"set {name}"] = True
    elif isinstance(value, Instance):
        machine.touch(value)
        value.names[name] = cell
    elif isinstance(value, UserClass):
        machine.touch(value.scope)
        value.scope.names[name] = cell
    elif isinstance(value, External):
        machine.replaced[f"{value.name}.{name}"] = cell
    else:
        classes.set_on_other(machine, value, name, cell)


def _assign_element(machine: Machine, owner: Cell, target: ast.Subscript, cell: Cell) -> None:
    value = owner.value
    key = evaluate(machine, target.slice).value
    if isinstance(value, Map):
        machine.touch(value)
        if isinstance(key, str | int | float | bool | type(None)):
            value.items[key] = cell
            value.possible.pop(key, None)
            value.keys[key] = machine.place(target.slice)
        else:
            value.rest = unknown(f"a key that is not known: {why(key)}")
            _loosen(value, cell, machine.place(target))
    elif isinstance(value, Seq):
        machine.touch(value)
        if isinstance(key, int) and value.exact and -len(value.items) <= key < len(value.items):
            value.items[key] = cell
        else:
            value.items[:] = [_everything(value, cell, machine.place(target))]


def _loosen(value: Map, cell: Cell, place: Place) -> None:
    """Any of the known members may be the one that was set."""
    reason = "an element was set under a key that is not known"
    for key, old in value.items.items():
        value.items[key] = one_of((old, cell), reason, place)


def _everything(value: Seq, cell: Cell, place: Place) -> Cell:
    cells: list[Cell] = []
    for item in (*value.items, cell):
        cells += item.value.cells if isinstance(item.value, Loose) else (item,)
    return Cell(Loose(tuple(cells), "an element was set at an unknown place", many=True), place)


# --- simple statements ----------------------------------------------------------------------------


def _expression(machine: Machine, node: ast.Expr) -> None:
    evaluate(machine, node.value)


def _assign(machine: Machine, node: ast.Assign) -> None:
    cell = evaluate(machine, node.value)
    for target in node.targets:
        assign(machine, target, cell)


def _annotated(machine: Machine, node: ast.AnnAssign) -> None:
    if node.value is not None:
        assign(machine, node.target, evaluate(machine, node.value))


def _augmented(machine: Machine, node: ast.AugAssign) -> None:
    from linter.readers.python.operators import add_to, binary

    left = evaluate(machine, _loading(node.target))
    right = evaluate(machine, node.value)
    if add_to(machine, node.op, left, right):
        return
    value = binary(machine, node.op, left, right, machine.place(node))
    assign(machine, node.target, Cell(value, machine.place(node.value)))


def _loading(target: ast.expr) -> ast.expr:
    return target


def _delete(machine: Machine, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            machine.touch(machine.frame.scope)
            machine.frame.scope.names.pop(target.id, None)
        elif isinstance(target, ast.Subscript):
            owner = evaluate(machine, target.value).value
            key = evaluate(machine, target.slice).value
            if isinstance(owner, Map):
                machine.touch(owner)
                if isinstance(key, str | int):
                    owner.items.pop(key, None)
                    owner.possible.pop(key, None)
                else:
                    owner.possible.update(owner.items)
                    owner.items.clear()
            elif isinstance(owner, Seq):
                machine.touch(owner)
                if isinstance(key, int) and owner.exact and key < len(owner.items):
                    del owner.items[key]
                else:
                    owner.items[:] = [
                        Cell(Loose((item,), "an element was deleted"), item.place)
                        for item in owner.items
                        if not isinstance(item.value, Loose)
                    ]


def _return(machine: Machine, node: ast.Return) -> Flow:
    if node.value is None:
        return Flow("return", Cell(None, machine.place(node)))
    return Flow("return", evaluate(machine, node.value))


def _raise(machine: Machine, node: ast.Raise) -> Flow:
    name = "Exception"
    if node.exc is not None:
        called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if isinstance(called, ast.Name):
            name = called.id
        elif isinstance(called, ast.Attribute):
            name = called.attr
    raise Raised(name, machine.place(node))


def _function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    bind_name(machine, node.name, classes.make_function(machine, node))


def _class(machine: Machine, node: ast.ClassDef) -> None:
    bind_name(machine, node.name, classes.make_class(machine, node, run_block))


def _import(machine: Machine, node: ast.Import) -> None:
    for alias in node.names:
        if alias.asname:
            bind_name(machine, alias.asname, imports.module(machine, alias.name, node))
        else:
            first = alias.name.split(".")[0]
            imports.module(machine, alias.name, node)
            bind_name(machine, first, imports.module(machine, first, node))


def _import_from(machine: Machine, node: ast.ImportFrom) -> None:
    for alias in node.names:
        if alias.name == "*":
            imports.everything(machine, node)
        else:
            bind_name(
                machine, alias.asname or alias.name, imports.member(machine, node, alias.name)
            )


def _global(machine: Machine, node: ast.Global) -> None:
    machine.frame.globals.update(node.names)


def _nonlocal(machine: Machine, node: ast.Nonlocal) -> None:
    machine.frame.outer.update(node.names)


# --- conditions and loops -------------------------------------------------------------------------


def _is_gone(outcome: Any) -> bool:
    return isinstance(outcome, Flow)


def _kind(outcome: Any) -> str:
    """How a branch leaves the function; one that leaves a loop goes on in it."""
    stays = not isinstance(outcome, Flow) or outcome.kind in ("break", "continue")
    return "" if stays else outcome.kind


def _guarded(machine: Machine, run: Callable[[], Flow | None]) -> Callable[[], Flow | None]:
    """A branch behind an unknown condition: what fails there for sure, is not taken."""

    def guarded() -> Flow | None:
        frames = len(machine.frames)
        depth, nesting = machine.depth, machine.nesting
        try:
            return run()
        except (Raised, Stopped):
            del machine.frames[frames:]
            machine.depth, machine.nesting = depth, nesting
            return Flow("raise")

    return guarded


def branches(
    machine: Machine,
    runs: Sequence[Callable[[], Flow | None]],
    reason: str,
    node: ast.AST,
    *,
    many: bool = False,
) -> Flow | None:
    """Run what may run; a branch that returns leaves its result for the end of the function."""
    place = machine.place(node)
    outcomes = machine.fork(
        [_guarded(machine, run) for run in runs], reason, place, many=many, kind_of=_kind
    )
    left = [flow for flow in outcomes if _is_gone(flow)]
    machine.frame.returned += [f.cell for f in left if f.kind == "return" and f.cell is not None]
    machine.frame.breaks += any(flow.kind in ("break", "return") for flow in left)
    if len(left) < len(outcomes):
        return None
    kinds = {flow.kind for flow in left}
    if kinds <= {"raise"}:
        return Flow("raise")
    if "return" in kinds:
        last = machine.frame.returned.pop()
        return Flow("return", last)
    return Flow("continue" if "continue" in kinds else "break")


def _if(machine: Machine, node: ast.If) -> Flow | None:
    test = evaluate(machine, node.test)
    known = truth(test.value)
    if known is not None:
        return run_block(machine, node.body if known else node.orelse)
    reason = f"it depends on a condition that is not known: {why(test.value)}"
    return branches(
        machine,
        [lambda: run_block(machine, node.body), lambda: run_block(machine, node.orelse)],
        reason,
        node.test,
    )


def _for(machine: Machine, node: ast.For) -> Flow | None:
    over = evaluate(machine, node.iter)
    items = iterate(machine, over)
    if items is None:
        return _unknown_loop(machine, node, over)
    if len(items) > MAX_ITEMS:
        raise Exhausted
    breaks = machine.frame.breaks
    for item in items:
        if machine.frame.breaks > breaks:  # whether there is a turn at all depends on that
            maybe = Loose((item,), "a loop may have ended before it")
            item = item if isinstance(item.value, Loose) else Cell(maybe, item.place)
        if isinstance(item.value, Loose):
            flow = _maybe_turn(machine, node, item)
        else:
            assign(machine, node.target, item)
            flow = run_block(machine, node.body)
        if flow is None or flow.kind == "continue":
            continue
        if flow.kind == "break":
            return None
        return flow
    return run_block(machine, node.orelse)


def _maybe_turn(machine: Machine, node: ast.For, item: Cell) -> Flow | None:
    loose: Loose = item.value

    def turn() -> Flow | None:
        assign(machine, node.target, one_of(loose.cells, loose.reason, item.place))
        return run_block(machine, node.body)

    flow = branches(machine, [turn, lambda: None], loose.reason, node.iter, many=loose.many)
    return None if flow is not None and flow.kind in ("break", "continue") else flow


def _unknown_loop(machine: Machine, node: ast.For, over: Cell) -> Flow | None:
    reason = f"it depends on a loop over what is not known: {why(over.value)}"

    def turn() -> Flow | None:
        assign(machine, node.target, Cell(unknown(reason), machine.place(node.iter)))
        flow = run_block(machine, node.body)
        return None if flow is not None and flow.kind in ("break", "continue") else flow

    branches(machine, [turn, lambda: None], reason, node.iter, many=True)
    return run_block(machine, node.orelse)


MAX_TURNS = 2_000


def _while(machine: Machine, node: ast.While) -> Flow | None:
    breaks = machine.frame.breaks
    for _ in range(MAX_TURNS):
        test = evaluate(machine, node.test)
        known = truth(test.value)
        if known is False:
            return run_block(machine, node.orelse)
        if known is None or machine.frame.breaks > breaks:
            reason = f"it depends on a loop of unknown length: {why(test.value)}"

            def turn() -> Flow | None:
                flow = run_block(machine, node.body)
                return None if flow is not None and flow.kind in ("break", "continue") else flow

            branches(machine, [turn, lambda: None], reason, node.test, many=True)
            return None
        flow = run_block(machine, node.body)
        if flow is not None and flow.kind == "break":
            return None
        if flow is not None and flow.kind != "continue":
            return flow
    raise Exhausted


# --- exceptions, with, match ----------------------------------------------------------------------


def _try(machine: Machine, node: ast.Try) -> Flow | None:
    frames, depth, nesting = len(machine.frames), machine.depth, machine.nesting
    flow: Flow | None
    try:
        flow = _body_of_try(machine, node)
    except Raised as raised:
        # What was done before it fails stays done.
        del machine.frames[frames:]
        machine.depth, machine.nesting = depth, nesting
        handler = _handler_of(node, raised.name)
        if handler is None:
            run_block(machine, node.finalbody)
            raise
        flow = _run_handler(machine, handler)
    last = run_block(machine, node.finalbody)
    return last if last is not None else flow


def _body_of_try(machine: Machine, node: ast.Try) -> Flow | None:
    """The body where nothing fails, or as much of it as does not fail and then a handler."""
    before = machine.uncertain

    def whole() -> Flow | None:
        return run_block(machine, node.body)

    flow, recording = machine.recorded(whole)
    if flow is None:
        flow = run_block(machine, node.orelse)
    if not node.handlers or machine.uncertain == before:
        return flow
    recording.undo()
    done = flow
    handler = node.handlers[0]
    reason = "an exception may come before it"

    def body() -> Flow | None:
        recording.redo()
        return done

    def handle() -> Flow | None:
        recording.somewhere(reason, machine.place(node), _repeated(node.body))
        return _run_handler(machine, handler)

    return branches(machine, [body, handle], reason, node)


def _repeated(body: list[ast.stmt]) -> set[str]:
    """Names that statements bind more than once."""
    seen: set[str] = set()
    found: set[str] = set()
    for statement in body:
        loops = isinstance(statement, ast.For | ast.While)
        for item in ast.walk(statement):
            name = item.id if isinstance(item, ast.Name) else ""
            if name and isinstance(getattr(item, "ctx", None), ast.Store):
                (found if loops or name in seen else seen).add(name)
    return found


def _handler_of(node: ast.Try, name: str) -> ast.ExceptHandler | None:
    for handler in node.handlers:
        names = _caught(handler.type)
        if name in names or names & {"Exception", "BaseException", ""}:
            return handler
        if name in ("KeyError", "IndexError") and "LookupError" in names:
            return handler
        if name in ("ModuleNotFoundError",) and "ImportError" in names:
            return handler
    return None


def _caught(node: ast.expr | None) -> set[str]:
    if node is None:
        return {""}
    if isinstance(node, ast.Tuple):
        return {name for item in node.elts for name in _caught(item)}
    return {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")}


def _run_handler(machine: Machine, handler: ast.ExceptHandler) -> Flow | None:
    if handler.name:
        place = machine.place(handler)
        bind_name(machine, handler.name, Cell(unknown("an exception"), place))
    return run_block(machine, handler.body)


def _with(machine: Machine, node: ast.With) -> Flow | None:
    for item in node.items:
        cell = evaluate(machine, item.context_expr)
        if item.optional_vars is not None:
            if not isinstance(cell.value, Instance):
                assign(machine, item.optional_vars, cell)
            else:
                entered = classes.call_method(machine, cell, "__enter__", cell.place)
                assign(machine, item.optional_vars, entered or cell)
    return run_block(machine, node.body)


def _match(machine: Machine, node: ast.Match) -> Flow | None:
    subject = evaluate(machine, node.subject).value
    for number, case in enumerate(node.cases):
        fits = _fits(case.pattern, subject, machine)
        if case.guard is not None:
            fits = None
        if fits:
            return run_block(machine, case.body)
        if fits is None:
            return _any_case(machine, node.cases[number:], node)
    return None


def _any_case(machine: Machine, cases: list[ast.match_case], node: ast.Match) -> Flow | None:
    def run_of(case: ast.match_case) -> Callable[[], Flow | None]:
        def run() -> Flow | None:
            for item in ast.walk(case.pattern):
                name = getattr(item, "name", None)
                if isinstance(name, str):
                    bind_name(machine, name, Cell(unknown("a match"), machine.place(node)))
            return run_block(machine, case.body)

        return run

    runs = [*(run_of(case) for case in cases), lambda: None]
    return branches(machine, runs, "it depends on a match of what is not known", node.subject)


def _fits(pattern: ast.pattern, subject: Any, machine: Machine) -> bool | None:
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        if pattern.name:
            bind_name(machine, pattern.name, Cell(subject, machine.place(pattern)))
        return True
    if isinstance(pattern, ast.MatchValue):
        from linter.readers.python.operators import equal

        return equal(evaluate(machine, pattern.value).value, subject)
    if isinstance(pattern, ast.MatchSingleton):
        if isinstance(subject, Unknown):
            return None
        return subject is pattern.value
    if isinstance(pattern, ast.MatchOr):
        found = [_fits(inner, subject, machine) for inner in pattern.patterns]
        return True if True in found else None if None in found else False
    return None


_STATEMENTS: dict[type, Callable[[Machine, Any], Flow | None]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: _delete,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: lambda machine, node: Flow("break"),
    ast.Continue: lambda machine, node: Flow("continue"),
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.If: _if,
    ast.For: _for,
    ast.While: _while,
    ast.Try: _try,
    ast.With: _with,
    ast.Match: _match,
}
