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
class Revision:
    """One commit: its id, its day (YYYY-MM-DD) and the first line of its message."""

    commit: str
    date: str
    subject: str


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

    def revisions(self, first: str, last: str) -> list[Revision]:
        """A revision and those after it up to another along first parents, the oldest first.

        Raises :class:`GitError` where the second does not come after the first.
        """
        start, end = self.commit(first), self.commit(last)
        options = ("--first-parent", "--reverse", "--format=%H%x00%cs%x00%s")
        since = _run(self.root, ("log", *options, end, f"^{start}", "--")).splitlines()
        whole = [*_run(self.root, ("log", "-1", *options[2:], start, "--")).splitlines(), *since]
        found = [
            Revision(*(part.decode("utf-8", "replace") for part in line.split(b"\0", 2)))
            for line in whole
        ]
        if start != end and not since:
            raise GitError(f"{printable(last)} does not come after {printable(first)}")
        return found

    def changed_files(self, commit: str) -> list[str]:
        """Paths from the root that differ between a commit and the work tree, new ones too."""
        options = ("--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
        changed = _run(self.root, ("diff", "--name-only", "-z", *options, commit, "--"))
        new = _run(self.root, ("ls-files", "--others", "--exclude-standard", "-z"))
        return sorted({*_names(changed), *_names(new)})

    def submodules(self) -> list[str]:
        """Submodules of the index, by path from the root. Raises :class:`GitError`."""
        entries = _run(self.root, ("ls-files", "--stage", "-z")).split(b"\0")
        paths = [raw.partition(b"\t")[2] for raw in entries if raw.startswith(b"160000 ")]
        return [path.decode("utf-8", "surrogateescape") for path in paths]

    def renames(self, base: str, head: str | None) -> dict[str, str]:
        """Old name → new name of files that moved between a commit and another, or the work tree.

        Of a move that is not yet known to git (``git add``) there is nothing to say.
        """
        revisions = (base,) if head is None else (base, head)
        options = ("-M", "--diff-filter=R", "--no-ext-diff", "--no-textconv")
        output = _run(self.root, ("diff", "--name-status", "-z", *options, *revisions, "--"))
        fields = [item.decode("utf-8", "surrogateescape") for item in output.split(b"\0")]
        return {fields[i + 1]: fields[i + 2] for i in range(0, len(fields) - 2, 3)}

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


MAX_FILES = 50_000
MAX_FILE_BYTES = 50 * 1024 * 1024


def export(repository: Repository, commit: str, target: Path) -> list[str]:
    """Write a commit's files below ``target``; gives the submodules, which are not written.

    Symbolic links and files above :data:`MAX_FILE_BYTES` are left out. Raises :class:`GitError`.
    """
    listing = _run(repository.root, ("ls-tree", "-r", "-z", "--long", commit))
    wanted: list[tuple[str, str]] = []
    submodules: list[str] = []
    for entry in listing.split(b"\0"):
        if not entry:
            continue
        head, _, raw = entry.partition(b"\t")
        mode, _, identity, size = head.split()
        name = raw.decode("utf-8", "surrogateescape")
        parts = name.split("/")
        if ".." in parts or name.startswith("/") or ".git" in parts:
            continue
        if mode == b"160000":
            submodules.append(name)
        elif mode in (b"100644", b"100755") and int(size) <= MAX_FILE_BYTES:
            wanted.append((identity.decode("ascii"), name))
    if len(wanted) > MAX_FILES:
        raise GitError(f"the revision has more than {MAX_FILES:,} files; name a smaller path")
    if wanted:
        data = "".join(f"{identity}\n" for identity, _ in wanted).encode("ascii")
        blobs = _run(repository.root, ("cat-file", "--batch"), data)
        _unpack(blobs, wanted, target)
    return submodules


def _unpack(blobs: bytes, wanted: Sequence[tuple[str, str]], target: Path) -> None:
    position = 0
    for _, name in wanted:
        end = blobs.index(b"\n", position)
        size = int(blobs[position:end].rsplit(b" ", 1)[1])
        start = end + 1
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blobs[start : start + size])
        position = start + size + 1
