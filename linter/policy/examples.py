"""The examples of a rule file: checked, and turned into the files they stand for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from linter.core.record import field, record
from linter.core.regex import lazy_regex
from linter.policy.jsonpath import PathError, parse_path
from linter.policy.model import Verdict
from linter.policy.parameters import ParameterError, effective
from linter.policy.rule import Rule
from linter.policy.suggest import did_you_mean
from linter.policy.yamltext import YamlText

SOURCES = (
    "step",
    "steps",
    "pipeline",
    "policy",
    "trust",
    "terraform",
    "cloudformation",
    "files",
)
_KEYS = (
    "name",
    *SOURCES,
    "before",
    "pipeline_parameters",
    "parameters",
    "applies",
    "at",
    "object",
    "message",
    "count",
    "severity",
)
_PLACE = lazy_regex(r"(?:([^:$]+):)?([0-9]+):([0-9]+)")

VERSION = "2020-12-01"
POLICY_VERSION = "2012-10-17"


@record
class Example:
    """One example: the files it consists of, and what the rule must say of them."""

    name: str
    verdict: Verdict
    source: str
    """Which of :data:`SOURCES` it was written as."""
    files: Mapping[str, str]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    applies: bool = True
    at: str = ""
    object: str = ""
    message: str = ""
    count: int | None = None
    severity: str = ""
    line: int = 1
    before: Mapping[str, str] | None = None
    """The files before the change, for a rule about changes."""

    @property
    def shown(self) -> tuple[str, str]:
        """(language, text) of the first file, for documentation."""
        path, text = next(iter(self.files.items()))
        if path.endswith((".tf", ".tofu")):
            return "terraform", text
        return ("yaml" if path.endswith((".yaml", ".yml")) else "json"), text


@record
class Examples:
    failing: tuple[Example, ...]
    passing: tuple[Example, ...]
    unknown: tuple[Example, ...]

    @property
    def all(self) -> tuple[Example, ...]:
        return self.failing + self.passing + self.unknown


def read_examples(yaml: YamlText, data: Any, rule: Rule) -> Examples:
    """Raises :class:`~linter.policy.yamltext.RuleFileError`."""
    at = ("examples",)
    if not isinstance(data, dict):
        raise yaml.error(at, "examples is a mapping of fail, pass and unknown")
    for key in data:
        if key not in ("fail", "pass", "unknown"):
            hint = did_you_mean(str(key), ("fail", "pass", "unknown"))
            raise yaml.error((*at, key), f"unknown key {key} in examples{hint}")
    groups: dict[str, tuple[Example, ...]] = {}
    names: set[str] = set()
    for word, verdict in (
        ("fail", Verdict.FAIL),
        ("pass", Verdict.PASS),
        ("unknown", Verdict.UNKNOWN),
    ):
        items = data.get(word, [])
        if not isinstance(items, list):
            raise yaml.error((*at, word), f"{word} is a list of examples")
        found = [
            _Reader(yaml, rule, verdict, (*at, word, index)).example(item)
            for index, item in enumerate(items)
        ]
        for example in found:
            if example.name in names:
                raise yaml.error((*at, word), f"two examples are named {example.name!r}")
            names.add(example.name)
        groups[word] = tuple(found)
    if not groups["fail"]:
        raise yaml.error(at, "a rule needs at least one failing example")
    if not groups["pass"]:
        raise yaml.error(at, "a rule needs at least one passing example")
    return Examples(groups["fail"], groups["pass"], groups["unknown"])


class _Reader:
    def __init__(
        self, yaml: YamlText, rule: Rule, verdict: Verdict, at: tuple[str | int, ...]
    ) -> None:
        self.yaml = yaml
        self.rule = rule
        self.verdict = verdict
        self.at = at

    def example(self, data: Any) -> Example:
        if not isinstance(data, dict):
            raise self.yaml.error(self.at, "an example is a mapping")
        for key in data:
            if key not in _KEYS:
                hint = did_you_mean(str(key), _KEYS)
                raise self._error(key, f"unknown key {key} in an example{hint}")
        name = data.get("name")
        if not isinstance(name, str) or not name:
            raise self.yaml.error(self.at, "an example needs a name")
        sources = [key for key in SOURCES if key in data]
        if len(sources) != 1:
            raise self.yaml.error(self.at, f"an example has exactly one of {', '.join(SOURCES)}")
        source = sources[0]
        if "pipeline_parameters" in data and source not in ("step", "steps"):
            raise self._error("pipeline_parameters", "pipeline_parameters goes with step or steps")
        parameters = data.get("pipeline_parameters", [])
        files = self._files(source, data[source], parameters)
        before = self._files(source, data["before"], parameters) if "before" in data else None
        return Example(
            name,
            self.verdict,
            source,
            files,
            self._parameters(data),
            self._applies(data),
            self._place(data, files),
            self._text(data, "object"),
            self._text(data, "message"),
            self._count(data),
            self._text(data, "severity"),
            self.yaml.error(self.at, "").line,
            before,
        )

    def _error(self, key: str, reason: str) -> Exception:
        return self.yaml.error((*self.at, key), reason)

    def _text(self, data: dict[str, Any], key: str) -> str:
        value = data.get(key, "")
        if not isinstance(value, str):
            raise self._error(key, f"{key} must be a text")
        return value

    def _applies(self, data: dict[str, Any]) -> bool:
        value = data.get("applies", True)
        if not isinstance(value, bool) or (not value and self.verdict is not Verdict.PASS):
            raise self._error("applies", "applies: false belongs to passing examples")
        return value

    def _count(self, data: dict[str, Any]) -> int | None:
        value = data.get("count")
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise self._error("count", "count is a whole number")
        return value

    def _parameters(self, data: dict[str, Any]) -> dict[str, Any]:
        value = data.get("parameters", {})
        if not isinstance(value, dict):
            raise self._error("parameters", "parameters is a mapping")
        try:
            effective(self.rule.id, self.rule.meta.parameters, value)
        except ParameterError as error:
            raise self._error("parameters", str(error)) from None
        return value

    def _place(self, data: dict[str, Any], files: Mapping[str, str]) -> str:
        value = self._text(data, "at")
        if not value:
            return ""
        match = _PLACE.fullmatch(value)
        if match:
            if match[1] and match[1] not in files:
                raise self._error("at", f"there is no file {match[1]} in this example")
            return value
        try:
            parse_path(value)
        except PathError as error:
            raise self._error("at", f"{error} (or write line:column)") from None
        return value

    def _files(self, source: str, value: Any, parameters: Any) -> dict[str, str]:
        if source == "files":
            if not isinstance(value, dict) or not value:
                raise self._error(source, "files is a mapping of file names to texts")
            return {self._file_name(k): self._file_text(k, v) for k, v in value.items()}
        if source == "terraform":
            return {"main.tf": self._file_text(source, value)}
        if source in ("step", "steps"):
            steps = [value] if source == "step" else value
            if not isinstance(steps, list) or not all(isinstance(s, dict) for s in steps):
                raise self._error(source, f"{source} takes steps as mappings")
            body: dict[str, Any] = {"Version": VERSION}
            if parameters:
                body["Parameters"] = parameters
            return {"pipeline.json": _json(body | {"Steps": steps})}
        if isinstance(value, str):
            name = {"cloudformation": "template.yaml", "pipeline": "pipeline.json"}
            return {name.get(source, "policy.json"): value}
        if source == "pipeline":
            return {"pipeline.json": _json(value)}
        if source == "cloudformation":
            return {"template.json": _json(self._template(value))}
        policy = _policy(value)
        if source == "policy":
            return {"policy.json": _json(policy)}
        role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy}}
        return {"template.json": _json(self._template({"Role": role}))}

    def _file_name(self, name: Any) -> str:
        if not isinstance(name, str) or name.startswith("/") or ".." in name.split("/"):
            raise self._error("files", f"{name} is no relative file name")
        return name

    def _file_text(self, key: str, value: Any) -> str:
        if isinstance(value, dict | list):
            return _json(value)
        if not isinstance(value, str):
            raise self._error(key, f"{key} must be a text")
        return value

    def _template(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise self._error("cloudformation", "a template is a mapping")
        if "Resources" in value:
            return value
        return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": value}


def _policy(value: Any) -> Any:
    if isinstance(value, dict) and "Statement" in value:
        return value
    return {"Version": POLICY_VERSION, "Statement": value if isinstance(value, list) else [value]}


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
