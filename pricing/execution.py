"""From priced steps to a priced run: branches, repetition, and how long it takes.

A run takes one branch of every Condition: ``low`` is the cheapest way through, ``high`` the
dearest, ``expected`` weighs the branches by their probability. A step outside a branch that waits
for a step inside runs only when the branch does. A ForEach runs its body once per item.
"""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from linter.core.record import entity, field, record, replace
from linter.core.values import MISSING, Choice
from linter.domain.graph import StepGraph, graph_of
from linter.domain.pipeline import Step
from pricing.context import Context
from pricing.estimators.registry import estimate_step
from pricing.model import Share, StepEstimate
from pricing.ranges import Range

HALF = Decimal("0.5")
DEFAULT_PARALLEL = 50
"""Steps at once where the pipeline's ParallelismConfiguration says nothing."""

_ITEMS = Range.of(1, 10, 100)
MAX_ITEMS = Decimal(100_000)


@entity
class _Branch:
    """A list of steps that run together: the top level or one side of a Condition."""

    probability: Decimal = Decimal(1)
    steps: list[int] = field(default_factory=list)
    conditions: dict[int, dict[str, _Branch]] = field(default_factory=dict)


@record
class Run:
    """A priced run of a pipeline."""

    steps: tuple[StepEstimate, ...]
    per_run: Range
    duration: Range
    notes: tuple[str, ...] = ()
    permitted: Decimal | None = None


def price_run(ctx: Context) -> Run:
    """Price every step of the context's pipeline and the run as a whole."""
    steps = ctx.pipeline.steps
    number = {id(step): index for index, step in enumerate(steps)}
    estimates: list[StepEstimate] = []
    factors: list[Range] = []
    for step in steps:
        factor = _repetition(step, factors, number)
        found = estimate_step(ctx, step)
        if step.type == "ForEach":
            factors.append(factor * _items(ctx, step)[0])
            found = found.noting(_items(ctx, step)[1])
        else:
            factors.append(factor)
        if step.type == "Condition" and ctx.of(step).probability is None:
            found = found.noting("each branch expected in half of the runs: none is stated")
        estimates.append(found)
    body = [_repetition(step, factors, number) for step in steps]
    totals = [item.total * factor for item, factor in zip(estimates, body, strict=True)]
    graph = graph_of(ctx.pipeline)
    root, optional = _branches(ctx, graph, number)
    shares = [
        Share(*values)
        for values in zip(
            _low(root, totals, optional),
            _expected(root, totals, optional),
            _high(root, totals),
            strict=True,
        )
    ]
    weights = _expected(root, body, optional)
    guessed = any(step.type == "Condition" and _guessed(ctx, step) for step in steps)
    priced = tuple(
        replace(
            item,
            share=share,
            weight=weight,
            weight_assumed=_weight_assumed(ctx, step, weight, guessed),
        )
        for step, item, share, weight in zip(steps, estimates, shares, weights, strict=True)
    )
    low, expected, high = (
        sum((getattr(share, name) for share in shares), Decimal(0))
        for name in ("low", "expected", "high")
    )
    # Products of many probabilities may pass 28 digits; the order must hold all the same.
    per_run = Range(min(low, expected), expected, max(high, expected))
    notes = [] if not graph.cycles else ["steps wait for each other; the duration ignores that"]
    if not graph.complete:
        notes.append("not all steps are known: the figures cover those that are")
    duration = _duration(ctx, graph, number, priced, body, shares)
    return Run(priced, per_run, duration, tuple(notes), _permitted(root, priced, body))


def _weight_assumed(ctx: Context, step: Step, weight: Decimal, guessed: bool) -> bool:
    """Whether a probability or a number of items is assumed for how often a step runs.

    A step outside of branches that runs with one depends on a condition; ``guessed`` is whether
    the probability of one is assumed.
    """
    if weight == 1:
        return False
    outers = tuple(step.ancestors)
    return guessed if not outers else any(_guessed(ctx, outer) for outer in outers)


def _guessed(ctx: Context, outer: Step) -> bool:
    if outer.type == "ForEach":
        return _items(ctx, outer)[0] is _ITEMS
    return outer.type == "Condition" and ctx.of(outer).probability is None


def _permitted(root: _Branch, steps: Sequence[StepEstimate], body: list[Range]) -> Decimal | None:
    """What limits and retries allow a run to cost; ``None`` where a step has no end or price."""
    if any(item.permitted_usd is None and not item.free for item in steps):
        return None
    amounts = [
        (item.permitted_usd or Decimal(0)) * factor.high
        for item, factor in zip(steps, body, strict=True)
    ]
    return sum((amounts[index] for index in _way(root, amounts)), Decimal(0))


def dearest_run(ctx: Context, amounts: Sequence[Decimal]) -> Decimal:
    """The dearest way through a pipeline whose steps cost these amounts, in their order.

    A step of a ForEach counts once for each item.
    """
    steps = ctx.pipeline.steps
    number = {id(step): index for index, step in enumerate(steps)}
    factors: list[Range] = []
    for step in steps:
        factor = _repetition(step, factors, number)
        factors.append(factor * _items(ctx, step)[0] if step.type == "ForEach" else factor)
    root, _ = _branches(ctx, graph_of(ctx.pipeline), number)
    totals = [
        amount * _repetition(step, factors, number).high
        for step, amount in zip(steps, amounts, strict=True)
    ]
    return sum((totals[index] for index in _way(root, totals)), Decimal(0))


# --- repetition -------------------------------------------------------------------------------


def _repetition(step: Step, factors: list[Range], number: dict[int, int]) -> Range:
    """How often the step runs: as often as what is inside its parent."""
    return Range.exactly(1) if step.parent is None else factors[number[id(step.parent)]]


def _items(ctx: Context, step: Step) -> tuple[Range, str]:
    """How many items a ForEach goes through, and where the figure comes from."""
    stated = ctx.of(step).items
    if stated is not None:
        return stated, "items from the usage file"
    items = step.get("IterableItems")
    if items is MISSING:
        items = step.get("Items")
    options = items.values if isinstance(items, Choice) else (items,)
    counts = [count for value in options if (count := _count(value)) is not None]
    if counts:
        numbers = [min(Decimal(count), MAX_ITEMS) for count in counts]
        return Range.around(numbers, numbers[0]), f"{counts[0]} items"
    return _ITEMS, "the number of items is not known: 1 to 100 assumed, 10 expected"


def _count(value: Any) -> int | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return len(value) if isinstance(value, list | dict) else None


# --- branches ---------------------------------------------------------------------------------


def _branches(
    ctx: Context, graph: StepGraph, number: dict[int, int]
) -> tuple[_Branch, dict[int, Decimal]]:
    """The tree of branches, and the steps that wait for several of them.

    The second are kept at the top with the probability that all of their branches are taken.
    """
    root = _Branch()
    homes: dict[int, tuple[tuple[int, str], ...]] = {}
    optional: dict[int, Decimal] = {}

    def branch_at(home: tuple[tuple[int, str], ...]) -> _Branch:
        branch = root
        for condition, side in home:
            sides = branch.conditions.setdefault(condition, {})
            if side not in sides:
                chance = ctx.of(graph.steps[condition]).probability
                taken = HALF if chance is None else chance
                for name, share in (("IfSteps", taken), ("ElseSteps", 1 - taken)):
                    sides.setdefault(name, _Branch(share))
            branch = sides[side]
        return branch

    for step in graph.order:
        index = number[id(step)]
        own: tuple[tuple[int, str], ...] = ()
        if step.parent is not None:
            own = homes.get(number[id(step.parent)], ())
            if step.parent.type == "Condition":
                own = (*own, (number[id(step.parent)], step.branch))
        waits = [homes.get(number[id(p)], ()) for p in graph.predecessors(step)]
        home, several = _joined([own, *waits])
        homes[index] = home
        if several:
            chance = Decimal(1)
            for condition, side in several:
                stated = ctx.of(graph.steps[condition]).probability
                taken = HALF if stated is None else stated
                chance *= taken if side == "IfSteps" else 1 - taken
            optional[index] = chance
        branch_at(home).steps.append(index)
    return root, optional


def _joined(
    homes: list[tuple[tuple[int, str], ...]],
) -> tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]]:
    """The branch in which a step with these homes runs, and the others it depends on.

    Homes along one way down give the deepest; otherwise what they share, and the rest as the
    branches that must all be taken.
    """
    deepest = max(homes, key=len)
    if all(deepest[: len(home)] == home for home in homes):
        return deepest, ()
    shared = 0
    while all(len(h) > shared and h[shared] == homes[0][shared] for h in homes if h):
        shared += 1
        if shared >= min((len(h) for h in homes if h), default=0):
            break
    base = next(h for h in homes if h)[:shared]
    rest = dict.fromkeys(item for home in homes for item in home[shared:])
    return base, tuple(rest)


def _low(root: _Branch, totals: list[Range], optional: dict[int, Decimal]) -> list[Decimal]:
    """What each step adds on the cheapest way through."""
    shares = [Decimal(0)] * len(totals)
    amounts = [Decimal(0) if i in optional else -t.low for i, t in enumerate(totals)]
    for index in _way(root, amounts):
        if index not in optional:
            shares[index] = totals[index].low
    return shares


def _high(root: _Branch, totals: list[Range]) -> list[Decimal]:
    """What each step adds on the dearest way through."""
    shares = [Decimal(0)] * len(totals)
    for index in _way(root, [t.high for t in totals]):
        shares[index] = totals[index].high
    return shares


def _way(root: _Branch, amounts: list[Decimal]) -> list[int]:
    """The steps of the way through the branches with the greatest sum of amounts."""
    results: dict[int, tuple[Decimal, list[int]]] = {}
    stack: list[tuple[_Branch, bool]] = [(root, False)]
    while stack:
        branch, done = stack.pop()
        if not done:
            stack.append((branch, True))
            stack.extend(
                (side, False) for sides in branch.conditions.values() for side in sides.values()
            )
            continue
        amount = sum((amounts[index] for index in branch.steps), Decimal(0))
        chosen = list(branch.steps)
        for sides in branch.conditions.values():
            best = max((results[id(side)] for side in sides.values()), key=lambda found: found[0])
            amount, chosen = amount + best[0], chosen + best[1]
        results[id(branch)] = (amount, chosen)
    return results[id(root)][1]


def _expected(root: _Branch, totals: list[Range], optional: dict[int, Decimal]) -> list[Decimal]:
    """What each step adds on average."""
    shares = [Decimal(0)] * len(totals)
    stack = [(root, Decimal(1))]
    while stack:
        branch, probability = stack.pop()
        for index in branch.steps:
            shares[index] = totals[index].expected * probability * optional.get(index, Decimal(1))
        for sides in branch.conditions.values():
            stack.extend((side, probability * side.probability) for side in sides.values())
    return shares


# --- duration ---------------------------------------------------------------------------------


def _duration(
    ctx: Context,
    graph: StepGraph,
    number: dict[int, int],
    steps: tuple[StepEstimate, ...],
    body: list[Range],
    shares: list[Share],
) -> Range:
    """Wall-clock hours of a run: the critical path, with so many steps at once.

    Steps are started in the text's order as soon as what they wait for is done and a place is
    free (list scheduling). ``low`` and ``expected`` leave out steps of branches not on the
    cheapest way; a step of a branch counts for ``expected`` when it is more likely than not.
    """
    parallel = ctx.number(ctx.pipeline.parallelism)
    places = int(parallel.expected) if parallel is not None else DEFAULT_PARALLEL
    places = max(1, min(places, 10_000))
    waits = [[number[id(p)] for p in graph.predecessors(step)] for step in graph.steps]
    order = [number[id(step)] for step in graph.order]
    rank = {index: place for place, index in enumerate(order)}

    def schedule(times: list[Decimal]) -> Decimal:
        return _schedule(times, waits, rank, places)

    def runs(share: Decimal, whole: Decimal) -> bool:
        return not whole or share * 2 >= whole

    repeated = [item.duration * factor for item, factor in zip(steps, body, strict=True)]
    low = schedule(
        [
            r.low if runs(shares[i].low, steps[i].total.low) else Decimal(0)
            for i, r in enumerate(repeated)
        ]
    )
    high = schedule([r.high for r in repeated])
    expected = schedule(
        [
            r.expected if runs(shares[i].expected, steps[i].total.expected) else Decimal(0)
            for i, r in enumerate(repeated)
        ]
    )
    return Range(min(low, expected), expected, max(expected, high))


def _schedule(
    times: list[Decimal], waits: list[list[int]], rank: dict[int, int], places: int
) -> Decimal:
    after: dict[int, list[int]] = defaultdict(list)
    pending: list[int] = [0] * len(times)
    for index, before in enumerate(waits):
        for item in before:
            # An edge against the order closes a cycle; it cannot be waited for.
            if rank[item] < rank[index]:
                after[item].append(index)
                pending[index] += 1
    ready = [(rank[i], i) for i in range(len(times)) if not pending[i]]
    heapq.heapify(ready)
    running: list[tuple[Decimal, int]] = []
    now = Decimal(0)
    while ready or running:
        while ready and len(running) < places:
            _, index = heapq.heappop(ready)
            heapq.heappush(running, (now + times[index], index))
        now, done = heapq.heappop(running)
        for index in after[done]:
            pending[index] -= 1
            if not pending[index]:
                heapq.heappush(ready, (rank[index], index))
    return now
