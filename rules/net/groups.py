"""NET018: security groups of jobs, models, notebooks and domains, and whom they let in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.networks import is_much_of_the_internet
from linter.core.record import record, replace
from linter.core.sources import Location, Related
from linter.core.values import MISSING, Unknown, lookup
from linter.domain.pipeline import BRANCH_KEYS
from linter.policy.helpers import as_bool, fail, known_values, select, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.project.model import Project

_GROUPS = ("aws_security_group", "AWS::EC2::SecurityGroup")
_STEPS = (
    "$.VpcConfig",
    "$.NetworkConfig.VpcConfig",
    "$.TrainingJobDefinition.VpcConfig",
    "$.TrainingJobDefinitions[*].VpcConfig",
    "$.SecurityConfig.VpcConfig",
    "$.AutoMLJobConfig.SecurityConfig.VpcConfig",
)
_RESOURCES = {
    "aws_sagemaker_model": "$.vpc_config[*].security_group_ids",
    "aws_sagemaker_notebook_instance": "$.security_groups",
    "aws_sagemaker_domain": "$.default_user_settings[*].security_groups",
    "AWS::SageMaker::Model": "$.VpcConfig.SecurityGroupIds",
    "AWS::SageMaker::NotebookInstance": "$.SecurityGroupIds",
    "AWS::SageMaker::Domain": "$.DefaultUserSettings.SecurityGroups",
    "AWS::SageMaker::ProcessingJob": "$.NetworkConfig.VpcConfig.SecurityGroupIds",
}
_INLINE = {
    "aws_security_group": (("ingress", True), ("egress", False)),
    "AWS::EC2::SecurityGroup": (("SecurityGroupIngress", True), ("SecurityGroupEgress", False)),
}
_SEPARATE: dict[str, tuple[str, bool | None]] = {
    "aws_security_group_rule": ("security_group_id", None),
    "aws_vpc_security_group_ingress_rule": ("security_group_id", True),
    "aws_vpc_security_group_egress_rule": ("security_group_id", False),
    "AWS::EC2::SecurityGroupIngress": ("GroupId", True),
    "AWS::EC2::SecurityGroupEgress": ("GroupId", False),
}
"""Resources that are one rule: (the attribute that names the group, whether it lets in)."""
_RANGES = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6", "CidrIp", "CidrIpv6")
_PROTOCOLS = ("protocol", "ip_protocol", "IpProtocol")


@record
class _User:
    """What runs in a group: its title, where it says so, whether it can send at all."""

    title: str
    location: Location
    sends: bool
    certain: bool = True
    """False where it runs in one of several groups, and which is not known."""


def open_group(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """One outcome per rule that is open to every address, and per group."""
    project = context.project
    if not project.of_type(*_GROUPS):
        return
    rules: dict[int, list[tuple[Document, bool, bool]]] | None = None
    for group, user in _used(project):
        if rules is None:
            rules = _separate(project)
        for name, inwards in _INLINE[group.type]:
            items = lookup(group.value, name)
            for index, rule in enumerate(items if isinstance(items, list) else ()):
                yield from _judge(group, group, (name, index), rule, inwards, user)
        for document, inwards, certain in rules.get(id(group), ()):
            for outcome in _judge(group, document, (), document.value, inwards, user):
                yield (
                    outcome if certain else _undecided(outcome, f"the group of {document.address}")
                )


def _used(project: Project) -> Iterator[tuple[Document, _User]]:
    """Each security group of the scan that something of SageMaker's runs in, and its first user.

    Users of which it is known come first.
    """
    seen: set[int] = set()
    possible: list[tuple[Document, _User]] = []
    for value, home, user in _users(project):
        for item in value if isinstance(value, list) else [value]:
            groups = [
                document
                for document in project.linked(item, home)
                if document.type in _GROUPS and document.kind != "terraform.data"
            ]
            if len(groups) > 1:
                possible += [(group, replace(user, certain=False)) for group in groups]
            elif groups and id(groups[0]) not in seen:
                seen.add(id(groups[0]))
                yield groups[0], user
    for group, user in possible:
        if id(group) not in seen:
            seen.add(id(group))
            yield group, user


def _users(project: Project) -> Iterator[tuple[Any, Document, _User]]:
    """(security groups, where they are named, by whom). Those that can send come first."""
    found: list[tuple[Any, Document, _User]] = []
    for pipeline in project.pipelines:
        if pipeline.document is None:
            continue
        for step in pipeline.steps:
            if step.type in BRANCH_KEYS:
                continue
            for text in _STEPS:
                for match in select(step.arguments, f"{text}.SecurityGroupIds"):
                    if match.value is MISSING or match.value is None:
                        continue
                    title = f"step {step.name} of {pipeline.title}"
                    user = _User(title, step.locate("Name"), not _isolated(step.arguments))
                    found.append((match.value, pipeline.document, user))
    for kind, text in _RESOURCES.items():
        for document in project.of_type(kind):
            for match in select(document.value, text):
                if match.value is not MISSING and match.value is not None:
                    sends = not _isolated(document.value)
                    user = _User(document.address, document.locate(()), sends)
                    found.append((match.value, document, user))
    yield from sorted(found, key=lambda item: not item[2].sends)


def _isolated(request: Any) -> bool:
    """Whether a job has no network, or may have none: that is noted."""
    return any(
        as_bool(match.value) is True or isinstance(match.value, Unknown)
        for text in (
            "$.EnableNetworkIsolation",
            "$.NetworkConfig.EnableNetworkIsolation",
            "$.enable_network_isolation",
        )
        for match in select(request, text)
    )


def _separate(project: Project) -> dict[int, list[tuple[Document, bool, bool]]]:
    """Rules that are resources of their own, by group: (rule, lets in, certainly of the group)."""
    found: dict[int, list[tuple[Document, bool, bool]]] = {}
    for kind, (attribute, inwards) in _SEPARATE.items():
        for document in project.of_type(kind):
            way = lookup(document.value, "type") if inwards is None else None
            if inwards is None and way not in ("ingress", "egress"):
                continue
            lets_in = way == "ingress" if inwards is None else inwards
            home = lookup(document.value, attribute)
            groups = project.linked(home, document)
            for group in groups:
                found.setdefault(id(group), []).append((document, lets_in, len(groups) == 1))
    return found


def _undecided(outcome: Outcome, what: str) -> Outcome:
    return unknown(
        f"{what} is not known",
        location=outcome.location,
        detail=outcome.detail,
        about=outcome.about,
    )


def _judge(
    group: Document, document: Document, base: Path, rule: Any, inwards: bool, user: _User
) -> Iterator[Outcome]:
    if not inwards and not (user.sends and _every_protocol(rule)):
        return
    for name in _RANGES:
        if not is_much_of_the_internet(_texts(lookup(rule, name))):
            continue
        message = (
            f"{group.address} lets anybody on the internet connect to {user.title}"
            if inwards
            else f"{group.address} lets {user.title} send anything to any address"
        )
        outcome = fail(
            (),
            message,
            location=document.locate((*base, name)),
            detail=f"{document.address} {name}",
            severity=None if inwards else Severity.LOW,
            related=(Related(f"{user.title} runs in it", user.location.span),),
            about=group,
        )
        yield outcome if user.certain else _undecided(outcome, f"the group of {user.title}")
        return  # the range of IPv6 addresses beside it is the same rule


def _every_protocol(rule: Any) -> bool:
    return any(str(lookup(rule, name)) in ("-1", "all") for name in _PROTOCOLS)


def _texts(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        yield from (text for text in known_values(item) if isinstance(text, str))
