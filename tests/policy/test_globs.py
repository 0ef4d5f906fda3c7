"""Path globs mean what they meant as a regular expression, and end on anything."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.core.values import Template, Unknown, make_string
from linter.policy.globs import PathGlob
from tests.hanging import calls_of, ends


@pytest.mark.parametrize(
    ("glob", "path", "means"),
    [
        ("prod/**", "prod/eu/main.tf", True),
        ("prod/*", "prod/eu/main.tf", True),  # the directory prod/eu, and all below it
        ("prod/*.tf", "prod/eu/main.tf", False),
        ("**/*.tf", "main.tf", True),
        ("main.tf", "deep/down/main.tf", True),
        ("./live/", "live/a.json", True),
        ("live", "alive/a.json", False),
        ("a?c", "a/c", False),
        ("a+(b)[c]", "a+(b)[c]", True),
        ("données/é*.tf", "données/été.tf", True),
    ],
)
def test_what_globs_mean(glob: str, path: str, means: bool) -> None:
    assert PathGlob(glob).matches(path) is means


_GLOBS = st.lists(
    st.sampled_from(["**/", "**", "*", "?", "a", "b", "/", ".", "\n", "é"]), max_size=8
)
_PATHS = st.text(alphabet="ab/.\né", max_size=12)


@given(_GLOBS.map("".join), _PATHS)
def test_globs_equal_their_regular_expression(glob: str, path: str) -> None:
    assert PathGlob(glob).matches(path) is (_reference(glob).fullmatch(path) is not None)


def _reference(glob: str) -> re.Pattern[str]:
    glob = glob.removeprefix("./").rstrip("/")
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    found = re.findall(r"\*\*/|\*\*|.", glob, re.DOTALL)
    source = "".join(words.get(one, re.escape(one)) for one in found)
    return re.compile(("" if "/" in glob else "(?:.*/)?") + source + "(?:/.*)?", re.DOTALL)


def test_a_glob_of_many_stars_ends() -> None:
    with ends():
        assert not PathGlob("**a" * 40 + "b").matches("a" * 400)
        assert not PathGlob("*a" * 200 + "b").matches("a" * 400)


@given(
    st.lists(st.one_of(st.none(), st.text(alphabet="ab\n", min_size=1, max_size=3)), max_size=6),
    st.text(alphabet="ab\n", max_size=10),
)
def test_templates_may_equal_what_their_pattern_matches(parts: list[str | None], text: str) -> None:
    unknown = Unknown("not known")
    known = [unknown if part is None else part for part in parts]
    pattern = "".join(".*" if part is None else re.escape(part) for part in parts)
    for before, after, ending in (([], [unknown], ".*"), ([unknown], ["b"], "b")):
        template = make_string([*before, *known, *after])
        assert isinstance(template, Template)
        whole = ".*" * len(before) + pattern + ending
        assert template.may_equal(text) is (re.fullmatch(whole, text, re.DOTALL) is not None)


def test_a_template_of_many_unknown_parts_ends() -> None:
    unknown = Unknown("not known")
    template = Template([*[unknown, "a"] * 40, unknown, "b"])
    with ends():
        assert not template.may_equal("a" * 400)
    many = Template([*[unknown, "a"] * 400, unknown, "b"])
    assert calls_of(lambda: many.may_equal("a" * 4000)) < 2_000
