"""ENC024: keys that AWS manages, wherever a step or a resource names a key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.documents import Document
from linter.core.values import Choice, Template, Unknown, lookup
from linter.domain.pipeline import BRANCH_KEYS, Step
from linter.policy.helpers import contains, fail, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.model import Project

_OPAQUE = frozenset(("Environment", "environment", "HyperParameters", "Tags", "tags", "tags_all"))
"""Members whose keys are the author's own words, not the service's."""
_NAMES = ("name", "key_id", "AliasName")
"""Attributes by which a data source or an alias says which key it stands for."""
_OWN = frozenset(
    "aws_kms_key aws_kms_replica_key aws_kms_external_key aws_kms_replica_external_key "
    "AWS::KMS::Key AWS::KMS::ReplicaKey".split()
)


def managed(subject: Subject, context: Context) -> Iterable[Outcome]:
    """Every text under a key with ``Kms`` in its name, and what its references lead to."""
    if subject.type in BRANCH_KEYS:
        return  # the steps inside are subjects of their own
    for path, value in subject.nodes:
        if not path or "kms" not in str(path[-1]).lower() or not _OPAQUE.isdisjoint(path):
            continue
        for option in value.values if isinstance(value, Choice) else (value,):
            truth = _by_aws(option, subject, context.project)
            if truth:
                yield fail(path)
            elif truth is None:
                yield unknown(option, path)


def _by_aws(key: Any, subject: Subject, project: Project) -> bool | None:
    if isinstance(key, str):
        return "alias/aws/" in key
    if not isinstance(key, Unknown | Template):
        return False  # none at all is for other rules, a block is no key
    truth = contains(key, "alias/aws/")
    if truth is not None:
        return truth
    domain = subject.domain
    document = domain.pipeline.document if isinstance(domain, Step) else domain
    if not isinstance(document, Document):
        return None
    found = [d for d in project.linked(key, document) if "kms" in d.type.lower()]
    verdicts = {_stands_for(item) for item in found}
    return verdicts.pop() if len(verdicts) == 1 else None


def _stands_for(document: Document) -> bool | None:
    """Whether a key, an alias or a data source is AWS's; ``None`` when that is not known."""
    if document.type in _OWN and document.kind != "terraform.data":
        return False
    names = [lookup(document.value, name) for name in _NAMES]
    truths = [contains(name, "alias/aws/") for name in names if isinstance(name, str | Template)]
    return True if True in truths else None if None in truths or not truths else False
