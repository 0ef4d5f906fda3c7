"""A suggested policy as an ``aws_iam_policy_document`` of Terraform."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from linter.domain.iam.derive import Needs, Statement


def render(needed: Needs, name: str = "least_privilege") -> str:
    """The data source as text that ends with a line break."""
    lines = [f'data "aws_iam_policy_document" "{name}" {{']
    for number, statement in enumerate(needed.statements):
        lines += [""] if number else []
        lines += _statement(statement)
    return "\n".join((*lines, "}")) + "\n"


def _statement(statement: Statement) -> Iterable[str]:
    yield "  statement {"
    yield f"    sid       = {_text(statement.sid)}"
    yield f"    actions   = {_list(statement.actions)}"
    yield f"    resources = {_list(statement.resources)}"
    for operator, key, values in statement.condition:
        yield ""
        yield "    condition {"
        yield f"      test     = {_text(operator)}"
        yield f"      variable = {_text(key)}"
        yield f"      values   = {_list(values)}"
        yield "    }"
    yield "  }"


def _list(values: Iterable[str]) -> str:
    listed = [_text(value) for value in values]
    if sum(map(len, listed)) < 70:
        return f"[{', '.join(listed)}]"
    inner = "".join(f"      {value},\n" for value in listed)
    return f"[\n{inner}    ]"


def _text(value: str) -> str:
    """A quoted string; ``<aws_iam_role.r.arn>`` becomes the reference it stands for."""
    alone = re.fullmatch(r"<((?:var|local|data|module|aws_\w+)\.[\w.\-\[\]\"]+)>", value)
    if alone is not None:
        return alone[1]
    written = json.dumps(value).replace("${", "$${").replace("%{", "%%{")
    return re.sub(
        r"<((?:var|local|data|module|aws_\w+)\.[\w.\-]+)>", lambda f: f"${{{f[1]}}}", written
    )
