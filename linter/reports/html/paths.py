"""``iam explain --paths`` as one page: ways to an administrator, readable without a drawing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from linter.core.printable import printable, visible
from linter.project.paths import Graph, Step
from linter.reports.html.page import content_policy
from linter.reports.paths_drawing import becomes, goal_of, open_paths, place_of
from linter.version import __version__

_LIMIT = 400


def render(graph: Graph) -> str:
    """The whole page. Nothing is loaded from anywhere, and it has no script."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    here = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(here),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (here / "page.css").read_text("utf-8")
    administrators = [
        {
            "principal": _text(one.title),
            "has": _text(one.access.power),
            "path": _text(one.document.path),
        }
        for one in graph.holders
        if one.access.power
    ]
    ways = [
        {
            "principal": _text(holder.title),
            "becomes": becomes(path),
            "chain": [_text(holder.title), *(_text(goal_of(step)) for step in path)],
            "steps": [_step(step) for step in path],
        }
        for holder, path in open_paths(graph)
    ]
    page = environment.get_template("paths.html.j2").render(
        style=Markup(style),  # noqa: S704 - a file of this package
        policy=content_policy(style),
        version=__version__,
        administrators=administrators,
        ways=ways,
        tiles=[
            ("Principals", len(graph.holders)),
            ("Administrators", len(administrators)),
            ("Can become one", len(ways)),
        ],
    )
    return visible(page)


def _step(step: Step) -> dict[str, Any]:
    return {
        "sentence": _text(step.sentence),
        "certain": step.certain,
        "places": [_text(place) for place in dict.fromkeys(map(place_of, step.grants))],
    }


def _text(text: str) -> str:
    return printable(text, _LIMIT)
