"""What Python checks use: outcomes, three-valued tests, selection, display.

See docs/writing-rules.md. Nothing here looks at text or does input or output.
"""

from __future__ import annotations

from typing import Any

from linter.core.documents import Document, Path
from linter.core.reads import watched
from linter.core.sources import Location, Related
from linter.core.truth import Truth, kleene_and, kleene_not, kleene_or
from linter.core.values import (
    MISSING,
    Choice,
    Template,
    Unknown,
    note_unknown,
    references_of,
    unknown_parts,
    walk,
)
from linter.policy.durations import parse_duration
from linter.policy.jsonpath import parse_path, show_path
from linter.policy.messages import display
from linter.policy.model import Confidence, Outcome, Severity, Verdict
from linter.policy.predicates import (
    contains,
    disjoint_from,
    ends_with,
    equals,
    exists,
    instance,
    is_set,
    like,
    matches,
    one_of,
    starts_with,
    subset_of,
    superset_of,
)
from linter.policy.selector import Match
from linter.policy.selector import select as _select

__all__ = [
    "Match",
    "Truth",
    "as_bool",
    "as_number",
    "as_text",
    "contains",
    "disjoint_from",
    "display",
    "ends_with",
    "equals",
    "exists",
    "fail",
    "instance",
    "is_set",
    "kleene_and",
    "kleene_not",
    "kleene_or",
    "known_values",
    "like",
    "matches",
    "one_of",
    "parse_duration",
    "select",
    "show_path",
    "starts_with",
    "subset_of",
    "superset_of",
    "unknown",
    "walk",
    "why_unknown",
]

MAX_REASONS = 3


def fail(
    at: Path = (),
    message: str = "",
    *,
    key: bool = False,
    detail: str = "",
    severity: Severity | None = None,
    confidence: Confidence | None = None,
    related: tuple[Related, ...] = (),
    location: Location | None = None,
    sensitive: bool = False,
    about: Document | None = None,
) -> Outcome:
    """A failure at a path below the subject's value; without a message the rule's own is used.

    ``key`` points at the key instead of the value. ``detail`` tells several failures at one place
    apart (an action, a name) and is part of the fingerprint. ``location`` overrides the place,
    ``about`` the document that it is about. What is ``sensitive`` is masked wherever a report
    quotes the source.
    """
    return Outcome(
        Verdict.FAIL,
        tuple(at),
        key,
        message,
        severity=severity,
        confidence=confidence,
        detail=detail,
        related=related,
        location=location,
        sensitive=sensitive,
        about=about,
    )


def unknown(
    what: Any,
    at: Path = (),
    message: str = "",
    *,
    key: bool = False,
    detail: str = "",
    references: tuple[str, ...] = (),
    location: Location | None = None,
    about: Document | None = None,
) -> Outcome:
    """Something that cannot be decided, because of ``what``: a value, or a reason in words."""
    if isinstance(what, str):
        because, found = what, references
    else:
        because, found = why_unknown(what)
        found = tuple(dict.fromkeys((*found, *references)))
    return Outcome(
        Verdict.UNKNOWN,
        tuple(at),
        key,
        message,
        because,
        found,
        detail=detail,
        location=location,
        about=about,
    )


def why_unknown(value: Any) -> tuple[str, tuple[str, ...]]:
    """(the reason in words, what it refers to) of a value that is not wholly known."""
    reasons: dict[str, None] = {}
    for part in unknown_parts(value):
        reasons.setdefault(
            part.reason if isinstance(part, Unknown) else "it is one of several values"
        )
        if len(reasons) == MAX_REASONS:
            break
    return "; ".join(reasons) or "it cannot be decided from the text", references_of(value)


def known_values(value: Any) -> tuple[Any, ...]:
    """Every value it may have: itself, a choice's values, an unknown's alternatives.

    Empty when it is missing or not known; what is not known is noted as read.
    """
    if value is MISSING:
        return ()
    if isinstance(value, Choice):
        return tuple(item for each in value.values for item in known_values(each))
    if isinstance(value, Unknown) and value.alternatives:
        return tuple(item for each in value.alternatives for item in known_values(each))
    if isinstance(value, Unknown | Template):
        note_unknown(value)
        return ()
    return (value,)


def as_bool(value: Any) -> bool | None:
    """A boolean, or ``"true"`` and ``"false"`` as text; ``None`` for everything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return None


def as_number(value: Any) -> float | None:
    """A number, or numeric text; ``None`` for everything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | str) and len(str(value)[:41]) <= 40:
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if number - number == 0 else None
    return None


def as_text(value: Any) -> str | None:
    """A wholly known text, else ``None``."""
    return value if isinstance(value, str) else None


def select(value: Any, path: str) -> list[Match]:
    """The matches of a JSONPath; an absent member is a match whose value is ``MISSING``.

    What of the matches is not known is noted as read.
    """
    found = _select(parse_path(path), value)
    if watched():
        for match in found:
            note_unknown(match.value)
    return found
