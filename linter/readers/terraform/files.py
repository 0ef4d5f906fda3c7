"""Files that functions may read: only inside the scanned root, only regular, only so large."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from linter.core.sources import Source
from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.cty.types import STRING_TYPE
from linter.readers.terraform.cty.value import Value, string, unknown
from linter.readers.terraform.syntax.tree import Origin

if TYPE_CHECKING:
    from linter.readers.terraform.evaluation.budget import Budget

MAX_BYTES = 10 * 1024 * 1024
"""A larger file is not read; Terraform itself has no such limit, so its text is unknown."""


class NotVisibleError(EvaluationError):
    """Terraform may well read the file: it lies outside what is scanned, or is too large here."""


MAX_LISTED = 20_000


class FileAccess:
    """Reads files for ``file()``, ``templatefile()``, ``fileset()`` and the like.

    Args:
        boundary: nothing outside this directory is read; ``None`` when there are no files at all.
        base: what relative display paths are relative to.
        texts: texts that stand for files (standard input, examples of rules), by path.
    """

    def __init__(
        self, boundary: Path | None, base: Path | None, texts: Mapping[str, str] | None = None
    ) -> None:
        self._boundary = boundary.resolve() if boundary is not None else None
        self._base = (base or Path.cwd()).resolve()
        self._texts = {posixpath.normpath(k): v for k, v in (texts or {}).items()}
        self._sources: dict[str, Source] = {}

    def adopt(self, source: Source) -> None:
        """A file the scan has read already: its source is used again."""
        self._sources.setdefault(posixpath.normpath(source.path), source)

    @property
    def is_tree(self) -> bool:
        """Whether there are files besides the texts that stand for some."""
        return self._boundary is not None

    def sources(self) -> list[Source]:
        """Every file read so far."""
        return list(self._sources.values())

    def source(self, path: str) -> Source:
        """A text file by its display path; raises ``EvaluationError``."""
        key = posixpath.normpath(path)
        found = self._sources.get(key)
        if found is None:
            data = self.data(path)
            try:
                text = data.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise EvaluationError(
                    f"contents of {path!r} are not valid UTF-8; use the filebase64 function to "
                    "obtain the Base64 encoded contents or the other file functions (e.g. filemd5, "
                    "filesha256) to obtain file hashing results instead"
                ) from error
            found = self._sources[key] = Source(key, text)
        return found

    def data(self, path: str) -> bytes:
        """A file's content; raises ``EvaluationError``."""
        text = self._texts.get(posixpath.normpath(path))
        if text is not None:
            return text.encode("utf-8", "surrogatepass")
        target = self._allowed(path)
        try:
            with target.open("rb") as stream:
                details = os.fstat(stream.fileno())
                if not stat.S_ISREG(details.st_mode):
                    raise EvaluationError(f"{path} is not a regular file")
                if details.st_size > MAX_BYTES:
                    raise NotVisibleError(
                        f"{path} is larger than {MAX_BYTES // 1024 // 1024} MB and is not read"
                    )
                return stream.read(MAX_BYTES + 1)
        except FileNotFoundError as error:
            raise EvaluationError(
                f"no file exists at {path!r}; this function works only with files that are "
                "distributed as part of the configuration source code, so if this file will be "
                "created by a resource in this configuration you must instead obtain this result "
                "from an attribute of that resource"
            ) from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EvaluationError(f"failed to read {path}: {reason}") from error

    def _allowed(self, path: str) -> Path:
        """The real path of a file, if it may be read; raises ``EvaluationError``."""
        if self._boundary is None:
            raise EvaluationError(f"no file exists at {path!r}")
        target = self._base / path
        try:
            resolved = target.resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise EvaluationError(f"{path} cannot be resolved") from error
        if not resolved.is_relative_to(self._boundary):
            raise NotVisibleError(
                f"{path} is outside the scanned tree and is not read; scan a directory that "
                "contains it"
            )
        # A device or pipe would block before its kind could be seen.
        if resolved.exists() and not resolved.is_file():
            raise EvaluationError(f"{path} is not a regular file")
        return resolved

    def exists(self, path: str) -> bool | None:
        """Whether a regular file is there; ``None`` outside the scanned tree."""
        if posixpath.normpath(path) in self._texts:
            return True
        try:
            return self._allowed(path).is_file()
        except EvaluationError:
            return None if self._boundary is not None else False

    @property
    def reads_disk(self) -> bool:
        """Whether there is more than the texts that were given."""
        return self._boundary is not None

    def listing(self, directory: str) -> list[str] | None:
        """Files below a directory, relative to it, sorted; ``None`` when not to be known."""
        prefix = posixpath.normpath(directory) + "/"
        found = [
            name if prefix == "./" else name.removeprefix(prefix)
            for name in self._texts
            if prefix == "./" or name.startswith(prefix)
        ]
        if self._boundary is None:
            return sorted(found)
        root = (self._base / directory).resolve()
        if not root.is_relative_to(self._boundary):
            return None
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in (".git", ".terraform")]
            relative = Path(folder).relative_to(root).as_posix()
            found.extend(name if relative == "." else f"{relative}/{name}" for name in names)
            if len(found) > MAX_LISTED:
                return None
        return sorted(found)


class ModuleFiles:
    """The :class:`FunctionContext` of one module: paths relative to the root module.

    ``working`` is the root module's directory as a display path, ``""`` for the current one.
    Templates are evaluated within ``budget``, the scan's.
    """

    def __init__(self, access: FileAccess, working: str, budget: Budget) -> None:
        self._access = access
        self._budget = budget
        self._working = working

    def _path(self, path: str) -> str:
        if "\0" in path:
            raise EvaluationError("a path may not hold a NUL character")
        if path.startswith("/"):
            return path
        if path.startswith("~"):
            raise NotVisibleError(f"{path} is outside the scanned tree and is not read")
        return posixpath.normpath(posixpath.join(self._working, path))

    def read_file(self, path: str) -> Value:
        try:
            source = self._access.source(self._path(path))
        except NotVisibleError as error:
            return unknown(error.message, of=STRING_TYPE, not_null=True)
        origin = Origin(source, 0, len(source.text))
        value = string(source.text, origin)
        if value.data == source.text:
            value.text_map = origin
        return value

    def read_bytes(self, path: str) -> bytes | None:
        try:
            place = self._path(path)
            if self._access.exists(place) is False and self._access.is_tree:
                return None  # an archive or an image that a build makes
            return self._access.data(place)
        except NotVisibleError:
            return None

    def file_exists(self, path: str) -> bool | None:
        try:
            return self._access.exists(self._path(path))
        except NotVisibleError:
            return None

    def list_files(self, path: str) -> list[str] | None:
        try:
            return self._access.listing(self._path(path))
        except NotVisibleError:
            return None

    def absolute_path(self, path: str) -> str | None:
        return None

    def render_template(self, text: Value, variables: dict[str, Value], *, name: str) -> Value:
        """A template with only these variables; see ``FunctionContext``."""
        from linter.readers.terraform.rendering import render

        return render(text, variables, name=name, files=self, budget=self._budget)
