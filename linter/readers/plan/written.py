"""A plan's values as configuration: what nobody wrote is not there.

A plan spells out every attribute of a resource: ``null`` where nothing is set, ``[]`` for a block
that is absent, and attributes that the provider chooses beside those somebody wrote. Rules judge
what is configured, so the values are brought to the form that the configuration itself has.
"""

from __future__ import annotations

from typing import Any

from linter.core.values import Unknown
from linter.readers.embedded import TERRAFORM as EMBEDDED

_MAX_DEPTH = 100

PROVIDER_MAY_CHOOSE: dict[str, frozenset[str]] = {
    "aws_iam_role": frozenset({"managed_policy_arns", "inline_policy"}),
    "aws_s3_bucket": frozenset(
        {
            *("acl", "acceleration_status", "cors_rule", "grant", "lifecycle_rule", "logging"),
            *("object_lock_configuration", "policy", "replication_configuration"),
            *("request_payer", "server_side_encryption_configuration", "versioning", "website"),
        }
    ),
    "aws_security_group": frozenset({"ingress", "egress"}),
    "aws_sagemaker_notebook_instance": frozenset({"security_groups"}),
    "aws_vpc_endpoint": frozenset(
        {"policy", "route_table_ids", "security_group_ids", "subnet_ids", "subnet_configuration"}
    ),
}
"""Arguments that the provider fills in where nobody wrote them (optional and computed), as far
as somebody judges them. What it fills in is what other resources, or other people, have set."""

_KEPT = frozenset({"tags_all"})
"""Computed collections that say what the configuration says elsewhere: default tags."""


def chosen_by_provider(
    kind: str, value: dict[str, Any], written: dict[str, Any] | None
) -> frozenset[str]:
    """The arguments of a managed resource that may be the provider's choice.

    ``written`` are its expressions in the plan's configuration, ``None`` where the plan has none.
    """
    possible = PROVIDER_MAY_CHOOSE.get(kind, frozenset())
    return frozenset(key for key in possible if key in value and key not in (written or {}))


def as_configured(kind: str, value: dict[str, Any], written: dict[str, Any] | None) -> None:
    """Take out of a managed resource's values, in place, what nobody wrote."""
    if written is not None:
        for key in [key for key in value if key not in written and key not in _KEPT]:
            if _is_computed(kind, key, value[key]):
                del value[key]
    _without_absent(value, written, 0)


def _is_computed(kind: str, key: str, item: Any) -> bool:
    """Whether an argument that is not written is certainly not part of a ``dynamic`` block.

    A plan's configuration leaves ``dynamic`` blocks out, so that lists of objects may be theirs.
    """
    if (key,) in EMBEDDED.get(kind, ()):
        return True
    if isinstance(item, Unknown):
        return key in PROVIDER_MAY_CHOOSE.get(kind, ())
    if isinstance(item, list):
        return bool(item) and not any(isinstance(each, dict | Unknown) for each in item)
    return False


def _without_absent(value: dict[str, Any], written: Any, depth: int) -> None:
    for key in list(value):
        item = value[key]
        inner = written.get(key) if isinstance(written, dict) else None
        if item is None or (item == [] and not _is_argument(inner)):
            del value[key]
        elif depth < _MAX_DEPTH and isinstance(item, list):
            blocks = inner if isinstance(inner, list) else [inner]
            made = [dict(each) if isinstance(each, dict) else each for each in item]
            for index, each in enumerate(made):
                if isinstance(each, dict):
                    block = blocks[index] if index < len(blocks) else None
                    _without_absent(each, block, depth + 1)
            value[key] = made


def _is_argument(node: Any) -> bool:
    """Whether the configuration writes an argument there, not a block."""
    return isinstance(node, dict) and ("constant_value" in node or "references" in node)
