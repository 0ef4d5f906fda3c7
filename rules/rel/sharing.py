"""REL017: artifacts of one environment in the place of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document, Path
from linter.core.reads import note, settle
from linter.core.record import record
from linter.core.sources import Related
from linter.core.truth import Truth
from linter.core.values import MISSING, Choice, Template, Unknown, lookup, references_of
from linter.domain.pipeline import Pipeline
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.project.buckets import BUCKET, CLOUDFORMATION_BUCKET
from linter.project.environments import (
    environment_folders,
    environments_in,
    environments_of,
    names_environment,
)
from linter.project.model import Project
from rules.rel.references import _OUTPUTS, _uris

_RUN_TIME = ("Execution.", "Steps.", "ForEach", "IterationOutput")
_OWN_ACCOUNT = (
    *("data.aws_caller_identity.", "AWS::AccountId", "AWS::StackName", "AWS::StackId"),
    *("random_id.", "random_pet.", "random_string.", "random_uuid.", "terraform.workspace"),
)
"""What differs from one deployment to the next, whatever it is called."""
_BUCKET_NAMES = {BUCKET: "bucket", CLOUDFORMATION_BUCKET: "BucketName"}
_SHORTEST = 3
"""Characters of a variable's value below which it may be anywhere by chance."""


@record
class _Scan:
    """What a scan says of environments."""

    environments: frozenset[str]
    """All that are named."""
    pipelines: dict[int, frozenset[str]]
    """``id(pipeline)`` → the environments that it belongs to."""
    writers: dict[str, tuple[Pipeline, ...]]
    """Known place → the pipelines that write there."""
    variables: dict[str, dict[str, str]]
    """Module → values of its variables that are text → the address of one."""
    parametrised: frozenset[str]
    """Modules with a variable for the environment."""


_scans: WeakKeyDictionary[Project, _Scan] = WeakKeyDictionary()


def _scan_of(project: Project) -> _Scan:
    found = _scans.get(project)
    if found is None:
        found = _scans[project] = _look_around(project)
    return found


def _look_around(project: Project) -> _Scan:
    named: set[str] = set()
    for module in {document.module: document for document in project.documents}.values():
        named |= environment_folders(module)
    pipelines: dict[int, frozenset[str]] = {}
    writers: dict[str, dict[int, Pipeline]] = {}
    for pipeline in project.pipelines:
        own = environments_of(pipeline.document, project, pipeline.name)
        pipelines[id(pipeline)] = own
        named |= own
        for _, uri in _outputs(pipeline):
            place = _known_place(uri)
            if place:
                writers.setdefault(place, {}).setdefault(id(pipeline), pipeline)
    variables: dict[str, dict[str, str]] = {}
    parametrised: set[str] = set()
    for document in project.documents:
        if document.kind != "terraform.variable":
            continue
        if names_environment(document.address):
            parametrised.add(document.module)
        if isinstance(document.value, str) and len(document.value) >= _SHORTEST:
            variables.setdefault(document.module, {})[document.value] = document.address
    return _Scan(
        frozenset(named),
        pipelines,
        {place: tuple(found.values()) for place, found in writers.items()},
        variables,
        frozenset(parametrised),
    )


def shared(subject: Subject, context: Context) -> Iterable[Outcome]:
    """A pipeline that writes where another environment writes, or where any would."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    scan = _scan_of(context.project)
    more = [str(word) for word in context.parameters["environments"]]
    own = scan.pipelines.get(id(pipeline), frozenset()) | environments_in(pipeline.name, more)
    several = bool(more) or _in_several(pipeline, own, scan)
    bare: list[tuple[Path, Any]] = []
    note(*_names_that_decide(pipeline, scan))
    undecided: tuple[Path, Any] | None = None
    for at, uri in _outputs(pipeline):
        if own:
            other = _other_writer(pipeline, own, uri, scan)
            if other is not None:
                yield _clash(pipeline, at, uri, other)
                return
        if several is False:
            continue
        separate = _separate(uri, pipeline, context.project, scan, more)
        if separate is False and several:
            bare.append((at, uri))
        elif separate is not True and undecided is None:
            undecided = (at, uri)
    if bare:
        at, uri = bare[0]
        others = f" and to {len(bare) - 1} more places" if len(bare) > 1 else ""
        yield fail(
            at,
            f"pipeline {pipeline.title} exists once for each environment and writes to "
            f"{_shown(uri)}{others}, without one in the bucket or the prefix",
            severity=Severity.LOW,
            detail=pipeline.title,
        )
    elif undecided is not None:
        yield unknown(undecided[1], undecided[0])
    elif several is not False and _open(pipeline):
        yield unknown(pipeline.gaps, ("Steps",))


def _clash(pipeline: Pipeline, at: Path, uri: Any, other: Pipeline) -> Outcome:
    return fail(
        at,
        f"pipeline {pipeline.title} writes to {_shown(uri)}, where pipeline {other.title} of "
        "another environment writes as well",
        detail=pipeline.title,
        related=(Related(f"{other.title} writes there too", other.locate().span),),
    )


def _in_several(pipeline: Pipeline, own: frozenset[str], scan: _Scan) -> Truth:
    """Whether the pipeline is one of those that exist in more than one environment.

    Not known of one that is made once for each of something.
    """
    if own and len(scan.environments | own) > 1:
        return True
    module = pipeline.document.module
    if module in scan.parametrised or f"{module.partition('//')[0]}//" in scan.parametrised:
        return True
    references = references_of([pipeline.name, pipeline.tags])
    if any(map(names_environment, references)) or any(map(names_environment, pipeline.parameters)):
        return True
    return None if any(name.startswith("each.") for name in references) else False


def _open(pipeline: Pipeline) -> bool:
    """Whether steps may follow that are not shown, in a definition that is read."""
    return isinstance(pipeline.definition, dict) and not pipeline.steps_complete


def _outputs(pipeline: Pipeline) -> Iterator[tuple[Path, Any]]:
    for step in pipeline.steps:
        for at, value in _uris(step, _OUTPUTS):
            if value is MISSING:
                continue
            for option in value.values if isinstance(value, Choice) else (value,):
                yield at, option


def _known_place(uri: Any) -> str:
    """The folder that a text names, up to what is known only in an execution."""
    if isinstance(uri, Template):
        first = next(part for part in uri.parts if isinstance(part, Unknown))
        if not _at_run_time(first):
            return ""
        text = uri.prefix.rpartition("/")[0]
    else:
        text = uri if isinstance(uri, str) else ""
    text = text.rstrip("/")
    return text if text.startswith("s3://") and len(text) > len("s3://") else ""


def _other_writer(
    pipeline: Pipeline, own: frozenset[str], uri: Any, scan: _Scan
) -> Pipeline | None:
    """A pipeline of other environments that certainly writes to the same folder or above it."""
    place = _known_place(uri)
    module = pipeline.document.module
    if not place or _given(place, module, scan) is not None:
        return None
    while place.count("/") > 1:
        for other in scan.writers.get(place, ()):
            if other is pipeline:
                continue
            theirs = scan.pipelines[id(other)]
            if theirs and own.isdisjoint(theirs):
                return other
        place = place.rpartition("/")[0]
    return None


def _names_that_decide(pipeline: Pipeline, scan: _Scan) -> Iterator[Unknown | Template]:
    """Names, not known, that may put two pipelines with one place into different environments."""
    for _, uri in _outputs(pipeline):
        for other in scan.writers.get(_known_place(uri), ()):
            both = (pipeline, other)
            hidden = [one.name for one in both if not scan.pipelines[id(one)]]
            if other is pipeline or not all(isinstance(n, Unknown | Template) for n in hidden):
                continue  # one of them is known to belong to no environment
            if set(references_of(pipeline.name)).isdisjoint(references_of(other.name)):
                yield from hidden
                return


def _separate(
    uri: Any, pipeline: Pipeline, project: Project, scan: _Scan, more: list[str]
) -> Truth:
    """Whether a place is one environment's own."""
    if uri is None:
        return True
    if isinstance(uri, Unknown):
        return _separates(uri, pipeline, project, more)
    if not isinstance(uri, str | Template):
        return None
    if environments_in(uri, more):
        return True
    text = uri if isinstance(uri, str) else str(uri)
    if isinstance(uri, Template):
        truths = [_separates(part, pipeline, project, more) for part in uri.unknowns]
        if True in truths:
            for part in uri.unknowns:
                settle(part)
            settle(uri)
            return True
        if None in truths:
            return None
    elif not text.startswith("s3://"):
        return None
    return None if _given(text, pipeline.document.module, scan) is not None else False


def _separates(part: Unknown, pipeline: Pipeline, project: Project, more: list[str]) -> Truth:
    """Whether an unknown part of a place differs between environments."""
    if any(names_environment(name) or name.startswith(_OWN_ACCOUNT) for name in part.references):
        return True
    if any(name in ("Execution.PipelineName", "Execution.PipelineArn") for name in part.references):
        return _named_apart(pipeline, more)
    if _at_run_time(part):
        # What another step wrote to is judged there.
        return any(name.startswith("Steps.") for name in part.references)
    truths = [
        _bucket_apart(document, more)
        for document in project.linked(part, pipeline.document)
        if document.type in _BUCKET_NAMES
    ]
    return truths[0] if truths else None


def _named_apart(pipeline: Pipeline, more: list[str]) -> Truth:
    if environments_in(pipeline.name, more):
        return True
    references = references_of(pipeline.name)
    if any(names_environment(name) for name in references):
        return True
    return None if references else False


def _bucket_apart(bucket: Document, more: list[str]) -> Truth:
    """Whether a bucket of the configuration is another one in each environment."""
    name = lookup(bucket.value, _BUCKET_NAMES[bucket.type])
    if name is MISSING or name is None:
        return True  # a name is made up for each deployment, from a prefix or without
    if environments_in(name, more):
        settle(name)
        return True
    references = references_of(name)
    if any(names_environment(r) or r.startswith(_OWN_ACCOUNT) for r in references):
        settle(name)
        return True
    return None if isinstance(name, Unknown | Template) else False


def _given(text: str, module: str, scan: _Scan) -> str | None:
    """The variable whose value is part of a text, which another environment may set otherwise."""
    for value, address in scan.variables.get(module, {}).items():
        if value in text:
            return address
    return None


def _at_run_time(part: Unknown) -> bool:
    return bool(part.references) and all(name.startswith(_RUN_TIME) for name in part.references)


def _shown(uri: Any) -> str:
    return str(uri)
