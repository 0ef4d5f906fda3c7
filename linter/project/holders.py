"""Who may do something in the scan: roles, users, groups, and whoever has a loose policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document
from linter.core.record import entity, field
from linter.core.values import lookup
from linter.domain.iam import managed
from linter.domain.iam import places as tables
from linter.project.access import Access, access_of, access_with
from linter.project.model import Policy, Project, Role
from linter.project.named import named

USERS = ("aws_iam_user", "AWS::IAM::User")
GROUPS = ("aws_iam_group", "AWS::IAM::Group")


@entity
class Holder:
    """A principal with its policies and its effective access.

    ``kind`` is ``role``, ``user``, ``group`` or ``policy``: whoever has a policy that the scan
    attaches to nobody. ``document`` is the principal's own, the policy's for the last.
    """

    kind: str
    document: Document
    policies: list[Policy] = field(default_factory=list)
    managed: list[Any] = field(default_factory=list)
    """ARNs of attached policies that are not in the scan."""
    role: Role | None = None
    groups: list[Holder] = field(default_factory=list)
    _access: Access | None = None

    @property
    def title(self) -> str:
        if self.kind == "policy":
            return f"whoever has {self.document.address or 'it'}"
        return self.document.address

    @property
    def access(self) -> Access:
        """What it may do, what its groups may included; worked out once."""
        if self._access is None:
            if self.role is not None:
                self._access = access_of(self.role)
            else:
                everybody = (self, *self.groups)
                self._access = access_with(
                    (policy for one in everybody for policy in one.policies),
                    ((arn, one.document) for one in everybody for arn in one.managed),
                )
        return self._access

    @property
    def held(self) -> list[Policy]:
        """Its policies of the scan and those of its groups."""
        return [policy for one in (self, *self.groups) for policy in one.policies]


def holders(project: Project) -> list[Holder]:
    """Every principal of a project; worked out once."""
    found = _holders.get(project)
    if found is None:
        found = _holders[project] = list(_all(project))
    return found


_holders: WeakKeyDictionary[Project, list[Holder]] = WeakKeyDictionary()


def holder_of(project: Project, policy: Policy) -> Holder | None:
    """The first principal that has a policy."""
    found = _first.get(project)
    if found is None:
        found = _first[project] = {}
        for holder in holders(project):
            for one in holder.policies:
                found.setdefault(id(one), holder)
    return found.get(id(policy))


_first: WeakKeyDictionary[Project, dict[int, Holder]] = WeakKeyDictionary()


def _all(project: Project) -> Iterator[Holder]:
    for role in project.roles:
        yield Holder("role", role.document, list(role.policies), role=role)
    people = _People(project)
    yield from people.by_document.values()
    held = {id(policy) for one in people.by_document.values() for policy in one.policies}
    for policy in project.policies:
        attached = policy.roles or policy.possible_roles or id(policy) in held
        if policy.use == "identity" and not attached:
            yield Holder("policy", policy.document, [policy])


class _People:
    """Users and groups of a project with what is attached to them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.by_document: dict[int, Holder] = {}
        for kind, types in (("user", USERS), ("group", GROUPS)):
            for document in project.of_type(*types):
                self.by_document[id(document)] = Holder(kind, document)
        self._policies = {
            id(policy.document): policy
            for policy in project.policies
            if policy.document.type in tables.MANAGED_POLICIES
        }
        if self.by_document:
            self._inline()
            self._attached()
            self._members()

    def _find(self, value: Any, home: Document, types: tuple[str, ...]) -> list[Holder]:
        """The one principal that a value names; none where it is one of several."""
        found = named(self._project, value, home, *types)
        if len(found) != 1 or id(found[0]) not in self.by_document:
            return []
        return [self.by_document[id(found[0])]]

    def _each(self, values: Any, home: Document, types: tuple[str, ...]) -> Iterator[Holder]:
        for value in values if isinstance(values, list) else ():
            yield from self._find(value, home, types)

    def _inline(self) -> None:
        for policy in self._project.policies:
            if policy.use != "identity":
                continue
            document = policy.document
            own = self.by_document.get(id(document))
            if own is not None:
                own.policies.append(policy)
            elif document.type in tables.PRINCIPAL_POLICIES:
                member = tables.PRINCIPAL_POLICIES[document.type][1]
                for one in self._find(lookup(document.value, member), document, USERS + GROUPS):
                    one.policies.append(policy)
            elif document.type in tables.PRINCIPAL_LISTS:
                for key in tables.PRINCIPAL_LISTS[document.type]:
                    types = USERS if key.lower() == "users" else GROUPS
                    for one in self._each(lookup(document.value, key), document, types):
                        one.policies.append(policy)

    def _attached(self) -> None:
        for kind, (member, arn) in tables.ATTACHMENTS.items():
            types = {"user": USERS, "group": GROUPS}.get(member, ())
            for document in self._project.of_type(kind) if types else ():
                target = lookup(document.value, member)
                self._attach(self._find(target, document, types), document, arn)
        for document in self._project.of_type("aws_iam_policy_attachment"):
            for key, types in (("users", USERS), ("groups", GROUPS)):
                found = self._each(lookup(document.value, key), document, types)
                self._attach(found, document, "policy_arn")
        for one in self.by_document.values():
            arns = lookup(one.document.value, "ManagedPolicyArns")
            for arn in arns if isinstance(arns, list) else ():
                self._attach_arn([one], one.document, arn)

    def _attach(self, found: Iterable[Holder], document: Document, member: str) -> None:
        self._attach_arn(found, document, lookup(document.value, member))

    def _attach_arn(self, found: Iterable[Holder], home: Document, arn: Any) -> None:
        own: list[Policy] = []
        if not managed.name_of(arn):
            documents = named(self._project, arn, home, *tables.MANAGED_POLICIES)
            if len(documents) == 1 and id(documents[0]) in self._policies:
                own = [self._policies[id(documents[0])]]
        for one in found:
            one.policies.extend(policy for policy in own if policy not in one.policies)
            if not own:
                one.managed.append(arn)

    def _members(self) -> None:
        for document in self._project.of_type("aws_iam_user_group_membership"):
            user, groups = (lookup(document.value, key) for key in ("user", "groups"))
            self._join(self._find(user, document, USERS), self._each(groups, document, GROUPS))
        for kind, group, users in (
            ("aws_iam_group_membership", "group", "users"),
            ("AWS::IAM::UserToGroupAddition", "GroupName", "Users"),
        ):
            for document in self._project.of_type(kind):
                found = self._find(lookup(document.value, group), document, GROUPS)
                self._join(self._each(lookup(document.value, users), document, USERS), found)
        for one in self.by_document.values():
            groups = lookup(one.document.value, "Groups")
            self._join([one], self._each(groups, one.document, GROUPS))

    @staticmethod
    def _join(users: Iterable[Holder], groups: Iterable[Holder]) -> None:
        found = list(groups)
        for user in users:
            if user.kind == "user":
                user.groups.extend(group for group in found if group not in user.groups)
