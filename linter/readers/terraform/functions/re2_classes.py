"""Sets of characters in Go's regular expressions."""

from __future__ import annotations

from collections.abc import Callable
from unicodedata import category

Test = Callable[[str], bool]
"""Whether a character is in the set."""

_DIGIT = [("0", "9")]
_WORD = [("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z")]
_SPACES = [("\t", "\n"), ("\f", "\r"), (" ", " ")]
PERL = {"d": _DIGIT, "w": _WORD, "s": _SPACES}
POSIX = {
    "alnum": [("0", "9"), ("A", "Z"), ("a", "z")],
    "alpha": [("A", "Z"), ("a", "z")],
    "ascii": [("\x00", "\x7f")],
    "blank": [("\t", "\t"), (" ", " ")],
    "cntrl": [("\x00", "\x1f"), ("\x7f", "\x7f")],
    "digit": _DIGIT,
    "graph": [("!", "~")],
    "lower": [("a", "z")],
    "print": [(" ", "~")],
    "punct": [("!", "/"), (":", "@"), ("[", "`"), ("{", "~")],
    "space": [("\t", "\r"), (" ", " ")],
    "upper": [("A", "Z")],
    "word": _WORD,
    "xdigit": [("0", "9"), ("A", "F"), ("a", "f")],
}
ESCAPES = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
CATEGORIES = frozenset("CLMNPSZ")


def in_ranges(ranges: list[tuple[str, str]]) -> Test:
    def test(char: str) -> bool:
        return any(low <= char <= high for low, high in ranges)

    return test


def negated(test: Test) -> Test:
    return lambda char: not test(char)


def any_of(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda char: any(test(char) for test in tests)


def folded(test: Test) -> Test:
    return lambda char: test(char) or test(char.lower()) or test(char.upper())


def literal(char: str) -> Test:
    return char.__eq__


def in_category(name: str) -> Test:
    return lambda char: category(char).startswith(name)
