"""JUnit XML: a suite per file, a case per rule and file.

Failures are what fails the gate: a rule with such findings in a file is a ``failure`` with all its
places; one whose findings the gate lets pass is a case that passes and lists them in its
``system-out``. One that could not be decided is ``skipped``, what was not read and rules that
crashed are ``error``. The suite ``pipewarden`` holds the gate's own verdict, so that a clean run is
not an empty file.

The elements and attributes are those of the schema of Jenkins's xUnit plugin
(https://github.com/jenkinsci/xunit-plugin, ``junit-10.xsd``), which has no count of what is skipped
for all suites together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from linter.core.documents import Problem
from linter.core.sources import Span
from linter.gate.review import Review
from linter.policy.model import Finding, Verdict
from linter.reports.escape import plain, xml_attribute, xml_text

_Case = tuple[str, list[str]]
"""The kind (``failure``, ``error``, ``skipped`` or empty) and the case's lines."""


def render(review: Review) -> str:
    """XML text that ends with a line break."""
    suites: dict[str, list[_Case]] = defaultdict(list)
    by_case: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in review.visible_findings:
        by_case[finding.path, finding.rule].append(finding)
    for (path, _), findings in by_case.items():
        suites[path].append(_rule_case(path, findings))
    unread: dict[str, list[Problem]] = defaultdict(list)
    for problem in review.unread:
        unread[problem.span.path].append(problem)
    for path, problems in unread.items():
        suites[path].append(_unread_case(path, problems))
    for crash in review.lint.crashes:
        text = f"{crash.rule} crashed on {crash.subject}: {crash.message}"
        suites[crash.path].append(_case(crash.path, f"{crash.rule} crash", "error", text, text))
    ordered = [("pipewarden", [_gate_case(review)])]
    ordered.extend(sorted(suites.items()))
    cases = [case for _, found in ordered for case in found]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="pipewarden" {_counts(cases)} time="0">',
    ]
    for name, found in ordered:
        counts = f'{_counts(found)} {_skipped(found)} time="0"'
        lines.append(f"  <testsuite name={xml_attribute(name)} {counts}>")
        for _, body in found:
            lines.extend(f"    {line}" if line.startswith("<") else line for line in body)
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _counts(cases: Sequence[_Case]) -> str:
    kinds = [kind for kind, _ in cases]
    return (
        f'tests="{len(kinds)}" failures="{kinds.count("failure")}" errors="{kinds.count("error")}"'
    )


def _skipped(cases: Sequence[_Case]) -> str:
    return f'skipped="{sum(kind == "skipped" for kind, _ in cases)}"'


def _rule_case(path: str, findings: list[Finding]) -> _Case:
    found = [f for f in findings if f.verdict is Verdict.FAIL]
    failing = [f for f in findings if f.fails]
    first = findings[0]
    title = f"{first.rule} {first.name}"
    if not found and not failing:
        because = "; ".join(dict.fromkeys(plain(f.because or f.message) for f in findings))
        return _case(path, title, "skipped", f"not decided: {because}", "")
    shown = found or failing
    lines = [f"{_where(f.location.span)} {f.severity.word}: {plain(f.message)}" for f in shown]
    if shown[0].remediation:
        lines.append(f"How to fix it: {plain(shown[0].remediation)}")
    if first.page:
        lines.append(f"About the rule: {first.page}")
    if not failing:
        return _case(path, title, "", "", "\n".join(lines))
    worst = failing[0]
    more = f" (and {len(shown) - 1} more)" if len(shown) > 1 else ""
    return _case(path, title, "failure", f"{plain(worst.message)}{more}", "\n".join(lines))


def _unread_case(path: str, problems: list[Problem]) -> _Case:
    lines = [f"{_where(p.span)} {plain(p.message)} {plain(p.hint)}".rstrip() for p in problems]
    return _case(path, "everything is read", "error", problems[0].message, "\n".join(lines))


def _gate_case(review: Review) -> _Case:
    reasons = "; ".join(review.gate.reasons)
    if review.gate.passed:
        return _case("pipewarden", "gate", "", "", "")
    kind = "error" if review.gate.exit_code > 1 else "failure"
    return _case("pipewarden", "gate", kind, reasons, "\n".join(review.gate.reasons))


def _case(path: str, name: str, kind: str, message: str, text: str) -> _Case:
    head = f'<testcase classname={xml_attribute(path)} name={xml_attribute(name)} time="0"'
    if not kind and not text:
        return kind, [f"{head}/>"]
    if not kind:
        body = f"<system-out>{xml_text(text)}</system-out>".split("\n")
        return kind, [f"{head}>", *body, "</testcase>"]
    if kind == "skipped":
        return kind, [f"{head}>", f"<skipped message={xml_attribute(message)}/>", "</testcase>"]
    inner = f"<{kind} type={xml_attribute(name)} message={xml_attribute(message)}>"
    body = f"{inner}{xml_text(text)}</{kind}>".split("\n")
    return kind, [f"{head}>", *body, "</testcase>"]


def _where(span: Span) -> str:
    return f"{plain(span.path)}:{span.start_line}:{span.start_column}"
