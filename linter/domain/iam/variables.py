"""Policy variables: ``${aws:username}`` in resources and in conditions on texts and ARNs.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.regex import lazy_regex
from linter.core.values import Choice, Template, Unknown
from linter.domain.iam.globs import GAP, options, plain, wild
from linter.domain.iam.request import Request

_VARIABLE = lazy_regex(r"\$\{([^${}]*)\}|\$\{[*?$]\}")
_DEFAULTED = lazy_regex(r"\s*([^,\s]+)\s*,\s*'([^']*)'\s*")
_SPECIAL = frozenset("*?$")


def filled(value: Any, request: Request, *, like: bool) -> tuple[str, ...] | None:
    """The atoms of a policy's value with its variables replaced; see :mod:`globs`.

    ``like`` says that ``*`` and ``?`` outside variables are wildcards. ``None`` when a variable
    has no value in the request and no default: then nothing matches.
    """
    form = wild if like else plain
    if isinstance(value, Choice) or (isinstance(value, Unknown) and value.alternatives):
        items = value.values if isinstance(value, Choice) else value.alternatives
        found = [filled(item, request, like=like) for item in items]
        if any(one is None for one in found):
            return None if all(one is None for one in found) else (GAP,)
        return tuple(dict.fromkeys(atoms for one in found for atoms in one or ()))
    parts: Iterable[Any] = value.parts if isinstance(value, Template) else (value,)
    atoms: list[str] = []
    in_template = isinstance(value, Template)
    for number, part in enumerate(parts):
        if not isinstance(part, str):
            atoms.append(options(part, form)[0])
            continue
        text = _after_what_may_be_opened_before(part) if number else part
        made = _filled_text(text, request, form, in_template)
        if made is None:
            return None
        atoms.append(made)
    return ("".join(atoms),)


def _after_what_may_be_opened_before(text: str) -> str:
    """Without the end of a variable of which the beginning is not known."""
    head, closing, rest = text.partition("}")
    return rest if closing and "${" not in head else text


def _filled_text(text: str, request: Request, form: Any, open_ended: bool) -> str | None:
    atoms: list[str] = []
    at = 0
    for match in _VARIABLE.finditer(text):
        atoms.append(form(text[at : match.start()]))
        at = match.end()
        one = _value(match[0][2:-1], request)
        if one is None:
            return None
        atoms.append(one)
    rest = text[at:]
    head, opening, _ = rest.partition("${")
    if open_ended and not opening and rest.endswith("$"):
        head, opening = rest[:-1], "$"
    # What is not known may close a variable that is opened here.
    atoms.append(form(head) + GAP if opening and open_ended else form(rest))
    return "".join(atoms)


def _value(name: str, request: Request) -> str | None:
    """What a variable stands for: literal atoms, a gap, or ``None`` when it has no value."""
    if name in _SPECIAL:
        return plain(name)
    defaulted = _DEFAULTED.fullmatch(name)
    found = request.values(defaulted[1] if defaulted else name.strip())
    if found is None:
        return plain(defaulted[2]) if defaulted else None
    if isinstance(found, Unknown) or len(found) != 1:
        return GAP
    one = options(found[0], plain)
    return one[0] if len(one) == 1 else GAP
