"""Roles with their policies, wherever these are attached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from posixpath import normpath
from typing import Any

from linter.core.documents import Document, Embedded, Locator, Path, SubLocator
from linter.core.values import MISSING, Rest, Unknown, dig, lookup, references_of
from linter.domain.iam import places as tables
from linter.project import serverless
from linter.project.model import Person, Policy, Project, Role
from linter.project.named import named
from linter.project.people import link_people
from linter.project.roles import RoleIndex

PolicyKindOf = Callable[[Document], tuple[str, tuple[str, ...]] | None]
"""What a policy's file is said to be: its kind (``scp`` …) and the accounts it is attached to."""

_USES = {"scp": "control", "rcp": "resource"}
"""What a kind that the user says is used for, where that is not its own name."""


def link_iam(project: Project, kind_of: PolicyKindOf | None = None) -> None:
    """Fill ``project.roles`` and ``project.policies``."""
    linker = _Linker(project, kind_of)
    linker.collect_roles()
    linker.collect_inline()
    linker.collect_managed()
    linker.collect_attachments()
    link_people(project)
    linker.collect_resource_policies()
    linker.collect_grants()
    linker.collect_controls()
    linker.collect_files()
    linker.collect_unused()


def embedded_at(document: Document, path: Path) -> Embedded | None:
    """The document embedded at a path; an object that stands there itself counts as one."""
    found = document.embedded.get(path)
    if found is not None:
        return found
    value = dig(document.value, *path)
    if value is MISSING or value is None:
        return None
    return Embedded(value, SubLocator(document.locator, path))


class _Linker:
    def __init__(self, project: Project, kind_of: PolicyKindOf | None) -> None:
        self.project = project
        self._kind_of = kind_of
        self._index = RoleIndex(project)
        self._boundaries: list[tuple[Role, Any]] = []
        self._policies_by_document: dict[int, Policy] = {}
        self._used: set[int] = set()

    def collect_roles(self) -> None:
        for document in self.project.of_type(*tables.ROLE_TYPES):
            terraform = document.type == "aws_iam_role"
            name = lookup(document.value, "name" if terraform else "RoleName")
            role = Role(name, document)
            self.project.roles.append(role)
            self._index.add(role)
            trust = ("assume_role_policy",) if terraform else ("AssumeRolePolicyDocument",)
            role.trust = self._policy("trust policy", "trust", document, trust)
            if role.trust is not None:
                role.trust.roles.append(role)
            self._inline_blocks(role, terraform)
            self._managed_list(role, terraform)
        for document in self.project.of_type(*serverless.SERVICES):
            made = serverless.made_role(document)
            if made is not None:
                self._serverless_role(made)

    def _serverless_role(self, role: Role) -> None:
        document = role.document
        self.project.roles.append(role)
        self._index.add(role)
        trust = self._policy("trust policy", "trust", document, serverless.TRUST)
        if trust is not None:
            trust.roles.append(role)
            role.trust = trust
        for listed in serverless.listed_policies(document):
            if listed.inline:
                policy = self._policy("inline policy", "identity", document, listed.path)
                if policy is not None:
                    self._attach(policy, role)
            elif listed.template:
                role.complete = False
                self.project.problems.append(serverless.unread_template(document, listed))
            else:
                role.managed_policies.append((listed.arn, document, listed.path))
                if isinstance(listed.arn, Unknown):
                    role.complete = False
        self._boundary(role, "PermissionsBoundary")

    def _inline_blocks(self, role: Role, terraform: bool) -> None:
        block, body, label = (
            ("inline_policy", "policy", "name")
            if terraform
            else ("Policies", "PolicyDocument", "PolicyName")
        )
        blocks = lookup(role.document.value, block)
        if isinstance(blocks, Unknown):
            role.complete = False
            self._unread_policies(role, blocks, (block,))
        for index, item in enumerate(blocks if isinstance(blocks, list) else []):
            if isinstance(item, Unknown):
                role.complete = False
                self._unread_policies(role, item, (block, index))
                continue
            name = lookup(item, label)
            title = name if isinstance(name, str) else f"inline policy {index + 1}"
            policy = self._policy(title, "identity", role.document, (block, index, body))
            if policy is not None:
                self._attach(policy, role)

    def _unread_policies(self, role: Role, value: Unknown, path: Path) -> None:
        """Inline policies of which nothing is known: one that is not, for every rule to say so.

        What a plan computes refers to nothing, and is no policy of the configuration.
        """
        if value.references:
            locator = SubLocator(role.document.locator, path)
            policy = Policy("inline policies", "identity", value, locator, role.document, path)
            self.project.policies.append(policy)
            self._attach(policy, role)

    def _managed_list(self, role: Role, terraform: bool) -> None:
        key = "managed_policy_arns" if terraform else "ManagedPolicyArns"
        arns = lookup(role.document.value, key)
        if isinstance(arns, Unknown):
            role.complete = False
        for index, arn in enumerate(arns if isinstance(arns, list) else []):
            if isinstance(arn, Rest):
                role.complete = False
            else:
                role.managed_policies.append((arn, role.document, (key, index)))
        self._boundary(role, "permissions_boundary" if terraform else "PermissionsBoundary")

    def _boundary(self, role: Role, key: str) -> None:
        boundary = lookup(role.document.value, key)
        if boundary is not MISSING and boundary is not None:
            self._boundaries.append((role, boundary))

    def collect_inline(self) -> None:
        for kind, (path, attribute) in tables.INLINE_ROLE_POLICIES.items():
            for document in self.project.of_type(kind):
                policy = self._policy(self._title(document), "identity", document, path)
                if policy is None:
                    continue
                self._attach_to(policy, lookup(document.value, attribute), document)
        for kind, (path, _) in tables.PRINCIPAL_POLICIES.items():
            for document in self.project.of_type(kind):
                self._policy(self._title(document), "identity", document, path)
        for document in self.project.of_type(*tables.PRINCIPALS_WITH_POLICIES):
            blocks = lookup(document.value, "Policies")
            for index, item in enumerate(blocks if isinstance(blocks, list) else []):
                name = lookup(item, "PolicyName")
                title = name if isinstance(name, str) else f"inline policy {index + 1}"
                path = ("Policies", index, "PolicyDocument")
                self._policy(title, "identity", document, path)

    def collect_managed(self) -> None:
        for kind, path in tables.MANAGED_POLICIES.items():
            for document in self.project.of_type(kind):
                policy = self._policy(self._title(document), "identity", document, path)
                if policy is None:
                    continue
                self._policies_by_document[id(document)] = policy
                self._attach_list(policy, document)

    def _attach_list(self, policy: Policy, document: Document) -> None:
        roles = lookup(document.value, tables.ROLE_LISTS.get(document.type, ""))
        for item in roles if isinstance(roles, list) else []:
            self._attach_to(policy, item, document)

    def collect_attachments(self) -> None:
        for kind, (attribute, arn) in tables.ATTACHMENTS.items():
            for document in self.project.of_type(kind):
                target = lookup(document.value, attribute)
                if kind == "aws_iam_role_policy_attachment":
                    self._attach_arn(document, (arn,), [target])
                else:
                    policies = self._managed_policies(lookup(document.value, arn), document)
                    self._give(policies, [target])
        for document in self.project.of_type("aws_iam_policy_attachment"):
            roles = lookup(document.value, "roles")
            self._attach_arn(document, ("policy_arn",), roles if isinstance(roles, list) else [])
            policies = self._managed_policies(lookup(document.value, "policy_arn"), document)
            for key in tables.PRINCIPAL_LISTS["aws_iam_policy_attachment"]:
                names = lookup(document.value, key)
                self._give(policies, names if isinstance(names, list) else [])
        for role in self.project.roles:
            for arn, document, _ in role.managed_policies:
                policies = self._managed_policies(arn, document)
                if not policies:
                    role.managed_elsewhere.append(arn)
                for policy in policies:
                    self._attach(policy, role, certain=len(policies) == 1)
            for arn, document, _ in role.possible_managed:
                for policy in self._managed_policies(arn, document):
                    self._attach(policy, role, certain=False)
        for role, boundary in self._boundaries:
            policies = self._managed_policies(boundary, role.document)
            for policy in policies:
                policy.use = "boundary"
            if len(policies) == 1:
                role.boundary = policies[0]
            else:
                role.possible_boundaries = policies

    @staticmethod
    def _give(policies: list[Policy], principals: list[Any]) -> None:
        """Users or groups have one of several policies, of which it is not known which."""
        for policy in policies if len(policies) > 1 else ():
            policy.possible_principals.extend(map(_shown, principals))

    def _attach_arn(self, document: Document, path: Path, targets: list[Any]) -> None:
        arn = dig(document.value, *path)
        for target in targets:
            roles = self._index.find(target, document)
            for role in roles:
                known = len(roles) == 1
                (role.managed_policies if known else role.possible_managed).append(
                    (arn, document, path)
                )
                if isinstance(arn, Unknown) and not self._managed_policies(arn, document):
                    role.complete = False

    def _managed_policies(self, arn: Any, document: Document) -> list[Policy]:
        """The policies of the scan that an ARN stands for; several when one of them."""
        if isinstance(arn, str) and "::aws:" in arn:
            return []
        return [
            self._policies_by_document[id(found)]
            for found in named(self.project, arn, document, *tables.MANAGED_POLICIES)
            if id(found) in self._policies_by_document
        ]

    def collect_resource_policies(self) -> None:
        for kind, paths in tables.RESOURCE_POLICIES.items():
            for document in self.project.of_type(kind):
                for path in paths:
                    policy = self._policy(self._title(document), "resource", document, path)
                    if policy is not None:
                        policy.resource_type = kind

    def collect_grants(self) -> None:
        """Grants of KMS keys: they allow like a policy, whatever the policies of the role say.

        https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
        """
        for document in self.project.of_type("aws_kms_grant"):
            roles = self._index.find(lookup(document.value, "grantee_principal"), document)
            if len(roles) == 1:
                value = _of_grant(document)
                roles[0].grants.append(
                    Policy(self._title(document), "grant", value, document.locator, document)
                )

    def collect_controls(self) -> None:
        """Service control policies, and whom they bound: by what they are attached to."""
        for kind, (path, member, kinds) in tables.ORGANIZATION_POLICIES.items():
            for document in self.project.of_type(kind):
                said = lookup(document.value, member)
                if said == tables.RESOURCE_CONTROL:
                    # It bounds what may be done to resources, and names principals as they do.
                    policy = self._policy(self._title(document), "resource", document, path)
                    if policy is not None:
                        policy.resource_type = kind
                    continue
                if said is not MISSING and said is not None and said not in kinds:
                    continue
                policy = self._policy(self._title(document), "control", document, path)
                if policy is None:
                    continue
                targets = list(_targets(self.project, document))
                everybody = any(_is_root(target) for target in targets)
                accounts = {target for target in targets if isinstance(target, str)}
                self._bound(policy, accounts, everybody=everybody)

    def _bound(self, policy: Policy, accounts: set[str], *, everybody: bool) -> None:
        bounded: list[Role | Person] = [*self.project.roles, *self.project.people]
        for one in bounded:
            if everybody or one.document.placement.account in accounts:
                one.controls.append(policy)
        for other in self.project.policies:
            if other.use == "identity" and (
                everybody or other.document.placement.account in accounts
            ):
                other.controls.append(policy)

    def collect_files(self) -> None:
        if not any(document.kind == "iam.policy" for document in self.project.documents):
            return
        elsewhere = {_place(policy.locator) for policy in self.project.policies}
        for document in self.project.documents:
            if document.kind != "iam.policy":
                continue
            value, locator = document.value, document.locator
            base: Path = ()
            for path, embedded in document.embedded.items():
                value, locator, base = embedded.value, embedded.locator, path
            if _place(locator) in elsewhere:
                continue  # a resource reads the file: the policy is judged there, with its use
            said = self._kind_of(document) if self._kind_of is not None else None
            kind, accounts = said or (_use_of(value), ())
            policy = Policy("", _USES.get(kind, kind), value, locator, document, base)
            self.project.policies.append(policy)
            if kind == "scp":
                self._bound(policy, set(accounts), everybody=not accounts)
            elif kind == "rcp":
                policy.resource_type = "aws_organizations_policy"

    def collect_unused(self) -> None:
        """Policy document data sources that nothing attaches, as far as the scan shows.

        One that leaves the root module by an output is used there, for what its content says.
        """
        documents = self.project.of_type("aws_iam_policy_document")
        leaving = {
            id(found)
            for output in (self.project.documents if documents else ())
            if output.kind == "terraform.output" and not output.address.startswith("module.")
            for found in self.project.linked(output.value, output)
        }
        for document in documents:
            for path, embedded in document.embedded.items():
                if id(document) not in self._used:
                    leaves = id(document) in leaving
                    self.project.policies.append(
                        Policy(
                            self._title(document),
                            _use_of(embedded.value) if leaves else "unused",
                            embedded.value,
                            embedded.locator,
                            document,
                            path,
                        )
                    )

    def _policy(self, name: str, use: str, document: Document, path: Path) -> Policy | None:
        embedded = embedded_at(document, path)
        if embedded is None:
            return None
        policy = Policy(name, use, embedded.value, embedded.locator, document, path)
        if self.project.of_type("aws_iam_policy_document"):
            self._used.update(map(id, self.project.linked(dig(document.value, *path), document)))
        if embedded.problem is not None:
            self.project.problems.append(embedded.problem)
        self.project.policies.append(policy)
        return policy

    @staticmethod
    def _title(document: Document) -> str:
        for key in ("name", "ManagedPolicyName", "PolicyName"):
            name = lookup(document.value, key)
            if isinstance(name, str):
                return name
        return document.address.rsplit(".", 1)[-1]

    def _attach_to(self, policy: Policy, target: Any, document: Document) -> None:
        roles = self._index.find(target, document)
        for role in roles:
            self._attach(policy, role, certain=len(roles) == 1)

    @staticmethod
    def _attach(policy: Policy, role: Role, *, certain: bool = True) -> None:
        policies, roles = (
            (role.policies, policy.roles) if certain else (role.possible, policy.possible_roles)
        )
        if policy not in policies:
            policies.append(policy)
        if role not in roles:
            roles.append(role)


def _of_grant(document: Document) -> dict[str, Any]:
    """A grant as a policy: its operations are actions on its key."""
    operations = lookup(document.value, "operations")
    listed = operations if isinstance(operations, list) else [operations]
    actions = [f"kms:{name}" if isinstance(name, str) else name for name in listed]
    key = lookup(document.value, "key_id")
    if isinstance(key, str) and not key.startswith("arn:"):
        key = f"arn:*:kms:*:*:key/{key}"
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": key}
    constraints = lookup(document.value, "constraints")
    for block in constraints if isinstance(constraints, list) else ():
        for member, operator in (
            ("encryption_context_equals", "StringEquals"),
            ("encryption_context_subset", "StringEquals"),
        ):
            context = lookup(block, member)
            if isinstance(context, dict) and context:
                conditions = {f"kms:EncryptionContext:{name}": v for name, v in context.items()}
                statement["Condition"] = {operator: conditions}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _targets(project: Project, document: Document) -> Iterator[Any]:
    """What a policy of an organisation is attached to."""
    listed = lookup(document.value, "TargetIds")
    yield from listed if isinstance(listed, list) else ()
    for other in project.of_type("aws_organizations_policy_attachment"):
        found = project.linked(lookup(other.value, "policy_id"), other)
        if any(one is document for one in found):
            yield lookup(other.value, "target_id")


def _is_root(target: Any) -> bool:
    """Whether a target is the whole organisation: its root, by id or by reference."""
    if isinstance(target, str):
        return target.startswith("r-")
    names = references_of(target)
    return bool(names) and all("aws_organizations_organization." in name for name in names)


def _place(locator: Locator) -> tuple[str, int, int]:
    """Where the text of a policy begins."""
    span = locator.locate(()).span
    return normpath(span.path), span.start_line, span.start_column


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    references = references_of(value)
    return references[0] if references else "?"


def _use_of(value: Any) -> str:
    """What a policy file is for, by its own content.

    A file with principals and resources may be the policy of a resource, of a VPC endpoint or of an
    organisation: it is ``resource`` without a :attr:`Policy.resource_type`, and judged for what
    holds of all of them. A trust policy has no ``Resource``.
    """
    statements = lookup(value, "Statement")
    items = statements if isinstance(statements, list) else [statements]
    actions: list[Any] = []
    principal = resources = False
    for item in items:
        if isinstance(item, dict):
            resources = resources or "Resource" in item or "NotResource" in item
            principal = principal or "Principal" in item or "NotPrincipal" in item
            action = item.get("Action")
            actions.extend(action if isinstance(action, list) else [action])
    if not principal:
        return "identity"
    assume = [a for a in actions if isinstance(a, str) and a.lower().startswith("sts:")]
    return "trust" if assume and len(assume) == len(actions) and not resources else "resource"
