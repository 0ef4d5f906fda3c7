"""What readers give: documents with values, and the means to point back at the text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from linter.core.identity import NO_PLACEMENT, NO_ROOT, Identity, Placement, Root
from linter.core.record import entity, field, record
from linter.core.sources import Location, Source, Span

Path = tuple[str | int, ...]
"""A way into a value: dict keys and list indices."""


class Locator(Protocol):
    """Points from a path inside a document's value back to the text.

    A path that does not exist in the text (a default, a missing key) is answered with the
    nearest ancestor that does; the empty path is the document itself.
    """

    def locate(self, path: Path) -> Location:
        """Where the value at ``path`` is written: the narrowest text of that value."""
        ...

    def locate_key(self, path: Path) -> Location:
        """Where the last key of ``path`` is written; the value when it has no key."""
        ...


def knows_missing(locator: Locator) -> bool:
    """Whether a locator answers for what is missing with the very call that could have given it.

    Others answer with some text around, which says less than the name of what lacks it.
    """
    return bool(getattr(locator, "knows_missing", False))


@record
class Embedded:
    """A document inside a string: ``pipeline_definition``, ``policy``, ``PolicyDocument``.

    ``value`` is the decoded value (an ``Unknown`` when nothing of it is known); ``problem`` says
    why it could not be decoded although its text is known, with the place.
    """

    value: Any
    locator: Locator
    problem: Problem | None = None


@record
class Problem:
    """Something that could not be read or evaluated. Becomes a finding and a line in ``unread``.

    ``rule`` is the rule that reports it: ``SYN013`` invalid syntax, ``SYN014`` expression that
    cannot be evaluated, ``SYN015`` module source not on disk, ``""`` no finding, because the file
    itself could not be opened. ``lost`` says whether content was
    lost by it, so that the analysis is incomplete (exit code 3). ``undecided`` says that nothing
    is wrong: what is written is known to the service only.
    """

    message: str
    span: Span
    rule: str = "SYN013"
    hint: str = ""
    lost: bool = True
    address: str = ""
    undecided: bool = False
    bug: bool = False
    """It is no fault of the text: the program itself failed."""
    notice: bool = False
    """It concerns nothing that the rules judge: worth a word, not a failure."""


@entity
class Document:
    """One thing a reader found.

    ``kind`` is ``terraform.resource``, ``terraform.data``, ``terraform.output``,
    ``terraform.module``, ``terraform.variable``, ``cloudformation.resource``, ``pipeline``,
    ``iam.policy`` … ``type`` is the resource type (``aws_sagemaker_pipeline``,
    ``AWS::SageMaker::Pipeline``) or ``""``. ``address`` names it for people and fingerprints
    (``module.ml.aws_iam_role.r``, ``output.x``; ``""`` for a file that is one document).
    ``module`` names the set of documents in which references resolve: the directory plus the
    module path for Terraform, the file for CloudFormation and plans.
    """

    kind: str
    type: str
    address: str
    source: Source
    value: Any
    locator: Locator
    module: str = ""
    instances: int = 1
    """How many resources it stands for, where ``count`` or ``for_each`` is known."""
    maybe: bool = False
    """True when it may not exist (``count = var.enabled ? 1 : 0`` and the like)."""
    embedded: dict[Path, Embedded] = field(default_factory=dict)
    """Decoded documents inside string values, by the path of the string."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """What a resource says beside its properties: CloudFormation's ``DeletionPolicy``,
    ``UpdateReplacePolicy``, ``DependsOn``, ``Metadata`` …, evaluated. Empty for other formats."""
    chosen_by_provider: frozenset[str] = frozenset()
    """Arguments that a plan gives and that nobody may have written."""
    root: Root = NO_ROOT
    """What it is deployed with."""
    placement: Placement = NO_PLACEMENT
    """Where it runs, as far as its own reader can tell."""

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def constant(self) -> bool:
        """Whether everything in it is certainly written out: no value refers to anything."""
        return False

    @property
    def identity(self) -> Identity:
        return self.root, self.address

    def locate(self, path: Iterable[str | int] = ()) -> Location:
        return self.locator.locate(tuple(path))

    def locate_key(self, path: Iterable[str | int]) -> Location:
        return self.locator.locate_key(tuple(path))


@entity
class ReadResult:
    """What one reader made of its files."""

    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    """Names of a template's parameters."""
    absent: list[str] = field(default_factory=list)
    """Addresses of what is declared and not made: ``count`` is 0, ``for_each`` is empty."""


@record
class ConstantLocator:
    """Answers every path with one location."""

    location: Location

    def locate(self, path: Path) -> Location:
        return self.location

    def locate_key(self, path: Path) -> Location:
        return self.location


@record
class SubLocator:
    """A locator for the value found at ``base`` inside another one."""

    inner: Locator
    base: Path

    @property
    def knows_missing(self) -> bool:
        return knows_missing(self.inner)

    def locate(self, path: Path) -> Location:
        return self.inner.locate(self.base + path)

    def locate_key(self, path: Path) -> Location:
        return self.inner.locate_key(self.base + path)
