"""Terraform's JSON syntax (``.tf.json``) as the same tree.

Strings are templates; objects and arrays stand for blocks or values depending on where they are.
Places are those of the JSON text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linter.core.documents import Path, Problem
from linter.core.jsontext import JsonLocator, parse_json_source
from linter.core.sources import JsonString, Source
from linter.readers.terraform.cty.value import boolean, null, written_number
from linter.readers.terraform.syntax.lexer import SyntaxFault
from linter.readers.terraform.syntax.templates import template_body
from linter.readers.terraform.syntax.tree import (
    AttributeDefinition,
    Block,
    Body,
    Invalid,
    Literal,
    Node,
    ObjectNode,
    Origin,
    Template,
    TextPart,
    TupleNode,
)

_LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "action": 2,
    "module": 1,
    "variable": 1,
    "output": 1,
    "provider": 1,
    "locals": 0,
    "terraform": 0,
    "moved": 0,
    "import": 0,
    "removed": 0,
    "check": 1,
}

_OBJECT_ATTRIBUTES = frozenset(
    {
        "tags",
        "tags_all",
        "default_tags",
        "environment_variables",
        "variables",
        "providers",
        "triggers",
        "triggers_replace",
        "input",
        "default",
        "value",
        "labels",
        "parameters",
    }
)
"""Arguments whose object is a value and not a block; the schema would say so."""

_PLAIN = frozenset({"type", "source", "version", "depends_on", "provider"})


def parse_json_file(source: Source) -> tuple[Body, list[Problem]]:
    """A file's body and what was wrong with it."""
    parsed = parse_json_source(source)
    problems = [parsed.problem] if parsed.problem is not None else []
    if parsed.problem is not None and parsed.problem.lost:
        return Body(), problems
    if not isinstance(parsed.value, dict):
        problems.append(
            Problem(
                "A Terraform JSON file holds an object",
                source.span(0, 1),
                hint='Write {"resource": {...}}.',
            )
        )
        return Body(), problems
    assert isinstance(parsed.locator, JsonLocator)
    return _Converter(source, parsed.locator, problems).body(parsed.value), problems


class _Converter:
    def __init__(self, source: Source, locator: JsonLocator, problems: list[Problem]) -> None:
        self._source = source
        self._locator = locator
        self._problems = problems

    def body(self, value: dict[str, Any]) -> Body:
        body = Body()
        for kind, content in value.items():
            if kind == "//":
                continue
            labels = _LABELS.get(kind)
            if labels is None:
                span = self._locator.locate_key((kind,)).span
                self._problems.append(
                    Problem(
                        f'Extraneous property: no block type is named "{kind}"',
                        span,
                        lost=False,
                        hint="Correct the spelling.",
                    )
                )
                continue
            for names, path, inner in _blocks(content, labels, (kind,)):
                body.blocks.append(self._block(kind, names, path, inner))
        return body

    def _block(self, kind: str, labels: tuple[str, ...], path: Path, value: Any) -> Block:
        key, (start, end) = self._locator.member(path)
        header = key or (start, start + 1)
        body = Body()
        top = kind in ("resource", "data", "module", "provider", "ephemeral") or not labels
        for name, item in value.items() if isinstance(value, dict) else ():
            if name == "//":
                continue
            at = (*path, name)
            if name == "dynamic" and isinstance(item, dict | list):
                body.blocks.extend(self._dynamic(item, at))
                continue
            if top and kind != "module" and kind != "locals" and self._is_block(name, item):
                for inner_path, inner in _each(item, at):
                    body.blocks.append(self._block_of(name, (), inner_path, inner))
                continue
            place, _ = self._locator.member(at)
            name_start = place[0] + 1 if place else start
            body.attributes[name] = AttributeDefinition(
                name,
                name_start,
                self._expression(
                    item, at, plain=kind == "variable" or (kind == "module" and name in _PLAIN)
                ),
                self._source,
            )
        return Block(kind, labels, self._source, header[0], header[1], end, start, body)

    @staticmethod
    def _is_block(name: str, item: Any) -> bool:
        if name in _OBJECT_ATTRIBUTES:
            return False
        if name == "environment" and isinstance(item, dict) and item.keys() != {"variables"}:
            return False  # a map of a container; of a function it is a block
        return isinstance(item, dict) or (
            isinstance(item, list) and bool(item) and all(isinstance(i, dict) for i in item)
        )

    def _dynamic(self, item: Any, path: Path) -> Iterator[Block]:
        for at, labels in _each(item, path):
            for label, content in labels.items() if isinstance(labels, dict) else ():
                for place, inner in _each(content, (*at, label)):
                    if label != "//":
                        yield self._block_of("dynamic", (label,), place, inner)

    def _block_of(self, name: str, labels: tuple[str, ...], path: Path, value: Any) -> Block:
        key, (start, end) = self._locator.member(path)
        header = key or (start, start + 1)
        body = Body()
        for key_name, item in value.items() if isinstance(value, dict) else ():
            at = (*path, key_name)
            if key_name == "//":
                continue
            if key_name == "dynamic" and isinstance(item, dict | list):
                body.blocks.extend(self._dynamic(item, at))
                continue
            if self._is_block(key_name, item):
                for inner_path, inner in _each(item, at):
                    body.blocks.append(self._block_of(key_name, (), inner_path, inner))
                continue
            place, _ = self._locator.member(at)
            body.attributes[key_name] = AttributeDefinition(
                key_name, place[0] + 1 if place else start, self._expression(item, at), self._source
            )
        return Block(name, labels, self._source, header[0], header[1], end, start, body)

    def _expression(self, value: Any, path: Path, *, plain: bool = False) -> Node:
        source = self._source
        start, end = self._locator.offsets(path)
        if isinstance(value, str):
            return self._template(value, start, end, plain)
        if isinstance(value, list):
            return TupleNode(
                source,
                start,
                end,
                tuple(
                    self._expression(item, (*path, index), plain=plain)
                    for index, item in enumerate(value)
                ),
            )
        if isinstance(value, dict):
            items = []
            for name, item in value.items():
                key, _ = self._locator.member((*path, name))
                place = key or (start, end)
                items.append(
                    (
                        self._template(name, *place, plain),
                        self._expression(item, (*path, name), plain=plain),
                    )
                )
            return ObjectNode(source, start, end, tuple(items))
        origin = Origin(source, start, end)
        if value is None:
            return Literal(source, start, end, null(origin=origin))
        if isinstance(value, bool):
            return Literal(source, start, end, boolean(value, origin))
        return Literal(source, start, end, written_number(source.text[start:end], origin))

    def _template(self, text: str, start: int, end: int, plain: bool) -> Node:
        source = self._source
        if plain or ("${" not in text and "%{" not in text):
            parts = (TextPart(text, ((text, start + 1, end - 1),)),) if text else ()
            return Template(source, start, end, parts)
        exact = source.text[start + 1 : end - 1] == text
        inner = source if exact else JsonString(source, start + 1, end - 1, text)
        try:
            template = template_body(inner, start + 1, end - 1) if exact else template_body(inner)
        except SyntaxFault as fault:
            place = inner.span(fault.start, fault.end)
            self._problems.append(Problem(fault.message, place, hint=fault.detail, lost=True))
            return Invalid(source, start, end)
        return Template(inner, 0, 0, template.parts, place=Origin(source, start, end))


def _blocks(content: Any, labels: int, path: Path) -> Iterator[tuple[tuple[str, ...], Path, Any]]:
    for at, item in _each(content, path):
        if labels == 0:
            yield (), at, item
        elif isinstance(item, dict):
            for name, inner in item.items():
                if name == "//":
                    continue
                for names, place, value in _blocks(inner, labels - 1, (*at, name)):
                    yield (name, *names), place, value


def _each(content: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """A block's content, or each of a list of them."""
    if isinstance(content, list):
        for index, item in enumerate(content):
            yield (*path, index), item
    else:
        yield path, content
