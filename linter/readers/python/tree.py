"""The files that scripts import and read: those of the scanned tree, and no others."""

from __future__ import annotations

import ast
import posixpath
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linter.core.documents import Problem
from linter.core.sources import Source
from linter.readers.python.files import PythonFile, parsed, python_file
from linter.readers.python.values import CHECKOUT, Scope, unknown

if TYPE_CHECKING:
    from linter.readers.python.machine import Machine

MAX_BYTES = 1_000_000
"""A larger file is not read for its data."""
MAX_YAML_CHARACTERS = 200_000
"""PyYAML's own parser, which is the one that scripts call, reads some 100,000 a second."""
_OTHERS = frozenset(
    {*sys.stdlib_module_names, "sagemaker", "boto3", "botocore", "yaml", "numpy", "pandas", "click"}
)
"""Packages that are not looked for in the tree."""


class Tree:
    """Files by their displayed path.

    Args:
        boundary: nothing outside of this directory is read; ``None`` where there are no files.
        base: what displayed paths are relative to.
        texts: texts that stand for files, or were read already, by path.
    """

    def __init__(
        self, boundary: Path | None, base: Path | None, texts: Mapping[str, str] | None = None
    ) -> None:
        self._boundary = boundary.resolve() if boundary is not None else None
        self._base = (base or Path.cwd()).resolve()
        self._texts = {posixpath.normpath(path): text for path, text in (texts or {}).items()}
        self._missing: set[str] = set()
        self._files: dict[str, PythonFile | None] = {}
        self._trees: dict[str, tuple[ast.Module | None, Problem | None]] = {}
        self.sources: dict[str, Source] = {}
        """What was read beside the scripts themselves, by path."""

    # -- texts -------------------------------------------------------------------------------------

    def read(self, path: str) -> str | None:
        """The text of a file of the tree; ``None`` where it is none, or may not be read."""
        path = posixpath.normpath(path)
        found = self._texts.get(path)
        if found is not None or path in self._missing:
            return found
        text = self._from_disk(path)
        if text is None:
            self._missing.add(path)
            return None
        self._texts[path] = text
        return text

    def _from_disk(self, path: str) -> str | None:
        if self._boundary is None:
            return None
        try:
            target = (self._base / path).resolve()
            if not target.is_relative_to(self._boundary):
                return None
            details = target.stat()
            if not stat.S_ISREG(details.st_mode) or details.st_size > MAX_BYTES:
                return None
            return target.read_text("utf-8-sig")
        except (OSError, RuntimeError, ValueError):
            return None

    def text(self, path: str, file: PythonFile) -> str | None:
        """A file that a script opens: beside it, or from one of the directories around it."""
        if path.startswith(CHECKOUT):
            path = posixpath.normpath(path.removeprefix(CHECKOUT).lstrip("/") or ".")
        if path.startswith("/"):
            return None
        for directory in ("", *self._around(file)):
            found = self.read(posixpath.join(directory, path))
            if found is not None:
                return found
        return None

    def data(self, kind: str, text: str) -> tuple[Any] | None:
        """JSON, YAML or TOML as scripts read them, in a tuple; ``None`` for what is no such text.

        YAML is read by PyYAML, as it is in the script: ``yes`` is true and ``010`` is eight there.
        """
        if len(text) > MAX_BYTES:
            return None
        try:
            if kind == "json":
                import json

                return (json.loads(text),)
            if kind == "toml":
                import tomllib

                return (tomllib.loads(text),)
            import yaml

            return (yaml.safe_load(text),) if len(text) <= MAX_YAML_CHARACTERS else None
        except (ValueError, ArithmeticError, LookupError, TypeError, RecursionError):
            return None
        except Exception as error:
            if type(error).__module__.startswith("yaml."):
                return None
            raise

    # -- modules -----------------------------------------------------------------------------------

    @staticmethod
    def _around(file: PythonFile) -> list[str]:
        """The directories that a module may be imported from, the nearest first."""
        directory = posixpath.dirname(file.path)
        found = [directory]
        while directory not in ("", "/", ".."):
            directory = posixpath.dirname(directory)
            found.append(directory)
            if len(found) > 20:
                break
        return [*found, *(posixpath.join(one, "src") for one in found)]

    def absolute(self, name: str, level: int, file: PythonFile) -> str | None:
        """The path-like name of a relative import; ``None`` for one that leaves the tree."""
        if level == 0:
            return name
        directory = posixpath.dirname(file.path)
        for _ in range(level - 1):
            if not directory:
                return None
            directory = posixpath.dirname(directory)
        path = posixpath.join(directory, name.replace(".", "/")) if name else directory
        return f"/{path}"

    def module(self, name: str, file: PythonFile) -> PythonFile | None:
        """The file of a module of the tree."""
        for path in self._candidates(name, file):
            found = self.file(path, name)
            if found is not None:
                return found
        return None

    def _candidates(self, name: str, file: PythonFile) -> list[str]:
        if name.startswith("/"):  # what :meth:`absolute` gave
            stem = name[1:].replace(".", "/")
            return [f"{stem}.py", f"{stem}/__init__.py"] if stem else ["__init__.py"]
        if not name or name.split(".", 1)[0] in _OTHERS:
            return []
        stem = name.replace(".", "/")
        return [
            posixpath.join(directory, ending)
            for directory in self._around(file)
            for ending in (f"{stem}.py", f"{stem}/__init__.py")
        ]

    def has_package(self, name: str, file: PythonFile) -> bool:
        """Whether a directory of the tree is a package of this name without a file of its own."""
        if name.startswith("/"):
            return True
        if not name or name.split(".", 1)[0] in _OTHERS or self._boundary is None:
            return False
        stem = name.replace(".", "/")
        for directory in self._around(file):
            try:
                target = (self._base / directory / stem).resolve()
                if target.is_relative_to(self._boundary) and target.is_dir():
                    return True
            except (OSError, RuntimeError, ValueError):
                continue
        return False

    def file(self, path: str, name: str) -> PythonFile | None:
        path = posixpath.normpath(path)
        if path not in self._files:
            text = self.read(path)
            self._files[path] = None
            if text is not None:
                source = self.sources.setdefault(path, Source(path, text))
                self._files[path] = python_file(source, name)[0]
        return self._files[path]

    def adopt(self, file: PythonFile) -> None:
        """A script that the scan has found: others may import it."""
        self._files[posixpath.normpath(file.path)] = file

    def parsed(self, file: PythonFile) -> tuple[ast.Module | None, Problem | None]:
        if file.path not in self._trees:
            self._trees[file.path] = parsed(file)
        return self._trees[file.path]

    def run(self, machine: Machine, file: PythonFile) -> Scope:
        """The names of an imported module; one that imports itself sees what is there so far."""
        from linter.readers.python.running import run_module

        found = machine.modules.get(file.path)
        if found is None:
            found = machine.modules[file.path] = Scope()
            tree, problem = self.parsed(file)
            if tree is None:
                reason = problem.message if problem is not None else "it cannot be read"
                found.rest = unknown(f"{file.path}: {reason}")
            else:
                run_module(machine, file, tree, found, file.name)
        return found
