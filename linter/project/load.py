"""From paths or texts to a linked project."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from linter.core.bugs import bug
from linter.core.documents import Document, Problem, ReadResult
from linter.core.identity import NO_PLACEMENT, Placement
from linter.core.jsontext import JsonDocument, parse_json_source
from linter.core.record import entity, field, record
from linter.core.sources import Source, Span
from linter.discovery.detect import Format, JsonKind, classify_json, detect_format, may_be_ours
from linter.discovery.excluded import Excluded, ExcludeOf
from linter.discovery.walk import (
    CONFIGURATION_SUFFIXES,
    MAP,
    SCRIPTS,
    Discovery,
    FoundFile,
    discover,
    glimpse,
    is_utf16,
    read_text,
    repository_root,
)
from linter.domain.pipeline import typed_parameter
from linter.project.link import link
from linter.project.link_iam import PolicyKindOf
from linter.project.model import Project
from linter.readers import unread
from linter.readers.settings import SettingsOf


@record
class LoadOptions:
    """What the user can say about reading.

    ``variables`` are ``--var`` values as text, ``variable_files`` paths of ``.tfvars`` files,
    ``environment`` the process environment (only ``TF_VAR_…`` is used), ``parameters`` pipeline
    parameters fixed by ``--param``, ``workspace`` the one of ``--workspace``. These hold for
    everything; ``exclude_of`` and ``settings_of`` give what configurations say of a directory.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    variable_files: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    order: Sequence[tuple[str, str]] | None = None
    """``("var", name)`` and ``("file", path)`` as they were given: the later wins."""
    exclude: Sequence[str] = ()
    configured: Placement = NO_PLACEMENT
    """Where things run that do not say it; empty where the user has not stated it."""
    configured_of: Callable[[Document], Placement] | None = None
    """The same, where settings differ between parts of what is read."""
    policy_kind_of: PolicyKindOf | None = None
    """What kind a policy's file is said to be, where it does not say it itself."""
    hook: bool = False
    """Named files are what a change touched: those that are excluded or not ours are passed
    over."""
    workspace: str = ""
    exclude_of: ExcludeOf | None = None
    settings_of: SettingsOf | None = None


_MODULE_FILES = (*CONFIGURATION_SUFFIXES, ".tfvars", ".tfvars.json")


@entity
class _Batch:
    """Files sorted by who reads them."""

    terraform: dict[str, Source] = field(default_factory=dict)
    others: list[tuple[Source, Format, bool]] = field(default_factory=list)
    templates: list[Source] = field(default_factory=list)
    scripts: list[Source] = field(default_factory=list)
    """Python that makes pipelines."""
    helpers: list[Source] = field(default_factory=list)
    """Python that mentions the SDK, and may call what makes pipelines."""
    maps: dict[str, str] = field(default_factory=dict)
    """Source maps beside JSON files, by the path of the file."""

    mapped: dict[str, set[int]] = field(default_factory=dict)
    """Scripts of which definitions were rendered that are read with their maps: the lines at which
    those pipelines are made."""

    def by_path(self) -> dict[str, Source]:
        """The scripts of the scan by their paths."""
        return {posixpath.normpath(s.path): s for s in (*self.helpers, *self.scripts)}


def load_paths(
    paths: Sequence[str],
    options: LoadOptions | None = None,
    *,
    working_directory: Path | None = None,
) -> Project:
    """Discover, read and link everything below ``paths``.

    Nothing is raised for bad input: what could not be read is in ``Project.problems``.
    """
    options = options or LoadOptions()
    here = working_directory or Path.cwd()
    discovery = discover(
        paths,
        exclude=options.exclude,
        exclude_of=options.exclude_of,
        force_exclude=options.hook,
        working_directory=here,
    )
    files = _with_modules(discovery, here, options)
    if len(paths) > 1:  # what is found does not depend on the order in which it was named
        files.sort(key=lambda file: file.path)
    batch = _Batch()
    results = [ReadResult(problems=[_skip_problem(s.path, s.reason) for s in discovery.skipped])]
    ours = 0
    for file in files:
        text, reason = read_text(file)
        if reason:
            if (file.named and not options.hook) or _may_matter(file):
                results.append(ReadResult(problems=[_skip_problem(file.path, reason)]))
                ours += 1
            continue
        source = Source(file.path, text)
        if file.path.endswith(_MODULE_FILES) and is_utf16(file):
            results.append(ReadResult(problems=[_not_utf8(source)]))
        ours += _sort(batch, source, file.named and not options.hook)
        if file.path.endswith(".json") and PIPELINE_MARK in text:
            _take_map(batch, file)
    results.extend(_read(batch, options, discovery.boundary, here))
    project = _merge(results, options.policy_kind_of)
    project.files = ours
    project.path_prefix = _path_prefix(here)
    project.configured, project.configured_of = options.configured, options.configured_of
    _fix_parameters(project, options.parameters)
    return project


PIPELINE_MARK = '"Steps"'


def _take_map(batch: _Batch, file: FoundFile) -> None:
    """The source map that ``render`` wrote beside a definition."""
    beside = FoundFile(f"{file.path}{MAP}", Path(f"{file.absolute}{MAP}"))
    if not file.absolute.is_symlink() and not beside.absolute.is_symlink():
        text, reason = read_text(beside)
        if not reason:
            batch.maps[file.path] = text


def _may_matter(file: FoundFile) -> bool:
    """Whether a file that cannot be read is ours, as far as can be told."""
    if file.path.endswith(_MODULE_FILES):
        return True
    text = glimpse(file)
    if text is None:
        return True
    format_ = detect_format(file.path, text)
    return may_be_ours(text, Format.JSON if format_ is Format.TEMPLATE else format_)


def load_texts(texts: Mapping[str, str], options: LoadOptions | None = None) -> Project:
    """Read and link texts that are not files: standard input, examples of rules.

    Keys are relative paths with forward slashes; ``file()`` and modules see only these texts.
    """
    options = options or LoadOptions()
    batch = _Batch()
    ours = 0
    for path, text in texts.items():
        ours += _sort(batch, Source(path, text), named=not options.hook)
    project = _merge(_read(batch, options, None, None, texts), options.policy_kind_of)
    project.files = ours
    project.configured, project.configured_of = options.configured, options.configured_of
    _fix_parameters(project, options.parameters)
    return project


def _path_prefix(here: Path) -> str:
    root = repository_root(here)
    if root is None or root == here:
        return ""
    return here.relative_to(root).as_posix() + "/"


def _with_modules(discovery: Discovery, here: Path, options: LoadOptions) -> list[FoundFile]:
    """Terraform is read by whole modules: a named ``.tf`` brings the rest of its directory.

    For a hook also the modules that call it, in the same repository, where a change to it shows,
    and those that read a named file that is no Terraform: ``templatefile``, ``file``, data as JSON;
    and the scripts that make pipelines of what a named file says.
    """
    named = [f for f in discovery.files if f.named and f.path.endswith(_MODULE_FILES)]
    others = [f for f in discovery.files if f.named and not f.path.endswith(_MODULE_FILES)]
    directories = set(dict.fromkeys(f.absolute.parent for f in named))
    known = {f.absolute for f in discovery.files}
    files = list(discovery.files)

    def below(
        directory: Path, excluded: bool = True, suffixes: tuple[str, ...] = _MODULE_FILES
    ) -> list[FoundFile]:
        found = discover(
            [str(directory)],
            exclude=options.exclude if excluded else (),
            exclude_of=options.exclude_of if excluded else None,
            working_directory=here,
        )
        return [f for f in found.files if f.path.endswith(suffixes)]

    around: list[FoundFile] = []
    if options.hook and (directories or others):
        from linter.project.callers import callers_of, readers_of, scripts_of

        found = below(discovery.boundary, suffixes=(*_MODULE_FILES, *SCRIPTS))
        around = [f for f in found if f.path.endswith(_MODULE_FILES)]
        scripts = [f for f in found if f.path.endswith(SCRIPTS)]
        files += [f for f in scripts_of([*named, *others], scripts) if f.absolute not in known]
        directories = callers_of(directories | readers_of(others, around), around)
    elif directories:
        # A file that is named although it is excluded is read with the whole of its module.
        excluded = Excluded(options.exclude, options.exclude_of)
        asked = {f.absolute.parent for f in named if excluded.with_ancestors(f.path)}
        for directory in sorted(directories):
            around += below(directory, directory not in asked)
    files.extend(f for f in around if f.absolute.parent in directories and f.absolute not in known)
    return files


def _sort(batch: _Batch, source: Source, named: bool) -> int:
    """File a source under its reader; 1 when it is one of ours, else 0."""
    format_ = detect_format(source.path, source.text)
    if format_ is Format.TERRAFORM:
        batch.terraform[source.path] = source
        return 1
    if format_ is Format.TEMPLATE:
        if may_be_ours(source.text, Format.JSON):
            batch.templates.append(source)
            return 1
        if not named:
            return 0
    if format_ is Format.PYTHON and may_be_ours(source.text, format_):
        batch.scripts.append(source)
        return 1
    if format_ is Format.PYTHON and not source.path.endswith(".ipynb"):
        batch.helpers.append(source)
        if not named:
            return 0
    if named or may_be_ours(source.text, format_):
        batch.others.append((source, format_, named))
        return 1
    return 0


def _read(
    batch: _Batch,
    options: LoadOptions,
    boundary: Path | None,
    here: Path | None,
    texts: Mapping[str, str] | None = None,
) -> Iterable[ReadResult]:
    if batch.terraform:
        if options.settings_of is not None:  # what a configuration gets wrong is no bug of ours
            for directory in dict.fromkeys(map(posixpath.dirname, batch.terraform)):
                options.settings_of(directory)
        first = next(iter(batch.terraform.values()))
        yield _guarded(
            "The Terraform configuration",
            first,
            _read_terraform(batch, options, boundary, here, texts),
        )
    if batch.others:
        from linter.readers.cloudformation.given import given_parameters

        given = given_parameters(options.variables, options.variable_files, here)
    scripts = batch.by_path() if batch.maps else {}
    for source, format_, named in batch.others:
        configured: Mapping[str, str] = {}
        if options.settings_of is not None:
            (own, *_) = options.settings_of(posixpath.dirname(source.path))
            configured = given_parameters(own.variables, own.variable_files, here)
        parameters = {**configured, **given}
        read = partial(_read_other, source, format_, named, parameters)
        yield _with_map(batch, source, _guarded("The file", source, read), scripts)
    for source in _unreferenced(batch):
        yield _guarded("The file", source, partial(_read_template, source))
    if batch.scripts:
        from linter.readers.python.reader import read_python

        read = partial(
            read_python, batch.scripts, batch.helpers, boundary=boundary, base=here, texts=texts
        )
        result = _guarded("The script", batch.scripts[0], read)
        yield _without_what_was_rendered(batch, result)


def _without_what_was_rendered(batch: _Batch, result: ReadResult) -> ReadResult:
    """What was rendered of a script is read instead of it: all its pipelines, or some."""
    if not batch.mapped:
        return result
    from linter.readers.python.reader import pipeline_lines

    scripts = {posixpath.normpath(script.path): script for script in batch.scripts}
    whole = {
        path
        for path, lines in batch.mapped.items()
        if path in scripts and pipeline_lines(scripts[path]) <= lines
    }
    result.problems = [
        problem for problem in result.problems if posixpath.normpath(problem.span.path) not in whole
    ]
    return result


def _with_map(
    batch: _Batch, source: Source, result: ReadResult, scripts: Mapping[str, Source]
) -> ReadResult:
    """A definition at the places of the script that it was rendered from."""
    text = batch.maps.get(source.path)
    documents = [d for d in result.documents if d.kind == "pipeline" and not d.embedded]
    if text is None or len(documents) != 1:
        return result
    from linter.readers.source_map import mapped

    (document,) = documents
    try:
        locator, found, problem = mapped(source, document.locator, text, scripts.get)
    except Exception as error:
        result.problems.append(bug(error, "The source map", _start(source)))
        return result
    document.locator = locator
    for script in found:
        lines = batch.mapped.setdefault(posixpath.normpath(script.path), set())
        made = locator.locate(()).span
        if made.path == posixpath.normpath(script.path):
            lines.add(made.start_line)
    result.sources += found
    if problem is not None:
        result.problems.append(problem)
    return result


def _read_terraform(
    batch: _Batch,
    options: LoadOptions,
    boundary: Path | None,
    here: Path | None,
    texts: Mapping[str, str] | None,
) -> Callable[[], ReadResult]:
    from linter.readers.terraform import read_terraform

    return partial(
        read_terraform,
        batch.terraform,
        root=boundary,
        base=here,
        texts=texts,
        variables=options.variables,
        variable_files=options.variable_files,
        environment=options.environment,
        workspace=options.workspace,
        order=options.order,
        settings_of=options.settings_of,
    )


def _guarded(what: str, source: Source, read: Callable[[], ReadResult]) -> ReadResult:
    """What a reader makes of a text; a bug in it costs this text."""
    try:
        return read()
    except Exception as error:
        return ReadResult(problems=[bug(error, what, _start(source))], sources=[source])


def _unreferenced(batch: _Batch) -> list[Source]:
    """Template files that no scanned Terraform names: those are read through it."""
    return [
        source
        for source in batch.templates
        if not any(
            posixpath.basename(source.path) in other.text for other in batch.terraform.values()
        )
    ]


def _read_template(source: Source) -> ReadResult:
    from linter.readers.json_template import read_template

    result = read_template(source)
    result.sources.append(source)
    return result


def _read_other(
    source: Source, format_: Format, named: bool, parameters: Mapping[str, str]
) -> ReadResult:
    result: ReadResult
    if format_ is Format.JSON:
        result = _read_json(source, named, parameters)
    elif format_ is Format.YAML:
        from linter.readers.cloudformation import read_cloudformation

        result = read_cloudformation(source, parameters=parameters)
        if named and not result.documents and not result.problems:
            result.problems.append(_not_ours(source))
    elif format_ is Format.PYTHON and source.text.strip():
        result = ReadResult(problems=[_no_pipeline(source)])
    else:
        reason = "the file is empty" if not source.text.strip() else ""
        result = ReadResult(problems=[_not_ours(source, reason)])
    result.sources.append(source)
    return result


def _read_json(source: Source, named: bool, parameters: Mapping[str, str]) -> ReadResult:
    parsed = parse_json_source(source)
    if parsed.problem is not None and parsed.problem.lost:
        return ReadResult(problems=[parsed.problem])
    kind = classify_json(parsed.value)
    if kind is JsonKind.OTHER:
        return _read_unusual(source, parsed, named)
    if kind is JsonKind.STATE:
        return ReadResult(
            problems=[
                Problem(
                    "A Terraform state file is not read: it says what was, not what will be",
                    _start(source),
                    hint="Scan the configuration, or a plan: terraform show -json plan.out",
                )
            ]
        )
    if kind is JsonKind.SNAPSHOT:
        from linter.readers.snapshot import read_snapshot

        result = read_snapshot(source, parsed)
    elif kind is JsonKind.PLAN:
        from linter.readers.plan import read_plan

        result = read_plan(source, parsed)
    elif kind is JsonKind.CLOUDFORMATION:
        from linter.readers.cloudformation import read_cloudformation

        return read_cloudformation(source, parameters=parameters, parsed=parsed)
    else:
        from linter.readers import json_documents

        if kind is JsonKind.PIPELINE:
            result = json_documents.read_pipeline(source, parsed)
        elif kind is JsonKind.PIPELINE_DESCRIPTION:
            result = json_documents.read_description(source, parsed)
        else:
            result = json_documents.read_policy(source, parsed, kind)
    if parsed.problem is not None:
        result.problems.append(parsed.problem)
    return result


def _read_unusual(source: Source, parsed: JsonDocument, named: bool) -> ReadResult:
    """What is none of the usual documents and may hold some, or be known as what is not read."""
    from linter.readers.json_wrapped import read_wrapped

    result = read_wrapped(source, parsed)
    if not result.documents:
        problem = (
            unread.of_json(source, parsed)
            or unread.of_content(parsed)
            or (_not_ours(source) if named else None)
        )
        result.problems = [problem] if problem is not None else []
    elif parsed.problem is not None:
        result.problems.append(parsed.problem)
    return result


def _not_ours(source: Source, reason: str = "") -> Problem:
    return Problem(
        reason[:1].upper() + reason[1:]
        if reason
        else "Not recognised as Terraform, CloudFormation, a pipeline definition, an IAM policy "
        "or a plan",
        _start(source),
        rule="",
        hint="Check the path, or leave the file out.",
    )


def _no_pipeline(source: Source) -> Problem:
    return Problem(
        "No pipeline of the SageMaker SDK is made in this script",
        _start(source),
        rule="",
        hint="Check the path, or leave the file out.",
    )


def _not_utf8(source: Source) -> Problem:
    return Problem(
        "The file is UTF-16, which Terraform refuses: all input files must be UTF-8 encoded",
        _start(source),
        hint="Save it as UTF-8.",
        lost=False,
    )


def _start(source: Source) -> Span:
    return Span(source.path, 1, 1, 1, 1)


def _skip_problem(path: str, reason: str) -> Problem:
    return Problem(f"not read: {reason}", Span(path, 1, 1, 1, 1), rule="")


def _merge(results: Iterable[ReadResult], kind_of: PolicyKindOf | None) -> Project:
    documents, problems = [], []
    sources: dict[str, Source] = {}
    read = list(results)
    for result in read:
        documents.extend(result.documents)
        problems.extend(result.problems)
        for source in result.sources:
            sources.setdefault(posixpath.normpath(source.path), source)
    project = link(documents, kind_of)
    project.problems = list(dict.fromkeys(problems + project.problems))
    project.sources = sources
    project.absent = [address for result in read for address in result.absent]
    project.variables = {
        document.address.removeprefix("var.")
        for document in documents
        if document.kind == "terraform.variable" and document.module.endswith("//")
    }.union(*(result.parameters for result in read))
    return project


def _fix_parameters(project: Project, values: Mapping[str, str]) -> None:
    """Apply ``--param``: a value for every pipeline that declares the parameter."""
    for pipeline in project.pipelines:
        declared = pipeline.parameters if values else {}
        fixed = {
            name: typed_parameter(text, declared[name].type, "--param value")
            for name, text in values.items()
            if name in declared
        }
        if fixed:
            pipeline.override(fixed)
