"""Join documents by reference: pipelines with steps, roles, policies and buckets."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from linter.core.bugs import contained
from linter.core.documents import Document, Path, Problem
from linter.core.record import replace
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Template, Unknown, dig, lookup, references_of, walk
from linter.domain.pipeline import Pipeline
from linter.project.doors import seen_once
from linter.project.link_iam import PolicyKindOf, embedded_at, link_iam
from linter.project.model import Project, Role
from linter.project.roles import RoleIndex
from linter.readers import unread

_DEFINITIONS: dict[str, Path] = {
    "aws_sagemaker_pipeline": ("pipeline_definition",),
    "AWS::SageMaker::Pipeline": ("PipelineDefinition", "PipelineDefinitionBody"),
}
_S3_LOCATIONS: dict[str, Path] = {
    "aws_sagemaker_pipeline": ("pipeline_definition_s3_location",),
    "AWS::SageMaker::Pipeline": ("PipelineDefinition", "PipelineDefinitionS3Location"),
}


def link(documents: list[Document], kind_of: PolicyKindOf | None = None) -> Project:
    """A project of the documents; problems of embedded documents are collected in it.

    ``kind_of`` says of what kind a policy's file is, where the user says it.
    """
    documents = seen_once(documents)
    project = Project(documents=documents)
    link_iam(project, kind_of)
    for document in documents:
        if document.kind == "pipeline" or document.type in _DEFINITIONS:
            with _contained(project, document):
                project.pipelines.append(
                    _from_file(document)
                    if document.kind == "pipeline"
                    else _from_resource(project, document)
                )
    _link_starts(project)
    _link_roles(project)
    project.problems += [p for d in documents if (p := unread.of_resource(d)) is not None]
    return project


def _link_starts(project: Project) -> None:
    if project.pipelines and any(_STARTERS.search(kind) for kind in project.by_type):
        from linter.project.starts import link_starts

        link_starts(project)


_STARTERS = lazy_regex(
    r"event_(?:rule|target)|schedule|lambda|codebuild|sfn|codepipeline|pipes"
    r"|::(?:Events|Scheduler|Pipes|Lambda|Serverless|CodeBuild|StepFunctions|CodePipeline)::"
)
"""Resource types that may start a pipeline; without one nothing more is imported."""


def _contained(project: Project, document: Document) -> AbstractContextManager[None]:
    """A bug met while a document is linked costs that document's links."""
    name = document.address or document.path
    return contained(project.problems, name, document.locate().span, document.address)


def _from_file(document: Document) -> Pipeline:
    for embedded in document.embedded.values():
        name = lookup(document.value, "PipelineName")
        role = lookup(document.value, "RoleArn")
        parallelism = dig(document.value, "ParallelismConfiguration", "MaxParallelExecutionSteps")
        return Pipeline(
            _stem(document.path) if name is MISSING else name,
            document,
            embedded.value,
            embedded.locator,
            role=role,
            parallelism=parallelism,
        )
    return Pipeline(_stem(document.path), document, document.value, document.locator)


def _stem(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    for suffix in (".json", ".tftpl", ".tpl"):
        name = name.removesuffix(suffix)
    return name


def _from_resource(project: Project, document: Document) -> Pipeline:
    terraform = document.type == "aws_sagemaker_pipeline"
    value = document.value
    path = _DEFINITIONS[document.type]
    embedded = embedded_at(document, path)
    not_read = ""
    if embedded is None:
        definition, locator = _absent_definition(document), document.locator
        not_read = definition.reason
    else:
        definition, locator = embedded.value, embedded.locator
        if embedded.problem is not None:
            project.problems.append(
                replace(embedded.problem, rule="SYN001", address=document.address)
            )
        if isinstance(definition, Unknown):
            not_read = definition.reason
        elif not isinstance(definition, dict):
            not_read = "the definition is not a JSON object"
            definition = _not_an_object(project, definition, document, locator)
    if terraform:
        name, role, tags = (lookup(value, k) for k in ("pipeline_name", "role_arn", "tags"))
        parallelism = dig(value, "parallelism_configuration", 0, "max_parallel_execution_steps")
    else:
        name, role, tags = (lookup(value, k) for k in ("PipelineName", "RoleArn", "Tags"))
        parallelism = dig(value, "ParallelismConfiguration", "MaxParallelExecutionSteps")
        tags = _tag_dict(tags)
    return Pipeline(
        name,
        document,
        definition,
        locator,
        role=role,
        resource=document,
        parallelism=parallelism,
        tags=tags,
        not_read=not_read,
    )


def _absent_definition(document: Document) -> Unknown:
    location = dig(document.value, *_S3_LOCATIONS[document.type])
    if location is MISSING or location is None or location == []:
        return Unknown("the resource gives no definition")
    if isinstance(location, list):
        location = location[0]
    bucket = lookup(location, "bucket") or lookup(location, "Bucket")
    key = lookup(location, "object_key") or lookup(location, "Key")
    shown = "/".join(str(p) if isinstance(p, str | Template) else "?" for p in (bucket, key))
    return Unknown(f"the definition is an object in S3 (s3://{shown}), which is not read")


def _not_an_object(project: Project, definition: Any, document: Document, locator: Any) -> Unknown:
    reason = "A pipeline definition must be a JSON object"
    if not isinstance(definition, Template):
        project.problems.append(
            Problem(
                reason,
                locator.locate(()).span,
                "SYN001",
                address=document.address,
                hint='Write {"Version": "2020-12-01", "Steps": [...]}.',
            )
        )
    return Unknown("the definition is not a JSON object", references_of(definition))


def _tag_dict(tags: Any) -> Any:
    """CloudFormation's ``[{Key, Value}]`` as a dict."""
    if not isinstance(tags, list):
        return tags
    found: dict[str, Any] = {}
    for tag in tags:
        key = lookup(tag, "Key")
        if not isinstance(key, str):
            return Unknown("a tag's key is not known")
        found[key] = lookup(tag, "Value")
    return found


_RUN_WITH_ROLES = frozenset(
    {
        *("aws_lambda_function", "aws_codebuild_project", "aws_glue_job", "aws_sfn_state_machine"),
        *("aws_batch_job_definition", "aws_ecs_task_definition", "aws_codepipeline"),
        *("AWS::Lambda::Function", "AWS::CodeBuild::Project", "AWS::Glue::Job"),
        *("AWS::StepFunctions::StateMachine", "AWS::ECS::TaskDefinition"),
        *("AWS::Serverless::Function", "AWS::Serverless::StateMachine"),
    }
)
_ROLE_MEMBERS = frozenset(
    {
        *("role", "role_arn", "execution_role", "execution_role_arn", "service_role"),
        *(
            "task_role_arn",
            "Role",
            "RoleArn",
            "ExecutionRole",
            "ExecutionRoleArn",
            "ServiceRole",
            "TaskRoleArn",
        ),
    }
)
"""Members that name the role that a resource runs with."""


def _link_roles(project: Project) -> None:
    index = RoleIndex(project)
    for pipeline in project.pipelines:
        with _contained(project, pipeline.document):
            _link_pipeline(project, index, pipeline)

    if project.roles:
        for document in project.documents:
            if _may_hold_role(document.type):
                with _contained(project, document):
                    _link_holder(document, index)


def _link_pipeline(project: Project, index: RoleIndex, pipeline: Pipeline) -> None:
    title = f"pipeline {pipeline.title}"
    for role in _only(index.find(pipeline.role, pipeline.document), title):
        project.pipeline_roles[id(pipeline)] = role
        _use(role, title, "pipeline", pipeline, pipeline.role)
    for step in pipeline.steps:
        arn = step.get("RoleArn")
        if arn is MISSING:
            continue
        user = f"{title}, step {step.name}"
        for role in _only(index.find(arn, pipeline.document), user):
            _use(role, user, "step", pipeline, arn)


def _may_hold_role(kind: str) -> bool:
    """Whether a resource runs with a role and is no pipeline."""
    if kind.endswith(("_pipeline", "::Pipeline")):
        return False
    return kind.startswith(("aws_sagemaker_", "AWS::SageMaker::")) or kind in _RUN_WITH_ROLES


def _link_holder(document: Document, index: RoleIndex) -> None:
    for path, value in walk(document.value, max_depth=6):
        if path and path[-1] in _ROLE_MEMBERS and not isinstance(value, dict | list):
            for role in _only(index.find(value, document), document.address):
                _used(role, document.address, "resource")


def _only(roles: list[Role], user: str) -> list[Role]:
    """The role that is meant; none where it is one of several, each of which remembers the user."""
    if len(roles) <= 1:
        return roles
    for role in roles:
        if user not in role.possibly_used_by:
            role.possibly_used_by.append(user)
    return []


def _use(role: Role, title: str, kind: str, pipeline: Pipeline, named: Any) -> None:
    _used(role, title, kind)
    role.named_by.append((pipeline, named))
    if pipeline not in role.pipelines:
        role.pipelines.append(pipeline)


def _used(role: Role, title: str, kind: str) -> None:
    if (title, kind) not in role.used_by:
        role.used_by.append((title, kind))
