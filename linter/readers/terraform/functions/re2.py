"""Regular expressions in time proportional to pattern times text.

Backtracking that remembers where it has been: no pair of instruction and position is tried
twice, so no pattern can make it run away, and the first match found is the one Go finds.
"""

from __future__ import annotations

from collections.abc import Iterator

from linter.readers.terraform.functions.re2_program import (
    Assert,
    Char,
    Jump,
    Program,
    Save,
    Split,
)
from linter.readers.terraform.functions.re2_tree import UnsupportedPatternError

WORK_LIMIT = 5_000_000
"""Pairs of instruction and position one search may look at."""

Captures = list[int]


def find_all(program: Program, text: str) -> Iterator[Captures]:
    """Matches from left to right, none overlapping: start and end of the whole and each group.

    ``-1`` stands for a group that took no part. An empty match right after a match is none.
    """
    budget = WORK_LIMIT
    position, previous_end = 0, -1
    while position <= len(text):
        found, budget = _search(program, text, position, budget)
        if found is None:
            return
        start, end = found[0], found[1]
        follows = start == end == previous_end
        position = end + 1 if end == position else end
        previous_end = end
        if not follows:
            yield found


def find_first(program: Program, text: str) -> Captures | None:
    return next(find_all(program, text), None)


def _search(program: Program, text: str, start: int, budget: int) -> tuple[Captures | None, int]:
    code = program.code
    size = 2 * len(program.groups) + 2
    visited: set[int] = set()
    width = len(text) + 1
    for origin in range(start, width):
        # Each entry: instruction, position, and a capture to restore (-1: none).
        captures = [-1] * size
        stack: list[tuple[int, int, int]] = [(0, origin, -1)]
        while stack:
            where, position, slot = stack.pop()
            if slot >= 0:
                captures[slot] = position
                continue
            while True:
                key = where * width + position
                if key in visited:
                    break
                visited.add(key)
                budget -= 1
                if budget <= 0:
                    raise UnsupportedPatternError("a match that takes this long")
                step = code[where]
                if isinstance(step, Char):
                    if position >= len(text) or not step.test(text[position]):
                        break
                    position += 1
                    where += 1
                elif isinstance(step, Split):
                    stack.append((step.second, position, -1))
                    where = step.first
                elif isinstance(step, Jump):
                    where = step.to
                elif isinstance(step, Save):
                    stack.append((0, captures[step.slot], step.slot))
                    captures[step.slot] = position
                    where += 1
                elif isinstance(step, Assert):
                    if not _holds(step.kind, text, position):
                        break
                    where += 1
                else:
                    return captures, budget
    return None, budget


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")


def _holds(kind: str, text: str, position: int) -> bool:
    if kind == "start":
        return position == 0
    if kind == "end":
        return position == len(text)
    if kind == "line-start":
        return position == 0 or text[position - 1] == "\n"
    if kind == "line-end":
        return position == len(text) or text[position] == "\n"
    before = position > 0 and _is_word(text[position - 1])
    after = position < len(text) and _is_word(text[position])
    return (before != after) == (kind == "word")
