"""YAML text to a value, and back from a path to its place in the text.

Values come from libyaml's nodes; places are worked out only when a finding asks. CloudFormation's
short tags become the long form: ``!Sub "x"`` is ``{"Fn::Sub": "x"}``.

Scalars are read as CloudFormation does: YAML 1.1's booleans and numbers, dates stay text, keys
are always text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from linter.core.documents import Path, Problem
from linter.core.mapped import MappedText
from linter.core.record import entity, field, record
from linter.core.regex import lazy_regex
from linter.core.sources import Location, Source, Span
from linter.core.values import Unknown

MAX_DEPTH = 200
"""Deeper nesting is refused; no template of AWS's comes near it."""
MAX_NODES = 1_000_000
"""Values after aliases are expanded; more is refused (a "billion laughs")."""
MAX_DUPLICATES = 20
"""Repeated keys that are reported; the rest of them are alike."""

_CORE = "tag:yaml.org,2002:"
_FUNCTIONS = frozenset(
    "And Base64 Cidr Contains EachMemberEquals EachMemberIn Equals FindInMap GetAZs GetAtt "
    "GetStackOutput If ImportValue Join Length Not Or RefAll Select Split Sub ToJsonString "
    "Transform ValueOf ValueOfAll".split()
)
_BRACKETS = lazy_regex(r"[\[{]+|[\]}]+")
_DEEP_INDENT = lazy_regex(rf"^[ \t\-?:]{{{MAX_DEPTH},}}", re.MULTILINE)
_PROPERTIES = lazy_regex(r"(?:[!&][^\s,\[\]{}]*|#[^\n]*|\s+)*")


@record
class YamlDocument:
    """One document of a stream: its value, the way back to the text, and what was wrong.

    ``value`` is an ``Unknown`` when a problem says that content was lost at the root.
    """

    value: Any
    locator: YamlLocator
    problems: tuple[Problem, ...] = ()


def parse_yaml(source: Source) -> list[YamlDocument]:
    """Read every document of a YAML stream.

    A syntax error, nesting deeper than :data:`MAX_DEPTH`, aliases that expand to more than
    :data:`MAX_NODES` values, a repeated key (the last value is kept), a key that is not text or
    a tag that is not known becomes a ``Problem`` at its place; nothing is raised. An empty text
    has no documents. Documents before a syntax error are kept.
    """
    nodes, problem = _compose(source)
    documents = [_document(source, node) for node in nodes]
    if problem is not None:
        locator = YamlLocator(source, None)
        documents.append(YamlDocument(Unknown(problem.message), locator, (problem,)))
    return documents


def _compose(source: Source) -> tuple[list[Any], Problem | None]:
    import yaml

    loader_class: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    nodes: list[Any] = []
    try:
        problem = _depth_problem(source, loader_class)
        if problem is not None:
            return [], problem
        loader = loader_class(source.text)
        try:
            while loader.check_node():
                nodes.append(loader.get_node())
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        return nodes, _syntax_problem(source, error)
    except yaml.reader.ReaderError as error:
        at = min(int(getattr(error, "position", 0) or 0), len(source.text))
        code = getattr(error, "character", 0)
        shown = f"U+{code:04X}" if isinstance(code, int) else "a character"
        return nodes, Problem(
            f"Not valid YAML: {shown} is not allowed",
            source.span(at, at + 1),
            hint="Remove the control character, or write it as an escape in double quotes.",
        )
    except UnicodeError:
        return nodes, Problem("Not valid YAML: the text holds a lone surrogate", source.span(0, 0))
    except RecursionError:
        return nodes, _too_deep(source.span(0, 0))
    except ValueError as error:
        return nodes, Problem(f"Not valid YAML: {error}", source.span(0, 0))
    return nodes, None


def _too_deep(span: Span) -> Problem:
    return Problem(
        f"YAML nested deeper than {MAX_DEPTH} levels is not read",
        span,
        hint="No CloudFormation template needs this; check what wrote the file.",
    )


def _depth_problem(source: Source, loader_class: Any) -> Problem | None:
    """Refuse deep nesting before the composer recurses into it.

    Blocks need a column per level and flow collections a bracket, so that a cheap look at the
    text clears nearly every file; the others are measured on libyaml's events, which do not
    recurse.
    """
    import yaml

    depth = deepest = 0
    for match in _BRACKETS.finditer(source.text):
        run = match.end() - match.start()
        depth = depth + run if match.group()[0] in "[{" else max(0, depth - run)
        deepest = max(deepest, depth)
    if deepest < MAX_DEPTH // 2 and _DEEP_INDENT.search(source.text) is None:
        return None
    loader = loader_class(source.text)
    depth = 0
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    at = event.start_mark.index if event.start_mark is not None else 0
                    return _too_deep(source.span(at, at + 1))
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return None  # composing names it, and stops at the same place
    finally:
        loader.dispose()
    return None


_HINTS = (
    ("cannot start any token", "Quote the text: a value may not start with this character."),
    ("mapping values are not allowed", "Quote text that holds ': ', and check the indentation."),
    ("did not find expected key", "Check the indentation of this line and of the ones above."),
    ("did not find expected '-'", "Check the indentation of this list."),
    ("could not find expected ':'", "A key is written as 'key: value'."),
    ("unexpected end of stream", "A quote or bracket is not closed."),
    ("undefined alias", "Define it first with &name."),
    ("found a tab", "Indent with spaces."),
    ("did not find expected ',' or", "A bracket is not closed, or a comma is missing."),
)


def _syntax_problem(source: Source, error: Any) -> Problem:
    mark = error.problem_mark or error.context_mark
    at = min(mark.index, len(source.text)) if mark is not None else 0
    reason = str(error.problem or error.context or "cannot be read")
    line = ""
    if error.context and error.context_mark is not None:
        number, _ = source.position(min(error.context_mark.index, len(source.text)))
        line = f" ({error.context} that starts on line {number})"
    hint = next((text for part, text in _HINTS if part in reason), "")
    end = min(at + 1, len(source.text))
    return Problem(f"Not valid YAML: {reason}{line}", source.span(at, end), hint=hint)


def _document(source: Source, node: Any) -> YamlDocument:
    locator = YamlLocator(source, node)
    try:
        expanded = _expanded_size(node)
    except _CycleError as error:
        problem = Problem("An alias refers to a value that holds it", locator.node_span(error.node))
        return YamlDocument(Unknown(problem.message), locator, (problem,))
    if expanded > MAX_NODES:
        problem = Problem(
            f"The aliases of this document expand to more than {MAX_NODES:,} values",
            locator.node_span(node)._replace(end_line=1, end_column=1)
            if node.start_mark.index == 0
            else locator.node_span(node),
            hint="Write the values out, or use fewer aliases of aliases.",
        )
        return YamlDocument(Unknown(problem.message), locator, (problem,))
    builder = _Builder(locator)
    return YamlDocument(builder.value(node), locator, tuple(builder.problems))


class _CycleError(ValueError):
    def __init__(self, node: Any) -> None:
        super().__init__("cycle")
        self.node = node


def _expanded_size(root: Any) -> int:
    """How many values a node stands for once its aliases are written out."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        if node.id == "scalar":
            continue
        key = id(node)
        if done:
            open_nodes.discard(key)
            sizes[key] = 1 + sum(sizes.get(id(child), 1) for child in _children(node))
            continue
        if key in sizes:
            continue
        if key in open_nodes:
            raise _CycleError(node)
        open_nodes.add(key)
        stack.append((node, True))
        stack.extend((child, False) for child in _children(node) if child.id != "scalar")
    return sizes.get(id(root), 1)


def _children(node: Any) -> list[Any]:
    if node.id == "mapping":
        return [part for pair in node.value for part in pair]
    return list(node.value)


def long_form(tag: str) -> str | None:
    """The function a short tag stands for: ``!Sub`` is ``Fn::Sub``; ``None`` for other tags."""
    name = tag[1:]
    if name in ("Ref", "Condition"):
        return name
    return f"Fn::{name}" if name in _FUNCTIONS else None


class _Builder:
    """Makes plain values of nodes; a node that several aliases name is made once."""

    def __init__(self, locator: YamlLocator) -> None:
        self.problems: list[Problem] = []
        self._locator = locator
        self._shared: dict[int, Any] = {}
        self._duplicates = 0

    def value(self, node: Any) -> Any:
        made = self._untagged(node)
        tag = node.tag
        if tag.startswith("!") and len(tag) > 1:
            function = long_form(tag)
            if function is None:
                message = f"The tag {tag[:60]} is not a CloudFormation function"
                self._report(message, node)
                return Unknown(message)
            if function == "Fn::GetAtt" and isinstance(made, str):
                made = made.split(".", 1)
            return {function: made}
        return made

    def _untagged(self, node: Any) -> Any:
        kind = node.id
        if kind == "scalar":
            return scalar(node)
        found = self._shared.get(id(node), self)
        if found is not self:
            return found
        made: Any
        if kind == "sequence":
            made = [self.value(item) for item in node.value]
        else:
            made = self._mapping(node)
        self._shared[id(node)] = made
        return made

    def _mapping(self, node: Any) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged: list[Any] = []
        for key, item in node.value:
            if key.id != "scalar":
                self._report("A key must be text", key)
                continue
            name = key.value
            if key.tag == _CORE + "merge":
                merged.append(item)
                continue
            if name in made:
                self._duplicate(name, key)
            made[name] = self.value(item)
        for item in merged:
            for part in item.value if item.id == "sequence" else [item]:
                if part.id != "mapping":
                    self._report("Only a mapping can be merged with <<", part)
                    continue
                inner = self._untagged(part)
                made = {**inner, **made}
        return made

    def _duplicate(self, name: str, key: Any) -> None:
        self._duplicates += 1
        if self._duplicates <= MAX_DUPLICATES:
            self.problems.append(
                Problem(
                    f"The key {name[:80]} appears twice in the same mapping",
                    self._locator.node_span(key),
                    hint="Keep one of them; the last one is used here.",
                    lost=False,
                )
            )

    def _report(self, message: str, node: Any) -> None:
        if len(self.problems) < 100:
            self.problems.append(Problem(message, self._locator.node_span(node)))


def scalar(node: Any) -> Any:
    """The value of a scalar node."""
    text: str = node.value
    tag = node.tag
    if not tag.startswith(_CORE):
        return text
    make = _SCALARS.get(tag[len(_CORE) :])
    if make is None:
        return text
    try:
        return make(text)
    except (ValueError, OverflowError, IndexError):
        return text


def _boolean(text: str) -> bool:
    low = text.lower()
    if low in ("true", "yes", "on"):
        return True
    if low in ("false", "no", "off"):
        return False
    raise ValueError(text)


def _sexagesimal(text: str, number: Callable[[str], Any]) -> Any:
    total: Any = 0
    for part in text.split(":"):
        total = total * 60 + number(part)
    return total


def _integer(text: str) -> int:
    plain = text.replace("_", "")
    sign = -1 if plain.startswith("-") else 1
    digits = plain.lstrip("+-")
    if digits == "0":
        return 0
    if digits.startswith(("0b", "0x")):
        return sign * int(digits[2:], 2 if digits[1] == "b" else 16)
    if digits.startswith("0"):
        return sign * int(digits, 8)
    if ":" in digits:
        return sign * int(_sexagesimal(digits, int))
    return sign * int(digits)


def _float(text: str) -> float | str:
    plain = text.replace("_", "").lower()
    if plain.lstrip("+-") in (".inf", ".nan"):
        return text  # JSON has no such number
    if ":" in plain:
        sign = -1.0 if plain.startswith("-") else 1.0
        return sign * float(_sexagesimal(plain.lstrip("+-"), float))
    return float(plain)


_SCALARS: dict[str, Callable[[str], Any]] = {
    "bool": _boolean,
    "int": _integer,
    "float": _float,
    "null": lambda _: None,
}


@entity
class YamlLocator:
    """Finds paths in a document's nodes, through short tags, aliases and merged mappings."""

    source: Source
    root: Any
    _keys: dict[int, dict[str, tuple[Any, Any]]] = field(default_factory=dict, repr=False)

    def locate(self, path: Path) -> Location:
        node, _, content = self._walk(path)
        return Location(self._span(node, content))

    def locate_key(self, path: Path) -> Location:
        node, key, content = self._walk(path)
        return Location(self._span(node, content) if key is None else self._span(key, False))

    def offsets(self, path: Path) -> tuple[int, int]:
        """Start and end of the value at ``path`` in the source's text."""
        node, _, content = self._walk(path)
        return (0, 0) if node is None else self._offsets(node, content)

    def node_span(self, node: Any) -> Span:
        return self._span(node, False)

    def mapped_string(self, path: Path) -> MappedText | None:
        """The string at ``path`` with the places of its characters; ``None`` for other values."""
        from linter.core.yamlscalar import mapped_scalar

        node, _, _, whole = self._find(path)
        if node is None or not whole or node.id != "scalar":
            return None
        return mapped_scalar(self.source, node, *self._offsets(node, True))

    def _span(self, node: Any, content: bool) -> Span:
        if node is None:
            return self.source.span(0, min(1, len(self.source.text)))
        return self.source.span(*self._offsets(node, content))

    def _walk(self, path: Path) -> tuple[Any, Any, bool]:
        node, key, content, _ = self._find(path)
        return node, key, content

    def _find(self, path: Path) -> tuple[Any, Any, bool, bool]:
        """The node at ``path`` or at its nearest ancestor, the node of its key, whether the path
        goes behind the node's tag, and whether all of the path was found."""
        node, key, content = self.root, None, False
        for step in path:
            if node is None:
                return node, key, content, False
            function = long_form(node.tag) if node.tag.startswith("!") else None
            if function is not None and not content:
                if step != function:
                    return node, key, content, False
                content, key = True, None
                continue
            if node.id == "mapping" and isinstance(step, str):
                found = self._members(node).get(step)
                if found is None:
                    return node, key, content, False
                key, node = found
            elif node.id == "sequence" and isinstance(step, int) and 0 <= step < len(node.value):
                key, node = None, node.value[step]
            else:
                return node, key, content, False
            content = False
        return node, key, content, True

    def _members(self, node: Any) -> dict[str, tuple[Any, Any]]:
        found = self._keys.get(id(node))
        if found is None:
            found = self._keys[id(node)] = {}
            merged: list[Any] = []
            for key, item in node.value:
                if key.id != "scalar":
                    continue
                if key.tag == _CORE + "merge":
                    merged.extend(item.value if item.id == "sequence" else [item])
                else:
                    found[key.value] = (key, item)
            for part in merged:
                if part.id == "mapping":
                    for name, member in self._members(part).items():
                        found.setdefault(name, member)
        return found

    def _offsets(self, node: Any, content: bool) -> tuple[int, int]:
        text = self.source.text
        start = min(node.start_mark.index, len(text))
        end = min(_end(node), len(text))
        if content:
            match = _PROPERTIES.match(text, start, end)
            start = match.end() if match else start
        while end > start and text[end - 1] in " \t\r\n":
            end -= 1
        return start, max(start, end)


def _end(node: Any) -> int:
    """The end of a node: a block collection's mark runs on to the next token."""
    while node.id != "scalar" and node.flow_style is False and node.value:
        last = node.value[-1]
        child = last[1] if node.id == "mapping" else last
        inner = child.end_mark.index
        if not node.start_mark.index <= inner <= node.end_mark.index:
            # An alias: the value stands elsewhere, the name of it ends the line.
            return int(node.end_mark.index)
        node = child
    return int(node.end_mark.index)
