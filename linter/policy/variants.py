"""A root that is applied with several sets of variables: what holds in all is said once."""

from __future__ import annotations

from collections import defaultdict

from linter.core.identity import NO_ROOT, Root
from linter.core.record import replace
from linter.core.sources import Related
from linter.policy.model import Finding
from linter.project.model import Project
from linter.readers.settings import only_with


def of_variants(findings: list[Finding], project: Project) -> list[Finding]:
    """One finding for the variants of a root in which it holds.

    What holds in all of them is like a finding of a root without variants. Another one says in
    its message where it holds, and lists it in ``variants``. The messages of the variants may
    differ in their figures: the first is kept, the others become related locations.
    """
    if not any(_root(finding).variant for finding in findings):
        return findings
    variants: dict[str, dict[str, None]] = defaultdict(dict)
    for document in project.documents:
        if document.root.variant:
            variants[document.root.path][document.root.variant] = None
    kept: list[Finding] = []
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        root = _root(finding)
        if not root.variant:
            kept.append(finding)
            continue
        key = (
            root.path,
            finding.rule,
            finding.verdict,
            finding.location.span,
            finding.address,
            finding.object,
            finding.fingerprint,  # until fingerprints are given, the outcome's detail
        )
        group = groups.get(key)
        if group is None:
            groups[key] = [finding]
            kept.append(finding)
        else:
            group.append(finding)
    for group in groups.values():
        _say(group, list(variants[_root(group[0]).path]))
    return kept


def _root(finding: Finding) -> Root:
    return NO_ROOT if finding.document is None else finding.document.root


def _say(group: list[Finding], every: list[str]) -> None:
    """Make the first of a group stand for all of it."""
    first = group[0]
    span = first.location.span
    others = [
        Related(f"with {_root(finding).variant}: {finding.message}", span)
        for finding in group
        if finding.message != first.message
    ]
    if others:
        own = first.location.related
        first.location = replace(first.location, related=(*own, *dict.fromkeys(others)))
    documents = (document for finding in group for document in finding.instances)
    first.instances = tuple(dict.fromkeys(documents))
    found = {_root(finding).variant for finding in group}
    if len(found) < len(every):
        first.variants = tuple(name for name in every if name in found)
        first.message = f"{first.message} ({only_with(first.variants)})"
