"""The step graph of pipelines: for a terminal, for Graphviz, and as Mermaid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from linter.core.printable import printable
from linter.core.record import record
from linter.domain.graph import graph_of
from linter.domain.pipeline import Pipeline, Step
from linter.reports.amounts import NO_PRICE, usd
from linter.reports.cost_table import machines, weight_of
from linter.reports.style import Painter

if TYPE_CHECKING:
    from linter.core.documents import Path
    from linter.policy.model import Finding
    from pricing.model import PipelineEstimate, StepEstimate

MAX_NAME = 60


@record
class Node:
    """One step: what is written on it, and the numbers of the steps it waits for."""

    step: Step
    label: str
    detail: str
    waits: tuple[int, ...]
    findings: int


def step_of(finding: Finding) -> Path | None:
    """The place in the definition of the step that a finding is about; ``None`` for no step."""
    domain = None if finding.subject is None else finding.subject.domain
    return domain.path if isinstance(domain, Step) else None


def failures_by_step(findings: Iterable[Finding], pipeline: Pipeline) -> Mapping[Path, int]:
    """How many of the findings are about each step of a pipeline, by its place in the definition.

    Names are no identity: a pipeline and a step may have the same.
    """
    places = (step_of(f) for f in findings if pipeline.document in f.instances)
    return Counter(place for place in places if place is not None)


def nodes_of(
    pipeline: Pipeline, estimate: PipelineEstimate | None, findings: Mapping[Path, int]
) -> list[Node]:
    """The steps in an order in which they can run.

    ``findings`` counts visible failures by the step's place in the definition.
    """
    graph = graph_of(pipeline)
    order = graph.order
    number = {id(step): index for index, step in enumerate(order)}
    costs = {}
    if estimate is not None:
        costs = {s.name: _costs(s) for s in estimate.steps if not s.free}
    nodes = []
    for step in order:
        name = step.name or f"step {step.index + 1}"
        parts = [printable(str(step.type or "no type"), 60)]
        if step.name in costs:
            parts += costs[step.name]
        count = findings.get(step.path, 0)
        if count:
            parts.append(f"{count} finding{'s' * (count != 1)}")
        waits = tuple(sorted(number[id(p)] for p in graph.predecessors(step) if id(p) in number))
        nodes.append(Node(step, printable(name, MAX_NAME), ", ".join(parts), waits, count))
    return nodes


def _costs(step: StepEstimate) -> list[str]:
    """What a step costs when it runs, its weight, and what the figure rests on."""
    if step.unpriced and not step.total.high:
        return [NO_PRICE]
    amount = f"{'' if step.complete else 'at least '}{usd(step.total.expected)} a run"
    if step.weight != 1:
        amount += f" ({weight_of(step)})"
    kind = machines(step)
    return [amount, *filter(None, (step.basis.words, kind))]


def render_text(pipelines: Iterable[tuple[str, Sequence[Node]]], paint: Painter) -> str:
    """Steps by level: those of one level may run at the same time."""
    lines: list[str] = []
    for title, nodes in pipelines:
        lines.append(paint(printable(title), "bold"))
        levels: list[int] = []
        for node in nodes:
            levels.append(1 + max((levels[n] for n in node.waits if n < len(levels)), default=0))
        for index, node in enumerate(nodes):
            after = ", ".join(nodes[n].label for n in node.waits)
            arrow = f"  ← {after}" if after else ""
            style = "yellow" if node.findings else "dim"
            lines.append(f"{levels[index]:>4}  {node.label}  {paint(node.detail, style)}{arrow}")
        lines.append("")
    return "\n".join(lines)


def render_dot(pipelines: Iterable[tuple[str, Sequence[Node]]]) -> str:
    """Graphviz: one cluster a pipeline."""
    lines = ["digraph pipelines {", "  rankdir=LR;", "  node [shape=box, fontname=sans];"]
    for place, (title, nodes) in enumerate(pipelines):
        lines.append(f"  subgraph cluster_{place} {{")
        lines.append(f"    label={dot_text(title)};")
        for index, node in enumerate(nodes):
            colour = ", color=orange" if node.findings else ""
            text = f"{node.label}\n{node.detail}"
            lines.append(f"    p{place}_{index} [label={dot_text(text)}{colour}];")
        for index, node in enumerate(nodes):
            lines.extend(f"    p{place}_{before} -> p{place}_{index};" for before in node.waits)
        lines.append("  }")
    lines.append("}")
    return "\n".join(lines) + "\n"


def dot_text(text: str) -> str:
    shown = "\\n".join(printable(line) for line in text.split("\n"))
    return '"' + re.sub(r"\\(?!n)", r"\\\\", shown).replace('"', '\\"') + '"'


def render_mermaid(pipelines: Iterable[tuple[str, Sequence[Node]]]) -> str:
    """Mermaid, as GitHub and GitLab draw it in Markdown."""
    lines = ["flowchart LR"]
    for place, (title, nodes) in enumerate(pipelines):
        lines.append(f'  subgraph p{place}["{mermaid_text(title)}"]')
        for index, node in enumerate(nodes):
            text = f"{mermaid_text(node.label)}<br/>{mermaid_text(node.detail)}"
            lines.append(f'    p{place}_{index}["{text}"]')
        for index, node in enumerate(nodes):
            lines.extend(f"    p{place}_{before} --> p{place}_{index}" for before in node.waits)
        lines.append("  end")
    return "\n".join(lines) + "\n"


def mermaid_text(text: str) -> str:
    """Every character that could be markup as an entity code of Mermaid's."""
    return re.sub(r"[^\w .,:$×–-]", lambda found: f"#{ord(found.group())};", printable(text))
