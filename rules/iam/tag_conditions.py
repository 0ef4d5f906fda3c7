"""IAM061: conditions on tags that the actions do not look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linter.core.values import MISSING, lookup
from linter.domain.iam.operators import parse_operator
from linter.domain.iam.services import Action, actions_of, expand, resource_types_of
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from rules.iam.reading import allows, condition_entries, elements, is_everything, listed

_KEYS = ("aws:resourcetag", "aws:requesttag", "aws:tagkeys")


def ignored_tags(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM061: one outcome for each condition key, with the actions that do not know it."""
    if lookup(subject.value, "Action") is MISSING:
        return
    named = list(elements(subject.value, "Action"))
    for operator, key, _ in condition_entries(subject.value):
        meaning = parse_operator(operator)
        if meaning is None or meaning.compare is None or meaning.if_exists:
            continue  # not an operator, or written for requests without the key
        if meaning.quantifier == "forallvalues":
            continue  # goes with another condition, for it holds of no tags at all
        kind = key.lower().partition("/")[0]
        if kind not in _KEYS:
            continue
        at = ("Condition", operator, key)
        ignoring = list(_ignoring(kind, [v for _, v in named if isinstance(v, str)]))
        if ignoring:
            done = "allowed" if allows(subject) else "denied"
            always = meaning.negated and not meaning.quantifier
            effect = f"are {done} whatever the tags" if always else f"are never {done}"
            yield fail(
                at,
                f"{subject.title} has a condition on {key}, which {listed(ignoring, 3)} "
                f"{'does' if len(ignoring) == 1 else 'do'} not look at: such requests {effect}",
                key=True,
                detail=key.lower(),
            )
        elif named and not any(isinstance(value, str) for _, value in named):
            yield unknown(named[0][1], at)


def _ignoring(kind: str, patterns: list[str]) -> Iterator[str]:
    """Elements of ``Action`` none of whose actions looks at a kind of tag."""
    for pattern in patterns:
        if is_everything(pattern):
            continue
        actions = expand(pattern.lower())
        judged = [action for action in actions if _service_has(action.service, kind)]
        if judged and len(judged) == len(actions) and not any(_looks_at(a, kind) for a in actions):
            yield pattern


def _service_has(service: str, kind: str) -> bool:
    """Whether AWS's data names the key for any action of the service; else it may be left out."""
    return any(_looks_at(action, kind) for action in actions_of(service).values())


def _looks_at(action: Action, kind: str) -> bool:
    own = any(key.lower().startswith(kind) for key in action.condition_keys)
    if own or kind != "aws:resourcetag":
        return own
    types = resource_types_of(action.service)
    return any(
        key.lower().startswith(kind)
        for name in action.resource_types
        if name in types
        for key in types[name].condition_keys
    )
