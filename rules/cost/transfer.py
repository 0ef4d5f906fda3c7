"""COST031: data that crosses regions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.regex import lazy_regex
from linter.core.values import Choice, Template, note_unknown
from linter.domain.pipeline import Pipeline
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.buckets import bucket_of
from linter.project.model import Project
from linter.project.placement import region_of, regions_of

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
    home = regions_of(domain, project)
    for bucket, (path, region, _) in found.items():
        if not home:
            yield unknown("the region it runs in is not in the text", path)
            return
        if region not in home:
            yield fail(
                path,
                f"{subject.title} runs in {' or '.join(home)} and uses {bucket} of {region}: every "
                "gigabyte is billed for the way",
                detail=bucket,
            )
        elif len(home) > 1:
            yield unknown(f"it runs in one of {', '.join(home)}", path, detail=bucket)


def _buckets(subject: Subject, project: Project) -> Iterator[tuple[Path, Any, str, str]]:
    """(place, location, bucket, region) of the S3 locations whose bucket's region is known."""
    domain = subject.domain
    assert isinstance(domain, Pipeline | Document)
    home = domain.document if isinstance(domain, Pipeline) else domain
    for path, value in subject.nodes:
        if path[:1] == ("Parameters",):
            continue  # what uses them is looked at
        for option in value.values if isinstance(value, Choice) else (value,):
            text = option.prefix if isinstance(option, Template) else option
            if not isinstance(text, str) or not text.startswith("s3://"):
                if path and str(path[-1]).lower().endswith(_PLACES):
                    note_unknown(option)
                continue
            buckets = bucket_of(project, option, home)
            regions = {region_of(bucket, project) for bucket in buckets}
            name, slash, _ = text[5:300].partition("/")
            if name and not slash:
                note_unknown(option)
            if len(regions) == 1 and None not in regions:
                region = regions.pop()
                assert region is not None
                yield path, option, name or buckets[0].address, region
                continue
            match = _REGION.search(name)
            if match is not None and not regions - {None}:
                yield path, option, name, match[1]


_PLACES = ("s3uri", "s3_uri", "s3outputpath", "s3_output_path", "dataurl", "data_url")
