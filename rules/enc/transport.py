"""Whether the policy of a bucket denies everybody requests without TLS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.reads import may_be_anything
from linter.core.truth import Truth, conjunction, disjunction
from linter.core.values import MISSING, OpenDict, Template, Unknown, lookup, make_string
from linter.domain.iam.evaluate import statements_of
from linter.domain.iam.operators import listed
from linter.domain.iam.request import Request
from linter.policy.helpers import like
from linter.policy.statements import normal_policy

_ACTIONS = ("s3:GetObject", "s3:PutObject")
_BUCKET = "arn:aws:s3:::bucket"
_ANY_OBJECT = f"{_BUCKET}/a-key-that-no-policy-names"
_ANYBODY = "arn:aws:iam::000000000000:user/whom-no-policy-names"
_SOMEBODY = "arn:aws:iam::000000000000:role/whom-a-policy-names"
_OVER_HTTP = {
    "aws:securetransport": "false",
    "aws:principalisawsservice": "false",
    "aws:viaawsservice": "false",
    "s3:tlsversion": None,
}


def denies_http(policies: Iterable[Any], name: Any) -> Truth:
    """Whether policies of a bucket together deny plain HTTP.

    That is: whoever asks, for whichever object, to read as well as to write it. A Deny that is
    about some of them, or that depends on something else too, leaves the rest.

    Args:
        policies: the decoded documents; an unknown for one that is not known.
        name: the bucket's name, as far as it is known.
    """
    statements = statements_of(*(_about_it(normal_policy(policy), name) for policy in policies))
    return conjunction(
        disjunction(
            conjunction(
                (
                    True if one.effect else None,
                    one.applies(
                        Request(action, _ANY_OBJECT, _ANYBODY, _OVER_HTTP), principals=True
                    ),
                )
            )
            for one in statements
            if one.effect != "Allow"
        )
        for action in _ACTIONS
    )


def _about_it(policy: Any, name: Any) -> Any:
    """A policy in which the bucket has a name of its own and references are somebody else."""
    if not isinstance(policy, dict):
        return policy
    found = OpenDict(policy, policy.rest) if isinstance(policy, OpenDict) else dict(policy)
    statements = lookup(policy, "Statement")
    if isinstance(statements, list):
        found["Statement"] = [_statement(item, name) for item in statements]
    return found


def _statement(statement: Any, name: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    found = dict(statement)
    for key in ("Resource", "NotResource"):
        if key in statement:
            found[key] = [_resource(value, name) for value in listed(statement[key])]
    for key in ("Principal", "NotPrincipal"):
        named = lookup(statement, key)
        if isinstance(named, dict) and "AWS" in named:
            known = {**named, "AWS": [_principal(value) for value in listed(named["AWS"])]}
            found[key] = OpenDict(known, named.rest) if isinstance(named, OpenDict) else known
    return OpenDict(found, statement.rest) if isinstance(statement, OpenDict) else found


def _principal(value: Any) -> Any:
    """A reference to a role or a user is that one, and not everybody."""
    named = isinstance(value, Unknown) and not may_be_anything(value.references)
    return _SOMEBODY if named else value


def _resource(value: Any, name: Any) -> Any:
    """A resource of the policy, with the same name for the bucket that all of them have.

    S3 takes no policy with resources of another bucket: what is not known before the first ``/``
    is this one.
    """
    if isinstance(value, Template):
        for index, part in enumerate(value.parts):
            if isinstance(part, str) and "/" in part:
                key = part.partition("/")[2]
                return make_string((f"{_BUCKET}/", key, *value.parts[index + 1 :]))
        last = value.parts[-1]
        if isinstance(last, str):
            return f"{_BUCKET}*" if last.endswith("*") else _BUCKET
        return value if may_be_anything(last.references) else _BUCKET
    if isinstance(value, Unknown):
        return value if may_be_anything(value.references) else _BUCKET
    if not isinstance(value, str) or not value.startswith("arn:"):
        return value
    head, slash, key = value.partition("/")
    bucket = head.rpartition(":")[2]
    if name is not MISSING and name is not None and like(name, bucket) is False:
        return value
    return f"{_BUCKET}/{key}" if slash else f"{_BUCKET}*" if bucket.endswith("*") else _BUCKET
