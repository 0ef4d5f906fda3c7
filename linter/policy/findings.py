"""From outcomes to findings: places, names, fingerprints, one finding per place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from linter.core.digest import sha256
from linter.core.documents import Document
from linter.core.identity import without_keys
from linter.core.record import replace
from linter.core.regex import lazy_regex
from linter.core.sources import Location, Related, Span
from linter.policy.levels import Levels
from linter.policy.model import Finding, Outcome, Subject, Verdict
from linter.policy.naming import Names, join_object
from linter.policy.places import place
from linter.policy.rule import Rule
from linter.project.model import Policy, Project, Role
from linter.readers.settings import only_with

_KEY = r'(?:\["(?:[^"\\]|\\.)*"\]|\[\d+\])'
_ADDRESS = lazy_regex(
    rf"(?:module\.[\w-]+{_KEY}?\.)*(?:data\.)?[a-z0-9]+_\w+\.[\w-]+{_KEY}?",
)
"""An address with instance keys, in a message."""
MAX_RELATED = 20
_MAX_CONTEXT = 3


class FindingMaker:
    """Makes the findings of one project."""

    def __init__(self, project: Project, levels: Levels) -> None:
        self.project = project
        self.levels = levels
        self._names = Names()

    def make(
        self,
        rule: Rule,
        subject: Subject,
        outcome: Outcome,
        fixable: bool,
        location: Location | None = None,
    ) -> Finding | None:
        """One finding, not yet merged with others and without a fingerprint.

        ``None`` where the profile of its file leaves the rule out. ``location`` is that of
        :func:`location_of`, where it is known already.
        """
        meta = rule.meta
        document = outcome.about or document_of(subject)
        location = location or location_of(subject, outcome)
        related = (*outcome.related, *location.related, *subject.related)
        if subject.kind.startswith("iam."):
            related = (*related, *_users(subject))
        if related != location.related:
            location = replace(location, related=tuple(dict.fromkeys(related))[:MAX_RELATED])
        severity = self.levels.of(meta, location.span.path, outcome.severity)
        if severity is None:
            return None
        confidence = meta.confidence if outcome.confidence is None else outcome.confidence
        if subject.maybe and confidence > 0:
            confidence = type(confidence)(confidence - 1)
        finding = Finding(
            rule=meta.id,
            name=meta.name,
            area=meta.area,
            severity=severity,
            confidence=confidence,
            verdict=outcome.verdict,
            message=outcome.message,
            location=location,
            address=subject.address if outcome.about is None else outcome.about.address,
            object=join_object(subject.label, self._names.object_path(subject.value, outcome.at)),
            rationale=meta.rationale,
            remediation=meta.remediation_in(location.span.path),
            because=outcome.because,
            references=outcome.references,
            fixable=fixable and outcome.verdict is Verdict.FAIL,
            saves=meta.saves,
            subject=subject,
            at=outcome.at,
            sensitive=outcome.sensitive,
            document=document,
            instances=() if document is None else (document,),
        )
        finding.fingerprint = outcome.detail
        return finding


def location_of(subject: Subject, outcome: Outcome) -> Location:
    """Where an outcome is reported."""
    return outcome.location or place(subject, outcome.at, key=outcome.key)


def document_of(subject: Subject) -> Document | None:
    """The document that a subject is, or is found in; ``None`` for the whole project."""
    found = subject.domain
    for name in ("pipeline", "policy"):
        found = getattr(found, name, found)
    found = getattr(found, "document", found)
    return found if isinstance(found, Document) else None


def finish(findings: Iterable[Finding], project: Project) -> list[Finding]:
    """Merge what is said twice of one place, sort, and give fingerprints."""
    merged = _merge(findings, project)
    merged.sort(key=_order)
    prefix = project.path_prefix
    seen: Counter[str] = Counter()
    for finding in merged:
        of_project = finding.subject is not None and finding.subject.kind == "project"
        core = "\x00".join(
            (
                finding.rule,
                prefix + finding.path,
                "" if of_project else finding.address,
                finding.object,
                finding.fingerprint,
                "" if finding.verdict is Verdict.FAIL else finding.verdict.value,
            )
        )
        if finding.variants:
            finding.general = _digest(core)
            core = f"{core}\x00{only_with(finding.variants)}"
        number = seen[core]
        seen[core] += 1
        finding.fingerprint = _digest(core if number == 0 else f"{core}\x00{number}")
    return merged


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.location.span, finding.rule, finding.object, finding.message)


def _merge(findings: Iterable[Finding], project: Project) -> list[Finding]:
    """One finding per rule, place and object, for all instances of which the same is said.

    Instances become related locations. What differs between them in more than their names stays
    apart. Until fingerprints are given, ``Finding.fingerprint`` holds the outcome's detail.
    """
    first: dict[tuple[object, ...], Finding] = {}
    messages: dict[tuple[object, ...], Finding] = {}
    others: dict[int, list[Finding]] = {}
    for finding in findings:
        base = (
            finding.rule,
            finding.verdict,
            finding.severity,
            finding.location.span,
            without_keys(finding.fingerprint),
            finding.variants,
        )
        said = (*base, finding.object, _said(finding))
        same = first.get(said)
        if same is None:
            same = messages.get((*base, finding.address, finding.message))
        if same is None:
            first[said] = finding
            messages[(*base, finding.address, finding.message)] = finding
        elif finding.document is not same.document:
            others.setdefault(id(same), []).append(finding)
    merged = list(dict.fromkeys(first.values()))
    for finding in merged:
        if id(finding) in others:
            _add_instances(finding, others[id(finding)])
        _name_all(finding, project)
    return merged


def _said(finding: Finding) -> str:
    """The message without what names this instance."""
    text = finding.message
    subject = finding.subject
    names = [finding.address, "" if subject is None else subject.title]
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, "\x00")
    return without_keys(text)


def _add_instances(finding: Finding, others: list[Finding]) -> None:
    span = finding.location.span
    related: dict[Related, None] = dict.fromkeys(finding.location.related)
    for other in others[:MAX_RELATED]:
        own = [item for item in other.location.related if item not in related]
        related.update(dict.fromkeys(own or [Related(f"also {other.address}", span)]))
    left = len(others) - MAX_RELATED
    shown = list(related)[: MAX_RELATED + 1]
    if left > 0:
        shown.append(Related(f"and {left} more instances", span))
    finding.location = Location(span, tuple(shown))
    documents = (*finding.instances, *(d for other in others for d in other.instances))
    finding.instances = tuple(dict.fromkeys(documents))


def _name_all(finding: Finding, project: Project) -> None:
    """Name the block and not one instance, where the same holds for all of them."""
    document = finding.document
    if document is None or "[" not in finding.address or finding.address != document.address:
        return
    if set(project.instances_of(document)) <= set(finding.instances):
        bare = without_keys(finding.address)
        message = finding.message.replace(finding.address, bare)
        # What else it names is each instance's own: the bucket of its pipeline, say.
        finding.message = _ADDRESS.sub(lambda match: without_keys(match[0]), message)
        finding.fingerprint = finding.fingerprint.replace(finding.address, bare)
        finding.address = bare


def keep_instances(finding: Finding, left: tuple[Document, ...]) -> None:
    """Say a finding of these of its instances only; its fingerprint stays."""
    gone = {f"also {d.address}" for d in finding.instances if d not in left}
    related = tuple(item for item in finding.location.related if item.message not in gone)
    finding.location = Location(finding.location.span, related)
    finding.instances = left
    if "[" not in finding.address or finding.address in {name[5:] for name in gone}:
        address = left[0].address
        whole = re.compile(re.escape(finding.address) + r"(?![\w\[-])")
        finding.message = whole.sub(lambda _: address, finding.message)
        finding.address, finding.document = address, left[0]


def _users(subject: Subject) -> tuple[Related, ...]:
    """Who has the policy: what makes a statement matter."""
    domain = subject.domain
    policy = domain if isinstance(domain, Policy) else getattr(domain, "policy", None)
    roles: list[Role] = []
    if isinstance(policy, Policy):
        roles = policy.roles
    elif isinstance(domain, Role):
        roles = [domain]
    found: list[Related] = []
    for role in roles:
        titles = [title for title, _ in role.used_by]
        whole = set(titles)
        for title in titles[:_MAX_CONTEXT]:
            if title.partition(", step ")[0] in whole - {title}:
                continue  # the pipeline itself runs with the role, and is named already
            span: Span = role.document.locate(()).span
            found.append(Related(f"{role.address} is the role of {title}", span))
    return tuple(found[:_MAX_CONTEXT])
