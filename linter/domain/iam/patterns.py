"""IAM's wildcards over texts that are known: ``*`` is any text, ``?`` one character."""

from __future__ import annotations

from functools import lru_cache

from linter.domain.iam.globs import covers, plain, wild

_wild = lru_cache(maxsize=1024)(wild)


def matches(pattern: str, text: str) -> bool:
    """Whether ``text`` matches ``pattern``; no backtracking blow-up.

    Case matters; callers lower both sides for actions.
    """
    if "?" not in pattern:
        head, star, tail = pattern.partition("*")
        if not star:
            return pattern == text
        if not text.startswith(head):
            return False
        if not tail:
            return True
    return covers(_wild(pattern), plain(text))
