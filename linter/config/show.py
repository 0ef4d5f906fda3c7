"""``config show`` and ``config init``."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from linter.config.keys import KEYS
from linter.config.model import Config
from linter.config.roots import matches
from linter.core.printable import printable
from linter.core.record import fields_of
from linter.core.schemas import modeline
from linter.core.sources import Span
from linter.policy.globs import PathGlob


def settings(config: Config, path: str = "") -> list[dict[str, Any]]:
    """Every setting as ``{"key", "value", "origin"}``, plain data.

    With a ``path`` (as findings name it), of ``per-path-ignores``, ``ignore`` and ``roots`` only
    what can apply to it.
    """
    rows: list[dict[str, Any]] = []
    for spec in KEYS:
        value = getattr(config, spec.field)
        seen = config.seen(path)
        if (path and spec.field == "per_path_ignores") or (
            path and spec.field == "per_path_profile"
        ):
            value = {g: v for g, v in value.items() if PathGlob(g).matches(seen)}
        elif path and spec.field == "policies":
            value = [e for e in value if PathGlob(e.path).matches(seen)]
        elif path and spec.field == "ignore":
            value = [e for e in value if not e.path or PathGlob(e.path).matches(seen)]
        elif path and spec.field == "roots":
            around = {seen, posixpath.dirname(seen)}
            value = [e for e in value if any(matches(e.glob, d or ".") for d in around)]
        rows.append(
            {"key": spec.key, "value": _plain(value), "origin": str(config.origin(spec.field))}
        )
    return rows


def show(config: Config, path: str = "") -> str:
    """The settings for people, each with where it came from."""
    from linter.core.jsonwrite import dumps

    lines = [f"configuration file: {printable(config.path) or 'none'}"]
    if config.path:
        lines.append(f"python checks that it names: {'run' if config.trusted else 'refused'}")
    for row in settings(config, path):
        value = printable(dumps(row["value"], indent=None), 2000)
        lines.append(f"{row['key']} = {value}  ({printable(row['origin'])})")
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Span):
        return f"{value.path}:{value.start_line}"
    names = list(fields_of(value))
    if names:
        pairs = ((name, getattr(value, name)) for name in names)
        return {name: _plain(item) for name, item in pairs if item not in (None, "")}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int | Decimal):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


INIT = """\
# pipewarden's configuration. Every key is optional; these are the defaults or examples.

# How much is asked: starter, standard or regulated.
profile = "standard"
# The lowest severity that fails the gate: critical, high, medium, low, info or never.
fail-on = "medium"
# Whether a check that cannot be decided fails.
strict-unknown = false
# The region of what does not say where it runs; without it us-east-1 is assumed.
# region = "us-east-1"

# Rules, by id (IAM001), prefix (IAM0), name (no-vpc) or area (IAM).
# extend-select = ["TAG"]
# ignore-rules = ["no-vpc"]
# exclude = ["examples/**"]
# rules-dirs = ["policy"]

# Suppressions: require a reason, and an end within so many days.
# require-reason = true
# max-days = 180

# baseline = "pipewarden-baseline.json"
# usage-file = "pipewarden-usage.yml"
# var-files = ["prod.tfvars"]

# What single root modules are applied with; with variants, one that is applied several times.
# [roots."infra"]
# var-files = ["infra/common.tfvars"]
# [roots."infra".variants.prod]
# var-files = ["infra/prod.tfvars"]
# workspace = "prod"

# A profile for some paths; the last glob that matches decides.
# [per-path-profile]
# "prod/**" = "regulated"

# [severity]
# IAM001 = "critical"

# [per-path-ignores]
# "sandbox/**" = ["NET"]

# [rules.IAM001]
# (parameters of one rule; `pipewarden rules show IAM001` lists them)

# [budgets]
# per-month-usd = 5000
# increase-percent = 20
# of = "high"
# [budgets.pipelines."train-*"]
# per-run-usd = 25
# [budgets.paths."teams/ranking/**"]
# [budgets.tags."team=ranking"]

# [savings-plan]
# commitment-usd-per-hour = 0.5
# discount-percent = 32

# For files that cannot hold a comment, such as JSON:
# [[ignore]]
# rule = "IAM001"
# path = "snapshots/*.json"
# reason = "imported, replaced next quarter"
# until = 2027-03-31
"""


def init_text() -> str:
    """The file that ``config init`` writes."""
    return f"{modeline('configuration')}\n{INIT}"
