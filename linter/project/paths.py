"""Who can become an administrator: the shortest way from each principal, with its statements.

One graph for rules and for ``iam explain --paths``. A step takes a principal to another one's
permissions (it becomes it, or runs code with its role) or makes an administrator of itself by its
own policies. Only what statements name is followed; a resource that is not known is some resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document, Path
from linter.core.reads import unwatched
from linter.core.record import entity, record, replace
from linter.core.truth import Truth, conjunction
from linter.core.values import Template, Unknown, dig, links_of, lookup
from linter.domain.iam import places as tables
from linter.domain.iam.circumstances import anybody_meets
from linter.domain.iam.globs import GAP, STAR, covers, options, plain, wild
from linter.domain.iam.operators import listed
from linter.domain.iam.patterns import matches
from linter.domain.iam.ways import BECOMING, CARRIERS, OWN_POLICIES, WAYS, Carrier
from linter.project.access import Source, actions_named
from linter.project.holders import Holder, holders
from linter.project.model import Policy, Project, Role
from linter.project.named import name_of, named
from linter.project.people import USERS

MAX_STEPS = 2
PASS = "iam:passrole"


@record
class Grant:
    """An element of ``Action`` that allows a step, and the statement it stands in."""

    source: Source
    path: Path
    action: str


@entity
class Step:
    """One step of a path: what is done, and to whose permissions it leads.

    ``target`` is ``None`` where it makes an administrator by itself. ``certain`` is false where an
    unknown decides whether it is open. ``kind`` is ``own``, ``become``, ``code`` or ``pass``.
    """

    kind: str
    actor: Holder
    target: Holder | None
    thing: str
    gain: str
    grants: tuple[Grant, ...]
    certain: bool = True

    @property
    def assumes(self) -> bool:
        """Whether it is no more than assuming a role, which the role's own policy says."""
        return all(grant.action == "sts:assumerole" for grant in self.grants)

    @property
    def sentence(self) -> str:
        """``iam:PutRolePolicy on aws_iam_role.r: puts any policy on itself``."""
        names = " and ".join(dict.fromkeys(_proper(grant.action) for grant in self.grants))
        return f"{names} on {self.thing}: {self.gain}"


@entity
class _Thing:
    """Something a statement may name: the end of its ARN, and whose permissions it leads to."""

    kind: str
    document: Document
    end: str | None
    holder: Holder | None = None
    policy: Policy | None = None
    gain: str = ""

    @property
    def title(self) -> str:
        return self.document.address or self.document.path


class Graph:
    """The principals of a project and what each may become."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.holders = holders(project)
        self._by_document = {
            id(one.document): one for one in self.holders if one.kind in ("role", "user", "group")
        }
        self._things: dict[str, list[_Thing]] = {}
        self._by_end: dict[str, dict[str, list[_Thing]]] = {}
        self._of_document: dict[str, dict[int, list[_Thing]]] = {}
        for thing in self._all_things():
            self._things.setdefault(thing.kind, []).append(thing)
            documents = self._of_document.setdefault(thing.kind, {})
            documents.setdefault(id(thing.document), []).append(thing)
            if thing.end is not None:
                ends = self._by_end.setdefault(thing.kind, {})
                ends.setdefault(thing.end, []).append(thing)
        self._paths: dict[int, tuple[Step, ...]] = {}
        self._search()

    def path(self, holder: Holder) -> tuple[Step, ...]:
        """The shortest way to an administrator, a certain one before any other; empty if none."""
        return self._paths.get(id(holder), ())

    @cached_property
    def powerful_services(self) -> frozenset[str]:
        """The services that some administrator of the scan trusts: any role passed may be it."""
        with unwatched():
            return frozenset(
                service
                for one in self.holders
                if one.role is not None and one.access.power
                for service in _services_of(one.role)
            )

    def path_of(self, role: Role) -> tuple[Step, ...]:
        """The same for a role."""
        holder = self._by_document.get(id(role.document))
        return () if holder is None else self.path(holder)

    def paths_of(self, policy: Policy) -> Iterator[tuple[Holder, tuple[Step, ...]]]:
        """The paths that begin with a statement of a policy."""
        for holder in self._with_first.get(id(policy), ()):
            yield holder, self.path(holder)

    def roles_named(self, value: Any, home: Document) -> list[Role]:
        """The roles of the scan that a resource of a statement names, wildcards included."""
        with unwatched():
            found = [thing.holder for thing, _ in self._named(value, home, "role", None)]
        return [one.role for one in found if one is not None and one.role is not None]

    def _search(self) -> None:
        powerful = {id(one): one for one in self.holders if one.access.power}
        reached = dict(powerful)
        for length in range(1, MAX_STEPS + 1):
            found: dict[int, tuple[Step, ...]] = {}
            for holder in self.holders:
                known = self.path(holder)
                if id(holder) in powerful or (known and all(s.certain for s in known)):
                    continue
                step = _best(self._steps(holder, reached, own=length == 1))
                if step is not None and (step.certain or not known):
                    rest = () if step.target is None else self.path(step.target)
                    found[id(holder)] = (step, *rest)
            self._paths.update(found)
            reached = {id(one): one for one in self.holders if id(one) in found}
        self._search_for_what_may_be({id(o): o for o in self.holders if id(o) not in powerful})
        self._with_first: dict[int, list[Holder]] = {}
        for holder in self.holders:
            for step in self.path(holder)[:1]:
                for policy in {id(g.source.policy): 0 for g in step.grants}:
                    self._with_first.setdefault(policy, []).append(holder)

    def _search_for_what_may_be(self, others: dict[int, Holder]) -> None:
        """Steps to those of which it is not known whether they are administrators."""
        perhaps = {key: one for key, one in others.items() if one.access.administers is None}
        for key, holder in others.items() if perhaps else ():
            if key not in self._paths and key not in perhaps:
                step = _best(self._steps(holder, perhaps, own=False))
                if step is not None:
                    self._paths[key] = (replace(step, certain=False),)

    def _steps(self, holder: Holder, reached: dict[int, Holder], own: bool) -> Iterator[Step]:
        """The steps of a principal to one of those that are reached already."""
        granted: dict[str, list[Grant]] = {}
        for source in holder.access.identity:
            if source.statement.effect == "Deny" or not isinstance(source.statement.value, dict):
                continue
            for path, pattern in actions_named(source):
                if isinstance(pattern, str):
                    for action in _interesting(pattern.lower()):
                        granted.setdefault(action, []).append(Grant(source, path, action))
        if own:
            yield from self._own(holder, granted)
        yield from self._becoming(holder, granted, reached)
        yield from self._code(holder, granted, reached)
        yield from self._passing(holder, granted, reached)

    def _own(self, holder: Holder, granted: dict[str, list[Grant]]) -> Iterator[Step]:
        for action, kind in OWN_POLICIES.items():
            for grant in granted.get(action, ()):
                for thing, open_ in self._on(grant, holder, kind, None):
                    if self._is_own(thing, holder):
                        what = "itself" if thing.kind != "policy" else "a policy of its own"
                        gain = f"puts whatever it likes into {what}"
                        yield from self._step(
                            "own", holder, None, thing.title, gain, [(grant, thing)], open_
                        )
                if kind == "user" and holder.kind in ("user", "group", "policy"):
                    yield from self._own_user(holder, grant)

    def _own_user(self, holder: Holder, grant: Grant) -> Iterator[Step]:
        """By a policy variable: whoever asks is the user that it names."""
        for value in listed(lookup(grant.source.statement.value, "Resource")):
            if isinstance(value, str | Template) and str(value).endswith("user/${aws:username}"):
                yield from self._step(
                    "own", holder, None, "user/${aws:username}",
                    "puts whatever it likes into itself", [(grant, None)], True,
                )  # fmt: skip

    def _is_own(self, thing: _Thing, holder: Holder) -> bool:
        if thing.policy is not None:
            return any(policy is thing.policy for policy in holder.held)
        return thing.holder is holder or any(group is thing.holder for group in holder.groups)

    def _becoming(
        self, holder: Holder, granted: dict[str, list[Grant]], reached: dict[int, Holder]
    ) -> Iterator[Step]:
        for action, (kind, gain) in BECOMING.items():
            if action == "iam:addusertogroup" and holder.kind == "role":
                continue  # it is no user itself
            for grant in granted.get(action, ()):
                for thing, open_ in self._on(grant, holder, kind, reached):
                    target = thing.holder
                    if target is None or target is holder:
                        continue
                    if action == "sts:assumerole" and not _trusts(target, holder, self._project):
                        continue
                    yield from self._step(
                        "become", holder, target, thing.title, gain, [(grant, thing)], open_
                    )

    def _code(
        self, holder: Holder, granted: dict[str, list[Grant]], reached: dict[int, Holder]
    ) -> Iterator[Step]:
        for carrier in CARRIERS:
            if not all(action in granted for action in carrier.actions):
                continue
            first, *others = carrier.actions
            for grant in granted[first]:
                for thing, open_ in self._on(grant, holder, _key(carrier), reached):
                    if thing.holder is None or thing.holder is holder:
                        continue
                    beside = [(g, thing) for other in others for g in granted[other][:1]]
                    yield from self._step(
                        "code", holder, thing.holder, thing.title,
                        f"{carrier.gain}, with the role of it", [(grant, thing), *beside], open_,
                    )  # fmt: skip

    def _passing(
        self, holder: Holder, granted: dict[str, list[Grant]], reached: dict[int, Holder]
    ) -> Iterator[Step]:
        if PASS not in granted:
            return
        for grant in granted[PASS]:
            for thing, open_ in self._on(grant, holder, "role", reached, conditions=False):
                target = thing.holder
                if target is None or target is holder or target.role is None:
                    continue
                for service in _services_of(target.role):
                    truth = _passed_to(grant, service)
                    if truth is False:
                        continue
                    for running in _runs_with(service, granted):
                        yield from self._step(
                            "pass", holder, target, thing.title,
                            f"passes it to {service} and runs code with it",
                            [(grant, thing), *((g, None) for g in running)],
                            open_ and truth is True,
                            {"iam:passedtoservice": service},
                        )  # fmt: skip

    def _step(
        self,
        kind: str,
        actor: Holder,
        target: Holder | None,
        title: str,
        gain: str,
        grants: list[tuple[Grant, _Thing | None]],
        certain: bool,
        context: dict[str, Any] | None = None,
    ) -> Iterator[Step]:
        truths: list[Truth] = [certain or None]
        for grant, thing in grants:
            arn = Unknown("some resource") if thing is None else _arn(grant, thing)
            given = context if grant.action == PASS else None
            truths.append(actor.access.left(_proper(grant.action), arn, given))
            if given is None:
                condition = lookup(grant.source.statement.value, "Condition")
                truths.append(anybody_meets(condition))
            if grant.source.statement.effect is None:
                truths.append(None)
        truth = conjunction(truths)
        if truth is not False:
            found = tuple(grant for grant, _ in grants)
            yield Step(kind, actor, target, title, gain, found, truth is True)

    def _on(
        self,
        grant: Grant,
        holder: Holder,
        kind: str,
        reached: dict[int, Holder] | None,
        *,
        conditions: bool = True,
    ) -> Iterator[tuple[_Thing, bool]]:
        """The things that a statement names: (thing, whether it certainly does)."""
        statement = grant.source.statement.value
        if conditions and anybody_meets(lookup(statement, "Condition")) is False:
            return
        home = grant.source.policy.document
        for value in listed(lookup(statement, "Resource")):
            yield from self._named(value, home, kind, reached)

    def _named(
        self, value: Any, home: Document, kind: str, reached: dict[int, Holder] | None
    ) -> Iterator[tuple[_Thing, bool]]:
        if not isinstance(value, str | Template | Unknown):
            return
        documents = self._linked(value, home, kind)
        if documents:
            for document in documents:
                for thing in self._of_document[kind].get(id(document), ()):
                    if reached is None or id(thing.holder) in reached:
                        yield thing, len(documents) == 1
            return
        for atoms in options(value, wild):
            ends = _end(atoms)
            if ends is None:
                continue
            account, end = ends
            some = self._things.get(kind, ())
            if STAR not in end and "\ue001" not in end:
                some = self._by_end.get(kind, {}).get(end, ())
            for thing in some:
                if reached is not None and id(thing.holder) not in reached:
                    continue
                if thing.end is None or not covers(end, plain(thing.end)):
                    continue
                own = thing.document.placement.account
                other = thing.document.root.never_with(home.root)
                if other or (account.isdecimal() and own and own != account):
                    continue
                yield thing, True
                if reached is not None and STAR in end:
                    break

    def _linked(self, value: Any, home: Document, kind: str) -> list[Document]:
        if not links_of(value) or kind not in self._of_document:
            return []
        own = self._of_document[kind]
        linked = [one for one in self._project.linked(value, home) if id(one) in own]
        if not linked:
            return []
        if isinstance(value, Template) and isinstance(value.parts[0], Unknown):
            rest = "".join(part for part in value.parts[1:] if isinstance(part, str))
            if rest[:1] in (":", "/"):  # "${aws_lambda_function.f.arn}:*"
                return linked
        types = tuple({document.type for document in linked})
        return [one for one in named(self._project, value, home, *types) if one in linked]

    def _all_things(self) -> Iterator[_Thing]:
        for holder in self.holders:
            if holder.kind in ("role", "user", "group"):
                document = holder.document
                yield _Thing(holder.kind, document, _named_end(holder.kind, document), holder)
        for policy in self._project.policies:
            document = policy.document
            if document.type in tables.MANAGED_POLICIES:
                yield _Thing("policy", document, _named_end("policy", document), policy=policy)
        for carrier in CARRIERS:
            for kind, name, member in carrier.types:
                for document in self._project.of_type(kind):
                    yield from self._carried(carrier, document, name, member)

    def _carried(
        self, carrier: Carrier, document: Document, name: str, member: Path
    ) -> Iterator[_Thing]:
        holder = self._role_at(dig(document.value, *member), document)
        if holder is None:
            return
        about, text = document, lookup(document.value, name) if name else None
        if name == "cluster":
            clusters = self._project.linked(text, document)
            about = clusters[0] if len(clusters) == 1 else document
            text = name_of(about) if about is not document else text
        end = carrier.arn.format(text) if isinstance(text, str) else None
        yield _Thing(_key(carrier), about, end, holder)

    def _role_at(self, value: Any, home: Document, depth: int = 0) -> Holder | None:
        """The role that a member names, through an instance profile or a task definition."""
        for kind, member in _THROUGH.items() if depth == 0 else ():
            found = named(self._project, value, home, kind)
            if len(found) == 1:
                inner = lookup(found[0].value, member)
                one = inner[0] if isinstance(inner, list) and inner else inner
                return self._role_at(one, found[0], 1)
        roles = named(self._project, value, home, *tables.ROLE_TYPES)
        return self._by_document.get(id(roles[0])) if len(roles) == 1 else None


_THROUGH = {
    "aws_iam_instance_profile": "role",
    "AWS::IAM::InstanceProfile": "Roles",
    "aws_ecs_task_definition": "task_role_arn",
}
_graphs: WeakKeyDictionary[Project, Graph] = WeakKeyDictionary()


def graph_of(project: Project) -> Graph:
    """The graph of a project; made once."""
    found = _graphs.get(project)
    if found is None:
        with unwatched():  # rules note what matters to them of what they judge
            found = _graphs[project] = Graph(project)
    return found


def _best(steps: Iterable[Step]) -> Step | None:
    """The first certain step, else the first."""
    first: Step | None = None
    for step in steps:
        if step.certain and not step.assumes:
            return step
        if first is None or (step.certain and not first.certain):
            first = step
    return first


_PASSING = {way.steps[0]: way.service for ways in WAYS.values() for way in ways if way.service}
_ACTIONS = tuple(
    dict.fromkeys(
        (
            *OWN_POLICIES,
            *BECOMING,
            *(action for carrier in CARRIERS for action in carrier.actions),
            PASS,
            *(
                action
                for ways in WAYS.values()
                for way in ways
                if way.service
                for step in way.steps
                for action in step
            ),
        )
    )
)


@lru_cache(maxsize=4096)
def _interesting(pattern: str) -> tuple[str, ...]:
    """The actions of steps that a pattern stands for."""
    return tuple(action for action in _ACTIONS if matches(pattern, action))


def _runs_with(service: str, granted: dict[str, list[Grant]]) -> Iterator[list[Grant]]:
    """The grants that run code with a role passed to a service, the first such way."""
    for ways in WAYS.values():
        for way in ways:
            if way.service != service:
                continue
            found = [
                next((granted[a][0] for a in step if a in granted), None) for step in way.steps
            ]
            if all(one is not None for one in found):
                yield [one for one in found if one is not None]
                return


def _services_of(role: Role) -> Iterator[str]:
    """The services that a role's trust policy names, among those that code is run by."""
    said = {name for name in _trusted(role, "Service") if isinstance(name, str)}
    yield from sorted(said & set(_PASSING.values()))


def _trusted(role: Role, kind: str) -> Iterator[Any]:
    if role.trust is None:
        return
    for statement in listed(lookup(role.trust.value, "Statement")):
        if lookup(statement, "Effect") != "Allow":
            continue
        principal = lookup(statement, "Principal")
        if kind == "AWS" and principal == "*":
            yield "*"
        elif isinstance(principal, dict):
            yield from listed(lookup(principal, kind)) if kind in principal else ()


def _trusts(target: Holder, actor: Holder, project: Project) -> bool:
    """Whether a role's trust policy names a principal, or leaves it to the account's policies."""
    if target.role is None or target.role.trust is None:
        return False
    for value in _trusted(target.role, "AWS"):
        if isinstance(value, str) and (value == "*" or value.endswith(":root")):
            return True
        if isinstance(value, Template) and value.suffix.endswith(":root"):
            return True
        found = named(project, value, target.role.trust.document, *tables.ROLE_TYPES, *USERS)
        if any(document is actor.document for document in found):
            return True
    return False


def _passed_to(grant: Grant, service: str) -> Truth:
    """Whether a statement's condition lets a role be passed to a service."""
    statement = grant.source.statement
    condition = lookup(statement.value, "Condition")
    if anybody_meets(condition):
        return True
    if not isinstance(condition, dict):
        return None
    names = [
        (str(key).lower(), values)
        for keys in condition.values()
        for key, values in (keys.items() if isinstance(keys, dict) else ())
    ]
    if any(key != "iam:passedtoservice" for key, _ in names):
        return False
    texts = [value for _, values in names for value in listed(values)]
    if any(isinstance(text, str) and matches(text, service) for text in texts):
        return True
    return None if any(not isinstance(text, str) for text in texts) else False


def _key(carrier: Carrier) -> str:
    return f"{carrier.kind} {carrier.actions[0]}"


def _named_end(kind: str, document: Document) -> str | None:
    name = name_of(document)
    if not isinstance(name, str):
        return None
    place = lookup(document.value, "Path" if "::" in document.type else "path")
    return f"{kind}{place if isinstance(place, str) else '/'}{name}"


def _end(atoms: str) -> tuple[str, str] | None:
    """(account, the end of an ARN) of a glob; ``None`` where the end is not known."""
    if not atoms.strip(STAR):
        return "", atoms
    fields = atoms.split(":", 5)
    if atoms.startswith("arn:") and len(fields) == 6 and GAP not in fields[5]:
        return fields[4], fields[5]
    if GAP in atoms:
        head, _, end = atoms.rpartition(GAP)
        # What is not known is whole fields: "${local.prefix}:role/deploy".
        if end.startswith(":") and head.count(":") <= 5:
            return "", end.lstrip(":")
    return None


_SERVICE = {"role": "iam", "user": "iam", "group": "iam", "policy": "iam"}
_SOME = Unknown("the account", ["data.aws_caller_identity.current.account_id"])


def _arn(grant: Grant, thing: _Thing) -> Any:
    """What is asked of the limits: the thing's ARN, as far as it is known."""
    service = _SERVICE.get(thing.kind) or grant.action.partition(":")[0]
    if thing.end is None:
        return Unknown("some resource")
    account = thing.document.placement.account or _SOME
    region = "" if service == "iam" else _SOME
    return _joined("arn:aws:", service, ":", region, ":", account, ":", thing.end)


def _joined(*parts: Any) -> Any:
    from linter.core.values import make_string

    return make_string(parts)


def _proper(name: str) -> str:
    from linter.domain.iam.services import actions_of

    service, _, action = name.partition(":")
    known = actions_of(service).get(action)
    return known.full_name if known is not None else name
