"""The graph of a pipeline's steps: what runs before what, and behind which conditions.

Edges come from ``DependsOn``, from ``Get`` references to a step's properties, and from nesting (a
step in a branch runs after its Condition). Sets of steps are kept as integers used as bit sets, so
that a pipeline of thousands of steps stays cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from weakref import WeakKeyDictionary

from linter.domain.pipeline import Pipeline, Step

_graphs: WeakKeyDictionary[Pipeline, StepGraph]


class StepGraph:
    """Relations between the steps of one pipeline. Build one with :func:`graph_of`."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.steps = pipeline.steps
        self.complete = pipeline.order_complete
        self._index = {id(step): number for number, step in enumerate(self.steps)}
        self._by_name = pipeline.steps_by_name

    @cached_property
    def unresolved(self) -> dict[str, tuple[str, ...]]:
        """Step name → names it waits for that no step of the pipeline has."""
        found: dict[str, tuple[str, ...]] = {}
        for step in self.steps:
            missing = tuple(n for n in step.predecessors if n not in self._by_name)
            if missing:
                found[step.name] = missing
        return found

    @cached_property
    def _direct(self) -> list[list[int]]:
        """For each step the numbers of the steps it directly waits for."""
        direct: list[list[int]] = []
        for step in self.steps:
            before = [
                self._index[id(self._by_name[name])]
                for name in step.predecessors
                if name in self._by_name
            ]
            if step.parent is not None:
                before.append(self._index[id(step.parent)])
            number = self._index[id(step)]
            direct.append([item for item in dict.fromkeys(before) if item != number])
        return direct

    @cached_property
    def _order_and_cycles(self) -> tuple[list[int], list[list[int]]]:
        """A topological order (cyclic steps last, in text order), and the cycles found."""
        order: list[int] = []
        cycles: list[list[int]] = []
        state = [0] * len(self.steps)  # 0 not seen, 1 on the current way, 2 done
        for start in range(len(self.steps)):
            if state[start]:
                continue
            way: list[int] = []
            stack: list[tuple[int, Iterator[int]]] = [(start, iter(self._direct[start]))]
            state[start] = 1
            way.append(start)
            while stack:
                node, edges = stack[-1]
                following = next(edges, None)
                if following is None:
                    stack.pop()
                    way.pop()
                    state[node] = 2
                    order.append(node)
                elif state[following] == 0:
                    state[following] = 1
                    way.append(following)
                    stack.append((following, iter(self._direct[following])))
                elif state[following] == 1:
                    cycles.append(way[way.index(following) :])
        return order, cycles

    @property
    def order(self) -> list[Step]:
        """The steps so that each stands behind those it waits for (as far as there is no cycle)."""
        return [self.steps[number] for number in self._order_and_cycles[0]]

    @property
    def cycles(self) -> list[list[Step]]:
        """Steps that wait for each other; each list is one cycle."""
        return [[self.steps[n] for n in cycle] for cycle in self._order_and_cycles[1]]

    @cached_property
    def _before(self) -> list[int]:
        """For each step, as a bit set, every step that runs before it."""
        before = [0] * len(self.steps)
        for number in self._order_and_cycles[0]:
            bits = 0
            for item in self._direct[number]:
                bits |= before[item] | (1 << item)
            before[number] = bits
        return before

    def _steps(self, bits: int) -> list[Step]:
        digits = f"{bits:b}"[::-1]
        return [step for step, digit in zip(self.steps, digits, strict=False) if digit == "1"]

    def predecessors(self, step: Step) -> list[Step]:
        """The steps it directly waits for, its Condition or ForEach included."""
        return [self.steps[number] for number in self._direct[self._index[id(step)]]]

    @cached_property
    def _after(self) -> list[list[int]]:
        after: list[list[int]] = [[] for _ in self.steps]
        for number, before in enumerate(self._direct):
            for item in before:
                after[item].append(number)
        return after

    def successors(self, step: Step) -> list[Step]:
        """The steps that directly wait for it, the steps inside it included."""
        return [self.steps[number] for number in self._after[self._index[id(step)]]]

    def after_any(self, others: Iterable[Step]) -> Callable[[Step], bool]:
        """Tells of a step whether one of these runs before it, without listing what does."""
        wanted = 0
        for other in others:
            wanted |= 1 << self._index[id(other)]
        return lambda step: bool(self._before[self._index[id(step)]] & wanted)

    def ancestors(self, step: Step) -> list[Step]:
        """Every step that runs before it, in the order of the text."""
        return self._steps(self._before[self._index[id(step)]])

    def runs_before(self, first: Step, second: Step) -> bool:
        """Whether ``first`` has always run when ``second`` starts."""
        return bool(self._before[self._index[id(second)]] >> self._index[id(first)] & 1)

    def descendants(self, step: Step) -> list[Step]:
        """Every step that runs after it."""
        number = self._index[id(step)]
        return [
            other
            for other, bits in zip(self.steps, self._before, strict=True)
            if bits >> number & 1
        ]

    def guards(self, step: Step) -> list[Step]:
        """The Condition steps without whose consent it never starts.

        A Condition around the step, around a step it waits for, or that it waits for itself.
        """
        bits = self._before[self._index[id(step)]] & self._conditions
        found = self._guards.get(bits)
        if found is None:
            found = self._guards[bits] = self._steps(bits)
        return found

    @cached_property
    def _guards(self) -> dict[int, list[Step]]:
        """Lists of Conditions that were asked for: steps side by side have the same ones."""
        return {}

    @cached_property
    def _conditions(self) -> int:
        """The Condition steps as a bit set."""
        return sum(1 << n for n, step in enumerate(self.steps) if step.type == "Condition")


_graphs = WeakKeyDictionary()


def graph_of(pipeline: Pipeline) -> StepGraph:
    """The pipeline's graph, built once."""
    graph = _graphs.get(pipeline)
    if graph is None:
        graph = _graphs[pipeline] = StepGraph(pipeline)
    return graph
