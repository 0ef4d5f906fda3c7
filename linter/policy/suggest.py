"""The nearest valid name for one that is not."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate most like the word, ``""`` when none is near."""
    from difflib import get_close_matches

    names = list(candidates)
    folded = {name.lower(): name for name in names}
    found = get_close_matches(word.lower()[:80], list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """``"; did you mean …?"``, or nothing."""
    found = nearest(word, candidates)
    return f"; did you mean {found}?" if found else ""
