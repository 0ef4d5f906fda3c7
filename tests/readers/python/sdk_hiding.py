"""Scripts in which some of what is given to the SDK is known only when they run.

``hidden(lambda: value)`` comes from a module that is not there: the real SDK is given the value,
the reader is not. What it claims must hold all the same.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from random import Random

IMPORT = "from elsewhere import hidden\n"
"""Of a module that :mod:`sdk_runner` makes up."""

_PLAIN_CALLS = {"Pipeline", "Join", "PipelineSession", "dict", "len", "str", "range", "hidden"}
_FUNCTIONS = {"production_variant"}
_METHODS = {
    *("fit", "run", "transform", "register", "create", "train", "set_hyperparameters"),
    *("transformer", "get_run_args", "add_depends_on", "upsert", "create_endpoint_config"),
    *("create_endpoint", "create_inference_component"),
}


def _hidden(value: ast.expr) -> ast.expr:
    arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Call(ast.Name("hidden"), [ast.Lambda(arguments, value)], [])


def _either(test: bool, one: ast.expr, other: ast.expr) -> ast.expr:
    return ast.IfExp(_hidden(ast.Constant(test)), one, other)


def _as_dict(name: str, value: ast.expr) -> ast.expr:
    return ast.Dict([ast.Constant(name)], [value])


def _spread(value: ast.expr) -> ast.keyword:
    return ast.keyword(None, value)


_NONE = ast.Constant(None)
_EMPTY = ast.Dict([], [])
FORMS: dict[str, Callable[[str, ast.expr], ast.keyword]] = {
    "hidden": lambda name, value: ast.keyword(name, _hidden(value)),
    "hidden none": lambda name, value: ast.keyword(name, _hidden(_NONE)),
    "it or none": lambda name, value: ast.keyword(name, _either(True, value, _NONE)),
    "none or it": lambda name, value: ast.keyword(name, _either(False, value, _NONE)),
    "spread": lambda name, value: _spread(_hidden(_as_dict(name, value))),
    "spread nothing": lambda name, value: _spread(_hidden(_EMPTY)),
    "may be spread": lambda name, value: _spread(_either(True, _as_dict(name, value), _EMPTY)),
    "may be nothing": lambda name, value: _spread(_either(False, _as_dict(name, value), _EMPTY)),
}


def _is_site(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        name = node.func.id
        return (name[:1].isupper() or name in _FUNCTIONS) and name not in _PLAIN_CALLS
    return isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS


def sites(tree: ast.AST) -> list[tuple[ast.Call, ast.keyword]]:
    """Keywords of calls of the SDK."""
    return [
        (node, keyword)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _is_site(node)
        for keyword in node.keywords
        if keyword.arg is not None
    ]


def lists(tree: ast.AST) -> list[ast.List]:
    """Lists that are given to calls of the SDK by keywords."""
    found = [keyword.value for _, keyword in sites(tree) if isinstance(keyword.value, ast.List)]
    return [one for one in found if one.elts]


def _perhaps(element: ast.expr, *, there: bool) -> ast.expr:
    """An element that a condition decides on; what is not there is one too many."""
    kept = ast.List([element], ast.Load())
    return ast.Starred(_either(there, kept, ast.List([], ast.Load())), ast.Load())


def _hide_element(found: ast.List, random: Random) -> None:
    index = random.randrange(len(found.elts))
    element = found.elts[index]
    if isinstance(element, ast.Starred):
        return
    form = random.choice(("hidden", "there", "not there", "all"))
    if form == "hidden":
        found.elts[index] = _hidden(element)
    elif form == "all":
        found.elts = [ast.Starred(_hidden(ast.List(found.elts, ast.Load())), ast.Load())]
    else:
        found.elts.insert(index, _perhaps(element, there=form == "there"))
        if form == "there":
            del found.elts[index + 1]


def hide(script: str, random: Random, most: int = 2) -> str:
    """The script with some of its keywords, arguments and elements given in another way."""
    tree = ast.parse(script)
    found = sites(tree)
    for call, keyword in random.sample(found, min(len(found), random.randint(1, most))):
        if keyword in call.keywords:
            form = FORMS[random.choice(sorted(FORMS))]
            call.keywords[call.keywords.index(keyword)] = form(keyword.arg or "", keyword.value)
    listed = lists(tree)
    if listed and random.random() < 0.4:
        _hide_element(random.choice(listed), random)
    calls = [node for node in ast.walk(tree) if _is_site(node)]
    placed = [node for node in calls if isinstance(node, ast.Call) and node.args]
    if placed and random.random() < 0.3:
        call = random.choice(placed)
        index = random.randrange(len(call.args))
        if not isinstance(call.args[index], ast.Starred):
            call.args[index] = _hidden(call.args[index])
    return IMPORT + ast.unparse(ast.fix_missing_locations(tree)) + "\n"
