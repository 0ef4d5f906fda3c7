"""Reader for pipeline definitions and policies kept as template files.

A ``.tftpl`` that Terraform renders is read through ``templatefile`` with its real arguments; one
that nothing in the scan names is read here with every ``${…}`` unknown.
"""

from __future__ import annotations

from linter.core.documents import Problem, ReadResult
from linter.core.jsontext import parse_json
from linter.core.mapped import MappedText, MappedTextBuilder
from linter.core.sources import Source
from linter.discovery.detect import JsonKind, classify_json
from linter.readers import json_documents


def read_template(source: Source) -> ReadResult:
    """Read a template as if every placeholder were unknown.

    A template with directives (``%{ if … }``) is named as not read: without its arguments its
    text is not known.
    """
    if "%{" in source.text:
        return ReadResult(
            problems=[
                Problem(
                    "A template with directives, and no templatefile() in the scan renders it",
                    source.span(0, 1),
                    hint="Scan it together with the Terraform that uses it.",
                )
            ]
        )
    parsed = parse_json(_mapped(source))
    if parsed.problem is not None and parsed.problem.lost:
        return ReadResult(problems=[parsed.problem])
    kind = classify_json(parsed.value)
    if kind is JsonKind.PIPELINE:
        return json_documents.read_pipeline(source, parsed)
    if kind in (JsonKind.POLICY, JsonKind.POLICY_WRAPPER):
        return json_documents.read_policy(source, parsed, kind)
    return ReadResult()


def _mapped(source: Source) -> MappedText:
    builder = MappedTextBuilder()
    position = 0
    text = source.text
    for match in json_documents.PLACEHOLDER.finditer(text):
        builder.add(text[position : match.start()], source, position, match.start())
        builder.add_unknown(json_documents.placeholder(match[1]), source, *match.span())
        position = match.end()
    builder.add(text[position:], source, position, len(text))
    return builder.build(source)
