"""Standard streams that may be closed, full, or left by their reader."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from linter.core.printable import visible
from linter.core.regex import lazy_regex
from linter.core.secrets import MaskingStream

_COMMAND = lazy_regex(r"(?m)^([ \t]*)(::|##\[)")


def workflow_log(text: str) -> str:
    """Lines of a job's log, of which none is a workflow command.

    GitHub takes commands from the start of lines of standard output and standard error alike.
    """
    if "::" not in text and "##[" not in text:
        return text
    return _COMMAND.sub("\\1\u200b\\2", text)


class OutputStream(MaskingStream):
    """A stream on which nothing that looks like a secret is shown, and that never raises.

    What cannot be written is dropped: that nobody reads a report does not change its verdict.
    ``failure`` is the first error.
    """

    failure: OSError | None = None
    commands = False
    """Whether lines may be workflow commands: what is written are our own."""

    def write(self, text: str) -> int:
        if self.failure is None:
            try:
                super().write(text if self.commands else self._harmless(text))
                return len(text)
            except (OSError, ValueError) as error:
                self._failed(error)
        return len(text)

    def _harmless(self, text: str) -> str:
        return workflow_log(text)

    def flush(self) -> None:
        if self.failure is None:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.failure = error if isinstance(error, OSError) else OSError(errno.EBADF, "closed")

    @property
    def left(self) -> bool:
        """Whether only the reader went away (a pager, ``head``)."""
        return isinstance(self.failure, BrokenPipeError)


class ErrorStream(OutputStream):
    """Standard error: messages of one line each, in which nothing acts on a terminal."""

    def _harmless(self, text: str) -> str:
        return workflow_log(visible(text))

    def draw(self, text: str) -> None:
        """Write what moves the cursor."""
        self.commands = True
        try:
            self.write(text)
        finally:
            self.commands = False


@contextmanager
def commands_allowed() -> Iterator[None]:
    """For the writer of workflow commands."""
    stream = sys.stdout
    if not isinstance(stream, OutputStream):
        yield
        return
    stream.commands = True
    try:
        yield
    finally:
        stream.commands = False


def output(stream: Any) -> OutputStream:
    """Standard output, made reliable."""
    return stream if isinstance(stream, OutputStream) else OutputStream(_open(stream))


def errors(stream: Any) -> ErrorStream:
    """Standard error, made reliable."""
    return stream if isinstance(stream, ErrorStream) else ErrorStream(_open(stream))


def _open(stream: Any) -> Any:
    if stream is not None:
        return stream
    # It was closed when Python started.
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123


def open_streams() -> None:
    """Put streams that can be relied on in place of the standard ones."""
    # A file that is opened later must not become what is taken for standard output.
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout, sys.stderr = output(sys.stdout), errors(sys.stderr)
