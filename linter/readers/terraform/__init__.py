"""Reader for Terraform configurations: evaluated like Terraform, the unknown kept unknown."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from linter.core.documents import Document, Problem, ReadResult
from linter.core.sources import Source
from linter.readers.settings import SettingsOf

RECURSION_LIMIT = 12_000
"""Expressions are at most 200 levels deep; each level takes several frames."""


def read_terraform(
    files: Mapping[str, Source],
    *,
    root: Path | None,
    base: Path | None = None,
    texts: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    variable_files: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    workspace: str = "",
    order: Sequence[tuple[str, str]] | None = None,
    settings_of: SettingsOf | None = None,
) -> ReadResult:
    """Evaluate every root module among ``files``.

    Args:
        files: sources of ``.tf``, ``.tf.json``, ``.tfvars`` files by display path.
        root: nothing outside this directory is read; ``None`` when only ``texts`` exist.
        base: the directory display paths are relative to.
        texts: texts that stand for files, for ``file()`` and modules.
        variables: values of root variables as text (``--var``).
        variable_files: paths of ``.tfvars`` files (``--var-file``).
        environment: ``TF_VAR_…`` values.
        workspace: the workspace of every root (``--workspace``).
        settings_of: what configurations say of a root module.
        order: the variables and files, ``("var", name)`` and ``("file", path)``, in the order in
            which they were given: the later wins. What it does not name: files before, variables
            behind the others.

    Nothing is raised for bad input; problems have the rules ``SYN013`` to ``SYN015``.
    """
    from linter.readers.terraform.documents import documents_of
    from linter.readers.terraform.files import FileAccess
    from linter.readers.terraform.program import Program
    from linter.readers.terraform.roots import RootGiven, VariableFiles

    access = FileAccess(root, base, texts)
    problems: list[Problem] = []
    read = VariableFiles(base, problems, texts)
    given = {path: source for path in variable_files if (source := read(path)) is not None}
    values = dict(variables or {})
    order = list(order or ())
    order = [
        *(("file", path) for path in given if ("file", path) not in order),
        *order,
        *(("var", name) for name in values if ("var", name) not in order),
    ]
    options: list[Source | tuple[str, str]] = []
    for kind, name in order:
        if kind == "file":
            options += (given[name],) if name in given else ()
        elif name in values:
            options.append((name, values[name]))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        program = Program(
            {p: s for p, s in files.items() if not p.endswith((".tfvars", ".tfvars.json"))},
            {p: s for p, s in files.items() if p.endswith((".tfvars", ".tfvars.json"))},
            access,
            environment or {},
            options,
            RootGiven(settings_of, read, workspace),
        )
        documents: list[Document] = documents_of(program)
    finally:
        sys.setrecursionlimit(limit)
    result = ReadResult(documents, problems + program.every_problem(), absent=program.absent)
    result.sources = [*files.values(), *read.sources, *access.sources()]
    return result


__all__ = ["read_terraform"]
