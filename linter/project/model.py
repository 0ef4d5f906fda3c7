"""A project: what all documents of a scan say together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from linter.core.documents import Document, Locator, Path, Problem
from linter.core.record import entity, field
from linter.core.sources import Source
from linter.core.values import references_of
from linter.domain.pipeline import Pipeline

if TYPE_CHECKING:
    from linter.project.earlier import Earlier


@entity
class Policy:
    """One IAM policy document and what it is used for.

    ``use`` is ``identity``, ``trust``, ``resource``, ``boundary`` or ``unused`` (a policy document
    data source that nothing attaches). ``value`` is the decoded document (``Unknown`` when nothing
    of it is known), ``locator`` points into it. ``document`` is where it was found and ``base``
    the path of the attribute that holds it there. ``roles`` are the roles it is attached to, in
    the scan; ``principals`` the addresses of users and groups.
    """

    name: str
    use: str
    value: Any
    locator: Locator
    document: Document
    base: Path = ()
    roles: list[Role] = field(default_factory=list)
    principals: list[str] = field(default_factory=list)
    resource_type: str = ""
    """For a resource policy, what kind of resource: ``aws_s3_bucket_policy`` …"""

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
    managed_policies: list[tuple[Any, Document, Path]] = field(default_factory=list)
    """Attached managed policies: (ARN as far as known, the document that attaches it, the path)."""
    boundary: Policy | None = None
    used_by: list[tuple[str, str]] = field(default_factory=list)
    """(what uses it, for people: ``pipeline abalone``; its kind: ``pipeline``, ``step`` …)."""
    pipelines: list[Pipeline] = field(default_factory=list)
    complete: bool = True
    """False when policies may be attached that the scan does not show (a reference that could not
    be followed, a module that is not on disk)."""

    @property
    def address(self) -> str:
        return self.document.address


@entity
class Project:
    """Everything that was read, joined by reference."""

    documents: list[Document] = field(default_factory=list)
    pipelines: list[Pipeline] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    pipeline_roles: dict[int, Role] = field(default_factory=dict)
    """``id(pipeline)`` → the role it runs with, where that role is in the scan."""
    files: int = 0
    """How many files were recognised as something to scan."""
    path_prefix: str = ""
    """From the repository's root to the working directory; fingerprints name files from there."""
    earlier: Earlier | None = None
    """The version before a change; ``None`` where only one version is looked at."""

    @cached_property
    def by_type(self) -> dict[str, list[Document]]:
        """Documents by resource type."""
        found: dict[str, list[Document]] = defaultdict(list)
        for document in self.documents:
            found[document.type].append(document)
        return found

    def of_type(self, *types: str) -> list[Document]:
        return [document for kind in types for document in self.by_type.get(kind, ())]

    def beside(self, document: Document, *types: str) -> list[Document]:
        """Resources of some types that may exist together with one: not in another variant."""
        root = document.root
        return [other for other in self.of_type(*types) if not other.root.never_with(root)]

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
    def _by_reference(self) -> dict[tuple[str, str], Document]:
        return {
            (document.module, local_address(document)): document
            for document in self.documents
            if document.type
        }

    def find(self, reference: str, module: str) -> Document | None:
        """The resource a reference like ``aws_iam_role.r.arn`` or ``Role.Arn`` names, if scanned.

        ``module`` is the referring document's. A reference into a Terraform module starts with
        ``module.NAME.`` and is seen from the root module; any other that the referring module
        does not hold names a resource of the root (an argument passed down). Instance keys are
        ignored; of several instances any one is given.
        """
        parts = _without_indices(reference).split(".")
        home = module
        if parts[0] == "module" and "//" in module:
            depth = 0
            while parts[depth : depth + 1] == ["module"]:
                depth += 2
            home = f"{module.partition('//')[0]}//{'.'.join(parts[:depth])}."
            parts = parts[depth:]
        homes = [home]
        if "//" in module and home == module and not reference.startswith("module."):
            homes.append(f"{module.partition('//')[0]}//")
        for place in homes:
            for count in range(min(len(parts), 3), 0, -1):
                found = self._by_reference.get((place, ".".join(parts[:count])))
                if found is not None:
                    return found
        return None

    def find_all(self, references: Iterable[str], module: str) -> list[Document]:
        found = (self.find(reference, module) for reference in references)
        return list(dict.fromkeys(document for document in found if document is not None))

    def referring(self, document: Document) -> list[Document]:
        """The documents that refer to a resource, anywhere in their values."""
        return self._referring.get(id(document), [])

    @cached_property
    def _referring(self) -> dict[int, list[Document]]:
        found: dict[int, list[Document]] = defaultdict(list)
        for document in self.documents:
            for named in self.find_all(references_of(document.value), document.module):
                found[id(named)].append(document)
        return found


def _without_indices(text: str) -> str:
    out: list[str] = []
    depth = 0
    for character in text:
        if character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
        elif depth == 0:
            out.append(character)
    return "".join(out)


def local_address(document: Document) -> str:
    """The address as references in the same module write it: no module path, no instance key."""
    bare = _without_indices(document.address)
    parts = bare.split(".")
    while len(parts) > 2 and parts[0] == "module":
        parts = parts[2:]
    return ".".join(parts)
