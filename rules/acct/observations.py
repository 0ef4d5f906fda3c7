"""ACCT001–ACCT006: what a snapshot shows that happened, beside what definitions ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from linter.core.documents import Document
from linter.core.truth import Truth
from linter.core.values import MISSING, Choice, Template, Unknown, dig, lookup
from linter.policy.helpers import fail, is_set, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.endpoints import configurations_of, models_of
from linter.project.model import Project
from pricing.observed import never_invoked

PACKAGE = "AWS::SageMaker::ModelPackage"
EXECUTION = "Pipewarden::Execution"
_NETWORKS = {"Training": ("VpcConfig",), "Processing": ("NetworkConfig", "VpcConfig")}
"""Step type → where its arguments, and the record of its job, hold the VPC."""


def approved_by_pipeline(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ACCT001: the identity that last changed an approved version is a pipeline's own role."""
    package = subject.domain
    assert isinstance(package, Document)
    observed = package.attributes.get("Observed")
    approved = _approved(lookup(subject.value, "ModelApprovalStatus"))
    if not isinstance(observed, dict) or approved is False:
        return
    who = lookup(observed, "LastModifiedBy") or lookup(observed, "CreatedBy")
    arn = dig(who, "IamIdentity", "Arn")
    name = _role_name(arn) if isinstance(arn, str) else ""
    open_ = not isinstance(arn, str)
    for pipeline in context.project.pipelines:
        if not isinstance(pipeline.role, str):
            open_ = open_ or pipeline.role is not MISSING
        elif name and _role_name(pipeline.role) == name and approved:
            yield fail(
                ("ModelApprovalStatus",),
                f"{subject.title} was approved by {name}, the role that pipeline {pipeline.title} "
                "runs with: nobody looked at the model",
                detail=pipeline.title,
            )
            return
    if open_ or approved is None:
        yield unknown(f"who approved {subject.title} is not known")


def _approved(status: Any) -> Truth:
    """Whether a version is approved, ``None`` where its state is not wholly known."""
    if isinstance(status, Template):
        return None if status.may_equal("Approved") else False
    return None if isinstance(status, Unknown | Choice) else status == "Approved"


def _role_name(arn: str) -> str:
    """The role in ``…:role/path/name`` or ``…:assumed-role/name/session``."""
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    if kind == "assumed-role":
        return rest.partition("/")[0]
    return rest.rpartition("/")[2] if kind == "role" else ""


def serves_unapproved(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ACCT003: an endpoint's model is a version of the registry that is not approved."""
    endpoint = subject.domain
    assert isinstance(endpoint, Document)
    statuses = {
        package.address: lookup(package.value, "ModelApprovalStatus")
        for package in context.project.of_type(PACKAGE)
    }
    for arn in dict.fromkeys(_packages(endpoint, context.project)):
        approved = _approved(statuses[arn]) if arn in statuses else None
        if approved is None:
            yield unknown(f"whether {arn or 'a version that it serves'} is approved is not known")
        elif not approved:
            yield fail(
                ("EndpointConfigName",),
                f"{subject.title} serves {arn.rpartition(':')[2]}, which is {statuses[arn]}",
                detail=arn,
            )


def _packages(endpoint: Document, project: Project) -> Iterator[str]:
    """ARNs of the model packages that an endpoint's containers name, ``""`` for one not known."""
    for config in configurations_of(endpoint, project):
        variants = lookup(config.value, "ProductionVariants")
        for variant in variants if isinstance(variants, list) else ():
            for model in models_of(config, lookup(variant, "ModelName"), project):
                containers = lookup(model.value, "Containers")
                listed = containers if isinstance(containers, list) else [containers]
                for container in (lookup(model.value, "PrimaryContainer"), *listed):
                    name = lookup(container, "ModelPackageName")
                    if name not in (MISSING, None):
                        yield name if isinstance(name, str) else ""


def ran_outside_vpc(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """ACCT004: a job of an execution ran outside the VPC that the definition puts it in."""
    project = context.project
    wanted = {
        (pipeline.name if isinstance(pipeline.name, str) else None, step.name): _NETWORKS[step.type]
        for pipeline in project.pipelines
        for step in pipeline.steps
        if step.type in _NETWORKS
        and is_set(dig(step.value, "Arguments", *_NETWORKS[step.type])) is True
    }
    seen: set[tuple[Any, str]] = set()
    for execution in project.of_type(EXECUTION):
        name = lookup(execution.value, "PipelineName")
        if not isinstance(name, str):
            yield unknown("which pipeline an execution is of is not known", about=execution)
            continue
        steps = lookup(execution.attributes["Observed"], "Steps")
        for index, ran in enumerate(steps if isinstance(steps, list) else ()):
            key = name, str(lookup(ran, "StepName"))
            job = lookup(ran, "Job")
            if (None, key[1]) in wanted and key not in wanted:
                yield unknown(f"whether {name} is a pipeline of the scan is not known")
                return
            if key not in wanted or not isinstance(job, dict) or key in seen:
                continue
            if is_set(dig(job, *wanted[key])) is False:
                seen.add(key)
                yield fail(
                    (),
                    f"step {key[1]} of {name} ran outside the VPC that its definition names, in "
                    f"{execution.address.rpartition('/')[2]}",
                    detail=f"{name}/{key[1]}",
                    location=_inside(execution, ("Steps", index)),
                    about=execution,
                )


def _inside(document: Document, path: tuple[str | int, ...]) -> Any:
    """A place in what was observed, which stands beside a document's properties."""
    locator: Any = document.locator
    return locator.inner.locate(("Observed", *path))


def not_invoked(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """ACCT005: CloudWatch counted no call of an endpoint."""
    endpoint = subject.domain
    assert isinstance(endpoint, Document)
    words = never_invoked(endpoint.attributes.get("Observed"))
    if words:
        yield fail(("EndpointName",), f"{subject.title} is billed and answered nothing: {words}")


def idle_app(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ACCT006: an app runs though its user did nothing for days."""
    app = subject.domain
    assert isinstance(app, Document)
    observed = app.attributes.get("Observed")
    if not isinstance(observed, dict) or lookup(observed, "Status") != "InService":
        return
    seen = _moment(lookup(observed, "LastHealthCheckTimestamp"))
    used = _moment(lookup(observed, "LastUserActivityTimestamp"))
    if seen is None or used is None:
        yield unknown(f"when {subject.title} was last used is not in the snapshot")
        return
    days = (seen - used).days
    if days >= int(context.parameters["days"]):
        yield fail(
            ("AppName",),
            f"{subject.title} is billed by the hour and was not used for {days} days",
        )


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or isinstance(value, Unknown):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
