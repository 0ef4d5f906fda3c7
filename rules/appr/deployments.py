"""APPR008: endpoints of models that did not come through the registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.identity import without_keys
from linter.core.values import lookup
from linter.policy.helpers import fail, is_set, unknown
from linter.policy.model import Confidence, Context, Outcome, Subject
from linter.project.endpoints import configurations_of, models_of
from linter.project.model import Project


def from_artifact(subject: Subject, context: Context) -> Iterable[Outcome]:
    """APPR008: an endpoint whose model is a file in a bucket, not a package that was approved."""
    endpoint = subject.domain
    assert isinstance(endpoint, Document)
    configs = configurations_of(endpoint, context.project)
    served = [_files(config, context.project) for config in configs]
    if not any(served):
        return
    if not all(served):
        yield unknown(f"which configuration {subject.title} is of is not known")
        return
    for address, certain in dict(item for models in served for item in models).items():
        if certain:
            yield fail(
                (),
                f"{subject.title} serves {address}, whose model is a file and not a "
                "package of the registry that somebody approved",
                detail=without_keys(address),
                confidence=Confidence.MEDIUM,
            )
        else:
            yield unknown(f"which model {subject.title} serves is not known")


def _files(config: Document, project: Project) -> list[tuple[str, bool]]:
    """Models of a configuration that are files: (address, whether it is certainly that one)."""
    found: list[tuple[str, bool]] = []
    variants = lookup(config.value, "production_variants")
    for variant in variants if isinstance(variants, list) else ():
        models = models_of(config, lookup(variant, "model_name"), project)
        files = [model for model in models if any(map(_is_file, _containers(model)))]
        found.extend((model.address, len(files) == len(models)) for model in files)
    return found


def _containers(model: Document) -> Iterator[Any]:
    for key in ("primary_container", "container"):
        items = lookup(model.value, key)
        yield from items if isinstance(items, list) else ()


def _is_file(container: Any) -> bool:
    """Whether a container certainly takes its model from S3 and from no package."""
    package = is_set(lookup(container, "model_package_name"))
    return is_set(lookup(container, "model_data_url")) is True and package is False
