"""A statement whose effect is not known, judged as each that it may be.

Every check of a statement begins with its effect. One that is unknown would end each of them in
silence, or make every rule undecided; so the check is asked about an Allow and about a Deny, and
what fails in either is undecided because of the effect, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linter.core.record import replace
from linter.core.values import OpenDict, Template, Unknown, lookup
from linter.policy.model import Subject

EFFECTS = ("Allow", "Deny")


def open_effect(subject: Subject) -> Any:
    """The effect of a statement when it is not known, else ``None``."""
    if subject.kind != "iam.statement" or not isinstance(subject.value, dict):
        return None
    effect = lookup(subject.value, "Effect")
    return effect if isinstance(effect, Unknown | Template) else None


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
