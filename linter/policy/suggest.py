"""The nearest valid name for one that is not."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: object, candidates: Iterable[str]) -> str:
    """The candidate most like the word, ``""`` when none is near.

    Names of a user's file may be no text: ``true`` is a key in YAML.
    """
    from difflib import get_close_matches

    folded = {str(name).lower(): str(name) for name in candidates}
    found = get_close_matches(str(word).lower()[:80], list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def did_you_mean(word: object, candidates: Iterable[str]) -> str:
    """``"; did you mean …?"``, or nothing."""
    found = nearest(word, candidates)
    return f"; did you mean {found}?" if found else ""
