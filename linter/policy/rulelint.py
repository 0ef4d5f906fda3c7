"""Look at rules themselves: conditions that cannot hold, paths that cannot exist, weak messages.

``rules test`` shows that a rule does what its examples say. This shows what examples rarely
reach: a misspelt member name, two limits that exclude each other, a message without its subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from linter.core.record import record
from linter.policy.jsonpath import Steps, freeze
from linter.policy.messages import parse_message
from linter.policy.rule import STEP_KIND, Rule, Target
from linter.policy.suggest import did_you_mean

STEP_MEMBERS = (
    "Name",
    "Type",
    "Arguments",
    "DependsOn",
    "CacheConfig",
    "RetryPolicies",
    "DisplayName",
    "Description",
    "PropertyFiles",
    "FailStepError",
    "SqsQueueUrl",
    "OutputParameters",
    "FunctionArn",
    "ClusterId",
    "ClusterConfig",
    "CheckType",
    "FailOnViolation",
    "SkipCheck",
    "RegisterNewBaseline",
    "ModelPackageGroupName",
    "SuppliedBaselineConstraints",
    "SuppliedBaselineStatistics",
    "BaselineUsedForDriftCheckConstraints",
    "BaselineUsedForDriftCheckStatistics",
    "ExecutionRoleArn",
    "StepConfig",
)
"""Members of a step object, as the SDK writes them; ``Arguments`` are checked by request shape."""

PIPELINE_MEMBERS = ("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "Steps")
STATEMENT_MEMBERS = (
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
)
POLICY_MEMBERS = ("Version", "Id", "Statement")

_MEMBERS = {
    STEP_KIND: STEP_MEMBERS,
    "pipeline": PIPELINE_MEMBERS,
    "iam.statement": STATEMENT_MEMBERS,
    "iam.policy": POLICY_MEMBERS,
}

_FAIL_WORDS = frozenset({"bad", "invalid", "wrong", "error"})


@record
class Complaint:
    rule: str
    file: str
    reason: str


def lint_rules(rules: Sequence[Rule]) -> list[Complaint]:
    """Everything that is doubtful about the rules, in their order."""
    found: list[Complaint] = []
    ids: dict[str, Rule] = {}
    names: dict[str, Rule] = {}
    for rule in rules:
        for what, seen, word in (("id", ids, rule.id), ("name", names, rule.meta.name)):
            if word in seen:
                reason = f"the {what} {word} is already that of {seen[word].file}"
                found.append(Complaint(rule.id, rule.file, reason))
            seen.setdefault(word, rule)
        reasons = dict.fromkeys(_rule_reasons(rule))
        found.extend(Complaint(rule.id, rule.file, reason) for reason in reasons)
    return found


def _rule_reasons(rule: Rule) -> Iterator[str]:
    for target in rule.targets:
        if target.subject != "project":
            yield from _message_reasons(target)
        if target.check:
            yield from _check_reasons(rule, target)
        for path, steps in _paths(target):
            yield from _path_reasons(target, path, steps)
        for words in _contradictions([*target.when]):
            yield f"when of {target.subject} can never hold: {words}"
        for words in _contradictions([*target.require]):
            yield f"require of {target.subject} can never hold, so everything fails: {words}"
        for condition in _tests([*target.when, *target.require]):
            yield from _regex_reasons(condition)
        if target.when and any(condition in target.when for condition in target.require):
            yield f"require of {target.subject} repeats a condition of when: it cannot fail"
    used = _used_parameters(rule)
    if rule.is_data:
        for name in rule.meta.parameters:
            if name not in used:
                yield f"the parameter {name} is not used"


def _message_reasons(target: Target) -> Iterator[str]:
    for text in (target.message, target.missing_message):
        if not text:
            continue
        names = {name for kind, name in parse_message(text) if kind == "name"}
        if not names & {"title", "step", "name"}:
            yield f"the message does not name its subject: {text!r}"
        words = set(re.findall(r"[a-z]+", text.lower()))
        if len(words) < 5 and words & _FAIL_WORDS:
            yield f"the message does not say what is wrong: {text!r}"
        if text.endswith("."):
            yield "the message ends with a full stop"


def _check_reasons(rule: Rule, target: Target) -> Iterator[str]:
    from linter.policy.checks import CheckError, load_check

    try:
        load_check(rule, target)
    except CheckError as error:
        yield str(error)


def _tests(conditions: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every test in conditions, at any depth."""
    stack = list(conditions)
    while stack:
        condition = stack.pop()
        if "tests" in condition:
            yield condition
        elif "not" in condition:
            stack.append(condition["not"])
        else:
            stack.extend(condition.get("all") or condition.get("any") or ())


def _paths(target: Target) -> Iterator[tuple[str, Steps]]:
    for condition in _tests([*target.when, *target.require]):
        yield condition["path"], freeze(condition["steps"])
        for operand in condition["tests"].values():
            if isinstance(operand, dict) and "steps" in operand:
                yield operand["path"], freeze(operand["steps"])
    for key in ("at", "else_at"):
        steps = target.report.get(key)
        if steps and steps != "match":
            yield f"report {key}", freeze(steps)
    for edit in (target.fix or {}).get("edits", ()):
        if edit["at"] != "match":
            yield "fix", freeze(edit["at"])


def _path_reasons(target: Target, path: str, steps: Steps) -> Iterator[str]:
    if not steps or steps[0][0] != "key":
        return
    first = steps[0][1]
    for kind in {kind for kind, _ in target.keys}:
        members = _MEMBERS.get(kind)
        if members is not None and first not in members:
            yield f"{path}: {kind} has no member {first}{did_you_mean(first, members)}"
        elif kind.startswith("terraform") and not re.fullmatch(r"[a-z0-9_]+", first):
            yield f"{path}: Terraform attributes are in lower case with underscores"
        elif kind == "cloudformation" and not first[:1].isupper():
            yield f"{path}: CloudFormation properties start with a capital"
    if first == "Arguments" and len(steps) > 1:
        yield from _argument_reasons(target, path, steps[1:])


def _argument_reasons(target: Target, path: str, steps: Steps) -> Iterator[str]:
    """A path below Arguments that no step type of the target can have."""
    from linter.domain.shapes import OPERATIONS, valid_path

    types = [type_ for kind, type_ in target.keys if kind == STEP_KIND]
    if not types or any(type_ not in OPERATIONS for type_ in types):
        return
    known: list[str | int] = []
    for step in steps:
        if step[0] == "key":
            known.append(step[1])
        elif step[0] in ("all", "index"):
            known.append(0)
        else:
            break
    if known and not any(valid_path(type_, tuple(known)) for type_ in types):
        yield f"{path}: no request of {', '.join(types)} has this member"


def _contradictions(conditions: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Tests of one path that exclude each other, among conditions that must all hold."""
    flat: list[dict[str, Any]] = []
    stack = list(conditions)
    while stack:
        condition = stack.pop()
        if "all" in condition:
            stack.extend(condition["all"])
        elif "tests" in condition and condition["quantifier"] == "every":
            flat.append(condition)
    merged: dict[str, dict[str, list[Any]]] = {}
    for condition in flat:
        tests = merged.setdefault(condition["path"], {})
        for name, operand in condition["tests"].items():
            if not isinstance(operand, dict):
                tests.setdefault(name, []).append(operand)
            elif name == "length" and not any(isinstance(v, dict) for v in operand.values()):
                for word, limit in operand.items():
                    tests.setdefault(f"length.{word}", []).append(limit)
    for path, tests in merged.items():
        yield from _path_contradictions(path, tests)


def _path_contradictions(path: str, tests: dict[str, list[Any]]) -> Iterator[str]:
    for presence in ("set", "exists"):
        if {True, False} <= set(tests.get(presence, ())):
            yield f"{path} is required both to be there and not to be"
        if False in tests.get(presence, ()) and len(tests) > 1:
            others = [name for name in tests if name not in ("set", "exists", "none_of")]
            if others:
                yield f"{path} is required not to be there, and {others[0]}"
    equal = tests.get("equals", [])
    if any(other != equal[0] for other in equal[1:]):
        yield f"{path} is required to equal two different values"
    for allowed in tests.get("one_of", ()):
        if equal and equal[0] not in allowed:
            yield f"{path} is required to equal {equal[0]!r}, which one_of does not allow"
        for refused in tests.get("none_of", ()):
            if all(item in refused for item in allowed):
                yield f"{path}: none_of refuses everything that one_of allows"
    for prefix in ("", "length."):
        low = max(tests.get(f"{prefix}gte", []) + tests.get(f"{prefix}gt", []), default=None)
        high = min(tests.get(f"{prefix}lte", []) + tests.get(f"{prefix}lt", []), default=None)
        if low is None or high is None:
            continue
        strict = low in tests.get(f"{prefix}gt", ()) or high in tests.get(f"{prefix}lt", ())
        if low > high or (low == high and strict):
            yield f"{path}: no number is above {low} and below {high}"


def _regex_reasons(condition: dict[str, Any]) -> Iterator[str]:
    pattern = condition["tests"].get("matches")
    if not isinstance(pattern, str):
        return
    if pattern.startswith("^") or pattern.endswith("$"):
        yield f"matches compares the whole text; leave out ^ and $ in {pattern!r}"
    if re.search(r"(?<!\\)[a-z0-9]\.(com|net|org|amazonaws)", pattern):
        yield f"a dot in {pattern!r} matches any character; write \\."
    if pattern.startswith(".*") and pattern.endswith(".*") and len(pattern) > 4:
        yield f"contains says the same as matches {pattern!r}"


def _used_parameters(rule: Rule) -> set[str]:
    used: set[str] = set()
    for target in rule.targets:
        for text in (target.message, target.missing_message):
            used.update(name for kind, name in parse_message(text) if kind == "param")
        for condition in _tests([*target.when, *target.require]):
            stack: list[Any] = list(condition["tests"].values())
            while stack:
                operand = stack.pop()
                if isinstance(operand, dict):
                    if "parameter" in operand:
                        used.add(operand["parameter"])
                    stack.extend(operand.values())
    return used
