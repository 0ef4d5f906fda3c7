"""Rounds of fixing: edit, read again, lint again, until nothing fixable is left."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from linter.core.documents import Path, knows_missing
from linter.core.record import entity, field
from linter.core.sources import Source
from linter.core.values import MISSING, dig, lookup
from linter.fixing.edits import Edit, remove, replace, set_value
from linter.fixing.layout import laid_out
from linter.policy.checks import compute_fix, edit_place
from linter.policy.model import CannotFixError, Finding, Subject, Verdict
from linter.policy.parameters import effective
from linter.policy.rule import Rule, Target

MAX_ROUNDS = 10

PolicyOf = Callable[[str], tuple[Mapping[str, Rule], Mapping[str, Mapping[str, Any]]]]
"""For a path: rules by id, and their configured parameters."""


@entity
class Fixes:
    """What was fixed.

    ``texts`` are whole new texts by path, ``fixed`` the findings that are gone, ``left`` those
    that could not be edited, each with the reason, ``unsafe`` how many more ``--unsafe`` takes.
    """

    texts: dict[str, str] = field(default_factory=dict)
    fixed: list[Finding] = field(default_factory=list)
    left: list[tuple[Finding, str]] = field(default_factory=list)
    unsafe: int = 0


def fix_all(
    sources: Mapping[str, Source],
    rules: Sequence[Rule],
    lint: Callable[[dict[str, str] | None], tuple[list[Finding], Mapping[str, Source]]],
    *,
    unsafe: bool,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    policy_of: PolicyOf | None = None,
) -> Fixes:
    """Fix what can be fixed.

    Args:
        sources: the texts of the scan.
        lint: gives the visible findings and sources of the scan with some texts replaced.
        unsafe: also make edits that may change what the author wanted.
        parameters: configured parameters of rules by id.
        policy_of: gives rules and parameters by the path of a finding, where they differ.
    """
    everywhere = ({rule.id: rule for rule in rules}, parameters or {})
    result = Fixes()
    refused: set[str] = set()
    for number in range(MAX_ROUNDS):
        findings, current = lint(result.texts or None)
        wanted: dict[str, list[tuple[Finding, Edit]]] = defaultdict(list)
        result.left = []
        result.unsafe = 0
        for finding in findings:
            if finding.verdict is not Verdict.FAIL or not (finding.fixable or finding.unfixable):
                continue
            by_id, given_parameters = everywhere if policy_of is None else policy_of(finding.path)
            rule = by_id.get(finding.rule)
            target = _target(rule, finding.subject)
            if rule is None or target is None or target.fix is None:
                continue
            if target.fix["safety"] == "unsafe" and not unsafe:
                result.unsafe += finding.fixable
                continue
            try:
                given = effective(rule.id, rule.meta.parameters, given_parameters.get(rule.id, {}))
                for edit in _edits(rule, finding, target.fix["edits"], current, given):
                    wanted[edit.path].append((finding, edit))
            except CannotFixError as error:
                result.left.append((finding, str(error)))
        progress = False
        for path, pairs in wanted.items():
            source = current[path]
            text, done = _apply(source.text, [edit for _, edit in pairs])
            if path.endswith((".tf", ".tofu")) and laid_out(source.text) == source.text:
                text = laid_out(text)
            if path in refused or text == source.text:
                continue
            if not _still_parses(path, source.text, text):
                refused.add(path)
                result.left.extend((f, "the edit would break the syntax") for f, _ in pairs)
                continue
            result.texts[path] = text
            result.fixed.extend(f for f, edit in pairs if edit in done)
            progress = True
        if not progress or number == MAX_ROUNDS - 1:
            break
    result.texts = {p: t for p, t in result.texts.items() if t != sources[p].text}
    return result


def refuse_impossible(
    findings: Iterable[Finding],
    rules: Iterable[Rule],
    sources: Mapping[str, Source],
    parameters: Mapping[str, Mapping[str, Any]],
) -> None:
    """Take ``fixable`` from findings whose text no edit can put right, and say why.

    What a rule's fix sets may stand in a plan, or behind an expression: only the text tells.
    """
    by_id = {rule.id: rule for rule in rules}
    for finding in findings:
        if not finding.fixable:
            continue
        rule = by_id.get(finding.rule)
        target = _target(rule, finding.subject)
        if rule is None or target is None or target.fix is None:
            continue
        try:
            given = effective(rule.id, rule.meta.parameters, parameters.get(rule.id, {}))
            _edits(rule, finding, target.fix["edits"], sources, given)
        except CannotFixError as error:
            finding.fixable = finding.unsafe_fix = False
            finding.unfixable = str(error)


def _target(rule: Rule | None, subject: Subject | None) -> Target | None:
    if rule is None or subject is None:
        return None
    keys = {(subject.kind, subject.type), (subject.kind, "*")}
    return next((t for t in rule.targets if t.fix is not None and keys & set(t.keys)), None)


def _edits(
    rule: Rule,
    finding: Finding,
    edits: Sequence[Mapping[str, Any]],
    sources: Mapping[str, Source],
    parameters: Mapping[str, Any],
) -> list[Edit]:
    subject = finding.subject
    assert subject is not None
    made = []
    for edit in edits:
        at = edit_place(edit, finding.at)
        if knows_missing(subject.locator):
            made += _script_edits(rule, edit, subject, at, sources, parameters)
        elif edit["op"] == "remove":
            made.append(remove(subject, sources, at))
        elif "compute" in edit:
            value = compute_fix(rule, edit["compute"], subject, at, parameters)
            if edit["at"] == "match" and isinstance(value, list):
                made.append(replace(subject, sources, at, value))
            else:
                made.append(_computed(subject, sources, at, value))
        else:
            made.append(set_value(subject, sources, at, edit["to"]))
    return made


def _script_edits(
    rule: Rule,
    edit: Mapping[str, Any],
    subject: Subject,
    at: Path,
    sources: Mapping[str, Source],
    parameters: Mapping[str, Any],
) -> list[Edit]:
    """The same for a pipeline that is written with the SDK."""
    from linter.fixing.python import remove_keyword, set_keyword

    if edit["op"] == "remove":
        return remove_keyword(subject, sources, at)
    value = edit.get("to")
    if "compute" in edit:
        value = compute_fix(rule, edit["compute"], subject, at, parameters)
        if isinstance(value, dict):
            raise CannotFixError("several arguments at once are left to people")
    return set_keyword(subject, sources, at, value)


def _computed(subject: Subject, sources: Mapping[str, Source], at: Path, value: Any) -> Edit:
    """Set a value, or the first member of it that is missing: the next round sets the next."""
    there = dig(subject.raw, *at)
    if isinstance(value, dict) and isinstance(there, dict):
        key = next(key for key in value if lookup(there, key) is MISSING)
        return set_value(subject, sources, (*at, key), value[key])
    return set_value(subject, sources, at, value)


def _apply(text: str, edits: list[Edit]) -> tuple[str, set[Edit]]:
    """Apply edits that do not meet; the others wait for the next round."""
    done: set[Edit] = set()
    taken: list[tuple[int, int]] = []
    seen: set[tuple[int, str]] = set()
    pieces: list[tuple[int, int, str]] = []
    for edit in sorted(set(edits), key=lambda e: (e.start, e.end, e.key[1], e.text)):
        if edit.key in seen:
            done.add(edit)  # another instance of the same text asked for the same
            continue
        if any(edit.start < end and start < edit.end for start, end in taken):
            continue
        if any(edit.start == edit.end == start for start, _, _ in pieces):
            continue
        seen.add(edit.key)
        taken.append((edit.start, edit.end))
        pieces.append((edit.start, edit.end, edit.text))
        done.add(edit)
    out: list[str] = []
    position = 0
    for start, end, new in pieces:
        out += [text[position:start], new]
        position = end
    out.append(text[position:])
    return "".join(out), done


def _still_parses(path: str, old: str, new: str) -> bool:
    """Whether an edited text has no fault that it did not have before."""
    if path.endswith((".tf", ".tofu", ".tfvars")):
        from linter.readers.terraform.syntax.parser import FileParser

        return _faults(FileParser, path, new) <= _faults(FileParser, path, old)
    if path.endswith(".py"):
        import ast

        try:
            ast.parse(new)
        except (SyntaxError, ValueError, RecursionError):
            return False
        return True
    if path.endswith(".json"):
        try:
            json.loads(new)
        except ValueError:
            return False
        return True
    if path.endswith((".yaml", ".yml", ".template")):
        import yaml

        try:
            yaml.compose(new, Loader=yaml.SafeLoader)
        except yaml.YAMLError:
            return False
    return True


def _faults(parser: Any, path: str, text: str) -> int:
    reading = parser(Source(path, text))
    reading.parse()
    return len(reading.problems)
