"""``cost --trend REV1..REV2``: the cost of the revisions of a branch."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from linter.cli.session import Refused, Session
from linter.discovery.git import GitError, Repository, Revision
from linter.project.load import load_paths

if TYPE_CHECKING:
    from linter.project.model import Project
    from linter.reports.trend import Point

MOST = 40
"""Revisions that are priced; of more of them every so many are taken, the ends always."""


def points_of(session: Session, span: str) -> tuple[list[Point], int]:
    """What the revisions cost, the first one first, and how many there are in all.

    The first parents are followed, as a branch is seen from itself. Raises :class:`Refused`.
    """
    from linter.reports.trend import Point

    first, dots, last = span.partition("..")
    if not dots or not first or last.startswith("."):
        raise Refused(f"--trend {span}: write two revisions, as in main~20..main")
    try:
        repository = Repository.at(Path.cwd())
        root = Path(os.path.realpath(repository.root))
        here = Path(os.path.relpath(os.path.realpath(Path.cwd()), root))
        revisions = repository.revisions(first, last or "HEAD")
        found: list[Point] = []
        ends: list[Project] = []
        for revision in _some(revisions):
            with tempfile.TemporaryDirectory(prefix="pipewarden-") as folder:
                (Path(folder) / ".git").mkdir()  # paths are named from here
                repository.export(revision.commit, Path(folder))
                directory = Path(folder) / here
                paths = [path for path in session.paths or (".",) if (directory / path).exists()]
                if not paths:
                    found.append(Point(revision.commit, revision.date, revision.subject, None))
                    continue
                project = load_paths(paths, session.load_options(), working_directory=directory)
                ends[1:] = [project]
                if revision is not revisions[-1]:
                    session.earlier.add(project)
                cost = session.price(project)
                lost = any(problem.lost for problem in project.problems)
                session.note_lost(project.problems)
                found.append(Point(revision.commit, revision.date, revision.subject, cost, lost))
    except GitError as error:
        raise Refused(str(error)) from error
    session.check_given(*ends)
    return found, len(revisions)


def _some(items: list[Revision]) -> list[Revision]:
    if len(items) <= MOST:
        return items
    step = (len(items) - 1) / (MOST - 1)
    return [items[round(number * step)] for number in range(MOST)]
