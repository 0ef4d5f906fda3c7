"""What the user names must exist: an option that names nothing would do nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from linter.core.printable import printable
from linter.core.values import MISSING, Choice, Template, Unknown, lookup
from linter.domain.pipeline import Parameter, typed_parameter
from linter.policy.suggest import did_you_mean
from linter.project.model import Project


def wrong_options(
    projects: Sequence[Project], variables: Iterable[str], parameters: Mapping[str, str]
) -> list[str]:
    """A line for each ``--var`` and ``--param`` that no project knows or takes.

    Where something could not be read a name may be declared there, and nothing is said.
    """
    found = [line for name, text in parameters.items() for line in _values(projects, name, text)]
    if any(problem.lost for project in projects for problem in project.problems):
        return found
    found += _unknown_names(projects, parameters)
    declared = {name for project in projects for name in project.variables}
    for name in variables:
        if name not in declared:
            hint = did_you_mean(name, sorted(declared))
            found.append(
                f"--var {printable(name, 80)}: no root module and no template declares it{hint}"
            )
    return found


def _unknown_names(projects: Sequence[Project], parameters: Iterable[str]) -> list[str]:
    pipelines = [pipeline for project in projects for pipeline in project.pipelines]
    if any(_is_open(pipeline.definition) for pipeline in pipelines):
        return []
    declared = {name for pipeline in pipelines for name in pipeline.parameters}
    return [
        f"--param {printable(name, 80)}: no pipeline has this parameter"
        f"{did_you_mean(name, sorted(declared))}"
        for name in parameters
        if name not in declared
    ]


def _is_open(definition: Any) -> bool:
    """Whether a definition may declare parameters that are not known."""
    declared = lookup(definition, "Parameters")
    items = declared if isinstance(declared, list) else [declared]
    return any(isinstance(item, Unknown) for item in items)


def _values(projects: Sequence[Project], name: str, text: str) -> list[str]:
    """What is wrong with a value, by the first pipeline that does not take it."""
    for project in projects:
        for pipeline in project.pipelines:
            parameter = pipeline.parameters.get(name)
            reason = "" if parameter is None else _refusal(parameter, text)
            if reason:
                shown = f"--param {printable(name, 80)}={printable(text, 80)}"
                return [f"{shown}: {printable(pipeline.title, 80)} {reason}"]
    return []


def _refusal(parameter: Parameter, text: str) -> str:
    kind, value = parameter.type, typed_parameter(text, parameter.type, "--param value")
    if isinstance(value, Unknown):
        return f"declares it as {kind}"
    allowed = parameter.enum
    if allowed is MISSING or not isinstance(allowed, list):
        return ""
    if any(isinstance(item, Unknown | Template | Choice) for item in allowed):
        return ""
    if value in allowed or text in map(str, allowed):
        return ""
    shown = ", ".join(printable(str(item), 40) for item in allowed[:12])
    return f"allows {shown}{did_you_mean(text, map(str, allowed))}"


def nothing_named(project: Project, addresses: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """That no document is named by any of these patterns, with what is nearest."""
    everything = [(document.address, document.kind) for document in project.documents]
    if not everything or any(problem.lost for problem in project.problems):
        return []
    found: list[str] = []
    for option, patterns, names in (
        ("--address", addresses, {address for address, _ in everything}),
        ("--kind", kinds, {kind for _, kind in everything} | {"pipeline", "iam.policy"}),
    ):
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in names):
                hint = did_you_mean(pattern, sorted(names))
                found.append(f"{option} {printable(pattern, 80)}: no document has it{hint}")
    return found
