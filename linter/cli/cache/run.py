"""A command answered from the cache, or run and remembered."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from linter.cli.cache import plan
from linter.cli.cache.facts import Recorder, answer, own_directories
from linter.cli.cache.store import Store, secret

_BUG = 4


class CachedRun:
    """One command that may be answered so.

    Call :meth:`replay`; when it gives ``None``, run the command between :meth:`start` and
    :meth:`keep`.
    """

    def __init__(self, store: Store, arguments: Sequence[str]) -> None:
        self._store = store
        self._name = store.name(
            plan.inputs(arguments, os.environ, (sys.stdout, sys.stderr)),
        )
        self._recorder: Recorder | None = None
        self._streams: tuple[_Tee, _Tee] | None = None

    def replay(self) -> int | None:
        """Print what the same command printed before; its exit code, ``None`` when it must run."""
        known: dict[tuple[str, str], Any] = {}
        for file, entry in self._store.entries(self._name):
            if self._holds(entry["facts"], known):
                self._store.used(file)
                return _printed(entry)
        return None

    def _holds(self, facts: Any, known: dict[tuple[str, str], Any]) -> bool:
        for kind, path, before in facts:
            key = kind, path
            if key not in known:
                known[key] = answer(kind, path, self._store.digest)
            if known[key] != before:
                return False
        return True

    def start(self) -> None:
        """From now on what is printed and what is asked of the file system is remembered."""
        self._streams = _Tee(sys.stdout), _Tee(sys.stderr)
        sys.stdout, sys.stderr = self._streams
        self._recorder = Recorder()
        self._recorder.start()

    def keep(self, code: int, *, judges: bool) -> None:
        """Remember the run that just ended, if it can be repeated."""
        recorder, streams = self._recorder, self._streams
        if recorder is None or streams is None:
            return
        recorder.stop()
        failed = any(stream.failed for stream in streams)
        if code == _BUG or recorder.spoiled or failed or _foreign_code():
            return
        if not self._store.prepare():
            return
        facts = recorder.facts(self._store.digest)
        if facts is None:
            return
        out, error = ("".join(stream.written) for stream in streams)
        entry = {"facts": facts, "out": out, "error": error, "code": code, "judges": judges}
        self._store.keep(self._name, entry)


class _Tee:
    """A stream that remembers what is written to it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.written: list[str] = []
        self.failed = False

    def write(self, text: str) -> int:
        try:
            count: int = self._stream.write(text)
        except (OSError, ValueError):
            self.failed = True
            raise
        if not text.startswith("\r"):  # what is drawn over is no output
            self.written.append(text)
        return count

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self.failed = True
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _foreign_code() -> bool:
    """Whether code ran that is neither ours nor installed: nobody knows what it looked at."""
    own = own_directories()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and not file.startswith(own) and module.__name__ != "__main__":
            return True
    return False


def _printed(entry: Any) -> int:
    code: int = entry["code"]
    if entry["error"]:
        _write(sys.stderr, entry["error"])
    failure = _write(sys.stdout, entry["out"])
    if failure is None or isinstance(failure, BrokenPipeError):
        return code
    reason = (getattr(failure, "strerror", None) or str(failure)).lower()
    _write(sys.stderr, f"standard output cannot be written: {reason}\n")
    return code if code or entry["judges"] else 2


def _write(stream: Any, text: str) -> Exception | None:
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError, AttributeError) as error:
        return error
    return None


def cached_run(arguments: Sequence[str]) -> CachedRun | None:
    """How a command may be answered; ``None`` when it has to run as if there were no cache."""
    if not plan.cacheable(arguments, os.environ) or sys.stdout is None or sys.stderr is None:
        return None
    try:
        key = secret()
        if key is None:
            return None
        return CachedRun(Store(plan.directory_of(arguments, os.environ), key), arguments)
    except (OSError, ValueError, UnicodeError):
        return None
