"""JSON texts: values, exact places, unknown parts, and clear errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.core.jsontext import MAX_DEPTH, JsonLocator, parse_json, parse_json_source
from linter.core.mapped import PLACEHOLDER, MappedText, MappedTextBuilder
from linter.core.sources import Source, Span
from linter.core.values import Template, Unknown, is_known

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**15), max_value=10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_characters=PLACEHOLDER, exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(
                alphabet=st.characters(exclude_characters=PLACEHOLDER, exclude_categories=["Cs"])
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


def every_path(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    found = [(path, value)]
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        found.extend(every_path(item, (*path, key)))
    return found


@given(JSON_VALUES, st.sampled_from([None, 1, 4]), st.booleans())
def test_text_at_a_path_parses_to_the_value(value: Any, indent: int | None, ascii_: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    parsed = parse_json_source(Source("f.json", text))
    assert parsed.problem is None
    assert parsed.value == value
    assert isinstance(parsed.locator, JsonLocator)
    for path, item in every_path(value):
        start, end = parsed.locator.offsets(path)
        assert json.loads(text[start:end]) == item


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from('{}[]",:1 nulltrue\\\n'), max_size=40).map("".join)
)
def test_any_text_is_parsed_or_explained_in_place(text: str) -> None:
    source = Source("f.json", text)
    parsed = parse_json_source(source)
    if parsed.problem is None or not parsed.problem.lost:
        assert is_known(parsed.value)
        return
    span = parsed.problem.span
    assert 1 <= span.start_line <= len(source.line_starts)
    assert parsed.problem.message and parsed.problem.hint


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("", "The text is empty where JSON is expected", 1, 1),
        ('{"a": 1,}', "A comma before the closing bracket", 1, 8),
        ("[1,\n 2,\n]", "Expected a value before ']'", 2, 3),
        ("[1, 2", "The JSON text ends before its last value is complete", 1, 6),
        ('{"a" 1}', "Expected a colon after the key, found '1'", 1, 6),
        ("{'a': 1}", "JSON strings are written with double quotes", 1, 2),
        ('{"a": 1} x', "There is more text after the end of the JSON value", 1, 10),
        ('{"a": NaN}', "NaN is not a JSON value", 1, 7),
        ('{"a": "NaN", "b": -Infinity}', "-Infinity is not a JSON value", 1, 19),
        ('{"é": [1 2]}', "Expected a comma or a closing bracket before '2'", 1, 10),
        ('{"a": // why\n1}', "JSON has no comments", 1, 7),
        ('{"a": "b', "This string is never closed", 1, 7),
        ("{a: 1}", "Expected a key in double quotes, found 'a'", 1, 2),
    ],
)
def test_errors_say_what_and_where(text: str, message: str, line: int, column: int) -> None:
    problem = parse_json_source(Source("f.json", text)).problem
    assert problem is not None
    assert (problem.message, problem.span[1:3]) == (message, (line, column))


def test_duplicate_key_is_reported_and_the_rest_is_kept() -> None:
    parsed = parse_json_source(Source("f.json", '{"a": {"b": 1, "c": [], "b": 2}}'))
    assert parsed.value == {"a": {"b": 2, "c": []}}
    assert parsed.problem is not None
    assert not parsed.problem.lost
    assert parsed.problem.span == Span("f.json", 1, 25, 1, 28)


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("x", "Expected"),
        ('"c": NaN}', "NaN is not a JSON value"),
        (f'"c": 1{"0" * 5_000}}}', "too many digits"),
        ('"c": {"d": "', "string"),
    ],
)
def test_what_follows_a_duplicate_key_may_be_wrong_as_well(rest: str, message: str) -> None:
    parsed = parse_json_source(Source("f.json", '{"a": {"b": 1, "b": 2}, ' + rest))
    assert isinstance(parsed.value, Unknown)
    assert parsed.problem is not None
    assert parsed.problem.lost
    assert message.lower() in parsed.problem.message.lower()


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "[[" * (MAX_DEPTH // 2) + "["])
def test_deep_nesting_is_refused_quickly(text: str) -> None:
    problem = parse_json_source(Source("f.json", text)).problem
    assert problem is not None
    assert problem.message == f"JSON nested deeper than {MAX_DEPTH} levels is not read"


def template_text() -> tuple[Source, MappedText]:
    source = Source("x.tf", '{"r": "arn:${x}/*", "n": ${n}, "k": ["${x}${x}"]}')
    builder = MappedTextBuilder()
    position = 0
    for name, start in (("x", 11), ("n", 25), ("x", 38), ("x", 42)):
        builder.add(source.text[position:start], source, position, start)
        builder.add_unknown(Unknown(name, (f"var.{name}",)), source, start, start + 4)
        position = start + 4
    builder.add(source.text[position:], source, position, len(source.text))
    return source, builder.build(source)


def test_unknown_parts_stay_where_they_stand() -> None:
    source, mapped = template_text()
    parsed = parse_json(mapped)
    x, n = Unknown("x", ("var.x",)), Unknown("n", ("var.n",))
    assert parsed.problem is None
    assert parsed.value == {"r": Template(("arn:", x, "/*")), "n": n, "k": [Template((x, x))]}
    span = parsed.locator.locate(("r",)).span
    assert source.text[span.start_column - 1 : span.end_column - 1] == '"arn:${x}/*"'
    span = parsed.locator.locate(("n",)).span
    assert source.text[span.start_column - 1 : span.end_column - 1] == "${n}"
    span = parsed.locator.locate_key(("k",)).span
    assert source.text[span.start_column - 1 : span.end_column - 1] == '"k"'


def test_error_behind_a_bare_unknown_keeps_its_place() -> None:
    source = Source("x.tf", '{"n": ${n}, }')
    builder = MappedTextBuilder()
    builder.add('{"n": ', source, 0, 6)
    builder.add_unknown(Unknown("n"), source, 6, 10)
    builder.add(", }", source, 10, 13)
    problem = parse_json(builder.build(source)).problem
    assert problem is not None
    assert problem.span[1:3] == (1, 11)


def test_a_path_that_is_not_there_gives_the_nearest_thing_that_is() -> None:
    parsed = parse_json_source(Source("f.json", '{"a": {"b": 1}}'))
    assert parsed.locator.locate(("a", "x", 3)).span == Span("f.json", 1, 7, 1, 15)


def test_a_placeholder_character_in_a_file_is_not_an_unknown() -> None:
    parsed = parse_json_source(Source("f.json", f'"{PLACEHOLDER}"'))
    assert parsed.value == "\ufffd"
