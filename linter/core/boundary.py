"""What a configuration may read, and whether code that it names may run.

The configuration of what is scanned is written by whoever wrote the change that is judged. It is
data: it reads files of its own repository, and names no code to run.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from linter.core.record import record

TRUST_VARIABLE = "PIPEWARDEN_TRUST_CONFIG"
TRUST_FLAG = "--trust-config"


@record
class Boundary:
    """What the paths of a configuration may lead to.

    ``directory`` is an absolute path without symbolic links: the root of the configuration's
    repository, or its own directory where there is none. ``""`` forbids nothing.
    """

    directory: str = ""

    def holds(self, path: str) -> bool:
        """Whether a path, symbolic links resolved, is inside."""
        if not self.directory:
            return True
        try:
            return is_below(os.path.realpath(path), self.directory)
        except (OSError, ValueError):
            return True  # no file can have this name: whoever opens it says so


NO_BOUNDARY = Boundary()


def boundary_of(file: str) -> Boundary:
    """That of a configuration file, by where the file is named, not by where a link leads."""
    return Boundary(root_of(os.path.dirname(os.path.abspath(file))))  # noqa: PTH100


def is_repository(directory: str) -> bool:
    """Whether a directory is the root of a repository (or of a work tree of one)."""
    return os.path.exists(f"{directory}/.git")  # noqa: PTH110


def root_of(directory: str) -> str:
    """The root of the repository around a directory, else the directory; links resolved."""
    start = os.path.realpath(directory)
    above = start
    while not is_repository(above):
        parent = os.path.dirname(above)
        if parent == above:
            return start
        above = parent
    return above


def is_below(path: str, directory: str) -> bool:
    """Whether a path is a directory or lies in it; both are absolute."""
    return path == directory or path.startswith(directory.rstrip(os.sep) + os.sep)


def comes_with(file: str, scanned: Sequence[str]) -> bool:
    """Whether a file that the user named belongs to what is scanned.

    Args:
        scanned: the paths of the command.
    """
    own = os.path.realpath(file)
    for path in scanned or (".",):
        start = path if os.path.isdir(path) else os.path.dirname(path) or "."  # noqa: PTH112
        if is_below(own, root_of(start)):
            return True
    return False
