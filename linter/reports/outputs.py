"""``--output FORMAT[:FILE]``: which format goes where, several at once."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence

from linter.core.files import WriteError, write_report
from linter.core.record import record
from linter.core.secrets import masked
from linter.gate.review import Review
from linter.policy.suggest import did_you_mean

FORMATS: Mapping[str, tuple[str, str]] = {
    # format → (module, function that takes the review and gives text)
    "text": ("linter.reports.outputs", "render_text"),
    "json": ("linter.reports.json_report", "render"),
    "jsonl": ("linter.reports.jsonl", "render"),
    "sarif": ("linter.reports.sarif", "render"),
    "junit": ("linter.reports.junit", "render"),
    "gitlab": ("linter.reports.gitlab", "render"),
    "github": ("linter.reports.github", "render"),
    "markdown": ("linter.reports.github", "step_summary"),
    "github-summary": ("linter.reports.github", "step_summary"),
    "rdjson": ("linter.reports.rdjson", "render"),
}


class OutputError(ValueError):
    """An output that cannot be: an unknown format, two on standard output, one file twice."""


@record
class OutputSpec:
    """One output; ``path`` is ``""`` for standard output."""

    format: str
    path: str = ""


def parse_output_spec(text: str, formats: Mapping[str, object] = FORMATS) -> OutputSpec:
    """``sarif:out.sarif`` or ``github``; ``-`` is standard output. Raises :class:`OutputError`."""
    name, colon, path = text.partition(":")
    if name not in formats:
        known = ", ".join(formats)
        hint = did_you_mean(name, formats) or f"; choose from {known}"
        raise OutputError(f"{name!r} is no output format{hint}")
    if colon and not path:
        raise OutputError(f"{text!r}: a file's name follows the colon")
    return OutputSpec(name, "" if path == "-" else path)


def parse_output_specs(
    texts: Sequence[str], formats: Mapping[str, object] = FORMATS
) -> list[OutputSpec]:
    """All of them; at most one on standard output, no file twice. Raises :class:`OutputError`."""
    specs = [parse_output_spec(text, formats) for text in texts]
    places = [spec.path for spec in specs]
    for spec in specs:
        if places.count(spec.path) > 1:
            where = spec.path or "standard output"
            raise OutputError(f"several outputs go to {where}: give each a file of its own")
    return specs


def render(format_: str, review: Review, *, with_suppressed: bool = False) -> str:
    """A review in one of :data:`FORMATS`; ``with_suppressed`` matters to SARIF alone."""
    if format_ == "sarif" and with_suppressed:
        from linter.reports.sarif import SarifOptions
        from linter.reports.sarif import render as render_sarif

        return render_sarif(review, SarifOptions(suppressed=True))
    module, function = FORMATS[format_]
    renderer: Callable[[Review], str] = getattr(importlib.import_module(module), function)
    return renderer(review)


def render_text(review: Review) -> str:
    """The terminal report without colour and with all it can say, for a file."""
    from linter.reports.terminal import TerminalOptions
    from linter.reports.terminal import render as render_terminal

    return render_terminal(review, TerminalOptions(verbose=True))


def write_outputs(
    specs: Sequence[OutputSpec],
    review: Review,
    echo: Callable[[str, str], object],
    *,
    with_suppressed: bool = False,
) -> list[WriteError]:
    """Write every output; one that fails does not stop the others.

    ``echo`` gets the text for standard output, and its format. The errors are for standard error
    and mean exit code 2.
    """
    return write_texts(
        specs, lambda name: render(name, review, with_suppressed=with_suppressed), echo
    )


def write_texts(
    specs: Sequence[OutputSpec], text_of: Callable[[str], str], echo: Callable[[str, str], object]
) -> list[WriteError]:
    """The same for what ``text_of`` a format gives."""
    errors: list[WriteError] = []
    for spec in specs:
        text = text_of(spec.format)
        if not spec.path:
            echo(text, spec.format)
            continue
        try:
            write_report(spec.path, text)
        except WriteError as error:
            errors.append(error)
    return errors


def append_step_summary(review: Review, environment: Mapping[str, str]) -> None:
    """Add the summary of a review to the job's; see :func:`add_to_summary`."""
    from linter.reports.github import SUMMARY_LIMIT, step_summary

    add_to_summary(lambda: step_summary(review, SUMMARY_LIMIT), environment)


def add_to_summary(text: Callable[[], str], environment: Mapping[str, str]) -> None:
    """Add Markdown to the file ``GITHUB_STEP_SUMMARY`` names, if the environment has one.

    Raises:
        WriteError: the file cannot be written.
    """
    path = environment.get("GITHUB_STEP_SUMMARY", "")
    if not path:
        return
    try:
        # Appended, not replaced: other steps' summaries are in the same file.
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123
            file.write(masked(text()))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WriteError(f"{path}: cannot be written: {reason}") from error
