"""NET017, NET019: the networks that jobs, models, notebooks and domains are put into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.reads import settle
from linter.core.values import MISSING, Choice, Template, Unknown, links_of, lookup
from linter.domain.pipeline import BRANCH_KEYS, Step
from linter.policy.helpers import as_bool, equals, fail, is_set, select, unknown
from linter.policy.model import Context, Outcome, Severity, Subject, Verdict
from linter.project.model import Project

_MEMBERS = frozenset(
    "Subnets SubnetIds SubnetId SecurityGroupIds SecurityGroups "
    "subnets subnet_ids subnet_id security_group_ids security_groups".split()
)
_DEFAULTS = frozenset(("aws_default_subnet", "aws_default_security_group", "aws_default_vpc"))
_DEFAULT_GROUPS = ("default_security_group_id", "DefaultSecurityGroup")
"""Attributes of a VPC that name its default security group."""
_LINKS = ("vpc_id", "filter", "ids", "id", "VpcId")
"""Attributes of subnets and security groups that say which VPC they belong to."""
_MAX_HOPS = 4
_EXITS = (
    "aws_nat_gateway",
    "aws_ec2_transit_gateway_vpc_attachment",
    "aws_vpc_peering_connection",
    "aws_networkfirewall_firewall",
    "AWS::EC2::NatGateway",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::NetworkFirewall::Firewall",
)
_SUBNETS = ("aws_subnet", "AWS::EC2::Subnet")
_PROCESSING = ("$.Arguments.NetworkConfig.VpcConfig.Subnets",)
_OTHERS = ("$.vpc_config[0].subnets", "$.VpcConfig.Subnets", "$.NetworkConfig.VpcConfig.Subnets")
_SUBNETS_OF = {
    "Training": ("$.Arguments.VpcConfig.Subnets",),
    "Model": ("$.Arguments.VpcConfig.Subnets",),
    "Processing": _PROCESSING,
    "ClarifyCheck": _PROCESSING,
    "QualityCheck": _PROCESSING,
    "Tuning": (
        "$.Arguments.TrainingJobDefinition.VpcConfig.Subnets",
        "$.Arguments.TrainingJobDefinitions[*].VpcConfig.Subnets",
    ),
    "AutoML": (
        "$.Arguments.AutoMLJobConfig.SecurityConfig.VpcConfig.Subnets",
        "$.Arguments.SecurityConfig.VpcConfig.Subnets",
    ),
}
"""Step type → where its subnets stand; of resources the others are looked for."""
_VPCS = ("aws_vpc", "AWS::EC2::VPC")


def default_network(subject: Subject, context: Context) -> Iterable[Outcome]:
    """NET017: a subnet or security group of the default VPC."""
    if subject.type in BRANCH_KEYS:
        return  # the steps inside are subjects of their own
    undecided: Outcome | None = None
    for path, value in subject.nodes:
        if path and path[-1] in _MEMBERS:
            for outcome in _judge(subject, path, value, context.project):
                if outcome.verdict is Verdict.FAIL:
                    yield outcome
                else:
                    undecided = undecided or outcome
    if undecided is not None:
        yield undecided  # once: the security groups say no more than the subnets


def _judge(subject: Subject, at: Path, value: Any, project: Project) -> Iterator[Outcome]:
    home = _document(subject)
    undecided: Any = None
    for item in value if isinstance(value, list) else [value]:
        for option in item.values if isinstance(item, Choice) else (item,):
            if option is None or option is MISSING or option == "":
                continue
            references = links_of(option)
            if isinstance(option, str) and not references:
                undecided = undecided or f"what VPC {option} belongs to is not in the scan"
                continue
            if not isinstance(option, Unknown | Template | str):
                continue
            default, own, complete = _default(references, home, project)
            if default and own:
                yield fail(
                    at,
                    f"{subject.title} is put into the default security group of your VPC, "
                    f"{default}: all in it may reach each other, and nobody chose its rules",
                    severity=Severity.INFO,
                )
                return
            if default:
                yield fail(
                    at,
                    f"{subject.title} is put into the default network, {default}, whose subnets "
                    "are public and whose rules nobody chose",
                )
                return
            if not complete:
                undecided = undecided or option
    if undecided is not None:
        yield unknown(undecided, at)


def _default(references: Iterable[str], home: Document, project: Project) -> tuple[str, bool, bool]:
    """What they lead to of the default network or, as the second says, of the default security
    group of a VPC of one's own; and whether all of them could be followed."""
    complete = bool(references)
    waiting = [(reference, home, 0) for reference in references]
    seen: set[int] = set()
    while waiting:
        reference, at, hops = waiting.pop()
        documents = project.find(reference, at)
        if reference.rpartition(".")[2] in _DEFAULT_GROUPS:
            return reference, not any(map(_is_default, documents)), True
        if not documents:
            complete = complete and hops > 0
            continue
        certain = len(documents) == 1
        for document in documents:
            if id(document) in seen:
                continue
            seen.add(id(document))
            links = {r for name in _LINKS for r in links_of(lookup(document.value, name))}
            if not _is_default(document):
                if hops < _MAX_HOPS:
                    waiting.extend((r, document, hops + 1) for r in sorted(links))
                continue
            group = document.type in ("aws_security_group", "aws_default_security_group")
            vpcs = project.find_all(links, document)
            own = group and bool(vpcs) and not any(map(_is_default, vpcs))
            if own and document.kind != "terraform.data":
                continue  # the resource that adopts it gives it the rules that somebody chose
            if certain:
                return document.address, own, True
            complete = False  # one of several is the default network
    return "", False, complete


def _is_default(document: Document) -> bool:
    return document.type in _DEFAULTS or _is_default_data(document)


def _is_default_data(document: Document) -> bool:
    """A data source that asks for what is the default."""
    if document.kind != "terraform.data":
        return False
    if document.type == "aws_security_group":
        return equals(lookup(document.value, "name"), "default") is True
    if document.type == "aws_vpc" and as_bool(lookup(document.value, "default")):
        return True
    if document.type == "aws_subnet" and as_bool(lookup(document.value, "default_for_az")):
        return True
    filters = lookup(document.value, "filter")
    for entry in filters if isinstance(filters, list) else ():
        name, values = lookup(entry, "name"), lookup(entry, "values")
        wanted = values if isinstance(values, list) else []
        if name in ("default-for-az", "isDefault", "is-default"):
            return any(as_bool(value) for value in wanted)
        if name == "group-name" and "default" in wanted:
            return True
    return False


def _document(subject: Subject) -> Document:
    domain = subject.domain
    document = domain.pipeline.document if isinstance(domain, Step) else domain
    assert isinstance(document, Document)
    return document


def no_way_out(subject: Subject, context: Context) -> Iterable[Outcome]:
    """NET019: subnets without a way to the services that what runs in them calls."""
    project = context.project
    at, subnets, services = _placed(subject, context)
    if not services or is_set(subnets) is not True:
        return
    vpcs, undecided = _vpcs(subnets, _document(subject), project)
    if not vpcs or undecided is not None:
        yield unknown(
            undecided if undecided is not None else "the VPC of the subnets is not in the scan", at
        )
        return
    certain = _one_each(subnets, _document(subject), project)
    judged = [(vpc, *_absent(vpc, services, project)) for vpc in vpcs]
    if not certain and not all(absent for _, absent, _ in judged):
        if any(absent for _, absent, _ in judged):
            yield unknown(f"which of {len(vpcs)} VPCs it runs in is not known", at)
        return
    for vpc, absent, unsure in judged:
        if absent and unsure is not None:
            yield unknown(unsure, at)
        elif absent:
            yield fail(
                at,
                f"{subject.title} runs in {vpc.address}, which has neither a NAT gateway nor "
                f"an endpoint for {', '.join(absent)}: it cannot reach "
                f"{'it' if len(absent) == 1 else 'them'}",
                detail=vpc.address,
            )


def _placed(subject: Subject, context: Context) -> tuple[Path, Any, list[str]]:
    """(path of the subnets, the subnets, services that must be reached from them)."""
    jobs = [str(name) for name in context.parameters["job_services"]]
    domains = [str(name) for name in context.parameters["domain_services"]]
    if subject.type in ("aws_sagemaker_domain", "AWS::SageMaker::Domain"):
        mode = _first(subject, "app_network_access_type", "AppNetworkAccessType")[1]
        name, subnets = _first(subject, "subnet_ids", "SubnetIds")
        return (name,), subnets, domains if equals(mode, "VpcOnly") else []
    for text in _SUBNETS_OF.get(subject.type, _OTHERS):
        for match in select(subject.value, text):
            if match.value is not MISSING and match.value is not None:
                return match.path, match.value, [] if _isolated(subject) else jobs
    return (), MISSING, []


def _first(subject: Subject, terraform: str, other: str) -> tuple[str, Any]:
    name = terraform if subject.kind == "terraform" else other
    return name, lookup(subject.value, name)


def _isolated(subject: Subject) -> bool:
    """Whether it has no network at all, or may have none."""
    for text in (
        "$.enable_network_isolation",
        "$.EnableNetworkIsolation",
        "$.Arguments.EnableNetworkIsolation",
        "$.Arguments.NetworkConfig.EnableNetworkIsolation",
        "$.Arguments.TrainingJobDefinition.EnableNetworkIsolation",
        "$.Arguments.TrainingJobDefinitions[*].EnableNetworkIsolation",
        "$.NetworkConfig.EnableNetworkIsolation",
    ):
        for match in select(subject.value, text):
            if equals(match.value, True) is not False and match.value is not MISSING:
                return True
    return False


def _vpcs(subnets: Any, at: Document, project: Project) -> tuple[list[Document], Any]:
    """(the VPCs of subnets that are in the scan, what hides the others)."""
    found: dict[int, Document] = {}
    for item in subnets if isinstance(subnets, list) else [subnets]:
        documents = project.linked(item, at)
        own = [document for document in documents if document.type in _SUBNETS]
        if not own:
            return [], f"the subnet {item} is not in the scan" if isinstance(item, str) else item
        for subnet in own:
            vpc_id = lookup(subnet.value, "vpc_id" if subnet.type == "aws_subnet" else "VpcId")
            homes = project.linked(vpc_id, subnet)
            vpcs = [document for document in homes if document.type in _VPCS]
            if not vpcs:
                return [], f"the VPC of {subnet.address} is not in the scan"
            found.update((id(vpc), vpc) for vpc in vpcs)
    return list(found.values()), None


def _one_each(subnets: Any, at: Document, project: Project) -> bool:
    """Whether each of the subnets is known to be one of the scan."""
    items = subnets if isinstance(subnets, list) else [subnets]
    found = [[d for d in project.linked(item, at) if d.type in _SUBNETS] for item in items]
    return all(len(own) == 1 for own in found)


def _homes(exit_: Document, project: Project) -> list[Document]:
    """The VPCs that a way out belongs to, or to one of which it does."""
    found: dict[int, Document] = {}
    for document in project.linked(exit_.value, exit_):
        if document.type in _SUBNETS:
            key = "vpc_id" if document.type == "aws_subnet" else "VpcId"
            found.update((id(d), d) for d in project.linked(lookup(document.value, key), document))
        found[id(document)] = document
    return [document for document in found.values() if document.type in _VPCS]


def _absent(vpc: Document, services: list[str], project: Project) -> tuple[list[str], Any]:
    """(services that no endpoint of a VPC is known to be for, what may be one for them).

    None where the VPC has a way out to all of them.
    """
    left = list(services)
    unsure: Any = None
    for exit_ in project.of_type(*_EXITS):
        homes = _homes(exit_, project)
        if homes == [vpc] or (vpc in homes and exit_.type == "aws_vpc_peering_connection"):
            return [], None
        if vpc in homes or (not homes and exit_.root == vpc.root):
            unsure = unsure or f"the VPC of {exit_.address} is not known"
    for endpoint in project.of_type("aws_vpc_endpoint", "AWS::EC2::VPCEndpoint"):
        own = endpoint.type == "aws_vpc_endpoint"
        home = lookup(endpoint.value, "vpc_id" if own else "VpcId")
        homes = project.linked(home, endpoint)
        if homes and vpc not in homes:
            continue
        name = lookup(endpoint.value, "service_name" if own else "ServiceName")
        text = name.suffix if isinstance(name, Template) else name
        if text and isinstance(name, Template):
            settle(name)  # its end says the service
        served = [s for s in left if isinstance(text, str) and text.endswith(f".{s}")]
        if len(homes) == 1:
            left = [s for s in left if s not in served]
        if (served and len(homes) != 1) or (not isinstance(text, str) or not text):
            unsure = (
                unsure or f"what {endpoint.address} is an endpoint for, and where, is not known"
            )
    return left, unsure
