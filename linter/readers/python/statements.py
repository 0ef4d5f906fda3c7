"""Statements: what they bind, and how they leave a block."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from linter.readers.python import attributes, classes, imports, patterns
from linter.readers.python.expressions import evaluate, truth
from linter.readers.python.iterating import ITERATOR, interleaved, iterate, loose_end, spread
from linter.readers.python.machine import MAX_ITEMS, MAX_NESTING, Exhausted, Raised
from linter.readers.python.methods import call_plain
from linter.readers.python.values import (
    Cell,
    External,
    Instance,
    Loose,
    Map,
    Method,
    OneOf,
    Place,
    Sdk,
    Seq,
    UserClass,
    flat,
    is_scalar,
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
        owner = evaluate(machine, target.value).value
        attributes.set_attribute(machine, owner, target.attr, cell, machine.place(target))
    elif isinstance(target, ast.Subscript):
        _assign_element(machine, evaluate(machine, target.value), target, cell)
    elif isinstance(target, ast.Starred):
        assign(machine, target.value, cell)


def _assign_several(machine: Machine, targets: list[ast.expr], cell: Cell) -> None:
    items = spread(machine, cell)
    stars = [index for index, item in enumerate(targets) if isinstance(item, ast.Starred)]
    if items is not None and stars:
        at = stars[0]
        behind = len(targets) - at - 1
        if len(items) < at + behind:
            raise Raised("ValueError", cell.place)
        middle = items[at : len(items) - behind]
        items = [*items[:at], Cell(Seq(middle), cell.place), *items[len(items) - behind :]]
    if items is not None and len(items) != len(targets):
        raise Raised("ValueError", cell.place)
    if items is None:
        reason = why(cell.value)
        items = [Cell(unknown(reason), cell.place) for _ in targets]
    for target, item in zip(targets, items, strict=True):
        assign(machine, target, item)


def _assign_element(machine: Machine, owner: Cell, target: ast.Subscript, cell: Cell) -> None:
    value = owner.value
    place = machine.place(target)
    if isinstance(target.slice, ast.Slice):
        _assign_slice(machine, value, target.slice, cell, place)
        return
    key = evaluate(machine, target.slice).value
    if isinstance(value, OneOf):
        for one in value.cells:
            _perhaps_set(machine, one.value, cell, place)
    elif isinstance(value, Map):
        machine.touch(value)
        if isinstance(key, Map) or (isinstance(key, Seq) and key.kind in ("list", "set")):
            raise Raised("TypeError", place)
        if is_scalar(key):
            value.set(key, cell, machine.place(target.slice))
        else:
            value.rest = unknown(f"a key that is not known: {why(key)}")
            _loosen(value, cell, place)
    elif isinstance(value, External) and value.name == "os.environ":
        from linter.readers.python.stdlib import set_variable

        set_variable(machine, key, cell)
    elif isinstance(value, Seq) and value.kind == "list":
        machine.touch(value)
        if isinstance(key, int) and value.exact:
            if not -len(value.items) <= key < len(value.items):
                raise Raised("IndexError", place)
            value.items[key] = cell
        else:
            machine.uncertain += 1
            value.items[:] = [_everything(value, cell, place)]
    elif is_scalar(value) or isinstance(value, Seq):
        raise Raised("TypeError", place)
    elif isinstance(value, Sdk):
        machine.touch(value)
        value.rest = unknown("an element of it was set")
    else:
        machine.uncertain += 1


def _assign_slice(
    machine: Machine, value: Any, node: ast.Slice, cell: Cell | None, place: Place
) -> None:
    """``value[a:b] = cell``, or ``del value[a:b]`` without a cell."""
    bounds = [
        evaluate(machine, part).value if part is not None else None
        for part in (node.lower, node.upper, node.step)
    ]
    if not isinstance(value, Seq) or value.kind != "list":
        if is_scalar(value) or isinstance(value, Seq):
            raise Raised("TypeError", place)
        machine.uncertain += 1
        return
    given = [] if cell is None else iterate(machine, cell)
    machine.touch(value)
    whole = given is not None and all(bound is None or isinstance(bound, int) for bound in bounds)
    if whole and value.exact and given is not None:
        try:
            if cell is None:
                del value.items[slice(*bounds)]
            else:
                value.items[slice(*bounds)] = given
        except ValueError:
            raise Raised("ValueError", place) from None
        return
    reason = "a part of unknown bounds was replaced"
    more = loose_end(reason, place) if given is None else given
    value.items[:] = [Cell(Loose(flat([*value.items, *more]), reason, many=True), place)]


def _perhaps_set(machine: Machine, value: Any, cell: Cell, place: Place) -> None:
    """One of several lists or dicts was changed."""
    reason = "an element of this or of another one was set"
    if isinstance(value, Map):
        machine.touch(value)
        value.rest = value.rest or unknown(reason)
        _loosen(value, cell, place)
    elif isinstance(value, Seq):
        machine.touch(value)
        value.items[:] = [_everything(value, cell, place)]
    elif isinstance(value, Sdk):
        machine.touch(value)
        value.rest = unknown(reason)


def _loosen(value: Map, cell: Cell, place: Place) -> None:
    """Any of the known members may be the one that was set."""
    reason = "an element was set under a key that is not known"
    for members in (value.items, value.possible):
        for key, old in members.items():
            members[key] = one_of((old, cell), reason, place)


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

    left = evaluate(machine, node.target)
    right = evaluate(machine, node.value)
    if add_to(machine, node.op, left, right):
        return
    value = binary(machine, node.op, left, right, machine.place(node))
    assign(machine, node.target, Cell(value, machine.place(node.value)))


def _delete(machine: Machine, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            machine.touch(machine.frame.scope)
            machine.frame.scope.names.pop(target.id, None)
        elif isinstance(target, ast.Attribute):
            owner = evaluate(machine, target.value).value
            if isinstance(owner, Instance):
                machine.touch(owner)
                owner.names.pop(target.attr, None)
        elif isinstance(target, ast.Subscript):
            _delete_element(machine, target)


def _delete_element(machine: Machine, target: ast.Subscript) -> None:
    owner = evaluate(machine, target.value).value
    place = machine.place(target)
    if isinstance(target.slice, ast.Slice):
        _assign_slice(machine, owner, target.slice, None, place)
        return
    key = evaluate(machine, target.slice)
    if isinstance(owner, Map | Seq):
        machine.uncertain += not owner.exact or not is_scalar(key.value)
        call_plain(machine, Method(Cell(owner, place), "pop"), [key], {}, place)
    elif isinstance(owner, External) and owner.name == "os.environ":
        from linter.readers.python.stdlib import forget_variable

        forget_variable(machine, key.value)
    elif isinstance(owner, OneOf):
        for one in owner.cells:
            _perhaps_set(machine, one.value, Cell(unknown("it may be gone"), place), place)
    else:
        machine.uncertain += 1


def _return(machine: Machine, node: ast.Return) -> Flow:
    if node.value is None:
        return Flow("return", Cell(None, machine.place(node)))
    return Flow("return", evaluate(machine, node.value))


def _raise(machine: Machine, node: ast.Raise) -> Flow:
    place = machine.place(node)
    if node.exc is None:
        raise Raised("", place)
    called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    value = evaluate(machine, called).value
    if isinstance(value, Instance):
        value = value.cls
    if isinstance(value, External) and "." not in value.name:
        raise Raised(value.name, place)
    if isinstance(value, UserClass):
        raise Raised(value.name, place, _kinds_of(value))
    raise Raised("", place)


def _kinds_of(cls: UserClass) -> frozenset[str]:
    """The names of the classes that catch an exception of the script's own."""
    found = {f"{one.file.path}:{one.name}" for one in cls.lineage()}
    for name in cls.foreign():
        found |= Raised(name, cls.place).kinds or {UNREAD}
    return frozenset(found)


UNREAD = "a class that is not read"


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


def _kind(outcome: Any) -> str:
    """How a branch leaves the function; one that leaves a loop goes on in it."""
    stays = not isinstance(outcome, Flow) or outcome.kind in ("break", "continue")
    return "" if stays else outcome.kind


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
    guarded = [partial(machine.attempt, run, Flow("raise")) for run in runs]
    outcomes = machine.fork(guarded, reason, place, many=many, kind_of=_kind)
    left = [flow for flow in outcomes if flow is not None]
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
    with interleaved(machine, machine.place(node)):
        return _loop(machine, node)


def _loop(machine: Machine, node: ast.For) -> Flow | None:
    over = evaluate(machine, node.iter)
    items = iterate(machine, over, at_once=False)
    if items is None:
        return _unknown_loop(machine, node, over)
    breaks = machine.frame.breaks
    # A list that grows or shrinks in the loop is looped over as it is.
    live = isinstance(over.value, Seq) and over.value.kind == "list"
    index = 0
    while index < len(items):
        item = items[index]
        index += 1
        if index > MAX_ITEMS:
            raise Exhausted
        if machine.frame.breaks > breaks:  # whether there is a turn at all depends on that
            maybe = Loose((item,), "a loop may have ended before it")
            item = item if isinstance(item.value, Loose) else Cell(maybe, item.place)
        if isinstance(item.value, Loose):
            flow = _maybe_turn(machine, node, item)
        else:
            assign(machine, node.target, item)
            flow = run_block(machine, node.body)
        if live:
            items = list(over.value.items)
        if flow is None or flow.kind == "continue":
            continue
        if isinstance(over.value, Seq) and over.value.kind == ITERATOR:
            machine.touch(over.value)
            over.value.items = items[index:]
        if flow.kind == "break":
            return None
        return flow
    if machine.frame.breaks > breaks and getattr(over.value, "kind", "") == ITERATOR:
        machine.touch(over.value)
        over.value.items = loose_end("what is left of it after a loop", machine.place(node))
    return _otherwise(machine, node, sure=machine.frame.breaks == breaks)


def _otherwise(machine: Machine, node: ast.For | ast.While, *, sure: bool) -> Flow | None:
    """The ``else`` of a loop, which runs where the loop was not left by ``break``."""
    if sure or not node.orelse:
        return run_block(machine, node.orelse)
    reason = "a loop may have ended by break"
    runs = [lambda: run_block(machine, node.orelse), lambda: None]
    return branches(machine, runs, reason, node)


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
    return _otherwise(machine, node, sure=not _breaks(node.body))


def _breaks(body: Sequence[ast.stmt]) -> bool:
    """Whether a loop with this body may be left by ``break``."""
    return any(isinstance(item, ast.Break) for one in body for item in ast.walk(one))


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
            return _otherwise(machine, node, sure=not _breaks(node.body))
        flow = run_block(machine, node.body)
        if flow is not None and flow.kind == "break":
            return None
        if flow is not None and flow.kind != "continue":
            return flow
    raise Exhausted


# --- exceptions, with, match ----------------------------------------------------------------------


def _try(machine: Machine, node: ast.Try | ast.TryStar) -> Flow | None:
    flow: Flow | None
    try:
        flow = _body_of_try(machine, node)
    except Raised as raised:
        # What was done before it fails stays done.
        try:
            flow = _handled(machine, node, raised)
        except Raised:
            last = run_block(machine, node.finalbody)
            if last is not None:
                return last
            raise
    last = run_block(machine, node.finalbody)
    return last if last is not None else flow


def _handled(machine: Machine, node: ast.Try | ast.TryStar, raised: Raised) -> Flow | None:
    """What the handlers do that may catch it. Raises it again where none does."""
    runs: list[Callable[[], Flow | None]] = []
    sure = False
    for handler in node.handlers:
        caught = _catches(machine, handler, raised)
        if isinstance(node, ast.TryStar) and caught is False:
            caught = None
        if caught is not False:
            runs.append(partial(_run_handler, machine, handler))
        if caught:
            sure = True
            break
    if sure and len(runs) == 1:
        return runs[0]()
    if not runs:
        raise raised
    if not sure:
        runs.append(partial(_again, raised))
    return branches(machine, runs, "it depends on which exception it is", node)


def _again(raised: Raised) -> Flow | None:
    raise raised


def _catches(machine: Machine, handler: ast.ExceptHandler, raised: Raised) -> bool | None:
    """Whether a handler catches an exception; ``None`` where that is not known."""
    if handler.type is None:
        return True
    written = machine.attempt(partial(evaluate, machine, handler.type), None)
    if written is None:
        return None
    value = written.value
    kinds = [cell.value for cell in value.items] if isinstance(value, Seq) else [value]
    verdicts = [_is_caught_by(kind, raised.kinds) for kind in kinds]
    return True if True in verdicts else None if None in verdicts else False


def _is_caught_by(kind: Any, kinds: frozenset[str]) -> bool | None:
    unsure = not kinds or UNREAD in kinds
    if isinstance(kind, UserClass):
        if f"{kind.file.path}:{kind.name}" in kinds:
            return True
        return None if unsure else False
    if isinstance(kind, External) and "." not in kind.name:
        if kind.name in kinds or (unsure and kind.name in ("Exception", "BaseException")):
            return True
        return None if unsure else False
    return None


def _body_of_try(machine: Machine, node: ast.Try | ast.TryStar) -> Flow | None:
    """The body where nothing fails, or as much of it as does not fail and then a handler."""
    before = machine.uncertain
    machine.lost.append([])
    try:
        flow, recording = machine.recorded(lambda: run_block(machine, node.body))
    finally:
        lost = machine.lost.pop()
        if machine.lost:
            machine.lost[-1] += lost
    reason = "an exception may come before it"
    place = machine.place(node)

    def fail() -> None:
        unsure = _repeated(node.body)
        recording.somewhere(reason, place, unsure)
        for changed in lost:
            changed.perhaps(reason, place, unsure)

    if isinstance(flow, Raised):
        if machine.uncertain > before:  # another exception may have come before this one
            fail()
            raise Raised("", place)
        raise flow
    if not node.handlers or machine.uncertain == before:
        return flow if flow is not None else run_block(machine, node.orelse)
    recording.undo()
    done = flow

    def body() -> Flow | None:
        recording.redo()
        return done if done is not None else run_block(machine, node.orelse)

    def handle(handler: ast.ExceptHandler) -> Flow | None:
        fail()
        return _run_handler(machine, handler)

    handles = [partial(handle, handler) for handler in node.handlers]
    return branches(machine, [body, *handles], reason, node)


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


def _run_handler(machine: Machine, handler: ast.ExceptHandler) -> Flow | None:
    if handler.name:
        place = machine.place(handler)
        bind_name(machine, handler.name, Cell(unknown("an exception"), place))
    return run_block(machine, handler.body)


def _with(machine: Machine, node: ast.With) -> Flow | None:
    with interleaved(machine, machine.place(node)):
        return _entered(machine, node)


def _entered(machine: Machine, node: ast.With) -> Flow | None:
    swallows = False
    for item in node.items:
        cell = evaluate(machine, item.context_expr)
        entered: Cell | None = cell
        if isinstance(cell.value, Instance):
            entered = classes.call_method(machine, cell, "__enter__", cell.place)
            swallows = swallows or cell.value.cls.defines("__exit__")
        elif isinstance(cell.value, Seq):  # a generator under contextlib.contextmanager
            found = iterate(machine, cell, at_once=False) or []
            one = found[0] if len(found) == 1 and not isinstance(found[0].value, Loose) else None
            entered = one or Cell(unknown("what a context manager gives"), cell.place)
        elif _last_name(item.context_expr) in _SWALLOWING:
            swallows = True
        if item.optional_vars is not None:
            assign(machine, item.optional_vars, entered or cell)
    if not swallows:
        return run_block(machine, node.body)
    # What is entered may take an exception for itself: then the rest of the body is left out.
    handler = ast.ExceptHandler(None, None, [])
    inner = ast.Try(node.body, [ast.copy_location(handler, node)], [], [])
    return _try(machine, ast.copy_location(inner, node))


_SWALLOWING = frozenset({"suppress", "raises", "assertRaises", "ExitStack"})
"""What is made for taking exceptions; that of other packages is taken to let them through."""


def _last_name(node: ast.expr) -> str:
    function = node.func if isinstance(node, ast.Call) else node
    return str(getattr(function, "attr", getattr(function, "id", "")))


def _assert(machine: Machine, node: ast.Assert) -> None:
    known = truth(evaluate(machine, node.test).value)
    if known is False:
        raise Raised("AssertionError", machine.place(node))
    machine.uncertain += known is None


def _match(machine: Machine, node: ast.Match) -> Flow | None:
    subject = evaluate(machine, node.subject)
    for number, case in enumerate(node.cases):
        fits = patterns.fits(machine, case.pattern, subject)
        if case.guard is not None and fits:
            fits = truth(evaluate(machine, case.guard).value)
        if fits:
            return run_block(machine, case.body)
        if fits is None:
            return _any_case(machine, node.cases[number:], node)
    return None


def _any_case(machine: Machine, cases: list[ast.match_case], node: ast.Match) -> Flow | None:
    def run_of(case: ast.match_case) -> Callable[[], Flow | None]:
        def run() -> Flow | None:
            for name in patterns.names(case.pattern):
                bind_name(machine, name, Cell(unknown("a match"), machine.place(node)))
            return run_block(machine, case.body)

        return run

    runs = [*(run_of(case) for case in cases), lambda: None]
    return branches(machine, runs, "it depends on a match of what is not known", node.subject)


_STATEMENTS: dict[type, Callable[[Machine, Any], Flow | None]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: _delete,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Assert: _assert,
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
    ast.TryStar: _try,
    ast.With: _with,
    ast.Match: _match,
}
