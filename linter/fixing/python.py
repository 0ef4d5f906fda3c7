"""Edits of scripts: keywords of calls of the SDK, set, added or removed; the rest stays as it is.

The standard library's syntax tree says where a call and its arguments are: an edit is text put
between two of them, so that no formatting and no comment can be lost.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from linter.core.documents import Path
from linter.core.sources import Source, Span
from linter.fixing.edits import Edit
from linter.policy.model import CannotFixError, Subject
from linter.readers.python.files import PythonFile, parsed, python_file

_KEYWORDS: dict[Path, str] = {
    ("CacheConfig", "Enabled"): "enable_caching",
    ("CacheConfig", "ExpireAfter"): "expire_after",
    ("Arguments", "EnableManagedSpotTraining"): "use_spot_instances",
    ("Arguments", "StoppingCondition", "MaxWaitTimeInSeconds"): "max_wait",
    ("Arguments", "StoppingCondition", "MaxRuntimeInSeconds"): "max_run",
    ("Arguments", "ResourceConfig", "VolumeKmsKeyId"): "volume_kms_key",
    ("Arguments", "OutputDataConfig", "KmsKeyId"): "output_kms_key",
    ("Arguments", "ProcessingResources", "ClusterConfig", "VolumeKmsKeyId"): "volume_kms_key",
    ("Arguments", "ProcessingOutputConfig", "KmsKeyId"): "output_kms_key",
    ("Arguments", "EnableNetworkIsolation"): "enable_network_isolation",
    ("Arguments", "NetworkConfig", "EnableNetworkIsolation"): "enable_network_isolation",
    ("Arguments", "EnableInterContainerTrafficEncryption"): "encrypt_inter_container_traffic",
    (
        "Arguments",
        "NetworkConfig",
        "EnableInterContainerTrafficEncryption",
    ): "encrypt_inter_container_traffic",
}
"""The keyword that a member of a step comes from."""
_OBJECTS = {"CacheConfig": "cache_config", "NetworkConfig": "network_config"}
"""Members that are objects of their own: the class, and the keyword that takes one."""
_MODULES = {
    "CacheConfig": ("sagemaker.workflow.steps", "sagemaker.mlops.workflow.steps"),
    "NetworkConfig": ("sagemaker.network", "sagemaker.core.network"),
}
"""Where version 2 and version 3 of the SDK have them."""
_OTHERS = ("ModelTrainer", "Compute", "Networking")
"""Classes whose keywords are others."""


def is_script(path: str) -> bool:
    return path.endswith((".py", ".ipynb"))


def set_keyword(
    subject: Subject, sources: Mapping[str, Source], at: Path, value: Any
) -> list[Edit]:
    """Set what a keyword gives, or add it. Raises :class:`CannotFixError`."""
    span = subject.locator.locate(at).span
    script = _script(sources, span)
    node = script.nodes.get(span)
    if isinstance(node, ast.Constant):
        return [script.replaced(node, value)]
    if isinstance(node, ast.keyword):
        if not isinstance(node.value, ast.Constant):
            raise CannotFixError("the value is not written as a literal here")
        return [script.replaced(node.value, value)]
    call = script.call_of(span)
    name = _called(call)
    keyword = _KEYWORDS.get(at)
    if keyword is None or name in _OTHERS:
        raise CannotFixError(f"how {name} is told so is left to people")
    if keyword == "max_run" and "Processor" in name:
        keyword = "max_runtime_in_seconds"
    made = f"{keyword}={_written(value)}"
    owner = next((part for part in at if part in _OBJECTS), None)
    if owner is None or name == owner:
        return [script.added(call, keyword, made)]
    own = _OBJECTS[str(owner)]
    return [
        *script.imported(str(owner)),
        script.added(call, own, f"{own}={owner}({made})"),
    ]


def remove_keyword(subject: Subject, sources: Mapping[str, Source], at: Path) -> list[Edit]:
    """Take a keyword out of its call. Raises :class:`CannotFixError`."""
    span = subject.locator.locate_key(at).span
    script = _script(sources, span)
    node = script.nodes.get(span)
    if not isinstance(node, ast.keyword):
        raise CannotFixError("the member is not written as a keyword here")
    return [script.removed(node)]


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _written(value: Any) -> str:
    if isinstance(value, bool | int | float) or value is None:
        return repr(value)
    if isinstance(value, str):
        text = repr(value)
        plain = '"' not in value and "\\" not in text
        return f'"{value}"' if plain and text.startswith("'") else text
    raise CannotFixError("the value is no literal of Python")


def _script(sources: Mapping[str, Source], span: Span) -> _Script:
    source = sources.get(span.path)
    if source is None:
        raise CannotFixError(f"{span.path} was not read as a file")
    if not span.path.endswith(".py"):
        raise CannotFixError("a notebook is left to people")
    return _read(span.path, source.text)


@lru_cache(maxsize=16)
def _read(path: str, text: str) -> _Script:
    return _Script(Source(path, text))


class _Script:
    """One script: its keywords and constants, and its calls by what is called, by their places."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.file: PythonFile = python_file(source, "")[0]
        tree, _ = parsed(self.file)
        if tree is None:
            raise CannotFixError("the script cannot be parsed")
        self.tree = tree
        self.nodes: dict[Span, ast.keyword | ast.Constant] = {}
        self._calls: dict[Span, ast.Call] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword | ast.Constant):
                self.nodes[self.file.span(node)] = node
            elif isinstance(node, ast.Call):
                self._calls[self.file.span(node.func)] = node

    def call_of(self, span: Span) -> ast.Call:
        """The call whose function a span names."""
        found = self._calls.get(span)
        if found is None:
            raise CannotFixError("what lacks it is not made by a call here")
        return found

    def _range(self, node: Any) -> tuple[int, int]:
        span = self.file.span(node)
        starts = self.source.line_starts
        start = starts[span.start_line - 1] + span.start_column - 1
        return start, starts[span.end_line - 1] + span.end_column - 1

    def replaced(self, node: ast.Constant, value: Any) -> Edit:
        start, end = self._range(node)
        return Edit(self.source.path, start, end, _written(value), (start, "set"))

    def added(self, call: ast.Call, keyword: str, text: str) -> Edit:
        """A keyword behind the last argument, on a line of its own where that has one."""
        for given in call.keywords:
            if given.arg == keyword:  # what it gives counts as nothing
                written = text.removeprefix(f"{keyword}=")
                if not isinstance(given.value, ast.Constant):
                    raise CannotFixError("the value is not written as a literal here")
                start, end = self._range(given.value)
                return Edit(self.source.path, start, end, written, (start, "set"))
        arguments = [*call.args, *call.keywords]
        whole = self.source.text
        if not arguments:
            end = self._range(call)[1] - 1
            return Edit(self.source.path, end, end, text, (end, keyword))
        start, end = max(map(self._range, arguments), key=lambda pair: pair[1])
        line = whole.rfind("\n", 0, start) + 1
        indent = whole[line:start]
        if indent.strip():
            return Edit(self.source.path, end, end, f", {text}", (end, keyword))
        newline = "\r\n" if "\r\n" in whole else "\n"
        rest = whole[end : (whole.find("\n", end) + 1 or len(whole) + 1) - 1].rstrip("\r")
        if rest.lstrip().startswith(","):  # behind the comma, and what is said of that argument
            end += len(rest)
            return Edit(self.source.path, end, end, f"{newline}{indent}{text},", (end, keyword))
        return Edit(self.source.path, end, end, f",{newline}{indent}{text}", (end, keyword))

    def removed(self, keyword: ast.keyword) -> Edit:
        start, end = self._range(keyword)
        text = self.source.text
        after = end
        while after < len(text) and text[after] in " \t":
            after += 1
        if text[after : after + 1] == ",":
            end = after + 1
            while end < len(text) and text[end] in " \t":
                end += 1
            line = text.rfind("\n", 0, start) + 1
            if not text[line:start].strip() and text[end : end + 1] in ("\n", "\r"):
                return Edit(self.source.path, line, text.find("\n", end) + 1, "", (start, "remove"))
        else:
            before = text[:start].rstrip()
            start = len(before) - 1 if before.endswith(",") else start
        return Edit(self.source.path, start, end, "", (start, "remove"))

    def imported(self, name: str) -> list[Edit]:
        """An import of a class, where the script does not know it by that name."""
        last = None
        for item in self.tree.body:
            if isinstance(item, ast.Import | ast.ImportFrom):
                last = item
            if isinstance(item, ast.ImportFrom) and any(
                (alias.asname or alias.name) in (name, "*") for alias in item.names
            ):
                return []
        if last is None:
            raise CannotFixError(f"{name} is not imported here")
        modules = {item.module or "" for item in self.tree.body if isinstance(item, ast.ImportFrom)}
        new = any(one.startswith(("sagemaker.mlops", "sagemaker.core")) for one in modules)
        module = _MODULES[name][new]
        end = self._range(last)[1]
        newline = "\r\n" if "\r\n" in self.source.text else "\n"
        text = f"{newline}from {module} import {name}"
        return [Edit(self.source.path, end, end, text, (end, f"import {name}"))]
