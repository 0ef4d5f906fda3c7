"""No rule passes, or fails, because of what it cannot know.

Every rule of the catalogue is run on its own examples with one part replaced by an unknown: a
value, a text of which the beginning or the end is known, an element of a list or all that follow,
a key of a mapping that may be there. The unknown can stand for what was written. So an example that
fails must fail still, or be undecided; one that passes must pass still, or be undecided.

In the suite a sample of the replacements is tried, the same one every time. All of them are tried
with ``PIPEWARDEN_SOUNDNESS=all``.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from linter.core.documents import Document, Path
from linter.core.record import replace
from linter.core.values import Choice, OpenDict, Rest, Template, Unknown, walk
from linter.policy.examples import Example
from linter.policy.model import Verdict
from linter.policy.registry import examples_of, load_rules
from linter.policy.rule import Rule
from linter.policy.subjects import SubjectIndex
from linter.policy.testing import judge, load_example
from linter.project.link import link
from linter.project.model import Project
from pricing.advice import Advice

EVERYTHING = os.environ.get("PIPEWARDEN_SOUNDNESS") == "all"
PER_EXAMPLE = 12
UNKNOWN = Unknown("var.x has no default", ["var.x"])
RULES = {rule.id: rule for rule in load_rules().rules}

WRITTEN = frozenset(
    """SEC001 SEC002 SEC003 SEC004 SEC005 SEC007 TAG005 REL016 CACHE006 CACHE009""".split()
)
"""Rules about what a text itself holds: a secret that is given by a variable is not written there,
and a definition has at least the characters that are known."""
JOINING = frozenset(
    """name role roles user bucket repository policy_arn role_arn RoleArn model_name
    endpoint_config_name model_package_group_name ModelPackageGroupName InputName""".split()
)
"""Names by which documents are joined. A join by text is made where the text is known."""


@cache
def prices() -> Advice:
    return Advice.of_list_prices()


def places(documents: list[Document]) -> Iterator[tuple[int, Path, Path, Any]]:
    """(document, the embedded document's path in it, path, value) of everything that is written."""
    for number, document in enumerate(documents):
        roots = [((), document.value)] if () not in document.embedded else []
        for base, value in [*roots, *((p, e.value) for p, e in document.embedded.items())]:
            for path, item in walk(value):
                yield number, base, path, item


def replacements(path: Path, item: Any) -> Iterator[tuple[str, Any]]:
    """What is known of a value when something of it is not: (how, value)."""
    if isinstance(item, Unknown | Choice | Template):
        return
    if path:
        yield "unknown", UNKNOWN
    if isinstance(item, str) and len(item) > 1:
        half = len(item) // 2
        yield "beginning", Template([item[:half], UNKNOWN])
        yield "end", Template([UNKNOWN, item[half:]])
    if isinstance(item, list) and item:
        rest = Rest("more may follow", ["var.x"])
        yield "last", [*item[:-1], rest]
        yield "all", [rest]
    if isinstance(item, dict) and path:
        for key in item:
            others = {name: value for name, value in item.items() if name != key}
            yield f"key {key}", OpenDict(others, UNKNOWN)


def promised(rule: Rule, document: Document, base: Path, path: Path, how: str, item: Any) -> bool:
    """Whether the rule promises anything of a replacement; what it does not is written down."""
    names = [key for key in path if isinstance(key, str)]
    last = names[-1] if names else ""
    text = how in ("beginning", "end")
    if rule.id in WRITTEN:
        return False
    if not path and not isinstance(item, dict):
        return False
    if (*base, *path)[:1] in (("pipeline_definition",), ("PipelineDefinition",)) and not path:
        return False  # a definition that is not read at all is named by SYN012
    if item in ("", [], {}, None):
        return False  # a reference counts as set: docs/writing-rules.md
    if is_expression(item) or (how.startswith("key ") and is_expression(item[how[4:]])):
        return False  # an expression of a pipeline is known as a whole: no variable holds one
    if text and {"Resource", "NotResource", "Principal", "NotPrincipal"} & set(names):
        return False  # an unknown part of an ARN is some text, and no wildcard
    if text and item.startswith("arn:") and "*" in item:
        return False  # so it is in conditions
    if last in JOINING or how.removeprefix("key ") in JOINING:
        return False
    if last == "Get" or any(name.startswith("Std:") for name in names):
        return False  # so is what it is made of
    # What a file is for is told by what it holds, and is not known without.
    return not (
        document.kind == "iam.policy" and names[:1] == ["Statement"] and rule.id == "IAM077"
    )


def is_expression(value: Any) -> bool:
    """``{"Get": …}``, ``{"Std:Join": …}``."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    return next(iter(value)).startswith(("Get", "Std:"))


def changed(
    documents: list[Document], number: int, base: Path, path: Path, new: Any
) -> list[Document]:
    """Copies of the documents with one value replaced."""
    found = []
    for index, document in enumerate(documents):
        value, embedded = document.value, dict(document.embedded)
        if index == number and base in embedded:
            embedded[base] = replace(embedded[base], value=put(embedded[base].value, path, new))
        elif index == number:
            value = put(value, path, new)
        found.append(
            Document(
                document.kind,
                document.type,
                document.address,
                document.source,
                value,
                document.locator,
                document.module,
                document.instances,
                document.maybe,
                embedded,
                document.attributes,
                chosen_by_provider=document.chosen_by_provider,
                root=document.root,
                placement=document.placement,
            )
        )
    return found


def put(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    if isinstance(value, dict):
        made = OpenDict(value, value.rest) if isinstance(value, OpenDict) else dict(value)
        made[str(path[0])] = put(value[str(path[0])], path[1:], new)
        return made
    items = list(value)
    items[int(path[0])] = put(items[int(path[0])], path[1:], new)
    return items


def linked(documents: list[Document], original: Project) -> Project:
    project = link(documents)
    project.problems = original.problems + project.problems
    project.sources = original.sources
    project.files = original.files
    project.earlier = original.earlier
    return project


def sampled(rule: Rule, example: Example, items: list[Any]) -> list[Any]:
    if EVERYTHING or len(items) <= PER_EXAMPLE:
        return items
    seed = hashlib.sha256(f"{rule.id} {example.name}".encode()).digest()
    return random.Random(seed).sample(items, PER_EXAMPLE)


def contradictions(rule: Rule) -> Iterator[str]:
    for example in examples_of(rule).all:
        if example.verdict is Verdict.UNKNOWN:
            continue
        original = load_example(example)
        tries = [
            (number, base, path, how, new)
            for number, base, path, item in places(original.documents)
            for how, new in replacements(path, item)
            if promised(rule, original.documents[number], base, path, how, item)
        ]
        for number, base, path, how, new in sampled(rule, example, tries):
            documents = changed(original.documents, number, base, path, new)
            project = linked(documents, original)
            verdict = judge(rule, example, SubjectIndex(project), prices()).verdict
            if verdict not in (example.verdict, Verdict.UNKNOWN):
                where = documents[number].address or documents[number].path
                yield (
                    f"{example.name!r}: {example.verdict.value} as written, {verdict.value} with "
                    f"{where} {base} {path} known but for: {how}"
                )


@pytest.mark.parametrize("identity", sorted(RULES))
def test_an_unknown_is_never_decided_against_what_it_stands_for(identity: str) -> None:
    found = list(contradictions(RULES[identity]))
    assert not found, "\n".join(found[:20])
