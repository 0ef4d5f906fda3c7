"""Which rules run: select and ignore by id, prefix, name or area; severities; ignored paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from linter.core.record import field, record
from linter.policy.globs import PathGlob
from linter.policy.levels import Levels
from linter.policy.model import Severity
from linter.policy.profiles import STANDARD
from linter.policy.rule import Rule
from linter.policy.suggest import did_you_mean

_OWN = 3
"""How specific a rule's own id or name is."""


class SelectionError(ValueError):
    """The configuration names a rule, area or severity that does not exist."""


@record
class Selection:
    """What the user wants of the rules.

    ``select``, ``extend`` (more of them) and ``ignore`` hold ids (``IAM001``), id prefixes
    (``IAM0``), names (``no-vpc``), areas (``IAM``) or ``ALL``. ``severity`` maps ids or names to
    words, ``per_path_ignores`` globs to selectors, ``parameters`` ids or names to values.
    ``profile`` applies where ``per_path_profile``, globs to profiles, says nothing else. Globs are
    relative to ``base``, a directory as reports name it.
    """

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    per_path_ignores: Mapping[str, Sequence[str]] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    extend: Sequence[str] = ()
    base: str = ""
    profile: str = STANDARD
    per_path_profile: Mapping[str, str] = field(default_factory=dict)


class Selector:
    """Answers which rules a selector word means."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = list(rules)
        self._by_name = {rule.name: rule for rule in self.rules}
        self._by_id = {rule.id: rule for rule in self.rules}
        self._areas = {rule.area for rule in self.rules}

    def one(self, word: str) -> Rule:
        """The rule with this id or name. Raises :class:`SelectionError`."""
        found = self._by_id.get(word.upper()) or self._by_name.get(word.lower())
        if found is None:
            hint = did_you_mean(word, (*self._by_id, *self._by_name))
            raise SelectionError(f"there is no rule {word}{hint}")
        return found

    def many(self, word: str) -> set[str]:
        """The ids that a word selects. Raises :class:`SelectionError` when it selects nothing."""
        if word.upper() == "ALL":
            return set(self._by_id)
        if word.lower() in self._by_name:
            return {self._by_name[word.lower()].id}
        upper = word.upper()
        if upper in self._areas:
            return {rule.id for rule in self.rules if rule.area == upper}
        found = {rule.id for rule in self.rules if rule.id.startswith(upper)} if upper else set()
        if not found:
            known = (*self._by_id, *self._by_name, *self._areas)
            raise SelectionError(f"{word} is no rule, area or prefix{did_you_mean(word, known)}")
        return found

    def enabled(self, selection: Selection) -> list[Rule]:
        """The rules to run, in the order of their ids.

        Without ``select`` all rules that are not opt-in and that some profile in use wants; those
        whose severity is configured, too. A rule that is opt-in runs only when its id, name or
        area is selected, not by a shorter prefix or ``ALL``. What is more specific wins:
        ``ignore = ["IAM"]`` with ``select = ["IAM001"]`` runs IAM001.
        """
        chosen: dict[str, int] = {}
        if not selection.select:
            used = {selection.profile, *selection.per_path_profile.values()}
            judged = self._judged(selection)
            chosen = {
                rule.id: 0
                for rule in self.rules
                if not rule.opt_in and (not used <= rule.off_in or rule.id in judged)
            }
        chosen.update(self._named(selection))
        for word in selection.ignore:
            for identity in self.many(word):
                if identity in chosen and chosen[identity] <= self._weight(word, identity):
                    del chosen[identity]
        return [rule for rule in self.rules if rule.id in chosen]

    def _named(self, selection: Selection) -> dict[str, int]:
        """The rules that ``select`` and ``extend`` name, with how specific the word was."""
        chosen: dict[str, int] = {}
        for word in (*selection.select, *selection.extend):
            for identity in self.many(word):
                weight = self._weight(word, identity)
                if self._by_id[identity].opt_in and weight == 1:
                    continue
                chosen[identity] = max(chosen.get(identity, 0), weight)
        return chosen

    def _judged(self, selection: Selection) -> set[str]:
        """The rules that have a severity under their own id or name."""
        found = {word: self.many(word) for word in selection.severity}
        return {i for word, ids in found.items() for i in ids if self._weight(word, i) == _OWN}

    def levels(self, selection: Selection) -> Levels:
        """What severity a finding has. Raises :class:`SelectionError`."""
        configured = self.severities(selection)
        judged = self._judged(selection)
        # A severity for a whole area does not switch on what the profile leaves out.
        off = {rule.id for rule in self.rules if rule.off_in} - judged
        named = self._named(selection)
        return Levels(
            selection.profile,
            configured=configured,
            optional=off - named.keys(),
            paths=[(PathGlob(g), word) for g, word in selection.per_path_profile.items()],
            base=selection.base,
        )

    def _weight(self, word: str, identity: str) -> int:
        """How specific a word is for a rule: its own id or name 3, its area 2, a prefix 1."""
        rule = self._by_id[identity]
        if word.upper() == identity or word.lower() == rule.name:
            return _OWN
        return 2 if word.upper() == rule.area else 1

    def severities(self, selection: Selection) -> dict[str, Severity]:
        """Configured severities by rule id. Raises :class:`SelectionError`."""
        found: dict[str, Severity] = {}
        for word, severity in selection.severity.items():
            try:
                level = Severity.parse(severity)
            except ValueError:
                words = [one.word for one in Severity]
                raise SelectionError(
                    f"severity of {word}: {severity!r} is none of {', '.join(words)}"
                ) from None
            for identity in self.many(word):
                found[identity] = level
        return found

    def parameters(self, selection: Selection) -> dict[str, dict[str, Any]]:
        """Configured parameters by rule id. Raises :class:`SelectionError`."""
        found: dict[str, dict[str, Any]] = {}
        for word, values in selection.parameters.items():
            found.setdefault(self.one(word).id, {}).update(values)
        return found

    def path_ignores(self, selection: Selection) -> list[tuple[PathGlob, set[str]]]:
        """(path pattern, ids) pairs. Raises :class:`SelectionError`."""
        return [
            (PathGlob(glob), {i for word in words for i in self.many(word)})
            for glob, words in selection.per_path_ignores.items()
        ]
