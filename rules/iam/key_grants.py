"""IAM081: grants of KMS keys that reach further than one role of the account."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.arns import account_in
from linter.core.documents import Document
from linter.core.values import Template, Unknown, lookup
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.placement import placement_of


def too_wide(subject: Subject, context: Context) -> Iterable[Outcome]:
    """IAM081: to every identity of an account, to another account, or free to be handed on."""
    grant = subject.domain
    assert isinstance(grant, Document)
    grantee = lookup(grant.value, "grantee_principal")
    operations = lookup(grant.value, "operations")
    text = grantee.suffix if isinstance(grantee, Template) else grantee
    own = account_in(lookup(grant.value, "key_id")) or placement_of(grant, context.project).account
    given = account_in(grantee)
    if isinstance(text, str) and text.endswith(":root"):
        yield fail(
            ("grantee_principal",),
            f"{subject.title} lets every identity of the account use the key, whatever the key's "
            "policy says",
        )
    elif own and given and own != given:
        yield fail(
            ("grantee_principal",), f"{subject.title} lets account {given} use a key of {own}"
        )
    elif isinstance(grantee, Unknown):
        yield unknown(grantee, ("grantee_principal",))
    if isinstance(operations, list) and "CreateGrant" in operations:
        constraints = lookup(grant.value, "constraints")
        if not constraints:
            yield fail(
                ("operations", operations.index("CreateGrant")),
                f"{subject.title} may be handed on: whoever has it grants the key to others",
            )
        elif isinstance(constraints, Unknown):
            yield unknown(constraints, ("operations",))
    elif isinstance(operations, Unknown):
        yield unknown(operations, ("operations",))
