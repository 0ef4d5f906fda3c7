"""IAM038 to IAM048: conditions that hold SageMaker jobs to a standard, and ones that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from linter.core.values import MISSING, lookup
from linter.domain.iam.services import Action, expand
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.project.model import Policy
from rules.iam.principals import principals_of
from rules.iam.reading import (
    allows,
    condition_entries,
    elements,
    open_condition,
    policy_of,
)

KEYS: dict[str, tuple[tuple[str, ...], str]] = {
    "IAM038": (("sagemaker:VpcSubnets", "sagemaker:VpcSecurityGroupIds"), "in which network"),
    "IAM039": (("sagemaker:NetworkIsolation",), "whether with network isolation"),
    "IAM040": (
        ("sagemaker:VolumeKmsKeyArn", "sagemaker:OutputKmsKeyArn"),
        "with which key",
    ),
    "IAM041": (
        ("sagemaker:InterContainerTrafficEncryption",),
        "whether with encrypted traffic",
    ),
    "IAM042": (("sagemaker:InstanceTypes",), "on which instance types"),
    "IAM043": (
        ("sagemaker:MaxRuntimeInSeconds", "sagemaker:KeepAlivePeriod"),
        "for how long",
    ),
    "IAM044": (
        (
            "sagemaker:RootAccess",
            "sagemaker:DirectInternetAccess",
            "sagemaker:MinimumInstanceMetadataServiceVersion",
        ),
        "with which access",
    ),
    "IAM045": (("sagemaker:EnableRemoteDebug",), "whether with remote debugging"),
    "IAM046": (
        ("sagemaker:AppNetworkAccessType", "sagemaker:OwnerUserProfileArn"),
        "with which network access and for whom",
    ),
}
"""Rule → keys of which one must be in the condition, and what they decide."""
_MULTIVALUED = ("vpcsubnets", "vpcsecuritygroupids", "instancetypes", "imagearns")
_GUARDS = frozenset(
    name
    for keys, _ in KEYS.values()
    for key in keys
    for name in (key.lower(), key.lower().removesuffix("arn"))
) | {"sagemaker:imagearns"}
_SAYS_WHO = ("aws:principal", "aws:source", "aws:vpc", "aws:userid", "aws:username")
"""How keys begin that say who asks, or from where. ``aws:TagKeys`` is often left out on purpose."""
_LEGACY = ("sagemaker:volumekmskey", "sagemaker:outputkmskey")


def _check(rule: str) -> Callable[[Subject, Context], Iterable[Outcome]]:
    keys, decides = KEYS[rule]
    wanted = {key.lower() for key in keys}
    accepted = wanted | {key.removesuffix("arn") for key in wanted}

    def check(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
        if not allows(subject):
            return
        condition = lookup(subject.value, "Condition")
        present = set(_condition_keys(condition))
        if accepted & present:
            return
        for path, action in elements(subject.value, "Action", ("sagemaker:*",)):
            if not isinstance(action, str) or not action.lower().startswith("sagemaker:"):
                continue
            able = [
                item.name
                for item in expand(action.lower())
                if wanted & {key.lower() for key in item.condition_keys}
                and not _denied_without(policy_of(subject), item, accepted)
            ]
            if not able:
                continue
            hidden = open_condition(subject.value)
            if hidden is not None:
                yield unknown(hidden, path)
                return
            listed = ", ".join(able[:3]) + (f" and {len(able) - 3} more" if len(able) > 3 else "")
            yield fail(
                path,
                f"{subject.title} allows {listed} without a condition that says {decides}",
                detail=action.lower(),
            )

    return check


iam038 = _check("IAM038")
iam039 = _check("IAM039")
iam040 = _check("IAM040")
iam041 = _check("IAM041")
iam042 = _check("IAM042")
iam043 = _check("IAM043")
iam044 = _check("IAM044")
iam045 = _check("IAM045")
iam046 = _check("IAM046")


def _denied_without(policy: Policy, action: Action, keys: set[str]) -> bool:
    """Whether a Deny takes the action away from everybody with the policy, always or by a key."""
    name = action.full_name.lower()
    return all(
        not principal.may(name)
        or any(
            keys & set(_condition_keys(lookup(denial.value, "Condition")))
            for denial in principal.denials_about(name)
        )
        or principal.may_deny(name, lambda found: bool(keys & set(_condition_keys(found))))
        for principal in principals_of(policy)
    )


def _condition_keys(condition: object) -> Iterator[str]:
    for keys in condition.values() if isinstance(condition, dict) else ():
        yield from (str(key).lower() for key in keys) if isinstance(keys, dict) else ()


def bypassable(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM047: a guard that also holds when the request says nothing."""
    if not allows(subject):
        return
    entries = list(condition_entries(subject.value))
    demanded = {
        key.lower()
        for operator, key, values in entries
        if operator.lower() == "null" and not _asks_for_absence(values)
    }
    hidden = open_condition(subject.value)
    for operator, key, _ in entries:
        lowered, name = operator.lower(), key.lower()
        says_who = lowered.startswith("forallvalues:") and name.startswith(_SAYS_WHO)
        if (name not in _GUARDS and not says_who) or name in demanded:
            continue
        multi = says_who or name.removeprefix("sagemaker:") in _MULTIVALUED
        if lowered.startswith("forallvalues:") and multi:
            why = "ForAllValues holds for an empty list"
        elif lowered.endswith("ifexists"):
            why = "IfExists holds when the key is absent"
        else:
            continue
        if hidden is not None:
            yield unknown(hidden, ("Condition", operator, key))  # the key may be demanded there
            continue
        yield fail(
            ("Condition", operator, key),
            f"{subject.title} guards with {operator} on {key}: {why}, so a request that "
            "leaves it out passes",
            key=True,
        )


def _asks_for_absence(values: Any) -> bool:
    """``Null: "true"``, which holds of requests without the key, and demands nothing."""
    listed = values if isinstance(values, list) else [values]
    return bool(listed) and all(str(value).lower() == "true" for value in listed)


def unsupported_key(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM048: a service's condition key that none of the actions knows."""
    condition = lookup(subject.value, "Condition")
    if not isinstance(condition, dict) or lookup(subject.value, "Action") is MISSING:
        return
    actions = [a for _, a in elements(subject.value, "Action")]
    if not all(isinstance(action, str) for action in actions):
        return
    items = [item for action in actions for item in expand(str(action).lower())]
    known = {_bare(key) for item in items for key in item.condition_keys}
    services = {item.service for item in items}
    if not items:
        return
    for operator, key, _ in condition_entries(subject.value):
        name = key.lower()
        prefix = name.partition(":")[0]
        if ":" not in name and "$" not in name:
            yield fail(
                ("Condition", operator, key),
                f"{subject.title} has a condition on {key}, which is no condition key: each begins "
                "with aws: or with a service",
                key=True,
                severity=Severity.MEDIUM,
            )
            continue
        if prefix == "iam" and services.isdisjoint(("iam", "sts")):
            yield fail(
                ("Condition", operator, key),
                f"{subject.title} has a condition on {key}, which is of IAM's own actions, and "
                "allows none: then the statement never applies",
                key=True,
            )
            continue
        if prefix in ("aws", "iam", "kms", "sts", "saml") or ":" not in name:
            continue  # global keys, and keys that reach other services
        if "resourcetag" in name or "requesttag" in name:
            continue  # keys of the resource's type, which actions do not list
        if prefix not in services or name in _LEGACY:
            continue
        if _bare(name) not in known:
            yield fail(
                ("Condition", operator, key),
                f"{subject.title} has a condition on {key}, which none of its actions knows by "
                "the authorization reference: then the statement never applies",
                key=True,
            )


def _bare(key: str) -> str:
    return key.lower().partition("/")[0]
