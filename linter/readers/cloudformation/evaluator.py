"""Evaluates a template's values as far as they are known, and remembers where each came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from linter.core.documents import Path, Problem
from linter.core.record import entity, field, record
from linter.core.values import OpenDict, Rest, Template, Unknown, lookup, references_of
from linter.readers.cloudformation import functions
from linter.readers.cloudformation.conditions import Conditions
from linter.readers.cloudformation.parameters import PSEUDO, Parameters
from linter.readers.cloudformation.template import TemplateText
from linter.readers.cloudformation.values import NO_VALUE, unknown_of

MAX_DEPTH = 120
"""Deeper values are not evaluated; the deepest real templates have about 60 levels."""
MAX_STEPS = 400_000
"""Values evaluated per template, loops and both branches of undecided conditions included."""
MAX_TEXT = 20_000_000
"""Characters that ``Fn::Join``, ``Fn::Sub`` and the like may make per template."""

LOOP = "Fn::ForEach::"


@entity
class Trace:
    """Where the parts of one evaluated value come from.

    ``moved`` gives, for a path in the value, the path in the template of the text that must
    change to change it, where that is not simply the same path, and the path where it is used.
    ``made`` has the expression behind a string that a function made. ``structures`` has the
    values behind the texts of ``Fn::ToJsonString``.
    """

    moved: dict[Path, tuple[Path, Path | None]] = field(default_factory=dict)
    made: dict[Path, tuple[Any, Path, dict[str, Any]]] = field(default_factory=dict)
    structures: dict[Path, Any] = field(default_factory=dict)


class Evaluator:
    """Evaluates values of one template.

    Nothing is raised: what cannot be known is an ``Unknown`` that says why, and what is wrong
    in the template is added to ``problems`` as well.
    """

    def __init__(self, text: TemplateText, given: Mapping[str, str]) -> None:
        self.text = text
        self.parameters = Parameters(text, given)
        self.conditions = Conditions(text, self._operand)
        self.resources = text.section("Resources")
        self.mappings = text.section("Mappings")
        self.problems: list[Problem] = []
        self.transforms = _names(text.value.get("Transform"))
        self.bindings: dict[str, Any] = {}
        """Loop variables of the enclosing ``Fn::ForEach``."""
        self.characters = MAX_TEXT
        self._trace = Trace()
        self._steps = MAX_STEPS
        self._exhausted = False
        self._reported: set[str] = set()

    def run(self, node: Any, at: Path) -> tuple[Any, Trace]:
        """The value of what is written at the path ``at``, and where its parts come from."""
        self._trace = trace = Trace()
        value = self.evaluate(node, at, ())
        return value, trace

    def _operand(self, node: Any) -> Any:
        return self.evaluate(node, ("Conditions",), None)

    def evaluate(self, node: Any, at: Path, out: Path | None) -> Any:
        """The value of a node written at ``at``.

        ``out`` is its path in the value that is being made; ``None`` when it does not become a
        part of it by itself. The result may be ``NO_VALUE``.
        """
        if isinstance(node, str):
            return self._bound_text(node) if self.bindings and "{" in node else node
        if not isinstance(node, dict | list):
            return node
        self._steps -= 1
        if self._steps < 0:
            return self._give_up(at)
        if len(at) > MAX_DEPTH:
            return Unknown(f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(node, list):
            return self._list(node, at, out)
        if len(node) == 1:
            (name,) = node
            if name in functions.TABLE:
                return self._call(node, name, at, out)
        return self._dict(node, at, out)

    def _call(self, node: dict[str, Any], name: str, at: Path, out: Path | None) -> Any:
        value = functions.TABLE[name](self, node[name], (*at, name), out)
        if out is not None and isinstance(value, str | Template):
            self._trace.made[out] = (node, at, dict(self.bindings))
            self._trace.moved.setdefault(out, ((*at, name), None))
        return value

    def _list(self, node: list[Any], at: Path, out: Path | None) -> list[Any]:
        values: list[Any] = []
        for index, item in enumerate(node):
            place = (*at, index)
            here = None if out is None else (*out, len(values))
            value = self.evaluate(item, place, here)
            if value is NO_VALUE:
                if here is not None:
                    self._trace.moved.pop(here, None)
                continue
            if type(value) is Unknown and any(a is None for a in value.alternatives):
                value = Rest(value.reason, value.references, value.alternatives)
            if here is not None and len(values) != index:
                self._trace.moved.setdefault(here, (place, None))
            values.append(value)
        return values

    def _dict(self, node: dict[str, Any], at: Path, out: Path | None) -> dict[str, Any]:
        values: dict[str, Any] = {}
        rest: Unknown | None = None
        for key, item in node.items():
            if key.startswith(LOOP):
                why = self._loop_into(values, item, (*at, key), out)
                rest = rest or why
                continue
            if key == "Fn::Transform":
                rest = functions.macro(self, item, (*at, key), None)
                continue
            name = str(self._bound_text(key)) if self.bindings and "{" in key else key
            here = None if out is None else (*out, name)
            value = self.evaluate(item, (*at, key), here)
            if value is NO_VALUE:
                continue
            if here is not None and name != key:
                self._trace.moved.setdefault(here, ((*at, key), None))
            values[name] = value
        return values if rest is None else OpenDict(values, rest)

    def _loop_into(
        self, values: dict[str, Any], item: Any, at: Path, out: Path | None
    ) -> Unknown | None:
        for iteration in self.iterations(item, at):
            if isinstance(iteration, Unknown):
                return iteration
            for key, name, body in iteration.members:
                here = None if out is None else (*out, name)
                value = self.evaluate(body, (*at, 2, key), here)
                if value is NO_VALUE:
                    continue
                values[name] = value
                if here is not None:
                    self._trace.moved.setdefault(here, ((*at, 2, key), None))
        return None

    def iterations(self, item: Any, at: Path) -> Iterator[Iteration | Unknown]:
        """The rounds of an ``Fn::ForEach``, each with its variable bound while it is consumed.

        An ``Unknown`` when the collection, or the rest of it, is not known, or the loop is not
        written properly.
        """
        if not is_loop(item):
            self.report("Fn::ForEach needs a variable, a collection and an output mapping", at)
            yield Unknown("Fn::ForEach is not written properly")
            return
        collection = self.evaluate(item[1], (*at, 1), None)
        if not isinstance(collection, list | Unknown):
            collection = unknown_of("the collection of a loop is not a list", [collection])
        if isinstance(collection, Unknown):
            yield collection
            return
        outer = self.bindings
        try:
            yield from self._rounds(item, collection, at)
        finally:
            self.bindings = outer

    def _rounds(self, item: list[Any], collection: Any, at: Path) -> Iterator[Iteration | Unknown]:
        variable, outer = item[0], self.bindings
        for element in collection if isinstance(collection, list) else []:
            if isinstance(element, Unknown):
                yield Unknown(element.reason, element.references)
                break
            self._steps -= 1
            if self._steps < 0:
                yield self._give_up(at)
                break
            self.bindings = {**outer, variable: element}
            members = []
            for key, body in item[2].items():
                members.append((key, str(self._bound_text(key)), body))
            yield Iteration(members)

    def open_round(self, item: Any, why: Unknown) -> Iterator[Iteration]:
        """The round that stands for those of a loop whose collection is not known."""
        outer = self.bindings
        self.bindings = {**outer, item[0]: Unknown(why.reason, why.references)}
        try:
            yield Iteration([(key, key, body) for key, body in item[2].items()])
        finally:
            self.bindings = outer

    def _bound_text(self, text: Any) -> Any:
        """A text with the loop variables in it replaced."""
        return functions.bind(text, self.bindings) if isinstance(text, str) else text

    def ref(self, name: Any, at: Path, out: Path | None) -> Any:
        """The value of ``{"Ref": name}``."""
        if not isinstance(name, str):
            return Unknown("Ref needs a name")
        if name in self.bindings:
            return self.bindings[name]
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in PSEUDO:
            return Unknown(f"{name} depends on where the stack is deployed", (name,))
        if name in self.parameters:
            place = self.parameters.place(name)
            if out is not None and place is not None:
                self._trace.moved[out] = (place, at)
            return self.parameters.value(name)
        if name not in self.resources and not self.open_names:
            self.report(f"{name[:100]} is neither a parameter nor a resource of the template", at)
        return Unknown(f"{name} is known when the stack is deployed", (name,))

    def get_attribute(self, name: str, attribute: str, at: Path) -> Unknown:
        """The value of ``{"Fn::GetAtt": [name, attribute]}``."""
        if name not in self.resources and not self.open_names:
            self.report(f"{name[:100]} is not a resource of the template", at)
        reference = f"{name}.{attribute}"
        return Unknown(f"{reference} is known when the stack is deployed", (reference,))

    @property
    def open_names(self) -> bool:
        """Whether names may exist that the template does not show: a macro or a loop makes them."""
        return bool(self.transforms) or any(key.startswith(LOOP) for key in self.resources)

    def branch(self, argument: Any, at: Path, out: Path | None) -> Any:
        """The value of ``{"Fn::If": argument}``."""
        if not isinstance(argument, list) or len(argument) != 3:
            self.report("Fn::If needs a condition, a value and another value", at)
            return Unknown("Fn::If is not written properly")
        name = self._bound_text(argument[0]) if self.bindings else argument[0]
        truth = self.conditions.named(name)
        if isinstance(truth, bool):
            index = 1 if truth else 2
            if out is not None:
                # First, so that what moves inside the branch is not hidden by it.
                self._trace.moved[out] = ((*at, index), None)
            return self.evaluate(argument[index], (*at, index), out)
        if name not in self.text.section("Conditions") and not self.open_names:
            self.report(f"Condition {str(name)[:100]} is not declared", at)
        both = [self.evaluate(argument[i], (*at, i), None) for i in (1, 2)]
        if both[0] is both[1] or (both[0] == both[1] and type(both[0]) is type(both[1])):
            if out is not None:
                self._trace.moved[out] = ((*at, 1), None)
            return both[0]
        values = [None if v is NO_VALUE else v for v in both]
        return Unknown(truth.reason, [*truth.references, *references_of(values)], values)

    def find_in_map(self, argument: Any, at: Path, out: Path | None) -> Any:
        """The value of ``{"Fn::FindInMap": argument}``."""
        if not isinstance(argument, list) or len(argument) not in (3, 4):
            self.report("Fn::FindInMap needs a map and two keys", at)
            return Unknown("Fn::FindInMap is not written properly")
        keys = [self.evaluate(item, (*at, i), None) for i, item in enumerate(argument[:3])]
        fallback: Any = None
        if len(argument) == 4:
            options = argument[3]
            fallback = lookup(options, "DefaultValue") if isinstance(options, dict) else None
        candidates = _entries(self.mappings, [str(k) if type(k) is int else k for k in keys])
        if all(isinstance(key, str | int) for key in keys):
            if candidates:
                path, value = candidates[0]
                if out is not None:
                    self._trace.moved[out] = (("Mappings", *path), at)
                return value
            if fallback is not None:
                place = (*at, 3, "DefaultValue")
                if out is not None:
                    self._trace.moved[out] = (place, None)
                return self.evaluate(fallback, place, out)
            if not self.open_names:
                shown = ".".join(str(key) for key in keys)[:150]
                self.report(f"Mappings has no entry {shown}", at)
            return Unknown("Mappings has no such entry")
        why = unknown_of("a key of Fn::FindInMap is not known", keys)
        values = [value for _, value in candidates]
        if fallback is not None or len(values) > 64:
            return why
        if values and all(value == values[0] for value in values):
            return values[0]
        return Unknown(why.reason, why.references, values)

    def structure(self, argument: Any, at: Path, out: Path | None) -> Any:
        """The value behind ``Fn::ToJsonString``; it stays reachable by the path of the text."""
        value = self.evaluate(argument, at, out)
        if out is not None:
            self._trace.structures[out] = value
            self._trace.moved.setdefault(out, (at, None))
        return value

    def move(self, out: Path | None, place: Path) -> None:
        """Note that the value made at ``out`` is written at ``place``."""
        if out is not None:
            self._trace.moved[out] = (place, None)

    def report(
        self, message: str, at: Path, rule: str = "SYN014", *, undecided: bool = False
    ) -> None:
        """Add a problem once."""
        if message not in self._reported and len(self._reported) < 200:
            self._reported.add(message)
            span = self.text.places.locate(at).span
            self.problems.append(Problem(message, span, rule, lost=False, undecided=undecided))

    def _give_up(self, at: Path) -> Unknown:
        reason = "The template makes too many values to be evaluated"
        if not self._exhausted:
            self._exhausted = True
            span = self.text.places.locate(at[:2]).span
            self.problems.append(
                Problem(reason, span, "SYN014", hint="Split the template, or its loops.")
            )
        return Unknown(reason[0].lower() + reason[1:])


@record
class Iteration:
    """One round of a loop: its members as (key as written, name made, body)."""

    members: list[tuple[str, str, Any]]


def is_loop(item: Any) -> bool:
    """Whether an ``Fn::ForEach`` is written properly."""
    return (
        isinstance(item, list)
        and len(item) == 3
        and isinstance(item[0], str)
        and isinstance(item[2], dict)
    )


def _names(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [
        item if isinstance(item, str) else str(item.get("Name", "?"))
        for item in items
        if isinstance(item, str | dict)
    ]


def _entries(mappings: Any, keys: list[Any]) -> list[tuple[Path, Any]]:
    """The entries of the mappings that the keys may denote; an unknown key denotes any."""
    found: list[tuple[Path, Any]] = [((), mappings)]
    for key in keys:
        inner: list[tuple[Path, Any]] = []
        for path, value in found:
            if not isinstance(value, dict):
                continue
            if isinstance(key, str):
                if key in value:
                    inner.append(((*path, key), value[key]))
            elif len(inner) < 1_000:
                pattern = key if isinstance(key, Template) else None
                inner.extend(
                    ((*path, name), item)
                    for name, item in value.items()
                    if pattern is None or pattern.may_equal(name)
                )
        found = inner
    return found
