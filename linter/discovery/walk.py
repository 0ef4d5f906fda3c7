"""From paths to files: which files of the scanned tree can hold something for us.

The walk never follows a link out of the tree, never reads the network or a device, and honours
``.gitignore``. What is skipped for a reason a person should know is reported, not dropped.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from linter.core.record import entity, field, record
from linter.core.tally import TALLY
from linter.discovery.excluded import Excluded, ExcludeOf, matcher

MAX_FILE_BYTES = 256 * 1024 * 1024
"""A larger file is named as not read."""

MAX_IGNORE_BYTES = 1024 * 1024
"""A larger ``.gitignore`` leaves nothing out."""

SUFFIXES = (".tf", ".tofu", ".tfvars", ".json", ".yaml", ".yml", ".template", ".tpl", ".tftpl")
"""What a walk looks at; a file named on the command line is looked at whatever its name."""

_GLIMPSE_BYTES = 4 * 1024 * 1024

SCRIPTS = (".py", ".ipynb")
MAP = ".map"
"""What ``render`` adds to the name of a definition for its source map."""
_SDK = b"sagemaker"
_SCRIPT_BYTES = 256 * 1024
_NOTEBOOK_BYTES = 16 * 1024 * 1024
"""Of scripts a walk gives those that mention the SDK so far from their start; the cells of a
notebook stand among their outputs, which may be pictures."""
CONFIGURATION_SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json")
"""Terraform's and OpenTofu's files; those whose name starts with a dot they pass over."""

SKIPPED_DIRECTORIES = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".terraform",
        ".terragrunt-cache",
        ".pipewarden_cache",
        "node_modules",
        "__pycache__",
        ".venv",
        "venv",
        ".tox",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".aws-sam",
    }
)


@record
class FoundFile:
    """A file to read. ``path`` is what reports print; ``named`` that the user gave it."""

    path: str
    absolute: Path
    named: bool = False


@record
class Skipped:
    """Something that could not be looked at, and why, in one line."""

    path: str
    reason: str


@entity
class Discovery:
    files: list[FoundFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    boundary: Path = field(default_factory=Path)
    """No file outside this directory is ever read."""


def discover(
    paths: Sequence[str],
    *,
    exclude: Iterable[str] = (),
    exclude_of: ExcludeOf | None = None,
    force_exclude: bool = False,
    working_directory: Path | None = None,
) -> Discovery:
    """Find the files below ``paths``, each once, in a stable order.

    Args:
        paths: files and directories, as the user wrote them; relative to the working directory.
        exclude: gitignore-style patterns, relative to the working directory.
        exclude_of: gives the patterns for what a directory holds.
        force_exclude: patterns hold for files in ``paths`` too; otherwise a file that somebody
            names is read.
    """
    here = (working_directory or Path.cwd()).resolve()
    result = Discovery()
    roots: list[Path] = []
    seen: set[Path] = set()
    excluded = Excluded(exclude, exclude_of)
    for text in paths:
        target = here / text
        shown = display_path(target, here)
        try:
            mode = target.stat().st_mode
            resolved = target.resolve(strict=True)
        except FileNotFoundError:
            result.skipped.append(Skipped(shown, "no such file or directory"))
            continue
        except (OSError, RuntimeError, ValueError) as error:
            result.skipped.append(Skipped(shown, _os_reason(error)))
            continue
        if stat.S_ISDIR(mode):
            roots.append(resolved)
            for file in _walk(resolved, here, excluded, result.skipped):
                if file.absolute not in seen:
                    seen.add(file.absolute)
                    result.files.append(file)
        elif stat.S_ISREG(mode):
            roots.append(resolved.parent)
            found = FoundFile(display_path(resolved, here), resolved, named=True)
            if resolved in seen or (force_exclude and excluded.with_ancestors(found.path)):
                continue
            seen.add(resolved)
            result.files.append(found)
        else:
            result.skipped.append(Skipped(shown, "not a regular file"))
    result.boundary = _boundary(roots, here)
    return result


def display_path(target: Path, here: Path) -> str:
    """The path as reports print it: relative to ``here`` where it is below, forward slashes."""
    try:
        relative = os.path.relpath(target, here)
    except ValueError:  # another drive
        return target.as_posix()
    return Path(relative).as_posix()


def repository_root(start: Path) -> Path | None:
    """The nearest directory at or above ``start`` that holds ``.git``."""
    for directory in (start, *start.parents):
        if (directory / ".git").exists():
            return directory
    return None


def _boundary(roots: list[Path], here: Path) -> Path:
    """The repository around the targets, else the targets' own common directory."""
    if not roots:
        return here
    common = Path(os.path.commonpath(roots))
    return repository_root(common) or common


def _walk(
    root: Path, here: Path, excluded: Excluded, skipped: list[Skipped]
) -> Iterator[FoundFile]:
    ignores = _Ignores(root)
    stack = [str(root)]
    prefix = display_path(root, here)
    base = str(root)
    while stack:
        directory = stack.pop()
        try:
            with os.scandir(directory) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            skipped.append(Skipped(display_path(Path(directory), here), _os_reason(error)))
            continue
        ignores.enter(directory, listed)
        within = directory[len(base) :].lstrip(os.sep).replace(os.sep, "/")
        patterns = excluded.patterns(_joined(prefix, within))
        inner: list[str] = []
        for entry in listed:
            name = entry.name
            is_directory = entry.is_dir(follow_symlinks=False)
            if is_directory:
                if name in SKIPPED_DIRECTORIES:
                    continue
            elif not name.endswith((*SUFFIXES, *SCRIPTS)) or is_passed_over(name):
                continue
            relative = entry.path[len(base) :].lstrip(os.sep).replace(os.sep, "/")
            shown = _joined(prefix, relative)
            if ignores.ignored(entry.path, is_directory) and not is_loaded_unasked(name):
                continue
            if patterns and any(p.match(shown, is_directory) for p in patterns):
                continue
            if is_directory:
                inner.append(entry.path)
                continue
            if name.endswith(SCRIPTS):
                if entry.is_file(follow_symlinks=False) and _mentions_sdk(entry.path):
                    yield FoundFile(shown, Path(entry.path))
                continue
            if entry.is_symlink():
                reason = _link_reason(Path(entry.path), root)
                if reason:
                    skipped.append(Skipped(shown, reason))
                    continue
            elif not entry.is_file(follow_symlinks=False):
                skipped.append(Skipped(shown, "not a regular file"))
                continue
            yield FoundFile(shown, Path(entry.path))
        stack.extend(reversed(inner))


def _joined(prefix: str, relative: str) -> str:
    if prefix == ".":
        return relative
    return f"{prefix}/{relative}" if relative else prefix


def _mentions_sdk(path: str) -> bool:
    try:
        with Path(path).open("rb") as stream:
            return _SDK in stream.read(
                _NOTEBOOK_BYTES if path.endswith(".ipynb") else _SCRIPT_BYTES
            )
    except OSError:
        return False


def is_passed_over(name: str) -> bool:
    """Whether Terraform does not read a configuration file because of its name."""
    return name.startswith(".") and name.endswith(CONFIGURATION_SUFFIXES)


def is_loaded_unasked(name: str) -> bool:
    """Whether Terraform loads a file of values by itself: also one that git does not keep."""
    return name in ("terraform.tfvars", "terraform.tfvars.json") or name.endswith(
        (".auto.tfvars", ".auto.tfvars.json")
    )


def _link_reason(link: Path, root: Path) -> str:
    """Why a link is not read; ``""`` when it leads to a regular file below ``root``."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return "a symbolic link that leads nowhere or in a circle"
    if not target.is_relative_to(root):
        return "a symbolic link that leaves the scanned tree"
    return "" if target.is_file() else "a symbolic link to something that is not a file"


def _os_reason(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return reason[:1].lower() + reason[1:]


class _Ignores:
    """The ``.gitignore`` files that apply while walking, from the repository root down."""

    def __init__(self, root: Path) -> None:
        self._specs: dict[str, Any] = {}
        top = repository_root(root)
        if top is not None:
            directory = root.parent if root != top else None
            while directory is not None and directory.is_relative_to(top):
                self._load(str(directory))
                directory = directory.parent if directory != top else None

    def enter(self, directory: str, entries: list[os.DirEntry[str]]) -> None:
        if any(entry.name == ".gitignore" for entry in entries):
            self._load(directory)

    def _load(self, directory: str) -> None:
        path = os.path.join(directory, ".gitignore")  # noqa: PTH118
        try:
            # As in git, a link is not followed; and a device or a pipe would not end.
            status = os.lstat(path)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_IGNORE_BYTES:
                return
            text = Path(path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        spec = matcher(text.splitlines())
        if spec is not None:
            self._specs[directory.rstrip(os.sep)] = spec

    def ignored(self, path: str, is_directory: bool) -> bool:
        """The deepest ``.gitignore`` that says something decides."""
        decision = False
        if not self._specs:
            return False
        # Specs are kept per directory; the nearest one that matches, or negates, wins.
        parent = os.path.dirname(path)
        while True:
            spec = self._specs.get(parent)
            if spec is not None:
                relative = path[len(parent) + 1 :].replace(os.sep, "/") + "/" * is_directory
                result = spec.check_file(relative).include
                if result is not None:
                    decision = bool(result)
                    break
            above = os.path.dirname(parent)
            if above == parent:
                break
            parent = above
        return decision


def is_utf16(file: FoundFile) -> bool:
    """Whether a byte order mark says that the file is UTF-16, which Terraform does not read."""
    try:
        with file.absolute.open("rb") as stream:
            return stream.read(2) in (b"\xff\xfe", b"\xfe\xff")
    except OSError:
        return False


def read_text(file: FoundFile) -> tuple[str, str]:
    """The file's text and ``""``, or ``""`` and the reason why it cannot be read.

    UTF-8, and UTF-16 where a byte order mark says so; a byte order mark is not part of the text.
    """
    TALLY.done += 1
    try:
        with file.absolute.open("rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return "", "not a regular file"
            size = os.fstat(stream.fileno()).st_size
            if size > MAX_FILE_BYTES:
                return "", f"larger than {MAX_FILE_BYTES // 1024 // 1024} MB"
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        return "", _os_reason(error)
    return decode(data)


def glimpse(file: FoundFile) -> str | None:
    """About what the start of a file says that is no text we can read; ``None`` for nothing."""
    try:
        with file.absolute.open("rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return None
            data = stream.read(_GLIMPSE_BYTES)
    except OSError:
        return None
    # Without its zeros UTF-16 is readable enough, too.
    return data.replace(b"\0", b"").decode("latin-1")


def decode(data: bytes) -> tuple[str, str]:
    """Bytes to text, or the reason why they are not text."""
    encoding = "utf-8"
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\x00" in data[:8192]:
        return "", "a binary file, not text"
    try:
        return data.decode(encoding), ""
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        name = "UTF-8" if encoding == "utf-8" else "UTF-16"
        return "", f"not valid {name} at line {line}, byte {column}: save the file as UTF-8"
