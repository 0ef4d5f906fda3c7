"""Which region things of a project live in, as far as the text says."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document
from linter.core.values import MISSING, Choice, Template, lookup
from linter.domain.images import parse
from linter.domain.pipeline import Pipeline
from linter.project.model import Project


def region_of(document: Document, project: Project) -> str | None:
    """The region of a Terraform resource: its own ``region``, else that of the provider.

    Which of several configurations of the provider a resource uses is not looked at: the region
    is known only when all of them name the same. Other formats do not say where they are deployed.
    """
    own = lookup(document.value, "region")
    if isinstance(own, str):
        return own
    if own is not MISSING or not document.kind.startswith("terraform."):
        return None
    regions = _provider_regions(project).get(_root(document), set())
    return next(iter(regions)) if len(regions) == 1 else None


_regions: WeakKeyDictionary[Project, dict[str, set[str | None]]] = WeakKeyDictionary()


def _provider_regions(project: Project) -> dict[str, set[str | None]]:
    """Root module → the regions of its providers, ``None`` for one that is not known."""
    found = _regions.get(project)
    if found is None:
        found = _regions[project] = {}
        for provider in project.by_type.get("aws", ()):
            if provider.kind == "terraform.provider":
                region = lookup(provider.value, "region")
                known = region if isinstance(region, str) else None
                found.setdefault(_root(provider), set()).add(known)
    return found


def _root(document: Document) -> str:
    return document.module.partition("//")[0]


def region_of_pipeline(pipeline: Pipeline, project: Project) -> str | None:
    """The region a pipeline runs in: its resource's, else that of AWS's own images in its steps.

    AWS's registries answer only in their region, so that one image tells where its step runs.
    """
    region = region_of(pipeline.resource, project) if pipeline.resource else None
    if region is not None:
        return region
    regions: set[str] = set()
    waiting: list[Any] = [lookup(pipeline.value, "Steps")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
        elif isinstance(value, Choice):
            waiting.extend(value.values)
        elif isinstance(value, str | Template):
            image = parse(value)
            if image is not None and image.of_aws:
                regions.add(image.region)
    return regions.pop() if len(regions) == 1 else None
