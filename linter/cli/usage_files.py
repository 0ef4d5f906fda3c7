"""Which usage file describes what: it lies beside the project, from wherever that is priced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from linter.config.load import shown
from linter.config.model import Config, RootEntry
from linter.config.nearest import Configurations, Upward
from linter.core.boundary import boundary_of
from linter.core.printable import printable
from linter.core.record import entity
from pricing.usage import FILE_NAME, Usage, read_usage
from pricing.usage_check import without_effect
from pricing.yamlfile import FileProblem, UserFileError

if TYPE_CHECKING:
    from linter.domain.pipeline import Pipeline
    from pricing.standing import StandingResource


@entity
class UsageFile:
    """A usage file, or nothing: then ``content`` says nothing.

    ``directory`` is the absolute directory whose projects it describes; ``""`` for one that was
    named for this run and describes all that is scanned.
    """

    content: Usage
    directory: str = ""
    there: bool = True


@entity
class PricePlace:
    """By what something is priced. The same object for everything that is priced alike."""

    config: Config
    region: str
    usage: UsageFile
    content: Usage
    """What the usage file says, for the variant that is priced."""


class UsageFiles:
    """Finds, reads and checks the usage files of a scan.

    Args:
        configurations: says what directories are relative to.
        covers: whether all of a directory is scanned.
    """

    def __init__(self, configurations: Configurations, covers: Callable[[str], bool]) -> None:
        self._configurations = configurations
        self._covers = covers
        self._nearest = Upward(_usage_file_in)
        self._read: dict[tuple[str, str], UsageFile] = {}
        self._places: dict[tuple[object, ...], PricePlace] = {}
        self._none = UsageFile(Usage(), "", there=False)

    def place(
        self, config: Config, directory: str, entry: RootEntry | None, region: str, variant: str
    ) -> PricePlace:
        """Raises :class:`~pricing.yamlfile.UserFileError` for a usage file that is refused."""
        usage = self.of(config, directory, entry)
        key = (id(config), region, id(usage), variant)
        found = self._places.get(key)
        if found is None:
            content = usage.content.of_variant(variant)
            found = self._places[key] = PricePlace(config, region, usage, content)
        return found

    def of(self, config: Config, directory: str, entry: RootEntry | None) -> UsageFile:
        """The one that describes what is deployed from a directory.

        Named by a flag or the environment; else by the settings of the root module, by the
        configuration; else the nearest one upward.
        """
        if config.usage_file and config.origin("usage_file").kind in ("flag", "env"):
            return self._file(config.usage_file, "")
        absolute = self._configurations.absolute
        if entry is not None and entry.usage_file:
            return self._file(entry.usage_file, absolute(directory))
        if config.usage_file:
            return self._file(config.usage_file, absolute(config.directory))
        found = self._nearest.find(absolute(directory))
        return self._none if found is None else self._file(shown(found), str(found.parent))

    def _file(self, path: str, directory: str) -> UsageFile:
        key = path, directory
        if key not in self._read:
            self._read[key] = UsageFile(read_usage(path), directory)
        return self._read[key]

    def check(
        self, described: Iterable[tuple[UsageFile, list[Pipeline], list[StandingResource]]]
    ) -> list[FileProblem]:
        """Names in usage files that match nothing in what they describe, keys without an effect.

        A file of which only a part is scanned may name the rest. A name of something that another
        usage file describes is said to be without effect.
        """
        groups: dict[UsageFile, tuple[list[Pipeline], list[StandingResource]]] = {}
        all_pipelines: list[Pipeline] = []
        all_standing: list[StandingResource] = []
        for usage, pipelines, standing in described:
            group = groups.setdefault(usage, ([], []))
            group[0].extend(pipelines)
            group[1].extend(standing)
            all_pipelines += pipelines
            all_standing += standing
        everything = _names(all_pipelines, all_standing)
        wrong: list[FileProblem] = []
        for usage, (pipelines, standing) in groups.items():
            if not usage.there:
                continue
            whole = not usage.directory or self._covers(usage.directory)
            missing = usage.content.check(*_names(pipelines, standing), whole=whole)
            nowhere = set(usage.content.check(*everything, whole=whole)) if missing else set()
            idle = without_effect(usage.content, pipelines, standing, whole=whole)
            wrong += [problem for problem in missing if problem in nowhere] + idle
            for problem in missing:
                if problem not in nowhere:
                    place = f"{printable(problem.path)}:{problem.line}:{problem.column}"
                    click.echo(
                        f"{place}: warning: without effect, another usage file describes this",
                        err=True,
                    )
        return wrong


def _usage_file_in(directory: str) -> Path | None:
    path = Path(directory, FILE_NAME)
    if not path.is_file():
        return None
    if path.is_symlink() and not boundary_of(str(path)).holds(str(path)):
        reason = "a symbolic link out of the repository; name the file with --usage"
        raise UserFileError([FileProblem(shown(path), 1, 1, reason)])
    return path


def _names(
    pipelines: Sequence[Pipeline], standing: Sequence[StandingResource]
) -> tuple[dict[str, list[str]], list[str]]:
    """What entries may be called: pipelines with their steps, and what stands."""
    steps: dict[str, list[str]] = {}
    for pipeline in pipelines:
        for title in dict.fromkeys((pipeline.title, pipeline.deployment)):
            steps.setdefault(title, []).extend(step.name for step in pipeline.steps)
    return steps, [name for item in standing for name in (item.address, item.name) if name]
