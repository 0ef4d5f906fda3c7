"""Reading a git repository without git: objects, references and the index, and nothing else.

The ``git`` command obeys the repository's configuration, which can name programs to run: filters,
hooks, file system monitors, pagers, text conversions, helpers that fetch what is missing. Here no
program runs, nothing is fetched and nothing is written. Of the configuration only the format of
the repository is read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import finalize

from linter.core.printable import printable
from linter.core.record import record
from linter.core.regex import lazy_regex

if TYPE_CHECKING:
    from dulwich.repo import Repo

MAX_FILES = 50_000
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_ANCESTORS = 100_000
"""Of ``main~N``."""

_STEP = lazy_regex(r"([~^])(\{commit\}|\{\}|[0-9]*)")
_LINK, _SUBMODULE = 0o120000, 0o160000
_FORMAT = ("objectformat", "refstorage")
_SHALLOW = "the clone is shallow; fetch more with git fetch --unshallow"
_PARTIAL = "an object is missing: the clone is partial or damaged; fetch all of it"


class GitError(Exception):
    """The repository cannot give what was asked; the message is one line for the user."""


@record
class _Entry:
    """What a path is at some time: its kind (file, link, submodule) and the id of its content."""

    kind: int
    identity: Any


@record
class Revision:
    """One commit: its id, its day (YYYY-MM-DD) and the first line of its message."""

    commit: str
    date: str
    subject: str


class Repository:
    """A repository; ``root`` is the top of its work tree."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with _said():
            self._repo = _open(root)
        finalize(self, self._repo.close)  # packs are files that stay open

    @classmethod
    def at(cls, path: Path) -> Repository:
        """The repository around a path. Raises :class:`GitError`."""
        from linter.discovery.walk import repository_root

        start = path if path.is_dir() else path.parent
        if not start.is_dir():
            raise GitError(f"{printable(str(path))}: no such directory")
        root = repository_root(start.resolve())
        if root is None:
            raise GitError(f"{printable(str(path))} is not in a git repository")
        return cls(root)

    def commit(self, revision: str) -> str:
        """The full id of a revision: a name, an id or its start, with ``~N`` and ``^N``.

        Raises:
            GitError: there is none.
        """
        if revision.startswith("-") or not revision:
            raise GitError(f"{printable(revision)!r} is not a git revision")
        with _said():
            found = self._find(revision)
        if found is None:
            hint = ""
            if not self._has_commits():
                hint = ": the repository has no commits"
            elif self._shallow:
                hint = f": {_SHALLOW}"
            raise GitError(f"there is no revision {printable(revision)!r}{hint}")
        return found.decode("ascii")

    def merge_base(self, one: str, other: str) -> str:
        """The last commit that two have in common: where the branch of one left the other.

        Raises:
            GitError: there is none.
        """
        from dulwich.graph import find_merge_base

        with _said(self._missing):
            commits: list[Any] = [one.encode("ascii"), other.encode("ascii")]
            found = find_merge_base(self._repo, commits)
        if not found:
            hint = f": {_SHALLOW}" if self._shallow else ""
            raise GitError(f"{one[:12]} and {other[:12]} have no commit in common{hint}")
        return min(found).decode("ascii")

    def revisions(self, first: str, last: str) -> list[Revision]:
        """A revision and those after it up to another along first parents, the oldest first.

        Raises :class:`GitError` where the second does not come after the first.
        """
        start, end = self.commit(first), self.commit(last)
        with _said(self._missing):
            ids: list[Any] = [start.encode("ascii"), end.encode("ascii")]
            walker = self._repo.get_walker(include=ids[1:], exclude=ids[:1])
            since: dict[Any, Any] = {entry.commit.id: entry.commit for entry in walker}
            found: list[Revision] = []
            here = ids[1]
            while here in since:
                found.append(_revision(since[here]))
                here = next(iter(since[here].parents), b"")
            ancestor = start == end or self.merge_base(start, end) == start
            found.append(_revision(self._repo[ids[0]]))
        if not ancestor:
            raise GitError(f"{printable(last)} does not come after {printable(first)}")
        return found[::-1]

    def changed_files(self, commit: str) -> list[str]:
        """Paths from the root that differ between a commit and the work tree, new ones too.

        Of files that git does not know, those that a scan looks at.
        """
        from linter.discovery.walk import discover

        with _said(self._missing):
            before, now = self._tree(commit), self._work_tree()
            changed = {
                path for path in before.keys() | now.keys() if before.get(path) != now.get(path)
            }
        changed -= {path for path, entry in (before | now).items() if entry.kind == _SUBMODULE}
        known = self._index()
        submodules = tuple(f"{path}/" for path in self.submodules())
        for file in discover([str(self.root)], working_directory=self.root).files:
            path = file.path.encode("utf-8", "surrogateescape")
            if path not in known and not file.path.startswith(submodules):
                changed.add(path)
        return sorted(map(_text, changed))

    def submodules(self) -> list[str]:
        """Submodules of the index, by path from the root. Raises :class:`GitError`."""
        with _said():
            entries = self._index().items()
            return [_text(path) for path, entry in entries if _kind(entry.mode) == _SUBMODULE]

    def renames(self, base: str, head: str | None) -> dict[str, str]:
        """Old name → new name of files that moved between a commit and another, or the work tree.

        Of a move that is not yet known to git (``git add``) there is nothing to say. Only files
        that a scan looks at.
        """
        from dulwich.diff_tree import RenameDetector
        from dulwich.index import commit_tree
        from dulwich.object_store import MemoryObjectStore, OverlayObjectStore

        store = MemoryObjectStore()
        with _said(self._missing):
            before = self._tree(base)
            after = self._work_tree(store.add_object) if head is None else self._tree(head)
            trees = [
                commit_tree(
                    store,
                    [
                        (path, entry.identity, 0o100644)
                        for path, entry in entries.items()
                        if other.get(path) != entry and _scanned(path, entry)
                    ],
                )
                for entries, other in ((before, after), (after, before))
            ]
            both = OverlayObjectStore([store, self._repo.object_store])
            detector = RenameDetector(both, rename_threshold=50)
            changes = detector.changes_with_renames(trees[0], trees[1])
        return {
            _text(change.old.path): _text(change.new.path)
            for change in changes
            if change.type == "rename" and change.old is not None and change.new is not None
        }

    def content(self, commit: str, path: str) -> bytes | None:
        """A file of a commit; ``None`` when it has no regular file of this name."""
        with _said(self._missing):
            entry = self._tree(commit).get(path.encode("utf-8", "surrogateescape"))
            return None if entry is None or entry.kind != stat.S_IFREG else self._blob(entry)

    def export(
        self, commit: str, target: Path, wanted: Callable[[str], bool] = lambda _: True
    ) -> list[str]:
        """Write a commit's files below ``target``; gives the submodules, which are not written.

        Symbolic links and files above :data:`MAX_FILE_BYTES` are left out. Raises
        :class:`GitError`.

        Args:
            wanted: whether to write a path.
        """
        with _said(self._missing):
            tree = self._tree(commit)
            files = {
                path: entry
                for path, entry in tree.items()
                if entry.kind == stat.S_IFREG and _harmless(path) and wanted(_text(path))
            }
            if len(files) > MAX_FILES:
                raise GitError(
                    f"the revision has more than {MAX_FILES:,} files; name a smaller path"
                )
            for path, entry in files.items():
                data = self._blob(entry)
                if len(data) <= MAX_FILE_BYTES:
                    place = target / _text(path)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(data)
        return [_text(path) for path, entry in tree.items() if entry.kind == _SUBMODULE]

    # Names of commits

    def _find(self, revision: str) -> bytes | None:
        name = revision.partition("~")[0].partition("^")[0] or revision
        steps = revision[len(name) :]
        if name == "@":
            name = "HEAD"
        found = self._named(os.fsencode(name))
        while found is not None and steps:
            step = _STEP.match(steps)
            if step is None:
                return None
            steps = steps[step.end() :]
            if step[2].startswith("{"):
                continue
            number = int(step[2] or 1) if len(step[2]) < 8 else MAX_ANCESTORS + 1
            found = self._ancestor(found, step[1], number)
        return found

    def _named(self, name: bytes) -> bytes | None:
        from dulwich.objectspec import parse_commit

        try:
            return bytes(parse_commit(self._repo, name).id)
        except (KeyError, ValueError):
            return None

    def _ancestor(self, commit: bytes, sign: str, number: int) -> bytes | None:
        if number > MAX_ANCESTORS:
            return None
        if sign == "^":
            parents = self._parents(commit)
            return commit if not number else parents[number - 1] if number <= len(parents) else None
        found: bytes | None = commit
        for _ in range(number):
            found = next(iter(self._parents(found)), None) if found is not None else None
        return found

    def _parents(self, commit: bytes) -> list[bytes]:
        repository: Any = self._repo
        parents: list[bytes] = repository.get_parents(commit)
        return parents

    @property
    def _shallow(self) -> bool:
        return bool(self._repo.get_shallow())

    def _missing(self) -> str:
        return _SHALLOW if self._shallow else _PARTIAL

    def _has_commits(self) -> bool:
        with _said():
            return any(name for name in self._repo.refs.allkeys() if name != b"HEAD")

    # Content

    def _blob(self, entry: _Entry) -> bytes:
        return self._repo.object_store.get_raw(entry.identity)[1]

    def _tree(self, commit: str) -> dict[bytes, _Entry]:
        """The files of a commit by their path."""
        from dulwich.object_store import iter_tree_contents

        store: Any = self._repo.object_store
        tree = store[commit.encode("ascii")].tree
        return {
            item.path: _Entry(_kind(item.mode), item.sha)
            for item in iter_tree_contents(store, tree)
        }

    def _index(self) -> dict[bytes, Any]:
        from dulwich.index import ConflictedIndexEntry, Index

        path = self._repo.index_path()
        if not os.path.isfile(path):  # noqa: PTH113
            return {}
        index = Index(path, object_format=self._repo.object_format)
        found: dict[bytes, Any] = {}
        for name, entry in index.items():
            if isinstance(entry, ConflictedIndexEntry):
                sides = [side for side in (entry.this, entry.other, entry.ancestor) if side]
                found[name] = sides[0]
                found[name].mtime = 0  # so that it is looked at
            else:
                found[name] = entry
        return found

    def _work_tree(self, keep: Callable[[Any], None] | None = None) -> dict[bytes, _Entry]:
        """What the files that git knows are now, by path; ``keep`` gets content that is new."""
        from dulwich.objects import Blob

        index_time = 0
        path = self._repo.index_path()
        if os.path.isfile(path):  # noqa: PTH113
            index_time = int(os.stat(path).st_mtime)  # noqa: PTH116
        found: dict[bytes, _Entry] = {}
        for name, entry in self._index().items():
            if _kind(entry.mode) == _SUBMODULE:
                found[name] = _Entry(_SUBMODULE, entry.sha)
                continue
            file = os.path.join(self.root, _text(name))  # noqa: PTH118
            try:
                status = os.lstat(file)
                kind = stat.S_IFMT(status.st_mode)
                if kind == stat.S_IFREG and _untouched(entry, status, index_time):
                    found[name] = _Entry(kind, entry.sha)
                    continue
                if kind == stat.S_IFLNK:
                    data = os.fsencode(os.readlink(file))  # noqa: PTH115
                elif kind == stat.S_IFREG and status.st_size <= MAX_FILE_BYTES:
                    data = Path(file).read_bytes()
                else:
                    found[name] = _Entry(kind, b"")
                    continue
            except OSError:
                continue
            blob = Blob.from_string(data)
            if keep is not None:
                keep(blob)
            identity = blob.get_id(self._repo.object_format)
            found[name] = _Entry(kind, bytes(identity))
        return found


def _open(root: Path) -> Repo:
    from dulwich.config import ConfigFile, StackedConfig
    from dulwich.repo import Repo

    class ReadOnly(Repo):
        """A repository of whose configuration only the format counts; no other file is read."""

        def get_config(self) -> ConfigFile:
            found = ConfigFile()
            path = os.path.join(self.commondir(), "config")  # noqa: PTH118
            if not os.path.isfile(path):  # noqa: PTH113
                return found
            with open(path, "rb") as file:  # noqa: PTH123
                written = ConfigFile.from_file(file, expand_includes=False)
            for section, key in (
                ("core", "repositoryformatversion"),
                *(("extensions", name) for name in _FORMAT),
            ):
                try:
                    found.set(section, key, written.get(section, key))
                except KeyError:
                    continue
            return found

        def get_config_stack(self) -> StackedConfig:
            return StackedConfig([self.get_config()])

    return ReadOnly(root, bare=False)


def _revision(commit: Any) -> Revision:
    zone = timezone(timedelta(seconds=commit.commit_timezone))
    day = datetime.fromtimestamp(commit.commit_time, zone).date().isoformat()
    subject = commit.message.decode("utf-8", "replace").partition("\n")[0]
    return Revision(commit.id.decode("ascii"), day, subject)


@contextmanager
def _said(missing: Callable[[], str] = lambda: _PARTIAL) -> Iterator[None]:
    """Turns what goes wrong in the repository's files, which may be damaged, into one line."""
    try:
        yield
    except GitError:
        raise
    except KeyError as error:
        raise GitError(f"cannot read the git repository: {missing()}") from error
    except ImportError as error:
        raise GitError(f"git repositories are read with the package dulwich: {error}") from error
    except Exception as error:
        reason = printable(f"{type(error).__name__}: {error}", 200)
        raise GitError(f"cannot read the git repository: {reason}") from error


def _kind(mode: int) -> int:
    return mode & 0o170000


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _scanned(path: bytes, entry: _Entry) -> bool:
    from linter.discovery.walk import MAP, SCRIPTS, SUFFIXES

    suffixes = tuple(suffix.encode() for suffix in (*SUFFIXES, *SCRIPTS, MAP))
    return entry.kind == stat.S_IFREG and path.endswith(suffixes)


def _harmless(path: bytes) -> bool:
    """Whether a path stays below where it is written, and is no repository in a repository."""
    parts = path.split(b"/")
    return not any(
        part in (b"", b".", b"..") or part.lower() in (b".git", b"git~1") or b"\\" in part
        for part in parts
    )


def _untouched(entry: Any, status: os.stat_result, index_time: int) -> bool:
    """Whether a file is as it was when git last looked, without reading it."""
    mtime = entry.mtime
    seconds, nanoseconds = mtime if isinstance(mtime, tuple) else (int(mtime), 0)
    if entry.size != status.st_size or seconds != int(status.st_mtime):
        return False
    if nanoseconds and nanoseconds != status.st_mtime_ns % 1_000_000_000:
        return False
    # What was written while git wrote its index may have changed after that.
    return bool(seconds < index_time)
