"""Regular expressions of rules: only those that Python's engine matches in linear time.

Python backtracks, and texts come from strangers. A pattern is refused when two of its parts could
share the same text in more than one way: a repeat inside a repeat, alternatives inside a repeat
that start alike, or two open-ended repeats that overlap with nothing certain between them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as _c  # type: ignore[attr-defined]
from re import _parser as _p  # type: ignore[attr-defined]
from typing import Any

MAX_PATTERN = 500
MAX_COUNTED = 256
_OPEN_ENDED = 64
"""A repeat that may match more often than this counts as open-ended."""

_ALL = frozenset(range(129))
"""The ASCII characters, and 128 for every other one."""


class RegexError(ValueError):
    """A pattern that is not valid, or could backtrack."""


@lru_cache(maxsize=512)
def compile_safe(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Compile for full matches (``.`` matches line ends too). Raises :class:`RegexError`."""
    if len(pattern) > MAX_PATTERN:
        raise RegexError(f"the pattern is longer than {MAX_PATTERN} characters")
    flags = re.DOTALL | re.ASCII | (re.IGNORECASE if ignore_case else 0)
    try:
        tree = _p.parse(pattern, flags)
        compiled = re.compile(pattern, flags)
    except (re.error, OverflowError) as error:
        raise RegexError(f"no valid regular expression: {error}") from None
    except RecursionError:
        raise RegexError("the pattern is nested too deeply") from None
    if tree.state.flags & ~(flags | re.UNICODE):
        raise RegexError("flags inside the pattern are not allowed; use ignore_case")
    items = _flatten(list(tree), in_repeat=False)
    _check_overlaps(items, ignore_case)
    return compiled


class _Item:
    """One thing that consumes text: the characters it may match, how often."""

    __slots__ = ("chars", "low", "open")

    def __init__(self, chars: frozenset[int], low: int, open_ended: bool) -> None:
        self.chars = chars
        self.low = low
        self.open = open_ended


def _flatten(nodes: list[Any], *, in_repeat: bool) -> list[list[_Item]]:
    """Every way through the alternatives, as a sequence of items. Bounded."""
    ways: list[list[_Item]] = [[]]
    for op, argument in nodes:
        ways = [way + tail for way in ways for tail in _expand(op, argument, in_repeat)]
        if len(ways) > 200:
            raise RegexError("too many alternatives; use one_of or several conditions")
    return ways


def _expand(op: Any, argument: Any, in_repeat: bool) -> list[list[_Item]]:
    if op is _c.AT:
        return [[]]
    if op is _c.SUBPATTERN:
        if argument[1] or argument[2]:
            raise RegexError("flags inside the pattern are not allowed; use ignore_case")
        return _flatten(list(argument[3]), in_repeat=in_repeat)
    if op is _c.BRANCH:
        branches = (_flatten(list(branch), in_repeat=in_repeat) for branch in argument[1])
        ways = [way for branch in branches for way in branch]
        if in_repeat:
            _check_first_characters(ways)
        return ways
    if op in (_c.MAX_REPEAT, _c.MIN_REPEAT):
        return _repeat(*argument, in_repeat=in_repeat)
    if op in (_c.LITERAL, _c.NOT_LITERAL, _c.ANY, _c.IN, _c.CATEGORY):
        return [[_Item(_characters(op, argument), 1, False)]]
    word = str(op).lower().replace("_", " ")
    raise RegexError(f"{word} is not allowed: it can need more than linear time")


def _repeat(low: int, high: Any, body: Any, *, in_repeat: bool) -> list[list[_Item]]:
    nodes = list(body)
    open_ended = high is _c.MAXREPEAT or high > _OPEN_ENDED
    if low > MAX_COUNTED or (high is not _c.MAXREPEAT and high > MAX_COUNTED):
        raise RegexError(f"a repeat count above {MAX_COUNTED} is not allowed")
    if len(nodes) == 1 and nodes[0][0] in (_c.LITERAL, _c.NOT_LITERAL, _c.ANY, _c.IN):
        if in_repeat and high != low:
            raise RegexError("a repeat inside a repeat can need exponential time")
        return [[_Item(_characters(*nodes[0]), low, high != low)]]
    if high == 1:
        inner = _flatten(nodes, in_repeat=in_repeat)
        return inner if low == 1 else [[], *inner]
    inner = _flatten(nodes, in_repeat=True)
    if not open_ended and high == low:
        return [way * min(low, 3) for way in inner]
    if any(not way for way in inner):
        raise RegexError("a repeat of something that can be empty is not allowed")
    _check_first_characters(inner)
    chars = frozenset().union(*(item.chars for way in inner for item in way))
    return [[_Item(chars, low, True)]]


def _check_first_characters(ways: list[list[_Item]]) -> None:
    """Inside a repeat, alternatives must be told apart by their first character."""
    seen: frozenset[int] = frozenset()
    for way in ways:
        first = way[0].chars if way else _ALL
        if seen & first:
            raise RegexError("alternatives inside a repeat start alike; that can backtrack")
        seen |= first


def _check_overlaps(ways: list[list[_Item]], ignore_case: bool) -> None:
    for way in ways:
        items = [_fold(item) for item in way] if ignore_case else way
        # A final repeat of every character always succeeds: nothing is tried again.
        if items and items[-1].open and items[-1].chars >= _ALL:
            items = items[:-1]
        for start, item in enumerate(items):
            if not item.open:
                continue
            for later in items[start + 1 :]:
                if later.open and later.chars & item.chars:
                    raise RegexError(
                        "two repeats can match the same text, which takes quadratic time; "
                        "put a character between them that the first cannot match"
                    )
                if later.low and not later.chars & item.chars:
                    break


def _fold(item: _Item) -> _Item:
    chars = frozenset(
        ord(case)
        for code in item.chars
        if code < 128
        for case in (chr(code).lower(), chr(code).upper())
    ) | (item.chars & {128})
    return _Item(chars, item.low, item.open)


def _characters(op: Any, argument: Any) -> frozenset[int]:
    if op is _c.LITERAL:
        return frozenset({min(argument, 128)})
    if op is _c.NOT_LITERAL:
        return _ALL - {argument} if argument < 128 else _ALL
    if op is _c.ANY:
        return _ALL
    if op is _c.CATEGORY:
        return _category(argument)
    found: frozenset[int] = frozenset()
    negated = False
    for kind, value in argument:
        if kind is _c.NEGATE:
            negated = True
        elif kind is _c.LITERAL:
            found |= {min(value, 128)}
        elif kind is _c.RANGE:
            found |= frozenset(range(min(value[0], 128), min(value[1], 128) + 1))
        elif kind is _c.CATEGORY:
            found |= _category(value)
    if negated:
        return (_ALL - found) | {128}
    return found


def _category(category: Any) -> frozenset[int]:
    pattern = {
        _c.CATEGORY_DIGIT: r"\d",
        _c.CATEGORY_NOT_DIGIT: r"\D",
        _c.CATEGORY_SPACE: r"\s",
        _c.CATEGORY_NOT_SPACE: r"\S",
        _c.CATEGORY_WORD: r"\w",
        _c.CATEGORY_NOT_WORD: r"\W",
    }.get(category)
    if pattern is None:
        return _ALL
    compiled = re.compile(pattern, re.ASCII)
    found = frozenset(c for c in range(128) if compiled.match(chr(c)))
    return found | {128} if compiled.match("\u00e9") else found
