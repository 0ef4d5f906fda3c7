"""A new rule that passes its own tests, to start from."""

from __future__ import annotations

from pathlib import Path

from linter.core.schemas import modeline

SUBJECTS = (
    "pipeline",
    "pipeline.step",
    "iam.statement",
    "terraform.TYPE",
    "cloudformation.TYPE",
)


class ScaffoldError(ValueError):
    """The rule cannot be made: a name is not valid, or the file is there already."""


_HEAD = """\
id: {id}
name: {name}
title: Say what is wrong in one line
severity: medium
confidence: high
applies_to:
  - {subject}
"""

_DATA = """\
require:
  - {{path: {path}, set: true}}
"""

_PYTHON = """\
check: {module}:check
"""

_TAIL = """\
message: "{{title}} has no {word}, which leads to …"
rationale: >
  Why it matters, with facts and sources.
remediation: >
  What to do about it, concretely.
references: []
examples:
  fail:
    - name: without it
{fail}
  pass:
    - name: with it
{good}
"""

_MODULE = '''\
"""{id}: say what is checked."""

from __future__ import annotations

from collections.abc import Iterable

from linter.policy.helpers import fail, is_set, select, unknown
from linter.policy.model import Context, Outcome, Subject


def check(subject: Subject, context: Context) -> Iterable[Outcome]:
    for match in select(subject.value, "{path}"):
        truth = is_set(match.value)
        if truth is False:
            yield fail(match.path)
        elif truth is None:
            yield unknown(match.value, match.path)
'''


def scaffold(
    identity: str, name: str, subject: str, directory: Path, *, python: bool
) -> list[Path]:
    """Write a rule file, and its check with ``python``. Raises :class:`ScaffoldError`."""
    from linter.policy.rulefile import RuleFileError, parse_rule

    area = identity.rstrip("0123456789").lower()
    module = identity.lower()
    path, word, fail, good = _content(subject)
    text = f"{modeline('rule', '../')}\n" + _HEAD.format(
        id=identity, name=name, subject=_quoted(subject)
    )
    text += _PYTHON.format(module=module) if python else _DATA.format(path=path)
    text += _TAIL.format(word=word, fail=_indent(fail), good=_indent(good))
    folder = directory / area
    file = folder / f"{identity}-{name}.yaml"
    try:
        parse_rule(str(file), text)
    except RuleFileError as error:
        raise ScaffoldError(error.reason) from None
    check = folder / f"{module}.py"
    written = [file, check] if python else [file]
    for target in written:
        if target.exists():
            raise ScaffoldError(f"{target} is there already")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if python:
            check.write_text(_MODULE.format(id=identity, path=path), encoding="utf-8")
    except OSError as error:
        raise ScaffoldError(f"{folder} cannot be written: {error.strerror}") from None
    return written


def _quoted(subject: str) -> str:
    return f'"{subject}"' if "::" in subject else subject


def _indent(text: str) -> str:
    return "\n".join(f"      {line}" if line else "" for line in text.splitlines())


def _content(subject: str) -> tuple[str, str, str, str]:
    """(path, word, failing example, passing example) for a kind of subject."""
    if subject == "pipeline":
        steps = "Steps: [{Name: A, Type: Fail, Arguments: {}}]"
        return (
            "$.Metadata",
            "metadata",
            f'pipeline: {{Version: "2020-12-01", {steps}}}',
            f'pipeline: {{Version: "2020-12-01", Metadata: {{Owner: team}}, {steps}}}',
        )
    if subject == "pipeline.step":
        return (
            "$.Description",
            "description",
            "step: {Name: A, Type: Training, Arguments: {}}",
            "step: {Name: A, Type: Training, Arguments: {}, Description: what it does}",
        )
    if subject == "iam.statement":
        base = 'Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*"'
        return ("$.Sid", "Sid", f"policy: {{{base}}}", f"policy: {{Sid: Read, {base}}}")
    kind, _, type_ = subject.partition(".")
    if kind == "terraform":
        start = f'terraform: |\n  resource "{type_}" "example" {{\n'
        return ("$.tags", "tags", f"{start}  }}", f'{start}    tags = {{ team = "ml" }}\n  }}')
    if kind == "cloudformation":
        start = f"cloudformation:\n  Example:\n    Type: {type_}\n    Properties: "
        return ("$.Tags", "Tags", f"{start}{{}}", f"{start}{{Tags: [{{Key: team, Value: ml}}]}}")
    raise ScaffoldError(f"no scaffold for {subject}; choose one of {', '.join(SUBJECTS)}")
