"""The declared name that an undeclared one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

MAX_COMPARED = 100
"""Names that are compared letter by letter; the comparison is slow."""


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`` Did you mean "x"?``, or nothing. Only names that start alike are compared."""
    from difflib import get_close_matches

    head, _, tail = name.rpartition(".")
    stem = f"{head}." if head else ""
    alike = [other for other in names if other.startswith(stem + tail[:1])]
    if not alike and stem:
        alike = [other for other in names if other.endswith(f".{tail}")]
    near = get_close_matches(name, alike[:MAX_COMPARED], 1)
    return f' Did you mean "{near[0]}"?' if near else ""
