"""The nearest valid name for one that is not."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.regex import lazy_regex

_LOOKS_LIKE_AN_ID = lazy_regex(r"([a-z]{2,6})([0-9oil]{3})")
_DIGITS = str.maketrans("oil", "011")


def nearest(word: object, candidates: Iterable[str]) -> str:
    """The candidate most like the word, ``""`` when none is near.

    Names of a user's file may be no text: ``true`` is a key in YAML.
    """
    from difflib import get_close_matches

    folded = {str(name).lower(): str(name) for name in candidates}
    seen = _LOOKS_LIKE_AN_ID.fullmatch(str(word).lower())
    if seen is not None and (digits := seen[1] + seen[2].translate(_DIGITS)) in folded:
        return folded[digits]
    found = get_close_matches(str(word).lower()[:80], list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def did_you_mean(word: object, candidates: Iterable[str]) -> str:
    """``"; did you mean …?"``, or nothing."""
    found = nearest(word, candidates)
    return f"; did you mean {found}?" if found else ""
