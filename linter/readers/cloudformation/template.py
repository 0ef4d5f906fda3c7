"""The text of a template, YAML or JSON alike: its value, and the way back to the text."""

from __future__ import annotations

from typing import Any, Protocol

from linter.core.documents import Path, Problem
from linter.core.jsontext import JsonDocument, JsonLocator, parse_json_source
from linter.core.mapped import MappedText
from linter.core.record import record
from linter.core.sources import Location, Source
from linter.core.values import lookup
from linter.core.yamltext import YamlLocator, parse_yaml
from linter.discovery.detect import FLOW_YAML
from linter.readers.json_documents import decode_string

_JSON_START = ("{", "[")


class _Places(Protocol):
    def locate(self, path: Path) -> Location: ...

    def locate_key(self, path: Path) -> Location: ...

    def offsets(self, path: Path) -> tuple[int, int]: ...


@record
class TemplateText:
    """One template as it is written, nothing of it evaluated."""

    source: Source
    value: dict[str, Any]
    places: _Places

    def section(self, name: str) -> dict[str, Any]:
        """A top-level section; empty when it is absent or not a mapping."""
        found = self.value.get(name)
        return found if isinstance(found, dict) else {}

    def offsets(self, path: Path) -> tuple[int, int]:
        """Where the value at ``path`` stands in the source, as offsets."""
        return self.places.offsets(path)

    def mapped_string(self, path: Path) -> MappedText | None:
        """The string written at ``path`` with its places; ``None`` when none is written there."""
        if isinstance(self.places, YamlLocator):
            return self.places.mapped_string(path)
        if isinstance(self.places, JsonLocator):
            start, end = self.places.offsets(path)
            if self.source.text[start : start + 1] == '"' and end > start + 1:
                return decode_string(self.places.mapped, self.source, start, end)
        return None


def read_texts(
    source: Source, parsed: JsonDocument | None = None
) -> tuple[list[TemplateText], list[Problem]]:
    """The templates of a file, and what was wrong with its syntax.

    Documents of a YAML stream that are not templates are passed over: a Kubernetes manifest or
    a workflow is somebody else's.
    """
    start = source.text[:4096].lstrip("\ufeff \t\r\n")
    if parsed is None and start.startswith(_JSON_START) and not FLOW_YAML.match(start):
        parsed = parse_json_source(source)
        if parsed.problem is not None and parsed.problem.lost and "#" in source.text:
            parsed = None  # YAML in flow style starts with a bracket as well
    if parsed is not None:
        problems = [parsed.problem] if parsed.problem is not None else []
        if not is_template(parsed.value) or not isinstance(parsed.locator, JsonLocator):
            return [], problems
        return [TemplateText(source, parsed.value, parsed.locator)], problems
    templates: list[TemplateText] = []
    problems = []
    for document in parse_yaml(source):
        if is_template(document.value):
            templates.append(TemplateText(source, document.value, document.locator))
            problems.extend(document.problems)
        else:
            problems.extend(problem for problem in document.problems if problem.lost)
    return templates, problems


def is_template(value: Any) -> bool:
    """Whether a value is a CloudFormation template: it has resources with types like ``A::B``."""
    resources = lookup(value, "Resources") if isinstance(value, dict) else None
    if not isinstance(resources, dict):
        return False
    return any(
        isinstance(kind := lookup(item, "Type"), str) and "::" in kind
        for item in resources.values()
        if isinstance(item, dict)
    ) or any(key.startswith("Fn::ForEach::") for key in resources)
