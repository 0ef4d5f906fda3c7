"""Statements of which something is not known, in each of the forms that they may have.

Every check of a statement begins with its effect. One that is unknown would end each of them in
silence, or make every rule undecided; so the check is asked about an Allow and about a Deny, and
what fails in either is undecided because of the effect, and nothing else is. Likewise a check that
says nothing of what is one of a few values is asked about each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.record import replace
from linter.core.values import OpenDict, Template, Unknown, lookup
from linter.policy.model import Subject
from linter.policy.statements import normal_statement

EFFECTS = ("Allow", "Deny")
MAX_SUPPOSED = 16
"""So many forms of one statement are looked at."""


def open_effect(subject: Subject) -> Any:
    """The effect of a statement when it is not known, else ``None``."""
    if subject.kind != "iam.statement" or not isinstance(subject.value, dict):
        return None
    effect = lookup(subject.value, "Effect")
    return effect if isinstance(effect, Unknown | Template) else None


def with_alternatives(subject: Subject, unknowns: Iterable[Any]) -> list[Subject] | None:
    """A statement in each of its forms, where what is not known is one of a few values.

    ``None`` where it may be anything else, or there are too many forms.
    """
    if subject.kind != "iam.statement" or not isinstance(subject.value, dict):
        return None
    forms = [subject.value]
    for unknown in unknowns:
        options = unknown.alternatives if isinstance(unknown, Unknown) else ()
        if not options or len(forms) * len(options) > MAX_SUPPOSED:
            return None
        forms = [_put(form, unknown, option) for form in forms for option in options]
    return [replace(subject, value=normal_statement(form), _nodes={}) for form in forms]


def _put(value: Any, unknown: Any, option: Any) -> Any:
    """A value with another in the place of an unknown; lists in lists become one."""
    if value is unknown:
        return option
    if isinstance(value, dict):
        made = {key: _put(item, unknown, option) for key, item in value.items()}
        return OpenDict(made, value.rest) if isinstance(value, OpenDict) else made
    if isinstance(value, list):
        found: list[Any] = []
        for item in value:
            put = _put(item, unknown, option)
            found.extend(put if item is unknown and isinstance(put, list) else [put])
        return found
    return value


def with_each_effect(subject: Subject) -> Iterator[Subject]:
    """The statement with each effect that it may have."""
    value = subject.value
    effect = lookup(value, "Effect")
    for name in EFFECTS:
        if isinstance(effect, Template) and not effect.may_equal(name):
            continue
        if isinstance(effect, Unknown) and effect.alternatives and name not in effect.alternatives:
            continue
        known = {**value, "Effect": name}
        supposed = OpenDict(known, value.rest) if isinstance(value, OpenDict) else known
        yield replace(subject, value=supposed, _nodes={})
