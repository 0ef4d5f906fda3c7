"""IAM's wildcards: ``*`` is any text, ``?`` one character."""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Whether ``text`` matches ``pattern``; linear space, no backtracking blow-up.

    Case matters; callers lower both sides for actions.
    """
    if "*" not in pattern and "?" not in pattern:
        return pattern == text
    position = at = 0
    star = -1
    resume = 0
    while at < len(text):
        if position < len(pattern) and pattern[position] == "*":
            star, resume = position, at
            position += 1
        elif position < len(pattern) and pattern[position] in ("?", text[at]):
            position += 1
            at += 1
        elif star >= 0:
            resume += 1
            position, at = star + 1, resume
        else:
            return False
    return not pattern[position:].strip("*")
