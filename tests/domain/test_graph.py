"""The step graph, compared with a plain reference on random pipelines."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from linter.domain.graph import StepGraph, graph_of
from linter.domain.pipeline import Pipeline
from linter.project.load import load_texts


def pipeline(*steps: dict[str, Any]) -> Pipeline:
    text = json.dumps({"Version": "2020-12-01", "Steps": steps})
    return load_texts({"p.json": text}).pipelines[0]


def step(name: str, *after: str, kind: str = "Lambda", **arguments: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "DependsOn": list(after), "Arguments": arguments}


def names(steps: Any) -> list[str]:
    return [item.name for item in steps]


def test_edges_by_name_by_data_and_by_nesting() -> None:
    inner = step("Register", kind="RegisterModel", m={"Get": "Steps.Train.Model"})
    item = pipeline(
        step("Prep"),
        step("Train", "Prep"),
        step("Eval", "Train"),
        {
            **step("Gate", "Eval", kind="Condition"),
            "Arguments": {"Conditions": [], "IfSteps": [inner], "ElseSteps": []},
        },
        step("Notify", "Register"),
        step("Alone"),
    )
    graph = graph_of(item)
    by_name = item.steps_by_name
    assert names(graph.predecessors(by_name["Register"])) == ["Train", "Gate"]
    assert names(graph.ancestors(by_name["Register"])) == ["Prep", "Train", "Eval", "Gate"]
    assert names(graph.guards(by_name["Notify"])) == ["Gate"]
    assert graph.guards(by_name["Eval"]) == []
    assert names(graph.successors(by_name["Gate"])) == ["Register"]
    assert names(graph.descendants(by_name["Eval"])) == ["Gate", "Register", "Notify"]
    assert graph.runs_before(by_name["Prep"], by_name["Notify"])
    assert not graph.runs_before(by_name["Alone"], by_name["Notify"])
    assert graph.cycles == []
    assert graph_of(item) is graph


def test_cycles_and_names_that_are_not_there() -> None:
    graph = StepGraph(pipeline(step("A", "C"), step("B", "A"), step("C", "B"), step("D", "X", "D")))
    assert [sorted(names(cycle)) for cycle in graph.cycles] == [["A", "B", "C"]]
    assert graph.unresolved == {"D": ("X",)}


EDGES = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30)


@given(EDGES)
def test_ancestors_are_those_of_a_plain_search(edges: list[tuple[int, int]]) -> None:
    # Edges from lower to higher numbers: no cycles.
    wanted: dict[int, set[int]] = {n: {a for a, b in edges if b == n and a < n} for n in range(12)}
    item = pipeline(*(step(f"S{n}", *(f"S{a}" for a in sorted(wanted[n]))) for n in range(12)))
    graph = graph_of(item)
    assert graph.cycles == []
    position = {s.name: i for i, s in enumerate(graph.order)}
    for number in range(12):
        reached: set[int] = set()
        pending = list(wanted[number])
        while pending:
            at = pending.pop()
            if at not in reached:
                reached.add(at)
                pending.extend(wanted[at])
        found = graph.ancestors(item.steps_by_name[f"S{number}"])
        assert {s.name for s in found} == {f"S{n}" for n in reached}
        assert all(position[s.name] < position[f"S{number}"] for s in found)


@given(EDGES)
def test_a_cycle_is_found_exactly_when_there_is_one(edges: list[tuple[int, int]]) -> None:
    before: dict[int, set[int]] = {n: {a for a, b in edges if b == n and a != n} for n in range(12)}
    item = pipeline(*(step(f"S{n}", *(f"S{a}" for a in sorted(before[n]))) for n in range(12)))
    left = {n: set(b) for n, b in before.items()}
    while ready := [n for n, waits in left.items() if not waits & left.keys()]:
        for n in ready:
            del left[n]
    assert bool(StepGraph(item).cycles) == bool(left)


def test_after_any_tells_what_runs_after_one_of_several() -> None:
    graph = graph_of(pipeline(*[step(f"S{n}", *([f"S{n - 1}"] if n else [])) for n in range(4)]))
    first, second, third, fourth = graph.steps
    after = graph.after_any([second, third])
    assert [after(one) for one in graph.steps] == [False, False, True, True]
    assert not any(map(graph.after_any([]), graph.steps))
    assert [one.name for one in graph.steps if graph.after_any([first])(one)] == ["S1", "S2", "S3"]
    assert not graph.after_any([fourth])(fourth)
