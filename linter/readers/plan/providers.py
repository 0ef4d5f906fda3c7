"""Where the resources of a plan run: what their values say, else their provider configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linter.core.arns import account_in, region_in
from linter.core.documents import Path
from linter.core.identity import NO_PLACEMENT, Placement
from linter.core.record import replace
from linter.core.regions import is_region, no_region
from linter.readers.plan.configuration import Configuration, ModulePath, module_path

_MAX_CALLS = 40
"""Modules that a variable is followed through."""


class PlanProviders:
    """The ``provider_config`` of a plan; each entry is looked at once.

    ``report`` takes a message and the path in the plan that it is about.
    """

    def __init__(
        self,
        plan: dict[str, Any],
        configuration: Configuration,
        report: Callable[[str, Path], None],
    ) -> None:
        found = _mapping(plan.get("configuration")).get("provider_config")
        self._entries = {
            key: entry for key, entry in _mapping(found).items() if isinstance(entry, dict)
        }
        self._variables = _mapping(plan.get("variables"))
        self._configuration = configuration
        self._report = report
        self._found: dict[str, Placement] = {}

    def check(self) -> None:
        """Look at every configuration, whether a resource uses it or not."""
        for key in self._entries:
            self._placed(key)

    def placement(
        self, module: ModulePath, local: str, item: dict[str, Any], value: Any
    ) -> Placement:
        """Where a resource runs.

        Args:
            local: its address in its module.
            item: its entry in the plan.
            value: its values as they will be.
        """
        provider = item.get("provider_name")
        name = provider if isinstance(provider, str) else f"/{str(item.get('type')).split('_')[0]}"
        if not name.endswith(("/aws", "/awscc")):
            return NO_PLACEMENT
        found = self._placed(self._configuration.provider_key(module, local), module)
        own = value.get("region") if isinstance(value, dict) else None
        arn = value.get("arn") if isinstance(value, dict) else None
        account = account_in(arn) or found.account
        if isinstance(own, str) and is_region(own):
            return Placement(own, (), account, "the region in its values")
        region = region_in(arn)
        if region:
            return Placement(region, (), account, "its ARN")
        return replace(found, account=account)

    def _placed(self, key: str, module: ModulePath = ()) -> Placement:
        """Where the configuration with this key leads.

        Plans of old versions name a module's configuration where that only inherits one. Then it
        is the root's where all of those lead to one place.
        """
        entry = self._entries.get(key)
        if entry is not None and ("expressions" in entry or not module):
            if key not in self._found:
                self._found[key] = self._of_entry(key, entry)
            return self._found[key]
        name = key.rpartition(":")[2].partition(".")[0]
        every = [
            self._placed(other)
            for other, entry in self._entries.items()
            if other.partition(".")[0] == name and "expressions" in entry
        ]
        if not every:
            return NO_PLACEMENT
        if len({place.where for place in every}) == 1:
            return every[0]
        regions = dict.fromkeys(place.region for place in every)
        because = f"the plan does not say which provider {name} the module is given"
        return Placement("", tuple(regions) if all(regions) else (), "", because)

    def _of_entry(self, key: str, entry: dict[str, Any]) -> Placement:
        expressions = _mapping(entry.get("expressions"))
        module = module_path(entry.get("module_address"))
        title = f"provider {key.rpartition(':')[2]}"
        account = self._account(expressions, module)
        written = _mapping(expressions.get("region"))
        if not written:
            return Placement("", (), account, f"{title} sets no region")
        base: Path = ("configuration", "provider_config", key, "expressions", "region")
        value, at = self._value(written, module, base)
        if not isinstance(value, str):
            return Placement("", (), account, f"the region of {title} is not in the plan")
        skipped = _mapping(expressions.get("skip_region_validation")).get("constant_value")
        if not is_region(value):
            if at[0] == "variables":
                # The expression may be more than the variable alone.
                return Placement("", (), account, f"the region of {title} is not in the plan")
            if skipped is not True:
                self._report(f"Invalid AWS Region: {no_region(value)}", at)
        return Placement(value, (), account, title)

    def _account(self, expressions: dict[str, Any], module: ModulePath) -> str:
        roles = expressions.get("assume_role")
        for role in reversed(roles) if isinstance(roles, list) else ():
            value, _ = self._value(_mapping(_mapping(role).get("role_arn")), module, ())
            if account_in(value):
                return account_in(value)
        ids = _mapping(expressions.get("allowed_account_ids")).get("constant_value")
        one = ids[0] if isinstance(ids, list) and len(ids) == 1 else None
        return one if isinstance(one, str) and len(one) == 12 and one.isdecimal() else ""

    def _value(self, written: dict[str, Any], module: ModulePath, at: Path) -> tuple[Any, Path]:
        """What an expression is, and where that is written: a constant, or one variable."""
        for _ in range(_MAX_CALLS):
            if "constant_value" in written:
                return written["constant_value"], (*at, "constant_value")
            references = written.get("references")
            if not isinstance(references, list) or len(references) != 1:
                return None, at
            root, _, name = str(references[0]).partition(".")
            if root != "var":
                return None, at
            if not module:
                return _mapping(self._variables.get(name)).get("value"), (
                    "variables",
                    name,
                    "value",
                )
            written, module = self._configuration.argument(module, name), module[:-1]
        return None, at


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
