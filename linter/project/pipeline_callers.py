"""Lambda functions, builds and state machines that start pipelines, as far as that can be seen.

A state machine says it in its definition. A function or a build is taken to start a pipeline that
its environment or its code names, unless its role certainly may not; and one that its role names as
what it may start. That is derived, and said so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.record import record, replace
from linter.core.regex import lazy_regex
from linter.core.truth import Truth, disjunction
from linter.core.values import MISSING, Template, dig, lookup, walk
from linter.domain.pipeline import Pipeline
from linter.project.model import Project, Role
from linter.project.pipeline_names import Names
from linter.project.roles import RoleIndex
from linter.project.triggers import given, passed_parameters

CALLERS = {
    "aws_lambda_function": "Lambda",
    "AWS::Lambda::Function": "Lambda",
    "AWS::Serverless::Function": "Lambda",
    "aws_codebuild_project": "CodeBuild",
    "AWS::CodeBuild::Project": "CodeBuild",
    "aws_sfn_state_machine": "Step Functions",
    "AWS::StepFunctions::StateMachine": "Step Functions",
    "AWS::Serverless::StateMachine": "Step Functions",
    "aws_codepipeline": "CodePipeline",
    "AWS::CodePipeline::Pipeline": "CodePipeline",
}
"""Resource type → what it is called."""

_DEFINITIONS: tuple[Path, ...] = (("definition",), ("DefinitionString",), ("Definition",))
_ENVIRONMENTS: tuple[Path, ...] = (
    ("environment", 0, "variables"),
    ("environment", 0, "environment_variable"),
    ("Environment", "Variables"),
    ("Environment", "EnvironmentVariables"),
)
_CODES: tuple[Path, ...] = (
    *(("Code", "ZipFile"), ("InlineCode",)),
    *(("source", 0, "buildspec"), ("Source", "BuildSpec")),
)
_ROLES = ("role", "Role", "service_role", "ServiceRole")
_NAMES = ("function_name", "FunctionName", "name", "Name")
_ACTION = "sagemaker:StartPipelineExecution"
_CALLED = lazy_regex(r"start[-_]?pipeline[-_]?execution", 2)  # re.IGNORECASE
_QUOTED = lazy_regex(r"""["']([\w:/.-]{1,400})["']|--pipeline-name[ =]+["']?([\w-]{1,256})""")
_BROAD = ("SageMaker", "AdministratorAccess", "PowerUserAccess")
_MAX_DEPTH_OF_CALLS = 4


@record
class Call:
    """One pipeline that a caller starts.

    ``parameters`` are ``None`` where they cannot be seen. ``inner`` marks a caller that another
    one runs: how often it runs is a matter of that one.
    """

    pipeline: Pipeline
    parameters: dict[str, Any] | None = None
    certain: bool = True
    inner: bool = False


def calls_of(project: Project, names: Names) -> dict[Document, list[Call]]:
    """The pipelines that each caller starts, those that it starts through others included."""
    found: dict[Document, list[Call]] = {}
    callers = project.of_type(*CALLERS)
    roles = RoleIndex(project) if callers else None
    for caller in callers:
        if CALLERS[caller.type] == "Step Functions":
            calls = list(_in_definition(caller, names))
        elif CALLERS[caller.type] == "CodePipeline":
            calls = []
        else:
            assert roles is not None
            calls = list(_derived(caller, names, roles))
        if calls:
            found[caller] = calls
    if found:
        _through_others(callers, names, found)
    return found


def _in_definition(machine: Document, names: Names) -> Iterator[Call]:
    """The tasks of a state machine that start a pipeline."""
    for definition in _definitions(machine):
        for _, state in walk(definition, max_depth=60):
            resource = lookup(state, "Resource") if isinstance(state, dict) else MISSING
            if not isinstance(resource, str) or ":sagemaker:startpipelineexecution" not in (
                resource.lower()
            ):
                continue
            arguments = given(state, "Parameters")
            if arguments is MISSING:
                arguments = given(state, "Arguments")
            passed = passed_parameters(given(arguments, "PipelineParameters"))
            for pipeline, certain in names.pipelines(given(arguments, "PipelineName"), machine):
                yield Call(pipeline, passed, certain)


def _definitions(machine: Document) -> Iterator[Any]:
    for path in _DEFINITIONS:
        embedded = machine.embedded.get(path)
        if embedded is not None:
            yield embedded.value
        else:
            yield dig(machine.value, *path)


def _derived(caller: Document, names: Names, roles: RoleIndex) -> Iterator[Call]:
    """What a function or build is taken to start, each pipeline once."""
    held = [role for key in _ROLES for role in roles.find(given(caller.value, key), caller)]
    named: dict[int, Call] = {}
    allowed = disjunction(_may_start(role) for role in held) if held else None
    if allowed is not False:
        for pipeline, certain in _written(caller, names):
            sure = certain and allowed is True
            named.setdefault(id(pipeline), Call(pipeline, certain=sure))
        for role in held:
            for pipeline, certain in _granted(role, names):
                named.setdefault(id(pipeline), Call(pipeline, certain=certain))
    yield from named.values()


def _written(caller: Document, names: Names) -> Iterator[tuple[Pipeline, bool]]:
    """Pipelines that the environment or the code of a function or build names."""
    for path in _ENVIRONMENTS:
        for _, value in walk(dig(caller.value, *path), max_depth=3):
            if not isinstance(value, dict | list):
                yield from names.pipelines(value, caller)
    for path in _CODES:
        code = dig(caller.value, *path)
        text = str(code) if isinstance(code, str | Template) else ""
        if _CALLED.search(text):
            yield from names.pipelines(code, caller) if isinstance(code, Template) else ()
            for match in _QUOTED.finditer(text):
                yield from names.pipelines(match[1] or match[2], caller)


def _granted(role: Role, names: Names) -> Iterator[tuple[Pipeline, bool]]:
    """Pipelines that a role's policies name as what may be started."""
    for policy in role.policies:
        statements = _listed(lookup(policy.value, "Statement"))
        for statement in statements:
            actions = [str(a).lower() for a in _listed(lookup(statement, "Action"))]
            if lookup(statement, "Effect") == "Allow" and _ACTION.lower() in actions:
                for resource in _listed(lookup(statement, "Resource")):
                    yield from names.pipelines_of_arn(resource, policy.document)


def _may_start(role: Role) -> Truth:
    """Whether the role may be allowed to start some pipeline; ``None`` where that cannot be seen.

    Of AWS's own policies those that are broad allow it.
    """
    from linter.project.reach import may, permissions_of

    arns = [arn for arn, _, _ in role.managed_policies]
    if may(permissions_of(role), _ACTION) or any(
        isinstance(arn, str) and any(word in arn for word in _BROAD) for arn in arns
    ):
        return True
    return False if role.complete and all(isinstance(arn, str) for arn in arns) else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is MISSING else [value]


def _through_others(
    callers: list[Document], names: Names, found: dict[Document, list[Call]]
) -> None:
    """State machines and CodePipelines that run callers start what those start."""
    by_name: dict[str, list[Document]] = defaultdict(list)
    for caller in callers:
        for key in _NAMES:
            name = lookup(caller.value, key)
            if isinstance(name, str) and name:
                by_name[name].append(caller)
    outer = [c for c in callers if CALLERS[c.type] in ("Step Functions", "CodePipeline")]
    runs = {id(caller): _run_by(caller, names, by_name) for caller in outer}
    for _ in range(_MAX_DEPTH_OF_CALLS):
        added = False
        for caller in outer:
            known = {id(call.pipeline) for call in found.get(caller, ())}
            for other in runs[id(caller)]:
                for call in found.get(other, ()):
                    if id(call.pipeline) not in known and other is not caller:
                        known.add(id(call.pipeline))
                        found.setdefault(caller, []).append(replace(call, inner=False))
                        added = True
        if not added:
            break
    inner = {id(other) for caller in outer for other in runs[id(caller)] if caller in found}
    for caller, calls in found.items():
        if id(caller) in inner:
            found[caller] = [replace(call, inner=True) for call in calls]


def _run_by(caller: Document, names: Names, by_name: dict[str, list[Document]]) -> list[Document]:
    """The callers that a state machine or CodePipeline refers to, or names."""
    values: list[Any] = [caller.value]
    if CALLERS[caller.type] == "Step Functions":
        values.extend(_definitions(caller))
    found = [
        document
        for value in values
        for document, _ in names.instances(value, caller, CALLERS)
        if document is not caller
    ]
    for value in values:
        for path, item in walk(value, max_depth=60):
            if isinstance(item, str) and path and str(path[-1]) in _RUNNERS:
                named = by_name.get(item.rpartition(":function:")[2] or item, ())
                found.extend(names.near(caller, (d for d in named if d is not caller)))
    return found


_RUNNERS = frozenset({"FunctionName", "StateMachineArn", "ProjectName", "Resource"})
"""Members by which a task or an action names the function, state machine or build that it runs."""
