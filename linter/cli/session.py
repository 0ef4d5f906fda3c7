"""What the commands share: the settings in force, the rules, prices, and one reviewed project."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary, WeakSet

import click

from linter.cli import completion
from linter.cli.exits import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE, of_problems, worst
from linter.cli.options import given_order, reading_options, variable_pairs
from linter.cli.progress import progress
from linter.config.model import Config, ConfigError
from linter.config.nearest import Configurations
from linter.config.roots import entry_of, region_of, settings_of
from linter.core.documents import Document, Problem
from linter.core.identity import NO_PLACEMENT, NO_ROOT, Placement, Root, deployed_from
from linter.core.record import replace
from linter.discovery.walk import display_path
from linter.policy.profiles import PROFILES
from linter.project.load import LoadOptions
from linter.project.model import Project

if TYPE_CHECKING:
    from linter.cli.base_policy import BasePolicy
    from linter.cli.usage_files import PricePlace, UsageFiles
    from linter.config.base import Moved
    from linter.domain.pipeline import Pipeline
    from linter.gate.baseline import Baseline
    from linter.gate.review import Review
    from linter.gate.run import Part, Parts
    from linter.policy.model import RuleCrash
    from linter.policy.registry import RuleSet
    from linter.policy.selection import Selection
    from linter.readers.settings import RootSettings
    from linter.reports.measured import MeasuredSteps
    from pricing.book import PriceBook
    from pricing.books import PriceBooks
    from pricing.history import History
    from pricing.model import CostOptions, CostReport, PipelineEstimate, Plan
    from pricing.usage import Usage

Result = TypeVar("Result")
Function = TypeVar("Function", bound=Callable[..., Any])

_MODULES = (".tf", ".tf.json")
SEVERITIES = ("critical", "high", "medium", "low", "info", "never")


class Refused(click.ClickException):
    """Something the user gave cannot be used: one line on standard error, exit code 2."""

    exit_code = EXIT_USAGE


def config_option(function: Function) -> Function:
    """``--config`` and ``--trust-config``."""
    function = click.option(
        "--trust-config",
        is_flag=True,
        envvar="PIPEWARDEN_TRUST_CONFIG",
        help="Run Python checks that the scanned repository's configuration names.",
    )(function)
    return click.option(
        "--config",
        "config_file",
        default="",
        envvar="PIPEWARDEN_CONFIG",
        metavar="FILE",
        help='The configuration; "none" reads none. Default: the nearest pipewarden.toml.',
    )(function)


def cache_options(function: Function) -> Function:
    """``--no-cache`` and ``--cache-dir``; :mod:`linter.cli.cache.plan` reads them itself."""
    for option in (
        click.option(
            "--cache-dir",
            metavar="DIR",
            expose_value=False,
            help="Where results are kept (default: .pipewarden_cache beside .git).",
        ),
        click.option(
            "--no-cache",
            is_flag=True,
            expose_value=False,
            help="Neither use what an earlier run found nor keep what this one finds.",
        ),
    ):
        function = option(function)
    return function


def base_options(function: Function) -> Function:
    """``--base-config`` and ``--protect-config``."""
    for option in (
        click.option(
            "--protect-config",
            is_flag=True,
            envvar="PIPEWARDEN_PROTECT_CONFIG",
            help="A change that weakens the gate fails; needs --base-config.",
        ),
        click.option(
            "--base-config",
            metavar="REV|FILE",
            envvar="PIPEWARDEN_BASE_CONFIG",
            help="Judge by the configuration of this revision (the target branch), or by this"
            " file, and list what the change does to it.",
        ),
    ):
        function = option(function)
    return function


def _split_at_commas(
    _context: click.Context, _parameter: click.Parameter, words: tuple[str, ...]
) -> tuple[str, ...]:
    """``--select A,B`` is ``--select A --select B``, as in the environment and in other linters."""
    return tuple(
        part for word in words for part in (part.strip() for part in word.split(",")) if part
    )


def _all(*options: Callable[[Function], Function]) -> Callable[[Function], Function]:
    def add(function: Function) -> Function:
        for option in options:
            function = option(function)
        return function

    return add


suppression_options = _all(
    click.option(
        "--today",
        metavar="DATE",
        default="",
        help="Judge the dates of suppressions as of this day (YYYY-MM-DD).",
    ),
    click.option("--no-ignores", is_flag=True, help="Ignore all suppressions."),
)
"""For commands that leave out what is suppressed."""

exit_zero_option = click.option(
    "--exit-zero", is_flag=True, help="Exit 0 although the gate failed."
)
"""For commands whose exit code is the gate's."""

gate_options = _all(
    click.option(
        "--strict-unknown",
        is_flag=True,
        default=None,
        help="A check that cannot be decided fails the gate.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(SEVERITIES),
        help="The lowest severity that fails the gate (default: medium).",
    ),
)
"""For commands that say whether the gate passes."""

own_rules_option = click.option(
    "--rules",
    "rule_directories",
    multiple=True,
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="More rules, from a directory.",
)

choosing_options = _all(
    click.option(
        "--ignore",
        multiple=True,
        metavar="RULE",
        callback=_split_at_commas,
        shell_complete=completion.RULES,
        help="Not these rules; may be repeated or separated by commas.",
    ),
    click.option(
        "--select",
        multiple=True,
        metavar="RULE",
        callback=_split_at_commas,
        shell_complete=completion.RULES,
        help="Only these rules: ids, prefixes, names or areas, repeated or separated by"
        " commas. Also turns opt-in rules on.",
    ),
)
"""Which of the rules run."""

selection_options = _all(
    choosing_options,
    click.option(
        "--profile",
        type=click.Choice(PROFILES),
        help="How strict to be: starter (what nobody would defend), standard (the default: what"
        " a careful team fixes) or regulated (what regulated work demands). For all paths.",
    ),
)
"""For commands that lint: which rules, and how strict."""


def linting_options(function: Function) -> Function:
    """The options of commands that lint and leave the verdict to others."""
    return selection_options(own_rules_option(suppression_options(function)))


def policy_options(function: Function) -> Function:
    """The options of commands that lint and judge: which rules, what fails, what is accepted."""
    return gate_options(linting_options(function))


def known_region(
    _context: click.Context, _parameter: click.Parameter, given: str | tuple[str, ...] | None
) -> str | tuple[str, ...] | None:
    """Refuse a ``--region`` that does not exist, naming the nearest that does."""
    from linter.core.regions import has_prices_of_its_own, no_region

    for name in (given,) if isinstance(given, str) else given or ():
        if not has_prices_of_its_own(name):
            raise Refused(f"--region: {no_region(name)}")
    return given


def region_option(text: str, *, multiple: bool = False) -> Callable[[Function], Function]:
    """``--region``."""

    def add(function: Function) -> Function:
        return click.option(
            "--region",
            *(("regions",) if multiple else ()),
            multiple=multiple,
            metavar="REGION",
            callback=known_region,
            shell_complete=completion.REGIONS,
            help=text,
        )(function)

    return add


def home_region_option(function: Function) -> Function:
    """``--region`` of commands that read."""
    return region_option(
        "The region of what does not say where it runs (default: us-east-1, assumed)."
    )(function)


def rate_options(function: Function) -> Function:
    """The options of commands that price a run."""
    for option in (
        click.option(
            "--price-file",
            "price_file",
            metavar="FILE",
            help="Your own rates: a file of prices or discounts.",
        ),
        click.option(
            "--usage",
            "usage_file",
            metavar="FILE",
            help="Measured times and runs (default: the nearest pipewarden-usage.yml).",
        ),
        home_region_option,
    ):
        function = option(function)
    return function


def price_options(function: Function) -> Function:
    """The options of commands that price a month as well."""
    runs = click.option(
        "--runs-per-month",
        metavar="NUMBER",
        help="Executions of each pipeline in a month (default: the usage file's, else as"
        " a history or its schedules say, else 30).",
    )
    return rate_options(runs(function))


def session_options(function: Function) -> Function:
    """Everything a command that lints and prices takes; give it to :class:`Session`."""
    return policy_options(price_options(reading_options(config_option(function))))


def unpriced_options(function: Function) -> Function:
    """The same for a command that lints, and neither prices nor judges."""
    return linting_options(home_region_option(reading_options(config_option(function))))


class Session:
    """The settings of one command: configuration, environment and flags.

    ``options`` are the values of the decorators above, by parameter name; what a command does not
    have is left out. Raises :class:`Refused` for settings that cannot be used.
    """

    def __init__(self, paths: Sequence[str], options: Mapping[str, Any]) -> None:
        self.paths = tuple(paths)
        self._options = options
        explicit = options.get("config_file", "")
        self.inputs = self._asked(lambda: self._configurations(explicit=explicit))
        """What files are evaluated and priced with: the configurations of the change."""
        self.base = self._base_policy(options.get("base_config") or "")
        self.configurations = self.inputs if self.base is None else self.base.judging
        """What decides about findings: those of ``--base-config`` where it is given."""
        self._priced_as: dict[tuple[int, int], Config] = {}
        self._settings: dict[tuple[int, str], Sequence[RootSettings]] = {}
        self._naming: dict[str, Config] = {}
        self.config = self._common_config()
        for path in options.get("variable_files", ()):
            self._naming[posixpath.normpath(path)] = self.config
        self.today = _day(options.get("today", ""))
        self._rules: dict[tuple[object, ...], RuleSet] = {}
        self._books: dict[tuple[object, ...], PriceBook] = {}
        self._baselines: dict[str, Baseline] = {}
        self._priced: WeakKeyDictionary[Project, dict[str | None, CostReport]] = WeakKeyDictionary()
        self.earlier: WeakSet[Project] = WeakSet()
        """Projects as they were: a usage file describes what is there now, and may not fit them."""
        self._loaded: list[Project] = []
        self._lost: dict[Problem, None] = {}
        self._reviewed: list[Review] = []
        self.seconds: dict[str, float] = {}

    @staticmethod
    def _asked(ask: Callable[[], Result]) -> Result:
        """What a question about configurations gives. Raises :class:`Refused`."""
        try:
            return ask()
        except ConfigError as error:
            raise Refused(str(error)) from error

    def _configurations(self, *, explicit: str = "", moved: Moved | None = None) -> Configurations:
        return Configurations(
            explicit=explicit,
            environment=os.environ,
            flags=self._flags(self._options),
            scanned=self.paths,
            trusted=self._options.get("trust_config", False),
            moved=moved,
        )

    def _base_policy(self, given: str) -> BasePolicy | None:
        if not given:
            return None
        from linter.cli.base_policy import BasePolicy

        start = Path(self.paths[0]) if self.paths and self.paths[0] != "-" else Path.cwd()
        return self._asked(lambda: BasePolicy(given, start, self._configurations))

    def option(self, name: str, default: Any = None) -> Any:
        """The value of an option of the command, by its parameter's name."""
        return self._options.get(name, default)

    def inputs_in(self, directory: str) -> Config:
        """What the things in a directory are evaluated and priced with."""
        return self._asked(lambda: self.inputs.of_directory(directory))

    def config_of(self, path: str) -> Config:
        """The configuration of a file, named as reports name it.

        A variable file that lies where no configuration applies is judged by the one that names
        it.
        """
        found = self._asked(lambda: self.configurations.of(path))
        if not found.path and self._naming:
            return self._naming.get(posixpath.normpath(path), found)
        return found

    def config_in(self, directory: str) -> Config:
        """The configuration of what a directory holds; ``""`` is the working directory."""
        return self._asked(lambda: self.configurations.of_directory(directory))

    def _common_config(self) -> Config:
        """For what concerns all paths at once: theirs, or that of the directory around them."""
        directories = [self._directory(path) for path in self.paths] or [""]
        found = [self.config_in(directory) for directory in dict.fromkeys(directories)]
        if all(config is found[0] for config in found):
            return found[0]
        common = os.path.commonpath([self.configurations.absolute(d) for d in directories])
        return self.config_in(display_path(Path(common), Path.cwd()))

    def _directory(self, path: str) -> str:
        """The directory of a path of the command, as reports name it."""
        target = Path(self.configurations.absolute("" if path == "-" else path))
        if not target.exists():
            target = Path(self.configurations.absolute(""))
        target = target if target.is_dir() else target.parent
        shown = display_path(target, Path(self.configurations.absolute("")))
        return "" if shown == "." else shown

    @cached_property
    def trees(self) -> tuple[str, ...]:
        """The repositories that are scanned, or the directories where there are none."""
        from linter.core.boundary import root_of

        absolute = self.configurations.absolute
        return tuple({root_of(absolute(self._directory(path))) for path in self.paths or ("",)})

    @staticmethod
    def _flags(options: Mapping[str, Any]) -> dict[str, Any]:
        runs = options.get("runs_per_month")
        return {
            "select": tuple(options.get("select", ())),
            "profile": options.get("profile"),
            "fail_on": options.get("fail_on"),
            "strict_unknown": options.get("strict_unknown") or None,
            "region": options.get("region"),
            "usage_file": options.get("usage_file"),
            "price_file": options.get("price_file"),
            "runs_per_month": None if runs is None else _positive("--runs-per-month", runs),
            "baseline": options.get("baseline"),
        }

    @property
    def rules(self) -> RuleSet:
        """The rules of the product, of the configuration, of ``--rules`` and of plugins."""
        return self.rules_of(self.config)

    def rules_of(self, config: Config) -> RuleSet:
        """The rules that a configuration may choose from."""
        named = config.origin("rules_dirs").kind == "file"
        trusted = config.trusted or not named
        key = (config.rules_dirs, config.plugins, trusted, config.boundary)
        if key not in self._rules:
            from linter.policy.registry import load_rules

            start = perf_counter()
            given = self._options.get("rule_directories", ())
            found = load_rules(
                (*given, *config.rules_dirs) if trusted else given,
                data=() if trusted else config.rules_dirs,
                boundary=config.boundary if named else "",
                plugins=config.plugins,
                scanned=() if config.trusted else self.trees,
            )
            self.seconds["rules"] = self.seconds.get("rules", 0.0) + perf_counter() - start
            said = {str(error) for rules in self._rules.values() for error in rules.errors}
            self._rules[key] = found
            for error in found.errors:
                if str(error) not in said:
                    click.echo(str(error), err=True)
        return self._rules[key]

    def take_over(self, other: Session) -> None:
        """Use the built-in rules and list prices as another session has read them already."""
        self._rules |= {key: found for key, found in other._rules.items() if not key[0]}
        self._books |= {key: book for key, book in other._books.items() if not any(key[1:])}

    def rules_for_reading(self, plugins: bool | None) -> RuleSet:
        """The rules, to list and explain them: none of their checks runs.

        ``plugins``: whether packages bring some; ``None`` leaves it to the configuration.
        """
        from linter.policy.registry import load_rules

        given = self._options.get("rule_directories", ())
        named = self.config.origin("rules_dirs").kind == "file"
        return load_rules(
            (*given, *self.config.rules_dirs),
            boundary=self.config.boundary if named else "",
            plugins=self.config.plugins if plugins is None else plugins,
            scanned=() if self.config.trusted else self.trees,
        )

    def selection(self, config: Config | None = None) -> Selection:
        """Which rules run, and how."""
        from linter.policy.selection import Selection

        config = config or self.config
        return Selection(
            config.select,
            (*config.ignore_rules, *self._options.get("ignore", ())),
            config.severity,
            config.per_path_ignores,
            config.rules,
            config.extend_select,
            config.directory,
            config.profile,
            config.per_path_profile,
        )

    def load_options(self) -> LoadOptions:
        """How files are read. Raises :class:`Refused` for a ``--var-file`` that is not there."""
        options = self._options
        files = options.get("variable_files", ())
        for path in files:
            if not Path(path).is_file():
                raise Refused(f"{path}: no such variable file")
        return LoadOptions(
            variables=variable_pairs("--var", options.get("variables", ())),
            variable_files=files,
            order=given_order(),
            environment={k: v for k, v in os.environ.items() if k.startswith("TF_VAR_")},
            parameters=variable_pairs("--param", options.get("parameters", ())),
            configured_of=self._configured,
            hook=options.get("hook", False),
            exclude=options.get("exclude", ()),
            workspace=options.get("workspace") or "",
            policy_kind_of=self._policy_kind,
            exclude_of=self._exclude_of,
            settings_of=self._settings_of,
        )

    def _exclude_of(self, directory: str) -> tuple[str, Sequence[str]]:
        config = self.config_in(directory)
        of_file = config.origin("exclude").kind == "file"
        return config.directory if of_file else "", config.exclude

    def _settings_of(self, directory: str) -> Sequence[RootSettings]:
        """What the configuration gives a root module, one for each of its variants."""
        config = self.inputs_in(directory)
        key = (id(config), directory if config.roots else "")
        if key not in self._settings:
            found = self._settings[key] = self._asked(lambda: settings_of(config, directory))
            for path in (path for one in found for path in one.variable_files):
                self._naming.setdefault(posixpath.normpath(path), config)
        return self._settings[key]

    def _configured(self, document: Document) -> Placement:
        """Where something runs that does not say it, where the user says so."""
        directory = deployed_from(document.root, document.path)
        config = self.inputs_in(directory)
        entry = entry_of(config, directory, document.root.variant)
        region, place = region_of(config, entry)
        return Placement(region, (), "", f"configured: {place}") if place else NO_PLACEMENT

    def _policy_kind(self, document: Document) -> tuple[str, tuple[str, ...]] | None:
        """What a policy's file is said to be by the configuration that judges it."""
        from linter.core.paths import seen_from
        from linter.policy.globs import PathGlob

        config = self.config_in(document.path.rpartition("/")[0])
        for entry in reversed(config.policies):
            if PathGlob(entry.path).matches(seen_from(entry.base, document.path)):
                return entry.kind, entry.accounts
        return None

    def load(self, paths: Sequence[str] | None = None, *, check: bool = True) -> Project:
        """Read the paths of the command, or others.

        Raises:
            Refused: an option names nothing; unless ``check`` leaves that to the caller.
        """
        from linter.cli.load import load_project

        start = perf_counter()
        named = self.paths if paths is None else paths
        with self._progress("" if "-" in named else "reading"):
            project = load_project(named, self.load_options())
        self.seconds["read"] = perf_counter() - start
        self._loaded.append(project)
        if check:
            self.check_given(project)
        if any(config.roots for config in self.inputs.every()):
            self._check_roots(project)
        return project

    def note_lost(self, problems: Iterable[Problem]) -> None:
        """What could not be read, of a project that is not kept, counts in :meth:`finish`."""
        self._lost.update(dict.fromkeys(problem for problem in problems if problem.lost))

    def check_given(self, *projects: Project) -> None:
        """Refuse ``--var`` and ``--param`` that name nothing in any project, or do not fit it.

        Raises:
            Refused: one line for each.
        """
        options = self._options
        variables = variable_pairs("--var", options.get("variables", ()))
        parameters = variable_pairs("--param", options.get("parameters", ()))
        if not variables and not parameters:
            return
        from linter.cli.given import wrong_options

        wrong = wrong_options(projects, variables, parameters)
        if wrong:
            raise Refused("\n".join(wrong))

    def _check_roots(self, project: Project) -> None:
        """Refuse an entry of ``[roots]`` that is about no root module."""
        from linter.config.roots import unmatched

        modules = {path.rpartition("/")[0] for path in project.sources if path.endswith(_MODULES)}
        for config in self.inputs.every():
            own = [d for d in sorted(modules) if self.inputs_in(d) is config]
            whole = not self._options.get("exclude") and self.covers(config.directory)
            fault = unmatched(config, own, whole=whole)
            if fault is not None:
                raise Refused(str(fault))

    def covers(self, directory: str) -> bool:
        """Whether all of a directory is scanned."""
        absolute = self.configurations.absolute(directory)
        named = [self.configurations.absolute(path) for path in self.paths or (".",)]
        return any(
            absolute == path or absolute.startswith(path.rstrip(os.sep) + os.sep)
            for path in named
            if Path(path).is_dir()
        )

    def book(self, region: str = "", config: Config | None = None) -> PriceBook:
        """The prices of a region, the configured one by default; each is read once.

        Raises :class:`Refused` for a bad price file.
        """
        config = config or self.config
        key = (region or config.region, config.price_file, config.discount_percent)
        if key in self._books:
            return self._books[key]
        from pricing.book import load_book
        from pricing.yamlfile import UserFileError

        try:
            self._books[key] = load_book(
                key[0],
                price_file=config.price_file or None,
                discount_percent=config.discount_percent,
            )
        except UserFileError as error:
            raise Refused(str(error)) from error
        return self._books[key]

    def books(self, project: Project, place: PricePlace | None = None) -> PriceBooks:
        """The prices of every region that a project's things run in."""
        from linter.project.placement import placement_of
        from pricing.books import PriceBooks

        config = self.config if place is None else place.config
        return PriceBooks(
            lambda region: self.book(region, config),
            config.region if place is None else place.region,
            lambda thing: placement_of(thing, project),
        )

    @cached_property
    def _usage_files(self) -> UsageFiles:
        from linter.cli.usage_files import UsageFiles

        return UsageFiles(self.inputs, self.covers)

    def _price_place(self, root: Root, path: str) -> PricePlace:
        """By what something is priced: the settings of its root module, else of its file."""
        from pricing.yamlfile import UserFileError

        directory = deployed_from(root, path)
        config = self._priced_with(directory)
        entry = entry_of(config, directory, root.variant)
        try:
            return self._usage_files.place(
                config, directory, entry, region_of(config, entry)[0], root.variant
            )
        except UserFileError as error:
            raise Refused(str(error)) from error

    def _priced_with(self, directory: str) -> Config:
        """The inputs, at the prices of the policy."""
        inputs = self.inputs_in(directory)
        if self.base is None:
            return inputs
        policy = self.config_in(directory)
        key = id(inputs), id(policy)
        if key not in self._priced_as:
            self._priced_as[key] = replace(
                inputs, price_file=policy.price_file, discount_percent=policy.discount_percent
            )
        return self._priced_as[key]

    @cached_property
    def history(self) -> History | None:
        """What past runs took, where ``--history`` names it. Raises :class:`Refused`."""
        from pricing.history import read_history_path
        from pricing.yamlfile import UserFileError

        path = self._options.get("history_file")
        if not path:
            return None
        try:
            return read_history_path(path)
        except UserFileError as error:
            raise Refused(str(error)) from error

    def price(self, project: Project, what_if: str | None = None) -> CostReport:
        """The cost of a project; computed once for each, and for what is tried.

        Raises :class:`Refused`.
        """
        known = self._priced.setdefault(project, {})
        if what_if not in known:
            with self._progress("pricing"):
                known[what_if] = self._price(project, what_if)
        return known[what_if]

    def price_without_history(self, project: Project) -> CostReport | None:
        """What the project was estimated at before its runs were known; ``None`` without any."""
        if self.history is None:
            return None
        with self._progress("pricing"):
            return self._price(project, None, measured=False)

    def measured(self, project: Project) -> MeasuredSteps | None:
        """The steps that a history knows, beside what they were estimated at without it."""
        before = self.price_without_history(project)
        if before is None or self.history is None:
            return None
        from linter.reports.measured import billed_lines, measured_steps

        report = self.price(project)
        rows = measured_steps(report, before, self.history)
        return rows, [*billed_lines(report, self.history), *self.history.notes]

    def _price(self, project: Project, what_if: str | None, *, measured: bool = True) -> CostReport:
        from linter.project.tags import tags_of
        from pricing.model import CostOptions, WhatIf, estimate
        from pricing.report import combined
        from pricing.standing import standing_of
        from pricing.whatif import WhatIfError, check_names, parse_what_if

        pipelines = project.pipelines
        standing = standing_of(project, pipelines)
        try:
            changed = WhatIf() if what_if is None else parse_what_if(what_if)
            check_names(changed, [step.name for pipeline in pipelines for step in pipeline.steps])
        except WhatIfError as error:
            raise Refused(f"--what-if: {error}") from error
        order = {(item.kind, (item.root, item.address)): n for n, item in enumerate(standing)}
        groups: dict[PricePlace, tuple[list[int], list[int]]] = {}
        for number, pipeline in enumerate(pipelines):
            place = self._price_place(pipeline.document.root, pipeline.path)
            groups.setdefault(place, ([], []))[0].append(number)
        for number, item in enumerate(standing):
            place = self._price_place(item.root, item.path)
            groups.setdefault(place, ([], []))[1].append(number)
        if not groups:  # nothing to price; a usage file is read all the same
            here = self._directory(self.paths[0]) if len(self.paths) == 1 else ""
            groups[self._price_place(NO_ROOT, f"{here}/" if here else "")] = ([], [])
        if project not in self.earlier:
            wrong = self._usage_files.check(
                (place.usage, [pipelines[n] for n in mine], [standing[n] for n in things])
                for place, (mine, things) in groups.items()
            )
            if wrong:
                raise Refused("\n".join(str(problem) for problem in wrong))
        history = self.history if measured else None
        plans: dict[int, tuple[Plan, list[CostReport]]] = {}
        reports: list[CostReport] = []
        priced: dict[int, PipelineEstimate] = {}
        for place, (mine, things) in groups.items():
            plan = _plan(place.config)
            report = estimate(
                [pipelines[n] for n in mine],
                [standing[n] for n in things],
                self.books(project, place),
                place.content,
                CostOptions(
                    place.config.runs_per_month,
                    what_if=changed,
                    history=history,
                    plan=plan,
                    tags=lambda thing: tags_of(thing, project),
                ),
            )
            reports.append(report)
            priced.update(zip(mine, report.pipelines, strict=True))
            if plan is not None:
                plans.setdefault(id(place.config), (plan, []))[1].append(report)
        report = combined(
            reports,
            [priced[number] for number in sorted(priced)],
            sorted(
                (item for report in reports for item in report.standing),
                key=lambda item: order[item.kind, item.identity],
            ),
            plans.values(),
        )
        project.problems.extend(bug for bug in report.bugs if bug not in project.problems)
        return report

    def review(
        self,
        project: Project,
        *,
        prices: bool = True,
        baseline: bool = True,
        timing: bool = False,
        before: CostReport | None = None,
        only: Callable[[str], bool] | None = None,
    ) -> Review:
        """Lint, price what is wasted, apply what is accepted, and judge.

        Args:
            prices: compute what waste costs, and check budgets.
            baseline: apply the configured baseline.
            before: the cost before a change, for budgets on increases.
            only: paths to report on; what is found elsewhere is left out.
        """
        from linter.gate.run import Pricing, review_parts
        from linter.policy.selection import SelectionError

        parts = self.parts(project.sources, project if prices else None, baseline=baseline)
        try:
            with self._progress("linting"):
                review = review_parts(
                    project,
                    parts,
                    timing=timing,
                    pricing=Pricing(lambda: self.price(project), before=before) if prices else None,
                    only=only,
                )
        except SelectionError as error:
            raise Refused(f"{_whose(parts)}{error}") from error
        self._name_pages(review)
        review.seconds = {**self.seconds, **review.seconds}
        self._reviewed.append(review)
        return review

    def _name_pages(self, review: Review) -> None:
        """Say where the rules' pages are, where they are published."""
        from linter.policy.pages import page_of, published

        review.docs_url = self.config.docs_url or published()
        if not review.docs_url:
            return
        for finding in (*review.findings, *review.decisions):
            meta = review.rules.get(finding.rule)
            if meta is not None:
                finding.page = page_of(review.docs_url, meta)

    def parts(
        self, paths: Iterable[str], priced: Project | None = None, *, baseline: bool = True
    ) -> Parts:
        """What each configuration decides about the files it applies to.

        ``priced`` is the project whose prices rules may ask for.
        """
        from linter.gate.run import Parts

        configs = {id(c): c for c in map(self.config_of, paths)}
        every = sorted(configs.values(), key=lambda c: c.path) or [self.config]
        numbers = {id(config): number for number, config in enumerate(every)}
        return Parts(
            [self._part(config, priced, baseline) for config in every],
            lambda path: numbers.get(id(self.config_of(path)), 0),
            lambda root, path: numbers.get(id(self.config_in(deployed_from(root, path))), 0),
        )

    def _part(self, config: Config, project: Project | None, baseline: bool) -> Part:
        from linter.gate.run import Accepted, Part
        from linter.gate.verdict import GateOptions
        from linter.policy.model import Severity
        from pricing.advice import Advice

        options = self._options
        return Part(
            config.path or "no configuration",
            self.rules_of(config).rules,
            self.selection(config),
            GateOptions(
                None if config.fail_on == "never" else Severity.parse(config.fail_on),
                config.strict_unknown,
                options.get("exit_zero", False),
                options.get("hook", False),
            ),
            Accepted(
                self.today,
                config.ignore,
                not options.get("no_ignores", False),
                config.require_reason,
                config.max_days,
                self._baseline(config) if baseline else None,
            ),
            config.budgets,
            None
            if project is None
            else Advice(lambda pipeline: self._advised(config, project, pipeline)),
        )

    def _progress(self, stage: str) -> AbstractContextManager[None]:
        return progress(stage, quiet=not stage or bool(self._options.get("quiet")))

    def _advised(
        self, config: Config, project: Project, pipeline: Pipeline | None
    ) -> tuple[PriceBooks, Usage, CostOptions]:
        """What rules about prices are answered from: in general, or for one pipeline."""
        from pricing.model import CostOptions
        from pricing.usage import Usage

        if pipeline is None:
            place = self._price_place(NO_ROOT, config.path)
            return self.books(project, place), Usage(), CostOptions(config.runs_per_month)
        place = self._price_place(pipeline.document.root, pipeline.path)
        return (
            self.books(project, place),
            place.content,
            CostOptions(place.config.runs_per_month),
        )

    def _baseline(self, config: Config) -> Baseline | None:
        path = config.baseline
        if not path:
            return None
        from linter.gate.baseline import BaselineError, load

        if path not in self._baselines:
            try:
                self._baselines[path] = load(path)
            except BaselineError as error:
                raise Refused(str(error)) from error
        return self._baselines[path]

    @property
    def exit_zero(self) -> bool:
        return bool(self._options.get("exit_zero", False))

    def finish(self, code: int = EXIT_OK, *, say: bool = True) -> int:
        """The exit code of the command, by :mod:`linter.cli.exits`.

        Args:
            code: what the command itself decided.
            say: name on standard error what makes the analysis incomplete, for commands whose
                output does not.
        """
        lost = [problem for project in self._loaded for problem in project.problems if problem.lost]
        lost += self._lost
        crashes = [crash for review in self._reviewed for crash in review.lint.crashes]
        empty_is_fine = self._options.get("hook", False)
        nothing = not all(project.scanned or empty_is_fine for project in self._loaded)
        if say:
            _name_incomplete(lost, crashes)
            if nothing and not lost:
                click.echo("Nothing to scan was found.", err=True)
        incomplete = EXIT_INCOMPLETE if crashes or nothing else EXIT_OK
        return worst(code, of_problems(lost), incomplete, self.refused_code)

    @property
    def refused_code(self) -> int:
        """2 when rule files were refused, else 0."""
        refused = any(rules.errors for rules in self._rules.values())
        return EXIT_USAGE if refused else EXIT_OK


def _name_incomplete(lost: Sequence[Problem], crashes: Sequence[RuleCrash]) -> None:
    from linter.core.printable import printable

    for problem in lost:
        span = problem.span
        place = f"{printable(span.path)}:{span.start_line}:{span.start_column}"
        click.echo(f"{place}: {printable(problem.message, 500)}", err=True)
    for rule in dict.fromkeys(crash.rule for crash in crashes):
        first = next(crash for crash in crashes if crash.rule == rule)
        where = f" on {printable(first.subject, 80)}" if first.subject else ""
        click.echo(f"rule {rule} crashed{where}: {printable(first.message, 300)}", err=True)


def _whose(parts: Parts) -> str:
    """Which of several configurations chooses rules that do not exist; ``""`` when all do."""
    from linter.policy.selection import SelectionError, Selector

    wrong: list[str] = []
    for part in parts.parts:
        selector = Selector(part.rules)
        try:
            selector.enabled(part.selection)
            selector.severities(part.selection)
            selector.path_ignores(part.selection)
            selector.parameters(part.selection)
        except SelectionError:
            wrong.append(part.name)
    return f"{wrong[0]}: " if 0 < len(wrong) < len(parts.parts) else ""


def _plan(config: Config) -> Plan | None:
    """The Savings Plan of a configuration."""
    from pricing.model import Plan as Stated

    said = config.savings_plan
    if said is None:
        return None
    coverage, discount = said.coverage_percent, said.discount_percent
    return Stated(
        said.commitment_usd_per_hour,
        None if coverage is None else coverage / 100,
        None if discount is None else discount / 100,
    )


def _day(text: str) -> date:
    if not text:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--today {text}: write a date as YYYY-MM-DD") from None


def _positive(option: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or number < 0 or number > 1_000_000:
        raise click.UsageError(f"{option} {text}: write a number from 0 to 1000000")
    return number
