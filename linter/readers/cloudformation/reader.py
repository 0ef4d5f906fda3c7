"""Documents of a template: resources and outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from linter.core.documents import Document, Embedded, Path, Problem, ReadResult, SubLocator
from linter.core.identity import Root
from linter.core.jsontext import JsonDocument, parse_json
from linter.core.sources import Source
from linter.core.values import OpenDict, Template, Unknown, lookup
from linter.readers.cloudformation.evaluator import LOOP, Evaluator, Iteration, Trace, is_loop
from linter.readers.cloudformation.globals import merged
from linter.readers.cloudformation.locating import TemplateLocator
from linter.readers.cloudformation.resolving import MARK, resolved
from linter.readers.cloudformation.strings import text_of
from linter.readers.cloudformation.template import TemplateText, read_texts
from linter.readers.cloudformation.values import NO_VALUE
from linter.readers.embedded import matches, paths_of

SERVERLESS = "AWS::Serverless::"
_KNOWN_TRANSFORMS = ("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions")
MAX_RESOURCES = 20_000
"""Resources and outputs of one template, loops expanded (AWS allows 500)."""


def read_cloudformation(
    source: Source,
    *,
    parameters: Mapping[str, str] | None = None,
    parsed: JsonDocument | None = None,
) -> ReadResult:
    """Read a template in YAML or JSON; what is not a template gives no documents.

    ``parameters`` are values for the template's parameters, ``parsed`` the text as JSON where
    the caller has it already. A ``cloudformation.resource``'s value is its evaluated
    ``Properties``; what stands beside them is in ``Document.attributes``. A
    ``cloudformation.output`` is addressed ``Outputs.NAME`` and holds ``Value``, ``Export`` … .
    Never raises.
    """
    texts, problems = read_texts(source, parsed)
    result = ReadResult(problems=problems)
    for text in texts:
        result.parameters.extend(text.section("Parameters"))
        _Reader(text, parameters or {}, result).read()
    return result


class _Reader:
    def __init__(self, text: TemplateText, given: Mapping[str, str], result: ReadResult) -> None:
        self._text = text
        self._root = Root("cloudformation", text.source.path)
        self._run = Evaluator(text, given)
        self._resolves = MARK in text.source.text
        self._open = 0
        """Loops around what is being read that may have no round at all."""
        self._result = result

    def read(self) -> None:
        run = self._run
        for name in run.transforms:
            if name not in _KNOWN_TRANSFORMS:
                run.report(
                    f"The macro {name[:80]} changes this template when it is deployed; "
                    "it is read as written",
                    ("Transform",),
                    undecided=True,
                )
        for section, make in (("Resources", self._resource), ("Outputs", self._output)):
            items = run.text.section(section)
            for count, (name, body, at) in enumerate(self._members(items, (section,), 0)):
                if count >= MAX_RESOURCES:
                    span = self._text.places.locate((section,)).span
                    message = f"{section} has more than {MAX_RESOURCES:,} entries"
                    self._result.problems.append(Problem(message, span, "SYN014"))
                    break
                document = make(name, body, at)
                if document is not None:
                    self._result.documents.append(document)
        self._result.problems.extend(run.problems)

    def _members(
        self, items: dict[str, Any], at: Path, depth: int
    ) -> Iterator[tuple[str, Any, Path]]:
        """The entries of a section, loops expanded; a loop's variable is bound while its entries
        are consumed."""
        for key, body in items.items():
            if key.startswith(LOOP):
                yield from self._loop(body, (*at, key), depth)
            elif key != "Fn::Transform":
                yield key, body, (*at, key)
            else:
                self._lost("The resources of a macro are not known", (*at, key), undecided=True)

    def _loop(self, body: Any, at: Path, depth: int) -> Iterator[tuple[str, Any, Path]]:
        if depth >= 10:
            self._lost("Loops nested deeper than 10 are not expanded", at)
            return
        for iteration in self._run.iterations(body, at):
            if not isinstance(iteration, Unknown):
                yield from self._round(iteration, at, depth)
                continue
            if is_loop(body):
                # How often, and for what, is known when the stack is deployed: once, for anything.
                self._open += 1
                try:
                    for round_ in self._run.open_round(body, iteration):
                        yield from self._round(round_, at, depth)
                finally:
                    self._open -= 1
            return

    def _round(self, iteration: Iteration, at: Path, depth: int) -> Iterator[tuple[str, Any, Path]]:
        for key, name, body in iteration.members:
            place = (*at, 2, key)
            if key.startswith(LOOP):
                yield from self._loop(body, place, depth + 1)
            else:
                yield name, body, place

    def _lost(self, message: str, at: Path, *, undecided: bool = False) -> None:
        span = self._text.places.locate_key(at).span
        self._result.problems.append(Problem(message, span, "SYN014", undecided=undecided))

    def _exists(self, body: dict[str, Any]) -> bool | Unknown:
        name = body.get("Condition")
        if name is None:
            return True
        return self._run.conditions.named(self._run.evaluate(name, ("Conditions",), None))

    def _evaluated(self, node: Any, at: Path) -> tuple[Any, Trace]:
        value, trace = self._run.run(node, at)
        if self._resolves:
            value = resolved(value)
            trace.structures = {path: resolved(item) for path, item in trace.structures.items()}
        return value, trace

    def _resource(self, name: str, body: Any, at: Path) -> Document | None:
        kind = lookup(body, "Type") if isinstance(body, dict) else None
        if not isinstance(kind, str):
            self._run.report(f"Resource {name[:100]} has no Type", at, "SYN013")
            return None
        exists = self._exists(body)
        if exists is False:
            return None
        base = (*at, "Properties")
        value, trace = self._evaluated(body.get("Properties", {}), base)
        if kind.startswith(SERVERLESS) and isinstance(value, dict | None):
            value = self._with_globals(kind, value or {}, trace, base)
        if value is NO_VALUE or value is None:
            value = {}
        if not isinstance(value, dict | Unknown):
            self._run.report(f"Properties of {name[:100]} must be a mapping", base, "SYN013")
            value = Unknown("the properties are not a mapping")
        if "Fn::Transform" in body and isinstance(value, dict):
            value = OpenDict(value, Unknown("a macro adds to this resource"))
        locator = TemplateLocator(self._text, at, base, trace, name)
        document = Document(
            "cloudformation.resource",
            kind,
            name,
            self._text.source,
            value,
            locator,
            self._text.source.path,
            maybe=exists is not True or self._open > 0,
            root=self._root,
        )
        for key, item in body.items():
            if key not in ("Type", "Properties"):
                made = self._run.evaluate(item, (*at, key), None)
                if made is not NO_VALUE:
                    document.attributes[key] = made
        self._embed(document, locator, trace)
        return document

    def _with_globals(
        self, kind: str, value: dict[str, Any], trace: Trace, base: Path
    ) -> dict[str, Any]:
        """A serverless resource's properties with those that ``Globals`` gives to its type."""
        name = kind.removeprefix(SERVERLESS)
        written = self._text.section("Globals").get(name)
        if not isinstance(written, dict):
            return value
        at: Path = ("Globals", name)
        given, shared = self._evaluated(written, at)
        return merged(value, given, trace, shared, base, at) if isinstance(given, dict) else value

    def _output(self, name: str, body: Any, at: Path) -> Document | None:
        if not isinstance(body, dict):
            return None
        exists = self._exists(body)
        if exists is False:
            return None
        value, trace = self._evaluated(body, at)
        address = f"Outputs.{name}"
        locator = TemplateLocator(self._text, at, at, trace, address)
        return Document(
            "cloudformation.output",
            "",
            address,
            self._text.source,
            value,
            locator,
            self._text.source.path,
            maybe=exists is not True or self._open > 0,
            root=self._root,
        )

    def _embed(self, document: Document, locator: TemplateLocator, trace: Trace) -> None:
        for pattern in paths_of(document.type):
            for path, value in matches(document.value, pattern):
                document.embedded[path] = self._embedded(path, value, locator, trace)

    def _embedded(self, path: Path, value: Any, locator: TemplateLocator, trace: Trace) -> Embedded:
        inside = SubLocator(locator, path)
        if path in trace.structures:
            return Embedded(trace.structures[path], inside)
        if not isinstance(value, str | Template):
            return Embedded(value, inside)
        made = trace.made.get(path)
        if made is not None:
            mapped = text_of(self._run, *made)
        else:
            written = locator.written(path)
            found = self._text.mapped_string(written)
            mapped = found or text_of(self._run, value, written, {})
        if isinstance(value, Template) and not any(isinstance(p, str) for p in value.parts):
            return Embedded(Unknown(value.reason, value.references), inside)
        document = parse_json(mapped)
        found = resolved(document.value) if self._resolves else document.value
        problem = document.problem
        if problem is not None:
            problem = Problem(
                f"{path[-1]}: {problem.message}",
                problem.span,
                problem.rule,
                problem.hint,
                problem.lost,
                locator.address,
            )
        return Embedded(found, document.locator, problem)
