"""Reading a git repository through the ``git`` command, without touching its work tree.

Nothing of the repository's configuration that would run a program is used: no hooks, no external
diff, no file system monitor, no filters, no prompts.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from linter.core.printable import printable
from linter.core.record import record

TIMEOUT_SECONDS = 120
_SAFE = (
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "core.quotePath=false",
)


class GitError(Exception):
    """Git cannot give what was asked; the message is one line for the user."""


@record
class Repository:
    """A repository; ``root`` is the top of its work tree."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> Repository:
        """The repository around a path. Raises :class:`GitError`."""
        start = path if path.is_dir() else path.parent
        if not start.is_dir():
            raise GitError(f"{printable(str(path))}: there is no such directory")
        try:
            text = _run(start, ("rev-parse", "--show-toplevel"))
        except GitError as error:
            if "not a git repository" in str(error):
                raise GitError(f"{printable(str(path))} is not in a git repository") from error
            raise
        return cls(Path(text.decode("utf-8", "surrogateescape").rstrip("\n")))

    def commit(self, revision: str) -> str:
        """The full id of a revision. Raises :class:`GitError` with what to do."""
        if revision.startswith("-") or not revision:
            raise GitError(f"{printable(revision)!r} is no git revision")
        try:
            text = _run(
                self.root,
                ("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"),
            )
        except GitError as error:
            hint = ""
            if not self._has_commits():
                hint = ": the repository has no commits"
            elif (self._directory() / "shallow").is_file():
                hint = ": the clone is shallow; fetch more with git fetch --unshallow"
            raise GitError(f"there is no revision {printable(revision)!r}{hint}") from error
        return text.decode("ascii").strip()

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits. Raises :class:`GitError`."""
        try:
            return _run(self.root, ("merge-base", one, other)).decode("ascii").strip()
        except GitError as error:
            raise GitError(
                f"{one[:12]} and {other[:12]} have no common ancestor here; "
                "in a shallow clone, fetch more with git fetch --unshallow"
            ) from error

    def changed_files(self, commit: str) -> list[str]:
        """Paths from the root that differ between a commit and the work tree, new ones too."""
        options = ("--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
        changed = _run(self.root, ("diff", "--name-only", "-z", *options, commit, "--"))
        new = _run(self.root, ("ls-files", "--others", "--exclude-standard", "-z"))
        return sorted({*_names(changed), *_names(new)})

    def _has_commits(self) -> bool:
        try:
            return bool(_run(self.root, ("rev-list", "-n", "1", "--all")).strip())
        except GitError:
            return False

    def _directory(self) -> Path:
        text = _run(self.root, ("rev-parse", "--git-dir")).decode("utf-8", "surrogateescape")
        return self.root / text.rstrip("\n")


def _names(output: bytes) -> Iterable[str]:
    return (name.decode("utf-8", "surrogateescape") for name in output.split(b"\0") if name)


def _run(directory: Path, arguments: Sequence[str], data: bytes | None = None) -> bytes:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *_SAFE, *arguments],  # noqa: S607
            cwd=directory,
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            env=environment,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise GitError("the git command is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git took longer than {TIMEOUT_SECONDS} seconds") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(printable(lines[0] if lines else f"git {arguments[0]} failed", 300))
    return done.stdout
