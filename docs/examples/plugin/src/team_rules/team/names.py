"""TEAM002: names of steps start with a verb."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.values import lookup
from linter.policy.helpers import fail, kleene_or, starts_with, unknown
from linter.policy.model import Context, Outcome, Subject


def starts_with_verb(subject: Subject, context: Context) -> Iterable[Outcome]:
    name = lookup(subject.value, "Name")
    holds = kleene_or(*(starts_with(name, verb) for verb in context.parameters["verbs"]))
    if holds is False:
        yield fail(("Name",))
    elif holds is None:
        yield unknown(name, ("Name",))
