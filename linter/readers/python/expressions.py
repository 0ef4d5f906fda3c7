"""Expressions: what each stands for, as far as it is known."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from linter.core.values import Template, Unknown, make_string
from linter.readers.python import attributes, operators
from linter.readers.python.iterating import (
    ITERATOR,
    interleaved,
    iterate,
    lazily,
    loose_end,
    made,
    spread,
)
from linter.readers.python.machine import MAX_ITEMS, MAX_NESTING, MAX_TEXT, Exhausted
from linter.readers.python.values import (
    Cell,
    External,
    Instance,
    Loose,
    Map,
    OneOf,
    Place,
    Scope,
    Seq,
    View,
    is_scalar,
    one_of,
    unknown,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine


def evaluate(machine: Machine, node: ast.expr) -> Cell:
    """What an expression stands for. Raises ``Raised`` for what fails for sure."""
    machine.step()
    machine.nesting += 1
    try:
        if machine.nesting > MAX_NESTING:
            raise Exhausted
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            return machine.cell(unknown("an expression that is not read"), node)
        cell = handler(machine, node)
        if isinstance(cell.value, Unknown | Template | OneOf) and isinstance(node, _MAY_FAIL):
            machine.uncertain += 1
        return cell
    finally:
        machine.nesting -= 1


_MAY_FAIL = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Subscript, ast.Attribute)
"""Where what is not known may as well fail."""


def truth(value: Any) -> bool | None:
    """Whether a value counts as true; ``None`` where that is not known."""
    if is_scalar(value):
        return bool(value)
    if isinstance(value, Template):
        return True if value.prefix or value.suffix or _has_text(value) else None
    if isinstance(value, Seq) and value.kind != ITERATOR:
        if any(not isinstance(cell.value, Loose) for cell in value.items):
            return True
        return False if not value.items else None
    if isinstance(value, Map):
        if value.items:
            return True
        return False if value.exact else None
    if isinstance(value, OneOf):
        found = {truth(cell.value) for cell in value.cells}
        return found.pop() if len(found) == 1 else None
    if isinstance(value, View):
        return truth(value.owner)
    if isinstance(value, Instance):
        return None if not value.cls.plain or value.cls.defines("__bool__", "__len__") else True
    if isinstance(value, Unknown | Loose | External):
        return None
    return True


def _has_text(value: Template) -> bool:
    return any(isinstance(part, str) and part for part in value.parts)


# --- names and literals ---------------------------------------------------------------------------


def _constant(machine: Machine, node: ast.Constant) -> Cell:
    value = node.value
    if is_scalar(value):
        return machine.cell(value, node)
    return machine.cell(unknown("a value of a kind that definitions do not have"), node)


def _name(machine: Machine, node: ast.Name) -> Cell:
    scope: Scope | None = machine.frame.scope
    rest: Unknown | None = None
    while scope is not None:
        found = scope.names.get(node.id)
        if found is not None:
            return found
        rest = rest or scope.rest
        scope = scope.outer
    if rest is not None:
        return machine.cell(rest, node)
    if node.id == "__name__":
        return machine.cell("__main__", node)
    from linter.readers.python.builtin import NAMES

    if node.id in NAMES:
        return machine.cell(External(node.id), node)
    machine.uncertain += 1
    return machine.cell(unknown(f"{node.id} is not defined where it can be seen", node.id), node)


def _joined_text(machine: Machine, node: ast.JoinedStr) -> Cell:
    parts: list[Any] = []
    for item in node.values:
        if isinstance(item, ast.Constant):
            parts.append(str(item.value))
            continue
        if isinstance(item, ast.FormattedValue):
            inner = evaluate(machine, item.value)
            spec = ""
            if item.format_spec is not None:
                written = evaluate(machine, item.format_spec).value
                spec = written if isinstance(written, str) else "?"
            part = operators.as_text(inner.value, spec, item.conversion)
            machine.uncertain += bool(spec) and isinstance(part, Unknown)
            parts.append(part)
    return machine.cell(_bounded(make_string(parts)), node)


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return unknown(f"a text of more than {MAX_TEXT} characters")
    return value


def _sequence(kind: str) -> Callable[[Machine, Any], Cell]:
    def read(machine: Machine, node: Any) -> Cell:
        items: list[Cell] = []
        for element in node.elts:
            if not isinstance(element, ast.Starred):
                items.append(evaluate(machine, element))
                continue
            inner = evaluate(machine, element.value)
            found = iterate(machine, inner)
            if found is None:
                reason = why(inner.value)
                found = [Cell(Loose((), reason, many=True), inner.place)]
            items += found
        return machine.cell(made(items, kind), node)

    return read


def _dict(machine: Machine, node: ast.Dict) -> Cell:
    found = Map({})
    for key, item in zip(node.keys, node.values, strict=True):
        cell = evaluate(machine, item)
        if key is None:
            operators.update_map(machine, found, cell)
            continue
        name = evaluate(machine, key).value
        if is_scalar(name):
            found.set(name, cell, machine.place(key))
        else:
            found.rest = unknown(f"a key that is not known: {why(name)}")
    return machine.cell(found, node)


# --- operators ------------------------------------------------------------------------------------


def _binary(machine: Machine, node: ast.BinOp) -> Cell:
    left, right = evaluate(machine, node.left), evaluate(machine, node.right)
    return machine.cell(
        _bounded(operators.binary(machine, node.op, left, right, machine.place(node))), node
    )


def _unary(machine: Machine, node: ast.UnaryOp) -> Cell:
    value = evaluate(machine, node.operand).value
    if isinstance(node.op, ast.Not):
        known = truth(value)
        return machine.cell(unknown(why(value)) if known is None else not known, node)
    return machine.cell(operators.unary(node.op, value, machine.place(node)), node)


def _both(machine: Machine, node: ast.BoolOp) -> Cell:
    """``and`` and ``or``: the first that decides, or one of several."""
    return _decided(machine, node, 0)


def _decided(machine: Machine, node: ast.BoolOp, index: int) -> Cell:
    stops = isinstance(node.op, ast.Or)
    cell = evaluate(machine, node.values[index])
    known = truth(cell.value)
    if known is stops or index == len(node.values) - 1:
        return cell
    if known is not None:
        return _decided(machine, node, index + 1)
    reason = f"it depends on a condition that is not known: {why(cell.value)}"
    own = _if_it_counts(cell, stops)
    runs = [lambda: own, lambda: _decided(machine, node, index + 1)]
    return machine.either(runs, reason, machine.place(node))


def _if_it_counts(cell: Cell, stops: bool) -> Cell:
    """What an operand is where it decides: not the alternatives that do not."""
    if not isinstance(cell.value, OneOf):
        return cell
    kept = [one for one in cell.value.cells if truth(one.value) in (stops, None)]
    return one_of(kept, cell.value.reason, cell.place) if kept else cell


def _compare(machine: Machine, node: ast.Compare) -> Cell:
    left = evaluate(machine, node.left)
    result: bool | None = True
    for operator, item in zip(node.ops, node.comparators, strict=True):
        right = evaluate(machine, item)
        found = operators.compare(operator, left.value, right.value, machine.place(node))
        if isinstance(operator, ast.In | ast.NotIn) and isinstance(right.value, Seq):
            _search(machine, right)
        if found is False:
            return machine.cell(False, node)
        result = None if found is None or result is None else True
        left = right
    if result is None:
        return machine.cell(unknown("a comparison with what is not known"), node)
    return machine.cell(result, node)


def _search(machine: Machine, cell: Cell) -> None:
    """``in`` takes elements from an iterator until it has found what it looks for."""
    if cell.value.kind == ITERATOR:
        iterate(machine, cell, at_once=False)
        cell.value.items = loose_end("what is left of it after a search", cell.place)


def _either(machine: Machine, node: ast.IfExp) -> Cell:
    test = evaluate(machine, node.test)
    known = truth(test.value)
    if known is not None:
        return evaluate(machine, node.body if known else node.orelse)
    reason = f"it depends on a condition that is not known: {why(test.value)}"
    place = machine.place(node)
    runs = [lambda: evaluate(machine, node.body), lambda: evaluate(machine, node.orelse)]
    return machine.either(runs, reason, place)


def _named(machine: Machine, node: ast.NamedExpr) -> Cell:
    from linter.readers.python.statements import bind_name

    cell = evaluate(machine, node.value)
    frame = machine.frame
    inner = frame.scope
    # In a comprehension the name is bound around it.
    for _ in range(frame.inner_scopes):
        frame.scope = frame.scope.outer or frame.scope
    try:
        bind_name(machine, node.target.id, cell)
    finally:
        frame.scope = inner
    return cell


# --- parts ----------------------------------------------------------------------------------------


def _attribute(machine: Machine, node: ast.Attribute) -> Cell:
    return attributes.attribute(machine, evaluate(machine, node.value), node.attr, node)


def _subscript(machine: Machine, node: ast.Subscript) -> Cell:
    owner = evaluate(machine, node.value)
    if isinstance(node.slice, ast.Slice):
        bounds = [
            evaluate(machine, part).value if part is not None else None
            for part in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        return machine.cell(attributes.sliced(owner.value, bounds), node)
    return attributes.element(machine, owner, evaluate(machine, node.slice), node)


class Arguments(NamedTuple):
    """What a call is given; ``rest`` says that more may be.

    A keyword whose value is :class:`Loose` may be given or not.
    """

    positional: list[Cell]
    keywords: dict[str, Cell]
    rest: Unknown | None


def _call(machine: Machine, node: ast.Call) -> Cell:
    from linter.readers.python.calls import call

    function = evaluate(machine, node.func)
    return call(machine, function, *arguments(machine, node), node)


def arguments(machine: Machine, node: ast.Call) -> Arguments:
    """The arguments of a call, keywords at their own places."""
    positional: list[Cell] = []
    keywords: dict[str, Cell] = {}
    rest: Unknown | None = None
    for argument in node.args:
        if not isinstance(argument, ast.Starred):
            if rest is None:
                positional.append(evaluate(machine, argument))
            continue
        inner = evaluate(machine, argument.value)
        found = spread(machine, inner)
        if found is None:
            rest = unknown(f"further arguments are not known: {why(inner.value)}")
        elif rest is None:
            positional += found
    for keyword in node.keywords:
        cell = evaluate(machine, keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = Cell(cell.value, machine.place(keyword))
            continue
        maps = [one.value for one in _alternatives(cell)]
        if not all(isinstance(one, Map) for one in maps):
            rest = unknown(f"further arguments are not known: {why(cell.value)}")
            continue
        keywords.update(_spread_map(machine, maps, keyword, keywords))
        rest = rest or next((one.rest for one in maps if one.rest is not None), None)
    return Arguments(positional, keywords, rest)


def _alternatives(cell: Cell) -> tuple[Cell, ...]:
    return cell.value.cells if isinstance(cell.value, OneOf) else (cell,)


def _spread_map(
    machine: Machine, maps: list[Map], node: ast.keyword, given: dict[str, Cell]
) -> dict[str, Cell]:
    """The keywords that ``**`` of a dict gives, or of one of several dicts."""
    place = machine.place(node)
    found: dict[str, Cell] = {}
    for key in dict.fromkeys(key for one in maps for key in (*one.items, *one.possible)):
        if not isinstance(key, str):
            continue
        cells: list[Cell] = []
        sure = True
        for one in maps:
            cell = one.items.get(key)
            if cell is not None:
                cells.append(Cell(cell.value, one.keys.get(key, cell.place)))
                continue
            sure = False
            cells += [one.possible[key]] if key in one.possible else []
        if sure:
            found[key] = one_of(cells, f"{key} is one of several", place)
        elif key not in given:
            found[key] = Cell(Loose(tuple(cells), f"{key} may be given or not"), place)
    return found


def _lambda(machine: Machine, node: ast.Lambda) -> Cell:
    from linter.readers.python.classes import make_function

    return make_function(machine, node)


def _starred(machine: Machine, node: ast.Starred) -> Cell:
    return evaluate(machine, node.value)


def _yield(machine: Machine, node: ast.Yield) -> Cell:
    cell = evaluate(machine, node.value) if node.value else machine.cell(None, node)
    if machine.frame.yields is not None:
        machine.touch(machine.frame.yields)
        machine.frame.yields.items.append(cell)
    return machine.cell(unknown("what a generator is sent"), node)


def _yield_from(machine: Machine, node: ast.YieldFrom) -> Cell:
    cell = evaluate(machine, node.value)
    if machine.frame.yields is not None:
        found = iterate(machine, cell)
        if found is None:
            found = [Cell(Loose((), why(cell.value), many=True), cell.place)]
        machine.touch(machine.frame.yields)
        machine.frame.yields.items += found
    return machine.cell(unknown("what a generator returns"), node)


# --- comprehensions -------------------------------------------------------------------------------


def _comprehension(
    machine: Machine, node: Any, make: Callable[[], None], first: Cell | None = None
) -> None:
    """Run the loops and conditions of a comprehension in a scope of its own."""
    frame = machine.frame
    inner = Scope(outer=frame.scope)
    before = frame.scope
    frame.scope = inner
    frame.inner_scopes += 1
    try:
        with interleaved(machine, machine.place(node)):
            _loops(machine, list(node.generators), make, first)
    finally:
        frame.scope = before
        frame.inner_scopes -= 1


def _generator(machine: Machine, node: ast.GeneratorExp) -> Cell:
    """What it loops over is evaluated now, the rest when it is asked for elements."""
    first = evaluate(machine, node.generators[0].iter)
    frame, scope, inner_scopes = machine.frame, machine.frame.scope, machine.frame.inner_scopes

    def later() -> list[Cell]:
        found = Seq([])

        def make() -> None:
            cell = evaluate(machine, node.elt)
            machine.touch(found)
            found.items.append(cell)

        now = frame.scope, frame.inner_scopes
        frame.scope, frame.inner_scopes = scope, inner_scopes
        machine.frames.append(frame)
        try:
            _comprehension(machine, node, make, first)
        finally:
            machine.frames.pop()
            frame.scope, frame.inner_scopes = now
        return found.items

    return machine.cell(lazily(later), node)


def _loops(
    machine: Machine,
    generators: list[ast.comprehension],
    make: Callable[[], None],
    given: Cell | None = None,
) -> None:
    from linter.readers.python.statements import assign

    if not generators:
        make()
        return
    first, *others = generators
    over = given if given is not None else evaluate(machine, first.iter)
    items = iterate(machine, over, at_once=False)
    reason = f"it depends on a loop over what is not known: {why(over.value)}"
    place = machine.place(first.iter)

    def turn(item: Cell) -> None:
        assign(machine, first.target, item)
        for test in first.ifs:
            known = truth(evaluate(machine, test).value)
            if known is False:
                return
            if known is None:
                unsure = "it depends on a condition that is not known"
                _perhaps(machine, lambda: _loops(machine, others, make), unsure, place)
                return
        _loops(machine, others, make)

    if items is None:
        some = Cell(unknown(reason), place)
        _perhaps(machine, lambda: turn(some), reason, place, many=True)
        return
    if len(items) > MAX_ITEMS:
        raise Exhausted
    for item in items:
        if isinstance(item.value, Loose):
            loose: Loose = item.value
            one = one_of(loose.cells, loose.reason, item.place) if loose.cells else item
            if not loose.cells:
                one = Cell(unknown(loose.reason), item.place)
            _perhaps(machine, partial(turn, one), loose.reason, place, many=loose.many)
        else:
            turn(item)


def _perhaps(
    machine: Machine, run: Callable[[], None], reason: str, place: Place, *, many: bool = False
) -> None:
    """Do something or not; where it fails for sure it is not done."""

    def done() -> str:
        run()
        return ""

    runs = [lambda: machine.attempt(done, "raise"), lambda: ""]
    machine.fork(runs, reason, place, many=many, kind_of=str)


def _list_of(kind: str) -> Callable[[Machine, Any], Cell]:
    def read(machine: Machine, node: Any) -> Cell:
        found = Seq([], kind)

        def make() -> None:
            cell = evaluate(machine, node.elt)
            machine.touch(found)
            found.items.append(cell)

        _comprehension(machine, node, make)
        return machine.cell(made(found.items, kind), node)

    return read


def _dict_of(machine: Machine, node: ast.DictComp) -> Cell:
    found = Map({})

    def make() -> None:
        key = evaluate(machine, node.key).value
        cell = evaluate(machine, node.value)
        machine.touch(found)
        if is_scalar(key):
            found.set(key, cell, machine.place(node.key))
        else:
            found.rest = unknown(f"a key that is not known: {why(key)}")

    _comprehension(machine, node, make)
    return machine.cell(found, node)


_EXPRESSIONS: dict[type, Callable[[Machine, Any], Cell]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.JoinedStr: _joined_text,
    ast.List: _sequence("list"),
    ast.Tuple: _sequence("tuple"),
    ast.Set: _sequence("set"),
    ast.Dict: _dict,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _both,
    ast.Compare: _compare,
    ast.IfExp: _either,
    ast.NamedExpr: _named,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.Lambda: _lambda,
    ast.Starred: _starred,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.ListComp: _list_of("list"),
    ast.SetComp: _list_of("set"),
    ast.GeneratorExp: _generator,
    ast.DictComp: _dict_of,
}
