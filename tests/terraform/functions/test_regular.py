"""Regular expressions of Terraform on RE2: what holds for every pattern and text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from linter.core.linear import PatternError
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.value import string
from linter.readers.terraform.functions.regular import _Pattern, regexall, replace_pattern

pieces = st.sampled_from(
    [
        *("a", "b", "é", ".", "(", ")", "(?:", "(?i)", "(?P<n>", "(?<m>", "[", "]", "[^]", "|"),
        *(
            "*",
            "+",
            "?",
            "{2}",
            "^",
            "$",
            "\\b",
            "\\d",
            "\\(",
            "\\[",
            "\\Q",
            "\\E",
            "\\\\",
            "[:alpha:]",
        ),
        *("(a)", "(?P<x>b)", "[(]", "[]a]", "\\C"),
    ]
)
patterns = st.lists(pieces, max_size=8).map("".join)
texts = st.text("abé1 (]\n", max_size=20)


@given(patterns)
def test_groups_are_counted_as_re2_counts_them(source: str) -> None:
    try:
        found = _Pattern(source)
    except PatternError:
        return
    assert len(found.groups) == found.expression.groups
    assert set(found.groups) - {""} == {name.decode() for name in found.expression.groupindex}


@given(patterns, texts)
def test_what_is_replaced_by_itself_stays(source: str, text: str) -> None:
    try:
        made = replace_pattern(string(text), source, "$0")
    except FunctionError:
        return
    assert made.data == text


@given(
    st.sampled_from(["a", "ab?", "[aé]+", "a*", "", "\\d|b", "(a)(b)?", "é.", "^a", "a$"]), texts
)
def test_plain_patterns_match_as_pythons(source: str, text: str) -> None:
    """Where both mean the same; Python takes an empty match right after a match, Go does not."""
    found = list(re.finditer(source.replace("$", r"\Z"), text))
    end = -1
    wanted = []
    for match in found:
        if match.start() == match.end() == end:
            continue
        end = match.end()
        wanted.append(match[0])
    if "(" in source:
        assert len(regexall(string(source), string(text)).data) == len(wanted)
    else:
        assert [item.data for item in regexall(string(source), string(text)).data] == wanted
