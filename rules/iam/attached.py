"""IAM013 to IAM015, IAM072, IAM073: what AWS made that is attached to roles, users and groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document, Path
from linter.core.identity import Root
from linter.core.reads import settle
from linter.core.regex import lazy_regex
from linter.core.truth import Truth
from linter.core.values import MISSING, OpenDict, Rest, Template, Unknown, lookup, note_unknown
from linter.domain.iam.places import MANAGED_POLICIES
from linter.policy.helpers import (
    as_bool,
    as_text,
    contains,
    fail,
    is_set,
    known_values,
    like,
    select,
    unknown,
    walk,
)
from linter.policy.model import Confidence, Context, Outcome, Severity, Subject
from linter.policy.statements import normal_policy
from linter.project.model import Project, Role
from linter.project.named import named
from rules.iam.principals import grants_of
from rules.iam.reading import pipelines_of, trusted_services, trusts_sagemaker

ADMINISTRATIVE = {
    "AdministratorAccess": "it may do everything in the account",
    "IAMFullAccess": "it may give itself and others every permission there is",
    "PowerUserAccess": "it may do everything in the account but manage users and roles",
    "AdministratorAccess-Amplify": "it may change nearly every service of the account",
    "AdministratorAccess-AWSElasticBeanstalk": "it may change nearly every service of the account",
}
SAGEMAKER = {
    "AmazonSageMakerFullAccess": "every SageMaker action, passing the account's SageMaker roles, "
    "and buckets, images, functions and secrets with sagemaker in their names",
    "AmazonSageMakerCanvasFullAccess": "what Canvas needs on every resource of the account",
    "AmazonSageMakerCanvasDataPrepFullAccess": "data preparation on every resource of the account",
    "AmazonSageMakerCanvasAIServicesAccess": "the AI services on every resource of the account",
    "AmazonSageMakerCanvasBedrockAccess": "Bedrock models and the Canvas buckets of the account",
}
_SAGEMAKER_ADMIN = "AmazonSageMakerAdmin-"
BROAD = {
    "AmazonS3FullAccess": "every bucket and object of the account",
    "AmazonS3ReadOnlyAccess": "the content of every bucket of the account",
    "SecretsManagerReadWrite": "every secret of the account",
    "AWSKeyManagementServicePowerUser": "every key of the account",
    "AWSLambda_FullAccess": "every function of the account, and passing roles to Lambda",
    "AmazonEC2FullAccess": "every instance and network of the account",
    "AmazonVPCFullAccess": "every network of the account",
    "AmazonEC2ContainerRegistryFullAccess": "every image repository of the account",
    "AmazonEC2ContainerRegistryPowerUser": "pushing to every image repository of the account",
    "AmazonElasticContainerRegistryPublicFullAccess": "every public image repository",
    "AmazonDynamoDBFullAccess": "every table of the account",
    "AmazonRDSFullAccess": "every database of the account",
    "AmazonRedshiftFullAccess": "every warehouse of the account",
    "AmazonRedshiftAllCommandsFullAccess": "data of every warehouse of the account",
    "AmazonAthenaFullAccess": "every query, and the tables and buckets behind it",
    "AWSGlueConsoleFullAccess": "every catalogue, job and crawler of the account",
    "AWSLakeFormationDataAdmin": "every permission on the data lake",
    "CloudWatchFullAccess": "every log and metric of the account",
    "CloudWatchFullAccessV2": "every log and metric of the account",
    "CloudWatchLogsFullAccess": "every log of the account, deleting them included",
    "AmazonSSMFullAccess": "every parameter, and commands on every instance of the account",
    "AmazonSQSFullAccess": "every queue of the account",
    "AmazonSNSFullAccess": "every topic of the account",
    "AmazonKinesisFullAccess": "every stream of the account",
    "AmazonMSKFullAccess": "every cluster of the account",
    "AmazonElasticFileSystemFullAccess": "every file system of the account",
    "AmazonFSxFullAccess": "every file system of the account",
    "AmazonEventBridgeFullAccess": "every rule of the account",
    "AWSStepFunctionsFullAccess": "every state machine of the account",
    "AWSCodeBuildAdminAccess": "every build project of the account",
    "AWSCodePipeline_FullAccess": "every delivery pipeline of the account",
    "AWSCloudFormationFullAccess": "every stack of the account",
    "AmazonElasticMapReduceFullAccess": "every cluster of the account",
    "AmazonEMRFullAccessPolicy_v2": "every cluster of the account",
    "AmazonBedrockFullAccess": "every model and agent of the account",
    "AmazonECS_FullAccess": "every container service of the account",
    "AmazonOpenSearchServiceFullAccess": "every search domain of the account",
    "AWSOrganizationsFullAccess": "the organisation",
    "ResourceGroupsandTagEditorFullAccess": "tags of every resource, and so conditions on tags",
}
"""AWS managed policies that cover a whole service, and what that is."""
_STAKES = tuple(
    f"arn:{partition}:iam::aws:policy/{path}{name}"
    for partition in ("aws", "aws-cn", "aws-us-gov")
    for name in (*ADMINISTRATIVE, *SAGEMAKER, *BROAD, f"{_SAGEMAKER_ADMIN}*")
    for path in ("", "job-function/", "service-role/")
)
"""Globs of the ARNs of all of them."""
_ACCOUNTS = ("data.aws_caller_identity.", "AWS::AccountId")

_ATTRIBUTES: dict[str, Path] = {
    "aws_iam_role_policy_attachment": ("policy_arn",),
    "aws_iam_user_policy_attachment": ("policy_arn",),
    "aws_iam_group_policy_attachment": ("policy_arn",),
    "aws_iam_policy_attachment": ("policy_arn",),
    "aws_iam_role_policy_attachments_exclusive": ("policy_arns",),
    "aws_ssoadmin_managed_policy_attachment": ("managed_policy_arn",),
    "AWS::IAM::User": ("ManagedPolicyArns",),
    "AWS::IAM::Group": ("ManagedPolicyArns",),
    "AWS::SSO::PermissionSet": ("ManagedPolicies",),
}


def _names(arn: Any, document: Document, project: Project) -> tuple[str | Unknown | None, ...]:
    """The AWS managed policies that it may be: ``None`` for any other, an unknown if undecided."""
    known = known_values(arn)
    if known:
        return tuple(dict.fromkeys(_of_text(text) for text in known))
    if isinstance(arn, Unknown | Template):
        named_policies: dict[str | Unknown | None, None] = {}
        for found in project.linked(arn, document):
            if found.kind == "terraform.data" and found.type == "aws_iam_policy":
                named_policies.update(dict.fromkeys(_looked_up(found)))
            elif found.type in MANAGED_POLICIES and _is_whole(arn):
                named_policies[None] = None  # a policy of the configuration's own
        if named_policies:
            settle(arn)
            return tuple(named_policies)
    found_name: str | Unknown | None = None
    if isinstance(arn, Template):
        found_name = _of_template(arn)
    elif isinstance(arn, Unknown) and not _made_by_module(arn, document, project):
        found_name = arn
    if not isinstance(found_name, Unknown):
        settle(arn)  # what is known of it says enough
    return (found_name,)


def _is_whole(arn: Unknown | Template) -> bool:
    """Whether the ARN is a resource's own, and not put together from parts of one."""
    if isinstance(arn, Unknown):
        return True
    owners = {name.rpartition(".")[0] for name in arn.references}
    return len(owners) == 1 and f"{owners.pop()}.arn" in arn.references


_KEYS = lazy_regex(r"\[[^\]]*\]")
_policy_modules: WeakKeyDictionary[Project, set[tuple[Root, str]]] = WeakKeyDictionary()


def _module_path(address: str) -> str:
    """The modules that an address goes through, without their keys: ``module.a.module.b``."""
    parts = _KEYS.sub("", address).split(".")
    count = 0
    while parts[count : count + 1] == ["module"] and count + 1 < len(parts):
        count += 2
    return ".".join(parts[:count])


def _root_of(document: Document) -> Root:
    return document.root


def _made_by_module(arn: Unknown, document: Document, project: Project) -> bool:
    """Whether it is what a module for policies returns, such as the registry's ``iam-policy``."""
    modules = _policy_modules.get(project)
    if modules is None:
        modules = _policy_modules[project] = {
            (_root_of(call), _module_path(call.address))
            for call in project.of_type("")
            if call.kind == "terraform.module" and "policy" in str(lookup(call.value, "source"))
        }
    root = _root_of(document)
    around = _module_path(document.address)
    if document.kind == "terraform.module":
        around = around.rpartition("module.")[0].rstrip(".")
    calls = [_module_path(name) for name in arn.references]
    return bool(calls) and all(
        (root, call) in modules or (root, f"{around}.{call}") in modules for call in calls
    )


def _looked_up(data: Document) -> tuple[str | Unknown | None, ...]:
    """The policies that a data source finds, by its name or by its ARN."""
    for key in ("name", "arn"):
        own = lookup(data.value, key)
        if own is not MISSING and own is not None:
            texts = [as_text(value) for value in known_values(own)]
            if not texts:
                return (Unknown(f"{data.address} is looked up by a {key} that is not known"),)
            return tuple(text.rpartition("/")[2] if text else None for text in texts)
    return (Unknown(f"{data.address} is looked up in the account"),)


def _of_template(arn: Template) -> str | Unknown | None:
    _, found, name = arn.suffix.partition(":aws:policy/")
    if found:
        return name.rpartition("/")[2]
    if any(name.startswith(_ACCOUNTS) for name in arn.references) and ":aws:" not in str(arn):
        return None  # of the configuration's own account, and not AWS's
    if any(like(arn, glob) is not False for glob in _STAKES):
        return Unknown(arn.reason, arn.references)
    return None


def _of_text(arn: Any) -> str | None:
    head, found, name = arn.partition(":aws:policy/") if isinstance(arn, str) else ("", "", "")
    return name.rpartition("/")[2] if found and head.startswith("arn:") else None


def _stakes(
    names: Iterable[str | Unknown | None], stakes: dict[str, str], prefix: str = ""
) -> tuple[str | None, str] | Unknown | None:
    """(the policy, what it reaches) where it is certainly one of those with a stake."""
    found: list[tuple[str | None, str]] = []
    other = False
    for name in names:
        if isinstance(name, Unknown):
            return name
        stake = stakes.get(name) if name is not None else None
        if stake is None and prefix and name is not None and name.startswith(prefix):
            stake = "what administrators of SageMaker may"
        if stake is None:
            other = True
        else:
            found.append((name, stake))
    if found and other:
        return Unknown(f"it is {found[0][0]} or another policy")
    return found[0] if found else None


def _judge(
    subject: Subject,
    context: Context,
    stakes: dict[str, str],
    prefix: str = "",
    severity: Severity | None = None,
) -> Iterator[Outcome]:
    role = subject.domain
    assert isinstance(role, Role)
    if not role.complete:
        for key in ("managed_policy_arns", "ManagedPolicyArns", "inline_policy", "Policies"):
            lookup(subject.value, key)  # what is not known of the list is noted
    for arn, document, path in role.managed_policies:
        found = _stakes(_names(arn, document, context.project), stakes, prefix)
        if isinstance(found, Unknown):
            yield unknown(found, location=document.locate(path))
        elif found is not None:
            yield fail(
                (),
                f"{subject.title} has {found[0]}: {found[1]}{pipelines_of([role])}",
                location=document.locate(path),
                detail=str(found[0]),
                severity=severity,
            )


def _is_ml(role: Role) -> bool:
    return bool(role.pipelines) or trusts_sagemaker(role)


def administrative(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM013, for roles."""
    return _judge(subject, context, ADMINISTRATIVE)


def sagemaker_full(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM014, for roles that SageMaker may assume, a pipeline runs with, or other code of yours."""
    role = subject.domain
    assert isinstance(role, Role)
    unclear = role.trust is None or isinstance(role.trust.value, Unknown)
    if _is_ml(role) or unclear:
        return _judge(subject, context, SAGEMAKER, _SAGEMAKER_ADMIN)
    return _where(
        _runs_code(role),
        _judge(subject, context, SAGEMAKER, _SAGEMAKER_ADMIN, Severity.MEDIUM),
        "who may assume the role is not wholly known",
    )


def broad(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM015, for the same roles, where functions and instances deploy or approve models."""
    role = subject.domain
    assert isinstance(role, Role)
    if _is_ml(role):
        return _judge(subject, context, BROAD)
    runs_code = _runs_code(role)
    releases = _releases_models(role, context.project) if runs_code is not False else False
    return _where(
        None if runs_code is None else releases,
        _judge(subject, context, BROAD, severity=Severity.INFO),
        "who may assume the role, and what it may do, is not wholly known",
    )


def _where(truth: Truth, outcomes: Iterable[Outcome], because: str) -> Iterator[Outcome]:
    """Outcomes that stand where a condition holds, and are undecided where that is."""
    for outcome in outcomes if truth is not False else ():
        if truth or outcome.because:
            yield outcome
        else:
            yield unknown(because, outcome.at, location=outcome.location, detail=outcome.detail)


_CODE = frozenset(
    f"{name}.amazonaws.com"
    for name in ("lambda", "ec2", "ecs-tasks", "codebuild", "states", "glue", "batch")
)
"""Services that run code of the account's own with a role."""
_RELEASING = tuple(
    f"sagemaker:{name}"
    for name in (
        *("createmodel", "createendpoint", "createendpointconfig", "updateendpoint"),
        *("createmodelpackage", "updatemodelpackage", "createinferencecomponent"),
    )
)


def _runs_code(role: Role) -> Truth:
    """Whether code of the account runs with a role; it is no role that SageMaker may assume."""
    services = trusted_services(role)
    if not _CODE.isdisjoint(name for name in services if isinstance(name, str)):
        return True
    trust = None if role.trust is None else role.trust.value
    return None if any(isinstance(v, Unknown) for v in _said_in(trust, _OF_TRUST)) else False


def _releases_models(role: Role, project: Project) -> Truth:
    """Whether what runs with a role deploys or approves models, by what it is allowed."""
    for policy in role.policies:
        grants = grants_of(policy)
        if any(grant.allows(action) for grant in grants for action in _RELEASING):
            return True
    found = [
        _stakes(_names(arn, document, project), SAGEMAKER, _SAGEMAKER_ADMIN)
        for arn, document, _ in role.managed_policies
    ]
    if any(isinstance(one, tuple) for one in found):
        return True
    said = (v for policy in role.policies for v in _said_in(policy.value, _OF_GRANT))
    open_ = any(isinstance(value, Unknown) for value in (*found, *said))
    return None if open_ or not role.complete else False


_OF_TRUST = ("$.Statement", "$.Statement[*].Effect", "$.Statement[*].Principal..*")
_OF_GRANT = ("$.Statement", "$.Statement[*].Effect", "$.Statement[*].Action[*]")


def _said_in(policy: Any, paths: Iterable[str]) -> Iterator[Any]:
    """Values of a policy, in its normal form, that decide whether it speaks of something."""
    normal = normal_policy(policy)
    yield normal
    for path in paths:
        yield from (match.value for match in select(normal, path))


_POLICY_INPUT = lazy_regex(r"(?:[a-z0-9_]*_)?polic(?:y|ies)(?:_arns?)?")
"""Names of inputs by which modules of the registry take the policies of the role they make."""


def administrative_module(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM013, for modules that are not read and are given policies for a role."""
    document = subject.domain
    assert isinstance(document, Document)
    yield from _inputs(subject, context, ADMINISTRATIVE)
    at = ("attach_admin_policy",)
    given = lookup(document.value, at[0])
    if as_bool(given) and not _is_read(document, context.project):
        yield fail(
            at,
            f"{subject.title} makes a role with AdministratorAccess: "
            f"{ADMINISTRATIVE['AdministratorAccess']}",
            detail="AdministratorAccess",
        )


def sagemaker_module(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM014, for the same modules."""
    for outcome in _inputs(subject, context, SAGEMAKER):
        yield outcome if outcome.because else _less_sure(outcome)


def broad_module(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM015, for those that SageMaker may assume the role of."""
    document = subject.domain
    assert isinstance(document, Document)
    values = [
        value
        for key, given in (document.value.items() if isinstance(document.value, dict) else ())
        if not _POLICY_INPUT.fullmatch(str(key))
        for _, value in walk(given)
    ]
    truths = [
        contains(value, "sagemaker.amazonaws.com")
        for value in values
        if isinstance(value, str | Template | Unknown)
    ]
    truths += [None for value in values if isinstance(value, OpenDict)]
    named, open_ = True in truths, None in truths
    yield from _where(
        True if named else None if open_ else False,
        _inputs(subject, context, BROAD),
        "who may assume the role is not known",
    )


def _inputs(subject: Subject, context: Context, stakes: dict[str, str]) -> Iterator[Outcome]:
    document = subject.domain
    assert isinstance(document, Document)
    if not isinstance(document.value, dict) or _is_read(document, context.project):
        return
    for key, value in document.value.items():
        if not _POLICY_INPUT.fullmatch(str(key)):
            continue
        decides = str(key).endswith(("_arn", "_arns", "policies"))
        for path, arn in walk(value, max_depth=3):
            if isinstance(arn, dict | list | Rest):
                if decides:
                    note_unknown(arn)  # more may follow
                continue
            found = _stakes(_names(arn, document, context.project), stakes, _SAGEMAKER_ADMIN)
            at = (key, *path)
            if isinstance(found, Unknown) and decides:
                yield unknown(found, at)
            elif isinstance(found, tuple):
                yield fail(
                    at,
                    f"{subject.title} gives its role {found[0]}: {found[1]}",
                    detail=str(found[0]),
                )


_read: WeakKeyDictionary[Project, set[tuple[Root, str]]] = WeakKeyDictionary()


def _is_read(document: Document, project: Project) -> bool:
    """Whether the resources of a module are in the scan, and judged themselves."""
    modules = _read.get(project)
    if modules is None:
        modules = _read[project] = set()
        for other in project.documents:
            if other.kind != "terraform.module" and other.address.startswith("module."):
                parts = _module_path(other.address).split(".")
                root = _root_of(other)
                modules.update((root, ".".join(parts[:n])) for n in range(2, len(parts) + 1, 2))
    return (_root_of(document), _module_path(document.address)) in modules


def administrative_attachment(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM013, for users, groups, permission sets, and roles that the scan does not hold."""
    return _elsewhere(subject, context, ADMINISTRATIVE)


def sagemaker_attachment(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM014, for roles that the scan does not hold."""
    for outcome in _elsewhere(subject, context, SAGEMAKER):
        yield outcome if outcome.because else _less_sure(outcome)


def _less_sure(outcome: Outcome) -> Outcome:
    from linter.core.record import replace

    return replace(outcome, confidence=Confidence.MEDIUM)


def _elsewhere(subject: Subject, context: Context, stakes: dict[str, str]) -> Iterator[Outcome]:
    document = subject.domain
    assert isinstance(document, Document)
    path = _ATTRIBUTES[document.type]
    value = lookup(document.value, str(path[0]))
    items = list(enumerate(value)) if isinstance(value, list) else [(-1, value)]
    for index, arn in items:
        if isinstance(arn, Rest):
            continue
        at = path if index < 0 else (*path, index)
        found = _stakes(_names(arn, document, context.project), stakes)
        if found is None or _has_role(document, context.project):
            continue
        if isinstance(found, Unknown):
            yield unknown(found, at)
        else:
            yield fail(at, f"{subject.title} attaches {found[0]}: {found[1]}", detail=str(found[0]))


def _has_role(document: Document, project: Project) -> bool:
    """Whether the role that it attaches to is in the scan and known, and so judged as a role."""
    if any(document is other for role in project.roles for _, other, _ in role.managed_policies):
        return True
    if document.type != "aws_iam_role_policy_attachment":
        return False
    target = lookup(document.value, "role")
    return len(named(project, target, document, "aws_iam_role")) == 1


def user_without_key(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM072, for users: one that nothing gives a password or a key here is for a machine too."""
    document = subject.domain
    assert isinstance(document, Document)
    undecided = ""
    for other in context.project.of_type(
        "aws_iam_access_key", "AWS::IAM::AccessKey", "aws_iam_user_login_profile"
    ):
        user = lookup(other.value, "UserName" if other.type.startswith("AWS::") else "user")
        users = named(context.project, user, other, document.type)
        if users == [document]:
            return  # the key is reported itself; a password is for a person
        if document in users:
            undecided = f"which user {other.address} is for is not known"
    if undecided:
        yield unknown(undecided)
        return
    profile = lookup(document.value, "LoginProfile")
    if is_set(profile) is None:
        yield unknown("whether it has a password is not known", ("LoginProfile",))
        return
    if is_set(profile):
        return
    yield fail(
        (),
        f"{subject.title} is an IAM user: whatever runs as it needs a key that does not expire",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
    )


def without_boundary(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM073: roles of ML work without a ceiling."""
    role = subject.domain
    assert isinstance(role, Role)
    patterns = [str(item) for item in context.parameters["roles"]]
    terraform = role.document.type == "aws_iam_role"
    if patterns:
        place = lookup(role.document.value, "path" if terraform else "Path")
        whole = f"{place if isinstance(place, str) else '/'}{role.name}"
        chosen = any(like(whole, p) or like(role.name, p) for p in patterns)
    else:
        chosen = _is_ml(role)
    if not chosen:
        return
    key = "permissions_boundary" if terraform else "PermissionsBoundary"
    value = lookup(role.document.value, key)
    given = is_set(value)
    if given is None:
        yield unknown(value, (key,))
    elif not given:
        yield fail(
            (key,),
            f"{subject.title} has no permissions boundary: nothing limits what a policy attached "
            f"to it later may allow{pipelines_of([role])}",
        )
