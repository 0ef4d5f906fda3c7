"""TAG001, TAG003 to TAG005: tags of resources, with those that the provider adds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from linter.core.documents import Document, Path
from linter.core.values import MISSING, OpenDict, Unknown, lookup
from linter.policy.helpers import fail, select, unknown
from linter.policy.model import Context, Outcome, Subject

MAX_TAGS = 50


def required(subject: Subject, context: Context) -> Iterable[Outcome]:
    """TAG001, TAG003: keys that the parameter ``required_tags`` lists."""
    wanted = [str(key) for key in context.parameters["required_tags"]]
    if not wanted:
        return
    keys, undecided = _keys(subject, context)
    absent = [key for key in wanted if key not in keys]
    if not absent:
        return
    name = "tags" if subject.kind == "terraform" else "Tags"
    at: Path = (name,) if lookup(subject.value, name) is not MISSING else ()
    if undecided is not None:
        yield unknown(undecided, at)
        return
    yield fail(
        at, f"{subject.title} has no tag {', '.join(absent)}", key=True, detail=" ".join(absent)
    )


def reserved(subject: Subject, context: Context) -> Iterable[Outcome]:
    """TAG005: keys that AWS refuses, and more tags than it takes."""
    keys, _ = _keys(subject, context)
    at = ("tags",) if subject.kind == "terraform" else ("Tags",)
    for key in sorted(keys):
        if re.match("aws:", key, re.IGNORECASE):
            yield fail(at, f"{subject.title} has the tag {key}: the prefix aws: is refused")
    if len(keys) > MAX_TAGS:
        yield fail(at, f"{subject.title} has {len(keys)} tags, and {MAX_TAGS} are allowed")


def _keys(subject: Subject, context: Context) -> tuple[set[str], Any]:
    """The keys a resource carries, and why there may be more (``None`` when all are known)."""
    if subject.kind == "cloudformation":
        value = lookup(subject.value, "Tags")
        if isinstance(value, Unknown):
            return set(), value
        found = [match.value for match in select(subject.value, "$.Tags[*].Key")]
        keys = {key for key in found if isinstance(key, str)}
        odd = next((key for key in found if isinstance(key, Unknown)), None)
        return keys, odd
    keys, undecided = _of_mapping(lookup(subject.value, "tags"))
    document = subject.domain
    assert isinstance(document, Document)
    for provider in context.project.documents:
        if provider.kind != "terraform.provider" or provider.module != document.module:
            continue
        for match in select(provider.value, "$.default_tags[*].tags"):
            more, why = _of_mapping(match.value)
            keys |= more
            undecided = undecided if undecided is not None else why
    return keys, undecided


def _of_mapping(value: Any) -> tuple[set[str], Any]:
    if isinstance(value, Unknown):
        return set(), value
    if not isinstance(value, dict):
        return set(), None
    return {str(key) for key in value}, value.rest if isinstance(value, OpenDict) else None
