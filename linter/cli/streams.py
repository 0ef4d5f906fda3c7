"""Standard streams that may be closed, full, or left by their reader."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

from linter.core.secrets import MaskingStream


class OutputStream(MaskingStream):
    """A stream on which nothing that looks like a secret is shown, and that never raises.

    What cannot be written is dropped: that nobody reads a report does not change its verdict.
    ``failure`` is the first error.
    """

    failure: OSError | None = None

    def write(self, text: str) -> int:
        if self.failure is None:
            try:
                return super().write(text)
            except (OSError, ValueError) as error:
                self._failed(error)
        return len(text)

    def flush(self) -> None:
        if self.failure is None:
            try:
                self._stream.flush()  # type: ignore[attr-defined]
            except (OSError, ValueError) as error:
                self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.failure = error if isinstance(error, OSError) else OSError(errno.EBADF, "closed")

    @property
    def left(self) -> bool:
        """Whether only the reader went away (a pager, ``head``)."""
        return isinstance(self.failure, BrokenPipeError)


def open_streams() -> tuple[OutputStream, OutputStream]:
    """Put streams that can be relied on in place of the standard ones."""
    # A file that is opened later must not become what is taken for standard output.
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout, sys.stderr = _output(sys.stdout), _output(sys.stderr)
    return sys.stdout, sys.stderr


def _output(stream: Any) -> OutputStream:
    if stream is None:  # it was closed when Python started
        stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    return stream if isinstance(stream, OutputStream) else OutputStream(stream)
