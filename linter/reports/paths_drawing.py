"""Ways to an administrator, for a terminal, for Graphviz and as Mermaid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linter.core.printable import printable
from linter.policy.statements import NormalLocator
from linter.project.holders import Holder
from linter.project.paths import Grant, Graph, Step
from linter.reports.graph import dot_text, mermaid_text
from linter.reports.style import Painter

_ADMINISTRATOR = "an administrator"


def render_text(graph: Graph, paint: Painter) -> str:
    """A path per principal, a line per step, the statements below it."""
    lines: list[str] = []
    for holder in graph.holders:
        if holder.access.power:
            lines.append(f"{paint(printable(holder.title), 'bold')}  has {holder.access.power}")
    for holder, path in open_paths(graph):
        lines.append(f"{paint(printable(holder.title), 'bold')}  {becomes(path)}")
        for number, step in enumerate(path, 1):
            doubt = "" if step.certain else " (not known whether)"
            lines.append(f"  {number}. {printable(step.sentence)}{doubt}")
            for where in dict.fromkeys(map(place_of, step.grants)):
                lines.append(f"     {printable(where)}")
    if not any(True for _ in open_paths(graph)):
        lines.append("No way to an administrator of the scan was found.")
    return "\n".join(lines) + "\n"


def render_dot(graph: Graph) -> str:
    """Graphviz: principals as boxes, steps as arrows; what is not certain is dashed."""
    lines = ["digraph paths {", "  rankdir=LR;", "  node [shape=box];"]
    numbers = _numbers(graph)
    for title, number in numbers.items():
        lines.append(f"  p{number} [label={dot_text(title)}];")
    for step in _steps(graph):
        dashed = "" if step.certain else ", style=dashed"
        lines.append(
            f"  p{numbers[step.actor.title]} -> p{numbers[goal_of(step)]} "
            f"[label={dot_text(_label(step))}{dashed}];"
        )
    return "\n".join([*lines, "}"]) + "\n"


def render_mermaid(graph: Graph) -> str:
    """Mermaid, as GitHub and GitLab draw it in Markdown."""
    numbers = _numbers(graph)
    lines = ["flowchart LR"]
    lines += [f'  p{number}["{mermaid_text(title)}"]' for title, number in numbers.items()]
    for step in _steps(graph):
        arrow = "-->" if step.certain else "-.->"
        lines.append(
            f"  p{numbers[step.actor.title]} {arrow}"
            f'|"{mermaid_text(_label(step))}"| p{numbers[goal_of(step)]}'
        )
    return "\n".join(lines) + "\n"


def to_json(graph: Graph) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "administrators": [
            {"principal": one.title, "path": one.document.path, "has": one.access.power}
            for one in graph.holders
            if one.access.power
        ],
        "paths": [
            {
                "principal": holder.title,
                "path": holder.document.path,
                "certain": all(step.certain for step in path),
                "steps": [
                    {
                        "kind": step.kind,
                        "actions": list(dict.fromkeys(g.action for g in step.grants)),
                        "on": step.thing,
                        "gain": step.gain,
                        "becomes": None if step.target is None else step.target.title,
                        "statements": list(dict.fromkeys(map(place_of, step.grants))),
                    }
                    for step in path
                ],
            }
            for holder, path in open_paths(graph)
        ],
    }


def open_paths(graph: Graph) -> Iterator[tuple[Holder, tuple[Step, ...]]]:
    """Principals that can become an administrator, each with its shortest way."""
    for holder in graph.holders:
        path = graph.path(holder)
        if path:
            yield holder, path


def becomes(path: tuple[Step, ...]) -> str:
    """``becomes an administrator in 2 steps``."""
    certain = all(step.certain for step in path)
    steps = "1 step" if len(path) == 1 else f"{len(path)} steps"
    return f"{'becomes' if certain else 'may become'} {_ADMINISTRATOR} in {steps}"


def _steps(graph: Graph) -> list[Step]:
    """Every step of every path, each once."""
    found = {
        (s.actor.title, goal_of(s), _label(s)): s for _, path in open_paths(graph) for s in path
    }
    return list(found.values())


def _numbers(graph: Graph) -> dict[str, int]:
    titles = [one.title for one in graph.holders if one.access.power]
    for step in _steps(graph):
        titles += [step.actor.title, goal_of(step)]
    return {title: number for number, title in enumerate(dict.fromkeys(titles))}


def goal_of(step: Step) -> str:
    """Whom a step leads to."""
    return _ADMINISTRATOR if step.target is None else step.target.title


def _label(step: Step) -> str:
    return " + ".join(dict.fromkeys(grant.action for grant in step.grants))


def place_of(grant: Grant) -> str:
    """``main.tf:21: statement 1 of aws_iam_policy.p``."""
    policy = grant.source.policy
    span = NormalLocator(policy.locator, policy.value).locate(grant.path).span
    return f"{span.path}:{span.start_line}: {grant.source.title}"
