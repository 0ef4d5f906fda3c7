"""The texts that an expression may have where it is not known which of them it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linter.core.values import Unknown
from linter.readers.terraform.cty.value import (
    MAPPINGS,
    SEQUENCES,
    STRING,
    UNKNOWN,
    Value,
    is_wholly_known,
)
from linter.readers.terraform.scope import EMPTY, Scope
from linter.readers.terraform.syntax.tree import (
    Attribute,
    Call,
    Conditional,
    Index,
    Interpolation,
    Node,
    Parenthesized,
    Template,
    Variable,
)

if TYPE_CHECKING:
    from linter.readers.terraform.module import Module

MAX_TEXTS = 40
"""More than so many are as good as not known."""
_MAX_DEPTH = 20


def possible_texts(node: Node, module: Module, scope: Scope = EMPTY) -> tuple[str, ...]:
    """Every text the expression may have, in the order in which they are written.

    One where it is known, several where a condition, the key of a map or a variable's validation
    leaves a choice, none where it may be any text.
    """
    found = _texts(node, module, scope, 0)
    return tuple(found) if found is not None and len(found) <= MAX_TEXTS else ()


_Found = dict[str, None] | None
"""Distinct texts in order, ``None`` when any text is possible."""


def _texts(node: Node, module: Module, scope: Scope, depth: int) -> _Found:
    value = module.evaluator.evaluate(node, scope)
    if value.kind is STRING:
        return {value.data: None} if isinstance(value.data, str) else None
    if value.kind is not UNKNOWN or depth > _MAX_DEPTH:
        return None
    listed = _listed(value.data)
    return listed if listed is not None else _of_node(node, module, scope, depth + 1)


def _listed(why: Unknown) -> _Found:
    """The alternatives that the evaluator has kept, where all of them are texts."""
    found: dict[str, None] = {}
    for item in why.alternatives:
        if isinstance(item, Unknown):
            inner = _listed(item)
            if inner is None:
                return None
            found.update(inner)
        elif isinstance(item, str):
            found[item] = None
        else:
            return None
    return found or None


def _of_node(node: Node, module: Module, scope: Scope, depth: int) -> _Found:
    if isinstance(node, Parenthesized):
        return _texts(node.inner, module, scope, depth)
    if isinstance(node, Template) and len(node.parts) == 1:
        part = node.parts[0]
        alone = isinstance(part, Interpolation)
        return _texts(part.expression, module, scope, depth) if alone else None
    if isinstance(node, Conditional):
        return _any_of([node.then, node.otherwise], module, scope, depth)
    if isinstance(node, Index):
        return _members(module.evaluator.evaluate(node.of, scope))
    if isinstance(node, Call):
        return _of_call(node, module, scope, depth)
    if isinstance(node, Attribute) and isinstance(node.of, Variable):
        return _of_name(node.of.name, node.name, module, depth)
    return None


def _any_of(nodes: list[Node], module: Module, scope: Scope, depth: int) -> _Found:
    found: dict[str, None] = {}
    for node in nodes:
        inner = _texts(node, module, scope, depth)
        if inner is None:
            return None
        found.update(inner)
    return found or None


def _members(collection: Value) -> _Found:
    """The values of a collection that is known in full, where they are all texts."""
    if not is_wholly_known(collection) or collection.kind not in (*MAPPINGS, *SEQUENCES):
        return None
    items: Any = collection.data
    members = items.values() if collection.kind in MAPPINGS else items
    if not all(item.kind is STRING and isinstance(item.data, str) for item in members):
        return None
    return {item.data: None for item in members} or None


def _of_call(node: Call, module: Module, scope: Scope, depth: int) -> _Found:
    arguments = list(node.arguments)
    if node.expand or not arguments:
        return None
    if node.name == "lookup":
        found = _members(module.evaluator.evaluate(arguments[0], scope))
        if found is None or len(arguments) < 3:
            return found
        default = _texts(arguments[2], module, scope, depth)
        return None if default is None else {**found, **default}
    if node.name == "element":
        return _members(module.evaluator.evaluate(arguments[0], scope))
    return _any_of(arguments, module, scope, depth) if node.name == "coalesce" else None


def _of_name(root: str, name: str, module: Module, depth: int) -> _Found:
    """What ``local.name`` or ``var.name`` stands for."""
    if root == "local" and name in module.config.locals:
        return _texts(module.config.locals[name].expression, module, EMPTY, depth)
    if root != "var" or name not in module.config.variables:
        return None
    if module.call is not None and module.caller is not None:
        block, instance = module.call
        given = block.body.attributes.get(name) if block.body else None
        if given is not None:
            return _texts(given.expression, module.caller, Scope(instance.names), depth)
    return _validated(name, module)


def _validated(name: str, module: Module) -> _Found:
    """The values that ``contains([…], var.name)`` in a variable's validation allows."""
    body = module.config.variables[name].body
    for block in body.blocks if body is not None else ():
        condition = block.body.attributes.get("condition") if block.body else None
        node = condition.expression if condition is not None else None
        if block.type != "validation" or not isinstance(node, Call) or node.name != "contains":
            continue
        if len(node.arguments) == 2 and _is_variable(node.arguments[1], name):
            return _members(module.evaluator.evaluate(node.arguments[0]))
    return None


def _is_variable(node: Node, name: str) -> bool:
    return (
        isinstance(node, Attribute)
        and node.name == name
        and isinstance(node.of, Variable)
        and node.of.name == "var"
    )
