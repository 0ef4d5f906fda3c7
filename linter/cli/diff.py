"""``pipewarden diff``: what a change breaks, fixes, and costs."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linter.cli.exits import worst
from linter.cli.session import Refused, Session, base_options, session_options
from linter.core.record import replace
from linter.discovery.git import GitError, Repository
from linter.project.earlier import Earlier
from linter.project.load import load_paths

if TYPE_CHECKING:
    from linter.gate.compare import Comparison
    from linter.gate.review import GateResult, Review
    from linter.gate.run import Parts
    from linter.project.model import Project


@click.command()
@click.argument("base")
@click.argument("head", required=False)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
@click.option("--baseline", metavar="FILE", help="Findings in this file do not count.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@session_options
@base_options
def diff(
    base: str,
    head: str | None,
    paths: tuple[str, ...],
    format_: str,
    color: str,
    **options: Any,
) -> int:
    """Compare two git revisions, directories or saved results: findings and cost.

    BASE and HEAD are revisions, or directories that exist. Without HEAD the work tree is compared
    with the commit at which its branch left BASE.
    Two files that check --format json wrote are compared, too; they hold no costs. Only new
    findings and increases of cost can fail the gate.
    """
    from linter.gate.compare import Comparison as Changes
    from linter.gate.compare import compare_costs, compare_findings
    from linter.gate.decisions import in_decisions

    if head is not None and Path(base).is_file() and Path(head).is_file():
        comparison, gate = _compare_saved(Path(base), Path(head), paths, options)
        return _print(comparison, gate, format_, color)
    if head is not None and not Path(base).is_dir() and Path(head).exists():
        try:
            _repository().commit(head)
        except (GitError, Refused):
            paths, head = (head, *paths), None
    if options["protect_config"] and not options["base_config"]:
        if Path(base).is_dir():
            raise click.UsageError("--protect-config needs --base-config: what to compare with")
        options["base_config"] = base
    comparison = Changes()
    with tempfile.TemporaryDirectory(prefix="pipewarden-") as folder:
        sides = _Sides(base, head, paths, options, Path(folder))
        before, after = sides.reviews()
        sides.session.check_given(before.project, after.project)
        compare_findings(before.findings, after.findings, sides.renames, comparison)
        rules = {rule.id: rule for rule in sides.session.rules.rules}
        comparison.new = in_decisions(comparison.new, rules, after.project.path_prefix)
        first, second = before.cost, after.cost
        assert first is not None and second is not None
        compare_costs(first, second, sides.renames, comparison)
    comparison.unread = (before.unread, after.unread)
    gate = _judge(sides.session, comparison, after)
    if sides.session.base is not None:
        from linter.cli.base_policy import protected, weakenings

        was = {new: old for old, new in sides.renames.items()}
        texts = before.project.sources
        comparison.weakened = weakenings(
            sides.session,
            after.project.sources,
            lambda path: texts[old].text if (old := was.get(path, path)) in texts else None,
        )
        gate = protected(gate, comparison.weakened, options)
    return worst(_print(comparison, gate, format_, color), sides.session.refused_code)


def _print(comparison: Comparison, gate: GateResult, format_: str, color: str) -> int:
    """Print the comparison; the exit code."""
    from linter.reports import diff_report, style

    if format_ == "json":
        click.echo(diff_report.render_json(comparison, gate), nl=False)
    elif format_ == "markdown":
        click.echo(diff_report.render_markdown(comparison, gate), nl=False)
    else:
        colour = style.wants_colour(sys.stdout, color)
        text = diff_report.render_text(comparison, gate, colour=colour)
        click.echo(text, nl=False, color=True)
    return gate.exit_code


def _compare_saved(
    base: Path, head: Path, paths: Sequence[str], options: dict[str, Any]
) -> tuple[Comparison, GateResult]:
    """Two saved results; the settings that apply here say what fails."""
    from linter.gate.compare import Comparison as Changes
    from linter.gate.compare import compare_findings
    from linter.gate.run import judge_parts
    from linter.gate.saved import SavedError, load

    if paths:
        raise Refused("saved results are compared whole: PATH does not apply to them")
    session = Session((), options)
    try:
        before, after = load(base), load(head)
    except SavedError as error:
        raise Refused(str(error)) from error
    comparison = Changes()
    compare_findings(before.findings, after.findings, {}, comparison)
    comparison.unread = (before.unread, after.unread)
    parts = _parts(session, (finding.path for finding in comparison.new))
    return comparison, judge_parts(
        parts, comparison.new, after.unread, after.crashes, after.files, {}
    )


def _parts(session: Session, paths: Iterable[str]) -> Parts:
    """What each configuration says fails.

    Of findings only new failures are judged, whatever is not known; budgets that are not decided
    fail where the configuration is strict.
    """
    found = session.parts(paths, baseline=False)
    never_empty = [
        replace(part, options=replace(part.options, allow_empty=False)) for part in found.parts
    ]
    return replace(found, parts=never_empty)


def _repository() -> Repository:
    return Repository.at(Path.cwd())


class _Sides:
    """Both sides of a comparison, loaded and reviewed with the settings of the later one."""

    def __init__(
        self,
        base: str,
        head: str | None,
        paths: Sequence[str],
        options: dict[str, Any],
        folder: Path,
    ) -> None:
        self.renames: dict[str, str] = {}
        self._excluded: list[str] = []
        self._paths = tuple(paths) or (".",)
        self._folder = folder
        directories = Path(base).is_dir() and head is not None and Path(head).is_dir()
        self.session = Session(() if directories else paths, options)
        if directories:
            assert head is not None
            self._before, self._after = Path(base), Path(head)
            return
        try:
            self._from_git(base, head)
        except GitError as error:
            raise Refused(str(error)) from error

    def _from_git(self, base: str, head: str | None) -> None:
        repository = _repository()
        root = Path(os.path.realpath(repository.root))
        here = Path(os.path.relpath(os.path.realpath(Path.cwd()), root))
        start = repository.commit(base)
        if head is None:
            # What else happened to the other branch meanwhile is no part of this change.
            start = repository.merge_base(start, repository.commit("HEAD"))
        end = None if head is None else repository.commit(head)
        for path in self._paths:
            inside = os.path.realpath(path)
            if inside != str(root) and not inside.startswith(f"{root}{os.sep}"):
                raise Refused(f"{path} is outside the repository {root}")
        self._before = self._export(repository, start, "before") / here
        if end is None:
            # A revision is exported without them, so what is in them is no news of the work tree.
            self._leave_out(repository.submodules(), here)
        self._after = Path.cwd() if end is None else self._export(repository, end, "after") / here
        prefix = "" if here == Path() else f"{here.as_posix()}/"
        self.renames = {
            old.removeprefix(prefix): new.removeprefix(prefix)
            for old, new in repository.renames(start, end).items()
        }

    def _leave_out(self, submodules: Sequence[str], here: Path) -> None:
        for name in submodules:
            shown = Path(os.path.relpath(name, here)).as_posix()
            if not shown.startswith("../"):
                self._excluded.append("/" + re.sub(r"([*?\[\]\\ ])", r"\\\1", shown) + "/")

    def _export(self, repository: Repository, commit: str, name: str) -> Path:
        target = self._folder / name
        (target / ".git").mkdir(parents=True)  # paths are named from here, as in the repository
        for submodule in repository.export(commit, target):
            click.echo(f"{submodule}: a submodule, which is not compared", err=True)
        return target

    def reviews(self) -> tuple[Review, Review]:
        """Before and after."""
        before = self._review(self._before)
        return before, self._review(self._after, Earlier(before.project, self.renames))

    def _review(self, directory: Path, earlier: Earlier | None = None) -> Review:
        if not directory.is_dir():
            directory.mkdir(parents=True)
        present = [path for path in self._paths if (directory / path).exists()]
        options = self.session.load_options()
        options = replace(options, exclude=(*options.exclude, *self._excluded))
        project: Project = load_paths(present, options, working_directory=directory)
        project.earlier = earlier
        if earlier is None:
            self.session.earlier.add(project)
        review = self.session.review(project)
        review.cost = self.session.price(project)
        return review


def _judge(session: Session, comparison: Comparison, after: Review) -> GateResult:
    from linter.gate.run import judge_limits, judge_parts

    parts = _parts(session, after.project.sources)
    cost = after.cost
    judged = (
        {}
        if cost is None
        else judge_limits(parts, lambda: cost, comparison.costs[0], comparison.renames)
    )
    return judge_parts(parts, comparison.new, after.unread, after.lint.crashes, 1, judged)
