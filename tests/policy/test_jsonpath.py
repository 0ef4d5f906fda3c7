"""Paths: parsing, and equality with jsonpath-ng on documents without unknowns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonpath_ng.ext.parser import parse as reference_parse

from linter.core.values import MISSING, Choice, OpenDict, Rest, Template, Unknown
from linter.policy import jsonpath
from linter.policy.jsonpath import PathError, parse_path, show_path
from linter.policy.selector import select

KEYS = ["a", "b", "c d", "Type"]
scalars = st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["x", "y", "", "1"])
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=20,
)

key_segments = st.sampled_from([".a", ".b", ".Type", "['c d']", "['a','b']"])
index_segments = st.sampled_from(["[0]", "[1]", "[-1]", "[0,1]", "[1:]", "[:2]", "[::2]", "[-2:]"])
literals = st.sampled_from(['"x"', "1", "0", "true", "false", "null", "2", '""'])
relative = st.sampled_from(["@.a", "@.b", "@['c d']", "@.a.b", "@[0]"])
comparisons = st.builds(
    lambda p, o, v: f"{p} {o} {v}",
    relative,
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    literals,
)
tests = comparisons | relative | relative.map(lambda p: f"!{p}")
filters = st.builds(
    lambda parts, op: f"[?({f' {op} '.join(parts)})]",
    st.lists(tests, min_size=1, max_size=3),
    st.sampled_from(["&&", "||"]),
)
plain = st.sampled_from(["[*]", ".*"]) | key_segments | index_segments | filters
deep = st.sampled_from(["..a", "..b", "..*", "..Type", "..[0]"])


@st.composite
def paths(draw: st.DrawFn) -> str:
    segments = draw(st.lists(plain, max_size=4))
    if draw(st.booleans()):
        segments.insert(draw(st.integers(0, len(segments))), draw(deep))
    return "$" + "".join(segments)


def reference(path: str, document: Any) -> list[tuple[tuple[str | int, ...], Any]]:
    found = []
    for match in reference_parse(path).find(document):
        keys: list[str | int] = []
        node = match
        while node.context is not None:
            step = node.path
            if type(step).__name__ == "Index":
                index = step.indices[0]
                if index < 0:
                    index += len(node.context.value)
                keys.append(index)
            else:
                keys.append(step.fields[0])
            node = node.context
        found.append((tuple(reversed(keys)), match.value))
    return found


@settings(max_examples=400, deadline=None)
@given(paths(), documents)
def test_equals_jsonpath_ng_where_everything_is_known(path: str, document: Any) -> None:
    ours = [
        (match.path, match.value)
        for match in select(parse_path(path), document)
        if match.value is not MISSING and not match.crossed
    ]
    assert ours == reference(path, document)


@given(st.lists(st.sampled_from([".A", "[*]", "[2]", "..K", "['x y']", ".*"]), max_size=5))
def test_the_quick_reader_agrees_with_the_grammar(segments: list[str]) -> None:
    text = "$" + "".join(segments)
    if text.count("..") > 1:
        return
    simple = jsonpath._parse_simple(text)
    assert simple is not None
    assert simple == jsonpath._parse_full(text)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("A.B", "start with"),
        ("$.A[", "no valid JSONPath"),
        ("$.A.`len`", "Len is not supported"),
        ("$..A..B", "only once"),
        ("$.A[?(@.x =~ 'a+')]", "=~ is not supported"),
        ("$.A[?($.x == 1)]", "must start with @"),
        ("$.A[?(@.x == @.y)]", "literal only"),
        ("$.A[\\x]", "not supported"),
        ("$" + ".a" * 300, "longer than"),
        ("$" + ".a" * 50, "more than"),
    ],
)
def test_refused_paths_say_why(path: str, reason: str) -> None:
    with pytest.raises(PathError, match=reason):
        parse_path(path)


def test_an_absent_member_of_an_element_is_a_missing_match() -> None:
    document = {"V": [{"Size": 1}, {}, {"Size": 3}]}
    found = select(parse_path("$.V[*].Size"), document)
    assert [(m.path, m.value) for m in found] == [
        (("V", 0, "Size"), 1),
        (("V", 1, "Size"), MISSING),
        (("V", 2, "Size"), 3),
    ]


def test_null_on_the_way_is_missing() -> None:
    [match] = select(parse_path("$.A.B"), {"A": None})
    assert match.value is MISSING
    assert match.path == ("A", "B")


def test_unknowns_on_the_way_are_crossed() -> None:
    why = Unknown("var.x has no default", ["var.x"])
    [match] = select(parse_path("$.A.B.C"), {"A": {"B": why}})
    assert match.crossed
    assert match.value is why
    [match] = select(parse_path("$.A.B"), {"A": OpenDict({"C": 1}, why)})
    assert match.crossed
    assert match.value is why
    rest = Rest("more may follow")
    found = select(parse_path("$.A[*]"), {"A": [1, rest]})
    assert [m.crossed for m in found] == [False, True]
    assert select(parse_path("$.A[0]"), {"A": [1, rest]})[0].value == 1
    assert select(parse_path("$.A[1]"), {"A": [1, rest]})[0].crossed


def test_a_value_of_another_type_is_a_surprise_not_a_silent_nothing() -> None:
    [match] = select(parse_path("$.A.B"), {"A": "text"})
    assert match.crossed
    assert "a text where a mapping is expected" in match.value.reason


def test_alternatives_are_followed() -> None:
    either = Unknown("var.x decides", ["var.x"], [{"B": 1}, None])
    [match] = select(parse_path("$.A.B"), {"A": either})
    assert not match.crossed
    assert match.value.alternatives == (1, MISSING)


def test_a_filter_that_cannot_be_decided_is_unknown() -> None:
    document = {"T": [{"K": Unknown("var.k")}, {"K": "Team"}, {"K": Template(["x", Unknown("?")])}]}
    found = select(parse_path('$.T[?(@.K == "Team")]'), document)
    assert [(m.path, m.crossed) for m in found] == [(("T", 0), True), (("T", 1), False)]


def test_descendants_skip_what_is_surely_text() -> None:
    arn = Unknown("not known", ["aws_iam_role.r.arn"])
    anything = Unknown("not known", ["var.settings"])
    assert select(parse_path("$..K"), {"A": arn, "K": 1})[0].path == ("K",)
    assert len(select(parse_path("$..K"), {"A": arn, "K": 1})) == 1
    assert any(m.crossed for m in select(parse_path("$..K"), {"A": anything, "K": 1}))


def test_choices_on_the_way_follow_the_pick() -> None:
    choice = Choice([{"B": 1}, {"B": 2}], ["Parameters.P"])
    [match] = select(parse_path("$.A.B"), {"A": choice}, lambda c: c.values[1])
    assert match.value == 2


def test_depth_and_number_are_bounded() -> None:
    document: Any = {}
    for _ in range(5000):
        document = {"a": document}
    found = select(parse_path("$..b"), document)
    assert found[-1].crossed
    wide = [[0] * 500] * 500
    found = select(parse_path("$[*][*]"), wide)
    assert len(found) == 200_001
    assert found[-1].crossed


def test_paths_are_shown_as_people_write_them() -> None:
    assert show_path(("A", "B", 0, "c d")) == "A.B[0]['c d']"
