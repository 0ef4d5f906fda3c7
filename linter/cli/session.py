"""What the commands share: the settings in force, the rules, prices, and one reviewed project."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

import click

from linter.cli.exits import EXIT_USAGE
from linter.cli.options import reading_options, variable_pairs
from linter.cli.progress import progress
from linter.config.load import load_config
from linter.config.model import Config, ConfigError
from linter.core.identity import NO_PLACEMENT, Placement
from linter.project.load import LoadOptions
from linter.project.model import Project

if TYPE_CHECKING:
    from linter.gate.baseline import Baseline
    from linter.gate.review import Review
    from linter.policy.registry import RuleSet
    from linter.policy.selection import Selection
    from pricing.book import PriceBook
    from pricing.books import PriceBooks
    from pricing.history import History
    from pricing.model import CostOptions, CostReport, Plan
    from pricing.usage import Usage

Function = TypeVar("Function", bound=Callable[..., Any])

SEVERITIES = ("critical", "high", "medium", "low", "info", "never")
USAGE_FILE = "pipewarden-usage.yml"


class Refused(click.ClickException):
    """Something the user gave cannot be used: one line on standard error, exit code 2."""

    exit_code = EXIT_USAGE


def config_option(function: Function) -> Function:
    """``--config``."""
    return click.option(
        "--config",
        "config_file",
        default="",
        envvar="PIPEWARDEN_CONFIG",
        metavar="FILE",
        help='The configuration; "none" reads none. Default: the nearest pipewarden.toml.',
    )(function)


def _split_at_commas(
    _context: click.Context, _parameter: click.Parameter, words: tuple[str, ...]
) -> tuple[str, ...]:
    """``--select A,B`` is ``--select A --select B``, as in the environment and in other linters."""
    return tuple(
        part for word in words for part in (part.strip() for part in word.split(",")) if part
    )


def policy_options(function: Function) -> Function:
    """The options of commands that lint: which rules, what fails, what is accepted."""
    for option in (
        click.option(
            "--today",
            metavar="DATE",
            default="",
            help="Judge the dates of suppressions as of this day (YYYY-MM-DD).",
        ),
        click.option("--no-ignores", is_flag=True, help="Disregard every suppression."),
        click.option("--exit-zero", is_flag=True, help="Exit 0 although the gate failed."),
        click.option(
            "--strict-unknown",
            is_flag=True,
            default=None,
            help="A check that cannot be decided fails.",
        ),
        click.option(
            "--rules",
            "rule_directories",
            multiple=True,
            metavar="DIR",
            type=click.Path(file_okay=False),
            help="More rules, from a directory.",
        ),
        click.option(
            "--ignore",
            multiple=True,
            metavar="RULE",
            callback=_split_at_commas,
            help="Not these rules; may be repeated or separated by commas.",
        ),
        click.option(
            "--select",
            multiple=True,
            metavar="RULE",
            callback=_split_at_commas,
            help="Only these rules: ids, prefixes, names or areas, repeated or separated by"
            " commas. Also turns opt-in rules on.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice(SEVERITIES),
            help="The lowest severity that fails the gate (default: medium).",
        ),
    ):
        function = option(function)
    return function


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
            help=text,
        )(function)

    return add


def price_options(function: Function) -> Function:
    """The options of commands that price."""
    for option in (
        click.option(
            "--runs-per-month",
            metavar="NUMBER",
            help="Executions of each pipeline in a month (default: the usage file's, else as"
            " a history or its schedules say, else 30).",
        ),
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
            help=f"Measured times and runs (default: {USAGE_FILE} if it is there).",
        ),
        region_option(
            "The region of what does not say where it runs (default: us-east-1, assumed)."
        ),
    ):
        function = option(function)
    return function


def session_options(function: Function) -> Function:
    """Everything a command that lints and prices takes; give it to :class:`Session`."""
    return policy_options(price_options(reading_options(config_option(function))))


class Session:
    """The settings of one command: configuration, environment and flags.

    ``options`` are the values of the decorators above, by parameter name; what a command does not
    have is left out. Raises :class:`Refused` for settings that cannot be used.
    """

    def __init__(self, paths: Sequence[str], options: Mapping[str, Any]) -> None:
        self.paths = tuple(paths)
        self._options = options
        target = Path(self.paths[0]) if self.paths and self.paths[0] != "-" else Path.cwd()
        try:
            self.config: Config = load_config(
                target if target.exists() else Path.cwd(),
                explicit=options.get("config_file", ""),
                environment=os.environ,
                flags=self._flags(options),
            )
        except ConfigError as error:
            raise Refused(str(error)) from error
        self.today = _day(options.get("today", ""))
        self._rules: RuleSet | None = None
        self._books: dict[str, PriceBook] = {}
        self._priced: WeakKeyDictionary[Project, dict[str | None, CostReport]] = WeakKeyDictionary()
        self.seconds: dict[str, float] = {}

    @staticmethod
    def _flags(options: Mapping[str, Any]) -> dict[str, Any]:
        runs = options.get("runs_per_month")
        return {
            "select": tuple(options.get("select", ())),
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
        if self._rules is None:
            from linter.policy.registry import load_rules

            start = perf_counter()
            directories = (*self.config.rules_dirs, *self._options.get("rule_directories", ()))
            self._rules = load_rules(directories, plugins=self.config.plugins)
            self.seconds["rules"] = perf_counter() - start
            for error in self._rules.errors:
                click.echo(str(error), err=True)
        return self._rules

    def selection(self) -> Selection:
        """Which rules run, and how."""
        from linter.policy.selection import Selection

        config = self.config
        return Selection(
            config.select,
            (*config.ignore_rules, *self._options.get("ignore", ())),
            config.severity,
            config.per_path_ignores,
            config.rules,
            config.extend_select,
        )

    def load_options(self) -> LoadOptions:
        """How files are read. Raises :class:`Refused` for a ``--var-file`` that is not there."""
        options, config = self._options, self.config
        files = (*config.var_files, *options.get("variable_files", ()))
        for path in files:
            if not Path(path).is_file():
                raise Refused(f"{path}: there is no such variable file")
        return LoadOptions(
            variables={
                **config.variables,
                **variable_pairs("--var", options.get("variables", ())),
            },
            variable_files=files,
            environment={k: v for k, v in os.environ.items() if k.startswith("TF_VAR_")},
            parameters=variable_pairs("--param", options.get("parameters", ())),
            configured=self._configured(),
            hook=options.get("hook", False),
            exclude=(*config.exclude, *options.get("exclude", ())),
        )

    def _configured(self) -> Placement:
        """Where things run that do not say it, where the user says so."""
        origin = self.config.origin("region")
        if origin.kind == "default":
            return NO_PLACEMENT
        return Placement(self.config.region, (), "", f"configured: {origin.place}")

    def load(self, paths: Sequence[str] | None = None) -> Project:
        """Read the paths of the command, or others."""
        from linter.cli.load import load_project

        start = perf_counter()
        named = self.paths if paths is None else paths
        with self._progress("" if "-" in named else "reading"):
            project = load_project(named, self.load_options())
        self.seconds["read"] = perf_counter() - start
        return project

    def book(self, region: str = "") -> PriceBook:
        """The prices of a region, the configured one by default; each is read once.

        Raises :class:`Refused` for a bad price file.
        """
        region = region or self.config.region
        if region in self._books:
            return self._books[region]
        from pricing.book import load_book
        from pricing.yamlfile import UserFileError

        try:
            self._books[region] = load_book(
                region,
                price_file=self.config.price_file or None,
                discount_percent=self.config.discount_percent,
            )
        except UserFileError as error:
            raise Refused(str(error)) from error
        return self._books[region]

    def books(self, project: Project) -> PriceBooks:
        """The prices of every region that a project's things run in."""
        from linter.project.placement import placement_of
        from pricing.books import PriceBooks

        return PriceBooks(self.book, self.config.region, lambda thing: placement_of(thing, project))

    def usage(self) -> tuple[Usage, str]:
        """Measured times, and the file they come from (``""`` for none)."""
        from pricing.usage import Usage, read_usage
        from pricing.yamlfile import UserFileError

        path = self.config.usage_file or (USAGE_FILE if Path(USAGE_FILE).is_file() else "")
        if not path:
            return Usage(), ""
        try:
            return read_usage(path), path
        except UserFileError as error:
            raise Refused(str(error)) from error

    def _plan(self) -> Plan | None:
        """The Savings Plan of the configuration."""
        from pricing.model import Plan as Stated

        said = self.config.savings_plan
        if said is None:
            return None
        coverage, discount = said.coverage_percent, said.discount_percent
        return Stated(
            said.commitment_usd_per_hour,
            None if coverage is None else coverage / 100,
            None if discount is None else discount / 100,
        )

    def _history(self) -> History | None:
        from pricing.history import read_history_file
        from pricing.yamlfile import UserFileError

        path = self._options.get("history_file")
        if not path:
            return None
        try:
            return read_history_file(path)
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

    def _price(self, project: Project, what_if: str | None) -> CostReport:
        from pricing.model import CostOptions, WhatIf, estimate
        from pricing.standing import standing_of
        from pricing.usage_check import without_effect
        from pricing.whatif import WhatIfError, check_names, parse_what_if

        pipelines = project.pipelines
        standing = standing_of(project, pipelines)
        steps = {p.title: [s.name for s in p.steps] for p in pipelines}
        try:
            changed = WhatIf() if what_if is None else parse_what_if(what_if)
            check_names(changed, [name for names in steps.values() for name in names])
        except WhatIfError as error:
            raise Refused(f"--what-if: {error}") from error
        usage, path = self.usage()
        if path:
            names = [name for item in standing for name in (item.address, item.name) if name]
            wrong = usage.check(steps, names) or without_effect(usage, pipelines, standing)
            if wrong:
                raise Refused("\n".join(str(problem) for problem in wrong))
        from linter.project.tags import tags_of

        options = CostOptions(
            self.config.runs_per_month,
            what_if=changed,
            history=self._history(),
            plan=self._plan(),
            tags=lambda thing: tags_of(thing, project),
        )
        return estimate(pipelines, standing, self.books(project), usage, options)

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
        from linter.gate.run import Accepted, Pricing, review_project
        from linter.gate.verdict import GateOptions
        from linter.policy.model import Severity
        from linter.policy.selection import SelectionError
        from pricing.advice import Advice

        config = self.config
        fail_on = None if config.fail_on == "never" else Severity.parse(config.fail_on)
        try:
            accepted = Accepted(
                self.today,
                config.ignore,
                not self._options.get("no_ignores", False),
                config.require_reason,
                config.max_days,
                self._baseline() if baseline else None,
            )
            with self._progress("linting"):
                review = review_project(
                    project,
                    self.rules.rules,
                    self.selection(),
                    GateOptions(
                        fail_on,
                        config.strict_unknown,
                        self._options.get("exit_zero", False),
                        self._options.get("hook", False),
                    ),
                    timing=timing,
                    pricing=Pricing(
                        lambda: self.price(project),
                        config.budgets,
                        before,
                        Advice(lambda: self._advised(project)),
                    )
                    if prices
                    else None,
                    accepted=accepted,
                    only=only,
                )
        except SelectionError as error:
            raise Refused(str(error)) from error
        review.seconds = {**self.seconds, **review.seconds}
        return review

    def _progress(self, stage: str) -> AbstractContextManager[None]:
        return progress(stage, quiet=not stage or bool(self._options.get("quiet")))

    def _advised(self, project: Project) -> tuple[PriceBooks, Usage, CostOptions]:
        """What rules about prices are answered from."""
        from pricing.model import CostOptions

        return self.books(project), self.usage()[0], CostOptions(self.config.runs_per_month)

    def _baseline(self) -> Baseline | None:
        if not self.config.baseline:
            return None
        from linter.gate.baseline import BaselineError, load

        try:
            return load(self.config.baseline)
        except BaselineError as error:
            raise Refused(str(error)) from error

    @property
    def exit_zero(self) -> bool:
        return bool(self._options.get("exit_zero", False))

    def exit_code(self, review: Review) -> int:
        """The review's, or 2 when rule files were refused."""
        return EXIT_USAGE if self.rules.errors else review.gate.exit_code


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
