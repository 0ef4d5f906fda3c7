"""Who may do something in the scan: roles, users, groups, and whoever has a loose policy."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from linter.core.documents import Document
from linter.core.record import entity, field
from linter.project.access import Access, access_of, access_with
from linter.project.model import Person, Policy, Project, Role


@entity
class Holder:
    """A principal with its policies and its effective access.

    ``kind`` is ``role``, ``user``, ``group`` or ``policy``: whoever has a policy that the scan
    attaches to nobody. ``document`` is the principal's own, the policy's for the last.
    """

    kind: str
    document: Document
    policies: list[Policy] = field(default_factory=list)
    role: Role | None = None
    person: Person | None = None
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
            held = self.role or self.person
            self._access = access_with(self.policies) if held is None else access_of(held)
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
    people = {
        id(one): Holder(one.kind, one.document, list(one.policies), person=one)
        for one in project.people
    }
    for one in project.people:
        people[id(one)].groups = [people[id(group)] for group in one.groups]
    yield from people.values()
    for policy in project.policies:
        attached = policy.roles or policy.possible_roles or policy.people
        if policy.use == "identity" and not attached:
            yield Holder("policy", policy.document, [policy])
