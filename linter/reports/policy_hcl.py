"""A suggested policy as an ``aws_iam_policy_document`` of Terraform."""

from __future__ import annotations

import json
from collections.abc import Iterable

from linter.core.regex import lazy_regex
from linter.domain.iam.derive import Needs, Statement

_PLACEHOLDER = lazy_regex(r"<((?:var|local|data|module|aws_\w+)\.[\w.\-\[\]\"]+)>")
_MODULES = lazy_regex(r"(?:module\.[\w-]+(?:\[[^\]]*\])?\.)*")
_INSIDE = lazy_regex(r"(?:var|local|data|aws_\w+)\.")
"""What a module's own files may name, and nobody outside of it."""


def render(needed: Needs, name: str = "least_privilege") -> str:
    """The data source as text that ends with a line break, laid out as ``terraform fmt`` does.

    It belongs into the module of the role: what that module can name is a reference, everything
    else stays text to be filled in.
    """
    found = _PLACEHOLDER.fullmatch(needed.role)
    module = _MODULES.match(found[1])[0] if found is not None else ""  # type: ignore[index]
    lines = [f"# of {module[:-1]}, where the role is"] if module else []
    lines.append(f'data "aws_iam_policy_document" "{name}" {{')
    for number, statement in enumerate(needed.statements):
        lines += [""] if number else []
        lines += _statement(statement, module)
    return "\n".join((*lines, "}")) + "\n"


def _statement(statement: Statement, module: str) -> Iterable[str]:
    yield "  statement {"
    yield from _arguments(
        "    ",
        ("sid", _text(statement.sid, module)),
        ("actions", _list(statement.actions, module)),
        ("resources", _list(statement.resources, module)),
    )
    for operator, key, values in statement.condition:
        yield ""
        yield "    condition {"
        yield from _arguments(
            "      ",
            ("test", _text(operator, module)),
            ("variable", _text(key, module)),
            ("values", _list(values, module, "      ")),
        )
        yield "    }"
    yield "  }"


def _arguments(indent: str, *pairs: tuple[str, str]) -> Iterable[str]:
    """Signs of neighbouring lines stand below each other; a value of several lines ends a run."""
    run: list[tuple[str, str]] = []
    for name, value in (*pairs, ("", "\n")):
        if "\n" not in value:
            run.append((name, value))
            continue
        width = max((len(one) for one, _ in run), default=0)
        yield from (f"{indent}{one:<{width}} = {text}" for one, text in run)
        run = []
        if name:
            yield f"{indent}{name} = {value}"


def _list(values: Iterable[str], module: str, indent: str = "    ") -> str:
    listed = [_text(value, module) for value in values]
    if sum(map(len, listed)) < 70:
        return f"[{', '.join(listed)}]"
    inner = "".join(f"{indent}  {value},\n" for value in listed)
    return f"[\n{inner}{indent}]"


def _text(value: str, module: str) -> str:
    """A quoted string; ``<aws_iam_role.r.arn>`` becomes the reference it stands for."""
    alone = _PLACEHOLDER.fullmatch(value)
    if alone is not None:
        reference = _reference(alone[1], module)
        return json.dumps(value) if reference is None else reference
    parts: list[str] = []
    end = 0
    for found in _PLACEHOLDER.finditer(value):
        reference = _reference(found[1], module)
        if reference is not None:
            parts += [_escaped(value[end : found.start()]), f"${{{reference}}}"]
            end = found.end()
    return f'"{"".join((*parts, _escaped(value[end:])))}"'


def _reference(address: str, module: str) -> str | None:
    """How the module of the role names something; ``None`` for what it cannot name."""
    if not address.startswith(module):
        return None
    rest = address.removeprefix(module)
    inner = _MODULES.match(rest)
    behind = rest[inner.end() :] if inner is not None else rest
    if behind != rest and _INSIDE.match(behind):
        return None  # something inside of another module, of which it sees the outputs only
    return rest


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1].replace("${", "$${").replace("%{", "%%{")
