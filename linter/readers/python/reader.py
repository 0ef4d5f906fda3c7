"""Reader for scripts and notebooks that make pipelines with the SDK."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from linter.core.bugs import bug
from linter.core.documents import Document, Embedded, Problem, ReadResult
from linter.core.identity import Root
from linter.core.record import replace
from linter.core.sources import Source, Span
from linter.core.values import MISSING, Template, Unknown, lookup, to_json
from linter.discovery.detect import makes_pipeline
from linter.readers.python.files import NOTEBOOK, PythonFile, parsed, python_file
from linter.readers.python.locating import PythonLocator, narrowed
from linter.readers.python.machine import Exhausted, Machine
from linter.readers.python.running import (
    call_entry,
    calls_pipeline,
    entries,
    hands_on_pipeline,
    makers,
    pipeline_calls,
    run_module,
    unreached,
)
from linter.readers.python.sdk.objects import argument, is_sent, sent
from linter.readers.python.sdk.pipeline import Finished, definition
from linter.readers.python.sdk.triggers import TYPE as SCHEDULE
from linter.readers.python.sdk.triggers import schedules
from linter.readers.python.tree import Tree
from linter.readers.python.values import Cell, Map, Place, Scope, Sdk, unknown, why
from linter.readers.unread import EXCLUDE

MAX_STEPS = 4_000_000
"""Nodes that are evaluated in one scan; scripts behind that are named as not read."""
MAX_CALLERS = 50


class _Reading:
    """All scripts of one scan."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.result = ReadResult()
        self.steps = 0
        self.reached: set[int] = set()
        """Functions that a script of the tree calls."""
        self._made_in: set[str] = set()
        """Scripts in which a pipeline was made."""
        self._seen: set[tuple[Any, ...]] = set()

    # -- one script --------------------------------------------------------------------------------

    def read(self, file: PythonFile) -> None:
        """Evaluate one script and take over the pipelines that it makes."""
        tree, problem = self.tree.parsed(file)
        if tree is None:
            assert problem is not None
            self.result.problems.append(problem)
            return
        found = self._run(file, tree, as_caller=False)
        path = file.source.path
        said = any(p.lost and p.span.path == path for p in self.result.problems)
        if said:
            return
        if found or file.path in self._made_in:
            for call in unreached(tree, self.reached):
                self.result.problems.append(_lost(ONE_NOT_FOLLOWED, file.span(call)))
        elif calls_pipeline(tree) or hands_on_pipeline(tree):
            self.result.problems.append(_lost(NOT_FOLLOWED, _at(file, tree)))

    def caller(self, file: PythonFile) -> None:
        """A script that only calls functions of others which make pipelines."""
        tree, _ = self.tree.parsed(file)
        if tree is not None:
            self._run(file, tree, as_caller=True)

    def _run(self, file: PythonFile, tree: ast.Module, *, as_caller: bool) -> bool:
        if self.steps > MAX_STEPS:
            self.result.problems.append(_lost(TOO_MANY, file.source.span(0, 0)))
            return True
        machine = Machine(self.tree)
        scope = Scope()
        try:
            with machine.budget():
                if file.partial:
                    scope.rest = unknown("a cell of the notebook that cannot be read")
                run_module(machine, file, tree, scope, "__main__")
        except (Exhausted, RecursionError):
            self.result.problems.append(_lost(TOO_LONG, file.source.span(0, 0)))
        if not as_caller:
            self._entries(machine, file, tree, scope)
        self.steps += machine.steps
        self.reached |= machine.called
        found = False
        for pipeline in machine.pipelines:
            found = self._document(machine, pipeline, file) or found
        self.result.problems += machine.problems
        return found

    def _entries(self, machine: Machine, file: PythonFile, tree: ast.Module, scope: Scope) -> None:
        try:
            with machine.budget():
                for node in (*entries(tree), *makers(tree)):
                    if id(node) not in machine.called and id(node) not in self.reached:
                        call_entry(machine, scope, node)
        except (Exhausted, RecursionError):
            self.result.problems.append(_lost(TOO_LONG, file.source.span(0, 0)))

    # -- one pipeline ------------------------------------------------------------------------------

    def _document(self, machine: Machine, pipeline: Sdk, file: PythonFile) -> bool:
        try:
            with machine.budget():
                machine.frames.append(_frame(file))
                finished = Finished(definition(machine, pipeline), pipeline.place)
                around = self._around(machine, pipeline)
        except (Exhausted, RecursionError):
            self.result.problems.append(_lost(TOO_LONG, file.source.span(0, 0)))
            return True
        except Exception as error:
            span = pipeline.place.file.span(narrowed(pipeline.place))
            self.result.problems.append(bug(error, "The pipeline", span))
            return True
        key = (pipeline.place.file.path, id(pipeline.place.node), repr(to_json(finished.value)))
        if key in self._seen:
            return True
        self._seen.add(key)
        self._made_in.add(pipeline.place.file.path)
        self.result.documents.append(self._made(pipeline, finished, around))
        self.result.documents += _schedules(pipeline)
        return True

    def _made(self, pipeline: Sdk, finished: Finished, around: dict[str, Any]) -> Document:
        file = pipeline.place.file
        locator = PythonLocator(finished.places, finished.key_places, pipeline.place)
        outside = PythonLocator(
            {(key,): place for key, place in around.pop("places").items()}, {}, pipeline.place
        )
        value = {**around, "PipelineDefinition": finished.value}
        path = file.source.path
        document = Document(
            "pipeline", "", "", file.source, value, outside, path, root=Root("file", path)
        )
        document.embedded[("PipelineDefinition",)] = Embedded(finished.value, locator)
        return document

    def _around(self, machine: Machine, pipeline: Sdk) -> dict[str, Any]:
        """What is sent beside the definition: the name, the role, how many steps run at once."""
        places: dict[str, Place] = {}
        found: dict[str, Any] = {"places": places}
        name = argument(pipeline, "name")
        found["PipelineName"] = _outer(name, "a name that is not known")
        places["PipelineName"] = name.place
        role = sent(pipeline, "role_arn")
        if role is not None:
            found["RoleArn"] = _outer(role, "the role that upsert() is given")
            places["RoleArn"] = role.place
        else:
            found["RoleArn"] = Unknown("the role that the pipeline is created with", ("role_arn",))
        parallel = sent(pipeline, "parallelism_config")
        if parallel is not None and parallel.value is not None:
            found["ParallelismConfiguration"] = _parallelism(parallel)
            places["ParallelismConfiguration"] = parallel.place
        elif not is_sent(pipeline):
            found["ParallelismConfiguration"] = Unknown("how the pipeline is created")
        return found


def _schedules(pipeline: Sdk) -> list[Document]:
    """The schedules that the script puts on a pipeline."""
    found: list[Document] = []
    source, path = pipeline.place.file.source, pipeline.place.file.path
    for number, schedule in enumerate(schedules(pipeline), 1):
        finished = Finished(schedule.value, schedule.place)
        locator = PythonLocator(finished.places, finished.key_places, schedule.place)
        name = lookup(finished.value, "Name")
        address = name if isinstance(name, str) else f"schedule {number}"
        document = Document(
            "cloudformation.resource", SCHEDULE, address, source, finished.value, locator, path
        )
        found.append(replace(document, maybe=schedule.maybe, root=Root("file", path)))
    return found


def _frame(file: PythonFile) -> Any:
    from linter.readers.python.machine import Frame

    return Frame(file, Scope(), Scope(), None)


def _outer(cell: Cell, reason: str) -> Any:
    value = cell.value
    if isinstance(value, str | Template | Unknown):
        return value
    return Unknown(getattr(value, "reason", reason))


def _parallelism(cell: Cell) -> Any:
    value = cell.value
    found: Any = MISSING
    if isinstance(value, Sdk):
        found = argument(value, "max_parallel_execution_steps").value
    elif isinstance(value, Map):
        limit = value.items.get("MaxParallelExecutionSteps")
        found = MISSING if limit is None else limit.value
    else:
        return Unknown(why(value))
    known = isinstance(found, int)
    return {"MaxParallelExecutionSteps": found if known else Unknown("how many steps run at once")}


# --- problems -------------------------------------------------------------------------------------


def _at(file: PythonFile, tree: ast.Module) -> Span:
    """The place of the import of the SDK, or of the first statement."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            name = getattr(node, "module", None) or node.names[0].name
            if name.startswith("sagemaker"):
                return file.span(node)
    return file.source.span(0, 0)


NOT_FOLLOWED = (
    "This script makes a pipeline with the SageMaker SDK in a way that is not followed: its "
    "pipeline is not checked"
)
ONE_NOT_FOLLOWED = (
    "This pipeline is made in a function that nothing here calls: it is not checked, others of the "
    "script are"
)
TOO_LONG = "This script takes too long to be followed: what it makes is not wholly checked"
TOO_MANY = "There are too many scripts that make pipelines: this one is not read"


def _lost(message: str, span: Span) -> Problem:
    instead = "Check it by itself" if message == TOO_MANY else _SCAN_INSTEAD
    return Problem(message, span, rule="", hint=f"{instead}, {EXCLUDE}.")


_SCAN_INSTEAD = "Scan what pipeline.definition() gives, saved as a .json file"


# --- all scripts ----------------------------------------------------------------------------------


def read_python(
    scripts: Sequence[Source],
    others: Sequence[Source] = (),
    *,
    boundary: Path | None = None,
    base: Path | None = None,
    texts: Mapping[str, str] | None = None,
) -> ReadResult:
    """The pipelines that scripts make. Nothing of them is run; nothing is raised.

    Args:
        scripts: those that make pipelines, by what they import.
        others: further scripts of the tree, which may call functions of those.
        boundary: nothing outside of this directory is read; ``None`` where there are no files.
        base: what displayed paths are relative to.
        texts: texts that stand for files, by path.
    """
    known = {source.path: source.text for source in (*scripts, *others)}
    tree = Tree(boundary, base, {**(texts or {}), **known})
    reading = _Reading(tree)
    files: list[PythonFile] = []
    for source in scripts:
        file, problem = python_file(source, _module_name(source.path))
        if problem is not None:
            reading.result.problems.append(problem)
            if problem.lost:
                continue
        tree.adopt(file)
        files.append(file)
        for written in file.written:
            # What is in the tree already is read as it is there.
            if tree.read(written.path) is None:
                tree.adopt(written)
                if makes_pipeline(written.text):
                    files.append(written)
    for source in _callers(tree, files, others):
        file, _ = python_file(source, "__main__")
        _guarded(reading, file, reading.caller)
    for file in files:
        _guarded(reading, file, reading.read)
    used = {document.path for document in reading.result.documents}
    reading.result.sources = [*scripts]
    reading.result.sources += [source for path, source in tree.sources.items() if path not in used]
    return reading.result


def pipeline_lines(source: Source) -> set[int]:
    """The lines of a script at which pipelines are made by the SDK's class."""
    file, _ = python_file(source, "")
    tree, _ = parsed(file)
    return set() if tree is None else {file.span(node).start_line for node in pipeline_calls(tree)}


def _guarded(reading: _Reading, file: PythonFile, read: Any) -> None:
    """A bug in reading one script costs this script."""
    try:
        read(file)
    except Exception as error:
        reading.result.problems.append(bug(error, "The script", file.source.span(0, 0)))


def _module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix(NOTEBOOK).rsplit("/", 1)[-1]


def _callers(tree: Tree, files: Sequence[PythonFile], others: Sequence[Source]) -> list[Source]:
    """Scripts that name a function which makes a pipeline, and import something."""
    names: set[str] = set()
    for file in files:
        parsed, _ = tree.parsed(file)
        if parsed is not None:
            names |= {node.name for node in makers(parsed)}
    if not names or not others:
        return []
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, names)))})\b")
    return [source for source in others if pattern.search(source.text)][:MAX_CALLERS]
