"""Commands on a terminal of some width, as a person runs them."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.running import COMMAND, DAY

ROOT = Path(__file__).parent.parent.parent
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(
    columns: int, *arguments: str, cwd: Path = ROOT, more: Mapping[str, str] | None = None
) -> str:
    """What a command writes to standard output on a terminal of so many columns."""
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
    environment |= {"TERM": "xterm", "SOURCE_DATE_EPOCH": DAY, **(more or {})}
    process = subprocess.Popen(
        [str(COMMAND), *arguments],
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env=environment,
        cwd=cwd,
    )
    os.close(theirs)
    out = b""
    while True:
        try:
            part = os.read(mine, 65536)
        except OSError:
            break
        if not part:
            break
        out += part
    process.wait()
    os.close(mine)
    return out.decode().replace("\r\n", "\n")
