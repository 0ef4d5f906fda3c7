"""Expressions: what each stands for, as far as it is known."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linter.core.values import Template, Unknown, make_string
from linter.readers.python import attributes, operators
from linter.readers.python.calling import spread
from linter.readers.python.machine import MAX_ITEMS, MAX_NESTING, MAX_TEXT, Exhausted
from linter.readers.python.values import (
    Cell,
    External,
    Loose,
    Map,
    OneOf,
    Scope,
    Seq,
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
    if isinstance(value, Seq):
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
    if isinstance(value, Unknown | Loose | External):
        return None
    return True


def _has_text(value: Template) -> bool:
    return any(isinstance(part, str) and part for part in value.parts)


def iterate(machine: Machine, cell: Cell) -> list[Cell] | None:
    """The elements of what is looped over; ``None`` where they are not known."""
    value = cell.value
    if isinstance(value, Seq):
        return list(value.items)
    found = spread(cell)
    if found is None and isinstance(value, Map) and value.rest is None:
        found = [Cell(key, value.keys.get(key, cell.place)) for key in value.items]
        reason = "a key that may be there"
        found += [
            Cell(Loose((Cell(key, one.place),), reason), one.place)
            for key, one in value.possible.items()
        ]
    if found is None:
        found = attributes.members_of(value)
    return found


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
    from linter.readers.python.builtin import BUILTINS, EXCEPTIONS

    if node.id in BUILTINS or node.id in EXCEPTIONS:
        return machine.cell(External(node.id), node)
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
            parts.append(operators.as_text(inner.value, spec, item.conversion))
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
        return machine.cell(Seq(items, kind), node)

    return read


def _dict(machine: Machine, node: ast.Dict) -> Cell:
    made = Map({})
    for key, item in zip(node.keys, node.values, strict=True):
        cell = evaluate(machine, item)
        if key is None:
            operators.update_map(made, cell)
            continue
        name = evaluate(machine, key).value
        if is_scalar(name):
            made.items[name] = cell
            made.possible.pop(name, None)
            made.keys[name] = machine.place(key)
        else:
            made.rest = unknown(f"a key that is not known: {why(name)}")
    return machine.cell(made, node)


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
    return machine.cell(operators.unary(node.op, value), node)


def _both(machine: Machine, node: ast.BoolOp) -> Cell:
    """``and`` and ``or``: the first that decides, or one of several."""
    stops = isinstance(node.op, ast.Or)
    maybe: list[Cell] = []
    for item in node.values:
        cell = evaluate(machine, item)
        known = truth(cell.value)
        if known is stops or item is node.values[-1]:
            maybe.append(cell)
            break
        if known is None:
            maybe.append(_if_it_counts(cell, stops))
    if len(maybe) == 1:
        return maybe[0]
    reason = f"it depends on a condition that is not known: {why(maybe[0].value)}"
    return one_of(maybe, reason, machine.place(node))


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
        found = operators.compare(operator, left.value, right.value)
        if found is False:
            return machine.cell(False, node)
        result = None if found is None or result is None else True
        left = right
    if result is None:
        return machine.cell(unknown("a comparison with what is not known"), node)
    return machine.cell(result, node)


def _either(machine: Machine, node: ast.IfExp) -> Cell:
    test = evaluate(machine, node.test)
    known = truth(test.value)
    if known is not None:
        return evaluate(machine, node.body if known else node.orelse)
    reason = f"it depends on a condition that is not known: {why(test.value)}"
    place = machine.place(node)
    cells = machine.fork(
        [lambda: evaluate(machine, node.body), lambda: evaluate(machine, node.orelse)],
        reason,
        place,
    )
    return one_of(cells, reason, place)


def _named(machine: Machine, node: ast.NamedExpr) -> Cell:
    from linter.readers.python.statements import bind_name

    cell = evaluate(machine, node.value)
    bind_name(machine, node.target.id, cell)
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


def _call(machine: Machine, node: ast.Call) -> Cell:
    from linter.readers.python.calls import call

    function = evaluate(machine, node.func)
    positional: list[Cell] = []
    keywords: dict[str, Cell] = {}
    rest: Unknown | None = None
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            inner = evaluate(machine, argument.value)
            found = spread(inner)
            if found is None:
                rest = unknown(f"further arguments are not known: {why(inner.value)}")
                break
            positional += found
        else:
            positional.append(evaluate(machine, argument))
    for keyword in node.keywords:
        cell = evaluate(machine, keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = Cell(cell.value, machine.place(keyword))
            continue
        inner_map = cell.value
        if isinstance(inner_map, Map):
            for key, one in inner_map.items.items():
                if isinstance(key, str):
                    keywords[key] = Cell(one.value, inner_map.keys.get(key, one.place))
            for key, one in inner_map.possible.items():
                if isinstance(key, str) and key not in keywords:
                    place = machine.place(keyword)
                    cells = (one, Cell(None, place))
                    keywords[key] = one_of(cells, f"{key} may be given or not", place)
            rest = rest or inner_map.rest
        else:
            rest = unknown(f"further arguments are not known: {why(cell.value)}")
    return call(machine, function, positional, keywords, rest, node)


def _lambda(machine: Machine, node: ast.Lambda) -> Cell:
    from linter.readers.python.classes import make_function

    return make_function(machine, node)


def _starred(machine: Machine, node: ast.Starred) -> Cell:
    return evaluate(machine, node.value)


def _yield(machine: Machine, node: ast.Yield) -> Cell:
    cell = evaluate(machine, node.value) if node.value else machine.cell(None, node)
    if machine.frame.yields is not None:
        machine.frame.yields.append(cell)
    return machine.cell(unknown("what a generator is sent"), node)


# --- comprehensions -------------------------------------------------------------------------------


def _comprehension(machine: Machine, node: Any, make: Callable[[], None]) -> None:
    """Run the loops and conditions of a comprehension in a scope of its own."""
    frame = machine.frame
    inner = Scope(outer=frame.scope)
    before = frame.scope
    frame.scope = inner
    try:
        _loops(machine, list(node.generators), make)
    finally:
        frame.scope = before


def _loops(machine: Machine, generators: list[ast.comprehension], make: Callable[[], None]) -> None:
    from linter.readers.python.statements import assign

    if not generators:
        make()
        return
    first, *others = generators
    over = evaluate(machine, first.iter)
    items = iterate(machine, over)
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
                machine.fork([lambda: _loops(machine, others, make), lambda: None], unsure, place)
                return
        _loops(machine, others, make)

    if items is None:
        some = Cell(unknown(reason), place)
        machine.fork([lambda: turn(some), lambda: None], reason, place, many=True)
        return
    if len(items) > MAX_ITEMS:
        raise Exhausted
    for item in items:
        if isinstance(item.value, Loose):
            loose: Loose = item.value
            one = one_of(loose.cells, loose.reason, item.place) if loose.cells else item
            if not loose.cells:
                one = Cell(unknown(loose.reason), item.place)
            machine.fork(
                [lambda one=one: turn(one), lambda: None],  # type: ignore[misc]
                loose.reason,
                place,
                many=loose.many,
            )
        else:
            turn(item)


def _list_of(kind: str) -> Callable[[Machine, Any], Cell]:
    def read(machine: Machine, node: Any) -> Cell:
        made = Seq([], kind)

        def make() -> None:
            machine.touch(made)
            made.items.append(evaluate(machine, node.elt))

        _comprehension(machine, node, make)
        return machine.cell(made, node)

    return read


def _dict_of(machine: Machine, node: ast.DictComp) -> Cell:
    made = Map({})

    def make() -> None:
        key = evaluate(machine, node.key).value
        cell = evaluate(machine, node.value)
        machine.touch(made)
        if is_scalar(key):
            made.items[key] = cell
            made.keys[key] = machine.place(node.key)
        else:
            made.rest = unknown(f"a key that is not known: {why(key)}")

    _comprehension(machine, node, make)
    return machine.cell(made, node)


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
    ast.ListComp: _list_of("list"),
    ast.SetComp: _list_of("set"),
    ast.GeneratorExp: _list_of("list"),
    ast.DictComp: _dict_of,
}
