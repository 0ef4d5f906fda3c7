"""``--base-config``: the gate's policy from the target branch, and what a change does to it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linter.cli.session import Refused, Session
from linter.config.base import policy_of
from linter.config.nearest import Configurations
from linter.core.record import replace
from linter.core.sources import Source
from linter.discovery.git import GitError, Repository
from linter.gate.weakening import Policy, Weakening, of_comments, of_policies

if TYPE_CHECKING:
    from linter.config.model import Config
    from linter.gate.baseline import Baseline
    from linter.gate.review import GateResult
    from linter.policy.registry import RuleSet

TextBefore = Callable[[str], str | None]


class BasePolicy:
    """The configurations that judge, and those that were there before the change.

    ``before`` is as of the commit at which the change left the target branch, so that what
    happened there since is not taken for a part of the change. ``text_before`` gives what a file
    was there; ``None`` where no revision was named.
    """

    def __init__(self, given: str, path: Path, make: Callable[..., Configurations]) -> None:
        self.text_before: TextBefore | None = None
        if os.path.isfile(given):  # noqa: PTH113
            self.judging = self.before = make(explicit=given)
            return
        try:
            repository = Repository.at(path)
            target = repository.commit(given)
            left = _left(repository, target)
            self.judging = make(moved=policy_of(repository, target, _folder()))
            self.before = self.judging
            if left != target:
                self.before = make(moved=policy_of(repository, left, _folder()))
        except GitError as error:
            raise Refused(f"--base-config {given}: {error}") from error
        root = os.path.realpath(repository.root)
        self.text_before = lambda name: _text(repository, left, root, name)


def _left(repository: Repository, target: str) -> str:
    """Where the change left its target; of a shallow clone, that does not know, the target."""
    try:
        return repository.merge_base(target, repository.commit("HEAD"))
    except GitError:
        return target


def _folder() -> Path:
    """A folder that is there until the command ends."""
    made = tempfile.TemporaryDirectory(prefix="pipewarden-")
    context = click.get_current_context(silent=True)
    if context is not None:
        context.find_root().call_on_close(made.cleanup)
    return Path(os.path.realpath(made.name))


def _text(repository: Repository, commit: str, root: str, name: str) -> str | None:
    from linter.discovery.walk import decode

    relative = os.path.relpath(os.path.realpath(name), root).replace(os.sep, "/")
    try:
        data = repository.content(commit, relative)
    except GitError as error:
        raise Refused(str(error)) from error
    return None if data is None else decode(data)[0]


def weakenings(
    session: Session, sources: Mapping[str, Source], text_before: TextBefore | None = None
) -> list[Weakening]:
    """What a change does to the gate, each once. Nothing without ``--base-config``."""
    base = session.base
    if base is None:
        return []
    pairs: dict[tuple[int, int], tuple[Config, Config]] = {}
    for directory in dict.fromkeys(["", *(os.path.dirname(path) for path in sources)]):
        old, new = _in(base.before, directory), _in(session.inputs, directory)
        pairs[id(old), id(new)] = old, new
    found: list[Weakening] = []
    for old, new in pairs.values():
        found += of_policies(_policy(session, old), _policy(session, new))
    text_before = text_before or base.text_before
    if text_before is not None and not session.option("no_ignores"):
        found += of_comments(sources, text_before)
    return list(dict.fromkeys(found))


def _in(configurations: Configurations, directory: str) -> Config:
    from linter.config.model import ConfigError

    try:
        return configurations.of_directory(directory)
    except ConfigError as error:
        raise Refused(str(error)) from error


def _policy(session: Session, config: Config) -> Policy:
    from linter.policy.registry import load_rules

    # Nothing of these rules runs: they are only compared.
    rules = load_rules(
        (*session.option("rule_directories", ()), *config.rules_dirs),
        boundary=config.boundary,
        plugins=config.plugins,
        scanned=() if config.trusted else session.trees,
    )
    return Policy(
        config, rules.rules, session.selection(config), _baseline(config), _texts(rules, config)
    )


def _baseline(config: Config) -> Baseline | None:
    from linter.gate.baseline import BaselineError, load

    try:
        return load(config.baseline) if config.baseline else None
    except BaselineError:
        return None


def _texts(rules: RuleSet, config: Config) -> dict[str, str]:
    """What the rules of a configuration's directories say, with the checks beside them."""
    inside = tuple(f"{os.path.realpath(directory)}{os.sep}" for directory in config.rules_dirs)
    found: dict[str, str] = {}
    for rule in rules.rules:
        file = os.path.realpath(rule.file) if rule.file else ""
        if inside and file.startswith(inside):
            modules = {target.check.partition(":")[0] for target in rule.targets if target.check}
            beside = (Path(file).with_name(f"{name}.py") for name in sorted(modules))
            found[rule.id] = "\0".join(_read(path) for path in (Path(file), *beside))
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def protected(
    gate: GateResult, found: Iterable[Weakening], options: Mapping[str, Any]
) -> GateResult:
    """The verdict where a change that weakens the gate fails (``--protect-config``)."""
    from linter.gate.verdict import FAILED

    count = len(list(found))
    if not count or not options.get("protect_config"):
        return gate
    many = "s" * (count != 1)
    reason = f"this change weakens the gate in {count} place{many} (--protect-config)"
    code = gate.exit_code or (0 if options.get("exit_zero") else FAILED)
    return replace(gate, passed=False, reasons=(*gate.reasons, reason), exit_code=code)
