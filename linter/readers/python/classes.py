"""Functions and classes of the script's own."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linter.core.values import Unknown
from linter.readers.python import attributes
from linter.readers.python.expressions import evaluate
from linter.readers.python.machine import Frame, Raised
from linter.readers.python.values import (
    Cell,
    External,
    Factory,
    Field,
    Function,
    Instance,
    Place,
    Scope,
    UserClass,
    is_scalar,
    unknown,
    unless_given,
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
    if value.name.split(".")[0] in ("typing", "abc", "pytest", "logging", "typer"):
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
    from linter.readers.python.stdlib import converted

    given = {keyword.arg: keyword.value for keyword in node.keywords}
    flag = "is_flag" in given or any("/" in text for text in texts)
    if None in given or "callback" in given or "multiple" in given or "nargs" in given:
        function.options[name] = machine.cell(unknown(f"{name} is made by the command line"), node)
    elif "default" in given:
        kind = evaluate(machine, given["type"]) if "type" in given else None
        default = evaluate(machine, given["default"])
        function.options[name] = converted(machine, default, kind)
    elif flag:
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
        declared = function.node.args
        shell = unknown(f"it is given to {function.name}() by the command line")
        for argument in (*declared.args, *declared.kwonlyargs):
            name = argument.arg
            if name not in keywords and (name in function.options or name not in function.defaults):
                keywords = {**keywords, name: function.options.get(name, Cell(shell, place))}
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
    if attributes.is_enum(made):
        attributes.make_members(made)
    known = [mark.name for mark in marks if isinstance(mark, External)]
    odd = any(not isinstance(mark, External) for mark in marks)
    if any(name in _DATACLASSES for name in known) or set(made.foreign()) & set(_MODELS):
        options = {
            k.arg for d in node.decorator_list if isinstance(d, ast.Call) for k in d.keywords
        }
        odd = odd or fields is None or not options <= _HARMLESS_OPTIONS
        inherited = [f for base in bases if isinstance(base, UserClass) for f in base.fields or []]
        made.fields = list({field.name: field for field in (*inherited, *(fields or ()))}.values())
        known = [name for name in known if name not in _DATACLASSES]
    hooked = any(one.defines("__init_subclass__") for one in bases if isinstance(one, UserClass))
    if node.keywords or known or hooked or odd:
        return Cell(unknown(f"the class {node.name} is changed by a decorator"), place)
    return Cell(made, place)


_HARMLESS_OPTIONS = frozenset({"frozen", "order", "repr", "slots", "unsafe_hash", "config"})


def _hide_from_methods(scope: Scope, owner: UserClass) -> None:
    """Methods see the names around the class, not those in it."""
    for cell in scope.names.values():
        if isinstance(cell.value, Function) and cell.value.scope is scope:
            cell.value.scope = scope.outer or scope
            cell.value.owner = owner


def _fields(machine: Machine, node: ast.ClassDef) -> list[Field] | None:
    """The fields that a class declares; ``None`` where one is of a kind that is not read."""
    found: list[Field] = []
    for item in node.body:
        if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name):
            continue
        written = ast.unparse(item.annotation)
        if "KW_ONLY" in written or "InitVar" in written:
            return None
        if "ClassVar" not in written:
            field = _field(machine, item.target.id, item.value)
            if field is None:
                return None
            found.append(field)
    return found


def _field(machine: Machine, name: str, node: ast.expr | None) -> Field | None:
    """A field with its default: what ``field(default=...)`` or ``Field(...)`` says."""
    if node is None:
        return Field(name, None)
    called = evaluate(machine, node.func).value if isinstance(node, ast.Call) else None
    if not isinstance(called, External) or called.name.rsplit(".", 1)[-1] not in _FIELDS:
        return Field(name, evaluate(machine, node))
    assert isinstance(node, ast.Call)
    options = {keyword.arg: keyword.value for keyword in node.keywords}
    if {"init", "kw_only", None} & set(options):
        return None
    factory = options.get("default_factory")
    if factory is not None:
        return Field(name, machine.cell(Factory(evaluate(machine, factory)), node))
    default = options.get("default") or (node.args[0] if node.args else None)
    required = default is None or (isinstance(default, ast.Constant) and default.value is ...)
    return Field(name, None if required or default is None else evaluate(machine, default))


_FIELDS = ("field", "Field")


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
    if attributes.is_enum(cls):
        return _member(cls, positional, place)
    if cls.defines("__new__"):
        machine.uncertain += 1
        return Cell(unknown(f"what {cls.name}.__new__() gives"), place)
    if cls.fields is not None:
        _fill(machine, made, cls.fields, positional, keywords, place, rest)
        call_method(machine, cell, "__post_init__", place)
        return cell
    found = machine.method(cls, "__init__")
    if found is not None and isinstance(found[0].value, Function):
        machine.call(found[0].value, positional, keywords, place, receiver=cell, rest=rest)
    elif found is None and cls.plain and (positional or keywords):
        raise Raised("TypeError", place)
    return cell


def _member(cls: UserClass, positional: list[Cell], place: Place) -> Cell:
    """``Kind("value")``: the member of an enumeration that has this value."""
    wanted = positional[0].value if len(positional) == 1 else None
    members = attributes.members_of(cls) or []
    values = [cell.value.names["value"].value for cell in members]
    if is_scalar(wanted) and wanted is not None and all(is_scalar(value) for value in values):
        if wanted in values:
            return members[values.index(wanted)]
        if not cls.defines("_missing_"):
            raise Raised("ValueError", place)
    return Cell(unknown(f"a member of {cls.name}"), place)


def _fill(
    machine: Machine,
    made: Instance,
    fields: list[Field],
    positional: list[Cell],
    keywords: dict[str, Cell],
    place: Place,
    rest: Unknown | None,
) -> None:
    given = list(positional)
    names = {field.name for field in fields}
    if made.cls.closed and (len(given) > len(fields) or not keywords.keys() <= names):
        raise Raised("TypeError", place)
    settings = "pydantic_settings.BaseSettings" in made.cls.foreign()
    for name, default in fields:
        if given:
            made.names[name] = given.pop(0)
        elif name in keywords:
            own = None if default is None else default_of(machine, default)
            made.names[name] = unless_given(keywords[name], own, place)
        elif rest is not None:
            made.names[name] = Cell(rest, place)
        elif default is None:
            where = "in the environment" if settings else f"to {made.cls.name}"
            made.names[name] = Cell(unknown(f"{name} is not given {where}", name), place)
        else:
            made.names[name] = default_of(machine, default)


def default_of(machine: Machine, default: Cell) -> Cell:
    """A field's default for one object."""
    if not isinstance(default.value, Factory):
        return default
    from linter.readers.python.calls import call

    return call(machine, default.value.function, [], {}, None, default.place.node)


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
