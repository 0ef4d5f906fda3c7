"""Regular expressions for patterns and texts that come from strangers: RE2, linear in the text.

Terraform's patterns are those of Go's ``regexp``, which has RE2's syntax
(https://github.com/google/re2/wiki/Syntax); rules and ignore patterns are matched by it as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

MAX_MEMORY = 16 << 20
"""Bytes that one pattern and its matching may take; RE2 then goes on without its tables."""

Spans = tuple[tuple[int, int], ...]
"""Start and end of the whole match and of each group, in bytes; ``(-1, -1)`` took no part."""

_LOOK_AROUND = ("(?=", "(?!", "(?<=", "(?<!")


class PatternError(ValueError):
    """A pattern that is not valid, in RE2's words."""


class TooLargeError(PatternError):
    """A pattern that is valid and takes more memory than it may."""


@lru_cache(maxsize=512)
def compiled(pattern: str, *, ignore_case: bool = False, dot_all: bool = False) -> Any:
    """RE2's expression for texts in UTF-8. Raises :class:`PatternError`."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    options.case_sensitive = not ignore_case
    options.dot_nl = dot_all
    try:
        return re2.compile(pattern.encode("utf-8", "surrogatepass"), options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        if "too large" in text:
            raise TooLargeError(text) from None
        raise PatternError(text) from None


def why_refused(error: PatternError) -> str:
    """An error for people, with the reason where the pattern asks for what is not linear."""
    text = str(error)
    part = text.rpartition(" ")[2]
    if part in _LOOK_AROUND:
        return f"look-around ({part}…) is not allowed: it is not linear in time"
    if text.startswith("invalid escape sequence") and part[1:].isdecimal():
        return f"a back-reference ({part}) is not allowed: it is not linear in time"
    return text


def names_of(expression: Any) -> list[str]:
    """The names of an expression's groups in order, ``""`` for one without."""
    names = [""] * expression.groups
    for name, index in expression.groupindex.items():
        names[index - 1] = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    return names


def spans_of_all(expression: Any, text: bytes) -> Iterator[Spans]:
    """Matches from left to right, none overlapping; an empty one right after a match is none.

    This is how Go finds all (https://pkg.go.dev/regexp).
    """
    position, previous_end = 0, -1
    while position <= len(text):
        match = expression.search(text, position)
        if match is None:
            return
        start, end = match.span()
        follows = start == end == previous_end
        if not follows:
            yield tuple(match.span(group) for group in range(expression.groups + 1))
        previous_end = end
        position = end
        if start == end:
            position += 1
            while position < len(text) and text[position] & 0xC0 == 0x80:
                position += 1
