"""What a plan's ``configuration`` says about references between resources.

A plan gives values without saying where they come from; for a value that is known after apply
the expression's references are all there is to link by. They are followed through module
arguments and outputs down to resources. Locals are not part of a plan: ``local.x`` stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.identity import UNKNOWN_KEY
from linter.core.regex import lazy_regex

MAX_REFERENCES = 40
"""References kept for one value."""
MAX_CHAIN = 40
"""Modules a reference is followed through."""

_STEP = lazy_regex(r'module\.([^.\[]+)(\["(?:[^"\\]|\\.)*"\]|\[\d+\])?\.?')

_PART = lazy_regex(r'[^.\[]+(?:\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\])*\.?')

ModulePath = tuple[str, ...]
"""Names of module calls with their instance keys: ``('a["k"]', "b")``."""


def module_path(address: Any) -> ModulePath:
    """The calls in ``module.a["k"].module.b``."""
    names: list[str] = []
    position = 0
    text = address if isinstance(address, str) else ""
    while match := _STEP.match(text, position):
        names.append(match[1] + (match[2] or ""))
        position = match.end()
    return tuple(names)


def prefix(path: ModulePath) -> str:
    """What stands in front of the addresses in a module: ``module.a["k"].module.b.``."""
    return "".join(f"module.{name}." for name in path)


def _is_own_key(reference: str) -> bool:
    return reference.startswith(("each.", "count."))


def _parts(reference: str) -> list[str]:
    """The steps of a reference with their keys: dots inside keys do not divide."""
    return [match[0].rstrip(".") for match in _PART.finditer(reference)]


def _call_name(step: str) -> str:
    return step.partition("[")[0]


class Configuration:
    """Looks up expressions by resource."""

    def __init__(self, root: Any) -> None:
        self._root = _mapping(_mapping(root).get("root_module"))
        self._modules: dict[ModulePath, dict[str, Any]] = {}
        self._resources: dict[ModulePath, dict[str, dict[str, Any]]] = {}
        self._seen: dict[tuple[ModulePath, str], tuple[str, ...]] = {}

    def expressions(self, module: ModulePath, local: str) -> dict[str, Any]:
        """The arguments of a resource (``aws_iam_role.r``, ``data.aws_iam_policy.p``)."""
        return _mapping(self._resource(module, local).get("expressions"))

    def provider_key(self, module: ModulePath, local: str) -> str:
        """The key in ``provider_config`` of what manages a resource, ``""`` where none is named."""
        key = self._resource(module, local).get("provider_config_key")
        return key if isinstance(key, str) else ""

    def argument(self, module: ModulePath, name: str) -> dict[str, Any]:
        """The expression of an argument that a module is called with."""
        return _mapping(_mapping(self._call(module).get("expressions")).get(name))

    def written(self, module: ModulePath, local: str) -> dict[str, Any] | None:
        """The same, and ``None`` where the plan does not show how the resource is written."""
        resource = self._resource(module, local)
        return self.expressions(module, local) if resource else None

    def references(
        self, module: ModulePath, local: str, path: Path, elements: int = 0
    ) -> tuple[str, ...]:
        """What the argument at ``path`` of a resource refers to, as absolute addresses.

        ``elements`` is how many a list has that ``path`` leads into: a list of as many references
        has them in order.
        """
        resource = self._resource(module, local)
        node: Any = _mapping(resource.get("expressions"))
        left: int | str | None = None
        for step in path:
            left = step
            inner = None
            if isinstance(node, dict) and not _is_expression(node):
                inner = node.get(str(step))
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                inner = node[step]
            if inner is None:
                break
            node, left = inner, None
        if node is resource.get("expressions"):
            return ()
        written = _written(node)
        if isinstance(left, int) and elements:
            longest = list(_longest(written))
            if len(longest) == elements and not any(map(_is_own_key, longest)):
                written = [longest[left]]
        return self._resolve_all(module, written, _repeats(resource), 0)

    def _resource(self, module: ModulePath, local: str) -> dict[str, Any]:
        module = tuple(map(_call_name, module))
        if module not in self._resources:
            items = self._module(module).get("resources")
            self._resources[module] = {
                item["address"]: item
                for item in (items if isinstance(items, list) else [])
                if isinstance(item, dict) and isinstance(item.get("address"), str)
            }
        return self._resources[module].get(local, {})

    def _module(self, path: ModulePath) -> dict[str, Any]:
        path = tuple(map(_call_name, path))
        if path not in self._modules:
            found = self._root
            for name in path:
                found = _mapping(
                    _mapping(_mapping(found.get("module_calls")).get(name)).get("module")
                )
            self._modules[path] = found
        return self._modules[path]

    def _call(self, path: ModulePath) -> dict[str, Any]:
        calls = _mapping(self._module(path[:-1]).get("module_calls"))
        return _mapping(calls.get(_call_name(path[-1])))

    def _resolve_all(
        self, module: ModulePath, written: list[str], repeat: list[Any], depth: int
    ) -> tuple[str, ...]:
        found: dict[str, None] = {}
        by_own_key = any(map(_is_own_key, written))
        for reference in _longest(written):
            if _is_own_key(reference):
                inner = [name for item in repeat for name in _written(item)]
                inner += ["each.key"] if inner else []
                resolved = self._resolve_all(module, inner, [], depth + 1) if inner else ()
            else:
                keyed = reference if by_own_key else self._some_instance(module, reference)
                resolved = self._resolve(module, keyed, depth)
            found.update(dict.fromkeys(resolved))
            if len(found) >= MAX_REFERENCES:
                break
        return tuple(found)[:MAX_REFERENCES]

    def _some_instance(self, module: ModulePath, reference: str) -> str:
        """A reference to what is repeated, whose key a plan leaves out, with an unknown key.

        ``aws_iam_role.r[var.which]`` is ``aws_iam_role.r`` and ``var.which`` in a plan. Where
        ``each.key`` is beside it, equal keys belong together, and the key is left out.
        """
        parts = _parts(reference)
        if parts[0] == "module" and len(parts) > 1 and "[" not in parts[1]:
            if _repeats(self._call((*module, parts[1]))):
                return ".".join(["module", f"{parts[1]}[{UNKNOWN_KEY}]", *parts[2:]])
            return reference
        length = 3 if parts[0] == "data" else 2
        local = ".".join(parts[:length])
        if "[" not in local and _repeats(self._resource(module, local)):
            return ".".join([f"{local}[{UNKNOWN_KEY}]", *parts[length:]])
        return reference

    def _resolve(self, module: ModulePath, reference: str, depth: int) -> tuple[str, ...]:
        key = (module, reference)
        if key not in self._seen:
            self._seen[key] = ()  # a cycle finds nothing
            self._seen[key] = self._follow(module, reference, depth)
        return self._seen[key]

    def _follow(self, module: ModulePath, reference: str, depth: int) -> tuple[str, ...]:
        own = (prefix(module) + reference,)
        if depth > MAX_CHAIN:
            return own
        parts = _parts(reference)
        if parts[0] == "var" and module and len(parts) > 1:
            call = self._call(module)
            name = parts[1].split("[")[0]
            written = _written(_mapping(call.get("expressions")).get(name))
            return self._resolve_all(module[:-1], written, _repeats(call), depth + 1)
        if parts[0] == "module" and len(parts) > 2:
            inner = (*module, parts[1])
            outputs = _mapping(self._module(inner).get("outputs"))
            output = _mapping(outputs.get(parts[2].split("[")[0]))
            written = _written(output.get("expression"))
            if written:
                return self._resolve_all(inner, written, [], depth + 1)
        return own


def _repeats(node: dict[str, Any]) -> list[Any]:
    """The expressions by which a resource or a call is repeated."""
    repeat = [node.get("for_each_expression"), node.get("count_expression")]
    return [expression for expression in repeat if expression]


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_expression(node: dict[str, Any]) -> bool:
    return "references" in node and isinstance(node["references"], list)


def _written(node: Any) -> list[str]:
    """All references in an expression, or in a block of them."""
    found: list[str] = []
    stack = [node]
    while stack and len(found) < 1_000:
        item = stack.pop()
        if isinstance(item, dict):
            if _is_expression(item):
                found.extend(text for text in item["references"] if isinstance(text, str))
            else:
                stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return found


def _longest(references: list[str]) -> Iterator[str]:
    """Without the shorter forms: a plan lists ``aws_iam_role.r`` beside ``aws_iam_role.r.arn``."""
    ordered = list(dict.fromkeys(references))
    shorter: set[str] = set()
    for reference in ordered:
        for index, character in enumerate(reference):
            if character in ".[":
                shorter.add(reference[:index])
    return (reference for reference in ordered if reference not in shorter)
