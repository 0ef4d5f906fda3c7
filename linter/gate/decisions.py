"""One decision, one finding: what is said of several steps of a pipeline is reported once.

Suppressions, the baseline and comparisons work on the findings of single steps, by their own
fingerprints: a step that joins later is new, and one that is suppressed does not count. What is
left is put together here, for the gate and for reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from linter.core.digest import sha256
from linter.core.record import replace
from linter.core.sources import Location, Related
from linter.domain.pipeline import Pipeline
from linter.policy.findings import MAX_RELATED
from linter.policy.model import Finding, Money, Verdict
from linter.policy.rule import STEP_KIND, Rule


def in_decisions(
    findings: Sequence[Finding], rules: Mapping[str, Rule], prefix: str = ""
) -> list[Finding]:
    """Findings with those put together that their rules take for one decision.

    The first stands for all of them, at its place; ``members`` are the single ones, and the
    others are related locations. Only what fails and is neither suppressed nor accepted is put
    together. The order stays.

    Args:
        rules: by id; a rule says by ``together`` that it is about one decision.
        prefix: from the repository's root to the working directory, for fingerprints.
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for number, finding in enumerate(findings):
        rule = rules.get(finding.rule)
        key = None if rule is None else _decision(finding, rule)
        groups.setdefault((number,) if key is None else key, []).append(finding)
    known: set[str] = set()
    return [
        members[0] if len(key) == 1 else _one(members, rules[members[0].rule], prefix, known)
        for key, members in groups.items()
    ]


def _decision(finding: Finding, rule: Rule) -> tuple[object, ...] | None:
    """What a finding is put together by; ``None`` for one that stands by itself."""
    subject = finding.subject
    if finding.verdict is not Verdict.FAIL or finding.suppressed or finding.baselined:
        return None
    if subject is None or not rule.meta.together:
        return None
    about = subject.label
    if subject.kind == STEP_KIND:
        about = "" if _pipeline(finding) is not None else about
    document = finding.document
    of = finding.address if document is None else document.identity
    return finding.rule, of, subject.path, about, finding.severity, finding.variants


def _pipeline(finding: Finding) -> Pipeline | None:
    found = getattr(finding.subject and finding.subject.domain, "pipeline", None)
    return found if isinstance(found, Pipeline) else None


def _one(members: Sequence[Finding], rule: Rule, prefix: str, known: set[str]) -> Finding:
    first = members[0]
    fingerprint = _fingerprint(first, prefix, known)
    if len(members) == 1:
        return replace(first, fingerprint=fingerprint, members=(first,))
    count, total = _count(members, rule)
    message = rule.meta.together.replace("{count}", str(count)).replace("{total}", str(total))
    related = [Related(other.message, other.location.span) for other in members[1:]]
    left = len(related) - MAX_RELATED
    if left > 0:
        related = [
            *related[:MAX_RELATED],
            Related(f"and {left} more", members[-1].location.span),
        ]
    own = [item for item in first.location.related if item not in related]
    documents = dict.fromkeys(d for member in members for d in member.instances)
    return replace(
        first,
        message=f"{_named(first)}{message}",
        location=Location(first.location.span, (*related, *own)),
        fingerprint=fingerprint,
        savings=_sum(member.savings for member in members),
        fixable=any(member.fixable for member in members),
        unsafe_fix=all(member.unsafe_fix for member in members if member.fixable),
        instances=tuple(documents),
        members=tuple(members),
    )


def _named(finding: Finding) -> str:
    """Whose steps, statements or policies they are."""
    pipeline, subject = _pipeline(finding), finding.subject
    title = subject.title if pipeline is None and subject is not None else ""
    if pipeline is not None and pipeline.title:
        title = f"pipeline {pipeline.title}"
    return f"{title}: " if title else ""


def _count(members: Sequence[Finding], rule: Rule) -> tuple[int, int]:
    """How many things fail, and of how many that the rule is about."""
    things = {member.subject.label for member in members if member.subject is not None}
    pipeline = _pipeline(members[0])
    if pipeline is None or members[0].subject is None or members[0].subject.kind != STEP_KIND:
        return len(members), len(members)
    types = {type_ for kind, type_ in rule.keys if kind == STEP_KIND}
    total = sum(1 for step in pipeline.steps if "*" in types or step.type in types)
    return len(things), max(total, len(things))


def _fingerprint(first: Finding, prefix: str, known: set[str]) -> str:
    """From the rule and what is decided about, whoever takes part and how many there are.

    Nor does the severity count, which the profile decides; only of several severities that one
    decision has, it tells the second and third apart.
    """
    subject = first.subject
    assert subject is not None
    label = "" if _pipeline(first) is not None and subject.kind == STEP_KIND else subject.label
    parts = [first.rule, prefix + subject.path, first.address, label, *first.variants]
    if (found := _digest(parts)) in known:
        found = _digest([*parts, first.severity.word])
    known.add(found)
    return found


def _digest(parts: Sequence[str]) -> str:
    return sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _sum(amounts: Iterable[Money | None]) -> Money | None:
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return None
    zero = Decimal(0)
    return Money(
        sum((m.low for m in known), start=zero),
        sum((m.expected for m in known), start=zero),
        sum((m.high for m in known), start=zero),
    )
