"""IAM078: registering and approving models in one hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.reads import note
from linter.core.values import Unknown, lookup
from linter.domain.iam.patterns import matches
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.policy.statements import normal_policy
from linter.project.model import Policy
from rules.iam.principals import Grant, Principal, principals_of
from rules.iam.reading import (
    condition_entries,
    distinct,
    is_everything,
    is_service,
    open_condition,
    pipelines_of,
    plain_operator,
    statements,
)

_CREATE = "sagemaker:createmodelpackage"
_UPDATE = "sagemaker:updatemodelpackage"
_STATUS = "sagemaker:modelapprovalstatus"


def registers_and_approves(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """One outcome per principal, at the action that approves."""
    return distinct(_registers_and_approves(subject))


def _registers_and_approves(subject: Subject) -> Iterator[Outcome]:
    policy = subject.domain
    assert isinstance(policy, Policy)
    for principal in principals_of(policy):
        approving = next(iter(principal.granting(_UPDATE)), None)
        registering = next(iter(principal.granting(_CREATE)), None)
        pipelines = _registering_pipelines(principal)
        lacking = [
            principal.may_be_granted(action)
            for action, grant in ((_UPDATE, approving), (_CREATE, registering))
            if grant is None and not (pipelines and action == _CREATE)
        ]
        if lacking and None not in lacking:
            for maybe in lacking:
                if maybe is not None and maybe.policy is policy:
                    yield unknown(maybe.unknown, maybe.path)
                    break
            continue
        if approving is None or approving.policy is not policy or _is_whole(approving):
            continue
        if registering is None and not pipelines:
            continue
        if registering is not None and _is_whole(registering) and not pipelines:
            continue
        if any(_denied(held.value) for held in principal.policies):
            continue
        if principal.may_deny(_UPDATE, _on_status):
            continue
        limited = _excludes_approved(approving.statement)
        doubt = approving.doubt(_UPDATE) or (registering and registering.doubt(_CREATE))
        if doubt and not limited:
            yield unknown(doubt, approving.path)
        elif limited is None:
            yield unknown("its condition is not wholly known", approving.path)
        elif not limited:
            who = "the pipeline that registers models" if pipelines else "whoever holds it"
            yield fail(
                approving.path,
                f"{subject.title} allows sagemaker:UpdateModelPackage beside registering models: "
                f"{who} may approve them as well"
                f"{pipelines_of([principal.role] if principal.role else [])}",
            )


def _on_status(condition: Any) -> bool:
    """Whether a condition, unknowns left out, is about nothing but the state of an approval."""
    keys = [key.lower() for _, key, _ in condition_entries({"Condition": condition})]
    return set(keys) <= {_STATUS}


def _is_whole(grant: Grant) -> bool:
    return is_everything(grant.pattern) or is_service(grant.pattern)


def _registering_pipelines(principal: Principal) -> bool:
    role = principal.role
    for pipeline in [] if role is None else role.pipelines:
        note(*(value for _, value in pipeline.unknown_steps), *pipeline.loose_ends)
    return role is not None and any(
        step.type == "RegisterModel" for pipeline in role.pipelines for step in pipeline.steps
    )


def _excludes_approved(statement: Any) -> bool | None:
    """Whether an Allow holds only for other states than Approved; ``None`` when not known."""
    condition = lookup(statement, "Condition")
    if isinstance(condition, Unknown):
        return None
    for operator, key, values in condition_entries(statement):
        if key.lower() != _STATUS:
            continue
        plain = plain_operator(operator)
        listed = values if isinstance(values, list) else [values]
        if any(isinstance(value, Unknown) for value in listed):
            return None
        approved = any(isinstance(v, str) and matches(v.lower(), "approved") for v in listed)
        if plain in ("stringequals", "stringlike", "stringequalsignorecase"):
            return not approved
        if plain in ("stringnotequals", "stringnotlike", "stringnotequalsignorecase"):
            return approved
    return None if open_condition(statement) is not None else False


def _denied(policy: Any) -> bool:
    """Whether a Deny takes the approval away, for the state Approved or by exclusion."""
    for statement in statements(normal_policy(policy)):
        if lookup(statement, "Effect") != "Deny":
            continue
        actions = lookup(statement, "Action")
        if not isinstance(actions, list) or not any(
            isinstance(action, str) and matches(action.lower(), _UPDATE) for action in actions
        ):
            continue
        if any(key.lower() == _STATUS for _, key, _ in condition_entries(statement)):
            return True
    return False
