"""The width that text output takes."""

from __future__ import annotations

import io
import os
import pty

from linter.reports.style import columns


def test_columns_says_how_wide() -> None:
    assert columns(io.StringIO(), {"COLUMNS": "72"}) == 72
    assert columns(io.StringIO(), {"COLUMNS": "wide"}) == 100
    assert columns(io.StringIO(), {}) == 100


def test_a_terminal_says_it_itself() -> None:
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 57, 0, 0))
        with os.fdopen(os.dup(theirs), "w") as stream:
            assert columns(stream, {}) == 57
    finally:
        os.close(ours)
        os.close(theirs)
