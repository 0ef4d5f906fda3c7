"""Hostile text cannot disturb a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from linter.core.printable import printable, width


@given(st.text())
def test_nothing_unprintable_is_left(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable() or shown == ""
    assert "\x1b" not in shown and "\u202e" not in shown


def test_known_cases() -> None:
    assert printable("a\x1b[31mb\nc\u202ed") == "a\\x1b[31mb\\nc\\u202ed"
    assert printable("größe 模型") == "größe 模型"
    assert printable("abcdefghij", 5) == "ab…ij"
    assert (width("模型"), width("e\u0301"), width("abc")) == (4, 1, 3)
