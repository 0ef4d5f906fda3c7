"""Root modules and their variants: what each is given, and what holds only in some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from linter.core.documents import Problem
from linter.core.record import replace
from linter.core.sources import Source, Span
from linter.readers.settings import DEFAULT, RootSettings, SettingsOf, only_with


class VariableFiles:
    """Reads ``.tfvars`` files that somebody named, each once.

    Args:
        base: what relative paths are relative to.
        problems: where a file that cannot be read is reported.
        texts: texts that stand for files, by path.
    """

    def __init__(
        self, base: Path | None, problems: list[Problem], texts: Mapping[str, str] | None = None
    ) -> None:
        self._base = base or Path()
        self._texts = texts or {}
        self._problems = problems
        self._read: dict[str, Source | None] = {}

    @property
    def sources(self) -> list[Source]:
        return [source for source in self._read.values() if source is not None]

    def __call__(self, path: str) -> Source | None:
        """The file; ``None``, with a problem, when it cannot be read."""
        if path not in self._read:
            self._read[path] = None
            try:
                text = self._texts.get(path)
                if text is None:
                    text = (self._base / path).read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                self._problems.append(
                    Problem(f"The variable file cannot be read: {error}", Span(path, 1, 1, 1, 1))
                )
            else:
                self._read[path] = Source(path, text)
        return self._read[path]


class RootGiven:
    """What root modules are given besides what holds for all.

    Args:
        settings_of: what configurations say; ``None`` for nothing.
        read: reads variable files.
        workspace: the workspace of every root; ``""`` leaves it to the settings.
    """

    def __init__(self, settings_of: SettingsOf | None, read: VariableFiles, workspace: str) -> None:
        self._settings_of = settings_of
        self._read = read
        self._workspace = workspace

    def settings(self, directory: str) -> Sequence[RootSettings]:
        return DEFAULT if self._settings_of is None else self._settings_of(directory)

    def declared(self, directory: str) -> bool:
        """Whether a configuration calls a directory a root, whoever else calls it."""
        return self._settings_of is not None and self._settings_of(directory)[0].declared

    def files(self, settings: RootSettings) -> list[Source]:
        found = (self._read(path) for path in settings.variable_files)
        return [source for source in found if source is not None]

    def workspace(self, settings: RootSettings) -> str:
        """``""`` when nobody says."""
        return self._workspace or settings.workspace


def problems_of_variants(found: Mapping[str, Mapping[str, Sequence[Problem]]]) -> list[Problem]:
    """Root directory → variant → problems, as one list: what all variants have is said once."""
    problems: list[Problem] = []
    for variants in found.values():
        having: dict[Problem, list[str]] = {}
        for variant, own in variants.items():
            for problem in dict.fromkeys(own):
                having.setdefault(problem, []).append(variant)
        problems += [
            problem
            if len(names) == len(variants)
            else replace(problem, message=f"{problem.message} ({only_with(names)})")
            for problem, names in having.items()
        ]
    return problems
