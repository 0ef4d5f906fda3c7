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

from linter.cli import completion
from linter.cli.exits import EXIT_USAGE, worst
from linter.cli.outputs import echo_as, output_specs
from linter.cli.session import Refused, Session, base_options, exit_zero_option, session_options
from linter.core.record import replace
from linter.discovery.git import GitError, Repository
from linter.project.earlier import Earlier
from linter.project.load import load_paths

if TYPE_CHECKING:
    from linter.gate.compare import Comparison
    from linter.gate.review import GateResult, Review
    from linter.gate.run import Parts
    from linter.project.model import Project
    from linter.reports.outputs import OutputSpec


DIFF_FORMATS = ("text", "json", "markdown", "github", "sarif")


@click.command()
@click.argument("base", required=False)
@click.argument("head", required=False)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--changed-since",
    metavar="REV",
    help="In place of BASE: this revision, whatever files are called. All arguments are PATHs.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(DIFF_FORMATS),
    default="text",
    show_default=True,
    help="What is printed: github annotates what is new, sarif holds everything that is there.",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT[:FILE]",
    shell_complete=completion.DIFF_OUTPUTS,
    help="Write a format to a file, or print it; may be given several times.",
)
@click.option("--baseline", metavar="FILE", help="Findings in this file do not count.")
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@session_options
@exit_zero_option
@base_options
def diff(
    base: str | None,
    head: str | None,
    paths: tuple[str, ...],
    changed_since: str | None,
    format_: str,
    outputs: tuple[str, ...],
    color: str,
    **options: Any,
) -> int:
    """Compare two git revisions, directories or saved results: findings and cost.

    BASE and HEAD are revisions, or directories that exist. Without HEAD the work tree is compared
    with the commit at which its branch left BASE.
    Two files that check --format json wrote are compared, too; they hold no costs. Only new
    findings, increases of cost and what cannot be read can fail the gate.
    """
    shown = _Shown(output_specs(outputs, format_, dict.fromkeys(DIFF_FORMATS)), color)
    if changed_since is not None:
        given = tuple(path for path in (base, head, *paths) if path is not None)
        return _compare(changed_since, None, given, False, shown, options)
    if base is None:
        raise click.UsageError("Missing argument 'BASE'.")
    if head is not None and Path(base).is_file() and Path(head).is_file():
        return shown.write(*_compare_saved(Path(base), Path(head), paths, options))
    if head is not None and not Path(base).is_dir() and Path(head).exists():
        try:
            _repository().commit(head)
        except (GitError, Refused):
            paths, head = (head, *paths), None
    return _compare(base, head, paths, Path(base).is_dir(), shown, options)


def _compare(
    base: str,
    head: str | None,
    paths: tuple[str, ...],
    is_directory: bool,
    shown: _Shown,
    options: dict[str, Any],
) -> int:
    from linter.gate.compare import Comparison as Changes
    from linter.gate.compare import compare_costs, compare_findings
    from linter.gate.decisions import in_decisions

    if options["protect_config"] and not options["base_config"]:
        if is_directory:
            raise click.UsageError(
                "--protect-config needs --base-config, the policy to compare with"
            )
        options["base_config"] = base
    comparison = Changes()
    with tempfile.TemporaryDirectory(prefix="pipewarden-") as folder:
        directories = is_directory and head is not None and Path(head).is_dir()
        sides = _Sides(base, head, paths, directories, options, Path(folder))
        before, after = sides.reviews()
        sides.session.check_given(before.project, after.project)
        compare_findings(before.findings, after.findings, sides.renames, comparison)
        rules = {rule.id: rule for rule in sides.session.rules.rules}
        prefix = after.project.path_prefix
        comparison.new = in_decisions(comparison.new, rules, prefix)
        comparison.stands = in_decisions(comparison.standing_findings, rules, prefix)
        first, second = before.cost, after.cost
        assert first is not None and second is not None
        compare_costs(first, second, sides.renames, comparison)
    comparison.unread = (before.unread, after.unread)
    gate = _judge(sides.session, comparison, before, after)
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
    return worst(shown.write(comparison, gate, after), sides.session.refused_code)


class _Shown:
    """Where the comparison is written, in which formats."""

    def __init__(self, specs: list[OutputSpec], color: str) -> None:
        self._specs = specs
        self._color = color

    def write(self, comparison: Comparison, gate: GateResult, after: Review | None = None) -> int:
        """Write every output; the exit code. Saved results have no review ``after``."""
        from linter.core.files import WriteError
        from linter.reports import diff_report, style
        from linter.reports.outputs import add_to_summary, write_texts
        from linter.reports.outputs import render as render_review

        names = [spec.format for spec in self._specs]
        if after is None and (unknown := {"github", "sarif"}.intersection(names)):
            words = " and ".join(sorted(unknown))
            raise Refused(f"{words} output needs source text, which saved results do not have")

        def text_of(name: str) -> str:
            if name == "json":
                return diff_report.render_json(comparison, gate)
            if name == "markdown":
                return diff_report.render_markdown(comparison, gate)
            if name == "text":
                printed = any(not s.path for s in self._specs if s.format == name)
                paint = style.painter_for(sys.stdout, self._color) if printed else style.PLAIN
                return style.fit(diff_report.render_text(comparison, gate, paint), paint)
            assert after is not None
            if name == "github":
                return diff_report.render_github(comparison, gate, after)
            return render_review(name, after)

        errors = write_texts(self._specs, text_of, echo_as)
        if "github" in names:
            try:
                add_to_summary(lambda: diff_report.render_markdown(comparison, gate), os.environ)
            except WriteError as failure:
                errors.append(failure)
        for error in errors:
            click.echo(str(error), err=True)
        return worst(gate.exit_code, EXIT_USAGE) if errors else gate.exit_code


def _compare_saved(
    base: Path, head: Path, paths: Sequence[str], options: dict[str, Any]
) -> tuple[Comparison, GateResult]:
    """Two saved results; the settings that apply here say what fails."""
    from linter.gate.compare import Comparison as Changes
    from linter.gate.compare import compare_findings
    from linter.gate.run import judge_parts
    from linter.gate.saved import SavedError, load

    if paths:
        raise Refused("saved results are compared as a whole; remove PATH")
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
        directories: bool,
        options: dict[str, Any],
        folder: Path,
    ) -> None:
        self.renames: dict[str, str] = {}
        self._excluded: list[str] = []
        self._paths = tuple(paths) or (".",)
        self._folder = folder
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
            click.echo(f"{submodule}: a submodule; not compared", err=True)
        return target

    def reviews(self) -> tuple[Review, Review]:
        """Before and after."""
        before = self._review(self._before)
        after = self._review(self._after, Earlier(before.project, self.renames))
        return before, after

    def _is_asked(self, path: str, directory: Path) -> bool:
        """Whether it is on this side; what is on neither is named as not read, on the later."""
        there = {side: (side / path).exists() for side in (self._before, self._after)}
        return there[directory] or (directory == self._after and not any(there.values()))

    def _review(self, directory: Path, earlier: Earlier | None = None) -> Review:
        if not directory.is_dir():
            directory.mkdir(parents=True)
        present = [path for path in self._paths if self._is_asked(path, directory)]
        options = self.session.load_options()
        options = replace(options, exclude=(*options.exclude, *self._excluded))
        project: Project = load_paths(present, options, working_directory=directory)
        project.earlier = earlier
        if earlier is None:
            self.session.earlier.add(project)
        review = self.session.review(project)
        review.cost = self.session.price(project)
        return review


def _judge(session: Session, comparison: Comparison, before: Review, after: Review) -> GateResult:
    from linter.gate.run import judge_limits, judge_parts

    parts = _parts(session, after.project.sources)
    cost = after.cost
    judged = (
        {}
        if cost is None
        else judge_limits(parts, lambda: cost, comparison.costs[0], comparison.renames)
    )
    files = before.project.files + after.project.files
    return judge_parts(parts, comparison.new, after.unread, after.lint.crashes, files, judged)
