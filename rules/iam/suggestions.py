"""What a wildcard in a role's policy can be replaced by: what its pipelines need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.documents import Path
from linter.core.values import dig
from linter.domain.iam.derive import not_derived
from linter.domain.iam.patterns import matches
from linter.policy.model import CannotFixError, Subject
from linter.project.model import Role
from linter.project.reach import needs_of
from rules.iam.reading import policy_of

_KNOWN_USERS = frozenset({"pipeline", "step"})


def needed_actions(subject: Subject, at: Path, parameters: Mapping[str, Any]) -> list[str]:  # noqa: ARG001
    """The actions behind a pattern that the pipelines of the policy's roles need, sorted.

    Raises:
        CannotFixError: something else may need the role, or the pipelines need none of them.
    """
    pattern = str(dig(subject.value, *at)).lower()
    policy = policy_of(subject)
    if not policy.roles or policy.people or policy.held_elsewhere:
        raise CannotFixError("no role in the scan has the policy, so what it is for is not known")
    for holder in policy.possible_principals:
        raise CannotFixError(f"whether {holder} has the policy is not known")
    needed: set[str] = set()
    for role in policy.roles:
        _refuse_others(role)
        needed.update(action for needs in needs_of(role) for action in needs.actions)
    found = sorted(action for action in needed if matches(pattern, action.lower()))
    if not found:
        raise CannotFixError("the pipelines need none of these actions; take the statement out")
    return found


def _refuse_others(role: Role) -> None:
    if not role.pipelines:
        raise CannotFixError(f"no pipeline in the scan runs with {role.address}")
    for title in role.possibly_used_by:
        raise CannotFixError(f"whether {title} runs with {role.address} is not known")
    for title, kind in role.used_by:
        if kind not in _KNOWN_USERS:
            raise CannotFixError(
                f"{title} uses {role.address} as well, and its needs are not known"
            )
    for pipeline in role.pipelines:
        for line in not_derived(pipeline):
            raise CannotFixError(f"of pipeline {pipeline.title}, {line}")
    if not needs_of(role):
        raise CannotFixError(f"what the pipelines of {role.address} need is not known")
