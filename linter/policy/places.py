"""Where a finding points: the narrowest text that must change."""

from __future__ import annotations

from typing import Any

from linter.core.documents import Path, knows_missing
from linter.core.sources import Location
from linter.core.values import MISSING, Unknown, lookup
from linter.policy.model import Subject
from linter.policy.rule import STEP_KIND


def value_at(value: Any, path: Path) -> Any:
    """The value at a path, ``MISSING`` where there is none."""
    for key in path:
        value = lookup(value, key)
        if value is MISSING:
            return MISSING
    return value


def _existing(value: Any, path: Path) -> int:
    """How many of the path's keys are really there."""
    for count, key in enumerate(path):
        if isinstance(value, Unknown):
            return count
        value = value[key] if _has(value, key) else MISSING
        if value is MISSING:
            return count
    return len(path)


def _has(value: Any, key: str | int) -> bool:
    if isinstance(value, dict):
        return key in value
    return isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value)


def place(subject: Subject, at: Path, *, key: bool = False) -> Location:
    """The text for a path below a subject.

    For what is not there: the key of the nearest thing around it that is; at the very outside, the
    text that names the subject.
    """
    there = _existing(subject.value, at)
    if there < len(at):
        there = max(there, _existing(subject.raw, at))
    if at and there == len(at):
        return subject.locator.locate_key(at) if key else subject.locator.locate(at)
    around = at[:there]
    if at and knows_missing(subject.locator):
        return subject.locator.locate(at)
    if not around or (subject.kind == STEP_KIND and around == ("Arguments",)):
        # Every rule that misses something points here.
        if subject.header is None:
            subject.header = _outermost(subject)
        return subject.header
    return subject.locator.locate_key(around)


def _outermost(subject: Subject) -> Location:
    """The text that names the subject."""
    value = subject.value
    if subject.kind == STEP_KIND and isinstance(value, dict) and "Name" in value:
        return subject.locator.locate(("Name",))
    if subject.kind == "pipeline":
        if subject.domain is not None and subject.domain.resource is not None:
            found: Location = subject.domain.document.locate(())
            return found
        if isinstance(value, dict):
            for key in ("Steps", *value):
                if key in value:
                    return subject.locator.locate_key((key,))
    if subject.kind == "iam.statement" and isinstance(value, dict):
        for key in ("Sid", "Effect", "Action", *value):
            if key in value:
                return subject.locator.locate((key,))
    if subject.kind == "iam.policy" and isinstance(value, dict) and "Statement" in value:
        return subject.locator.locate_key(("Statement",))
    return subject.locator.locate(())
