"""Paths as reports name them: with forward slashes, relative to the working directory."""

from __future__ import annotations

import posixpath


def seen_from(directory: str, path: str) -> str:
    """A path as something in ``directory`` would name it; both are as reports name them.

    ``""`` is the working directory. A path that is not below starts with ``../``.
    """
    if not directory:
        return path
    if path.startswith(f"{directory}/"):
        return path[len(directory) + 1 :]
    return posixpath.relpath(path or ".", directory)
