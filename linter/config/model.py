"""What a configuration says, with where each value came from."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from linter.config.entries import IgnoreEntry, PolicyEntry
from linter.core.paths import seen_from
from linter.core.record import field, record
from linter.core.sources import Span
from linter.policy.profiles import STANDARD


class ConfigError(Exception):
    """A configuration that cannot be used (exit code 2). ``str`` is one line with the place."""

    def __init__(self, path: str, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.line = line
        self.column = column
        self.message = message

    def __str__(self) -> str:
        if not self.line:
            return f"{self.path}: {self.message}"
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


@record
class Budget:
    """Limits in USD; ``pipeline`` is a name glob, ``""`` for all pipelines together.

    ``increase_percent`` is in percent of the earlier price. ``of`` is the figure that is judged,
    ``expected`` or ``high``. ``path`` is a glob, ``tag`` a tag's name and a glob of its value
    (``team=ml-*``). ``base`` is the directory that ``path`` is relative to.
    """

    pipeline: str = ""
    per_run_usd: Decimal | None = None
    per_month_usd: Decimal | None = None
    per_step_usd: Decimal | None = None
    increase_usd: Decimal | None = None
    increase_percent: Decimal | None = None
    of: str = "expected"
    path: str = ""
    tag: str = ""
    base: str = ""


@record
class SavingsPlan:
    """A commitment in USD an hour, or the percentage of compute that is covered; the discount."""

    commitment_usd_per_hour: Decimal | None = None
    coverage_percent: Decimal | None = None
    discount_percent: Decimal | None = None


@record
class RootEntry:
    """One entry of ``[roots]``, or one of its variants.

    ``glob`` names directories of root modules, relative to the configuration. ``region`` and the
    others are ``""`` where nothing is said.
    """

    glob: str
    span: Span
    var_files: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    workspace: str = ""
    region: str = ""
    usage_file: str = ""
    variants: Mapping[str, RootEntry] = field(default_factory=dict)


@record
class Origin:
    """Where a value was set: ``default``, ``file``, ``env`` or ``flag``, and the exact place."""

    kind: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.place}".rstrip()


@record
class Config:
    """Effective settings. Names are those of the file, with underscores for hyphens.

    Paths (``rules_dirs``, ``baseline`` and the like) are as usable from the working directory:
    those of a file are resolved against the file's own directory.
    """

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore_rules: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    profile: str = STANDARD
    per_path_profile: Mapping[str, str] = field(default_factory=dict)
    docs_url: str = ""
    fail_on: str = "medium"
    strict_unknown: bool = False
    exclude: tuple[str, ...] = ()
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignore: tuple[IgnoreEntry, ...] = ()
    policies: tuple[PolicyEntry, ...] = ()
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rules_dirs: tuple[str, ...] = ()
    plugins: bool = True
    region: str = "us-east-1"
    runs_per_month: Decimal | None = None
    usage_file: str = ""
    price_file: str = ""
    discount_percent: Decimal = Decimal(0)
    budgets: tuple[Budget, ...] = ()
    savings_plan: SavingsPlan | None = None
    baseline: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    var_files: tuple[str, ...] = ()
    roots: tuple[RootEntry, ...] = ()
    require_reason: bool = False
    max_days: int | None = None
    path: str = ""
    """The file that was read; ``""`` for none."""
    directory: str = ""
    """What globs of the file are relative to; ``""`` is the working directory."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """By field name; a field that is not here has its default."""
    trusted: bool = True
    """Whether Python checks in directories that the file names may run."""
    boundary: str = ""
    """The directory outside of which the file names nothing; ``""``: it may name anything."""

    def seen(self, path: str) -> str:
        """A path of a report as the globs of this configuration name it."""
        return seen_from(self.directory, path)

    def origin(self, name: str) -> Origin:
        return self.origins.get(name, Origin("default"))
