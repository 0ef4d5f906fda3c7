"""The words of the policy: subjects, rules' metadata, outcomes, findings."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from linter.core import reads
from linter.core.documents import Document, Locator, Path
from linter.core.identity import NO_ROOT, Root
from linter.core.record import entity, field, record
from linter.core.sources import Location, Related
from linter.core.values import OpenDict, Rest, Unknown, walk

if TYPE_CHECKING:
    from linter.domain.pipeline import Pipeline, Step
    from linter.project.model import Project


class CannotFixError(Exception):
    """A fix cannot be worked out or written; the message says why, for people."""


@record
class Expression:
    """What a fix writes as it is, where the language has expressions: ``aws_kms_key.ml.arn``."""

    text: str


class Severity(IntEnum):
    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> Severity:
        """Raises ``ValueError`` for a word that is no severity."""
        try:
            return cls[word.upper()]
        except KeyError:
            known = ", ".join(severity.word for severity in cls)
            raise ValueError(f"{word!r} is not a severity; known are {known}") from None


class Confidence(IntEnum):
    LOW = 0
    MEDIUM = 1
    HIGH = 2

    @property
    def word(self) -> str:
        return self.name.lower()


class Verdict(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


@entity
class Subject:
    """One domain object that rules judge.

    ``kind`` is ``pipeline``, ``pipeline.step``, ``iam.policy``, ``iam.statement``, ``iam.role``,
    ``terraform`` or ``cloudformation``; ``type`` the step type or resource type (``Training``,
    ``aws_sagemaker_notebook_instance``, ``AWS::SageMaker::Model``; for ``iam.*`` the policy's use:
    ``identity``, ``trust``, ``resource``, ``boundary``).

    ``value`` is what paths of a rule start from (resolved: pipeline parameters replaced);
    ``raw`` the same as written, with the same paths. ``locator`` points from those paths to the
    text. ``address`` and ``label`` name the subject: the document's address and the object inside
    it (``Steps[Train]``, ``Statement[ReadData]``); ``title`` is for messages (``step Train``).
    ``domain`` is the domain object itself (a ``Pipeline``, ``Step``, ``Statement``, ``Document``).
    """

    kind: str
    type: str
    value: Any
    raw: Any
    locator: Locator
    path: str
    address: str
    label: str
    title: str
    domain: Any = None
    maybe: bool = False
    related: tuple[Related, ...] = ()
    """Context every finding on it carries: the pipeline that uses the role, a module's caller."""
    header: Location | None = None
    """The text that names it, once it has been looked for."""
    root: Root = NO_ROOT
    """What it is deployed with."""
    _nodes: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def nodes(self) -> list[tuple[Path, Any]]:
        """Every value at any depth of ``value`` with its path, gathered once for all rules."""
        return self._walked("value", self.value)

    @property
    def raw_nodes(self) -> list[tuple[Path, Any]]:
        """The same of ``raw``."""
        return self._walked("raw", self.raw)

    def _walked(self, which: str, value: Any) -> list[tuple[Path, Any]]:
        found = self._nodes.get(which)
        if found is None:
            found = self._nodes[which] = list(walk(value))
        if reads.watched():
            reads.note(*self._closed(which, found))
        return found

    def _closed(self, which: str, nodes: list[tuple[Path, Any]]) -> list[Any]:
        """What may hold further values that a walk does not come to."""
        found: list[Any] | None = self._nodes.get(f"{which} closed")
        if found is None:
            found = [
                value.rest if isinstance(value, OpenDict) else value
                for path, value in nodes
                if isinstance(value, OpenDict | Rest)
                or (isinstance(value, Unknown) and not reads.names_a_text(path))
            ][: reads.MAX_NOTED]
            self._nodes[f"{which} closed"] = found
        return found


@record
class RuleMeta:
    """What is said about a rule everywhere: in lists, documentation, SARIF."""

    id: str
    name: str
    title: str
    area: str
    severity: Severity
    confidence: Confidence
    message: str
    rationale: str
    remediation: str
    references: tuple[str, ...] = ()
    saves: str = ""
    """The kind of saving (``caching``, ``spot`` …) whose figure the finding carries."""
    opt_in: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    origin: str = "built-in"
    together: str = ""
    """What is said once of several findings that are one decision; ``""``: each is its own."""
    profiles: Mapping[str, Severity | None] = field(default_factory=dict)
    """The severity by profile, where it is another one; ``None`` is off."""
    sdk: str = ""
    """What to do where the pipeline is written with the Python SDK; ``""``: as elsewhere."""

    def remediation_in(self, path: str) -> str:
        """What to do in a file, in the words of its language."""
        return self.sdk if self.sdk and path.endswith((".py", ".ipynb")) else self.remediation

    def severity_in(self, profile: str) -> Severity | None:
        """The severity in a profile; ``None`` where the rule is off."""
        return self.profiles.get(profile, self.severity)


@record
class Outcome:
    """What a rule says of one subject, before it becomes a finding.

    Args:
        verdict: never ``PASS`` (passing subjects are only counted).
        at: path below the subject's value that must change; the empty path is the whole subject.
        key: report the key of ``at`` rather than its value.
        message: overrides the rule's own.
        because: for ``UNKNOWN``: what is not known and what would decide it.
        severity: overrides the rule's own (a catalogue row that is milder in some contexts).
        detail: distinguishes several outcomes of one rule on one subject (an action, a key).
        location: overrides the place that ``at`` gives.
        about: the document it is about, where the rule looks at the whole project.
    """

    verdict: Verdict
    at: Path = ()
    key: bool = False
    message: str = ""
    because: str = ""
    references: tuple[str, ...] = ()
    severity: Severity | None = None
    confidence: Confidence | None = None
    detail: str = ""
    related: tuple[Related, ...] = ()
    location: Location | None = None
    sensitive: bool = False
    """The text at the place is a secret: no report may show it."""
    about: Document | None = None


@record
class Money:
    """A range in USD."""

    low: Decimal
    expected: Decimal
    high: Decimal


@entity
class Finding:
    """What reports print. Mutable only for the gate: suppression, baseline, what can be fixed."""

    rule: str
    name: str
    area: str
    severity: Severity
    confidence: Confidence
    verdict: Verdict
    message: str
    location: Location
    address: str
    object: str
    rationale: str = ""
    remediation: str = ""
    because: str = ""
    references: tuple[str, ...] = ()
    fingerprint: str = ""
    fixable: bool = False
    unsafe_fix: bool = False
    """Whether only ``fix --unsafe`` makes the edit."""
    unfixable: str = ""
    """Why the rule's fix cannot be made here; ``""`` when it can, or when there is none."""
    savings: Money | None = None
    saves: str = ""
    suppressed: bool = False
    suppression_reason: str = ""
    baselined: bool = False
    fails: bool = False
    """Whether the gate fails for it."""
    subject: Subject | None = None
    at: Path = ()
    sensitive: bool = False
    """The marked text is a secret: reports that quote the source mask it."""
    document: Document | None = None
    """What it is about; ``None`` for findings about the whole scan."""
    instances: tuple[Document, ...] = ()
    """All documents of which the same is said: instances of one block."""
    variants: tuple[str, ...] = ()
    """The variants of its root in which it holds; empty when it holds in all."""
    members: tuple[Finding, ...] = ()
    """The findings that it stands for, where they are one decision (``RuleMeta.together``)."""
    general: str = ""
    """The fingerprint that it would have if it held in all; ``""`` when it does."""
    page: str = ""
    """The address of the rule's page; ``""`` where none is published."""

    @property
    def path(self) -> str:
        return self.location.span.path


@record
class RuleCrash:
    """A rule that raised: the analysis is incomplete, the other rules still ran."""

    rule: str
    subject: str
    path: str
    message: str
    trace: str = ""


@entity
class LintResult:
    findings: list[Finding] = field(default_factory=list)
    crashes: list[RuleCrash] = field(default_factory=list)
    passed: int = 0
    """How many (rule, subject) pairs passed."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Time per rule, filled only when timing is asked for."""


class Costs(Protocol):
    """What the cost model says to rules, in USD. The command makes one: it knows region and rates.

    ``None`` is what has no price.
    """

    def usd_per_hour(
        self,
        component: str,
        instance_type: str,
        of: Document | Pipeline | None = None,
        *,
        most: bool = False,
    ) -> Decimal | None:
        """One instance for an hour as ``Training``, ``Processing``, ``Hosting`` …, where ``of``
        runs. Where that is one of several regions: the least, or with ``most`` the highest."""
        ...

    def worst_step(self, step: Step) -> Decimal | None:
        """A step that runs into its limit, at every attempt that its retry policies allow."""
        ...

    def worst_run(self, pipeline: Pipeline) -> tuple[Decimal, tuple[str, ...]]:
        """The dearest way through with every step at its worst, and the steps without a price."""
        ...


class Context:
    """What a Python check may ask for besides its subject."""

    def __init__(
        self, project: Project, parameters: Mapping[str, Any], costs: Costs | None = None
    ) -> None:
        self.project = project
        self.parameters = parameters
        """The rule's parameters: defaults from its file, overridden by the configuration."""
        self.costs = costs
        """The cost model; ``None`` where nothing is priced (``--no-prices``)."""
