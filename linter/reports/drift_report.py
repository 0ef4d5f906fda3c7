"""``drift`` as text, Markdown and JSON."""

from __future__ import annotations

from typing import Any

from linter.core.jsonwrite import dumps
from linter.core.printable import printable
from linter.core.sources import Span
from linter.core.values import MISSING
from linter.domain.iam.differences import Difference as Allowed
from linter.gate.drift import Alone, Compared, Drift
from linter.reports.escape import code, markdown
from linter.reports.style import Painter

_LIMIT = 160
_ACTIONS = 6


def render_text(found: Drift, paint: Painter) -> str:
    """Lines for people: what differs, what stands on one side only, what is open."""
    lines: list[str] = []
    for item in found.compared:
        if not item.drifted:
            continue
        lines.append(f"{paint(f'{item.kind} {printable(item.name)}', 'bold')}  {place(item.place)}")
        lines.extend(f"  {printable(line, 600)}" for line in lines_of(item))
        lines.append("")
    for heading, alone in _sides(found):
        lines.append(paint(heading, "bold"))
        lines.extend(
            f"  {item.kind} {printable(item.name)}  {paint(place(item.place), 'dim')}"
            for item in alone
        )
        lines.append("")
    lines.append(summary(found))
    return "\n".join(lines) + "\n"


def render_markdown(found: Drift) -> str:
    """The same for a comment or a page."""
    parts = [f"## Drift\n\n{markdown(summary(found), 600)}\n"]
    for item in found.compared:
        if item.drifted:
            body = "".join(f"- {markdown(line, 600)}\n" for line in lines_of(item))
            parts.append(
                f"### {item.kind} {markdown(item.name)}\n\n{code(place(item.place))}\n\n{body}"
            )
    for heading, alone in _sides(found):
        body = "".join(
            f"- {item.kind} {markdown(item.name)} {code(place(item.place))}\n" for item in alone
        )
        parts.append(f"### {heading}\n\n{body}")
    return "\n".join(parts)


def render_json(found: Drift) -> str:
    """The whole comparison for machines."""
    return (
        dumps(
            {
                "drifted": found.drifted,
                "compared": [_compared(item) for item in found.compared],
                "only_code": [_alone(item) for item in found.only_code],
                "only_account": [_alone(item) for item in found.only_account],
                "unnamed": [_alone(item) for item in found.unnamed],
            }
        )
        + "\n"
    )


def lines_of(item: Compared) -> list[str]:
    """One line for each difference: what the code says → what the account has."""
    lines = [
        f"{difference.what}: {value(difference.code)} → {value(difference.account)}"
        for difference in item.differences
    ]
    for difference in item.permissions.found if item.permissions is not None else ():
        side = "code" if difference.first else "account"
        lines.append(f"only the {side} allows {actions(difference)} on {difference.resource}")
    if item.permissions is not None and not item.permissions.complete:
        lines.append("there are more kinds of requests than were compared")
    return lines


def actions(found: Allowed) -> str:
    """The first few actions, and how many more there are."""
    more = len(found.actions) - _ACTIONS
    named = ", ".join(found.actions[:_ACTIONS])
    return f"{named} and {more} more of {found.service}" if more > 0 else named


def value(found: Any) -> str:
    """A value in few words; ``nothing`` where a side does not say it."""
    if found is MISSING:
        return "nothing"
    if isinstance(found, dict | list):
        return printable(dumps(_plain(found), indent=None), _LIMIT)
    return printable(str(found), _LIMIT)


def _plain(found: Any) -> Any:
    if isinstance(found, dict):
        return {str(key): _plain(item) for key, item in found.items()}
    if isinstance(found, list | tuple):
        return [_plain(item) for item in found]
    return found if found is None or isinstance(found, str | int | float) else str(found)


def place(span: Span) -> str:
    return printable(f"{span.path}:{span.start_line}", 300)


def summary(found: Drift) -> str:
    """One line: how much was compared, and what came of it."""
    drifted = sum(item.drifted for item in found.compared)
    open_ = sum(item.open for item in found.compared)
    parts = [f"{len(found.compared)} compared, {drifted} drifted"]
    parts.append(f"{len(found.only_code)} in code only")
    parts.append(f"{len(found.only_account)} in the account only")
    if open_:
        parts.append(f"{open_} values that the code leaves open were not compared")
    if found.unnamed:
        parts.append(f"{len(found.unnamed)} whose name the code does not say")
    return ("Drift: " if found.drifted else "No drift: ") + "; ".join(parts) + "."


def _sides(found: Drift) -> list[tuple[str, list[Alone]]]:
    sides = [
        ("In the account but not in code", found.only_account),
        ("In code but not in the account", found.only_code),
        ("Not compared: the code does not say its name", found.unnamed),
    ]
    return [(heading, alone) for heading, alone in sides if alone]


def _alone(item: Alone) -> dict[str, Any]:
    return {"kind": item.kind, "name": item.name, **_span(item.place)}


def _span(span: Span) -> dict[str, Any]:
    return {"path": span.path, "line": span.start_line, "column": span.start_column}


def _compared(item: Compared) -> dict[str, Any]:
    made: dict[str, Any] = {
        "kind": item.kind,
        "name": item.name,
        "arn": item.arn,
        **_span(item.place),
        "drifted": item.drifted,
        "open": item.open,
        "differences": [
            {
                "what": difference.what,
                "code": _json(difference.code),
                "account": _json(difference.account),
                **_span(difference.place),
            }
            for difference in item.differences
        ],
    }
    if item.permissions is not None:
        made["permissions"] = [
            {
                "allowed_by": "code" if found.first else "account",
                "service": found.service,
                "actions": list(found.actions),
                "resource": found.resource,
            }
            for found in item.permissions.found
        ]
    return made


def _json(found: Any) -> Any:
    return None if found is MISSING else _plain(found)
