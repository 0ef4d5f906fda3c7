"""S3 buckets of a scan that pipelines read or write, and the resources that configure them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document
from linter.core.reads import names_a_text, note, unwatched, watched
from linter.core.record import record
from linter.core.values import (
    OpenDict,
    Template,
    Unknown,
    links_of,
    lookup,
    make_string,
    possible_values,
    walk,
    with_links,
)
from linter.domain.pipeline import Pipeline
from linter.project.model import Project
from linter.project.named import named

BUCKET = "aws_s3_bucket"
CLOUDFORMATION_BUCKET = "AWS::S3::Bucket"


@record
class UsedBucket:
    """A bucket in the scan, and the pipeline that uses it first.

    ``certain`` is False where the pipeline uses one of several, and which is not known.
    """

    document: Document
    pipeline: Pipeline
    certain: bool = True


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
        if isinstance(value, Unknown | Template) and project.linked(value, pipeline.document):
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
    found: dict[int, UsedBucket] = {}
    for pipeline in project.pipelines:
        for possible in _locations(pipeline.definition):
            each = [bucket_of(project, value, pipeline.document, type_) for value in possible]
            buckets = list({id(document): document for one in each for document in one}.values())
            certain = len(buckets) == 1 and all(each)
            for document in buckets:
                known = found.get(id(document))
                if known is None or (certain and not known.certain):
                    found[id(document)] = UsedBucket(document, pipeline, certain)
    return list(found.values())


def companions(project: Project, bucket: Document, type_: str) -> list[Document]:
    """Resources of a type whose ``bucket`` is this one: its lifecycle, versioning, policy …"""
    return _placed(project, type_)[0].get(id(bucket), [])


def unplaced(project: Project, type_: str, bucket: Document) -> Document | None:
    """A resource of a type that configures a bucket which cannot be told: it may be this one."""
    for document, candidates in _placed(project, type_)[1]:
        if not candidates or bucket in candidates:
            return document
    return None


_Placed = tuple[dict[int, list[Document]], list[tuple[Document, list[Document]]]]
_companions: WeakKeyDictionary[Project, dict[str, _Placed]] = WeakKeyDictionary()


def _placed(project: Project, type_: str) -> _Placed:
    """(by bucket, what configures it; what configures one of several, or one not known)."""
    tables = _companions.setdefault(project, {})
    if type_ not in tables:
        certain: dict[int, list[Document]] = {}
        unsure: list[tuple[Document, list[Document]]] = []
        for document in project.of_type(type_):
            of_template = type_.startswith("AWS::")
            with unwatched():  # where it leads nowhere, unplaced gives the resource
                value = lookup(document.value, "Bucket" if of_template else "bucket")
            kind = CLOUDFORMATION_BUCKET if of_template else BUCKET
            found = named(project, value, document, kind)
            if len(found) == 1:
                certain.setdefault(id(found[0]), []).append(document)
            elif found or not isinstance(value, str):
                unsure.append((document, found))
        tables[type_] = (certain, unsure)
    return tables[type_]


def bucket_of(
    project: Project, location: Any, home: Document, type_: str = BUCKET
) -> list[Document]:
    """The bucket of an ``s3://`` location written in ``home``, where it is in the scan.

    Several when it is one of them, and which is not known.
    """
    name = bucket_name(location)
    return [] if name is None else named(project, name, home, type_)


def bucket_name(location: Any) -> Any:
    """The bucket in an ``s3://`` text, with what it was reached through; ``None`` without one."""
    if not isinstance(location, str | Template):
        return None
    parts = [location] if isinstance(location, str) else list(location.parts)
    first = parts[0]
    if not isinstance(first, str) or not first.startswith("s3://"):
        return None
    kept: list[str | Unknown] = []
    for part in (first[len("s3://") :], *parts[1:]):
        if isinstance(part, str) and "/" in part:
            kept.append(part.partition("/")[0])
            break
        kept.append(part)
    name = make_string(kept)
    return with_links(name, links_of(location)) if name else None


def _locations(definition: Any) -> Iterator[list[Any]]:
    """What each place that names an ``s3://`` location names: several where it is one of them."""
    waiting = [definition]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        else:
            possible = possible_values(value)
            if any(bucket_name(one) is not None for one in possible):
                yield possible
