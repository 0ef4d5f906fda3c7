"""Expressions inside pipeline definitions: ``Get``, ``Std:Join``, ``Std:JsonGet``.

A ``{"Get": "Parameters.X"}`` stands for its parameter's default, or for each of its allowed
values; every other expression is resolved as far as possible and is otherwise unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from linter.core.record import record
from linter.core.regex import lazy_regex
from linter.core.values import (
    MISSING,
    Choice,
    OpenDict,
    Template,
    Unknown,
    lookup,
    make_string,
)

MAX_DEPTH = 200
"""Nesting beyond this is not resolved; SageMaker itself allows far less."""

MAX_ALTERNATIVES = 64
"""Combinations of enumerated parameters inside one string; beyond it the string is unknown."""

_GET_ROOT = lazy_regex(r"\s*(Parameters|Steps|Execution|ForEach|IterationOutput)\b(.*)", re.DOTALL)
_STEP_NAME = lazy_regex(r"Steps(?:\.([A-Za-z0-9_\-]+)|\[\s*(['\"])(.*?)\2\s*\])(.*)", re.DOTALL)
_PARAMETER_NAME = lazy_regex(
    r"Parameters(?:\.([A-Za-z0-9_\-]+)|\[\s*(['\"])(.*?)\2\s*\])\s*", re.DOTALL
)


@record
class Reference:
    """What one ``Get`` refers to.

    ``root`` is ``Parameters``, ``Steps``, ``Execution``, ``ForEach``, ``IterationOutput`` or
    ``""`` when the text has none of these forms; ``name`` the parameter or step; ``rest`` what
    follows (``.ModelArtifacts.S3ModelArtifacts``).
    """

    root: str
    name: str
    rest: str
    text: str


def parse_reference(text: str) -> Reference:
    """Take a ``Get`` string apart; never raises."""
    match = _GET_ROOT.match(text)
    if match is None:
        return Reference("", "", "", text)
    root, rest = match.groups()
    if root == "Parameters":
        parameter = _PARAMETER_NAME.fullmatch(text.strip())
        if parameter is None:
            return Reference("", "", "", text)
        return Reference(root, parameter[1] or parameter[3] or "", "", text)
    if root == "Steps":
        step = _STEP_NAME.fullmatch(text.strip())
        if step is None:
            return Reference("", "", "", text)
        return Reference(root, step[1] or step[3] or "", step[4], text)
    return Reference(root, rest.lstrip("."), "", text)


def expression_of(value: Any) -> str | None:
    """``"Get"``, ``"Std:Join"`` or ``"Std:JsonGet"`` when the value is such an expression."""
    if isinstance(value, dict) and len(value) == 1:
        key = next(iter(value))
        if key in ("Get", "Std:Join", "Std:JsonGet"):
            return str(key)
    return None


def find_references(value: Any) -> Iterator[tuple[tuple[str | int, ...], Reference]]:
    """Every ``Get`` in a definition's raw value, with the path to the ``{"Get": …}`` object."""
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while stack:
        path, item = stack.pop()
        if isinstance(item, dict):
            get = item.get("Get")
            if len(item) == 1 and isinstance(get, str):
                yield path, parse_reference(get)
                continue
            stack.extend(((*path, key), child) for key, child in reversed(item.items()))
        elif isinstance(item, list):
            stack.extend(((*path, index), child) for index, child in enumerate(item))


class Resolver:
    """Replaces expressions by what they stand for.

    Args:
        parameters: name → what the parameter stands for (its default, a ``Choice``, or an
            ``Unknown``).
    """

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = parameters

    def resolve(self, value: Any, depth: int = 0) -> Any:
        """A copy of ``value`` with every expression resolved; paths stay the same."""
        if isinstance(value, dict):
            if depth > MAX_DEPTH:
                return Unknown(f"nested deeper than {MAX_DEPTH} levels")
            kind = expression_of(value)
            if kind == "Get":
                return self._get(value["Get"])
            if kind == "Std:Join":
                return self._join(value["Std:Join"], depth)
            if kind == "Std:JsonGet":
                return self._json_get(value["Std:JsonGet"])
            resolved = {key: self.resolve(item, depth + 1) for key, item in value.items()}
            return OpenDict(resolved, value.rest) if isinstance(value, OpenDict) else resolved
        if isinstance(value, list):
            if depth > MAX_DEPTH:
                return Unknown(f"nested deeper than {MAX_DEPTH} levels")
            return [self.resolve(item, depth + 1) for item in value]
        return value

    def _get(self, target: Any) -> Any:
        if not isinstance(target, str):
            return target if isinstance(target, Unknown) else Unknown("Get does not name a value")
        reference = parse_reference(target)
        if reference.root == "Parameters":
            if reference.name in self._parameters:
                return self._parameters[reference.name]
            return Unknown(f"parameter {reference.name} is not declared", (target,))
        if reference.root in ("Steps", "IterationOutput"):
            return Unknown(f"{target} is known only when the step has run", (target,))
        if reference.root in ("Execution", "ForEach"):
            return Unknown(f"{target} is known only in an execution", (target,))
        return Unknown(f"{target} is not a reference that pipelines know", (target,))

    def _join(self, body: Any, depth: int) -> Any:
        separator, values = lookup(body, "On"), lookup(body, "Values")
        if separator is MISSING:
            separator = ""
        if not isinstance(separator, str) or not isinstance(values, list):
            return Unknown("Std:Join whose parts are not known")
        combinations: list[list[Any]] = [[]]
        for item in values:
            resolved = self.resolve(item, depth + 1)
            options = resolved.values if isinstance(resolved, Choice) else (resolved,)
            if len(combinations) * len(options) > MAX_ALTERNATIVES:
                return Unknown(f"Std:Join with more than {MAX_ALTERNATIVES} possible values")
            combinations = [[*done, option] for done in combinations for option in options]
        joined = [self._join_parts(separator, parts) for parts in combinations]
        if len(joined) == 1:
            return joined[0]
        return Choice(dict.fromkeys(joined))

    @staticmethod
    def _join_parts(separator: str, parts: list[Any]) -> str | Template | Unknown:
        pieces: list[Any] = []
        for index, part in enumerate(parts):
            if index and separator:
                pieces.append(separator)
            if isinstance(part, str | Template | Unknown):
                pieces.append(part)
            elif isinstance(part, bool):
                pieces.append("true" if part else "false")
            elif isinstance(part, int | float):
                pieces.append(str(part))
            else:
                return Unknown("Std:Join of something that is not text")
        return make_string(pieces)

    @staticmethod
    def _json_get(body: Any) -> Unknown:
        file = lookup(body, "PropertyFile")
        name = lookup(file, "Get") if isinstance(file, dict) else file
        references = (name,) if isinstance(name, str) else ()
        return Unknown("read from a property file when the step has run", references)
