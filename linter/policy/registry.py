"""All rules of a run: built-in ones, the configuration's directories, installed packages."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from linter.core.boundary import TRUST_FLAG, Boundary, is_below
from linter.core.record import entity, field
from linter.policy.index import PACKAGE, load_builtin
from linter.policy.rule import Rule
from linter.policy.yamltext import RuleFileError

if TYPE_CHECKING:
    from linter.policy.examples import Examples

ENTRY_POINT_GROUP = "pipewarden.rules"
MAX_FILES = 5000
_SUFFIXES = (".yaml", ".yml")


@entity
class RuleSet:
    """The rules that are valid, by id, and the files that were refused."""

    rules: list[Rule] = field(default_factory=list)
    errors: list[RuleFileError] = field(default_factory=list)


def load_rules(
    directories: Sequence[str | Path] = (),
    *,
    data: Sequence[str | Path] = (),
    boundary: str = "",
    plugins: bool = False,
    scanned: Sequence[str] = (),
    builtin: bool = True,
) -> RuleSet:
    """Load every rule.

    Args:
        directories: those that the user trusts; searched for ``*.yaml`` at any depth.
        data: directories that come with what is scanned: a rule in them that names Python code is
            refused. What ``directories`` hold, too, is not read twice.
        boundary: files outside of this directory are not read; ``""``: all are.
        plugins: whether to look for installed packages (entry points ``pipewarden.rules``, each a
            package or a directory path with rule files).
        scanned: directories from which no plugin is loaded, unless this Python is installed there.
        builtin: whether to include the built-in rules.
    """
    found = RuleSet()
    if builtin:
        from linter.policy.meta_rules import meta_rules

        rules, errors = load_builtin()
        found.rules.extend(meta_rules())
        found.rules.extend(rules)
        found.errors.extend(errors)
    loader = _Loader(found, boundary)
    for directory in directories:
        loader.directory(Path(directory), f"directory {directory}")
    for directory in data:
        loader.directory(Path(directory), f"directory {directory}", code=False)
    if plugins:
        for name, directory in _plugin_directories(found, scanned):
            loader.directory(directory, f"package {name}", inside="")
    _refuse_duplicates(found)
    found.rules.sort(key=lambda rule: rule.id)
    return found


def load_file(
    path: str | Path, *, origin: str = "file", code: bool = True
) -> tuple[Rule, Examples]:
    """One rule file with its examples. Raises :class:`RuleFileError`.

    Without ``code`` a rule that names Python code is refused.
    """
    from linter.policy.rulefile import parse_rule

    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise RuleFileError(str(path), 1, 1, "the file is not UTF-8 text") from None
    except OSError as error:
        raise RuleFileError(str(path), 1, 1, f"cannot be read: {error.strerror}") from None
    return parse_rule(str(path), text, origin=origin, package=_package_of(path), code=code)


def examples_of(rule: Rule) -> Examples:
    """The examples of a rule, read from its file. Raises :class:`RuleFileError`."""
    if not rule.targets:
        from linter.policy.examples import Examples

        return Examples((), (), ())
    return load_file(rule.file, origin=rule.meta.origin)[1]


def yaml_files(directory: Path) -> list[Path]:
    """Rule files below a directory, in order; hidden directories are left out."""
    found: list[Path] = []
    for base, names, files in os.walk(directory):
        names[:] = sorted(name for name in names if not name.startswith((".", "__")))
        found.extend(Path(base, file) for file in sorted(files) if file.endswith(_SUFFIXES))
        if len(found) > MAX_FILES:
            break
    return found[:MAX_FILES]


def _package_of(path: Path) -> str:
    """The import package of the checks of a built-in rule file, else ``""``."""
    from linter.policy.index import rules_root

    try:
        relative = path.resolve().relative_to(rules_root().resolve())
    except ValueError:
        return ""
    return ".".join((PACKAGE, *relative.parts[:-1]))


class _Loader:
    """Loads the rule files of directories, each file once."""

    def __init__(self, found: RuleSet, boundary: str) -> None:
        self._found = found
        self._boundary = boundary
        self._read: set[str] = set()

    def directory(
        self, directory: Path, origin: str, *, code: bool = True, inside: str | None = None
    ) -> None:
        """Add the rules below a directory; ``inside`` overrides the boundary."""
        boundary = Boundary(self._boundary if inside is None else inside)
        if not os.path.isdir(directory):  # noqa: PTH112 - for names that no file can have, too
            error = RuleFileError(str(directory), 1, 1, "there is no such directory")
            self._found.errors.append(error)
            return
        for path in yaml_files(directory):
            real = os.path.realpath(path)
            if real in self._read:
                continue
            self._read.add(real)
            try:
                if not boundary.holds(real):
                    raise RuleFileError(str(path), 1, 1, "a symbolic link out of the repository")
                rule, _ = load_file(path, origin=origin, code=code)
            except RuleFileError as error:
                self._found.errors.append(error)
            else:
                self._found.rules.append(rule)


def _has_plugins(paths: Iterable[str] | None = None) -> bool:
    """Whether some installed package declares our entry point group.

    Looks into the packages' own files, because importing ``importlib.metadata`` alone takes as
    long as a small scan. Archives on ``sys.path`` are left to it.
    """
    wanted = f"[{ENTRY_POINT_GROUP}]".encode()
    for directory in dict.fromkeys(sys.path if paths is None else paths):
        if os.path.isfile(directory):  # noqa: PTH113
            return True
        try:
            names = os.listdir(directory or ".")  # noqa: PTH208
        except OSError:
            continue
        for name in names:
            if not name.endswith((".dist-info", ".egg-info")):
                continue
            try:
                with open(os.path.join(directory, name, "entry_points.txt"), "rb") as file:  # noqa: PTH118, PTH123
                    if wanted in file.read():
                        return True
            except OSError:
                continue
    return False


def _comes_with(directory: str, scanned: Sequence[str]) -> bool:
    """Whether packages in a directory of ``sys.path`` are part of what is scanned.

    A virtual environment in the repository is not: somebody installed what is in it.
    """
    real = os.path.realpath(directory or ".")
    prefixes = {os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix)}
    if any(is_below(real, prefix) for prefix in prefixes):
        return False
    return any(is_below(real, tree) for tree in scanned)


def _plugin_directories(found: RuleSet, scanned: Sequence[str]) -> Iterable[tuple[str, Path]]:
    paths = list(dict.fromkeys(sys.path))
    foreign = [path for path in paths if scanned and _comes_with(path, scanned)]
    for path in foreign:
        if _has_plugins([path]):
            reason = (
                "plugins that come with what is scanned are not loaded; install the package,"
                f" or pass {TRUST_FLAG}"
            )
            found.errors.append(RuleFileError(path or ".", 1, 1, reason))
    paths = [path for path in paths if path not in foreign]
    if not _has_plugins(paths):
        return
    from importlib.metadata import distributions

    points = {
        (point.name, point.value): point
        for distribution in distributions(path=paths)
        for point in distribution.entry_points.select(group=ENTRY_POINT_GROUP)
    }
    for _, point in sorted(points.items()):
        try:
            target = point.load()
        except Exception as error:  # a package of someone else's: report it, go on
            reason = f"the entry point cannot be loaded: {type(error).__name__}: {error}"
            found.errors.append(RuleFileError(f"{point.name} ({point.value})", 1, 1, reason))
            continue
        inside = getattr(target, "__path__", None)
        yield point.name, Path(str(target) if inside is None else next(iter(inside)))


def _refuse_duplicates(found: RuleSet) -> None:
    """Keep the first rule of each id and name; the later ones are errors."""
    ids: dict[str, Rule] = {}
    names: dict[str, Rule] = {}
    kept: list[Rule] = []
    for rule in found.rules:
        same = ids.get(rule.id) or names.get(rule.name)
        if same is not None:
            what = f"id {rule.id}" if rule.id in ids else f"name {rule.name}"
            found.errors.append(
                RuleFileError(rule.file, 1, 1, f"the {what} is already that of {same.file}")
            )
            continue
        ids[rule.id] = rule
        names[rule.name] = rule
        kept.append(rule)
    found.rules = kept
