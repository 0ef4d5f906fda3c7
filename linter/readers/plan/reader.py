"""Documents of a plan: resources, data sources and outputs as they will be after apply."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linter.core.documents import Document, Embedded, Path, Problem, ReadResult, SubLocator
from linter.core.identity import Root
from linter.core.jsontext import JsonDocument, JsonLocator, parse_json, parse_json_source
from linter.core.mapped import MappedText, Piece
from linter.core.record import record
from linter.core.sources import Source, Span
from linter.core.values import Linked, Unknown, dig
from linter.readers.embedded import matches, paths_of
from linter.readers.plan.configuration import Configuration, ModulePath, module_path, prefix
from linter.readers.plan.links import keep_likely_links
from linter.readers.plan.locating import PlanLocator, TextLocator
from linter.readers.plan.providers import PlanProviders
from linter.readers.plan.written import as_configured, chosen_by_provider

_GONE = ({"delete"}, {"forget"})
_MAX_BLOCKS = 40
"""Levels of nested blocks, names and indices, in which references are looked for."""
_MAX_MODULES = 200
"""Levels of nested modules; Terraform itself allows fewer than a path can hold."""


def read_plan(source: Source, parsed: JsonDocument | None = None) -> ReadResult:
    """Read a plan (``format_version`` 0.1 to 1.2).

    ``parsed`` is the text as JSON where the caller has it already. A ``terraform.resource`` or
    ``terraform.data`` holds the values after apply: what is known only then is an ``Unknown``
    with the references of its expression. What the plan deletes is not given. Addresses are the
    plan's own. Never raises.
    """
    parsed = parsed or parse_json_source(source)
    result = ReadResult()
    if not isinstance(parsed.value, dict) or not isinstance(parsed.locator, JsonLocator):
        if parsed.problem is not None:
            result.problems.append(parsed.problem)
        return result
    _Reader(source, parsed.value, parsed.locator, result).read()
    return result


@record
class _Entry:
    """A resource in the plan: its paths in the file, and its parts."""

    item: dict[str, Any]
    module: Any
    at: Path
    base: Path
    values: Any
    unknown: Any = None
    unknown_at: Path | None = None


class _Reader:
    def __init__(
        self, source: Source, value: dict[str, Any], places: JsonLocator, result: ReadResult
    ) -> None:
        self._source = source
        self._root = Root("plan", source.path)
        self._plan = value
        self._places = places
        self._result = result
        self._configuration = Configuration(value.get("configuration"))
        self._providers = PlanProviders(value, self._configuration, self._no_region)
        self._decoded: dict[str, JsonDocument] = {}
        self._addresses: set[str] = set()

    def read(self) -> None:
        plan = self._plan
        if "values" in plan and "planned_values" not in plan and "resource_changes" not in plan:
            self._problem(
                "This is the JSON form of a state, not of a plan",
                ("values",),
                hint="Write one with: terraform plan -out plan.out; terraform show -json plan.out",
            )
            return
        self._name_oddities()
        self._providers.check()
        changes = plan.get("resource_changes")
        if isinstance(changes, list):
            entries = self._changes(changes)
        else:
            entries = self._state(plan.get("planned_values"), ("planned_values",))
        for entry in entries:
            self._add(entry)
        prior = plan.get("prior_state")
        if isinstance(prior, dict):
            state = self._state(prior.get("values"), ("prior_state", "values"))
            for entry in state:
                if entry.item.get("mode") == "data":
                    self._add(entry)
        keep_likely_links(self._result.documents)
        self._outputs()

    def _problem(
        self, message: str, at: Path, *, hint: str = "", lost: bool = True, key: bool = False
    ) -> None:
        places = self._places
        span = (places.locate_key(at) if key else places.locate(at)).span
        start = Span(span.path, *span[1:3], *span[1:3])
        wide = span.end_line > span.start_line
        self._result.problems.append(
            Problem(message, start if wide else span, "SYN014", hint=hint, lost=lost)
        )

    def _no_region(self, message: str, at: Path) -> None:
        hint = "Write the region's code, as in us-east-1, and plan again."
        self._problem(message, at, hint=hint, lost=False)

    def _name_oddities(self) -> None:
        plan = self._plan
        version = plan.get("format_version")
        major = version.split(".")[0] if isinstance(version, str) else "?"
        if major not in ("0", "1"):
            self._problem(
                f"Plan format version {str(version)[:20]} is not known; read as version 1.2",
                ("format_version",),
                lost=False,
            )
        if plan.get("errored") is True:
            self._problem(
                "Terraform ended this plan with an error: resources are missing from it",
                ("errored",),
                key=True,
                hint="Make terraform plan succeed, and scan the new plan.",
            )
        deferred = plan.get("deferred_changes")
        if isinstance(deferred, list) and deferred:
            self._problem(
                f"The plan defers {len(deferred)} resources to a later run; they are not in it",
                ("deferred_changes",),
                key=True,
            )

    def _changes(self, changes: list[Any]) -> Iterator[_Entry]:
        for index, item in enumerate(changes):
            at = ("resource_changes", index)
            change = item.get("change") if isinstance(item, dict) else None
            if not isinstance(change, dict):
                self._problem("A change of the plan is not written as one", at)
                continue
            actions = change.get("actions")
            names = (
                {a for a in actions if isinstance(a, str)} if isinstance(actions, list) else set()
            )
            if names in _GONE or item.get("deposed"):
                continue
            after = change.get("after")
            unknown = change.get("after_unknown")
            if not isinstance(after, dict):
                if unknown is not True and not isinstance(unknown, dict):
                    continue
                after = {}
            yield _Entry(
                item,
                item.get("module_address"),
                at,
                (*at, "change", "after"),
                after,
                unknown,
                (*at, "change", "after_unknown"),
            )

    def _state(self, values: Any, at: Path) -> Iterator[_Entry]:
        """Resources of ``planned_values`` or of a state; what is unknown is left out there."""
        root = values.get("root_module") if isinstance(values, dict) else None
        pending: list[tuple[Any, Path]] = [(root, (*at, "root_module"))]
        while pending:
            module, place = pending.pop()
            if not isinstance(module, dict):
                continue
            resources = module.get("resources")
            for index, item in enumerate(resources if isinstance(resources, list) else []):
                here = (*place, "resources", index)
                if isinstance(item, dict) and isinstance(item.get("values"), dict):
                    yield _Entry(
                        item, module.get("address"), here, (*here, "values"), item["values"]
                    )
            children = module.get("child_modules")
            if isinstance(children, list) and len(place) < 2 * _MAX_MODULES:
                pending.extend(
                    (child, (*place, "child_modules", i)) for i, child in enumerate(children)
                )

    def _add(self, entry: _Entry) -> None:
        item = entry.item
        kind, name, address = (item.get(key) for key in ("type", "name", "address"))
        if not (isinstance(kind, str) and isinstance(name, str)):
            self._problem("A resource of the plan has no type or no name", entry.at)
            return
        module = module_path(entry.module)
        data = item.get("mode") == "data"
        local = f"data.{kind}.{name}" if data else f"{kind}.{name}"
        address = address if isinstance(address, str) else prefix(module) + local
        if address in self._addresses:
            return
        self._addresses.add(address)
        value = self._value(entry, module, local, address)
        locator = PlanLocator(
            self._places,
            entry.at,
            entry.base,
            entry.unknown_at,
            entry.values,
        )
        document = Document(
            "terraform.data" if data else "terraform.resource",
            kind,
            address,
            self._source,
            value,
            locator,
            f"{self._source.path}//{prefix(module)}",
            root=self._root,
            placement=self._providers.placement(module, local, item, value),
        )
        if not data and isinstance(value, dict):
            written = self._configuration.written(module, local)
            as_configured(kind, value, written)
            document.chosen_by_provider = chosen_by_provider(kind, value, written)
        self._embed(document, locator)
        self._result.documents.append(document)

    def _value(self, entry: _Entry, module: ModulePath, local: str, address: str) -> Any:
        def links(path: Path, elements: int = 0) -> tuple[str, ...]:
            return self._configuration.references(module, local, path, elements)

        def unknown(path: Path) -> Unknown:
            name = ".".join(str(step) for step in path)
            beside = dig(entry.unknown, *path[:-1]) if path else None
            elements = len(beside) if isinstance(beside, list) else 0
            return Unknown(f"{address}.{name} is known after apply", links(path, elements))

        if entry.unknown_at is None:
            value = dict(entry.values)
            for name in self._configuration.expressions(module, local):
                if name not in value:
                    value[name] = unknown((name,))
            return _with_links(value, self._configuration.expressions(module, local), links)
        if entry.unknown is True:
            return Unknown(f"{address} is known after apply")
        value = _with_unknowns(entry.values, entry.unknown, (), unknown)
        return _with_links(value, self._configuration.expressions(module, local), links)

    def _embed(self, document: Document, locator: PlanLocator) -> None:
        for pattern in paths_of(document.type):
            for path, value in matches(document.value, pattern):
                if isinstance(value, str):
                    if value.strip():
                        document.embedded[path] = self._decode(document, locator, path, value)
                elif value is not None:
                    document.embedded[path] = Embedded(value, SubLocator(locator, path))

    def _decode(self, document: Document, locator: PlanLocator, path: Path, text: str) -> Embedded:
        places = TextLocator(self._places, self._source, locator.written(path))
        found = self._decoded.get(text)
        if found is None:
            whole = (Piece(0, len(text), self._source, 0, 0),)
            found = self._decoded[text] = parse_json(MappedText(text, whole))
        problem = found.problem
        if problem is not None:
            exact = parse_json(places.inner().mapped).problem or problem
            problem = Problem(
                f"{path[-1]}: {exact.message}",
                exact.span,
                exact.rule,
                exact.hint,
                exact.lost,
                document.address,
            )
        return Embedded(found.value, places, problem)

    def _outputs(self) -> None:
        planned = self._plan.get("planned_values")
        outputs = planned.get("outputs") if isinstance(planned, dict) else None
        for name, item in (outputs if isinstance(outputs, dict) else {}).items():
            if not isinstance(item, dict):
                continue
            at = ("planned_values", "outputs", name)
            value = dict(item)
            if "value" not in value:
                value["value"] = Unknown(f"output.{name} is known after apply")
            self._result.documents.append(
                Document(
                    "terraform.output",
                    "",
                    f"output.{name}",
                    self._source,
                    value,
                    SubLocator(self._places, at),
                    f"{self._source.path}//",
                    root=self._root,
                )
            )


def _with_links(value: Any, written: dict[str, Any], links: Any, path: Path = ()) -> Any:
    """``value`` with what its known texts refer to in the configuration."""
    if not isinstance(value, dict) or len(path) > _MAX_BLOCKS:
        return value
    value = dict(value)
    for name, node in written.items():
        found = value.get(name)
        here = (*path, name)
        if isinstance(found, str):
            references = links(here)
            if references:
                value[name] = Linked(found, references)
        elif isinstance(found, list) and isinstance(node, list):
            value[name] = [
                _with_links(item, node[index], links, (*here, index))
                if index < len(node) and isinstance(node[index], dict)
                else item
                for index, item in enumerate(found)
            ]
        elif isinstance(found, list) and any(isinstance(item, str) for item in found):
            value[name] = [
                Linked(item, references)
                if isinstance(item, str) and (references := links((*here, index), len(found)))
                else item
                for index, item in enumerate(found)
            ]
    return value


def _with_unknowns(value: Any, unknown: Any, path: Path, make: Any) -> Any:
    """``value`` with an ``Unknown`` for every ``true`` in the parallel tree ``unknown``."""
    if unknown is True:
        return make(path)
    if isinstance(unknown, dict) and unknown and len(path) < 100:
        if value is None and _any_true(unknown):
            value = {}
        if isinstance(value, dict):
            merged = dict(value)
            for key, inner in unknown.items():
                if inner is True or inner:
                    made = _with_unknowns(value.get(key), inner, (*path, key), make)
                    merged[key] = made
            return merged
    if isinstance(unknown, list) and unknown and len(path) < 100:
        items = list(value) if isinstance(value, list) else []
        for index, inner in enumerate(unknown):
            if not inner:
                continue
            made = _with_unknowns(
                items[index] if index < len(items) else None, inner, (*path, index), make
            )
            if index < len(items):
                items[index] = made
            elif made is not None:
                items.append(made)
        return items
    return value


def _any_true(unknown: Any) -> bool:
    stack = [unknown]
    while stack:
        item = stack.pop()
        if item is True:
            return True
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return False
