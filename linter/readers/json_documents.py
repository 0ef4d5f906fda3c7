"""Reader for JSON files that hold a pipeline definition or an IAM policy."""

from __future__ import annotations

from typing import Any

from linter.core.documents import Document, Embedded, Path, Problem, ReadResult
from linter.core.identity import Root
from linter.core.jsontext import JsonDocument, JsonLocator, parse_json
from linter.core.mapped import MappedText, MappedTextBuilder
from linter.core.regex import lazy_regex
from linter.core.rewriting import with_texts
from linter.core.sources import Source
from linter.core.values import Template, Unknown, make_string
from linter.discovery.detect import JsonKind, policy_path


def read_pipeline(source: Source, parsed: JsonDocument) -> ReadResult:
    """A definition file: one ``pipeline`` document.

    ``${name}`` inside its strings is a placeholder that some renderer fills in later: unknown.
    """
    value = parsed.value
    if "${" in source.text:
        value = with_texts(value, _with_placeholders)
    document = _document("pipeline", source, parsed, value)
    return ReadResult([document])


def _document(kind: str, source: Source, parsed: JsonDocument, value: Any) -> Document:
    """A file that is one document, and is deployed with nothing else."""
    path = source.path
    return Document(kind, "", "", source, value, parsed.locator, path, root=Root("file", path))


def read_policy(source: Source, parsed: JsonDocument, kind: JsonKind) -> ReadResult:
    """A policy file, or an AWS answer around one: one ``iam.policy`` document."""
    path: Path = policy_path(parsed.value) if kind is JsonKind.POLICY_WRAPPER else ()
    document = _document("iam.policy", source, parsed, parsed.value)
    value = parsed.value
    for key in path:
        value = value[key]
    fault = _no_statements(value)
    if fault:
        at = parsed.locator.locate((*path, "Statement")).span
        problem = Problem(fault, at, "SYN013", hint='Write "Statement": [{"Effect": …}].')
        return ReadResult([document], [problem])
    if path:
        from linter.core.documents import SubLocator

        document.embedded[path] = Embedded(value, SubLocator(parsed.locator, path))
    return ReadResult([document])


def _no_statements(policy: Any) -> str:
    """What is wrong with a policy of which no statement can be read."""
    statements = policy["Statement"]
    items = statements if isinstance(statements, list) else [statements]
    if all(isinstance(item, dict | Unknown | Template) for item in items):
        return ""
    return "The Statement of this policy is no statement and no list of statements"


def read_description(source: Source, parsed: JsonDocument) -> ReadResult:
    """``DescribePipeline``'s answer: the definition is JSON text inside JSON."""
    path: Path = ("PipelineDefinition",)
    document = _document("pipeline", source, parsed, parsed.value)
    locator = parsed.locator
    if not isinstance(locator, JsonLocator):
        return ReadResult([document])
    start, end = locator.offsets(path)
    inner = parse_json(decode_string(MappedText.of_source(source), source, start, end))
    problem = inner.problem
    if problem is not None:
        problem = Problem(
            f"PipelineDefinition: {problem.message}",
            problem.span,
            "SYN001",
            problem.hint,
            problem.lost,
        )
    document.embedded[path] = Embedded(inner.value, inner.locator, problem)
    return ReadResult([document], [problem] if problem else [])


PLACEHOLDER = lazy_regex(r"(?<!\$)\$\{([^{}\n]{1,200})\}")


def placeholder(name: str) -> Unknown:
    """The unknown that a template's ``${name}`` is when nothing says what fills it."""
    return Unknown(f"placeholder {name.strip()} has no value here", (f"template.{name.strip()}",))


def _with_placeholders(text: str | Template) -> Any:
    if not isinstance(text, str) or "${" not in text:
        return text
    pieces: list[Any] = PLACEHOLDER.split(text)
    pieces[1::2] = [placeholder(name) for name in pieces[1::2]]
    return make_string(pieces)


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def decode_string(text: MappedText, source: Source, start: int, end: int) -> MappedText:
    """The text that the JSON string ``text[start:end]``, quotes included, denotes."""
    body = text.text
    builder = MappedTextBuilder()
    position = start + 1
    stop = end - 1
    while position < stop:
        escape = body.find("\\", position, stop)
        if escape == -1:
            escape = stop
        builder.add(body[position:escape], source, position, escape)
        if escape >= stop:
            break
        letter = body[escape + 1]
        if letter == "u":
            after = escape + 6
            code = int(body[escape + 2 : after], 16)
            if 0xD800 <= code < 0xDC00 and body.startswith("\\u", after):
                low = int(body[after + 2 : after + 6], 16)
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                after += 6
            character = chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"
        else:
            after = escape + 2
            character = _ESCAPES.get(letter, letter)
        builder.add(character, source, escape, after)
        position = after
    return builder.build(source, start)
