"""JSONPath texts to steps, which :mod:`linter.policy.selector` walks.

jsonpath-ng is the grammar: it parses and refuses. Its syntax tree is turned into a tuple of plain
steps, because its own ``find`` knows nothing of partly known values. The common shapes
(``$.A.B[*].C``, ``$..K``) are read by a regular expression instead, since importing jsonpath-ng
costs more than a small scan.

A step is a tuple, and survives JSON as a list:

========================  ==================================================================
``("key", name)``         a member of a mapping
``("keys", a, b, …)``     several members
``("index", n)``          an element of a list; negative from the end
``("indices", n, m, …)``  several elements
``("slice", a, b, c)``    ``[a:b:c]``, any of them ``None``
``("all",)``              every member or element
``("deep", step)``        the step, at any depth
``("filter", test)``      members or elements for which the test holds
========================  ==================================================================

A filter's test is ``("and", …)``, ``("or", …)``, ``("has", steps)``, ``("not", steps)`` or
``("cmp", operator, steps, literal)``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from linter.core.regex import lazy_regex

Step = tuple[Any, ...]
Steps = tuple[Step, ...]

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_SEGMENT = lazy_regex(rf"\.({_NAME})|\[\*\]|\.\*|\[(-?[0-9]+)\]|\.\.({_NAME})|\['([^'\\\]]*)'\]")
_OPERATORS = {"==": "==", "=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
MAX_LENGTH = 500
MAX_STEPS = 40


class PathError(ValueError):
    """A path that is not valid, or uses what pipewarden does not support."""


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Steps:
    """The steps of a JSONPath that starts with ``$``. Raises :class:`PathError`."""
    if len(text) > MAX_LENGTH:
        raise PathError(f"the path is longer than {MAX_LENGTH} characters")
    if not text.startswith("$"):
        raise PathError(f"{text!r} is no JSONPath: it must start with $")
    steps = _parse_simple(text)
    if steps is None:
        steps = _parse_full(text)
    if len(steps) > MAX_STEPS:
        raise PathError(f"the path has more than {MAX_STEPS} steps")
    if sum(step[0] == "deep" for step in steps) > 1:
        raise PathError("a path may contain '..' only once")
    return steps


def _parse_simple(text: str) -> Steps | None:
    steps: list[Step] = []
    position = 1
    while position < len(text):
        match = _SEGMENT.match(text, position)
        if match is None:
            return None
        name, index, deep, quoted = match.groups()
        if name is not None:
            steps.append(("key", name))
        elif index is not None:
            steps.append(("index", int(index)))
        elif deep is not None:
            steps.append(("deep", ("key", deep)))
        elif quoted is not None:
            steps.append(("key", quoted))
        else:
            steps.append(("all",))
        position = match.end()
    return tuple(steps)


def _parse_full(text: str) -> Steps:
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.ext.parser import parse

    try:
        tree = parse(text)
    except JSONPathError as error:
        raise PathError(f"{text!r} is no valid JSONPath: {_first_line(error)}") from None
    except RecursionError:
        raise PathError("the path is nested too deeply") from None
    except Exception as error:  # the grammar's own errors are not all of one class
        raise PathError(f"{text!r} is no valid JSONPath: {_first_line(error)}") from None
    return _steps(tree, "Root")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _steps(tree: Any, start: str) -> Steps:
    """The steps from the root (``Root``) or a filter's current element (``This``) to a node."""
    steps: list[Step] = []
    node = tree
    while True:
        kind = type(node).__name__
        if kind == start:
            break
        if kind == "Child":
            steps.append(_step(node.right))
        elif kind == "Descendants":
            steps.extend(_below(node.right))
        else:
            raise PathError(_unsupported(node, start))
        node = node.left
    return tuple(reversed(steps))


def _below(node: Any) -> list[Step]:
    """The steps of what follows ``..``, the last first: ``..a.b`` is parsed as ``..(a.b)``."""
    steps: list[Step] = []
    while type(node).__name__ == "Child":
        steps.append(_step(node.right))
        node = node.left
    steps.append(("deep", _step(node)))
    return steps


def _step(node: Any) -> Step:
    kind = type(node).__name__
    if kind == "Fields":
        names = tuple(str(name) for name in node.fields)
        return ("key", names[0]) if len(names) == 1 else ("keys", *names)
    if kind == "Index":
        indices = tuple(int(index) for index in node.indices)
        return ("index", indices[0]) if len(indices) == 1 else ("indices", *indices)
    if kind == "Slice":
        if node.step == 0:
            raise PathError("a slice's step must not be 0")
        return ("slice", node.start, node.end, node.step)
    if kind == "Wildcard":
        return ("all",)
    if kind == "Filter":
        tests = tuple(_filter(expression) for expression in node.expressions)
        return ("filter", tests[0] if len(tests) == 1 else ("and", *tests))
    raise PathError(_unsupported(node, ""))


def _filter(node: Any) -> tuple[Any, ...]:
    kind = type(node).__name__
    if kind in ("And", "Or"):
        return (kind.lower(), *(_filter(operand) for operand in node.operands))
    if kind != "Expression":
        raise PathError(_unsupported(node, ""))
    steps = _steps(node.target, "This")
    if node.op is None:
        return ("has", steps)
    if node.op == "!":
        return ("not", steps)
    operator = _OPERATORS.get(node.op)
    if operator is None:
        raise PathError(f"the filter operator {node.op} is not supported; use a condition instead")
    if node.value is not None and not isinstance(node.value, str | int | float | bool):
        raise PathError("a filter compares with a literal only")
    return ("cmp", operator, steps, node.value)


def _unsupported(node: Any, start: str) -> str:
    kind = type(node).__name__
    if kind == "Root" and start == "This":
        return "a filter must start with @"
    return f"the JSONPath construct {kind} is not supported"


def freeze(data: Any) -> Any:
    """Steps that came back from JSON: lists are tuples again."""
    if isinstance(data, list):
        return tuple(freeze(item) for item in data)
    return data


def plain_keys(steps: Steps) -> tuple[str, ...] | None:
    """The keys of a path that is nothing but member names, else ``None``."""
    if all(step[0] == "key" for step in steps):
        return tuple(step[1] for step in steps)
    return None


def is_singular(steps: Steps) -> bool:
    """Whether the path selects at most one value."""
    return all(step[0] in ("key", "index") for step in steps)


def show_path(path: tuple[str | int, ...]) -> str:
    """``Arguments.VpcConfig.Subnets[0]``; odd keys are quoted."""
    out: list[str] = []
    for key in path:
        if isinstance(key, int):
            out.append(f"[{key}]")
        elif re.fullmatch(r"[A-Za-z_][\w:-]*", key):
            out.append(f".{key}" if out else key)
        else:
            out.append(f"['{key}']")
    return "".join(out)
