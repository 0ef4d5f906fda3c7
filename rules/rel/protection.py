"""REL014: resources that hold what cannot be made again, and that one apply can delete."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.documents import Document
from linter.core.values import MISSING, Unknown
from linter.policy.helpers import as_bool, fail, known_values, select, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.environments import is_non_production, unread_environment

_CONFIGURATION = (".tf", ".tf.json", ".tofu", ".tofu.json")
_KEPT = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})


def unprotected(subject: Subject, context: Context) -> Iterable[Outcome]:
    """REL014: neither ``prevent_destroy`` nor a ``DeletionPolicy`` that keeps it."""
    document = subject.domain
    assert isinstance(document, Document)
    if is_non_production(document, context.project, context.parameters["environments"]):
        return
    unread = unread_environment(document, context.project)
    if subject.kind == "terraform":
        matches = select(document.value, "$.lifecycle[*].prevent_destroy")
        if any(as_bool(match.value) for match in matches):
            return
        hidden = next((m.value for m in matches if isinstance(m.value, Unknown)), None)
        if hidden is not None:
            yield unknown(hidden)
        elif document.path.endswith(_CONFIGURATION):
            yield fail() if unread is None else unknown(unread, ("tags",))
        else:
            yield unknown("a plan does not say whether prevent_destroy is set")
        return
    policy = document.attributes.get("DeletionPolicy", MISSING)
    if policy is not MISSING and not known_values(policy):
        yield unknown(policy)
    elif not _KEPT.intersection(v for v in known_values(policy) if isinstance(v, str)):
        if unread is not None:
            yield unknown(unread, ("Tags",))
            return
        yield fail(message=f"{subject.title} is deleted, with all it holds, with its stack")
