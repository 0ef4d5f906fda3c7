"""IAM079: a named way to an administrator of the scan (:mod:`linter.project.paths`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.sources import Related
from linter.core.values import lookup
from linter.domain.iam.patterns import matches
from linter.domain.iam.services import expand
from linter.domain.iam.ways import BECOMING, CARRIERS, OWN_POLICIES
from linter.policy.helpers import fail, unknown, why_unknown
from linter.policy.model import Context, Outcome, Subject
from linter.policy.statements import NormalLocator
from linter.project.model import Policy
from linter.project.paths import Grant, Step, graph_of
from rules.iam.arns import is_every
from rules.iam.reach import reaches_all
from rules.iam.reading import conditioned, elements, pipelines_of, statements

_SOUGHT = tuple(
    dict.fromkeys(
        (
            *OWN_POLICIES,
            *(action for action in BECOMING if action != "sts:assumerole"),
            *(action for carrier in CARRIERS for action in carrier.actions),
        )
    )
)


def named_path(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM079; passing a role is told by IAM021 to IAM032, assuming one by the role's own trust."""
    policy = subject.domain
    assert isinstance(policy, Policy)
    if not any(_speaks_of_a_step(statement) for statement in statements(subject.value)):
        return
    told = set()
    for holder, path in graph_of(context.project).paths_of(policy):
        first = path[0]
        grant = first.grants[0]
        if grant.source.policy is not policy or grant.path in told or _told_elsewhere(first):
            continue
        told.add(grant.path)
        if not all(step.certain for step in path):
            reason, references = why_unknown(grant.source.statement.value)
            yield unknown(
                f"whether {first.sentence} is open: {reason}", grant.path, references=references
            )
            continue
        yield fail(
            grant.path,
            f"{subject.title} makes an administrator of {holder.title}: {_words(path)}"
            f"{pipelines_of([holder.role] if holder.role is not None else [])}",
            detail=" ".join(g.action for g in first.grants),
            related=tuple(_others(path)),
        )


def _speaks_of_a_step(statement: Any) -> bool:
    """Whether a statement allows, or may allow, an action of a step; what is not known is noted."""
    if lookup(statement, "Effect") == "Deny":
        return False
    found = False
    for _, action in elements(statement, "Action", _SOUGHT):
        if isinstance(action, str):
            found = found or any(matches(action.lower(), name) for name in _SOUGHT)
    if found:
        for _ in elements(statement, "Resource"):
            pass  # what is not known of them is noted
        conditioned(statement)
    return found


def _told_elsewhere(step: Step) -> bool:
    """Whether a rule about every resource, or about passing roles, says it: IAM020 to IAM032."""
    if step.kind == "pass" or step.assumes:
        return True
    statement = step.grants[0].source.statement.value
    action = step.grants[0].action
    if reaches_all(statement, "role user group policy", [action]):
        return True
    return any(
        is_every(item, value)
        for item in expand(action)
        for _, value in elements(statement, "Resource")
    )


def _words(path: tuple[Step, ...]) -> str:
    *steps, last = path
    words = [f"{step.sentence}, and so becomes {_name(step)}" for step in steps]
    goal = "" if last.target is None else f", and so becomes {_name(last)}, which has "
    power = "" if last.target is None else (last.target.access.power or "more")
    return "; then ".join([*words, f"{last.sentence}{goal}{power}"])


def _name(step: Step) -> str:
    return "" if step.target is None else step.target.title


def _others(path: tuple[Step, ...]) -> Iterator[Related]:
    grants = [grant for step in path for grant in step.grants]
    for grant in grants[1:]:
        yield Related("the next step", _place(grant))


def _place(grant: Grant) -> Any:
    policy = grant.source.policy
    return NormalLocator(policy.locator, policy.value).locate(grant.path).span
