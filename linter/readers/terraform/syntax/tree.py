"""The syntax tree. Offsets are code points into the source's text."""

from __future__ import annotations

from typing import Any, NamedTuple

from linter.core.record import entity, field
from linter.core.sources import Source, Span


class Origin(NamedTuple):
    """Where something is written."""

    source: Source
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.source.span(self.start, self.end)


class Node:
    """An expression. ``start`` and ``end`` delimit its text in ``source``."""

    __slots__ = ("end", "source", "start")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end

    @property
    def origin(self) -> Origin:
        return Origin(self.source, self.start, self.end)


class Literal(Node):
    """A number, ``true``, ``false`` or ``null``; ``value`` is built by the parser."""

    __slots__ = ("value",)

    def __init__(self, source: Source, start: int, end: int, value: Any) -> None:
        super().__init__(source, start, end)
        self.value = value


class TextPart(NamedTuple):
    """Literal text of a template. ``pieces`` are (text, source start, source end) in order;
    ``text`` is what they join to (after escapes, indentation and strip markers)."""

    text: str
    pieces: tuple[tuple[str, int, int], ...]


class Interpolation(NamedTuple):
    """``${ expression }``; the offsets are those of the whole sequence."""

    expression: Node
    start: int
    end: int


class IfDirective(NamedTuple):
    condition: Node
    then: tuple[Any, ...]
    otherwise: tuple[Any, ...]
    start: int
    end: int


class ForDirective(NamedTuple):
    key: str
    name: str
    collection: Node
    body: tuple[Any, ...]
    start: int
    end: int


class Template(Node):
    """A quoted string or heredoc. ``parts`` are TextPart, Interpolation and directives.

    ``place`` is where it stands as a whole, when its parts count from the start of a text within
    the file (a JSON string with escapes).
    """

    __slots__ = ("heredoc", "parts", "place")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        parts: tuple[Any, ...],
        heredoc: bool = False,
        place: Origin | None = None,
    ) -> None:
        super().__init__(source, start, end)
        self.parts = parts
        self.heredoc = heredoc
        self.place = place

    @property
    def origin(self) -> Origin:
        return self.place or Origin(self.source, self.start, self.end)


class Variable(Node):
    """A root name: ``var``, ``local``, ``each``, a resource type, a ``for`` variable."""

    __slots__ = ("name",)

    def __init__(self, source: Source, start: int, end: int, name: str) -> None:
        super().__init__(source, start, end)
        self.name = name


class Attribute(Node):
    """``of.name``."""

    __slots__ = ("name", "name_start", "of")

    def __init__(self, of: Node, name: str, name_start: int, end: int) -> None:
        super().__init__(of.source, of.start, end)
        self.of = of
        self.name = name
        self.name_start = name_start


class Index(Node):
    """``of[key]``; also ``of.0``."""

    __slots__ = ("key", "of")

    def __init__(self, of: Node, key: Node, end: int) -> None:
        super().__init__(of.source, of.start, end)
        self.of = of
        self.key = key


class Splat(Node):
    """``of[*].a[0]`` (full) or ``of.*.a`` (attributes only): ``steps`` apply to each element.

    Each step is ``("attribute", name)`` or ``("index", Node)``.
    """

    __slots__ = ("of", "steps")

    def __init__(self, of: Node, steps: tuple[tuple[str, Any], ...], end: int) -> None:
        super().__init__(of.source, of.start, end)
        self.of = of
        self.steps = steps


class Call(Node):
    __slots__ = ("arguments", "expand", "name", "name_end")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        name: str,
        name_end: int,
        arguments: tuple[Node, ...],
        expand: bool,
    ) -> None:
        super().__init__(source, start, end)
        self.name = name
        self.name_end = name_end
        self.arguments = arguments
        self.expand = expand


class Unary(Node):
    __slots__ = ("operand", "operator")

    def __init__(self, source: Source, start: int, operator: str, operand: Node) -> None:
        super().__init__(source, start, operand.end)
        self.operator = operator
        self.operand = operand


class Binary(Node):
    __slots__ = ("left", "operator", "right")

    def __init__(self, left: Node, operator: str, right: Node) -> None:
        super().__init__(left.source, left.start, right.end)
        self.left = left
        self.operator = operator
        self.right = right


class Conditional(Node):
    __slots__ = ("condition", "otherwise", "then")

    def __init__(self, condition: Node, then: Node, otherwise: Node) -> None:
        super().__init__(condition.source, condition.start, otherwise.end)
        self.condition = condition
        self.then = then
        self.otherwise = otherwise


class Parenthesized(Node):
    __slots__ = ("inner",)

    def __init__(self, source: Source, start: int, end: int, inner: Node) -> None:
        super().__init__(source, start, end)
        self.inner = inner


class TupleNode(Node):
    __slots__ = ("items",)

    def __init__(self, source: Source, start: int, end: int, items: tuple[Node, ...]) -> None:
        super().__init__(source, start, end)
        self.items = items


class ObjectNode(Node):
    """``{ key = value }``; a key that is a bare name is a :class:`Variable` node."""

    __slots__ = ("items",)

    def __init__(
        self, source: Source, start: int, end: int, items: tuple[tuple[Node, Node], ...]
    ) -> None:
        super().__init__(source, start, end)
        self.items = items


class For(Node):
    """``[for k, v in c : e if x]``, or with ``key_expression`` ``{for … : k => v...}``."""

    __slots__ = (
        "collection",
        "condition",
        "group",
        "key",
        "key_expression",
        "name",
        "value_expression",
    )

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        *,
        key: str,
        name: str,
        collection: Node,
        key_expression: Node | None,
        value_expression: Node,
        condition: Node | None,
        group: bool,
    ) -> None:
        super().__init__(source, start, end)
        self.key = key
        self.name = name
        self.collection = collection
        self.key_expression = key_expression
        self.value_expression = value_expression
        self.condition = condition
        self.group = group


class Invalid(Node):
    """An expression that could not be parsed; its problem has been reported."""

    __slots__ = ()


@entity
class AttributeDefinition:
    """``name = expression`` in a body."""

    name: str
    name_start: int
    expression: Node
    source: Source

    @property
    def origin(self) -> Origin:
        return Origin(self.source, self.name_start, self.name_start + len(self.name))


@entity
class Body:
    """Attributes by name and blocks in order."""

    attributes: dict[str, AttributeDefinition] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    constant: bool = False
    """Everything in it is written out: its evaluation needs nothing and cannot fail."""


@entity
class Block:
    """``type "label" { … }``. ``header_end`` is behind the last label; ``end`` the closing brace.

    A block whose body has not been looked at yet has ``body`` ``None``; see ``parser.body_of``.
    """

    type: str
    labels: tuple[str, ...]
    source: Source
    start: int
    header_end: int
    end: int
    body_start: int = 0
    body: Body | None = None

    @property
    def origin(self) -> Origin:
        """The header: type and labels."""
        return Origin(self.source, self.start, self.header_end)
