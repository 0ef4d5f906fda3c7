"""Where things of a project run, and why that is believed.

The one answer for rules and prices, from the first of these that says it: the reader (provider
configurations, ``region`` arguments, a plan), what a definition names in its own region, the
configuration. Where none does, rules leave it open and prices assume the configuration's default.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.arns import parts_of, region_in
from linter.core.documents import Document
from linter.core.identity import NO_PLACEMENT, Placement
from linter.core.record import replace
from linter.core.regions import is_region
from linter.core.values import Choice, Template, lookup
from linter.domain.images import parse
from linter.domain.pipeline import Pipeline
from linter.project.model import Project

_REGIONAL = frozenset({"kms", "sagemaker", "lambda", "sqs", "elasticmapreduce", "emr-serverless"})
"""Services whose resources a step can only use in the region in which it runs."""


def placement_of(thing: Document | Pipeline, project: Project) -> Placement:
    """Where a document or a pipeline runs.

    ``region`` is ``""`` where nothing says it; ``because`` then says what is missing.
    """
    if isinstance(thing, Document):
        return _settled(thing.placement, project, thing)
    known = _pipelines.setdefault(project, {})
    found = known.get(id(thing))
    if found is None:
        found = known[id(thing)] = _of_pipeline(thing, project)
    return found


_pipelines: WeakKeyDictionary[Project, dict[int, Placement]] = WeakKeyDictionary()


def region_of(thing: Document | Pipeline, project: Project) -> str | None:
    """The one existing region that something runs in, ``None`` where it is not known."""
    region = placement_of(thing, project).region
    return region if is_region(region) else None


def regions_of(thing: Document | Pipeline, project: Project) -> tuple[str, ...]:
    """The existing regions of which something runs in one; empty where it may run anywhere."""
    place = placement_of(thing, project)
    regions = (place.region,) if place.region else place.regions
    return regions if all(map(is_region, regions)) else ()


def deduced(pipeline: Pipeline, project: Project) -> bool:
    """Whether at most what a definition uses says where it runs."""
    said = pipeline.document.placement
    return not (said.region or said.regions or project.configured_for(pipeline.document).region)


def _settled(said: Placement, project: Project, document: Document) -> Placement:
    """What the code says, and the configuration where that leaves the region open."""
    configured = project.configured_for(document)
    if said.region or not configured.region:
        return said
    if said.regions and configured.region not in said.regions:
        return said
    because = "; ".join(filter(None, (configured.because, said.because)))
    return Placement(configured.region, (), said.account or configured.account, because)


def _of_pipeline(pipeline: Pipeline, project: Project) -> Placement:
    said = pipeline.document.placement
    if not said.region and not said.regions:
        hints = _hints(pipeline)
        if hints.region or hints.regions:
            said = replace(hints, account=said.account)
    if not said.account:
        said = replace(said, account=pipeline.account or "")
    return _settled(said, project, pipeline.document)


def _hints(pipeline: Pipeline) -> Placement:
    """What a definition says by what it uses.

    AWS's own registries answer only in their region, so their images are believed first; then
    other images, keys, functions and the like, which must be where the step runs.
    """
    images: Counter[str] = Counter()
    others: Counter[str] = Counter()
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
            if image is not None:
                (images if image.of_aws else others)[image.region] += 1
            elif (parts := parts_of(value)) and len(parts) > 2 and parts[2] in _REGIONAL:
                others[region_in(value)] += 1
    for found, what in ((images, "images of AWS"), (others, "what its steps use")):
        regions = tuple(name for name, _ in found.most_common() if is_region(name))
        if len(regions) == 1:
            return Placement(regions[0], (), "", f"{what} in its definition")
        if regions:
            named = " and of ".join(regions[:3])
            return Placement("", regions, "", f"{what} in its definition are of {named}")
    return NO_PLACEMENT
