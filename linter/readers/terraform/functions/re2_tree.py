"""What a parsed regular expression is made of."""

from __future__ import annotations

from linter.core.record import record
from linter.readers.terraform.functions.re2_classes import Test


class PatternError(Exception):
    """The pattern is not one of Go's: what is wrong, and the part that is."""

    def __init__(self, what: str, part: str) -> None:
        super().__init__(f"error parsing regexp: {what}: `{part}`")
        self.what = what
        self.part = part


class UnsupportedPatternError(Exception):
    """The pattern is valid, but this engine does not implement a part of it."""


@record
class Node:
    """``kind``: empty, char, cat, alt, repeat, group, assert."""

    kind: str
    items: tuple[Node, ...] = ()
    test: Test | None = None
    low: int = 0
    high: int = -1
    lazy: bool = False
    index: int = 0
    what: str = ""
