"""IAM021 to IAM032: actions that together give whoever holds them another role's permissions.

The paths are those published by Rhino Security Labs and pathfinding.cloud, and for SageMaker by
its own API: every call that takes a role and runs code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.record import record
from linter.core.values import MISSING, Unknown, lookup
from linter.domain.iam.patterns import matches
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject
from rules.iam.grants import _is_star


@record
class _Path:
    """A way to other permissions: all of ``steps`` (each one of several actions) are needed."""

    steps: tuple[tuple[str, ...], ...]
    passes: bool
    """Whether ``iam:PassRole`` on any role is needed besides."""
    service: str
    gain: str


_OTHER_JOBS = (
    "sagemaker:createhyperparametertuningjob",
    "sagemaker:createautomljob",
    "sagemaker:createautomljobv2",
    "sagemaker:createmodel",
    "sagemaker:createmonitoringschedule",
    "sagemaker:createdataqualityjobdefinition",
    "sagemaker:createcompilationjob",
    "sagemaker:createlabelingjob",
    "sagemaker:createcluster",
    "sagemaker:createflowdefinition",
    "sagemaker:createinferenceexperiment",
    "sagemaker:createmlflowtrackingserver",
)
_COMPUTE = (
    "lambda:createfunction",
    "glue:createjob",
    "glue:createdevendpoint",
    "ec2:runinstances",
    "ecs:registertaskdefinition",
    "cloudformation:createstack",
    "codebuild:createproject",
    "states:createstatemachine",
    "emr-serverless:startjobrun",
    "batch:registerjobdefinition",
    "datapipeline:createpipeline",
)
PATHS: dict[str, _Path] = {
    "IAM021": _Path(
        (("sagemaker:createnotebookinstance",),), True, "sagemaker", "opens a notebook with it"
    ),
    "IAM022": _Path(
        (("sagemaker:createtrainingjob",),), True, "sagemaker", "runs its code in a training job"
    ),
    "IAM023": _Path(
        (("sagemaker:createprocessingjob",),),
        True,
        "sagemaker",
        "runs its code in a processing job",
    ),
    "IAM024": _Path(
        (("sagemaker:createpipeline",), ("sagemaker:startpipelineexecution",)),
        True,
        "sagemaker",
        "starts a pipeline with it",
    ),
    "IAM025": _Path(
        (("sagemaker:updatepipeline",), ("sagemaker:startpipelineexecution",)),
        False,
        "sagemaker",
        "rewrites any pipeline and starts it with that pipeline's role",
    ),
    "IAM026": _Path((_OTHER_JOBS,), True, "sagemaker", "runs its code in another kind of job"),
    "IAM027": _Path(
        (
            (
                "sagemaker:createuserprofile",
                "sagemaker:updateuserprofile",
                "sagemaker:createdomain",
                "sagemaker:updatedomain",
            ),
        ),
        True,
        "sagemaker",
        "opens Studio with it",
    ),
    "IAM030": _Path(
        (
            ("sagemaker:createnotebookinstancelifecycleconfig",),
            ("sagemaker:updatenotebookinstance",),
            ("sagemaker:startnotebookinstance",),
        ),
        False,
        "sagemaker",
        "puts a script into any notebook, which runs it with that notebook's role",
    ),
    "IAM031": _Path(
        (
            ("sagemaker:createstudiolifecycleconfig",),
            ("sagemaker:updatedomain", "sagemaker:updateuserprofile", "sagemaker:updatespace"),
        ),
        False,
        "sagemaker",
        "puts a script into other users' Studio apps",
    ),
    "IAM032": _Path((_COMPUTE,), True, "", "runs its code in another service"),
}
_FIRST_OF_WILDCARD = "IAM021"
"""With ``sagemaker:*`` every path is open; one finding says so."""


def _check(rule: str) -> Callable[[Subject, Context], Iterable[Outcome]]:
    def check(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
        return _judge(subject, rule, PATHS[rule])

    return check


iam021 = _check("IAM021")
iam022 = _check("IAM022")
iam023 = _check("IAM023")
iam024 = _check("IAM024")
iam025 = _check("IAM025")
iam026 = _check("IAM026")
iam027 = _check("IAM027")
iam030 = _check("IAM030")
iam031 = _check("IAM031")
iam032 = _check("IAM032")


def _judge(subject: Subject, rule: str, way: _Path) -> Iterator[Outcome]:
    grants = list(_grants(subject.value))
    if any(not grant.action.replace(":", "").strip("*") for grant in grants):
        return  # IAM001 says everything there is to say
    passing = next((g for g in grants if g.passes_any_role(way.service)), None)
    if way.passes and passing is None:
        return
    used: list[_Grant] = []
    names: list[str] = []
    for options in way.steps:
        found = next(((g, name) for g in grants for name in options if g.allows(name)), None)
        if found is None:
            return
        used.append(found[0])
        names.append(found[1])
    if rule != _FIRST_OF_WILDCARD and all(grant.action == "sagemaker:*" for grant in used):
        return
    place = passing if way.passes and passing is not None else used[0]
    undecided = next((g.undecided for g in (*used, place) if g.undecided is not None), None)
    if undecided is not None:
        yield unknown(undecided, place.path)
        return
    shown = " and ".join([*(["iam:PassRole on any role"] if way.passes else []), *names])
    gain = f"takes any role and {way.gain}" if way.passes else way.gain
    yield fail(
        place.path,
        f"{subject.title} allows {shown}: whoever holds these {gain}",
        detail=shown,
    )


class _Grant:
    """One action pattern that a statement allows on everything."""

    def __init__(self, action: str, at: Path, condition: Any, undecided: Any) -> None:
        self.action = action
        self.path = at
        self.condition = condition
        self.undecided = undecided

    def allows(self, name: str) -> bool:
        return matches(self.action, name)

    def passes_any_role(self, service: str) -> bool:
        """Whether it passes any role to the service (``""``: to some service)."""
        if not matches(self.action, "iam:passrole"):
            return False
        if not isinstance(self.condition, dict):
            return True
        for keys in self.condition.values():
            for key, values in keys.items() if isinstance(keys, dict) else ():
                if key.lower() == "iam:passedtoservice" and isinstance(values, list):
                    texts = [value for value in values if isinstance(value, str)]
                    return any(
                        text.startswith(f"{service}.") or text == "*" or not service
                        for text in texts
                    )
        return True


def _grants(policy: Any) -> Iterator[_Grant]:
    statements = lookup(policy, "Statement")
    for index, statement in enumerate(statements if isinstance(statements, list) else ()):
        if lookup(statement, "Effect") != "Allow":
            continue
        condition = lookup(statement, "Condition")
        resources = lookup(statement, "Resource")
        places = resources if isinstance(resources, list) else []
        star = any(_is_star(item) for item in places)
        undecided = None
        if not star:
            if not places or not all(isinstance(item, Unknown) for item in places):
                continue
            if any(item.references for item in places):
                continue  # it names something, not everything
            undecided = places[0]
        actions = lookup(statement, "Action")
        for number, action in enumerate(actions if isinstance(actions, list) else ()):
            if isinstance(action, str):
                passes = matches(action.lower(), "iam:passrole")
                if condition not in (MISSING, None) and not passes:
                    continue
                at: Path = ("Statement", index, "Action", number)
                yield _Grant(action.lower(), at, condition, undecided)
