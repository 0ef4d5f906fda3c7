"""``[roots]``: what single root modules of a repository are evaluated and priced with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from linter.config.model import Config, ConfigError, RootEntry
from linter.core.paths import seen_from
from linter.core.printable import printable
from linter.readers.settings import RootSettings

_SETTINGS = ("var_files", "variables", "workspace", "region", "usage_file", "variants")


def entry_of(config: Config, directory: str, variant: str = "") -> RootEntry | None:
    """What ``[roots]`` says of a directory, as one entry; ``None`` when it says nothing.

    A plain name comes before a glob, an earlier glob before a later one, key by key. What a
    variant says comes before what its root says; their variable files and variables add up.
    """
    if not config.roots:
        return None
    path = seen_from(config.directory, directory) or "."
    exact = [entry for entry in config.roots if _plain(entry.glob) == path]
    globs = [e for e in config.roots if e not in exact and matches(e.glob, path)]
    found = [*exact, *globs]
    if not found:
        return None
    merged = found[0]
    for other in found[1:]:
        merged = _merged(merged, other)
    own = merged.variants.get(variant)
    if own is None:
        return merged
    return RootEntry(
        merged.glob,
        own.span,
        (*merged.var_files, *own.var_files),
        {**merged.variables, **own.variables},
        own.workspace or merged.workspace,
        own.region or merged.region,
        own.usage_file or merged.usage_file,
    )


def _merged(first: RootEntry, second: RootEntry) -> RootEntry:
    values: dict[str, Any] = {k: getattr(first, k) or getattr(second, k) for k in _SETTINGS}
    return RootEntry(first.glob, first.span, **values)


def region_of(config: Config, entry: RootEntry | None) -> tuple[str, str]:
    """The region of what does not say where it runs, and the place that says so.

    The place is ``""`` for the default. A flag or the environment comes before ``[roots]``.
    """
    origin = config.origin("region")
    if entry is not None and entry.region and origin.kind not in ("flag", "env"):
        return entry.region, f"{entry.span.path}:{entry.span.start_line}"
    return config.region, "" if origin.kind == "default" else origin.place


def settings_of(config: Config, directory: str) -> Sequence[RootSettings]:
    """What a root module is evaluated with, one for each of its variants.

    Raises:
        ConfigError: for a variable file that is not there, with the place that names it.
    """
    _must_exist(config.var_files, config.origin("var_files").place)
    entry = entry_of(config, directory)
    if entry is None:
        return (RootSettings(config.var_files, config.variables),)
    found: list[RootSettings] = []
    for variant in entry.variants or ("",):
        one = entry_of(config, directory, variant) or entry
        _must_exist(one.var_files, f"{one.span.path}:{one.span.start_line}:{one.span.start_column}")
        found.append(
            RootSettings(
                (*config.var_files, *one.var_files),
                {**config.variables, **one.variables},
                one.workspace,
                variant,
                declared=True,
            )
        )
    return found


def _must_exist(files: Sequence[str], place: str) -> None:
    for file in files:
        if not os.path.isfile(file):  # noqa: PTH113
            message = f"{printable(file)}: no such variable file"
            raise ConfigError(place or "var-files", 0, 0, message)


def unmatched(config: Config, directories: Sequence[str], *, whole: bool) -> ConfigError | None:
    """What is wrong with the first entry of ``[roots]`` that is about no directory.

    Args:
        directories: those with Terraform files to which the configuration applies, as reports
            name them.
        whole: whether these are all; otherwise only an entry without wildcards can be judged, by
            what is on disk.
    """
    known = [seen_from(config.directory, directory) or "." for directory in directories]
    for entry in config.roots:
        if any(matches(entry.glob, directory) for directory in known):
            continue
        if any(sign in entry.glob for sign in "*?["):
            wrong = whole
        else:
            there = Path(config.directory, entry.glob)
            # os.path answers for names that no file can have, too.
            wrong = not os.path.isdir(there) or not (  # noqa: PTH112
                any(there.glob("*.tf")) or any(there.glob("*.tf.json"))
            )
        if wrong:
            from linter.policy.suggest import did_you_mean

            hint = did_you_mean(_plain(entry.glob), known)
            if not hint and known:
                more = ", …" if len(known) > 5 else ""
                hint = f"; there are {', '.join(printable(name, 80) for name in known[:5])}{more}"
            span = entry.span
            message = f"roots: {printable(entry.glob, 80)} is no directory of a root module{hint}"
            return ConfigError(span.path, span.start_line, span.start_column, message)
    return None


def _plain(glob: str) -> str:
    return "/".join(part for part in glob.split("/") if part not in ("", ".")) or "."


def matches(glob: str, directory: str) -> bool:
    """Whether a directory is one that a glob names: ``*`` within a name, ``**`` across them.

    Both are relative to the configuration. The time is the product of their lengths.
    """
    from fnmatch import fnmatchcase

    names = [] if directory == "." else directory.split("/")
    # reached[i]: whether the parts of the glob so far can be the first i names.
    reached = [True, *(False for _ in names)]
    for part in _plain(glob).split("/"):
        if part == ".":
            continue
        if part == "**":
            for index in range(len(names)):
                reached[index + 1] = reached[index + 1] or reached[index]
            continue
        reached = [
            False,
            *(before and fnmatchcase(n, part) for before, n in zip(reached, names, strict=False)),
        ]
    return reached[-1]
