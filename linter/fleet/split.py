"""Which roots a folder has: what is deployed as one, and what has to be read with it.

A root is given to the readers by name, exactly as ``pipewarden check PATH…`` would be. What another
root mentions is read with that root: a definition that Terraform reads with ``file()`` is that
resource's definition and no pipeline of its own (``linter/project/doors.py`` sees to it).
"""

from __future__ import annotations

import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from linter.core.digest import sha256
from linter.core.record import entity, field, record
from linter.core.regex import lazy_regex
from linter.discovery.detect import (
    SNAPSHOT_MARK,
    Format,
    detect_format,
    makes_pipeline,
    may_be_ours,
)
from linter.discovery.excluded import ExcludeOf
from linter.discovery.walk import (
    CONFIGURATION_SUFFIXES,
    MAP,
    SCRIPTS,
    SKIPPED_DIRECTORIES,
    discover,
    read_text,
)

_SOURCE = lazy_regex(r"""["']?source["']?\s*[=:]\s*"(\.\.?(?:/[^"$%\n]*)?)\"""")
_NAMED_FILE = lazy_regex(r"[\w@+=-][\w.@+=-]*\.(?:json|ya?ml|tpl|tftpl|template|py)\b")
_ACCOUNT = re.compile(r"\d{12}")
_BUILT = re.compile(r"(?:^|/)(?:cdk\.out|\.aws-sam|\.serverless|build|dist|out|target|generated)/")
_LARGE = 16 * 1024 * 1024
"""Of a larger file the digest takes the size and the time instead of the bytes."""


@record
class RootPaths:
    """One root: what it is called, what the readers are given, and how many files that names."""

    kind: str
    path: str
    paths: tuple[str, ...]
    files: int = 1

    def to_json(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "path": self.path,
            "paths": list(self.paths),
            "files": self.files,
        }


@entity
class _Module:
    """A directory of Terraform files."""

    files: list[str] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    text: str = ""


@entity
class _File:
    """A file that may stand alone, and who mentions it."""

    kind: str
    text: str = ""


def roots_in(exclude_of: ExcludeOf | None = None, exclude: Iterable[str] = ()) -> list[RootPaths]:
    """The roots below the working directory, in the order of their paths."""
    modules: dict[str, _Module] = defaultdict(_Module)
    files: dict[str, _File] = {}
    scripts: dict[str, str] = {}
    snapshots: dict[str, int] = defaultdict(int)
    for found in discover((".",), exclude=tuple(exclude), exclude_of=exclude_of).files:
        path = found.path
        directory = posixpath.dirname(path)
        if path.endswith((".tfvars", ".tfvars.json")):
            continue
        text, reason = read_text(found)
        if path.endswith(CONFIGURATION_SUFFIXES):
            module = modules[directory]
            module.files.append(path)
            module.text += text
            module.mentions.update(_NAMED_FILE.findall(text))
            if "source" in text:
                module.calls.update(
                    posixpath.normpath(posixpath.join(directory, match[1]))
                    for match in _SOURCE.finditer(text)
                )
            continue
        if reason:
            continue
        if path.endswith(SCRIPTS):
            if makes_pipeline(text):
                scripts[path] = text
            continue
        account = _account_of(path) if f'"{SNAPSHOT_MARK}"' in text[:4096] else ""
        if account:
            snapshots[account] += 1
        elif (kind := _kind_of(path, text)) is not None:
            files[path] = _File(kind, text if kind == "cloudformation" else "")
    return sorted(
        _grouped(modules, files, scripts, snapshots), key=lambda root: (root.path, root.kind)
    )


def _account_of(path: str) -> str:
    """The folder of the account that a file of a snapshot is in; its own where it is in none."""
    parts = path.split("/")
    for index, part in enumerate(parts[:-1]):
        if _ACCOUNT.fullmatch(part):
            return "/".join(parts[: index + 1])
    return "" if parts[-1] == "manifest.json" else posixpath.dirname(path) or "."


def _kind_of(path: str, text: str) -> str | None:
    """The kind of a file that is read by itself, by a quick look; ``None`` for no file of ours."""
    format_ = detect_format(path, text)
    if format_ is Format.TEMPLATE:
        return "definition" if may_be_ours(text, Format.JSON) else None
    if format_ not in (Format.JSON, Format.YAML) or not may_be_ours(text, format_):
        return None
    if format_ is Format.YAML:
        return "cloudformation"
    if '"resource_changes"' in text or '"planned_values"' in text:
        return "plan"
    if '"Resources"' in text and "::" in text:
        return "cloudformation"
    if '"Steps"' in text or '\\"Steps\\"' in text or '"PipelineDefinition' in text:
        return "definition"
    if '"Statement"' in text or '\\"Statement\\"' in text or "PolicyDocument" in text:
        return "policy"
    return None if '"StartAt"' not in text else "definition"


def _grouped(
    modules: Mapping[str, _Module],
    files: Mapping[str, _File],
    scripts: Mapping[str, str],
    snapshots: Mapping[str, int],
) -> Iterator[RootPaths]:
    called = {name for home, one in modules.items() for name in one.calls if name != home}
    homes = [name for name in modules if name not in called] or list(modules)
    owner = _owners(modules, homes)
    joined: dict[str, list[str]] = defaultdict(list)
    mentioned: dict[str, list[str]] = defaultdict(list)
    readers: dict[str, list[str]] = {}
    for name, module in modules.items():
        for word in module.mentions:
            mentioned[word].append(name)
    for path in files:  # a name that leads to a file here is not meant for one elsewhere
        name = posixpath.basename(path)
        exact = [one for one in mentioned.get(name, ()) if _way(path, one) in modules[one].text]
        for one in exact:
            modules[one].mentions.discard(name)
        if exact:
            readers[path] = exact
    alone: dict[str, _File] = {}
    for path, file in files.items():
        name = posixpath.basename(path)
        loose = [one for one in mentioned.get(name, ()) if name in modules[one].mentions]
        home = _home_of(path, file, readers.get(path) or loose, modules, owner, set(homes))
        if home is None:
            alone[path] = file
        else:
            joined[home].append(path)
    for home in homes:
        module, more = modules[home], sorted(joined[home])
        count = len(module.files) + len(more)
        yield RootPaths("terraform", home or ".", (min(module.files), *more), count)
    yield from _documents(alone, scripts)
    for folder, count in snapshots.items():
        yield RootPaths("snapshot", folder, (folder,), count)


def _owners(modules: Mapping[str, _Module], homes: Iterable[str]) -> dict[str, str]:
    """The root module by which each module is read first: the first that comes to it."""
    owner: dict[str, str] = {}
    for home in sorted(homes):
        waiting = [home]
        while waiting:
            name = waiting.pop()
            if name not in owner and name in modules:
                owner[name] = home
                waiting.extend(modules[name].calls)
    return owner


def _home_of(
    path: str,
    file: _File,
    readers: Iterable[str],
    modules: Mapping[str, _Module],
    owner: Mapping[str, str],
    homes: set[str],
) -> str | None:
    """The root module that a file is read with, ``None`` where none says that it reads it."""
    directory = posixpath.dirname(path)
    candidates = [one for one in readers if one in owner]
    if candidates:
        return owner[min(candidates, key=lambda one: (_distance(one, directory), one))]
    above = directory
    while True:
        if above in owner:
            folder = _way(directory, above)
            module = modules[above]
            if file.kind == "plan" or (folder not in ("", ".") and f"{folder}/" in module.text):
                return owner[above] if file.kind != "plan" or above in homes else None
            if not folder.strip(".") and ("${each." in module.text or "fileset(" in module.text):
                return owner[above]
        if not above:
            return None
        above = posixpath.dirname(above)


def _way(path: str, start: str) -> str:
    """The way from a directory to a file, without leading steps up."""
    way = posixpath.relpath(path or ".", start or ".")
    while way.startswith("../"):
        way = way[3:]
    return way


def _distance(one: str, other: str) -> int:
    return posixpath.relpath(other or ".", one or ".").count("/")


def _documents(files: Mapping[str, _File], scripts: Mapping[str, str]) -> Iterator[RootPaths]:
    """Templates with what they name or were built to, scripts by directory, files by themselves."""
    taken: set[str] = set()
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in files:
        by_name[posixpath.basename(path)].append(path)
    templates = [path for path, file in files.items() if file.kind == "cloudformation"]
    named = {path: set(_NAMED_FILE.findall(files[path].text)) for path in templates}
    inner = {name for path, names in named.items() for name in names - {posixpath.basename(path)}}
    templates.sort(
        key=lambda path: (
            _BUILT.search(path) is not None,
            posixpath.basename(path) in inner,
            path.count("/"),
            path,
        )
    )
    groups: dict[str, list[str]] = {}
    for path in templates:
        if path in taken:
            continue
        taken.add(path)
        group, waiting = [path], [path]
        while waiting:
            current = waiting.pop()
            for name in sorted(named.get(current, ())):
                near = [p for p in by_name.get(name, ()) if p not in taken]
                if near:
                    home = posixpath.dirname(current)
                    chosen = min(near, key=lambda p, home=home: (_distance(home, p), p))  # type: ignore[misc]
                    taken.add(chosen)
                    group.append(chosen)
                    waiting.append(chosen)
        groups[path] = group
    for path in templates:  # what was built of a template is read beside it
        built = _BUILT.search(path)
        if path in groups and built is not None:
            home = path[: built.start()]
            sources = [
                p for p in groups if p != path and not _BUILT.search(p) and p.startswith(home)
            ]
            if sources:
                groups[min(sources)].extend(groups.pop(path))
    for path, group in groups.items():
        yield RootPaths("cloudformation", path, tuple(group), len(group))
    rendered = _rendered(files, scripts, taken)
    yield from _scripts(scripts, rendered, files)
    for path, file in files.items():
        if path not in taken:
            yield RootPaths(file.kind, path, (path,))


def _rendered(
    files: Mapping[str, _File], scripts: Mapping[str, str], taken: set[str]
) -> dict[str, list[str]]:
    """Definitions that ``render`` wrote, by the directory of the script they are of."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, file in files.items():
        beside = Path(f"{path}{MAP}")
        if file.kind != "definition" or not scripts or not beside.is_file() or beside.is_symlink():
            continue
        with beside.open("rb") as stream:
            said = stream.read(_LARGE).decode("utf-8", "replace")
        for script in sorted(scripts):
            if posixpath.basename(script) in said:
                found[posixpath.dirname(script)].append(path)
                taken.add(path)
                break
    return found


def _scripts(
    scripts: Mapping[str, str], rendered: Mapping[str, list[str]], files: Mapping[str, _File]
) -> Iterator[RootPaths]:
    """The scripts of a directory as one: they import each other, and helpers beside them."""
    folders: dict[str, list[str]] = defaultdict(list)
    for script in scripts:
        folders[posixpath.dirname(script)].append(script)
    for folder, own in folders.items():
        more = rendered.get(folder, [])
        other = any(_below(path, folder) for path in files) or any(
            _below(name, folder) and name != folder for name in folders
        )
        terraform = any(Path(folder or ".").glob("**/*.tf")) if folder else True
        if folder and not other and not terraform:
            yield RootPaths("python", folder, (folder, *more), len(own) + len(more))
        else:
            yield RootPaths("python", folder or ".", (*sorted(own), *more), len(own) + len(more))


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def content_digest() -> tuple[str, int]:
    """A digest over all files below the working directory, and how many they are.

    Version control's own folders, caches and installed packages are left out, as in a scan; the
    configuration files above, which hold below too, are taken in.
    """
    whole = sha256()
    count = 0
    for path in _every_file("."):
        count += 1
        whole.update(path.encode("utf-8", "surrogateescape") + b"\x00")
        whole.update(_file_digest(path) + b"\x00")
    for path in _above():
        whole.update(path.encode("utf-8", "surrogateescape") + b"\x00" + _file_digest(path))
    return whole.hexdigest()[:32], count


def _every_file(top: str) -> Iterator[str]:
    waiting = [top]
    while waiting:
        directory = waiting.pop()
        try:
            with os.scandir(directory) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED_DIRECTORIES:
                    waiting.append(entry.path)
            elif entry.is_file(follow_symlinks=True):
                yield entry.path


def _above() -> Iterator[str]:
    """Configurations and usage files from here up to the repository's top."""
    directory = Path.cwd()
    while not (directory / ".git").exists() and directory.parent != directory:
        directory = directory.parent
        for name in ("pipewarden.toml", "pyproject.toml", "pipewarden-usage.yml"):
            if (directory / name).is_file():
                yield str(directory / name)


def _file_digest(path: str) -> bytes:
    try:
        status = os.stat(path)  # noqa: PTH116
        if status.st_size > _LARGE:
            return f"{status.st_size} {status.st_mtime_ns}".encode()
        with open(path, "rb") as file:  # noqa: PTH123
            return sha256(file.read()).digest()
    except OSError as error:
        return type(error).__name__.encode()
