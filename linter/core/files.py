"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import codecs
import os
import stat
from contextlib import suppress
from pathlib import Path

from linter.core.printable import printable
from linter.core.secrets import masked


class WriteError(Exception):
    """A file could not be written; the message is one line that names it."""


def write_report(path: str | Path, text: str) -> None:
    """:func:`write_atomic` for what people and programs read: secrets in it are masked."""
    write_atomic(path, masked(text))


def write_atomic(path: str | Path, text: str) -> None:
    """Replace a file's content as a whole, as UTF-8 with the line breaks that ``text`` has.

    The text goes to a new file in the same directory, which then takes the name; a symbolic link
    stays one, and the mode of an existing file is kept. A device or pipe is written to directly.

    Raises:
        WriteError: nothing was changed.
    """
    import tempfile  # not needed by commands that only read

    data = text.encode("utf-8", "backslashreplace")
    temporary = ""
    try:
        target = Path(os.path.realpath(path))
        mode = _mode(target)
        if mode is not None and not stat.S_ISREG(mode):
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(21, "is a directory")
            target.write_bytes(data)
            return
        if mode is not None and not os.access(target, os.W_OK):
            raise PermissionError(13, "permission denied")
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:80]}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_new_file_mode() if mode is None else stat.S_IMODE(mode))
        Path(temporary).replace(target)
    except (OSError, ValueError) as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise WriteError(f"{printable(str(path))}: cannot be written: {reason}") from error


def _mode(target: Path) -> int | None:
    try:
        return target.stat().st_mode
    except FileNotFoundError:
        return None


def _new_file_mode() -> int:
    """What ``open`` would give a new file. The mask can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def rewrite(path: str | Path, text: str) -> None:
    """Replace a text file as :func:`write_atomic` does, keeping a byte order mark it has.

    Raises:
        WriteError: nothing was changed.
    """
    try:
        with Path(path).open("rb") as file:
            marked = file.read(3) == codecs.BOM_UTF8
    except FileNotFoundError:
        marked = False
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WriteError(f"{printable(str(path))}: cannot be written: {reason}") from error
    write_atomic(path, "\ufeff" + text if marked else text)
