"""S3 buckets of a scan that pipelines read or write, and the resources that configure them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document
from linter.core.reads import names_a_text, note, unwatched, watched
from linter.core.record import record
from linter.core.values import OpenDict, Template, Unknown, lookup, references_of, walk
from linter.domain.pipeline import Pipeline
from linter.project.model import Project

BUCKET = "aws_s3_bucket"
CLOUDFORMATION_BUCKET = "AWS::S3::Bucket"
_NAMES = {BUCKET: "bucket", CLOUDFORMATION_BUCKET: "BucketName"}


@record
class UsedBucket:
    """A bucket in the scan, and the pipeline that uses it first."""

    document: Document
    pipeline: Pipeline


_used: WeakKeyDictionary[Project, dict[str, list[UsedBucket]]] = WeakKeyDictionary()


def used_buckets(project: Project, type_: str = BUCKET) -> list[UsedBucket]:
    """Buckets that ``s3://`` texts of pipelines name, by name or by reference; each once.

    ``type_`` is :data:`BUCKET` or :data:`CLOUDFORMATION_BUCKET`.
    """
    if not project.of_type(type_):
        return []
    found = _used.setdefault(project, {})
    if type_ not in found:
        with unwatched():
            found[type_] = _find(project, type_)
    if watched():
        for pipeline in project.pipelines:
            note(*_unread(project, pipeline))
    return found[type_]


_PLACES = ("S3Uri", "S3OutputPath", "S3OutputLocation", "ModelDataUrl")


def _unread(project: Project, pipeline: Pipeline) -> Iterator[Unknown]:
    """Places of a definition that may name any bucket of the scan."""
    for path, value in walk(pipeline.definition):
        if project.find_all(getattr(value, "references", ()), pipeline.document.module):
            continue
        if isinstance(value, OpenDict):
            yield value.rest
        elif isinstance(value, Unknown) and path:
            if path[-1] in _PLACES or not names_a_text(path):
                yield value
        elif isinstance(value, Template) and path[-1] in _PLACES:
            text = value.prefix
            if not text.startswith("s3://") or "/" not in text[len("s3://") :]:
                yield Unknown(value.reason, value.references)


def _find(project: Project, type_: str) -> list[UsedBucket]:
    names = {}
    for document in project.of_type(type_):
        name = lookup(document.value, _NAMES[type_])
        if isinstance(name, str):
            names[name] = document
    found: dict[int, UsedBucket] = {}
    for pipeline in project.pipelines:
        for value in _locations(pipeline.definition):
            for document in _named(project, pipeline, value, names, type_):
                found.setdefault(id(document), UsedBucket(document, pipeline))
    return list(found.values())


def companions(project: Project, bucket: Document, type_: str) -> list[Document]:
    """Resources of a type whose ``bucket`` is this one: its lifecycle, versioning, policy …"""
    name = lookup(bucket.value, "bucket")
    found = []
    for document in project.of_type(type_):
        value = lookup(document.value, "bucket")
        if isinstance(value, str):
            matches = value == name
        else:
            matches = bucket in project.find_all(references_of(value), document.module)
        if matches:
            found.append(document)
    return found


def unplaced(project: Project, type_: str) -> Document | None:
    """A resource of a type that configures a bucket which cannot be told: it may be any."""
    for document in project.of_type(type_):
        value = lookup(document.value, "bucket")
        if not isinstance(value, str) and not project.find_all(
            references_of(value), document.module
        ):
            return document
    return None


def _locations(definition: Any) -> Iterator[str | Template]:
    waiting = [definition]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str | Template):
            text = value if isinstance(value, str) else value.prefix
            if text.startswith("s3://"):
                yield value


def _named(
    project: Project,
    pipeline: Pipeline,
    value: str | Template,
    names: dict[str, Document],
    type_: str,
) -> list[Document]:
    text = value if isinstance(value, str) else value.prefix
    name, slash, _ = text[len("s3://") :].partition("/")
    if isinstance(value, str) or slash:
        return [names[name]] if name in names else []
    first = next((part for part in value.parts if isinstance(part, Unknown)), None)
    if name or first is None:
        return []
    module = pipeline.document.module
    return [d for d in project.find_all(first.references, module) if d.type == type_]
