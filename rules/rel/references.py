"""REL004 to REL009: dependencies and references between steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.reads import names_a_text
from linter.core.values import OpenDict, Template, Unknown, dig, lookup, note_unknown
from linter.domain.expressions import find_references, parse_reference
from linter.domain.graph import graph_of
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import fail, select, unknown, walk
from linter.policy.model import Context, Outcome, Severity, Subject


def _pipeline(subject: Subject) -> Pipeline:
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    return pipeline


def _hint(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(names), 1, 0.6)
    return f"; did you mean {near[0]}?" if near else ""


def dependencies(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """REL004: DependsOn that does not resolve, names its own step, or forms a cycle."""
    pipeline = _pipeline(subject)
    for step in pipeline.steps:
        entries = step.raw.get("DependsOn")
        if isinstance(entries, Unknown):
            yield unknown(entries, (*step.path, "DependsOn"))
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            yield from _dependency(pipeline, step, (*step.path, "DependsOn", index), entry)
    for cycle in graph_of(pipeline).cycles:
        if len(cycle) == 1:
            continue
        names = [step.name for step in cycle]
        last = cycle[-1]
        way = " → ".join([*names, names[0]])
        at = (*last.path, "DependsOn") if "DependsOn" in last.raw else (*last.path, "Name")
        yield fail(
            at,
            f"steps wait for each other and none can start: {way}",
            detail=" ".join(sorted(names)),
        )


def _dependency(pipeline: Pipeline, step: Step, at: Path, entry: Any) -> Iterator[Outcome]:
    name = lookup(entry, "Step") if isinstance(entry, dict) else entry
    if isinstance(name, Unknown | Template):
        yield unknown(name, at)
    elif isinstance(name, str):
        if name == step.name:
            yield fail(at, f"step {step.name} depends on itself", detail=name)
        elif name not in pipeline.steps_by_name:
            if not pipeline.order_complete:
                yield unknown(pipeline.gaps, at)
            else:
                hint = _hint(name, pipeline.steps_by_name)
                yield fail(
                    at,
                    f"step {step.name} depends on {name!r}, which is no step of the pipeline{hint}",
                    detail=name,
                )


def references(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """REL005: Get of a parameter or step that does not exist."""
    pipeline = _pipeline(subject)
    note_closed(subject)
    for path, reference in find_references(pipeline.definition):
        at = (*path, "Get")
        if reference.root == "Parameters":
            if reference.name not in pipeline.parameters:
                if not pipeline.parameters_complete:
                    yield unknown("the list of parameters is not wholly known", at)
                else:
                    hint = _hint(reference.name, pipeline.parameters)
                    yield fail(
                        at,
                        f"the parameter {reference.name!r} is not declared{hint}",
                        detail=reference.name,
                    )
        elif reference.root == "Steps" and reference.name not in pipeline.steps_by_name:
            if not pipeline.order_complete:
                yield unknown(pipeline.gaps, at)
            else:
                hint = _hint(reference.name, pipeline.steps_by_name)
                yield fail(
                    at,
                    f"{reference.text} refers to a step that does not exist{hint}",
                    detail=reference.name,
                )


def note_closed(subject: Subject) -> None:
    """Note what of a definition is not known and may hold references."""
    _ = subject.raw_nodes


def _may_refer(pipeline: Pipeline) -> Any:
    """An unknown of the definition that may hold a reference, or be one."""
    for path, value in walk(pipeline.definition):
        if path[:1] == ("Parameters",) and path[2:3] != ("DefaultValue",):
            continue
        if isinstance(value, OpenDict):
            return value.rest
        if isinstance(value, Unknown) and not names_a_text(path):
            return value
        if isinstance(value, Template) and path[-1] == "Get":
            return value
    return None


def unused_parameters(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """REL006: parameters that nothing refers to."""
    pipeline = _pipeline(subject)
    for entry in select(pipeline.definition, "$.Parameters[*].Name"):
        note_unknown(entry.value)  # such a parameter may be one that nothing uses
    if not pipeline.steps_complete:
        return
    hidden = _may_refer(pipeline)
    used = {
        reference.name
        for _, reference in find_references(pipeline.definition)
        if reference.root == "Parameters"
    }
    for name, parameter in pipeline.parameters.items():
        if name not in used and hidden is not None:
            yield unknown(hidden, (*parameter.path, "Name"))
        elif name not in used:
            yield fail(
                (*parameter.path, "Name"), f"the parameter {name} is declared and never used"
            )


_INPUTS: tuple[tuple[str, ...], ...] = (
    ("ProcessingInputs", "*", "S3Input", "S3Uri"),
    ("InputDataConfig", "*", "DataSource", "S3DataSource", "S3Uri"),
    ("TransformInput", "DataSource", "S3DataSource", "S3Uri"),
    ("TrainingJobDefinition", "InputDataConfig", "*", "DataSource", "S3DataSource", "S3Uri"),
    ("PrimaryContainer", "ModelDataUrl"),
)
_OUTPUTS: tuple[tuple[str, ...], ...] = (
    ("ProcessingOutputConfig", "Outputs", "*", "S3Output", "S3Uri"),
    ("OutputDataConfig", "S3OutputPath"),
    ("TransformOutput", "S3OutputPath"),
    ("TrainingJobDefinition", "OutputDataConfig", "S3OutputPath"),
)


def _values(value: Any, pattern: tuple[str, ...], at: Path = ()) -> Iterator[tuple[Path, Any]]:
    if not pattern:
        yield at, value
        return
    key, rest = pattern[0], pattern[1:]
    if key == "*":
        for index, item in enumerate(value if isinstance(value, list) else []):
            yield from _values(item, rest, (*at, index))
    else:
        found = dig(value, key)
        if found is not None:
            yield from _values(found, rest, (*at, key))


def _uris(step: Step, patterns: tuple[tuple[str, ...], ...]) -> Iterator[tuple[Path, Any]]:
    for pattern in patterns:
        for at, value in _values(step.arguments, pattern):
            yield (*step.path, "Arguments", *at), value


def data_order(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """REL007: a step reads what another writes and does not wait for it."""
    pipeline = _pipeline(subject)
    graph = graph_of(pipeline)
    writers: dict[str, Step] = {}
    for step in pipeline.steps:
        for _, uri in _uris(step, _OUTPUTS):
            if isinstance(uri, str) and uri.startswith("s3://") and uri.count("/") > 2:
                writers.setdefault(uri.rstrip("/"), step)
    for step in pipeline.steps:
        for at, uri in _uris(step, _INPUTS):
            if not isinstance(uri, str):
                continue
            writer = _writer_of(uri.rstrip("/"), writers)
            if writer is None or writer is step or graph.runs_before(writer, step):
                continue
            if graph.runs_before(step, writer):
                continue  # reads what an earlier execution left; the order is deliberate
            if not pipeline.order_complete:
                yield unknown(pipeline.gaps, at)
                continue
            yield fail(
                at,
                f"step {step.name} reads what step {writer.name} writes ({uri}), but "
                "nothing makes it wait",
                detail=f"{writer.name} {uri}",
            )


def _writer_of(uri: str, writers: dict[str, Step]) -> Step | None:
    while uri.count("/") > 2:
        if uri in writers:
            return writers[uri]
        uri = uri.rpartition("/")[0]
    return None


def fixed_outputs(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """REL008: an output path that every execution shares.

    Training writes below a prefix under the job's own name, so only processing and transform
    outputs overwrite each other.
    """
    step = subject.domain
    assert isinstance(step, Step)
    for at, uri in _uris(step, (_OUTPUTS[0], _OUTPUTS[2])):
        same = isinstance(uri, Template) and _fixed(uri)
        if same or (isinstance(uri, str) and uri.startswith("s3://")):
            local = at[len(step.path) :]
            yield fail(
                local,
                f"{subject.title} writes to {uri} in every execution: a later run "
                "overwrites an earlier one, and parallel runs race",
                detail=str(uri),
            )
        elif isinstance(uri, Unknown | Template) and not any(map(_varies, uri.references)):
            yield unknown(uri, at[len(step.path) :])


def _varies(reference: str) -> bool:
    """Whether a reference means something else in every execution."""
    return parse_reference(reference).root in ("Execution", "Steps", "ForEach", "IterationOutput")


def _fixed(text: Template) -> bool:
    """Whether what is not known of a text is known when the pipeline is deployed.

    A variable, a resource or a local is then the same in every execution; a parameter is not, nor
    is known who fills in a placeholder, and when.
    """
    return all(
        part.references
        and not any(
            name.startswith("template.") or parse_reference(name).root for name in part.references
        )
        for part in text.unknowns
    )


def unreachable(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """REL009: steps that wait for a Fail step can never run."""
    pipeline = _pipeline(subject)
    graph = graph_of(pipeline)
    for step in pipeline.steps:
        for before in graph.predecessors(step):
            if before.type == "Fail":
                yield fail(
                    (*step.path, "Name"),
                    f"step {step.name} waits for the Fail step "
                    f"{before.name}, which ends the execution",
                    detail=before.name,
                )
        if step.type == "Condition":
            yield from _empty_condition(step)


def _empty_condition(step: Step) -> Iterator[Outcome]:
    branches = [dig(step.raw, "Arguments", key) for key in ("IfSteps", "ElseSteps")]
    if all(isinstance(branch, list) and not branch for branch in branches):
        yield fail(
            (*step.path, "Name"),
            f"the Condition {step.name} has no steps in either branch",
            detail="empty",
            severity=Severity.INFO,
        )
