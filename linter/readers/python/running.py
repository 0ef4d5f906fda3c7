"""Scripts from their first statement to their last, and the functions that make a pipeline."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from linter.readers.python.classes import default_of
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
) -> None:
    """Evaluate a module's statements, up to where the script ends itself."""
    place = Place(file, tree)
    scope.names["__name__"] = Cell(name, place)
    scope.names["__file__"] = Cell(posixpath.join(CHECKOUT, file.path), place)
    machine.frames.append(Frame(file, scope, scope, None))
    depth, nesting, frames = machine.depth, machine.nesting, len(machine.frames)
    try:
        for statement in tree.body:
            try:
                if run_block(machine, [statement]) is not None:
                    return
            except Raised:
                # What fails here need not fail where it really runs: go on without it.
                del machine.frames[frames:]
                machine.depth, machine.nesting = depth, nesting
                scope.rest = scope.rest or unknown("a statement before it fails")
    except Stopped:
        pass
    finally:
        del machine.frames[frames - 1 :]
        machine.depth, machine.nesting = depth, nesting


def entries(tree: ast.Module) -> list[ast.FunctionDef]:
    """Functions and methods that make a pipeline, directly or through others of the file.

    Only those that none of the others calls.
    """
    functions = list(_functions(tree))
    by_name = {function.name: function for function in functions}
    names = pipeline_names(tree)
    reaching = {function.name for function in functions if _calls(function) & names}
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
    """Functions and methods that make a pipeline themselves."""
    names = pipeline_names(tree)
    return [function for function in _functions(tree) if names & _calls(function)]


def pipeline_calls(tree: ast.Module) -> list[ast.Call]:
    """The calls that make pipelines, by the class's own name or another."""
    names = pipeline_names(tree)
    return [
        item
        for item in ast.walk(tree)
        if isinstance(item, ast.Call)
        and (getattr(item.func, "id", None) in names or getattr(item.func, "attr", None) in names)
    ]


def unreached(tree: ast.Module, called: set[int]) -> list[ast.Call]:
    """Calls that make pipelines in functions that nothing calls; ``called`` holds their nodes' ids.

    What stands in a function that was called, and was passed over there, is behind a condition.
    """
    makers_of_pipelines = {id(call) for call in pipeline_calls(tree)}
    found: list[ast.Call] = []
    pending: list[tuple[ast.AST, bool]] = [(tree, True)]
    while pending:
        item, reached = pending.pop()
        if isinstance(item, ast.Call) and not reached and id(item) in makers_of_pipelines:
            found.append(item)
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            reached = id(item) in called
        pending += [(child, reached) for child in ast.iter_child_nodes(item)]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


def calls_pipeline(tree: ast.Module) -> bool:
    """Whether a pipeline is made anywhere in a script, by the class's own name or another."""
    return bool(pipeline_calls(tree))


_LOOKS_ONLY = frozenset(
    """
    Mock MagicMock NewType TypeVar assert_type cast create_autospec dir get_type_hints hasattr help
    isinstance issubclass len object print repr signature type vars
    """.split()
)
"""Functions that a class may be given to without a pipeline being made of it."""


def hands_on_pipeline(tree: ast.Module) -> bool:
    """Whether the SDK's class of pipelines is inherited from, or used as a value.

    Where it is called is another question (:func:`calls_pipeline`). Annotations, imports, and
    functions that only look at a class do not count.
    """
    names, modules = pipeline_names(tree), _sdk_modules(tree)
    for item in ast.walk(tree):
        given: list[ast.expr | None] = []
        if isinstance(item, ast.ClassDef):
            given = list(item.bases)
        elif isinstance(item, ast.Assign | ast.NamedExpr | ast.AnnAssign | ast.Return):
            given = _values(item.value)
        elif isinstance(item, ast.Lambda):
            given = _values(item.body)
        elif isinstance(item, ast.arguments):
            given = [*item.defaults, *item.kw_defaults]
        elif isinstance(item, ast.Dict):
            given = [*item.values]
        elif isinstance(item, ast.Call):
            function = item.func
            name = getattr(function, "attr", getattr(function, "id", ""))
            if name == "getattr" and len(item.args) > 1:
                if isinstance(item.args[1], ast.Constant) and item.args[1].value == "Pipeline":
                    return True
            elif name not in _LOOKS_ONLY:
                given = [*item.args, *(k.value for k in item.keywords if k.arg != "spec")]
        if any(_is_named(one, names, modules) for one in given):
            return True
    return False


def _sdk_modules(tree: ast.Module) -> set[str]:
    """The names under which a script has modules of the SDK."""
    found: set[str] = set()
    for item in ast.walk(tree):
        if isinstance(item, ast.Import):
            ours = [alias for alias in item.names if alias.name.split(".")[0] == "sagemaker"]
            found |= {alias.asname or "sagemaker" for alias in ours}
        elif isinstance(item, ast.ImportFrom) and (item.module or "").startswith("sagemaker"):
            found |= {alias.asname or alias.name for alias in item.names}
    return found


def _values(node: ast.expr | None) -> list[ast.expr | None]:
    return [*node.elts] if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]


def _is_named(node: ast.expr | None, names: set[str], modules: set[str]) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "Pipeline" and ast.unparse(node).split(".")[0] in modules
    return isinstance(node, ast.Name) and node.id in names


def pipeline_names(tree: ast.Module) -> set[str]:
    """What the SDK's class of pipelines is called in a script."""
    own: set[str] = set()
    others: set[str] = set()
    for item in ast.walk(tree):
        if isinstance(item, ast.ImportFrom):
            ours = item.level > 0 or (item.module or "").startswith("sagemaker")
            for alias in item.names:
                if alias.name == "Pipeline":
                    (own if ours else others).add(alias.asname or alias.name)
    return own if own or "Pipeline" in others else {"Pipeline"}


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for item in tree.body:
        if isinstance(item, ast.FunctionDef):
            yield item
        elif isinstance(item, ast.ClassDef):
            yield from (one for one in item.body if isinstance(one, ast.FunctionDef))
        elif isinstance(item, ast.If | ast.Try):
            yield from (one for one in ast.walk(item) if isinstance(one, ast.FunctionDef))


def _calls(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for item in ast.walk(tree):
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


def _call(machine: Machine, function: Function, receiver: Cell | None) -> bool:
    """Call a function with what somebody outside would give; whether it came to its end."""
    place = Place(function.file, function.node)
    machine.frames.append(Frame(function.file, function.scope, function.scope, None))
    frames, depth, nesting = len(machine.frames), machine.depth, machine.nesting
    try:
        positional, keywords = _given(function, place, method=receiver is not None)
        rest = None
        if function.node.args.kwarg is not None:
            rest = unknown("further arguments are given by the caller")
        machine.call(function, positional, keywords, place, receiver=receiver, rest=rest)
        return True
    except (Raised, Stopped):
        return False
    finally:
        del machine.frames[frames - 1 :]
        machine.depth, machine.nesting = depth, nesting


def _given(function: Function, place: Place, *, method: bool) -> tuple[list[Cell], dict[str, Cell]]:
    """Every parameter: its default, or that the caller gives it."""
    declared = function.node.args
    by_place = [argument.arg for argument in declared.posonlyargs]
    by_name = [argument.arg for argument in (*declared.args, *declared.kwonlyargs)]
    if method:
        by_place, by_name = (by_place[1:], by_name) if by_place else (by_place, by_name[1:])

    def given(name: str) -> Cell:
        if name in function.options:
            return function.options[name]
        default = function.defaults.get(name)
        if default is None or (default.value is None and not function.options):
            at = place if default is None else default.place
            return Cell(unknown(f"{name} is given by the caller", name), at)
        return default

    return [given(name) for name in by_place], {name: given(name) for name in by_name}


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
            made.value.names[name] = (
                Cell(reason, place) if default is None else default_of(machine, default)
            )
    elif found is not None and isinstance(found[0].value, Function):
        whole = _call(machine, found[0].value, made)
        made.value.rest = None if whole else unknown(f"{cls.name}() may fail before it is set")
    if not cls.closed:
        made.value.rest = unknown(f"{cls.name} inherits from a class that is not read")
    _call(machine, method, made)
