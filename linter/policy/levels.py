"""The severity of a finding: what is configured, else what the profile of its file says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from linter.core.paths import seen_from
from linter.policy.model import Severity
from linter.policy.profiles import REGULATED, STANDARD, STARTER

if TYPE_CHECKING:
    from linter.policy.globs import PathGlob
    from linter.policy.model import RuleMeta


def derived(severity: Severity, built_in: bool) -> dict[str, Severity | None]:
    """What a rule file need not say: the severity by profile; ``None`` for off.

    What is no worse than medium is nothing to start with. Rules of a team's own are there because
    the team wants them: they run in every profile.
    """
    starts = severity >= Severity.HIGH or not built_in
    return {STARTER: severity if starts else None, STANDARD: severity, REGULATED: severity}


class Levels:
    """Answers what severity a finding has.

    Args:
        configured: severities that the user gave, by rule id.
        optional: ids of rules that the user did not ask for by themselves: a profile may switch
            them off. Without it all rules are.
        paths: patterns of paths with a profile of their own; the last that matches decides.
        base: the directory that patterns are relative to, as reports name it.
    """

    def __init__(
        self,
        profile: str = STANDARD,
        *,
        configured: Mapping[str, Severity] | None = None,
        optional: Collection[str] | None = None,
        paths: Iterable[tuple[PathGlob, str]] = (),
        base: str = "",
    ) -> None:
        self._profile = profile
        self._configured = configured or {}
        self._optional = optional
        self._paths = list(paths)
        self._base = base

    def profile_of(self, path: str) -> str:
        """The profile of a file, named as reports name it."""
        profile = self._profile
        if self._paths:
            seen = seen_from(self._base, path)
            for pattern, word in self._paths:
                if pattern.matches(seen):
                    profile = word
        return profile

    def of(self, meta: RuleMeta, path: str, own: Severity | None = None) -> Severity | None:
        """The severity of a finding in a file; ``None`` where the rule is off.

        ``own`` is that of a finding that is milder or worse than its rule's others: it is as much
        milder or worse in every profile.
        """
        level = meta.severity_in(self.profile_of(path))
        if level is None:
            if self._optional is None or meta.id in self._optional:
                return None
            level = meta.severity
        configured = self._configured.get(meta.id)
        if configured is not None:
            return configured
        if own is None:
            return level
        moved = own + level - meta.severity
        return Severity(min(max(moved, Severity.INFO), Severity.CRITICAL))
