"""IAM075: forms of attachment that undo each other."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.documents import Document
from linter.core.sources import Related
from linter.core.values import Unknown, lookup
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.model import Project, Role
from rules.iam.reading import refers

_OTHERS = (
    "aws_iam_policy_attachment",
    "aws_iam_role_policy_attachment",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
)


def exclusive_attachment(subject: Subject, context: Context) -> Iterable[Outcome]:
    """``aws_iam_policy_attachment`` claims every attachment of its policy."""
    document = subject.domain
    assert isinstance(document, Document)
    own = _identity(lookup(document.value, "policy_arn"), document, context.project)
    others = [
        other
        for other in context.project.of_type(*_OTHERS)
        if other is not document and other.kind == document.kind
    ]
    if isinstance(own, Unknown):
        if others:
            yield unknown(own, ("policy_arn",))
        return
    clash: list[Document] = []
    unsure: Document | None = None
    for other in others:
        theirs = _identity(lookup(other.value, "policy_arn"), other, context.project)
        several = isinstance(own, frozenset) or isinstance(theirs, frozenset)
        if several and not _ids(own).isdisjoint(_ids(theirs)):
            unsure = unsure or other
        elif not several and theirs == own:
            clash.append(other)
    if unsure is not None and not clash:
        yield unknown(f"whether {unsure.address} attaches the same policy is not known")
    if clash:
        yield fail(
            ("policy_arn",),
            f"{subject.title} claims every attachment of its policy, and {clash[0].address} "
            "attaches it too: each apply detaches what the other attached",
            key=True,
            related=tuple(
                Related(f"{o.address} attaches it too", o.locate(()).span) for o in clash
            ),
        )


def _identity(arn: object, document: Document, project: Project) -> object:
    """What tells two policies apart: the resource that makes it, or the ARN's text.

    A set where it is one of several resources.
    """
    found = project.linked(arn, document)
    if len(found) == 1:
        return id(found[0])  # two root modules may hold the same address
    if found:
        return frozenset(map(id, found))
    if isinstance(arn, Unknown) and len(arn.references) == 1 and refers(arn):
        return (document.root, arn.references)
    return arn


def _ids(identity: object) -> frozenset[object]:
    return identity if isinstance(identity, frozenset) else frozenset((identity,))


def exclusive_arguments(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """``managed_policy_arns`` and ``inline_policy`` of a role that has other attachments."""
    role = subject.domain
    assert isinstance(role, Role)
    if role.document.type != "aws_iam_role":
        return
    managed = [document for _, document, _ in role.managed_policies]
    inline = [p.document for p in role.policies if p.document.type == "aws_iam_role_policy"]
    for key, documents in (("managed_policy_arns", managed), ("inline_policy", inline)):
        given = lookup(role.document.value, key)
        if not isinstance(given, list) or not given:
            continue  # not set; in a plan, known after the apply
        for other in dict.fromkeys(documents):
            if other is role.document:
                continue
            if key in role.document.chosen_by_provider:
                yield unknown(
                    Unknown(f"the plan does not say whether somebody wrote {key}"), (key,)
                )
            else:
                yield fail(
                    (key,),
                    f"{subject.title} lists all its policies in {key}, and {other.address} adds "
                    "one: each apply removes it again",
                    key=True,
                    related=(Related(f"added by {other.address}", other.locate(()).span),),
                )
            break
