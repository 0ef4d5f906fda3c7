"""TAG001, TAG003 to TAG005: tags of resources, with those that the provider adds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from linter.core.documents import Document, Path
from linter.core.values import MISSING, OpenDict, Template, Unknown, dig, lookup
from linter.policy.helpers import fail, select, unknown
from linter.policy.model import CannotFixError, Context, Outcome, Severity, Subject
from rules.sec.detect import what

MAX_TAGS = 50
_PLACES: dict[str, Path] = {
    "terraform": ("tags",),
    "cloudformation": ("Tags",),
    "pipeline.step": ("Arguments", "Tags"),
}


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


def given(subject: Subject, at: Path, parameters: Mapping[str, Any]) -> dict[str, str]:
    """The required tags that a resource does not have, with their configured values.

    Raises:
        CannotFixError: one has no value in ``tag_values``.
    """
    tags = dig(subject.value, *at)
    there = tags if isinstance(tags, dict) else {}
    values = {str(key): value for key, value in parameters["tag_values"].items()}
    found: dict[str, str] = {}
    for key in (str(key) for key in parameters["required_tags"]):
        if key in there:
            continue
        if key not in values:
            raise CannotFixError(f"tag_values has no value for {key}")
        found[key] = str(values[key])
    return found


def reserved(subject: Subject, context: Context) -> Iterable[Outcome]:
    """TAG005: keys that AWS refuses, more tags than it takes, and secrets among their values."""
    keys, _ = _keys(subject, context)
    at = _PLACES[subject.kind]
    for key in sorted(keys):
        if re.match("aws:", key, re.IGNORECASE):
            yield fail(at, f"{subject.title} has the tag {key}: the prefix aws: is refused")
    if len(keys) > MAX_TAGS:
        yield fail(at, f"{subject.title} has {len(keys)} tags, and {MAX_TAGS} are allowed")
    for key, value, place in _values(dig(subject.value, *at), at):
        kind = what(value, key)
        if kind is not None:
            yield fail(
                place,
                f"{subject.title} holds {kind} in the tag {key[:80]}: tags are listed to everybody",
                severity=Severity.HIGH,
                sensitive=True,
            )


def _values(tags: Any, at: Path) -> Iterator[tuple[str, Any, Path]]:
    """(key, value, path of the value) of the tags that are written at a place."""
    if isinstance(tags, dict):
        yield from ((str(key), value, (*at, key)) for key, value in tags.items())
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        key = lookup(tag, "Key")
        yield key if isinstance(key, str) else "", lookup(tag, "Value"), (*at, index, "Value")


def _keys(subject: Subject, context: Context) -> tuple[set[str], Any]:
    """The keys a resource carries, and why there may be more (``None`` when all are known)."""
    if subject.kind != "terraform":
        value = dig(subject.value, *_PLACES[subject.kind])
        if isinstance(value, Unknown):
            return set(), value
        found = [lookup(tag, "Key") for tag in (value if isinstance(value, list) else ())]
        keys = {key for key in found if isinstance(key, str)}
        odd = next((key for key in found if isinstance(key, Unknown | Template)), None)
        return keys, odd
    keys, undecided = _of_mapping(lookup(subject.value, "tags"))
    document = subject.domain
    assert isinstance(document, Document)
    every: list[set[str]] = []
    for provider in context.project.of_type("aws"):
        if not _may_configure(provider, document):
            continue
        own: set[str] = set()
        for match in select(provider.value, "$.default_tags[*].tags"):
            more, why = _of_mapping(match.value)
            own |= more
            undecided = undecided if undecided is not None else why
        every.append(own)
    if every:
        keys |= set.intersection(*every)
        if undecided is None and any(own != every[0] for own in every):
            undecided = Unknown("which provider configuration it uses decides its default tags")
    return keys, undecided


def _may_configure(provider: Document, document: Document) -> bool:
    """Whether a provider block is one of those that a resource may use: its module's or a caller's.

    Which of several it uses is not looked at.
    """
    return (
        provider.kind == "terraform.provider"
        and provider.root == document.root
        and document.module.startswith(provider.module)
    )


def _of_mapping(value: Any) -> tuple[set[str], Any]:
    if isinstance(value, Unknown):
        return set(), value
    if not isinstance(value, dict):
        return set(), None
    return {str(key) for key in value}, value.rest if isinstance(value, OpenDict) else None
