"""From outcomes to findings: places, names, fingerprints, one finding per place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from linter.core.digest import sha256
from linter.core.identity import NO_ROOT
from linter.core.record import replace
from linter.core.sources import Location, Related, Span
from linter.policy.model import Finding, Outcome, Severity, Subject, Verdict
from linter.policy.naming import Names, join_object
from linter.policy.places import place
from linter.policy.rule import Rule
from linter.project.model import Policy, Project, Role
from linter.readers.settings import only_with

MAX_RELATED = 20
_MAX_CONTEXT = 3


class FindingMaker:
    """Makes the findings of one project."""

    def __init__(self, project: Project, overrides: dict[str, Severity]) -> None:
        self.project = project
        self.overrides = overrides
        """Severity by rule id, as configured."""
        self._names = Names()

    def make(self, rule: Rule, subject: Subject, outcome: Outcome, fixable: bool) -> Finding:
        """One finding, not yet merged with others and without a fingerprint."""
        meta = rule.meta
        location = outcome.location or place(subject, outcome.at, key=outcome.key)
        related = (*outcome.related, *location.related, *subject.related)
        if subject.kind.startswith("iam."):
            related = (*related, *_users(subject))
        if related != location.related:
            location = replace(location, related=tuple(dict.fromkeys(related))[:MAX_RELATED])
        severity = self.overrides.get(meta.id)
        if severity is None:
            severity = meta.severity if outcome.severity is None else outcome.severity
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
            address=subject.address,
            object=join_object(subject.label, self._names.object_path(subject.value, outcome.at)),
            rationale=meta.rationale,
            remediation=meta.remediation,
            because=outcome.because,
            references=outcome.references,
            fixable=fixable and outcome.verdict is Verdict.FAIL,
            saves=meta.saves,
            subject=subject,
            at=outcome.at,
            sensitive=outcome.sensitive,
            root=subject.root if outcome.root is NO_ROOT else outcome.root,
        )
        finding.fingerprint = outcome.detail
        return finding


def finish(findings: Iterable[Finding], prefix: str) -> list[Finding]:
    """Merge what is said twice of one place, sort, and give fingerprints.

    ``prefix`` leads from the repository's root to the directory that paths are relative to.
    """
    merged = _merge(findings)
    merged.sort(key=_order)
    seen: Counter[str] = Counter()
    for finding in merged:
        core = "\x00".join(
            (
                finding.rule,
                prefix + finding.path,
                finding.address,
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


def _merge(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per rule, place and object; instances become related locations.

    Until fingerprints are given, ``Finding.fingerprint`` holds the outcome's detail.
    """
    first: dict[tuple[object, ...], Finding] = {}
    messages: dict[tuple[object, ...], Finding] = {}
    instances: dict[int, list[Finding]] = {}
    for finding in findings:
        base = (
            finding.rule,
            finding.verdict,
            finding.location.span,
            finding.fingerprint,
            finding.variants,
        )
        same = first.get((*base, finding.object))
        if same is None:
            same = messages.get((*base, finding.address, finding.message))
        if same is None:
            first[(*base, finding.object)] = finding
            messages[(*base, finding.address, finding.message)] = finding
        elif same.address != finding.address:
            instances.setdefault(id(same), []).append(finding)
    merged = list(dict.fromkeys(first.values()))
    for finding in merged:
        others = instances.get(id(finding))
        if others:
            _add_instances(finding, others)
    return merged


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
