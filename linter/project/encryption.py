"""With which key a bucket encrypts what is stored without one: its default encryption."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document
from linter.core.reads import unwatched
from linter.core.values import MISSING, Choice, Template, Unknown, lookup
from linter.project.buckets import (
    BUCKET,
    CLOUDFORMATION_BUCKET,
    bucket_name,
    bucket_of,
    companions,
    unplaced,
)
from linter.project.model import Project
from linter.project.named import name_of

_ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration"
_KMS = ("aws:kms", "aws:kms:dsse")
_BUCKETS = (BUCKET, CLOUDFORMATION_BUCKET)


def buckets_at(location: Any, home: Document, project: Project) -> list[Document]:
    """The buckets of the scan that an ``s3://`` location written in ``home`` may lead to.

    Empty where it leads to one that the scan does not hold, or nobody knows where.
    """
    if isinstance(location, Choice):
        each = [buckets_at(value, home, project) for value in location.values]
        return [bucket for found in each for bucket in found] if all(each) else []
    if not isinstance(location, str | Template):
        return []
    return [bucket for kind in _BUCKETS for bucket in bucket_of(project, location, home, kind)]


def may_lead_to_key(location: Any, project: Project) -> bool:
    """Whether a location, of which it is not known where it leads, may lead to such a bucket."""
    if isinstance(location, Choice):
        return any(may_lead_to_key(value, project) for value in location.values)
    if isinstance(location, Template):
        location = bucket_name(location) if location.prefix.startswith("s3://") else Unknown("")
    if not isinstance(location, Unknown | Template):
        return False
    return any(_may_be_called(bucket, location) for bucket in _with_key(project))


_keyed: WeakKeyDictionary[Project, list[Document]] = WeakKeyDictionary()


def _with_key(project: Project) -> list[Document]:
    """The buckets whose default encryption is, or may be, a key of the user's."""
    if project not in _keyed:
        with unwatched():
            buckets = project.of_type(*_BUCKETS)
            _keyed[project] = [b for b in buckets if customer_key(b, project) is not False]
    return _keyed[project]


def _may_be_called(bucket: Document, name: Unknown | Template) -> bool:
    own = name_of(bucket)
    return name.may_equal(own) if isinstance(name, Template) and isinstance(own, str) else True


def customer_key(bucket: Document, project: Project) -> bool | None:
    """Whether a bucket's default encryption is a KMS key of the user's; ``None``: not known."""
    return _verdict(bucket, project, lambda named, key: _is_customers(named, key))


def with_kms(bucket: Document, project: Project) -> bool | None:
    """Whether a bucket's default encryption is KMS, with whichever key; ``None``: not known."""
    return _verdict(bucket, project, lambda named, _: _is_kms(named))


def encryption_of_another(bucket: Document, project: Project) -> Document | None:
    """A resource that may say it, where none certainly does."""
    if bucket.type == CLOUDFORMATION_BUCKET or companions(project, bucket, _ENCRYPTION):
        return None
    return unplaced(project, _ENCRYPTION, bucket)


def _verdict(
    bucket: Document, project: Project, judge: Callable[[Any, Any], bool | None]
) -> bool | None:
    """What ``judge`` says of the algorithm and the key of a bucket's default encryption."""
    defaults: list[Any] = []
    whole: Any
    if bucket.type == CLOUDFORMATION_BUCKET:
        whole = lookup(bucket.value, "BucketEncryption")
        for rule in _items(lookup(whole, "ServerSideEncryptionConfiguration")):
            defaults.append(lookup(rule, "ServerSideEncryptionByDefault"))
        names = ("SSEAlgorithm", "KMSMasterKeyID")
    else:
        whole = lookup(bucket.value, "server_side_encryption_configuration")
        sources = [*_items(whole), *(c.value for c in companions(project, bucket, _ENCRYPTION))]
        for source in sources:
            for rule in _items(lookup(source, "rule")):
                defaults += _items(lookup(rule, "apply_server_side_encryption_by_default"))
        names = ("sse_algorithm", "kms_master_key_id")
    if not defaults:
        may_follow = (
            isinstance(whole, Unknown) or unplaced(project, _ENCRYPTION, bucket) is not None
        )
        return None if may_follow else False
    verdicts = {judge(*(lookup(item, name) for name in names)) for item in defaults}
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _items(value: Any) -> Iterator[Any]:
    if value is MISSING or value is None:
        return
    yield from value if isinstance(value, list) else [value]


def _is_customers(algorithm: Any, key: Any) -> bool | None:
    kms = _is_kms(algorithm)
    return _names_own_key(key) if kms else kms


def _is_kms(algorithm: Any) -> bool | None:
    if isinstance(algorithm, Template):
        return None if any(map(algorithm.may_equal, _KMS)) else False
    options: tuple[Any, ...] = (algorithm,)
    if isinstance(algorithm, Choice):
        options = algorithm.values
    elif isinstance(algorithm, Unknown):
        options = algorithm.alternatives
    known = {option in _KMS for option in options if isinstance(option, str)}
    if not all(isinstance(option, str) for option in options):
        return None if isinstance(algorithm, Unknown | Choice) else False
    return known.pop() if len(known) == 1 else None


def _names_own_key(key: Any) -> bool | None:
    """Whether a key is one of the user's; a reference that is not resolved counts as one."""
    if key is MISSING or key is None or key == "":
        return False
    if isinstance(key, Unknown):
        if any(item is None or item == "" for item in key.alternatives):
            return None
        return True if key.references or key.alternatives else None
    return "alias/aws/" not in str(key)
