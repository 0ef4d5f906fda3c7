"""What a change does to the gate that judges it: rules off, limits up, findings accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from linter.config.keys import FAIL_ON
from linter.config.model import Budget, Config
from linter.core.printable import printable
from linter.core.record import fields_of, record, replace
from linter.core.sources import Source
from linter.gate import MARKER
from linter.gate.baseline import Baseline
from linter.gate.comments import layout_of
from linter.gate.directives import directives_of
from linter.policy.model import Severity
from linter.policy.profiles import strictness
from linter.policy.rule import Rule
from linter.policy.selection import Selection, SelectionError, Selector

_SHOWN = 8
_LIMITS = tuple(name for name in fields_of(Budget) if name != "pipeline")


@record
class Weakening:
    """One thing by which less fails than before, and where it is written."""

    path: str
    line: int
    text: str


@record
class Policy:
    """What a configuration decides, at one time."""

    config: Config
    rules: Sequence[Rule]
    selection: Selection
    baseline: Baseline | None
    rule_texts: Mapping[str, str]
    """The text of each rule file of its ``rules-dirs``, by the rule's id."""


def of_policies(before: Policy, now: Policy) -> Iterator[Weakening]:
    """By what the later of two policies fails less."""
    old, new = before.config, now.config

    def place(field: str) -> tuple[str, int]:
        name, _, line = new.origin(field).place.rpartition(":")
        if new.origin(field).kind == "file" and line.isdigit():
            return name, int(line)
        return new.path or old.path or "pipewarden.toml", 1

    def said(field: str, text: str) -> Weakening:
        return Weakening(*place(field), text)

    yield from (said(field, text) for field, text in _profiles(old, new))
    # What the profile itself lowers is said in one line: the rest is compared under the same one.
    now = _under_profile_of(before, now)
    off = _enabled(before) - _enabled(now)
    if off:
        known = {rule.id for rule in now.rules}
        field = "rules_dirs" if off - known else "select" if new.select else "ignore_rules"
        yield said(field, f"rules are switched off: {_list(sorted(off))}")
    lower = _lower_severities(before, now)
    if lower:
        yield said("severity", f"severities are lowered: {_list(lower)}")
    changed = sorted(
        identity
        for identity, text in before.rule_texts.items()
        if identity in now.rule_texts and now.rule_texts[identity] != text
    )
    if changed:
        yield said("rules_dirs", f"rules are changed: {_list(changed)}")
    if _strictness(new.fail_on) < _strictness(old.fail_on):
        yield said("fail_on", f"fail-on is {new.fail_on}, was {old.fail_on}")
    yield from (said(field, text) for field, text in _settings(old, new))
    yield from (said("budgets", text) for text in _budgets(old.budgets, new.budgets))
    yield from _entries(before, now)
    accepted = _accepted(before.baseline, now.baseline)
    if accepted:
        many = "s" * (accepted != 1)
        text = f"the baseline accepts {accepted} finding{many} that it did not"
        yield Weakening(new.baseline or place("baseline")[0], 1, text)


def _profiles(old: Config, new: Config) -> Iterator[tuple[str, str]]:
    if strictness(new.profile) < strictness(old.profile):
        yield "profile", f"profile is {new.profile}, was {old.profile}"
    before, now = old.per_path_profile, new.per_path_profile
    for glob in dict.fromkeys((*before, *now)):
        # A glob that is new, or gone, is held against what applies to all paths.
        then, later = before.get(glob, old.profile), now.get(glob, new.profile)
        if strictness(later) < strictness(then) and (glob in before or later != new.profile):
            yield (
                "per_path_profile",
                f"profile of {printable(glob, 60)} is {later}, was {then}",
            )
    kept = [glob for glob in before if glob in now]
    if kept != [glob for glob in now if glob in before]:
        yield (
            "per_path_profile",
            "profiles by path are in another order: the last that fits wins",
        )


def _under_profile_of(before: Policy, now: Policy) -> Policy:
    same = before.selection
    selection = replace(now.selection, profile=same.profile, per_path_profile=same.per_path_profile)
    return replace(now, selection=selection)


def _strictness(fail_on: str) -> int:
    return -1 if fail_on == "never" else FAIL_ON.index(fail_on)


def _enabled(policy: Policy) -> set[str]:
    try:
        return {rule.id for rule in Selector(policy.rules).enabled(policy.selection)}
    except SelectionError:
        return set()  # a policy that names what is not there runs nothing


def _lower_severities(before: Policy, now: Policy) -> list[str]:
    def of(policy: Policy) -> dict[str, Severity]:
        try:
            own = Selector(policy.rules).severities(policy.selection)
        except SelectionError:
            own = {}
        return {rule.id: own.get(rule.id, rule.meta.severity) for rule in policy.rules}

    if before.selection.severity == now.selection.severity and not (
        before.rule_texts or now.rule_texts
    ):
        return []
    old, new = of(before), of(now)
    return sorted(i for i, severity in old.items() if i in new and new[i] < severity)


def _settings(old: Config, new: Config) -> Iterator[tuple[str, str]]:
    for field, key in (("strict_unknown", "strict-unknown"), ("require_reason", "require-reason")):
        if getattr(old, field) and not getattr(new, field):
            yield field, f"{key} is off"
    if old.plugins and not new.plugins:
        yield "plugins", "plugins are off"
    if old.max_days is not None and (new.max_days is None or new.max_days > old.max_days):
        yield "max_days", f"max-days is {new.max_days or 'unlimited'}, was {old.max_days}"
    excluded = _more(old.exclude, new.exclude)
    if excluded:
        yield "exclude", f"paths are left out: {_list(excluded)}"
    ignored = _more(
        [f"{word} in {glob}" for glob, words in old.per_path_ignores.items() for word in words],
        [f"{word} in {glob}" for glob, words in new.per_path_ignores.items() for word in words],
    )
    if ignored:
        yield "per_path_ignores", f"rules are ignored by path: {_list(ignored)}"
    kinds = _more(
        [f"{entry.path} is {entry.kind}" for entry in old.policies],
        [f"{entry.path} is {entry.kind}" for entry in new.policies],
    )
    if kinds:
        yield "policies", f"policies are said to be of another kind: {_list(kinds)}"
    parameters = sorted(
        name
        for name in old.rules.keys() | new.rules.keys()
        if old.rules.get(name) != new.rules.get(name)
    )
    if parameters:
        yield "rules", f"parameters of rules are changed: {_list(parameters)}"
    if new.discount_percent > old.discount_percent:
        yield "discount_percent", f"discount-percent is {new.discount_percent}"
    if new.price_file and not old.price_file:
        yield "price_file", f"prices are taken from {printable(new.price_file, 80)}"


def _more(old: Iterable[str], new: Iterable[str]) -> list[str]:
    known = set(old)
    return [item for item in new if item not in known]


def _budgets(old: Sequence[Budget], new: Sequence[Budget]) -> Iterator[str]:
    def limits(budgets: Sequence[Budget]) -> dict[tuple[str, str], Decimal]:
        return {
            (budget.pipeline, name): value
            for budget in budgets
            for name in _LIMITS
            if (value := getattr(budget, name)) is not None
        }

    now = limits(new)
    for (pipeline, name), limit in limits(old).items():
        value = now.get((pipeline, name))
        where = f" of pipelines {printable(pipeline, 60)}" if pipeline else ""
        what = f"budget {name.replace('_', '-')}{where}"
        if value is None:
            yield f"{what} is taken away, was {limit}"
        elif value > limit:
            yield f"{what} is raised to {value}, was {limit}"


def _entries(before: Policy, now: Policy) -> Iterator[Weakening]:
    def key(entry: object) -> tuple[object, ...]:
        return tuple(getattr(entry, name) for name in ("rule", "path", "address"))

    until = {key(entry): entry.until or date.max for entry in before.config.ignore}
    for entry in now.config.ignore:
        where = printable(" ".join(part for part in (entry.path, entry.address) if part), 80)
        before_until = until.get(key(entry))
        if before_until is None:
            text = f"a suppression is added: {printable(entry.rule, 60)} for {where}"
        elif (entry.until or date.max) > before_until:
            text = f"a suppression is prolonged: {printable(entry.rule, 60)} for {where}"
        else:
            continue
        yield Weakening(entry.span.path, entry.span.start_line, text)


def _accepted(before: Baseline | None, now: Baseline | None) -> int:
    if now is None:
        return 0
    old = {} if before is None else before.entries
    return sum(
        max(0, entry.count - (old[key].count if key in old else 0))
        for key, entry in now.entries.items()
    )


def of_comments(
    sources: Mapping[str, Source], text_before: Callable[[str], str | None]
) -> Iterator[Weakening]:
    """Suppression comments that a change adds or prolongs.

    Args:
        sources: the texts as they are now, by path.
        text_before: gives the text that a path had; ``None`` when there was no such file.
    """
    for path, source in sorted(sources.items()):
        if MARKER not in source.text.lower():
            continue
        text = text_before(path)
        if text == source.text:
            continue
        known = Counter(words for _, words in _comments(Source(path, text or "")))
        for line, words in _comments(source):
            if known[words]:
                known[words] -= 1
                continue
            rule, until = words
            end = f" until {until}" if until else ""
            yield Weakening(path, line, f"a suppression is added: {printable(rule, 60)}{end}")


def _comments(source: Source) -> Iterator[tuple[int, tuple[str, date | None]]]:
    if MARKER not in source.text.lower():
        return
    for directive in directives_of(source, layout_of(source)):
        for rule in directive.rules:
            yield directive.span.start_line, (rule, directive.until)


def _list(words: Sequence[str]) -> str:
    shown = ", ".join(printable(word, 60) for word in words[:_SHOWN])
    more = len(words) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
