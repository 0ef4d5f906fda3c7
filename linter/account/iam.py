"""Roles, users, groups and customer managed policies of an account."""

from __future__ import annotations

from typing import Any

from linter.account.client import Account, DeniedError
from linter.account.snapshot import Area, Object, plain

OPERATION = "iam:get_account_authorization_details"
_FILTER = ["Role", "User", "Group", "LocalManagedPolicy"]


def pull_iam(account: Account, area: Area) -> int:
    """Everything that ``GetAccountAuthorizationDetails`` tells; gives how many objects.

    One operation, paged, whose documents are those in force: policies' default versions.
    """
    count = 0
    client = account.client("iam")
    try:
        pages = client.get_paginator("get_account_authorization_details").paginate(Filter=_FILTER)
        for page in pages:
            for role in page.get("RoleDetailList", ()):
                count += _put(area, "roles", role["RoleName"], _role(plain(role), area))
            for user in page.get("UserDetailList", ()):
                count += _put(area, "users", user["UserName"], _user(plain(user), area))
            for group in page.get("GroupDetailList", ()):
                count += _put(area, "groups", group["GroupName"], _group(plain(group), area))
            for policy in page.get("Policies", ()):
                made = _policy(plain(policy), area)
                if made is not None:
                    count += _put(area, "policies", policy["PolicyName"], made)
    except Exception as error:
        translated = account.translated(error, OPERATION)
        if not isinstance(translated, DeniedError):
            raise translated from error
        account.note(OPERATION, "", translated)
    return count


def _put(area: Area, folder: str, name: str, made: Object) -> int:
    area.put(folder, name, made)
    return 1


def _inline(entries: Any) -> list[dict[str, Any]]:
    return [
        {"PolicyName": entry["PolicyName"], "PolicyDocument": entry["PolicyDocument"]}
        for entry in sorted(entries or (), key=lambda entry: str(entry["PolicyName"]))
    ]


def _attached(entries: Any) -> list[str]:
    return sorted(str(entry["PolicyArn"]) for entry in entries or ())


def _common(data: dict[str, Any], policies: str) -> dict[str, Any]:
    """What roles, users and groups have in common, in a template's words."""
    made: dict[str, Any] = {"Path": data.pop("Path", "/")}
    inline, attached = (
        _inline(data.pop(policies, ())),
        _attached(data.pop("AttachedManagedPolicies", ())),
    )
    if inline:
        made["Policies"] = inline
    if attached:
        made["ManagedPolicyArns"] = attached
    boundary = data.pop("PermissionsBoundary", None)
    if boundary:
        made["PermissionsBoundary"] = boundary.get("PermissionsBoundaryArn", "")
    tags = data.pop("Tags", None)
    if tags:
        made["Tags"] = sorted(tags, key=lambda tag: str(tag.get("Key")))
    return made


def _role(data: dict[str, Any], area: Area) -> Object:
    properties = {"RoleName": data.pop("RoleName"), **_common(data, "RolePolicyList")}
    properties["AssumeRolePolicyDocument"] = data.pop("AssumeRolePolicyDocument", {})
    used = data.pop("RoleLastUsed", None) or {}
    data.pop("InstanceProfileList", None)
    arn = data.pop("Arn", "")
    if used:
        data["RoleLastUsed"] = used
    return Object("AWS::IAM::Role", arn, area.account, "", properties, data)


def _user(data: dict[str, Any], area: Area) -> Object:
    properties = {"UserName": data.pop("UserName"), **_common(data, "UserPolicyList")}
    groups = data.pop("GroupList", None)
    if groups:
        properties["Groups"] = sorted(groups)
    arn = data.pop("Arn", "")
    return Object("AWS::IAM::User", arn, area.account, "", properties, data)


def _group(data: dict[str, Any], area: Area) -> Object:
    properties = {"GroupName": data.pop("GroupName"), **_common(data, "GroupPolicyList")}
    arn = data.pop("Arn", "")
    return Object("AWS::IAM::Group", arn, area.account, "", properties, data)


def _policy(data: dict[str, Any], area: Area) -> Object | None:
    default = next(
        (item for item in data.pop("PolicyVersionList", ()) if item.get("IsDefaultVersion")), None
    )
    if default is None or "Document" not in default:
        return None
    properties = {
        "ManagedPolicyName": data.pop("PolicyName"),
        "Path": data.pop("Path", "/"),
        "PolicyDocument": default["Document"],
    }
    arn = data.pop("Arn", "")
    data["DefaultVersionId"] = default.get("VersionId", "")
    return Object("AWS::IAM::ManagedPolicy", arn, area.account, "", properties, data)
