"""ENC027, ENC028: how buckets of pipelines encrypt what they store and send."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.documents import Document
from linter.core.truth import Truth, disjunction, kleene_and
from linter.core.values import MISSING, lookup
from linter.policy.buckets import about_bucket, undecided_bucket
from linter.policy.helpers import equals, is_set, select, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.buckets import companions, unplaced, used_buckets


def without_kms(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """ENC027: the bucket's default encryption is not a KMS key."""
    project = context.project
    kind = "aws_s3_bucket_server_side_encryption_configuration"
    path = "$.rule[*].apply_server_side_encryption_by_default[*].sse_algorithm"
    for used in used_buckets(project):
        bucket = used.document
        algorithms = [
            truth
            for item in companions(project, bucket, kind)
            for match in select(item.value, path)
            for truth in (equals(match.value, "aws:kms"), equals(match.value, "aws:kms:dsse"))
        ]
        inline = is_set(lookup(bucket.value, "server_side_encryption_configuration"))
        other = unplaced(project, kind, bucket)
        if inline is False and not algorithms and other is not None:
            yield undecided_bucket(used, other)
        elif inline is False and True not in algorithms and None in algorithms:
            yield unknown(
                f"how {bucket.address} encrypts is not known",
                location=bucket.locate(()),
                detail=bucket.address,
                about=bucket,
            )
        elif inline is False and all(truth is False for truth in algorithms):
            yield about_bucket(
                used,
                f"{bucket.address} encrypts what {used.pipeline.title} stores with S3's own key: "
                "nobody can audit or revoke its use",
            )


def without_tls(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """ENC028: the bucket's policy does not deny plain HTTP."""
    project = context.project
    for used in used_buckets(project):
        policies = companions(project, used.document, "aws_s3_bucket_policy")
        verdicts = [_denies_http(policy) for policy in policies]
        other = unplaced(project, "aws_s3_bucket_policy", used.document)
        if not verdicts and other is not None:
            yield undecided_bucket(used, other)
        elif True not in verdicts and None in verdicts:
            unsure = policies[verdicts.index(None)]
            yield unknown(
                f"what the policy {unsure.address} denies is not known",
                location=used.document.locate(()),
                detail=used.document.address,
                about=used.document,
            )
        elif all(verdict is False for verdict in verdicts):
            yield about_bucket(
                used,
                f"{used.document.address} answers requests over plain HTTP: its policy does not "
                "deny aws:SecureTransport false",
            )


def _denies_http(policy: Document) -> bool | None:
    """Whether a bucket policy denies requests without TLS; ``None`` when that is not known."""
    embedded = policy.embedded.get(("policy",))
    if embedded is None:
        return None
    statements = lookup(embedded.value, "Statement")
    truths: list[Truth] = [False if isinstance(statements, list | dict) else None]
    for statement in statements if isinstance(statements, list) else [statements]:
        effect = equals(lookup(statement, "Effect"), "Deny")
        for match in select(statement, "$.Condition.Bool['aws:SecureTransport']"):
            value = match.value
            first = value[0] if isinstance(value, list) and value else value
            asks = False if first is MISSING else equals(first, False)
            truths.append(kleene_and(effect, asks))
    return disjunction(truths)
