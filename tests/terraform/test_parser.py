"""The HCL parser: what it reads, what it says is wrong and where, and what it saves."""

from __future__ import annotations

import pytest

from linter.core.sources import Source
from linter.readers.terraform.syntax.parser import parse_file
from linter.readers.terraform.syntax.tree import Body, Literal, Node, Template
from tests.hanging import calls_of, ends
from tests.terraform.reading import read


def _parse(text: str) -> tuple[Body, list[tuple[int, int, str, bool]]]:
    body, problems = parse_file(Source("t.tf", text))
    return body, [(p.span.start_line, p.span.start_column, p.message, p.lost) for p in problems]


def _text(body: Body, name: str) -> str:
    node: Node = body.attributes[name].expression
    return node.source.text[node.start : node.end]


def test_blocks_and_arguments_have_exact_places() -> None:
    text = 'resource "a_b" "c" {\n  x = "é1"\n  nested { y = 2 } # end\n}\n'
    body, problems = _parse(text)
    assert problems == []
    block = body.blocks[0]
    assert (block.type, block.labels) == ("resource", ("a_b", "c"))
    assert text[block.start : block.header_end] == 'resource "a_b" "c"'
    assert text[block.end - 1] == "}"
    assert block.body is not None
    assert _text(block.body, "x") == '"é1"'
    inner = block.body.blocks[0].body
    assert inner is not None
    assert _text(inner, "y") == "2"


@pytest.mark.parametrize(
    "line",
    [
        'x = "plain"',
        "x = true",
        "x = 12",
        "x = a.b.c",
        "x = 1.5",
        "x = -1",
        'x = "a${1}"',
        'x = "a" # comment',
        "x = a.b // comment",
        "x = [1]",
        "x = null",
        "x = a-b.c",
        "x=f(1)",
        "x = true ? 1 : 2",
        "x = 12 + 1",
        "x = a.b[0]",
        'x = "a" == "b"',
        "x = 0",
        "x = 007",
    ],
)
def test_an_argument_on_its_own_line_is_read_as_inside_a_block(line: str) -> None:
    """The short way for simple arguments and the expression parser agree."""
    short, short_problems = _parse(f"{line}\n")
    long, long_problems = _parse(f"b {{ {line} \n}}\n")
    inner = long.blocks[0].body
    assert inner is not None
    assert short_problems == [] == long_problems
    assert _text(short, "x") == _text(inner, "x")
    assert _shape(short.attributes["x"].expression) == _shape(inner.attributes["x"].expression)


def _shape(node: Node) -> object:
    if isinstance(node, Literal):
        return ("literal", node.value.data)
    if isinstance(node, Template):
        return ("template", tuple(getattr(part, "text", "${}") for part in node.parts))
    found = []
    for slot in getattr(type(node), "__slots__", ()):
        item = getattr(node, slot)
        found.append((slot, _shape(item) if isinstance(item, Node) else type(item).__name__))
    return (type(node).__name__, tuple(found))


def test_a_comma_between_arguments_costs_nothing() -> None:
    body, problems = _parse(
        'data "d" "x" {\n  statement {\n'
        '    principals { type = "Service", identifiers = ["a"] }\n    after = 1\n  }\n}\n'
        'output "o" { value = 1 }\n'
    )
    assert problems == [(3, 34, "Invalid single-argument block definition", False)]
    statement = body.blocks[0].body.blocks[0].body  # type: ignore[union-attr]
    assert statement is not None
    principals = statement.blocks[0].body
    assert principals is not None
    assert _text(principals, "identifiers") == '["a"]'
    assert _text(statement, "after") == "1"
    assert body.blocks[1].type == "output"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1,\nb = 2\n", [(1, 6, "Unexpected comma after argument", False)]),
        ("a = 1; b = 2\n", [(1, 6, "Invalid character", False)]),
        ("a = 'x'\nb = 2\n", [(1, 5, "Invalid character", True)]),
        ("a = [1 2]\nb = 2\n", [(1, 8, "Missing item separator", True)]),
        ("a = {x 1}\nb = 2\n", [(1, 8, "Missing key/value separator", True)]),
        ("a = f(1 2)\nb = 2\n", [(1, 9, "Missing argument separator", True)]),
        ("a =\nb = 2\n", [(1, 4, "Invalid expression", True)]),
        ('a = "x\nb = 2\n', [(1, 7, "Invalid multi-line string", True)]),
        ("a = 1 b = 2\n", [(1, 7, "Missing newline after argument", False)]),
        ("a = 1\na = 3\nb = 2\n", [(2, 1, "Attribute redefined", False)]),
        ('"a" = 1\nb = 2\n', [(1, 1, "Invalid argument name", True)]),
        ("}\nb = 2\n", [(1, 1, "Argument or block definition required", False)]),
        ('a = "\\q"\nb = 2\n', [(1, 6, "Invalid escape sequence", True)]),
        ("a = b.\nb = 2\n", [(1, 7, "Invalid attribute name", True)]),
    ],
)
def test_a_fault_is_named_at_its_place_and_the_rest_is_read(
    text: str, expected: list[tuple[int, int, str, bool]]
) -> None:
    body, problems = _parse(text)
    assert problems == expected
    assert _text(body, "b") == "2"


def test_an_unclosed_block_does_not_swallow_the_next() -> None:
    body, problems = _parse('resource "a" "b" {\n  x = 1\n\nresource "c" "d" {\n  y = 2\n}\n')
    assert [block.labels for block in body.blocks] == [("a", "b"), ("c", "d")]
    assert problems == [(1, 18, "Unclosed configuration block", False)]


def test_an_unclosed_list_does_not_swallow_the_next_block() -> None:
    body, problems = _parse('locals {\n  a = [1,\n}\n\nresource "c" "d" {\n  y = 2\n}\n')
    assert body.blocks[-1].labels == ("c", "d")
    assert len(problems) >= 1


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks(newline: str, start: str) -> None:
    text = start + newline.join(['a = "x" # c', "b {", "  c = <<EOT", "line", "EOT", "}", ""])
    body, problems = _parse(text)
    assert problems == []
    assert _text(body, "a") == '"x"'
    assert body.blocks[0].body is not None


@pytest.mark.parametrize("opening", ["[", "(", "{x=", "!", "-", '"${', "f(", "a[", "b {\n", "x ? "])
def test_deep_nesting_ends_in_a_problem(opening: str) -> None:
    text = opening * 20_000 if opening.endswith("\n") else f"a = {opening * 200_000}\nz = 1\n"
    with ends():
        assert read(text).problems


@pytest.mark.parametrize(
    "piece", ["a = 1\n", "a {\n}\n", "x {", '"', "/*", "<<A\n", "}", "a = [\n", "=", "${", "\x00"]
)
def test_time_grows_linearly(piece: str) -> None:
    once, more = (calls_of(lambda n=n: _parse(piece * n)) for n in (300, 3_000))
    assert more < 12 * once
