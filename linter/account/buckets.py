"""The buckets that pipelines, models and roles use: encryption, lifecycle, access."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from linter.account.client import Account, DeniedError, GoneError
from linter.account.snapshot import Area, Object, plain

_DEFAULT = "ApplyServerSideEncryptionByDefault"
_BUCKET_URI = re.compile(r"(?:s3a?://|arn:aws[a-z-]*:s3:::)([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])")


def buckets_in(values: Iterable[Any]) -> set[str]:
    """Names of buckets in ``s3://`` addresses and ARNs anywhere in some values."""
    found: set[str] = set()
    for text in texts(values):
        if "s3" in text:
            found.update(_BUCKET_URI.findall(text))
    return found


def texts(values: Iterable[Any]) -> Iterator[str]:
    """Every text inside some values, however deep."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)


def pull_buckets(account: Account, area: Area, names: Iterable[str]) -> int:
    """The buckets of these names that the account owns in this region; gives how many.

    Buckets of others (AWS's example data, another team's account) are not asked about.
    """
    listed = account.listed("s3", "list_buckets", "Buckets")
    owned = {str(bucket["Name"]): bucket for bucket in plain(listed)}
    client_region = account.region
    wanted = [name for name in sorted(set(names)) if name in owned]
    account.client("s3")

    def pull(name: str) -> int:
        where = owned[name].get("BucketRegion") or _location(account, name)
        if where != client_region:
            return 0
        area.put("buckets", name, _bucket(account, area, name, owned[name]))
        _policy(account, area, name)
        return 1

    return sum(account.each("buckets", pull, wanted))


def _location(account: Account, name: str) -> str:
    answer = account.asked("s3", "get_bucket_location", name, Bucket=name)
    where = str(answer.get("LocationConstraint") or "us-east-1")
    return "eu-west-1" if where == "EU" else where


def _bucket(account: Account, area: Area, name: str, listed: dict[str, Any]) -> Object:
    properties: dict[str, Any] = {"BucketName": name}

    def ask(operation: str, member: str) -> Any:
        return plain(account.asked("s3", operation, name, Bucket=name).get(member))

    encryption = ask("get_bucket_encryption", "ServerSideEncryptionConfiguration")
    if encryption:
        properties["BucketEncryption"] = {
            "ServerSideEncryptionConfiguration": [
                _renamed(rule, {_DEFAULT: "ServerSideEncryptionByDefault"})
                for rule in encryption.get("Rules", ())
            ]
        }
    versioning = ask("get_bucket_versioning", "Status")
    if versioning:
        properties["VersioningConfiguration"] = {"Status": versioning}
    block = ask("get_public_access_block", "PublicAccessBlockConfiguration")
    if block:
        properties["PublicAccessBlockConfiguration"] = block
    rules = ask("get_bucket_lifecycle_configuration", "Rules")
    if rules:
        properties["LifecycleConfiguration"] = {"Rules": [lifecycle_rule(rule) for rule in rules]}
    logging = ask("get_bucket_logging", "LoggingEnabled")
    if logging:
        properties["LoggingConfiguration"] = {
            "DestinationBucketName": logging.get("TargetBucket", ""),
            "LogFilePrefix": logging.get("TargetPrefix", ""),
        }
    ownership = ask("get_bucket_ownership_controls", "OwnershipControls")
    if ownership:
        properties["OwnershipControls"] = {"Rules": ownership.get("Rules", [])}
    tags = ask("get_bucket_tagging", "TagSet")
    if tags:
        properties["Tags"] = sorted(tags, key=lambda tag: str(tag.get("Key")))
    observed = {"CreationDate": listed.get("CreationDate")}
    arn = f"arn:{account.partition}:s3:::{name}"
    return Object("AWS::S3::Bucket", arn, area.account, area.region, properties, observed)


def _renamed(data: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in data.items()}


def lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A lifecycle rule of S3's API in CloudFormation's words.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
    aws-properties-s3-bucket-rule.html
    """
    made: dict[str, Any] = {"Status": rule.get("Status", "Enabled")}
    if rule.get("ID"):
        made["Id"] = rule["ID"]
    filters = rule.get("Filter") or {}
    both = filters.get("And") or filters
    prefix = both.get("Prefix", rule.get("Prefix"))
    if prefix:
        made["Prefix"] = prefix
    tags = both.get("Tags") or ([both["Tag"]] if both.get("Tag") else [])
    if tags:
        made["TagFilters"] = tags
    for size in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if size in both:
            made[size] = both[size]
    expiration = rule.get("Expiration") or {}
    for theirs, ours in (
        ("Days", "ExpirationInDays"),
        ("Date", "ExpirationDate"),
        ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
    ):
        if theirs in expiration:
            made[ours] = expiration[theirs]
    if rule.get("Transitions"):
        made["Transitions"] = [
            _renamed(item, {"Days": "TransitionInDays", "Date": "TransitionDate"})
            for item in rule["Transitions"]
        ]
    if rule.get("NoncurrentVersionExpiration"):
        made["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    if rule.get("NoncurrentVersionTransitions"):
        made["NoncurrentVersionTransitions"] = [
            _renamed(item, {"NoncurrentDays": "TransitionInDays"})
            for item in rule["NoncurrentVersionTransitions"]
        ]
    abort = rule.get("AbortIncompleteMultipartUpload")
    if abort:
        made["AbortIncompleteMultipartUpload"] = abort
    return made


def _policy(account: Account, area: Area, name: str) -> None:
    try:
        answer = account.call("s3", "get_bucket_policy", Bucket=name)
    except GoneError:
        return
    except DeniedError as error:
        account.note("s3:get_bucket_policy", name, error)
        return
    try:
        document = json.loads(answer.get("Policy", ""))
    except ValueError:
        return
    made = Object(
        "AWS::S3::BucketPolicy",
        f"arn:{account.partition}:s3:::{name}",
        area.account,
        area.region,
        {"Bucket": name, "PolicyDocument": document},
    )
    area.put("bucket-policies", name, made)
