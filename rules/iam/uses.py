"""IAM019, IAM066, IAM067, IAM074: roles against what pipelines and resources do with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linter.core.documents import Document, Path
from linter.core.sources import Related
from linter.core.values import MISSING, OpenDict, Template, Unknown, dig, lookup, references_of
from linter.domain.pipeline import Pipeline
from linter.policy.helpers import fail, known_values, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.project.model import Project, Role
from linter.project.named import named
from rules.iam.reading import (
    allows,
    condition_entries,
    elements,
    listed,
    plain_operator,
    policy_of,
    principals,
    trusted_services,
)

SERVICES: dict[str, frozenset[str]] = {
    "EMR": frozenset(
        {"elasticmapreduce.amazonaws.com", "ec2.amazonaws.com", "events.amazonaws.com"}
    ),
    "EMRServerless": frozenset({"emr-serverless.amazonaws.com", "events.amazonaws.com"}),
    "Lambda": frozenset({"lambda.amazonaws.com", "events.amazonaws.com"}),
    "Callback": frozenset({"events.amazonaws.com"}),
    "Athena": frozenset({"athena.amazonaws.com", "glue.amazonaws.com"}),
}
"""Services besides SageMaker that a step of a type hands a role to, or is called by."""


def needed_services(pipelines: Iterable[Pipeline]) -> frozenset[str] | None:
    """Services that the pipelines' steps need; ``None`` when a step's type is not known."""
    found = {"sagemaker.amazonaws.com"}
    for pipeline in pipelines:
        if isinstance(pipeline.definition, Unknown) or not pipeline.steps:
            return None
        for step in pipeline.steps:
            if not step.type:
                return None
            found |= SERVICES.get(step.type, frozenset())
            if step.type.startswith("Bedrock"):
                found.add("bedrock.amazonaws.com")
    return frozenset(found)


def _is_service(name: object) -> bool:
    return isinstance(name, str) and not name.startswith("sagemaker.") and "*" not in name


def unused_service(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM019: services in ``iam:PassedToService`` that no step of the pipelines uses."""
    roles = policy_of(subject).roles
    if not allows(subject) or not roles or not all(role.pipelines for role in roles):
        return
    if not _passes_roles(subject) or any(_others(role, context.project) for role in roles):
        return
    pipelines = [pipeline for role in roles for pipeline in role.pipelines]
    needed = needed_services(pipelines)
    for operator, key, values in condition_entries(subject.value):
        plain = plain_operator(operator)
        if key.lower() != "iam:passedtoservice" or plain not in (
            *("stringequals", "stringlike", "stringequalsignorecase"),
        ):
            continue
        for index, value in enumerate(values if isinstance(values, list) else [values]):
            at: Path = ("Condition", operator, key, index)
            if isinstance(value, Unknown | Template):
                yield unknown(value, at)
            for name in known_values(value):
                if not _is_service(name):
                    continue
                if needed is None:
                    yield unknown("the steps of the pipeline are not all known", at)
                elif name not in needed:
                    titles = list(dict.fromkeys(p.title for p in pipelines))
                    yield fail(
                        at,
                        f"{subject.title} lets pipeline {listed(titles, 2)} pass roles to {name}, "
                        "which none of its steps uses",
                        detail=str(name),
                    )


def _passes_roles(subject: Subject) -> bool:
    return any(
        isinstance(action, str) and action.lower().startswith("iam:pass")
        for _, action in elements(subject.value, "Action")
    )


def _others(role: Role, project: Project) -> list[Document]:
    """Resources other than pipelines and IAM's own that use a role: it serves them too."""
    return [
        document
        for document in project.referring(role.document)
        if document is not role.document
        and document.type
        and not document.type.startswith(("aws_iam_", "AWS::IAM::", "aws_sagemaker_", "AWS::SageM"))
    ]


def _exported(role: Role, project: Project) -> bool:
    return any(document.kind == "terraform.output" for document in project.referring(role.document))


def needless_services(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM066: further services may become a role that only SageMaker jobs use."""
    roles = policy_of(subject).roles
    if not allows(subject) or not any(role.pipelines for role in roles):
        return
    extra = [(p, v) for p, v in principals(subject.value, "Service") if _is_service(v)]
    if not extra or any(_others(role, context.project) for role in roles):
        return
    if not any("sagemaker.amazonaws.com" in trusted_services(role) for role in roles):
        return  # IAM067: the pipeline does not even start
    pipelines = [pipeline for role in roles for pipeline in role.pipelines]
    needed = needed_services(pipelines)
    for path, value in extra:
        if needed is None:
            yield unknown("the steps of the pipeline are not all known", path)
        elif any(_exported(role, context.project) for role in roles):
            yield unknown("the role is an output, and may serve others", path)
        elif any(role.possibly_used_by for role in roles):
            yield unknown("what else runs with the role is not known", path)
        elif value not in needed:
            yield fail(
                path,
                f"{subject.title} also lets {value} assume the role of pipeline "
                f"{pipelines[0].title}, whose steps do not use it",
                detail=value,
            )


_HOLDERS: dict[str, tuple[Path, ...]] = {
    "aws_sagemaker_notebook_instance": (("role_arn",),),
    "aws_sagemaker_model": (("execution_role_arn",),),
    "aws_sagemaker_feature_group": (("role_arn",),),
    "aws_sagemaker_domain": (("default_user_settings", 0, "execution_role"),),
    "aws_sagemaker_user_profile": (("user_settings", 0, "execution_role"),),
    "AWS::SageMaker::NotebookInstance": (("RoleArn",),),
    "AWS::SageMaker::Model": (("ExecutionRoleArn",),),
    "AWS::SageMaker::FeatureGroup": (("RoleArn",),),
    "AWS::SageMaker::Domain": (("DefaultUserSettings", "ExecutionRole"),),
    "AWS::SageMaker::UserProfile": (("UserSettings", "ExecutionRole"),),
}
"""Where SageMaker resources other than pipelines name the role they run with."""


def not_assumable(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM067: SageMaker cannot become the role that a pipeline or another resource names."""
    role = subject.domain
    assert isinstance(role, Role)
    if role.trust is None:
        return
    value = role.trust.value
    services = trusted_services(role)
    if any(isinstance(name, str) and name.startswith("sagemaker.") for name in services):
        return
    users = [f"{p.title}" for p in role.pipelines]
    related: list[Related] = []
    for document in _sagemaker_users(role, context.project):
        users.append(document.address)
        related.append(Related(f"{document.address} runs with it", document.locate(()).span))
    if not users:
        if role.possibly_used_by:
            which = f"whether {role.possibly_used_by[0]} runs with {role.address} is not known"
            yield unknown(which, location=role.trust.locator.locate(()))
        return
    undecided = _undecided(value) or next((s for s in services if not isinstance(s, str)), None)
    if undecided is not None:
        yield unknown(undecided, location=role.trust.locator.locate(()))
        return
    yield fail(
        (),
        f"{subject.title} is the role of {listed(users, 2)}, and its trust policy does not let "
        "sagemaker.amazonaws.com assume it: nothing can start with it",
        location=role.trust.locator.locate(()),
        related=tuple(related),
    )


def _undecided(policy: object) -> Unknown | None:
    """What of a trust policy may still name SageMaker."""
    if isinstance(policy, Unknown):
        return policy
    found = lookup(policy, "Statement")
    if isinstance(found, Unknown):
        return found
    for statement in found if isinstance(found, list) else [found]:
        for value in (statement, lookup(statement, "Principal"), lookup(statement, "Effect")):
            if isinstance(value, Unknown):
                return value
            if isinstance(value, Template | OpenDict):
                return Unknown("it is known in part only", references_of(value))
        services = dig(statement, "Principal", "Service")
        for name in services if isinstance(services, list) else [services]:
            if isinstance(name, Unknown):
                return name
    return None


def _sagemaker_users(role: Role, project: Project) -> Iterator[Document]:
    for document in project.referring(role.document):
        for path in _HOLDERS.get(document.type, ()):
            arn = dig(document.value, *path)
            if named(project, arn, document, role.document.type) == [role.document]:
                yield document


def one_role_for_all(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM074: the jobs, or the models that are served, run with the role that orchestrates them."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    role = context.project.role_of(pipeline)
    own = pipeline.role
    steps: list[str] = []
    places: list[Path] = []
    unclear: Unknown | None = None
    for step in pipeline.steps:
        for key in ("RoleArn", "ExecutionRoleArn"):
            arn = step.get(key)
            same = own is not MISSING and arn == own and bool(isinstance(arn, str) or _one(arn))
            if not same and isinstance(own, Unknown) and role is None and arn is not MISSING:
                unclear = unclear or own
            if role is not None and not same:
                title = f"{subject.title}, step {step.name}"
                same = key == "RoleArn" and any(title == used for used, _ in role.used_by)
            if same:
                steps.append(step.name)
                places.append((*step.path, "Arguments", key))
                break
    if not steps:
        if unclear is not None:
            yield unknown(unclear)
        return
    which = role.address if role is not None else _shown(own)
    small = len(context.project.roles) <= 1
    yield fail(
        places[0],
        f"{subject.title} and {len(steps)} of its {len(pipeline.steps)} steps ({listed(steps, 3)}) "
        f"run as {which}: the code in their containers may do all that the pipeline may, starting "
        "jobs and passing roles included",
        severity=Severity.INFO if small else None,
    )


def _one(arn: object) -> bool:
    """Whether an unknown is one variable or attribute, so that the same one is the same role."""
    return isinstance(arn, Unknown) and len(arn.references) == 1


def _shown(role: object) -> str:
    return ", ".join(role.references) if isinstance(role, Unknown) else str(role)
