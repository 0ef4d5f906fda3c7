"""``rules show`` for a terminal."""

from __future__ import annotations

import sys
from textwrap import fill, indent
from typing import TYPE_CHECKING

from linter.reports.style import SEVERITY_STYLES, Painter, wants_colour

if TYPE_CHECKING:
    from linter.policy.examples import Example, Examples
    from linter.policy.rule import Rule

WIDTH = 96


def rule_text(rule: Rule, examples: Examples) -> str:
    """A rule, explained in plain text with colours where a person reads it."""
    from linter.policy.ruledocs import severity_words, subject_words

    paint = Painter(wants_colour(sys.stdout))
    meta = rule.meta
    word = severity_words(meta)
    severity = paint(word, SEVERITY_STYLES.get(word, "bold"))
    notes = [severity, f"{meta.confidence.word} confidence"]
    notes += ["opt-in"] if meta.opt_in else []
    notes += ["fixable"] if rule.fixable else []
    notes += [f"saves {meta.saves}"] if meta.saves else []
    out = [
        f"{paint(meta.id, 'bold')} {meta.name}",
        meta.title,
        " · ".join(notes),
        "",
        "Looks at",
        *(
            f"  {words}"
            for words in dict.fromkeys(subject_words(t) for t in rule.targets)
            or ("suppressions in comments and in the configuration",)
        ),
        "",
        paint("Why", "bold"),
        _prose(meta.rationale),
        "",
        paint("What to do", "bold"),
        _prose(meta.remediation),
        *(["", paint("With the Python SDK", "bold"), _prose(meta.sdk)] if meta.sdk else []),
    ]
    for word, shown in (("Fails", examples.failing[:1]), ("Passes", examples.passing[:1])):
        for example in shown:
            out += ["", paint(word, "bold") + f": {example.name}", _code(example)]
    for name, declaration in meta.parameters.items():
        words = f"{name} ({declaration['type']}, default {declaration['default']!r})"
        out += ["", paint("Parameter", "bold") + f" {words}", _prose(declaration["description"])]
    if meta.references:
        out += ["", paint("References", "bold"), *(f"  {r}" for r in meta.references)]
    return "\n".join(out)


def _prose(text: str) -> str:
    """Paragraphs wrapped, code blocks as they are."""
    if "```" in text or "\n    " in text:
        return indent(text, "  ")
    blocks = [fill(" ".join(p.split()), WIDTH - 2) for p in text.split("\n\n")]
    return indent("\n\n".join(blocks), "  ")


def _code(example: Example) -> str:
    return indent(example.shown[1].rstrip(), "  ")


def rule_shown(rule: Rule, examples: Examples, columns: int) -> str:
    """A rule's page for a person at a terminal: its Markdown, as wide as the terminal."""
    from linter.policy.ruledocs import rule_page
    from linter.reports.fitted import markdown_text

    width = min(columns, MOST)
    return markdown_text(rule_page(rule, examples), width, wants_colour(sys.stdout)).rstrip("\n")


MOST = 110
"""Columns of text that are still read with ease."""
