"""NET023: subnets that are public, under what should be reached by nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.sources import Related
from linter.core.values import Choice, Template, Unknown, links_of, lookup
from linter.domain.pipeline import BRANCH_KEYS, Step
from linter.policy.helpers import as_bool, fail, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.model import Project

_MEMBERS = frozenset("Subnets SubnetIds SubnetId subnets subnet_ids subnet_id".split())
_SUBNETS = ("aws_subnet", "AWS::EC2::Subnet")
_PUBLIC = {"aws_subnet": "map_public_ip_on_launch", "AWS::EC2::Subnet": "MapPublicIpOnLaunch"}
_ASSOCIATIONS = {
    "aws_route_table_association": ("subnet_id", "route_table_id"),
    "AWS::EC2::SubnetRouteTableAssociation": ("SubnetId", "RouteTableId"),
}
_ROUTES = {
    "aws_route": ("route_table_id", "gateway_id", "destination_cidr_block"),
    "AWS::EC2::Route": ("RouteTableId", "GatewayId", "DestinationCidrBlock"),
}
_GATEWAYS = ("aws_internet_gateway", "AWS::EC2::InternetGateway")
_EVERYWHERE = "0.0.0.0/0"


def public(subject: Subject, context: Context) -> Iterable[Outcome]:
    """NET023: a subnet that gives public addresses, or has a route to an internet gateway."""
    if subject.type in BRANCH_KEYS:
        return  # the steps inside are subjects of their own
    project = context.project
    if not project.of_type(*_SUBNETS):
        return
    undecided: tuple[Any, Path] | None = None
    for path, value in subject.nodes:
        if not path or path[-1] not in _MEMBERS:
            continue
        home = _home(subject)
        for item in value if isinstance(value, list) else [value]:
            found = list(_subnets(item, home, project))
            if not found and isinstance(item, Unknown | Template | Choice):
                # It may be any of the scan's.
                found = [s for s in project.of_type(*_SUBNETS) if s.kind != "terraform.data"]
                if any(_why(subnet, project) != "" for subnet in found):
                    undecided = undecided or (item, path)
                continue
            judged = [_why(subnet, project) for subnet in found]
            reasons = [reason for reason in judged if isinstance(reason, str) and reason]
            if reasons and len(reasons) == len(found):
                subnet = found[0]
                yield fail(
                    path,
                    f"{subject.title} is put into {subnet.address}, a public subnet: {reasons[0]}",
                    related=(Related(f"{subnet.address} is public", subnet.locate().span),),
                )
                return
            if reasons or any(isinstance(reason, Unknown) for reason in judged):
                undecided = undecided or (f"whether {found[0].address} is public", path)
    if undecided is not None:
        yield unknown(*undecided)


def _home(subject: Subject) -> Document:
    domain = subject.domain
    document = domain.pipeline.document if isinstance(domain, Step) else domain
    assert isinstance(document, Document)
    return document


def _subnets(item: Any, home: Document, project: Project) -> Iterator[Document]:
    """The subnets that a value may be: by reference, or by the id that a snapshot has."""
    for option in item.values if isinstance(item, Choice) else (item,):
        if links_of(option):
            for document in project.linked(option, home):
                if document.type in _SUBNETS and document.kind != "terraform.data":
                    yield document
        elif isinstance(option, str):
            for document in project.of_type("AWS::EC2::Subnet"):
                if lookup(document.attributes.get("Observed"), "SubnetId") == option:
                    yield document


def _why(subnet: Document, project: Project) -> str | Unknown:
    """Why a subnet is public, ``""`` where nothing in the scan says so."""
    value = lookup(subnet.value, _PUBLIC[subnet.type])
    if as_bool(value) is True:
        return "it gives public addresses to what starts in it"
    for table in _tables(subnet, project):
        for gateway in _gateways(table, project):
            return f"its route table sends {_EVERYWHERE} to {gateway.address}"
    return value if isinstance(value, Unknown) else ""


def _tables(subnet: Document, project: Project) -> Iterator[Document]:
    for kind, (member, table) in _ASSOCIATIONS.items():
        for association in project.of_type(kind):
            if subnet in project.linked(lookup(association.value, member), association):
                yield from project.linked(lookup(association.value, table), association)


def _gateways(table: Document, project: Project) -> Iterator[Document]:
    """The internet gateways to which a route table sends what goes anywhere."""
    routes = lookup(table.value, "route")
    for route in routes if isinstance(routes, list) else ():
        if lookup(route, "cidr_block") == _EVERYWHERE:
            yield from _gateway(lookup(route, "gateway_id"), table, project)
    for kind, (of, gateway, destination) in _ROUTES.items():
        for document in project.of_type(kind):
            if lookup(document.value, destination) == _EVERYWHERE and table in project.linked(
                lookup(document.value, of), document
            ):
                yield from _gateway(lookup(document.value, gateway), document, project)


def _gateway(value: Any, home: Document, project: Project) -> Iterator[Document]:
    return (found for found in project.linked(value, home) if found.type in _GATEWAYS)
