"""APPR008: endpoints of models that did not come through the registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.values import lookup, references_of
from linter.policy.helpers import fail, is_set
from linter.policy.model import Confidence, Context, Outcome, Subject
from linter.project.endpoints import configuration_of
from linter.project.model import Project


def from_artifact(subject: Subject, context: Context) -> Iterable[Outcome]:
    """APPR008: an endpoint whose model is a file in a bucket, not a package that was approved."""
    endpoint = subject.domain
    assert isinstance(endpoint, Document)
    config = configuration_of(endpoint, context.project)
    if config is None:
        return
    variants = lookup(config.value, "production_variants")
    for variant in variants if isinstance(variants, list) else ():
        for model in _models(lookup(variant, "model_name"), config, context.project):
            if any(_is_file(container) for container in _containers(model)):
                yield fail(
                    (),
                    f"{subject.title} serves {model.address}, whose model is a file and not a "
                    "package of the registry that somebody approved",
                    detail=model.address,
                    confidence=Confidence.MEDIUM,
                )


def _models(name: Any, config: Document, project: Project) -> Iterator[Document]:
    for document in project.find_all(references_of(name), config.module):
        if document.type == "aws_sagemaker_model":
            yield document
    for document in project.of_type("aws_sagemaker_model"):
        if isinstance(name, str) and lookup(document.value, "name") == name:
            yield document


def _containers(model: Document) -> Iterator[Any]:
    for key in ("primary_container", "container"):
        items = lookup(model.value, key)
        yield from items if isinstance(items, list) else ()


def _is_file(container: Any) -> bool:
    """Whether a container certainly takes its model from S3 and from no package."""
    package = is_set(lookup(container, "model_package_name"))
    return is_set(lookup(container, "model_data_url")) is True and package is False
