"""A project: what all documents of a scan say together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from linter.core.documents import Document, Locator, Path, Problem
from linter.core.identity import (
    NO_PLACEMENT,
    UNKNOWN_KEY,
    Placement,
    Root,
    split_address,
    without_keys,
)
from linter.core.record import entity, field
from linter.core.sources import Source
from linter.core.values import OpenDict, Unknown, links_of, references_of
from linter.domain.pipeline import Pipeline

if TYPE_CHECKING:
    from linter.project.earlier import Earlier


@entity
class Policy:
    """One IAM policy document and what it is used for.

    ``use`` is ``identity``, ``trust``, ``resource``, ``boundary``, ``control`` (an organisation's
    service control policy) or ``unused`` (a policy document data source that nothing attaches).
    ``value`` is the decoded document (``Unknown`` when nothing of it is known), ``locator`` points
    into it. ``document`` is where it was found and ``base`` the path of the attribute that holds it
    there. ``roles`` are the roles it is attached to, in
    the scan, ``people`` the users and groups.
    """

    name: str
    use: str
    value: Any
    locator: Locator
    document: Document
    base: Path = ()
    roles: list[Role] = field(default_factory=list)
    possible_roles: list[Role] = field(default_factory=list)
    """Roles of which one or some have it, and which is not known."""
    possible_principals: list[str] = field(default_factory=list)
    """Addresses of users and groups that have this policy or another one, which is not known."""
    resource_type: str = ""
    """For a resource policy, what kind of resource: ``aws_s3_bucket_policy`` …"""
    controls: list[Policy] = field(default_factory=list)
    """The service control policies of the scan that bound whoever has it."""
    people: list[Person] = field(default_factory=list)
    """The users and groups of the scan that certainly have it."""
    held_elsewhere: bool = False
    """Whether it is given to a user or group that the scan does not show."""

    @property
    def address(self) -> str:
        return self.document.address

    @property
    def path(self) -> str:
        return self.document.path


@entity
class Role:
    """One IAM role: its trust policy, its policies, and who uses it."""

    name: Any
    document: Document
    trust: Policy | None = None
    policies: list[Policy] = field(default_factory=list)
    possible: list[Policy] = field(default_factory=list)
    """Policies that it may have: the key of the role they are attached to is not known."""
    managed_policies: list[tuple[Any, Document, Path]] = field(default_factory=list)
    """Attached managed policies: (ARN as far as known, the document that attaches it, the path)."""
    possible_managed: list[tuple[Any, Document, Path]] = field(default_factory=list)
    """The same, of what is attached to one of several roles, and to which is not known."""
    managed_elsewhere: list[Any] = field(default_factory=list)
    """Of ``managed_policies`` the ARNs of those that are not in the scan."""
    boundary: Policy | None = None
    possible_boundaries: list[Policy] = field(default_factory=list)
    """Policies of which one is the boundary, and which is not known."""
    controls: list[Policy] = field(default_factory=list)
    """The service control policies of the scan that bound it."""
    grants: list[Policy] = field(default_factory=list)
    """What grants of KMS keys allow it, as policies."""
    used_by: list[tuple[str, str]] = field(default_factory=list)
    """(what uses it, for people: ``pipeline abalone``; its kind: ``pipeline``, ``step`` …)."""
    pipelines: list[Pipeline] = field(default_factory=list)
    named_by: list[tuple[Pipeline, Any]] = field(default_factory=list)
    """The pipelines that run with it or whose jobs do, each with the value that names it."""
    possibly_used_by: list[str] = field(default_factory=list)
    """What runs with one of several roles, of which this is one, and which is not known."""
    complete: bool = True
    """False when policies may be attached that the scan does not show (a reference that could not
    be followed, a module that is not on disk)."""

    @property
    def address(self) -> str:
        return self.document.address


@entity
class Person:
    """One IAM user or group: its policies, and what bounds it.

    ``kind`` is ``user`` or ``group``. A group has no boundary.
    """

    kind: str
    document: Document
    policies: list[Policy] = field(default_factory=list)
    managed_elsewhere: list[Any] = field(default_factory=list)
    """ARNs of attached policies that are not in the scan."""
    groups: list[Person] = field(default_factory=list)
    """The groups a user is certainly in."""
    members: list[Person] = field(default_factory=list)
    """The users that are certainly in a group."""
    boundary: Policy | None = None
    possible_boundaries: list[Policy] = field(default_factory=list)
    """Policies of which one is the boundary, and which is not known."""
    controls: list[Policy] = field(default_factory=list)
    """The service control policies of the scan that bound it."""

    @property
    def address(self) -> str:
        return self.document.address

    @property
    def held(self) -> list[Policy]:
        """Its own policies and those of its groups."""
        return [policy for one in (self, *self.groups) for policy in one.policies]


def may_not_apply(value: Any) -> Any:
    """A policy that may be attached: its statements, of which none certainly applies."""
    if not isinstance(value, dict) or "Statement" not in value:
        return Unknown("a policy that may be attached", references_of(value))
    whether = Unknown("whether the policy is attached is not known")
    statements = value["Statement"]
    items = statements if isinstance(statements, list) else [statements]
    changed = [
        {**item, "Condition": whether}
        if type(item) is dict
        else OpenDict({**item, "Condition": whether}, item.rest)
        if isinstance(item, OpenDict)
        else item
        for item in items
    ]
    made = {**value, "Statement": changed}
    return OpenDict(made, value.rest) if isinstance(value, OpenDict) else made


@entity
class _Instances:
    """The instances of one block, also by their keys: a dict for each step of the address."""

    documents: list[Document] = field(default_factory=list)
    by_keys: dict[Any, Any] = field(default_factory=dict)

    def add(self, document: Document) -> None:
        self.documents.append(document)
        *outer, (_, last) = split_address(document.address) or [("", None)]
        node = self.by_keys
        for _, key in outer:
            node = node.setdefault(key, {})
        node.setdefault(last, []).append(document)


@entity
class Project:
    """Everything that was read, joined by reference."""

    documents: list[Document] = field(default_factory=list)
    pipelines: list[Pipeline] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    """What ``--var`` may name: variables of root modules, parameters of templates."""
    absent: list[str] = field(default_factory=list)
    """Addresses of what is declared and not made, and so not judged: ``count`` is 0."""
    pipeline_roles: dict[int, Role] = field(default_factory=dict)
    """``id(pipeline)`` → the role it runs with, where that role is in the scan."""
    files: int = 0
    """How many files were recognised as something to scan."""
    path_prefix: str = ""
    """From the repository's root to the working directory; fingerprints name files from there."""
    configured: Placement = NO_PLACEMENT
    """Where things run that do not say it, as the user's settings state; empty for a default."""
    configured_of: Callable[[Document], Placement] | None = None
    """The same, where settings differ between parts of the project."""
    earlier: Earlier | None = None
    """The version before a change; ``None`` where only one version is looked at."""

    @cached_property
    def by_type(self) -> dict[str, list[Document]]:
        """Documents by resource type."""
        found: dict[str, list[Document]] = defaultdict(list)
        for document in self.documents:
            found[document.type].append(document)
        return found

    @property
    def scanned(self) -> int:
        """How much there was to look at; a file without any text in it is nothing.

        A plan that destroys everything was read, although it leaves no document.
        """
        texts = sum(1 for source in self.sources.values() if source.text.strip())
        return len(self.documents) or texts

    def of_type(self, *types: str) -> list[Document]:
        return [document for kind in types for document in self.by_type.get(kind, ())]

    def configured_for(self, document: Document) -> Placement:
        """Where something runs that does not say it."""
        return self.configured if self.configured_of is None else self.configured_of(document)

    def definition_problems(self, pipeline: Pipeline) -> list[Problem]:
        """Problems of one pipeline's definition text (rule ``SYN001``)."""
        place = pipeline.locator.locate(()).span
        return [
            problem
            for problem in self.problems
            if problem.rule == "SYN001"
            and problem.span.path == place.path
            and problem.address == pipeline.address
        ]

    def role_of(self, pipeline: Pipeline) -> Role | None:
        return self.pipeline_roles.get(id(pipeline))

    @cached_property
    def _roles_of(self) -> dict[int, list[Role]]:
        found: dict[int, list[Role]] = defaultdict(list)
        for role in self.roles:
            for pipeline in role.pipelines:
                found[id(pipeline)].append(role)
        return found

    def roles_of(self, pipeline: Pipeline) -> list[Role]:
        """The roles of the scan that a pipeline or its jobs run with."""
        return self._roles_of.get(id(pipeline), [])

    @cached_property
    def _by_address(self) -> dict[tuple[Root, str], _Instances]:
        found: dict[tuple[Root, str], _Instances] = defaultdict(_Instances)
        for document in self.documents:
            if document.type and document.kind != "terraform.provider":
                found[(document.root, without_keys(document.address))].add(document)
        return found

    def instances_of(self, document: Document) -> list[Document]:
        """All instances of a resource's block in its root, itself included."""
        key = (document.root, without_keys(document.address))
        return self._by_address[key].documents if key in self._by_address else [document]

    def find(self, reference: str, home: Document) -> list[Document]:
        """The resources a reference (``aws_iam_role.r["a"].arn``, ``Role.Arn``) may name.

        ``home`` is the document that refers: references name addresses in its root. One with an
        instance key names that instance; one whose key is not known, or that says none (a plan
        leaves them out), any instance, of which those with the referring document's own key are
        taken where there are such. Nothing when it is not in the scan.
        """
        steps = split_address(reference)
        start = 0
        while start + 1 < len(steps) and steps[start][0] == "module":
            start += 2
        longest = min(len(steps), start + 3)
        for count in range(longest, start, -1):
            bare = ".".join(name for name, _ in steps[:count])
            found = self._by_address.get((home.root, bare))
            if found is not None:
                return _with_keys(found, [key for _, key in steps[:count]], home)
        return []

    def find_all(self, references: Iterable[str], home: Document) -> list[Document]:
        """:meth:`find` for several references, each document once."""
        return list(
            dict.fromkeys(found for reference in references for found in self.find(reference, home))
        )

    def linked(self, value: Any, home: Document) -> list[Document]:
        """The resources that a value written in ``home`` is, or may be, of; see :func:`links_of`.

        Several when it refers to several, or to one whose instance key is not known.
        """
        links = links_of(value)
        return self.find_all(links, home) if links else []

    def referring(self, document: Document) -> list[Document]:
        """The documents that refer to a resource, anywhere in their values."""
        return self._referring.get(id(document), [])

    @cached_property
    def _referring(self) -> dict[int, list[Document]]:
        found: dict[int, list[Document]] = defaultdict(list)
        for document in self.documents:
            if document.constant:
                continue
            links = dict.fromkeys(links_of(document.value))
            for embedded in document.embedded.values():
                links.update(dict.fromkeys(links_of(embedded.value)))
            for named in self.find_all(links, document):
                found[id(named)].append(document)
        return found


def _with_keys(group: _Instances, keys: list[str | None], home: Document) -> list[Document]:
    """Those documents whose instance keys are, or may be, the given ones, step by step."""
    found = group.documents
    if len(found) == 1 and "[" not in found[0].address:
        return found
    at_home = split_address(home.address)
    own_keys = [key for _, key in reversed(at_home) if key is not None]
    names = [name for name, _ in split_address(found[0].address)]
    nodes: list[Any] = [group.by_keys]
    inside = True
    for step, key in enumerate(keys):
        inside = inside and step < len(at_home) and at_home[step][0] == names[step]
        if key is not None and key != UNKNOWN_KEY:
            wanted: list[str | None] = [key, UNKNOWN_KEY]
        elif key == UNKNOWN_KEY:
            wanted = []
        else:
            # Inside a module instance what is said of its own resources is said without its key.
            wanted = [at_home[step][1]] if inside else [*own_keys]
        for one in wanted:
            same = [node[one] for node in nodes if one in node]
            if same:
                nodes = same
                break
        else:
            if key is not None and key != UNKNOWN_KEY:
                return []
            nodes = [inner for node in nodes for inner in node.values()]
    return [document for node in nodes for document in node]
