"""IAM013 to IAM015, IAM074: managed policies on roles, and roles that serve two masters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linter.domain.pipeline import Pipeline
from linter.policy.helpers import fail, known_values
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.project.model import Role
from rules.iam.grants import _trusts_sagemaker

ADMINISTRATIVE = frozenset({"AdministratorAccess", "IAMFullAccess", "PowerUserAccess"})
SAGEMAKER = (
    "AmazonSageMakerFullAccess",
    "AmazonSageMakerAdmin-",
    "AmazonSageMakerCanvasFullAccess",
)
BROAD = frozenset(
    """AmazonS3FullAccess AWSLambda_FullAccess SecretsManagerReadWrite AmazonEC2FullAccess
    AmazonEC2ContainerRegistryFullAccess AmazonDynamoDBFullAccess AmazonRDSFullAccess
    AWSKeyManagementServicePowerUser AmazonAthenaFullAccess AWSGlueConsoleFullAccess
    CloudWatchFullAccess CloudWatchLogsFullAccess AmazonSSMFullAccess AmazonSQSFullAccess
    AmazonSNSFullAccess AWSStepFunctionsFullAccess AmazonElasticMapReduceFullAccess
    AmazonBedrockFullAccess AWSCloudFormationFullAccess AmazonKinesisFullAccess""".split()
)


def _attached(subject: Subject) -> Iterator[tuple[str, Outcome]]:
    """(name of the managed policy, a failure at the place that attaches it)."""
    role = subject.domain
    assert isinstance(role, Role)
    for arn, document, path in role.managed_policies:
        for text in known_values(arn):
            if isinstance(text, str) and ":policy/" in text:
                name = text.rpartition("/")[2]
                yield name, fail((), "", location=document.locate(path), detail=name)


def _of(subject: Subject, outcome: Outcome, what: str) -> Outcome:
    return fail((), f"{subject.title} {what}", location=outcome.location, detail=outcome.detail)


def _ml(subject: Subject) -> bool:
    role = subject.domain
    return isinstance(role, Role) and (bool(role.pipelines) or _trusts_sagemaker(role))


def administrative(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM013."""
    for name, outcome in _attached(subject):
        if name in ADMINISTRATIVE:
            yield _of(subject, outcome, f"has {name}: it may do nearly everything in the account")


def sagemaker_full(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM014."""
    if not _ml(subject):
        return
    for name, outcome in _attached(subject):
        if name.startswith(SAGEMAKER):
            yield _of(
                subject,
                outcome,
                f"has {name}, made for trying things out: every SageMaker action, and buckets, "
                "images, functions and secrets with sagemaker in their names",
            )


def broad(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM015."""
    if not _ml(subject):
        return
    for name, outcome in _attached(subject):
        if name in BROAD:
            yield _of(subject, outcome, f"has {name}, which covers a whole service")


def one_role_for_all(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM074: the jobs run with the role that orchestrates them."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    role = context.project.role_of(pipeline)
    if role is None:
        return
    own = f"{subject.title}, step "
    steps = [title for title, _ in role.used_by if title.startswith(own)]
    if steps:
        yield fail(
            (),
            f"{subject.title} and the jobs of {len(steps)} of its steps share {role.address}: "
            "the code in a container may start pipelines and pass roles",
            severity=Severity.INFO,
            location=role.document.locate(()),
        )
