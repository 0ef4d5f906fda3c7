"""What a module says of its providers: their names, their sources, and references to them."""

from __future__ import annotations

from collections.abc import Iterator

from linter.core.record import record
from linter.readers.terraform.config import ModuleConfig
from linter.readers.terraform.syntax.tree import (
    Attribute,
    Block,
    Body,
    Index,
    Interpolation,
    Node,
    ObjectNode,
    Template,
    TextPart,
    TupleNode,
    Variable,
)


@record
class Reference:
    """``aws``, ``aws.west`` or ``aws.by_region[each.key]``, as the module names it."""

    name: str
    alias: str = ""
    key: Node | None = None

    def __str__(self) -> str:
        return f"{self.name}.{self.alias}" if self.alias else self.name


def reference_of(node: Node) -> Reference | None:
    """The provider that an expression names, in words or in quotes; ``None`` for none."""
    if isinstance(node, Index):
        inner = reference_of(node.of)
        if inner is None or not inner.alias:
            return None
        return Reference(inner.name, inner.alias, node.key)
    if isinstance(node, Variable):
        return Reference(node.name)
    if isinstance(node, Attribute) and isinstance(node.of, Variable):
        return Reference(node.of.name, node.name)
    if isinstance(node, Template) and len(node.parts) == 1:
        part = node.parts[0]
        if isinstance(part, Interpolation):
            return reference_of(part.expression)
    text = text_of(node)
    return None if text is None else _in_quotes(text, node)


def _in_quotes(text: str, node: Node) -> Reference | None:
    from linter.core.sources import Source
    from linter.readers.terraform.syntax.expressions import parse_expression
    from linter.readers.terraform.syntax.lexer import SyntaxFault

    try:
        inner = parse_expression(Source(node.source.path, text[:500]))
    except (SyntaxFault, RecursionError):
        return None
    return None if isinstance(inner, Template) else reference_of(inner)


def text_of(node: Node | None) -> str | None:
    """The text of a plain quoted string, or of a bare name."""
    if isinstance(node, Variable):
        return node.name
    if not isinstance(node, Template) or any(not isinstance(p, TextPart) for p in node.parts):
        return None
    return "".join(part.text for part in node.parts)


@record
class Requirements:
    """``required_providers``: local name → source, and the configurations that callers give."""

    sources: dict[str, str]
    given: frozenset[tuple[str, str]]
    """(source, alias) of every ``configuration_aliases``."""

    def source(self, name: str) -> str:
        """The provider a local name stands for, as ``namespace/type``."""
        return self.sources.get(name) or f"hashicorp/{name}"


def requirements_of(config: ModuleConfig) -> Requirements:
    """What all ``required_providers`` blocks of a module say together."""
    sources: dict[str, str] = {}
    aliases: list[Node] = []
    for name, body in _entries(config):
        source = text_of(body.get("source"))
        sources[name] = _short(source) if source else f"hashicorp/{name}"
        listed = body.get("configuration_aliases")
        if isinstance(listed, TupleNode):
            aliases.extend(listed.items)
    requirements = Requirements(sources, frozenset())
    given = (reference_of(node) for node in aliases)
    return Requirements(
        sources, frozenset((requirements.source(r.name), r.alias) for r in given if r is not None)
    )


def _entries(config: ModuleConfig) -> Iterator[tuple[str, dict[str, Node]]]:
    """Each entry of ``required_providers`` with its arguments, in both syntaxes."""
    for block in config.settings:
        for inner in block.body.blocks if block.body else ():
            if inner.type != "required_providers":
                continue
            body = inner.body or Body()
            for name, definition in body.attributes.items():
                yield name, _arguments(definition.expression)
            for entry in body.blocks:  # an object of the JSON syntax
                attributes = entry.body.attributes if entry.body else {}
                yield entry.type, {key: item.expression for key, item in attributes.items()}


def _arguments(node: Node) -> dict[str, Node]:
    if not isinstance(node, ObjectNode):
        return {}  # the short form: only a version
    return {name: value for key, value in node.items if (name := text_of(key)) is not None}


def _short(source: str) -> str:
    """``registry.terraform.io/hashicorp/aws`` and ``aws`` are ``hashicorp/aws``."""
    parts = source.strip().lower().split("/")[-2:]
    return "/".join(parts) if len(parts) == 2 else f"hashicorp/{parts[0]}"


def passed_by(call: Block) -> list[tuple[Reference, Reference, Node]]:
    """The ``providers`` of a module call: (in the module, here, the place of the second)."""
    definition = call.body.attributes.get("providers") if call.body else None
    node = definition.expression if definition is not None else None
    found: list[tuple[Reference, Reference, Node]] = []
    for key, value in node.items if isinstance(node, ObjectNode) else ():
        inside, here = reference_of(key), reference_of(value)
        if inside is not None and here is not None:
            found.append((inside, here, value))
    return found
