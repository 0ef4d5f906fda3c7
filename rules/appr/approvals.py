"""APPR022: a pipeline that approves what it registered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.record import record, replace
from linter.core.sources import Related
from linter.core.truth import Truth, disjunction
from linter.core.values import (
    MISSING,
    OpenDict,
    Template,
    Unknown,
    lookup,
    make_string,
    references_of,
)
from linter.domain.graph import StepGraph, graph_of
from linter.domain.iam.evaluate import Permissions, Statement, allowed, statements_of
from linter.domain.iam.operators import listed
from linter.domain.iam.request import Request
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import fail, is_set, known_values, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.project.model import Policy, Project, Role
from linter.project.placement import region_of
from linter.project.roles import RoleIndex
from rules.appr.gates import (
    DEPLOYMENT,
    approval_status,
    pipeline_of,
    registers,
    unseen_steps,
)

_ACTION = "sagemaker:UpdateModelPackage"
_APPROVING = {"sagemaker:modelapprovalstatus": "Approved"}
_OWN_CODE = ("Lambda", "Processing", "Training")
"""Types of steps that run code of the pipeline's author, with a role that can be told."""
_FUNCTIONS = {
    # type → (attribute of the name, attribute of the role)
    "aws_lambda_function": ("function_name", "role"),
    "AWS::Lambda::Function": ("FunctionName", "Role"),
    "AWS::Serverless::Function": ("FunctionName", "Role"),
}
_MAY_APPROVE = frozenset(
    (
        *("AdministratorAccess", "PowerUserAccess"),
        *("AmazonSageMakerFullAccess", "AmazonSageMakerModelRegistryFullAccess"),
    )
)
"""AWS managed policies that allow updating any model package."""
_GROUP_NAMES = {
    "aws_sagemaker_model_package_group_policy": "model_package_group_name",
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupName",
}
"""Resources that hold the policy of a group → the attribute of the group's name."""
_EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_MAX_PLACES = 16


def approves_itself(subject: Subject, context: Context) -> Iterable[Outcome]:
    """A step after a registration whose role may set the model package to Approved."""
    pipeline = pipeline_of(subject)
    registering = [
        step
        for step in pipeline.steps
        if registers(step) and known_values(approval_status(step)) != ("Approved",)
    ]
    unseen = unseen_steps(pipeline, order=True)
    if not registering:
        if unseen is not None:
            yield unseen
        return
    graph = graph_of(pipeline)
    after = graph.after_any(registering)
    deploying = [step for step in pipeline.steps if step.type in DEPLOYMENT]
    judge = _Judge(pipeline, context.project, registering)
    own = context.project.role_of(pipeline)
    decided = False
    for step in pipeline.steps:
        if step.type not in _OWN_CODE or not after(step):
            continue
        decided = True
        at = (*step.path, "Name")
        role = judge.role_of(step)
        if not isinstance(role, Role):
            yield unknown(role, at)
            continue
        found = judge.verdict(role)
        if found.truth is None:
            yield unknown(found.because, at)
        elif found.truth:
            # A role that may do everything may do this too; that the pipeline's own may is IAM078.
            meant = found.explicit and role is not own
            yield _finding(step, role, meant, registering, deploying, graph)
    if unseen is not None and not decided:
        yield unseen


def _finding(
    step: Step,
    role: Role,
    meant: bool,
    registering: list[Step],
    deploying: list[Step],
    graph: StepGraph,
) -> Outcome:
    first = next(other for other in registering if graph.runs_before(other, step))
    deployed = next((other for other in deploying if graph.runs_before(step, other)), None)
    then = "" if deployed is None else f" before step {deployed.name} deploys it"
    return fail(
        (*step.path, "Name"),
        f"step {step.name} runs after step {first.name} registered the model, as the role "
        f"{_name(role)}, "
        f"which may set it to Approved{then}: nobody else has to",
        severity=None if meant else Severity.LOW,
        related=(Related("the role", role.document.locate(()).span),),
        detail=step.name,
    )


@record
class _Verdict:
    """Whether a role may approve; ``explicit`` when a statement names the action itself."""

    truth: Truth
    explicit: bool = False
    because: Any = None


class _Judge:
    """Which role a step of one pipeline runs its code with, and what that may do."""

    def __init__(self, pipeline: Pipeline, project: Project, registering: list[Step]) -> None:
        self._pipeline = pipeline
        self._project = project
        self._roles = RoleIndex(project)
        self._groups = list(dict.fromkeys(map(_group_of, registering)))
        self._region = region_of(pipeline, project)
        self._verdicts: dict[int, _Verdict] = {}
        self._group_policies = [p for p in project.policies if p.resource_type in _GROUP_NAMES]
        self._functions: dict[str, list[Document]] = {}
        for kind, (name, _) in _FUNCTIONS.items():
            for document in project.of_type(kind):
                value = lookup(document.value, name)
                if isinstance(value, str):
                    self._functions.setdefault(value, []).append(document)

    def role_of(self, step: Step) -> Role | str:
        """The role, or why it is not known."""
        document = self._pipeline.document
        if step.type != "Lambda":
            arn = step.get("RoleArn")
            own = arn is MISSING or arn is None
            roles = self._roles.find(self._pipeline.role if own else arn, document)
            return roles[0] if len(roles) == 1 else f"the role of step {step.name} is not known"
        function = self._function(lookup(step.value, "FunctionArn"))
        if function is None:
            return f"the function of step {step.name} is not in the scan"
        roles = self._roles.find(lookup(function.value, _FUNCTIONS[function.type][1]), function)
        return roles[0] if len(roles) == 1 else f"the role of {function.address} is not known"

    def _function(self, arn: Any) -> Document | None:
        home = self._pipeline.document
        found = [d for d in self._project.linked(arn, home) if d.type in _FUNCTIONS]
        if not found and isinstance(arn, str):
            name = arn.split(":")[6] if arn.count(":") >= 6 else arn
            same = self._functions.get(name, [])
            found = [document for document in same if document.root == home.root] or same
        return found[0] if len(found) == 1 else None

    def verdict(self, role: Role) -> _Verdict:
        found = self._verdicts.get(id(role))
        if found is None:
            found = self._verdicts[id(role)] = self._decide(role)
        return found

    def _decide(self, role: Role) -> _Verdict:
        known = ("", self._region or "", self._pipeline.account or "")
        here = _filled(known, _SOMEWHERE)
        boundary = None
        if role.boundary is not None:
            boundary = statements_of(_placed(role.boundary.value, here))
        own = statements_of(*(_placed(policy.value, here) for policy in role.policies))
        names = [_aws_name(arn) for arn, _, _ in role.managed_policies]
        given = statements_of(_EVERYTHING) if _MAY_APPROVE.intersection(names) else ()
        permissions = Permissions((*given, *own), boundary)
        principal = f"arn:{here[0]}:iam::{here[2]}:role/{_name(role)}"
        truth = disjunction(
            allowed(
                replace(permissions, resource=self._of_group(group, role, principal, here)), one
            )
            for place in _places(permissions, known)
            for group, one in self._requests(place, principal)
        )
        unseen = _unseen(role, self._project)
        if truth is not None and unseen is not None:
            truth = None  # what is not seen may allow it, or deny it
        if truth is True and boundary is None and is_set(_boundary(role)) is not False:
            return _Verdict(None, because=f"the boundary of {role.address} is not in the scan")
        because = unseen or f"what the policies of {role.address} allow is not wholly known"
        return _Verdict(truth, _explicit(permissions), because)

    def _requests(self, place: _Place, principal: str) -> Iterator[tuple[Any, Request]]:
        partition, region, account = place
        for group in self._groups:
            head = f"arn:{partition}:sagemaker:{region}:{account}:model-package/"
            resource = make_string((head, group, "/", Unknown("the version")))
            yield group, Request(_ACTION, resource, principal, context=_APPROVING)

    def _of_group(
        self, group: Any, role: Role, principal: str, here: _Place
    ) -> tuple[Statement, ...]:
        """What the policy of a model package group says, where the scan holds one."""
        found: list[Any] = []
        for policy in self._group_policies:
            names = self._groups_of(policy)
            if isinstance(group, str) and names and group not in names:
                continue
            value = _placed(policy.value, here)
            found.append(_with_role(value, role, principal, policy.document, self._project))
        return statements_of(*found)

    def _groups_of(self, policy: Policy) -> list[str]:
        """Names of the groups that a policy is on, as far as they are known, in lower case."""
        document = policy.document
        named = lookup(document.value, _GROUP_NAMES[document.type])
        holders = [
            lookup(item.value, "model_package_group_name")
            for item in self._project.linked(named, document)
            if item.type == "aws_sagemaker_model_package_group"
        ]
        values = [value for item in (named, *holders) for value in known_values(item)]
        return [value.lower() for value in values if isinstance(value, str)]


def _with_role(value: Any, role: Role, arn: str, document: Document, project: Project) -> Any:
    """A policy in which references to a role are its ARN."""
    if isinstance(value, Unknown | Template):
        found = project.linked(value, document)
        return arn if found == [role.document] else value
    if isinstance(value, OpenDict):
        known = {k: _with_role(v, role, arn, document, project) for k, v in value.items()}
        return OpenDict(known, value.rest)
    if isinstance(value, dict):
        return {k: _with_role(v, role, arn, document, project) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_role(item, role, arn, document, project) for item in value]
    return value


def _name(role: Role) -> str:
    return role.name if isinstance(role.name, str) else role.address


_Place = tuple[str, str, str]
"""Partition, region and account."""
_SOMEWHERE: _Place = ("aws", "us-east-1", "000000000000")
_FIELDS = {1: 0, 3: 1, 4: 2}
"""Fields of an ARN → members of a place."""
_OWN_PLACE = (
    *("data.aws_partition.", "data.aws_region.", "data.aws_caller_identity."),
    *("AWS::Partition", "AWS::Region", "AWS::AccountId"),
)
"""What refers to the place that the configuration is deployed to."""


def _placed(value: Any, here: _Place) -> Any:
    """A policy in which fields of ARNs that name the own place say where that is."""
    if isinstance(value, Template):
        return _placed_text(value, here)
    if isinstance(value, OpenDict):
        known = {key: _placed(item, here) for key, item in value.items()}
        return OpenDict(known, value.rest)
    if isinstance(value, dict):
        return {key: _placed(item, here) for key, item in value.items()}
    return [_placed(item, here) for item in value] if isinstance(value, list) else value


def _placed_text(value: Template, here: _Place) -> Any:
    parts: list[Any] = []
    colons = 0
    for part in value.parts:
        if isinstance(part, str):
            colons += part.count(":")
            parts.append(part)
        elif colons in _FIELDS and part.references and _own(part.references):
            parts.append(here[_FIELDS[colons]])
        else:
            parts.append(part)
    return make_string(parts)


def _own(references: Iterable[str]) -> bool:
    return all(name.startswith(_OWN_PLACE) for name in references)


def _places(permissions: Permissions, known: _Place) -> list[_Place]:
    """Where the package may be: what is known of it, and for the rest what the policies name."""
    found = dict.fromkeys([_filled(known, _SOMEWHERE)])
    for statement in permissions.identity:
        for value in listed(lookup(statement.value, "Resource")):
            fields = value.split(":", 5) if isinstance(value, str) else []
            if len(fields) == 6 and fields[2] == "sagemaker" and len(found) < _MAX_PLACES:
                named = tuple("" if set("*?") & set(fields[n]) else fields[n] for n in _FIELDS)
                found.setdefault(
                    _filled(known, _filled((named[0], named[1], named[2]), _SOMEWHERE))
                )
    return list(found)


def _filled(place: _Place, other: _Place) -> _Place:
    return place[0] or other[0], place[1] or other[1], place[2] or other[2]


def _group_of(step: Step) -> Any:
    """The group's name as ARNs have it."""
    name = step.get("ModelPackageGroupName")
    return name.lower() if isinstance(name, str) else Unknown("the model package group")


def _explicit(permissions: Permissions) -> bool:
    """Whether some Allow names the action, rather than a whole service."""
    return any(
        isinstance(action, str) and action.lower().startswith("sagemaker:updatemodel")
        for statement in permissions.identity
        if statement.effect == "Allow"
        for action in listed(lookup(statement.value, "Action"))
    )


def _aws_name(arn: Any) -> str | None:
    """The name of an AWS managed policy."""
    text = arn if isinstance(arn, str) else arn.suffix if isinstance(arn, Template) else ""
    _, found, name = text.partition(":aws:policy/")
    return name.rpartition("/")[2] if found else None


def _unseen(role: Role, project: Project) -> str | None:
    """Why not everything that is attached to a role is known; ``None`` when it is."""
    if not role.complete:
        return f"not all policies of {role.address} are in the scan"
    own = {id(policy.document) for policy in role.policies}
    names = {policy.name for policy in role.policies}
    for arn, document, _ in role.managed_policies:
        name = _aws_name(arn)
        if name is not None:
            if name not in _MAY_APPROVE and name.startswith("AmazonSageMaker"):
                return f"what {name} allows is not known"
            continue
        found = project.linked(arn, document)
        here = any(id(item) in own for item in found)
        if not here and not (isinstance(arn, str) and arn.rpartition("/")[2] in names):
            return f"the policy {_shown(arn)} of {role.address} is not in the scan"
    return None


def _shown(arn: Any) -> str:
    return str(arn) if isinstance(arn, str | Template) else ", ".join(references_of(arn)) or "?"


def _boundary(role: Role) -> Any:
    terraform = role.document.type == "aws_iam_role"
    return lookup(
        role.document.value, "permissions_boundary" if terraform else "PermissionsBoundary"
    )
