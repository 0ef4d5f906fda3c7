"""Where results are kept: files that only those who know the secret can have written.

Whoever can put a file into the directory (a change under review, another job that shares it)
could otherwise have a gate pass that should fail. So every entry carries a code made with a secret
that is outside the scanned tree, and one whose code is wrong is as good as none. Entries are JSON:
reading one runs nothing.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from linter.cli.cache.plan import SECRET

MAX_BYTES = 64_000_000
MAX_ENTRIES = 500
MAX_ENTRY = 16_000_000
_MAX_TRIED = 8
_SHORTEST_SECRET = 16
_NAME = re.compile(r"[0-9a-f]{32}-[0-9a-f]{16}\.json")
_LEFT_OVER = re.compile(r"\.[0-9a-f]{32}-[0-9a-f]{16}\.\d+\.tmp")


def secret() -> bytes | None:
    """The secret of this user, or of ``PIPEWARDEN_CACHE_KEY``; ``None`` where there can be none."""
    given = os.environ.get(SECRET, "")
    if given:
        strong = len(given) >= _SHORTEST_SECRET
        return blake2b(given.encode("utf-8", "surrogateescape")).digest() if strong else None
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")  # noqa: PTH111
    if not os.path.isabs(base):  # noqa: PTH117
        return None
    path = f"{base}/pipewarden/cache.key"
    try:
        return _read_secret(path)
    except FileNotFoundError:
        pass
    except OSError:
        return None
    try:
        os.makedirs(f"{base}/pipewarden", mode=0o700, exist_ok=True)  # noqa: PTH103
        new = f"{path}.{os.getpid()}"
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(64))
        try:
            os.link(new, path)  # whoever is first decides
        except FileExistsError:
            pass
        finally:
            os.unlink(new)  # noqa: PTH108
        return _read_secret(path)
    except OSError:
        return None


def _read_secret(path: str) -> bytes | None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        private = stat.S_ISREG(status.st_mode) and not status.st_mode & 0o077
        found = file.read(65)
    return found if private and status.st_uid == os.getuid() and len(found) == 64 else None


class Store:
    """One directory of entries. Nothing raises: what cannot be read or written is left out."""

    def __init__(self, directory: str, key: bytes) -> None:
        self.directory = directory
        self._key = key

    def digest(self, data: bytes) -> str:
        """Of the content of a file; says nothing to those who do not know the secret."""
        return blake2b(data, key=self._key, digest_size=24, person=b"pipewarden-fact").hexdigest()

    def name(self, inputs: Any) -> str:
        """What results with these inputs are named."""
        data = json.dumps(inputs, sort_keys=True).encode()
        return blake2b(data, key=self._key, digest_size=16, person=b"pipewarden-name").hexdigest()

    def _code(self, name: str, body: bytes) -> str:
        made = blake2b(name.encode(), key=self._key, digest_size=32, person=b"pipewarden-entry")
        made.update(body)
        return made.hexdigest()

    def entries(self, name: str) -> Iterator[tuple[str, Any]]:
        """Genuine entries of a name, those first that were used last."""
        if not self._is_directory():
            return
        found: list[tuple[int, str]] = []
        with suppress(OSError), os.scandir(self.directory) as listed:
            for entry in listed:
                if entry.name.startswith(name) and _NAME.fullmatch(entry.name):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_ENTRY:
                        found.append((status.st_mtime_ns, entry.name))
        for _, file in sorted(found, reverse=True)[:_MAX_TRIED]:
            data = self._read(file)
            if data is not None:
                yield file, data

    def _read(self, file: str) -> Any:
        from hmac import compare_digest

        path = f"{self.directory}/{file}"
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as stream:
                code, _, body = stream.read(MAX_ENTRY + 1).partition(b"\n")
            if compare_digest(code, self._code(file, body).encode()):
                return json.loads(body)
            os.unlink(path)  # noqa: PTH108 - damaged, or not ours: it will be made anew
        except (OSError, ValueError, RecursionError):
            return None
        return None

    def used(self, file: str) -> None:
        """An entry that was used is kept longest."""
        with suppress(OSError):
            os.utime(f"{self.directory}/{file}")

    def prepare(self) -> bool:
        """Make the directory; whether it can be used."""
        try:
            if not os.path.lexists(self.directory):
                os.makedirs(self.directory)  # noqa: PTH103
                with open(f"{self.directory}/.gitignore", "x", encoding="utf-8") as file:  # noqa: PTH123
                    file.write("# Results of pipewarden; may be deleted.\n*\n")
        except OSError:
            pass
        return self._is_directory()

    def _is_directory(self) -> bool:
        """Not a symbolic link: a scanned tree must not say where we write."""
        try:
            return stat.S_ISDIR(os.lstat(self.directory).st_mode)
        except OSError:
            return False

    def keep(self, name: str, entry: Any) -> None:
        """Write an entry, whole or not at all, and let the oldest go."""
        body = json.dumps(entry).encode()
        mark = blake2b(body, key=self._key, digest_size=8).hexdigest()
        file = f"{name}-{mark}.json"
        data = self._code(file, body).encode() + b"\n" + body
        if len(data) > MAX_ENTRY:
            return
        temporary = f"{self.directory}/.{name}-{mark}.{os.getpid()}.tmp"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with os.fdopen(os.open(temporary, flags, 0o600), "wb") as stream:
                stream.write(data)
            os.replace(temporary, f"{self.directory}/{file}")  # noqa: PTH105
        except OSError:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
        self._bound()

    def _bound(self) -> None:
        found: list[tuple[int, int, str]] = []
        with suppress(OSError), os.scandir(self.directory) as listed:
            for entry in listed:
                if _NAME.fullmatch(entry.name) or _LEFT_OVER.fullmatch(entry.name):
                    status = entry.stat(follow_symlinks=False)
                    found.append((status.st_mtime_ns, status.st_size, entry.path))
        total = 0
        for number, (_, size, path) in enumerate(sorted(found, reverse=True)):
            total += size
            if number >= MAX_ENTRIES or total > MAX_BYTES:
                with suppress(OSError):
                    os.unlink(path)  # noqa: PTH108
