"""REL014: resources that hold what cannot be made again, and that one apply can delete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.documents import Document
from linter.core.values import MISSING, Unknown
from linter.policy.helpers import as_bool, fail, known_values, select, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.environments import is_non_production, unread_environment

_CONFIGURATION = (".tf", ".tf.json", ".tofu", ".tofu.json")
_ONLINE = {
    "aws_sagemaker_feature_group": "$.online_store_config[*].enable_online_store",
    "AWS::SageMaker::FeatureGroup": "$.OnlineStoreConfig.EnableOnlineStore",
}
_LOST = {
    "aws_sagemaker_feature_group": "with the records of its online store",
    "AWS::SageMaker::FeatureGroup": "with the records of its online store",
    "aws_sagemaker_domain": "and its users lose the way to their files",
    "AWS::SageMaker::Domain": "and its users lose the way to their files",
    "aws_sagemaker_model_package_group": "with the record of what was approved",
    "AWS::SageMaker::ModelPackageGroup": "with the record of what was approved",
}
_KEPT = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})


def unprotected(subject: Subject, context: Context) -> Iterable[Outcome]:
    """REL014: neither ``prevent_destroy`` nor a ``DeletionPolicy`` that keeps it."""
    document = subject.domain
    assert isinstance(document, Document)
    if is_non_production(document, context.project, context.parameters["environments"]):
        return
    held = _held(document)
    if held is False:
        return
    unread = unread_environment(document, context.project)
    if unread is None and held is not True:
        unread = held
    lost = _LOST[document.type]
    if subject.kind == "terraform":
        matches = select(document.value, "$.lifecycle[*].prevent_destroy")
        if any(as_bool(match.value) for match in matches):
            return
        hidden = next((m.value for m in matches if isinstance(m.value, Unknown)), None)
        if hidden is not None:
            yield unknown(hidden)
        elif document.path.endswith(_CONFIGURATION):
            if unread is not None:
                yield unknown(unread, () if unread is held else ("tags",))
                return
            by = "by an apply that replaces or drops it"
            yield fail(message=f"{subject.title} is deleted {by}, {lost}")
        else:
            yield unknown("a plan does not say whether prevent_destroy is set")
        return
    policy = document.attributes.get("DeletionPolicy", MISSING)
    if policy is not MISSING and not known_values(policy):
        yield unknown(policy)
    elif not _KEPT.intersection(v for v in known_values(policy) if isinstance(v, str)):
        if unread is not None:
            yield unknown(unread, () if unread is held else ("Tags",))
            return
        yield fail(message=f"{subject.title} is deleted with its stack, {lost}")


def _held(document: Document) -> Any:
    """Whether deleting it loses something, or what is not known of that.

    An offline store alone stays where it is, in its bucket.
    """
    path = _ONLINE.get(document.type)
    if path is None:
        return True
    found = [match.value for match in select(document.value, path)]
    if any(as_bool(value) for value in found):
        return True
    return next((value for value in found if isinstance(value, Unknown)), False)
