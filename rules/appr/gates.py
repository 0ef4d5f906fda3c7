"""APPR rules that reason about the way from a trained model to the registry and to production."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Path
from linter.core.reads import may_be_anything
from linter.core.truth import disjunction
from linter.core.values import MISSING, Choice, OpenDict, Template, Unknown, dig, lookup
from linter.domain.expressions import find_references, parse_reference
from linter.domain.graph import graph_of
from linter.domain.jobs import FUNCTION, NOTEBOOK, job_kind
from linter.domain.pipeline import Parameter, Pipeline, Step
from linter.policy.helpers import equals, fail, known_values, unknown, walk
from linter.policy.model import Confidence, Context, Outcome, Severity, Subject
from rules.appr.alike import alike
from rules.appr.outcomes import Holds, outcome_of

TRAINING = ("Training", "Tuning", "AutoML")
"""Kinds of jobs that make a model; a notebook, a function or a repacking job may not."""
DEPLOYMENT = ("EndpointConfig", "Endpoint", "InferenceComponent")


def pipeline_of(subject: Subject) -> Pipeline:
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    return pipeline


def unseen_steps(pipeline: Pipeline, *, order: bool = False) -> Outcome | None:
    """Says that there may be steps, or kinds of steps, that the text does not show.

    ``order`` asks as well whether it is known what each step waits for. A definition that is not
    read at all is another rule's.
    """
    if not isinstance(pipeline.definition, dict):
        return None
    if not pipeline.steps_complete:
        return unknown(pipeline.gaps, ("Steps",))
    for step in pipeline.steps:
        for key in ("Type", "DependsOn") if order else ("Type",):
            value = lookup(step.raw, key)
            entries = value if isinstance(value, list) else [value]
            part = next((item for item in entries if isinstance(item, Unknown | Template)), None)
            if part is not None:
                return unknown(part, (*step.path, key))
    return None


def registers(step: Step) -> bool:
    """Whether the step puts a model into the registry."""
    if step.type == "RegisterModel":
        return True
    return step.type == "Model" and lookup(step.arguments, "ModelPackageGroupName") is not MISSING


def approval_status(step: Step) -> Any:
    """``ModelApprovalStatus`` resolved; the service's default where it is absent."""
    status = step.get("ModelApprovalStatus")
    return "PendingManualApproval" if status is MISSING or status is None else status


def uses_metric(condition: Step) -> bool | None:
    """Whether a Condition compares something that a step found out; ``None`` when not known."""
    conditions = dig(condition.raw, "Arguments", "Conditions")
    if isinstance(conditions, Unknown):
        return None
    decided: bool | None = False
    for _, value in walk(conditions):
        if isinstance(value, Unknown | OpenDict | Template):
            decided = None
        if isinstance(value, dict) and len(value) == 1:
            if "Std:JsonGet" in value:
                return True
            target = value.get("Get")
            if isinstance(target, str) and parse_reference(target).root == "Steps":
                return True
    return decided


_measuring: WeakKeyDictionary[Pipeline, dict[int, bool | None]] = WeakKeyDictionary()


def measuring(pipeline: Pipeline) -> dict[int, bool | None]:
    """The Conditions that look at a metric, or may: ``id(step)`` → what :func:`uses_metric` says.

    Found out once per pipeline: of a chain of steps each has all Conditions before it as guards.
    """
    found = _measuring.get(pipeline)
    if found is None:
        verdicts = {id(s): uses_metric(s) for s in pipeline.steps if s.type == "Condition"}
        found = {key: verdict for key, verdict in verdicts.items() if verdict is not False}
        _measuring[pipeline] = found
    return found


def unguarded_registration(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR003: a model is registered whatever its quality."""
    pipeline = pipeline_of(subject)
    graph = graph_of(pipeline)
    measured = measuring(pipeline)
    for step in pipeline.steps:
        if not registers(step):
            continue
        guards = graph.guards(step)
        verdicts = {measured.get(id(guard), False) for guard in guards} if measured else set()
        if True in verdicts:
            continue
        at = (*step.path, "Name")
        if None in verdicts or not pipeline.order_complete:
            yield unknown("a condition on the way to it is not known", at)
            continue
        status = known_values(approval_status(step))
        pending = status == ("PendingManualApproval",)
        reason = (
            "behind a condition that looks at no metric" if guards else "without a quality gate"
        )
        yield fail(
            at,
            f"step {step.name} registers a model {reason}",
            severity=Severity.LOW if pending else None,
            detail=step.name,
        )


def no_approval_gate(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR020: a model is trained and never reaches the registry."""
    pipeline = pipeline_of(subject)
    if isinstance(pipeline.definition, Unknown) or not isinstance(
        lookup(pipeline.definition, "Steps"), list
    ):
        return
    steps = pipeline.steps
    if any(registers(step) for step in steps):
        return
    if not pipeline.order_complete:
        yield unknown(pipeline.gaps, ("Steps",))
        return
    trained = [step for step in steps if job_kind(step) in TRAINING]
    # A Lambda, a Callback or a job of a kind we do not know may register the model itself.
    graph = graph_of(pipeline)
    after_training = graph.after_any(trained)
    for other in steps:
        if other.type not in ("Lambda", "Callback", "Job", "EMRServerless", "EMR"):
            continue
        if after_training(other):
            step = next(s for s in graph.ancestors(other) if job_kind(s) in TRAINING)
            yield unknown(f"a step after {step.name} may register the model", (*step.path, "Name"))
            return
    if trained:
        first = trained[0]
        yield fail(
            (*first.path, "Name"),
            f"{subject.title} trains a model in step {first.name} and never registers it: nobody "
            "approves what is used",
        )
    elif not any(step.type in (*DEPLOYMENT, "Model") for step in steps):
        opaque = [step.name for step in steps if job_kind(step) in (FUNCTION, NOTEBOOK)]
        verb = "does" if len(opaque) == 1 else "do"
        does = (
            f"what {', '.join(opaque[:3])} {verb} is in no definition"
            if opaque
            else "it neither trains nor deploys a model"
        )
        yield fail(
            ("Steps",),
            f"{subject.title} has no approval gate; {does}, so it may not need one",
            key=True,
            severity=Severity.INFO,
        )


_STATUS = "ModelApprovalStatus"


def approved(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR001: a model is registered as Approved, by its text or by a value that is allowed.

    Where the default of a parameter says so, APPR002 does, at the default.
    """
    step = subject.domain
    at: Path = ("Arguments", _STATUS) if isinstance(step, Step) else (_STATUS,)
    value = dig(subject.value, *at)
    if value is MISSING or value is None:
        return  # the service's default waits for a person
    if isinstance(step, Step):
        parameter = _status_parameter(step)
        if parameter is not None and parameter.default == "Approved":
            return
    options = value.values if isinstance(value, Choice) else (value,)
    truth = disjunction(equals(option, "Approved") for option in options)
    if truth:
        yield fail(at)
    elif truth is None:
        yield unknown(value, at)


def _status_parameter(step: Step) -> Parameter | None:
    """The pipeline parameter that decides the status of what a step registers."""
    raw = dig(step.raw, "Arguments", _STATUS)
    target = lookup(raw, "Get") if isinstance(raw, dict) else MISSING
    if not isinstance(target, str):
        return None
    reference = parse_reference(target)
    parameters = step.pipeline.parameters
    return parameters.get(reference.name) if reference.root == "Parameters" else None


def status_by_parameter(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR002: whoever starts the pipeline gets an approved model by default."""
    pipeline = pipeline_of(subject)
    for step in pipeline.steps:
        if not registers(step):
            continue
        parameter = _status_parameter(step)
        if parameter is None:
            if not pipeline.parameters_complete:
                yield unknown("the list of parameters is not wholly known", step.path)
            continue
        if parameter.default == "Approved":
            yield fail(
                (*parameter.path, "DefaultValue"),
                f"the parameter {parameter.name} makes step {step.name} register approved models "
                "unless somebody says otherwise",
                detail=step.name,
            )
        elif isinstance(parameter.default, Unknown | Template) or parameter.default is MISSING:
            yield unknown(f"parameter {parameter.name} has no known default", parameter.path)


def _gates_before_registration(pipeline: Pipeline) -> Iterator[Step]:
    graph = graph_of(pipeline)
    wanted = dict.fromkeys(
        guard for step in pipeline.steps if registers(step) for guard in graph.guards(step)
    )
    yield from wanted


def constant_gate(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR004: the condition before a registration looks at nothing that was measured."""
    pipeline = pipeline_of(subject)
    graph = graph_of(pipeline)
    measured = measuring(pipeline)
    helped: set[int] = set()
    gates: dict[Step, None] = {}
    for step in pipeline.steps:
        if not registers(step):
            continue
        guards = graph.guards(step)
        gates.update(dict.fromkeys(guards))
        if measured and any(measured.get(id(guard)) for guard in guards):
            helped.update(id(guard) for guard in guards)
    for gate in gates:
        verdict = measured.get(id(gate), False)
        if verdict is None:
            yield unknown("the conditions are not known", (*gate.path, "Name"))
        elif not verdict and id(gate) not in helped:
            yield fail(
                (*gate.path, "Arguments", "Conditions"),
                f"the condition {gate.name} decides on a registration and compares only values "
                "that are fixed before the pipeline runs",
                key=True,
                detail=gate.name,
            )


def missing_property_file(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR005: a gate reads a property file that no step writes."""
    pipeline = pipeline_of(subject)
    for step in pipeline.steps:
        if step.type != "Condition":
            continue
        for path, value in walk(dig(step.raw, "Arguments", "Conditions")):
            if isinstance(value, dict) and "Std:JsonGet" in value:
                at = (*step.path, "Arguments", "Conditions", *path, "Std:JsonGet", "PropertyFile")
                yield from _property_file(pipeline, value["Std:JsonGet"], at)


def _property_file(pipeline: Pipeline, body: Any, at: Path) -> Iterator[Outcome]:
    file = lookup(body, "PropertyFile")
    target = lookup(file, "Get") if isinstance(file, dict) else file
    if not isinstance(target, str):
        return
    reference = parse_reference(target)
    step = pipeline.steps_by_name.get(reference.name)
    if reference.root != "Steps" or step is None:
        return  # REL005
    wanted = reference.rest.removeprefix(".PropertyFiles").lstrip(".").strip("[]'\"")
    if not reference.rest.startswith(".PropertyFiles") or not wanted:
        return
    declared = lookup(step.value, "PropertyFiles")
    entries = declared if isinstance(declared, list) else []
    names = [declared, *entries, *(lookup(item, "PropertyFileName") for item in entries)]
    if any(isinstance(item, Unknown | Template) for item in names):
        yield unknown("the property files are not wholly known", at)
        return
    entry = next((e for e in entries if lookup(e, "PropertyFileName") == wanted), None)
    if entry is None:
        yield fail(at, f"step {step.name} declares no property file {wanted!r}", detail=wanted)
        return
    outputs = step.get("ProcessingOutputConfig", "Outputs")
    outputs = [] if outputs is MISSING or outputs is None else outputs
    output = lookup(entry, "OutputName")
    if isinstance(outputs, list) and isinstance(output, str):
        names = [
            item if isinstance(item, Unknown) else lookup(item, "OutputName") for item in outputs
        ]
        if output not in names and not any(isinstance(name, Unknown | Template) for name in names):
            yield fail(
                at,
                f"the property file {wanted!r} is read from the output {output!r}, "
                f"which step {step.name} does not have",
                detail=wanted,
            )


def branches(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR006: both outcomes of a gate register, or the bad one goes unnoticed."""
    pipeline = pipeline_of(subject)
    for step in pipeline.steps:
        if step.type != "Condition":
            continue
        sides = {
            key: [child for child in step.children if child.branch == key]
            for key in ("IfSteps", "ElseSteps")
        }
        registering = {
            key: [s for child in inner for s in _with_inner(child) if registers(s)]
            for key, inner in sides.items()
        }
        if all(registering.values()):
            second = registering["ElseSteps"][0]
            yield fail(
                (*second.path, "Name"),
                f"both branches of {step.name} register a model, so "
                "the condition does not hold anything back",
                detail="both",
            )
            continue
        if any(registering.values()):
            same: bool | None = False  # one registers and the other does not
        else:
            written_sides = (dig(step.raw, "Arguments", k) for k in ("IfSteps", "ElseSteps"))
            same = alike(*written_sides)
        at = (*step.path, "Arguments", "ElseSteps")
        if same is None:
            yield unknown("whether its branches differ is not known", at, key=True)
        elif same:
            names = ", ".join(child.name for child in sides["IfSteps"][:3])
            yield fail(
                at,
                f"both branches of {step.name} do the same ({names}), so what it finds out "
                "changes nothing",
                key=True,
                detail="alike",
            )
            continue
        for key, other in (("IfSteps", "ElseSteps"), ("ElseSteps", "IfSteps")):
            written = dig(step.raw, "Arguments", other)
            if registering[key] and (written is MISSING or written == []):
                yield fail(
                    (*step.path, "Arguments", other),
                    f"when {step.name} refuses a model the "
                    "execution ends as Succeeded and nobody is told",
                    key=True,
                    severity=Severity.INFO,
                    detail="silent",
                )


def _with_inner(step: Step) -> Iterator[Step]:
    yield step
    for child in step.children:
        yield from _with_inner(child)


def fixed_outcome(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR021: a condition that comes out the same whatever the model is worth."""
    pipeline = pipeline_of(subject)
    released = _released(pipeline)
    registering = [step for step in pipeline.steps if registers(step)]
    unseen = unseen_steps(pipeline)
    decided = False
    for step in pipeline.steps:
        if step.type != "Condition":
            continue
        found = outcome_of(step)
        at = (*step.path, "Arguments", "Conditions", *found.at)
        if found.holds is Holds.UNDECIDED:
            decided = True
            yield unknown(found.because, at)
            continue
        if found.holds is Holds.DEPENDS:
            continue
        if registering and uses_metric(step) is False and _guards_any(step, registering):
            continue  # APPR004
        decided = True
        if unseen is not None and uses_metric(step) is False:
            yield unknown("whether it decides on a registration (APPR004) is not known", at)
            continue
        taken, other = (
            ("IfSteps", "ElseSteps") if found.holds is Holds.ALWAYS else ("ElseSteps", "IfSteps")
        )
        freed, kept = (released.get((id(step), branch)) for branch in (taken, other))
        if freed is not None:
            effect = f"it always lets step {freed.name} run"
        elif kept is not None:
            effect = f"step {kept.name} never runs"
        else:
            effect = f"the steps of {taken} always run and the others never"
        yield fail(
            at,
            f"the condition {step.name} is always decided the same way ({found.what}): {effect}",
            severity=None if freed is not None else Severity.LOW,
            confidence=None if found.sure else Confidence.MEDIUM,
            detail=step.name,
        )
    if unseen is not None and not decided:
        yield unseen


def _guards_any(condition: Step, steps: list[Step]) -> bool:
    graph = graph_of(condition.pipeline)
    return any(graph.runs_before(condition, step) for step in steps)


def _released(pipeline: Pipeline) -> dict[tuple[int, str], Step]:
    """(Condition, its branch) → the first step inside that registers or deploys, at any depth."""
    found: dict[tuple[int, str], Step] = {}
    for step in pipeline.steps:
        if not registers(step) and step.type not in DEPLOYMENT:
            continue
        inner = step
        while inner.parent is not None:
            key = (id(inner.parent), inner.branch)
            if key in found:
                break
            found[key] = step
            inner = inner.parent
    return found


def threshold_parameter(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR007: whoever starts the pipeline may lower the bar."""
    pipeline = pipeline_of(subject)
    for gate in _gates_before_registration(pipeline):
        if not uses_metric(gate):
            continue
        conditions = dig(gate.raw, "Arguments", "Conditions")
        for path, reference in find_references(conditions):
            if reference.root != "Parameters":
                continue
            parameter = pipeline.parameters.get(reference.name)
            if parameter is not None and isinstance(parameter.enum, list):
                continue
            hidden = parameter is None and not pipeline.parameters_complete
            if hidden or (parameter is not None and isinstance(parameter.enum, Unknown)):
                yield unknown(
                    "which values the parameter may have is not known",
                    (*gate.path, "Arguments", "Conditions", *path),
                )
                continue
            yield fail(
                (*gate.path, "Arguments", "Conditions", *path),
                f"the threshold of {gate.name} is the parameter {reference.name}, which whoever "
                "starts the pipeline can lower",
                detail=reference.name,
            )


def deployed_without_registry(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR008: a pipeline creates an endpoint from a model that nobody approved."""
    pipeline = pipeline_of(subject)
    deploying = [step for step in pipeline.steps if step.type in DEPLOYMENT]
    if not deploying:
        return
    graph = graph_of(pipeline)
    models = [step for step in pipeline.steps if step.type == "Model"]
    after_registering = graph.after_any(step for step in pipeline.steps if registers(step))
    after_config = graph.after_any(s for s in pipeline.steps if s.type == "EndpointConfig")
    for step in deploying:
        before = [model for model in models if graph.runs_before(model, step)]
        packaged = [model for model in before if _from_package(model)]
        if before and len(packaged) == len(before):
            continue
        registered = after_registering(step)
        if registered and step.type != "EndpointConfig":
            continue
        if step.type == "Endpoint" and after_config(step):
            continue  # said of its configuration
        if registered:
            continue
        hidden = _hidden_model(before)
        if hidden is not None or not pipeline.order_complete:
            yield unknown(
                pipeline.gaps if hidden is None else hidden,
                (*step.path, "Name"),
            )
            continue
        certain = bool(before)
        yield fail(
            (*step.path, "Name"),
            f"step {step.name} deploys a model that did not come through the registry",
            confidence=None if certain else Confidence.MEDIUM,
            severity=None if certain else Severity.INFO,
            detail=step.name,
        )


def _hidden_model(models: list[Step]) -> Any:
    """What of models is not known and may name a package."""
    for model in models:
        several = model.get("Containers")
        parts = [model.arguments, model.get("PrimaryContainer"), several]
        for part in [*parts, *(several if isinstance(several, list) else [])]:
            if isinstance(part, OpenDict):
                return part.rest
            if isinstance(part, Unknown):
                return part
    return None


def _from_package(model: Step) -> bool:
    containers: list[Any] = [model.get("PrimaryContainer")]
    several = model.get("Containers")
    containers.extend(several if isinstance(several, list) else [])
    return any(
        lookup(item, "ModelPackageName") not in (MISSING, None)
        for item in containers
        if isinstance(item, dict)
    )


def upstream_check(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """APPR012: no bias or explainability check before a registration."""
    pipeline = pipeline_of(subject)
    graph = graph_of(pipeline)
    checked = graph.after_any(step for step in pipeline.steps if _is_clarify(step))
    images = (step.get("AppSpecification", "ImageUri") for step in pipeline.steps)
    hidden = next(filter(_may_be_clarify, images), None)
    for step in pipeline.steps:
        if registers(step) and not checked(step):
            if not pipeline.order_complete:
                yield unknown(pipeline.gaps, (*step.path, "Name"))
            elif hidden is not None:
                yield unknown(hidden, (*step.path, "Name"))
            else:
                yield fail(
                    (*step.path, "Name"),
                    f"step {step.name} registers a model that no bias "
                    "or explainability check has seen",
                    detail=step.name,
                )


def _may_be_clarify(image: Any) -> bool:
    """Whether an image is not known, or not to its end."""
    if isinstance(image, Unknown):
        return may_be_anything(image.references)
    return isinstance(image, Template) and not image.suffix and "clarify" not in str(image)


def _is_clarify(step: Step) -> bool:
    if step.type == "ClarifyCheck":
        return True
    image = step.get("AppSpecification", "ImageUri")
    if isinstance(image, Choice):
        return any("clarify" in str(option) for option in image.values)
    return "clarify" in str(image)


def data_check(subject: Subject, context: Context) -> Iterable[Outcome]:
    """APPR013: no data-quality check before a training."""
    pipeline = pipeline_of(subject)
    words = [str(word).lower() for word in context.parameters["validation_step_words"]]
    checked = graph_of(pipeline).after_any(
        step
        for step in pipeline.steps
        if step.type == "QualityCheck" or any(word in step.name.lower() for word in words)
    )
    for step in pipeline.steps:
        if job_kind(step) not in TRAINING or checked(step):
            continue
        program = step.get("HyperParameters", "sagemaker_program")
        if not pipeline.order_complete:
            yield unknown(pipeline.gaps, (*step.path, "Name"))
        elif isinstance(program, Unknown | Template):
            yield unknown(program, (*step.path, "Name"))  # which may repack a model
        else:
            yield fail(
                (*step.path, "Name"),
                f"step {step.name} trains on data that no quality check has seen",
                detail=step.name,
            )
