"""COST031: data that crosses regions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document, Path
from linter.core.regex import lazy_regex
from linter.core.values import Choice, Template, Unknown, lookup, note_unknown
from linter.domain.pipeline import Pipeline
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.buckets import BUCKET
from linter.project.model import Project
from linter.project.regions import region_of, region_of_pipeline

_REGION = lazy_regex(
    r"(?<![a-z0-9])((?:us|eu|ap|sa|ca|me|af|il|mx|cn)(?:-gov)?"
    r"-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-[1-9])(?![0-9])"
)


def other_region(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST031: one outcome for each bucket of another region, at the first place that names it."""
    project = context.project
    found: dict[str, tuple[Path, str, Any]] = {}
    for path, value, bucket, region in _buckets(subject, project):
        found.setdefault(bucket, (path, region, value))
    if not found:
        return
    domain = subject.domain
    if isinstance(domain, Pipeline):
        home = region_of_pipeline(domain, project)
    else:
        home = region_of(domain, project)
    for bucket, (path, region, _) in found.items():
        if home is None:
            yield unknown("the region it runs in is not in the text", path)
            return
        if region != home:
            yield fail(
                path,
                f"{subject.title} runs in {home} and uses {bucket} of {region}: every gigabyte is "
                "billed for the way",
                detail=bucket,
            )


def _buckets(subject: Subject, project: Project) -> Iterator[tuple[Path, Any, str, str]]:
    """(place, location, bucket, region) of the S3 locations whose bucket's region is known."""
    domain = subject.domain
    assert isinstance(domain, Pipeline | Document)
    module = domain.document.module if isinstance(domain, Pipeline) else domain.module
    named = _regions_by_name(project)
    for path, value in subject.nodes:
        if path[:1] == ("Parameters",):
            continue  # what uses them is looked at
        for option in value.values if isinstance(value, Choice) else (value,):
            text = option.prefix if isinstance(option, Template) else option
            if not isinstance(text, str) or not text.startswith("s3://"):
                if path and str(path[-1]).lower().endswith(_PLACES):
                    note_unknown(option)
                continue
            name, slash, _ = text[5:300].partition("/")
            if name and not slash:
                note_unknown(option)
            if not name and isinstance(option, Template):
                first = next(part for part in option.parts if isinstance(part, Unknown))
                for document in project.find_all(first.references, module):
                    region = region_of(document, project) if document.type == BUCKET else None
                    if region is not None:
                        yield path, option, document.address, region
                continue
            match = _REGION.search(name)
            region = named.get(name) or (match[1] if match else None)
            if region is not None:
                yield path, option, name, region


_PLACES = ("s3uri", "s3_uri", "s3outputpath", "s3_output_path", "dataurl", "data_url")
_named: WeakKeyDictionary[Project, dict[str, str]] = WeakKeyDictionary()


def _regions_by_name(project: Project) -> dict[str, str]:
    """Buckets of the scan whose own region is known, by name."""
    known = _named.get(project)
    if known is not None:
        return known
    found = _named[project] = {}
    for document in project.of_type(BUCKET):
        name, region = lookup(document.value, "bucket"), region_of(document, project)
        if isinstance(name, str) and region is not None:
            found[name] = region
    return found
