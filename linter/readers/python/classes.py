"""Functions and classes of the script's own."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linter.core.values import Unknown
from linter.readers.python.expressions import evaluate
from linter.readers.python.machine import Frame
from linter.readers.python.values import (
    Cell,
    External,
    Function,
    Instance,
    Map,
    Place,
    Scope,
    UserClass,
    unknown,
    why,
)

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine

_STEP = ("sagemaker.workflow.function_step.step", "sagemaker.mlops.workflow.function_step.step")
_TRANSPARENT = frozenset(
    {
        *("staticmethod", "classmethod", "property", "functools.cached_property"),
        *("functools.wraps", "functools.lru_cache", "functools.cache", "contextlib.contextmanager"),
        *("abc.abstractmethod", "typing.override", "typing.overload"),
        *("click.command", "click.group", "click.option", "click.argument", "click.pass_context"),
    }
)
_DATACLASSES = ("dataclasses.dataclass", "pydantic.dataclasses.dataclass", "attr.s", "attr.attrs")
_MODELS = ("pydantic.BaseModel", "typing.NamedTuple", "pydantic_settings.BaseSettings")


def make_function(
    machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
) -> Cell:
    """A function, with its defaults as they are now."""
    declared = node.args
    defaults: dict[str, Cell] = {}
    names = [argument.arg for argument in (*declared.posonlyargs, *declared.args)]
    for name, item in zip(names[::-1], declared.defaults[::-1], strict=False):
        defaults[name] = evaluate(machine, item)
    for argument, default in zip(declared.kwonlyargs, declared.kw_defaults, strict=True):
        if default is not None:
            defaults[argument.arg] = evaluate(machine, default)
    frame = machine.frame
    name = getattr(node, "name", "a lambda")
    made = Function(node, frame.file, frame.scope, name, defaults)
    cell = machine.cell(made, node)
    for decorator in reversed(getattr(node, "decorator_list", [])):
        cell = _decorated(machine, cell, made, decorator)
    return cell


def _decorated(machine: Machine, cell: Cell, function: Function, node: ast.expr) -> Cell:
    called = isinstance(node, ast.Call)
    mark = evaluate(machine, node.func if isinstance(node, ast.Call) else node)
    value = mark.value
    if not isinstance(value, External):
        if isinstance(value, Function) and not called:
            return machine.call(value, [cell], {}, machine.place(node))
        if isinstance(value, Function):
            outer = evaluate(machine, node)
            if isinstance(outer.value, Function):
                return machine.call(outer.value, [cell], {}, machine.place(node))
        return Cell(unknown(f"a decorator that is not read: {why(value)}"), cell.place)
    function.decorators.append(mark)
    if value.name in ("click.option", "typer.Option") and isinstance(node, ast.Call):
        _option(machine, function, node)
    if value.name in _STEP:
        from linter.readers.python.sdk.functions import step_function

        return step_function(machine, function, node)
    if value.name in _TRANSPARENT or value.name.startswith(("click.", "sagemaker.")):
        return cell
    if value.name.split(".")[0] in ("functools", "typing", "abc", "pytest", "logging", "typer"):
        return cell
    machine.uncertain += 1
    return Cell(unknown(f"{value.name} may change {function.name}()"), cell.place)


def _option(machine: Machine, function: Function, node: ast.Call) -> None:
    """``@click.option("--name", default=...)``: what the function is called with from a shell."""
    names = [item.value for item in node.args if isinstance(item, ast.Constant)]
    texts = [text for text in names if isinstance(text, str)]
    plain = [text for text in texts if not text.startswith("-")]
    long = [text for text in texts if text.startswith("--")]
    chosen = plain or long or texts
    if not chosen:
        return
    name = chosen[0].lstrip("-").split("/")[0].replace("-", "_")
    default = next((k.value for k in node.keywords if k.arg == "default"), None)
    if default is not None:
        function.options[name] = evaluate(machine, default)
    elif any(k.arg == "is_flag" for k in node.keywords):
        function.options[name] = machine.cell(False, node)


def call_function(
    machine: Machine,
    function: Function,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
    rest: Unknown | None,
) -> Cell:
    """A call of a function; one of a command line is called with its options' defaults."""
    commands = {"click.command", "click.group"}
    if not positional and any(
        isinstance(mark.value, External)
        and (mark.value.name in commands or mark.value.name.endswith(".command"))
        for mark in function.decorators
    ):
        keywords = {**function.options, **keywords}
    return machine.call(function, positional, keywords, place, rest=rest)


# --- classes --------------------------------------------------------------------------------------


def make_class(
    machine: Machine, node: ast.ClassDef, run_block: Callable[[Machine, Any], Any]
) -> Cell:
    frame = machine.frame
    scope = Scope(outer=frame.scope)
    bases = [evaluate(machine, base).value for base in node.bases]
    place = machine.place(node)
    made = UserClass(node.name, frame.file, scope, bases, place)
    inner = Frame(frame.file, scope, frame.module, frame.function)
    machine.frames.append(inner)
    try:
        run_block(machine, node.body)
        marks = [
            evaluate(machine, d.func if isinstance(d, ast.Call) else d).value
            for d in node.decorator_list
        ]
        fields = _fields(machine, node)
    finally:
        machine.frames.pop()
    _hide_from_methods(scope, made)
    known = [mark.name for mark in marks if isinstance(mark, External)]
    if any(name in _DATACLASSES for name in known) or set(made.foreign()) & set(_MODELS):
        inherited = [f for base in bases if isinstance(base, UserClass) for f in base.fields or []]
        made.fields = [*inherited, *fields]
        known = [name for name in known if name not in _DATACLASSES]
    if node.keywords or known or len(marks) > len([m for m in marks if isinstance(m, External)]):
        return Cell(unknown(f"the class {node.name} is changed by a decorator"), place)
    return Cell(made, place)


def _hide_from_methods(scope: Scope, owner: UserClass) -> None:
    """Methods see the names around the class, not those in it."""
    for cell in scope.names.values():
        if isinstance(cell.value, Function) and cell.value.scope is scope:
            cell.value.scope = scope.outer or scope
            cell.value.owner = owner


def _fields(machine: Machine, node: ast.ClassDef) -> list[tuple[str, Cell | None]]:
    found: list[tuple[str, Cell | None]] = []
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            default = None if item.value is None else _default_of(machine, item.value)
            found.append((item.target.id, default))
    return found


def _default_of(machine: Machine, node: ast.expr) -> Cell:
    """A field's default: what ``field(default=...)`` or ``Field(...)`` says."""
    if isinstance(node, ast.Call):
        called = evaluate(machine, node.func).value
        if isinstance(called, External) and called.name.rsplit(".", 1)[-1] in ("field", "Field"):
            for keyword in node.keywords:
                if keyword.arg == "default":
                    return evaluate(machine, keyword.value)
                if keyword.arg == "default_factory":
                    empty = ast.Call(keyword.value, [], [])
                    return evaluate(machine, ast.copy_location(empty, node))
            if node.args and not isinstance(node.args[0], ast.Constant):
                return evaluate(machine, node.args[0])
            if node.args and getattr(node.args[0], "value", ...) is not ...:
                return evaluate(machine, node.args[0])
            return machine.cell(unknown("a field without a default"), node)
    return evaluate(machine, node)


def instantiate(
    machine: Machine,
    cls: UserClass,
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
    rest: Unknown | None,
) -> Cell:
    made = Instance(cls)
    cell = Cell(made, place)
    if not cls.closed:
        foreign = ", ".join(cls.foreign()) or "a class that is not known"
        if not set(cls.foreign()) <= set(_MODELS):
            machine.uncertain += 1
            made.rest = unknown(f"{cls.name} inherits from {foreign}")
            if any(name.startswith("sagemaker") for name in cls.foreign()):
                return Cell(made.rest, place)
    from linter.readers.python.attributes import is_enum

    if is_enum(cls):
        return Cell(unknown(f"a member of {cls.name}"), place)
    if cls.fields is not None:
        _fill(machine, made, cls.fields, positional, keywords, place, rest)
        call_method(machine, cell, "__post_init__", place)
        return cell
    found = machine.method(cls, "__init__")
    if found is not None and isinstance(found[0].value, Function):
        machine.call(found[0].value, positional, keywords, place, receiver=cell, rest=rest)
    return cell


def _fill(
    machine: Machine,
    made: Instance,
    fields: list[tuple[str, Cell | None]],
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
    rest: Unknown | None,
) -> None:
    given = list(positional)
    settings = "pydantic_settings.BaseSettings" in made.cls.foreign()
    for name, default in fields:
        if given:
            made.names[name] = given.pop(0)
        elif name in keywords:
            made.names[name] = keywords[name]
        elif rest is not None:
            made.names[name] = Cell(rest, place)
        elif default is None:
            where = "in the environment" if settings else f"to {made.cls.name}"
            made.names[name] = Cell(unknown(f"{name} is not given {where}", name), place)
        else:
            made.names[name] = _fresh(default)


def _fresh(cell: Cell) -> Cell:
    """A default that can be changed is made anew for each object."""
    if isinstance(cell.value, Map):
        value = cell.value
        return Cell(
            Map(dict(value.items), dict(value.keys), value.rest, dict(value.possible)), cell.place
        )
    return cell


def call_method(
    machine: Machine,
    cell: Cell,
    name: str,
    place: Place,
    positional: list[Cell] | None = None,
    keywords: dict[str, Cell] | None = None,
) -> Cell | None:
    """A method of an object by its name; ``None`` when it has none."""
    found = machine.method(cell.value.cls, name)
    if found is None or not isinstance(found[0].value, Function):
        return None
    return machine.call(found[0].value, positional or [], keywords or {}, place, receiver=cell)


def set_on_other(machine: Machine, value: Any, name: str, cell: Cell) -> None:
    """An attribute of something else: a module of the tree takes it, the rest forgets it."""
    from linter.readers.python.values import ModuleValue

    if isinstance(value, ModuleValue):
        machine.touch(value.scope)
        value.scope.names[name] = cell
    else:
        machine.uncertain += 1
