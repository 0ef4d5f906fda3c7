"""IAM013 to IAM015, IAM072, IAM073: what AWS made that is attached to roles, users and groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.reads import note, settle
from linter.core.sources import Location
from linter.core.values import Rest, Template, Unknown, lookup, references_of
from linter.policy.helpers import as_text, fail, is_set, known_values, like, unknown
from linter.policy.model import Confidence, Context, Outcome, Severity, Subject
from linter.project.model import Project, Role
from rules.iam.reading import pipelines_of, trusts_sagemaker

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

_ATTRIBUTES: dict[str, Path] = {
    "aws_iam_role_policy_attachment": ("policy_arn",),
    "aws_iam_user_policy_attachment": ("policy_arn",),
    "aws_iam_group_policy_attachment": ("policy_arn",),
    "aws_iam_policy_attachment": ("policy_arn",),
    "aws_iam_role_policy_attachments_exclusive": ("policy_arns",),
    "aws_ssoadmin_managed_policy_attachment": ("managed_policy_arn",),
    "AWS::IAM::User": ("ManagedPolicyArns",),
    "AWS::IAM::Group": ("ManagedPolicyArns",),
}


def _name(arn: Any, document: Document, project: Project) -> str | Unknown | None:
    """The name of the AWS managed policy; ``None`` for any other, an unknown when undecided."""
    for text in known_values(arn):
        if isinstance(text, str):
            head, found, name = text.partition(":aws:policy/")
            return name.rpartition("/")[2] if found and head.startswith("arn:") else None
    if isinstance(arn, Unknown):
        for found_document in project.find_all(arn.references, document.module):
            if found_document.kind == "terraform.data":
                own = lookup(found_document.value, "name") or lookup(found_document.value, "arn")
                text = as_text(own)
                return text.rpartition("/")[2] if text else None
            return None  # a policy of the configuration's own
        return arn
    text = str(arn)
    if isinstance(arn, Template):
        if ":aws:policy/" in arn.suffix:
            settle(arn)
        else:
            note(arn)
    return text.rpartition("/")[2] if ":aws:policy/" in text and not text.endswith("}") else None


def _attached(subject: Subject, context: Context) -> Iterator[tuple[str | Unknown, Location]]:
    """(name of the managed policy, the place that attaches it) for a role."""
    role = subject.domain
    assert isinstance(role, Role)
    for arn, document, path in role.managed_policies:
        name = _name(arn, document, context.project)
        if name is not None:
            yield name, document.locate(path)


def _judge(
    subject: Subject, context: Context, stakes: dict[str, str], prefix: str = ""
) -> Iterator[Outcome]:
    if not subject.domain.complete:
        for key in ("managed_policy_arns", "ManagedPolicyArns", "inline_policy", "Policies"):
            lookup(subject.value, key)  # what is not known of the list is noted
    for name, location in _attached(subject, context):
        if isinstance(name, Unknown):
            yield unknown(name, location=location)
            continue
        stake = stakes.get(name)
        if stake is None and prefix and name.startswith(prefix):
            stake = "what administrators of SageMaker may"
        if stake is not None:
            yield fail(
                (),
                f"{subject.title} has {name}: {stake}{pipelines_of([subject.domain])}",
                location=location,
                detail=name,
            )


def _is_ml(role: Role) -> bool:
    return bool(role.pipelines) or trusts_sagemaker(role)


def administrative(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM013, for roles."""
    return _judge(subject, context, ADMINISTRATIVE)


def sagemaker_full(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM014, for roles that SageMaker may assume or a pipeline runs with."""
    role = subject.domain
    assert isinstance(role, Role)
    unclear = role.trust is None or isinstance(role.trust.value, Unknown)
    if not _is_ml(role) and not unclear:
        return ()
    return _judge(subject, context, SAGEMAKER, _SAGEMAKER_ADMIN)


def broad(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM015, for the same roles."""
    role = subject.domain
    assert isinstance(role, Role)
    return _judge(subject, context, BROAD) if _is_ml(role) else ()


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
        name = _name(arn, document, context.project)
        stake = stakes.get(name) if isinstance(name, str) else None
        if (stake is None and name is not arn) or _has_role(document, context.project):
            continue
        if isinstance(name, Unknown):
            yield unknown(name, at)
        elif name is not None and stake is not None:
            yield fail(at, f"{subject.title} attaches {name}: {stake}", detail=name)


def _has_role(document: Document, project: Project) -> bool:
    """Whether the role that it attaches to is in the scan, and so judged as a role."""
    if any(document is other for role in project.roles for _, other, _ in role.managed_policies):
        return True
    if document.type != "aws_iam_role_policy_attachment":
        return False
    target = lookup(document.value, "role")
    found = project.find_all(references_of(target), document.module)
    if any(item.type == "aws_iam_role" for item in found):
        return True
    return isinstance(target, str) and any(role.name == target for role in project.roles)


def user_without_key(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM072, for users: one that nothing gives a password or a key here is for a machine too."""
    document = subject.domain
    assert isinstance(document, Document)
    for other in context.project.of_type(
        "aws_iam_access_key", "AWS::IAM::AccessKey", "aws_iam_user_login_profile"
    ):
        if document in context.project.find_all(references_of(other.value), other.module):
            return  # the key is reported itself; a password is for a person
        name = lookup(document.value, "name")
        if isinstance(name, str) and lookup(other.value, "user") == name:
            return
    profile = lookup(document.value, "LoginProfile")
    if is_set(profile):
        return
    if is_set(profile) is None:
        yield unknown("whether it has a password is not known", ("LoginProfile",))
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
