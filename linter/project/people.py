"""IAM users and groups with their policies, wherever these are attached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.values import MISSING, lookup
from linter.domain.iam import managed
from linter.domain.iam import places as tables
from linter.project.model import Person, Policy, Project
from linter.project.named import named

USERS = ("aws_iam_user", "AWS::IAM::User")
GROUPS = ("aws_iam_group", "AWS::IAM::Group")
_BOUNDARIES = ("permissions_boundary", "PermissionsBoundary")


def link_people(project: Project) -> None:
    """Fill ``project.people``, and ``people`` and ``held_elsewhere`` of the policies."""
    people = _People(project)
    project.people.extend(people.by_document.values())
    people.inline()
    people.attached()
    people.memberships()
    people.boundaries()


class _People:
    def __init__(self, project: Project) -> None:
        self._project = project
        self.by_document = {
            id(document): Person(kind, document)
            for kind, types in (("user", USERS), ("group", GROUPS))
            for document in project.of_type(*types)
        }
        self._policies = {
            id(policy.document): policy
            for policy in project.policies
            if policy.document.type in tables.MANAGED_POLICIES
        }

    def _find(self, value: Any, home: Document, types: tuple[str, ...]) -> Person | None:
        """The one principal that a value names; none where it is one of several."""
        found = named(self._project, value, home, *types) if self.by_document else []
        return self.by_document.get(id(found[0])) if len(found) == 1 else None

    def _each(self, values: Any, home: Document, types: tuple[str, ...]) -> Iterator[Person | None]:
        for value in values if isinstance(values, list) else ():
            yield self._find(value, home, types)

    def inline(self) -> None:
        for policy in self._project.policies:
            document = policy.document
            if policy.use not in ("identity", "boundary"):
                continue
            own = self.by_document.get(id(document))
            if own is not None:
                _give(policy, own)
            elif document.type in tables.PRINCIPAL_POLICIES:
                member = tables.PRINCIPAL_POLICIES[document.type][1]
                _give(policy, self._find(lookup(document.value, member), document, USERS + GROUPS))
            elif document.type in tables.PRINCIPAL_LISTS:
                for key in tables.PRINCIPAL_LISTS[document.type]:
                    types = USERS if key.lower() == "users" else GROUPS
                    for one in self._each(lookup(document.value, key), document, types):
                        _give(policy, one)

    def attached(self) -> None:
        for kind, (member, arn) in tables.ATTACHMENTS.items():
            types = {"user": USERS, "group": GROUPS}.get(member, ())
            for document in self._project.of_type(kind) if types else ():
                target = lookup(document.value, member)
                self._attach([self._find(target, document, types)], document, arn)
        for document in self._project.of_type("aws_iam_policy_attachment"):
            for key, types in (("users", USERS), ("groups", GROUPS)):
                found = self._each(lookup(document.value, key), document, types)
                self._attach(found, document, "policy_arn")
        for one in self.by_document.values():
            arns = lookup(one.document.value, "ManagedPolicyArns")
            for arn in arns if isinstance(arns, list) else ():
                self._attach_arn([one], one.document, arn)

    def _attach(self, found: Iterable[Person | None], document: Document, member: str) -> None:
        self._attach_arn(found, document, lookup(document.value, member))

    def _attach_arn(self, found: Iterable[Person | None], home: Document, arn: Any) -> None:
        own = self._managed(arn, home)
        for one in found:
            for policy in own if len(own) == 1 else ():
                _give(policy, one)
            if one is not None and len(own) != 1:
                one.managed_elsewhere.append(arn)

    def _managed(self, arn: Any, home: Document) -> list[Policy]:
        """The policies of the scan that an ARN stands for; several when one of them."""
        if managed.name_of(arn):
            return []
        documents = named(self._project, arn, home, *tables.MANAGED_POLICIES)
        return [self._policies[id(one)] for one in documents if id(one) in self._policies]

    def memberships(self) -> None:
        for document in self._project.of_type("aws_iam_user_group_membership"):
            user, groups = (lookup(document.value, key) for key in ("user", "groups"))
            _join([self._find(user, document, USERS)], self._each(groups, document, GROUPS))
        for kind, group, users in (
            ("aws_iam_group_membership", "group", "users"),
            ("AWS::IAM::UserToGroupAddition", "GroupName", "Users"),
        ):
            for document in self._project.of_type(kind):
                found = self._find(lookup(document.value, group), document, GROUPS)
                _join(self._each(lookup(document.value, users), document, USERS), [found])
        for one in self.by_document.values():
            groups = lookup(one.document.value, "Groups")
            _join([one], self._each(groups, one.document, GROUPS))

    def boundaries(self) -> None:
        for one in self.by_document.values():
            for key in _BOUNDARIES if one.kind == "user" else ():
                arn = lookup(one.document.value, key)
                if arn is MISSING or arn is None:
                    continue
                found = self._managed(arn, one.document)
                for policy in found:
                    policy.use = "boundary"
                if len(found) == 1:
                    one.boundary = found[0]
                else:
                    one.possible_boundaries = found


def _give(policy: Policy, person: Person | None) -> None:
    if person is None:
        policy.held_elsewhere = True
        return
    if policy not in person.policies:
        person.policies.append(policy)
    if person not in policy.people:
        policy.people.append(person)


def _join(users: Iterable[Person | None], groups: Iterable[Person | None]) -> None:
    found = [group for group in groups if group is not None and group.kind == "group"]
    for user in users:
        if user is None or user.kind != "user":
            continue
        for group in found:
            if group not in user.groups:
                user.groups.append(group)
                group.members.append(user)
