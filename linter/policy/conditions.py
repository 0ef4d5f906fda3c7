"""Conditions of a rule file, made ready to run: a tree of nodes that say true, false or unknown.

The data form (what the compiled index stores) is plain JSON::

    {"all": [condition, …]}    {"any": [condition, …]}    {"not": condition}
    {"path": "$.A", "steps": […], "quantifier": "every", "tests": {"equals": 1},
     "missing": "fail", "ignore_case": false}

An operand may be ``{"parameter": name}`` or ``{"path": "$.B", "steps": […]}``.

**Worlds.** A pipeline parameter with ``EnumValues`` is a ``Choice``. A rule fails if it fails for
any allowed value, which is not the same as each *test* failing if it fails for any (``not`` would
turn that round). So a rule is judged once for each combination of the choices that it really
meets, and one parameter has the same value wherever it is used in that world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from linter.core.documents import Path
from linter.core.record import entity, field
from linter.core.truth import Truth, agreement, kleene_not
from linter.core.values import MISSING, Choice, Unknown
from linter.policy import predicates
from linter.policy.jsonpath import Steps, freeze, plain_keys
from linter.policy.selector import Match, select

MAX_WORLDS = 64

_SCALARS = frozenset((str, int, float, bool, type(None)))
_MAX_MEMO = 4096

MISSING_WORDS: dict[str, Truth] = {"pass": True, "fail": False, "unknown": None}

ValueTest = Callable[[Any, Any, bool], Truth]


def _number_test(test: Callable[[float, float], bool]) -> ValueTest:
    return lambda value, operand, _: predicates.compare(value, operand, test)


TESTS: dict[str, ValueTest] = {
    "equals": predicates.equals,
    "not_equals": lambda v, o, i: kleene_not(predicates.equals(v, o, i)),
    "one_of": predicates.one_of,
    "none_of": lambda v, o, i: kleene_not(predicates.one_of(v, o, i)),
    "starts_with": predicates.starts_with,
    "ends_with": predicates.ends_with,
    "contains": predicates.contains,
    "like": predicates.like,
    "matches": predicates.matches,
    "lt": _number_test(lambda a, b: a < b),
    "lte": _number_test(lambda a, b: a <= b),
    "gt": _number_test(lambda a, b: a > b),
    "gte": _number_test(lambda a, b: a >= b),
    "is": lambda v, o, _: predicates.is_type(v, o),
    "length": lambda v, o, _: predicates.length(v, o),
    "empty": lambda v, o, _: predicates.empty(v, o),
    "subset_of": predicates.subset_of,
    "superset_of": predicates.superset_of,
    "disjoint_from": predicates.disjoint_from,
    "duration": lambda v, o, _: predicates.duration(v, o),
    "instance": lambda v, o, _: predicates.instance(v, o),
}
"""The tests of a value that is there. ``set`` and ``exists`` also judge what is not."""

PRESENCE: dict[str, Callable[[Any], Truth]] = {
    "set": predicates.is_set,
    "exists": predicates.exists,
}


class Evidence(NamedTuple):
    """One selected value and what a test said of it."""

    path: Path
    value: Any
    truth: Truth


@entity
class World:
    """One evaluation: the subject's value, and which value each choice has."""

    value: Any
    chosen: dict[Any, int]
    sizes: dict[Any, int]
    evidence: list[Evidence] | None = None

    def pick(self, choice: Choice) -> Any:
        key = (choice.references, len(choice.values)) if choice.references else id(choice)
        if not choice.values:
            return Unknown("no value is allowed", choice.references)
        self.sizes.setdefault(key, len(choice.values))
        return choice.values[self.chosen.get(key, 0)]


class Node(Protocol):
    def eval(self, world: World) -> Truth:
        """The condition's truth. With ``world.evidence`` a list, what decided it is added."""
        ...


class All:
    """Every condition holds; also ``any``, by De Morgan, with ``wanted`` turned round."""

    __slots__ = ("nodes", "stop")

    def __init__(self, nodes: Sequence[Node], stop: bool) -> None:
        self.nodes = tuple(nodes)
        self.stop = stop
        """The truth that decides at once: ``False`` for ``all``, ``True`` for ``any``."""

    def eval(self, world: World) -> Truth:
        result: Truth = not self.stop
        if world.evidence is None:
            for node in self.nodes:
                truth = node.eval(world)
                if truth is self.stop:
                    return truth
                if truth is None:
                    result = None
            return result
        outer = world.evidence
        gathered: list[tuple[Truth, list[Evidence]]] = []
        for node in self.nodes:
            world.evidence = []
            truth = node.eval(world)
            gathered.append((truth, world.evidence))
            if truth is self.stop or (truth is None and result is not self.stop):
                result = truth
        world.evidence = outer
        for truth, evidence in gathered:
            if truth is result:
                outer.extend(evidence)
        return result


class Not:
    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node

    def eval(self, world: World) -> Truth:
        return kleene_not(self.node.eval(world))


Operand = Callable[[World], Any]
"""Gives an operand's value; ``MISSING`` when it is a path that selects nothing."""


@entity
class Test:
    """One path and the tests of the values it selects."""

    steps: Steps
    keys: tuple[str, ...] | None
    quantifier: str
    tests: tuple[tuple[ValueTest, Any, Operand | None], ...]
    presence: tuple[tuple[Callable[[Any], Truth], bool], ...]
    missing: Truth
    ignore_case: bool
    depends: bool = False
    """Whether the truth depends on more of the subject than the selected value."""
    _memo: dict[tuple[type, Any], Truth] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.depends = any(operand is not None for _, _, operand in self.tests)
        nothing = World(None, {}, {})
        self._memo[type(None), None] = self._judge(nothing, MISSING, False)

    def eval(self, world: World) -> Truth:
        if self.keys is not None and world.evidence is None:
            value = world.value
            for key in self.keys:
                if type(value) is not dict:
                    break
                if key not in value:
                    return self._memo[type(None), None]
                value = value[key]
            else:
                if type(value) is Choice:
                    value = _settled(value, world)
                if type(value) in _SCALARS and not self.depends:
                    return self._scalar(world, value)
        return self._eval_fully(world)

    def _scalar(self, world: World, value: Any) -> Truth:
        """The tests of a known scalar depend on nothing else: they are remembered."""
        key = (type(value), value)
        if key in self._memo:
            return self._memo[key]
        truth = self._judge(world, value, False)
        if len(self._memo) < _MAX_MEMO:
            self._memo[key] = truth
        return truth

    def _eval_fully(self, world: World) -> Truth:
        matches = select(self.steps, world.value, world.pick) or [Match(self._asked(), MISSING)]
        stop = self.quantifier == "some"
        result: Truth = not stop
        judged: list[Evidence] = []
        for path, value, crossed in matches:
            value = _settled(value, world)
            truth = self._judge(world, value, crossed)
            if world.evidence is not None:
                judged.append(Evidence(path, value, truth))
            elif truth is stop:
                return truth
            if truth is stop or (truth is None and result is not stop):
                result = truth
        if world.evidence is not None:
            world.evidence.extend(one for one in judged if one.truth is result)
        return result

    def _asked(self) -> Path:
        """The path as far as it is certain: what is reported when nothing is selected."""
        path: list[str | int] = []
        for step in self.steps:
            if step[0] not in ("key", "index"):
                break
            path.append(step[1])
        return tuple(path)

    def _judge(self, world: World, value: Any, crossed: bool) -> Truth:
        """What the tests say of one value; for ``none`` already turned round."""
        result: Truth = True
        for test, wanted in self.presence:
            truth: Truth = None if crossed else test(value)
            result = _both(result, truth if wanted else kleene_not(truth))
        if result is False or not self.tests:
            return result
        if value is MISSING or value is None:
            return _both(result, self.missing)
        if crossed:
            return None
        if isinstance(value, Unknown) and value.alternatives:
            of_each = (self._judge(world, _settled(a, world), False) for a in value.alternatives)
            return _both(result, agreement(of_each))
        if isinstance(value, list):
            value = _settle(value, world)
        truth = self._run_tests(world, value)
        return _both(result, kleene_not(truth) if self.quantifier == "none" else truth)

    def _run_tests(self, world: World, value: Any) -> Truth:
        result: Truth = True
        for function, literal, operand in self.tests:
            if operand is not None:
                literal = operand(world)
                if literal is MISSING or literal is None:
                    missing = self.missing
                    truth = kleene_not(missing) if self.quantifier == "none" else missing
                else:
                    truth = function(value, literal, self.ignore_case)
            else:
                truth = function(value, literal, self.ignore_case)
            if truth is False:
                return False
            if truth is None:
                result = None
        return result


def _both(left: Truth, right: Truth) -> Truth:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _settled(value: Any, world: World) -> Any:
    while isinstance(value, Choice):
        value = world.pick(value)
    return value


def _settle(value: list[Any], world: World) -> list[Any]:
    """A list with its choices picked."""
    if not any(isinstance(item, Choice) for item in value):
        return value
    return [world.pick(item) if isinstance(item, Choice) else item for item in value]


def build(data: Mapping[str, Any], parameters: Mapping[str, Any]) -> Node:
    """The node for a condition's data, with the rule's parameters filled in."""
    if "all" in data:
        return All([build(item, parameters) for item in data["all"]], stop=False)
    if "any" in data:
        return All([build(item, parameters) for item in data["any"]], stop=True)
    if "not" in data:
        return Not(build(data["not"], parameters))
    steps: Steps = freeze(data["steps"])
    tests: list[tuple[ValueTest, Any, Operand | None]] = []
    presence: list[tuple[Callable[[Any], Truth], bool]] = []
    for name, operand in data["tests"].items():
        if name in PRESENCE:
            presence.append((PRESENCE[name], bool(operand)))
            continue
        literal, dynamic = _operand(operand, parameters)
        tests.append((TESTS[name], literal, dynamic))
    return Test(
        steps,
        plain_keys(steps),
        data["quantifier"],
        tuple(tests),
        tuple(presence),
        MISSING_WORDS[data["missing"] or "unknown"],
        bool(data["ignore_case"]),
    )


def _operand(operand: Any, parameters: Mapping[str, Any]) -> tuple[Any, Operand | None]:
    if isinstance(operand, dict):
        if "steps" in operand:
            return None, _path_operand(freeze(operand["steps"]))
        if "parameter" in operand:
            return parameters[operand["parameter"]], None
        return {key: _operand(item, parameters)[0] for key, item in operand.items()}, None
    return operand, None


def _path_operand(steps: Steps) -> Operand:
    def read(world: World) -> Any:
        matches = select(steps, world.value, world.pick)
        if not matches:
            return MISSING
        return _settled(matches[0].value, world)

    return read
