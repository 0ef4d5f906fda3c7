"""REL014: resources that hold what cannot be made again, and that one apply can delete."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.documents import Document
from linter.core.values import MISSING
from linter.policy.helpers import as_bool, fail, known_values, select, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.environments import is_non_production

_CONFIGURATION = (".tf", ".tf.json", ".tofu", ".tofu.json")
_KEPT = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})


def unprotected(subject: Subject, context: Context) -> Iterable[Outcome]:
    """REL014: neither ``prevent_destroy`` nor a ``DeletionPolicy`` that keeps it."""
    document = subject.domain
    assert isinstance(document, Document)
    if is_non_production(document, context.project, context.parameters["environments"]):
        return
    if subject.kind == "terraform":
        matches = select(document.value, "$.lifecycle[*].prevent_destroy")
        if any(as_bool(match.value) for match in matches):
            return
        if document.path.endswith(_CONFIGURATION):
            yield fail()
        else:
            yield unknown("a plan does not say whether prevent_destroy is set")
        return
    policy = document.attributes.get("DeletionPolicy", MISSING)
    if policy is not MISSING and not known_values(policy):
        yield unknown(policy)
    elif not _KEPT.intersection(v for v in known_values(policy) if isinstance(v, str)):
        yield fail(message=f"{subject.title} is deleted, with all it holds, with its stack")
