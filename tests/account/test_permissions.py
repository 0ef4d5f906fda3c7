"""The policy in docs/account.md: all that ``pull`` asks, and nothing that writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import linter.account
from linter.domain.iam.services import expand

ROOT = Path(__file__).parents[2]
CALLED_OTHERWISE = {
    # operation → the permission it needs, where that is not its name
    "list_buckets": "s3:ListAllMyBuckets",
    "get_bucket_encryption": "s3:GetEncryptionConfiguration",
    "get_bucket_lifecycle_configuration": "s3:GetLifecycleConfiguration",
    "get_public_access_block": "s3:GetBucketPublicAccessBlock",
}
NO_PERMISSION_IN_THE_POLICY = {
    "get_caller_identity",  # needs none
    "list_accounts",  # only with --organization, which the page says
    "list_models",  # what endpoints use is described by name
    "list_endpoint_configs",
}
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"""


def allowed() -> list[str]:
    text = (ROOT / "docs" / "account.md").read_text("utf-8")
    block = text.partition("<!-- policy -->")[2].split("```")[1].removeprefix("json")
    (statement,) = json.loads(block)["Statement"]
    actions: list[str] = statement["Action"]
    return actions


def operations() -> set[str]:
    folder = Path(str(linter.account.__file__)).parent
    found: set[str] = set()
    for path in folder.glob("*.py"):
        found.update(re.findall(r'"((?:list|describe|get)_[a-z0-9_]+)"', path.read_text("utf-8")))
    return found


def test_every_call_is_in_the_policy() -> None:
    names = {action.partition(":")[2].lower() for action in allowed()}
    asked = operations() - NO_PERMISSION_IN_THE_POLICY
    assert len(asked) > 50
    missing = [
        operation
        for operation in asked
        if CALLED_OTHERWISE.get(operation, f":{operation.replace('_', '')}")
        .partition(":")[2]
        .lower()
        not in names
    ]
    assert missing == []


def test_the_policy_allows_nothing_that_is_not_asked() -> None:
    asked = {
        CALLED_OTHERWISE.get(operation, f":{operation.replace('_', '')}").partition(":")[2].lower()
        for operation in operations()
    }
    assert [a for a in allowed() if a.partition(":")[2].lower() not in asked] == []


def test_the_policy_only_reads() -> None:
    for action in allowed():
        found = expand(action)
        assert found, f"{action} is no action of AWS"
        assert set(found[0].access_level.split(",")) <= {"List", "Read"}, action
