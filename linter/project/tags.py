"""Tags of resources, the provider's default tags included."""

from __future__ import annotations

from typing import Any

from linter.core.documents import Document
from linter.core.values import MISSING, OpenDict, Unknown, lookup
from linter.domain.pipeline import Pipeline
from linter.project.model import Project

NOT_KNOWN = "(not known)"
"""Stands for a tag's value that is not known."""


def tags_of(thing: Document | Pipeline, project: Project) -> dict[str, str] | None:
    """The tags of a resource, ``None`` where which ones it has is not known.

    The resource's own come before the provider's default tags.
    """
    document = thing.document if isinstance(thing, Pipeline) else thing
    if document.type.startswith("AWS::"):
        return _of_list(_property(document.value, "Tags"))
    own = _of_mapping(lookup(document.value, "tags"))
    found: dict[str, str] = {}
    for block in _default_tags(document, project):
        more = _of_mapping(lookup(block, "tags"))
        if more is None:
            return None
        found |= more
    return None if own is None else {**found, **own}


def _property(value: Any, name: str) -> Any:
    inner = lookup(value, "Properties")
    return lookup(inner if isinstance(inner, dict) else value, name)


def _default_tags(document: Document, project: Project) -> list[Any]:
    """Blocks of default tags of the provider that has no alias, in the root of the module."""
    home = document.module.partition("//")[0]
    found: list[Any] = []
    for provider in project.of_type("aws"):
        if provider.kind != "terraform.provider" or provider.module.partition("//")[0] != home:
            continue
        if lookup(provider.value, "alias") in (MISSING, None):
            blocks = lookup(provider.value, "default_tags")
            found += blocks if isinstance(blocks, list) else []
    return found


def _of_mapping(tags: Any) -> dict[str, str] | None:
    if tags is MISSING or tags is None:
        return {}
    if not isinstance(tags, dict) or isinstance(tags, OpenDict):
        return None
    return {str(key): _text(value) for key, value in tags.items()}


def _of_list(tags: Any) -> dict[str, str] | None:
    if isinstance(tags, dict):  # AWS::SageMaker::Pipeline has a list, others a mapping
        return _of_mapping(tags)
    if tags is MISSING or tags is None:
        return {}
    if not isinstance(tags, list):
        return None
    pairs = [(lookup(tag, "Key"), lookup(tag, "Value")) for tag in tags]
    if any(not isinstance(key, str) for key, _ in pairs):
        return None
    return {str(key): _text(value) for key, value in pairs}


def _text(value: Any) -> str:
    return NOT_KNOWN if isinstance(value, Unknown) else str(value)
