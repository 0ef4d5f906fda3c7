"""``check`` for people: grouped by file, the exact text underlined, why, and what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

from linter.core.printable import printable, width
from linter.core.record import record
from linter.core.secrets import masked
from linter.core.sources import Source, Span
from linter.gate.review import Review
from linter.gate.undecided import Undecided
from linter.gate.verdict import INCOMPLETE
from linter.policy.model import Finding, Severity, Verdict
from linter.reports.amounts import of_cost
from linter.reports.by_rule import amount_of, by_rule, cut
from linter.reports.style import SEVERITY_STYLES, Painter

MAX_EXCERPT = 160
"""Characters of a source line that are shown around the marked text."""
GUTTER = 13
"""Columns of a line of an excerpt beside the text: the number, the bar, two marks of a cut."""
_HANGING = 19
"""Columns before the rule's id; the rest of a message stands below it."""
_NARROWEST = 40
_JOINED = "\0"
"""Stands for a blank at which no line is broken; no printable text has it."""


@record
class TerminalOptions:
    colour: bool = False
    columns: int = 100
    """The width that texts are wrapped to; 0 where whoever prints them wraps them."""
    excerpt: int = MAX_EXCERPT
    """Columns of a source line that are shown."""
    show_unknown: bool = False
    quiet: bool = False
    """One line for each finding, and no summary by rule."""
    verbose: bool = False
    """The text that each finding is about, and why, for the first of each rule."""
    statistics: bool = False
    """Only the summary by rule."""
    limit: int = 0
    """The width that the one line of a finding is cut to; 0 does not cut."""
    summary: int = 0
    """The same for the lines of the summary by rule alone."""


def render(review: Review, options: TerminalOptions) -> str:
    """The whole report as text that ends with a line break."""
    writer = _Writer(review, options)
    return writer.text()


class _Writer:
    def __init__(self, review: Review, options: TerminalOptions) -> None:
        self._review = review
        self._options = options
        self._paint = Painter(options.colour)
        self._lines: list[str] = []
        self._explained: set[str] = set()
        self._secrets: dict[str, list[Span]] = {}
        for finding in review.findings:  # suppressed ones are secrets as well
            if finding.sensitive:
                span = finding.location.span
                self._secrets.setdefault(span.path, []).append(span)

    def text(self) -> str:
        shown = [f for f in self._review.visible_findings if f.verdict is Verdict.FAIL]
        options = self._options
        if not options.statistics:
            for path, findings in _by_path(shown).items():
                self._file(path, findings)
        if (options.statistics or not (options.verbose or options.quiet)) and shown:
            self._by_rule(shown)
        if self._options.show_unknown:
            self._unknowns()
        self._unread()
        self._crashes()
        self._summary(shown)
        return "\n".join(self._lines) + "\n"

    def _file(self, path: str, findings: list[Finding]) -> None:
        self._lines.append(self._paint(printable(path), "bold"))
        for finding in findings:
            self._finding(finding)
        self._lines.append("")

    def _finding(self, finding: Finding) -> None:
        span = finding.location.span
        word = finding.severity.word
        place = f"{span.start_line}:{span.start_column}"
        notes = [printable(finding.name)]
        if finding.fixable:
            notes.append(fixable_words(finding))
        painted = self._paint(f"{word:<9}", SEVERITY_STYLES[word])
        if not self._options.verbose and not self._options.quiet:
            self._line(place, painted, finding)
            return
        self._headline(place, painted, finding, ", ".join(notes))
        if self._options.quiet:
            return
        self._excerpt(span)
        indent = " " * 10
        if finding.savings is not None and finding.savings.high > 0:
            low, high = finding.savings.low, finding.savings.high
            amount = (
                f"${high:,.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"${low:,.2f}–{high:,.2f}"
            )
            self._note(
                indent,
                "saves",
                f"{amount} per month (expected ${finding.savings.expected:,.2f})",
                "bold green",
            )
        if finding.rule not in self._explained:
            self._explained.add(finding.rule)
            if finding.rationale:
                self._note(indent, "why", finding.rationale, "cyan")
            if finding.remediation:
                self._note(indent, "fix", finding.remediation, "green")
            if finding.page:
                self._note(indent, "page", finding.page, "dim")
        related = finding.location.related
        for item in related[:3]:
            where = f"{item.span.path}:{item.span.start_line}:{item.span.start_column}"
            self._note(indent, "see", f"{printable(where)} {printable(item.message)}", "dim")
        if len(related) > 3:
            self._note(indent, "see", f"{len(related) - 3} more places", "dim")

    def _line(self, place: str, word: str, finding: Finding) -> None:
        """All that is said of a finding by default: place, severity, rule, message, dollars."""
        notes = [amount_of(finding.savings), fixable_words(finding)]
        tail = f" [{', '.join(filter(None, notes))}]" if any(notes) else ""
        head = f"  {place:<8}{finding.severity.word:<9}{finding.rule} "
        limit = self._options.limit
        if limit and limit - len(head) - len(tail) < _NARROWEST:
            tail = tail.replace("fixable with --unsafe", "fix --unsafe")
        room = max(limit - len(head) - len(tail), _NARROWEST) if limit else 0
        message = cut(printable(finding.message, 600), room)
        start = f"  {place:<8}{word}{self._paint(finding.rule, 'bold')}"
        self._lines.append(f"{start} {message}{self._paint(tail, 'dim') if tail else ''}")

    def _by_rule(self, shown: list[Finding]) -> None:
        title = self._paint("By rule", "bold")
        self._lines.append(f"{title} (-v: the text and why; pipewarden rules show ID)")
        most = self._options.limit or self._options.summary
        self._lines.extend(by_rule(shown, self._paint, most))
        self._lines.append("")

    def _headline(self, place: str, word: str, finding: Finding, notes: str) -> None:
        """Place, severity, rule and message; wrapped, unless each finding is to be one line."""
        start = f"  {place:<8}{word}{self._paint(finding.rule, 'bold')}"
        message, notes = printable(finding.message, 600), f"[{notes}]"
        room = self._options.columns - _HANGING
        if self._options.quiet or room < _NARROWEST:
            self._lines.append(f"{start} {message} {self._paint(notes, 'dim')}")
            return
        first = " " * (len(finding.rule) + 1)
        wrapped = textwrap.wrap(
            f"{message} {notes.replace(' ', _JOINED)}",
            room,
            initial_indent=first,
            break_long_words=False,
            break_on_hyphens=False,
        )
        text = f"\n{' ' * _HANGING}".join(wrapped)[len(first) :].replace(_JOINED, " ")
        text = text.removesuffix(notes) + self._paint(notes, "dim")
        self._lines.append(f"{start} {text}")

    def _several(self, place: str, group: Undecided) -> None:
        """An unknown that leaves several checks open: what it is in, and which they are."""
        places = group.addresses
        where = places[0] if places else group.first.path
        if len(places) > 1:
            where += f" and {len(places) - 1} more"
        start = f"  {place:<8}{'unknown':<9}"
        text = f"{len(group.findings)} checks of {printable(where)}: {', '.join(group.rules)}"
        room = self._options.columns - _HANGING
        if self._options.quiet or room < _NARROWEST:
            self._lines.append(f"{start}{text}")
            return
        wrapped = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
        self._lines.append(start + f"\n{' ' * _HANGING}".join(wrapped))

    def _note(self, indent: str, label: str, text: str, style: str) -> None:
        plain = printable(" ".join(text.split()))
        wrapped = [plain]
        if self._options.columns:
            room = max(self._options.columns - len(indent) - 7, 40)
            wrapped = textwrap.wrap(plain, room, break_long_words=False, break_on_hyphens=False)
        for index, line in enumerate(wrapped):
            lead = self._paint(f"{label + ':':<7}", style) if index == 0 else " " * 7
            self._lines.append(f"{indent}{lead}{line}")

    def _excerpt(self, span: Span) -> None:
        source = self._review.project.sources.get(span.path)
        if source is None:
            return
        secrets, room = self._secrets.get(span.path, ()), self._options.excerpt
        shown, offset, marked = excerpt(source, span, secrets, room)
        # Of wide and escaped characters fewer fit than there are columns.
        for most in (room // 2, room // 4, room // 10):
            if width(shown) > room + 2 and room < MAX_EXCERPT:
                shown, offset, marked = excerpt(source, span, secrets, most)
        if not shown.strip():
            return
        gutter = f"{span.start_line:>8}"
        bar = self._paint("│", "dim")
        self._lines.append(f"{self._paint(gutter, 'dim')} {bar} {shown}")
        self._lines.append(
            f"{' ' * 8} {bar} {' ' * offset}{self._paint('^' * max(marked, 1), 'bold red')}"
        )

    def _unknowns(self) -> None:
        path = None
        for group in self._review.undecided:
            finding = group.first
            if finding.path != path:
                if path is not None:
                    self._lines.append("")
                path = finding.path
                self._lines.append(
                    self._paint(printable(path), "bold") + self._paint("  not decided", "dim")
                )
            span = finding.location.span
            place = f"{span.start_line}:{span.start_column}"
            if len(group.findings) == 1:
                self._headline(place, f"{'unknown':<9}", finding, printable(finding.name))
            else:
                self._several(place, group)
            if finding.because and not self._options.quiet:
                self._note(" " * 10, "asks", _decides(finding), "cyan")
        if path is not None:
            self._lines.append("")

    def _unread(self) -> None:
        unread = self._review.unread
        if not unread:
            return
        self._lines.append(self._paint("Not read", "bold yellow"))
        for problem in unread:
            span = problem.span
            place = printable(span.path)
            if problem.rule:  # of a file that was not opened there is no line to point at
                place += f":{span.start_line}:{span.start_column}"
            self._lines.append(f"  {place} {printable(problem.message, 600)}")
            if problem.hint and not self._options.quiet:
                self._note("    ", "fix", problem.hint, "green")
        self._lines.append("")

    def _crashes(self) -> None:
        for crash in self._review.lint.crashes:
            self._lines.append(
                f"{self._paint('rule crashed', 'bold red')} {crash.rule} on "
                f"{printable(crash.subject)} in {printable(crash.path)}: "
                f"{printable(crash.message, 300)} (--debug for the trace)"
            )

    def _summary(self, shown: list[Finding]) -> None:
        review = self._review
        counts = {s: sum(1 for f in shown if f.severity is s) for s in reversed(Severity)}
        parts = [
            self._paint(f"{count} {severity.word}", SEVERITY_STYLES[severity.word])
            for severity, count in counts.items()
            if count
        ]
        files = review.project.files
        pipelines = len(review.project.pipelines)
        scanned = f"{files} file{'s' * (files != 1)}, {pipelines} pipeline{'s' * (pipelines != 1)}"
        total = len(shown)
        head = (
            f"{total} finding{'s' * (total != 1)} ({', '.join(parts)})" if shown else "No findings"
        )
        tail = [f"in {scanned}"]
        for count, word in (
            (review.unknown_count, "unknown (--show-unknown)"),
            (review.suppressed_count, "suppressed"),
            (review.baselined_count, "baselined"),
            (len(review.unread), "not read"),
            (len(review.project.absent), "switched off (count is 0)"),
        ):
            if count:
                tail.append(f"{count} {word}")
        self._lines.append(f"{self._paint(head, 'bold')} {'; '.join(tail)}.")
        saving = review.savings_total
        if saving is not None and saving.expected > 0:
            self._lines.append(
                f"Fixing what has a price saves about ${saving.expected:,.2f} per month "
                f"(${saving.low:,.2f} to ${saving.high:,.2f}){of_cost(review.cost)};"
                " see pipewarden cost."
            )
        if review.stale:
            count = sum(entry.count for entry in review.stale)
            self._lines.append(
                f"{count} finding{'s' * (count != 1)} of the baseline "
                f"{'are' if count != 1 else 'is'} gone: pipewarden baseline prune takes "
                f"{'them' if count != 1 else 'it'} out."
            )
        if review.expiring:
            count, first = len(review.expiring), min(review.expiring)
            self._lines.append(
                f"{count} suppression{'s' * (count != 1)} {'end' if count != 1 else 'ends'} soon, "
                f"the first on {first}."
            )
        if review.weakened:
            from linter.reports.diff_report import weakened_lines

            self._lines.extend(weakened_lines(review.weakened, self._paint))
        gate = review.gate
        if gate.passed and gate.exit_code == 0:
            self._lines.append(self._paint("Gate passed.", "bold green"))
        else:
            word = "Analysis incomplete" if gate.exit_code == INCOMPLETE else "Gate failed"
            reasons = "; ".join(printable(reason, 400) for reason in gate.reasons)
            self._lines.append(self._paint(f"{word}: ", "bold red") + reasons + ".")


def _decides(finding: Finding) -> str:
    text = finding.because
    variables = [r for r in finding.references if r.startswith("var.")]
    if variables:
        names = ", ".join(f"--var {name.removeprefix('var.')}=…" for name in variables[:3])
        return f"{text}; decide it with {names} or a plan file"
    return text


def _by_path(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.path, []).append(finding)
    return grouped


_AROUND = 600
"""Characters beside what is shown of a line that are looked at for secrets which begin or end
there."""


def excerpt(
    source: Source, span: Span, secrets: Iterable[Span] = (), most: int = MAX_EXCERPT
) -> tuple[str, int, int]:
    """A source line safe to print, the columns before the marked text, and its width.

    A line of more than ``most`` characters is cut around the marked text; a span of several lines
    is marked to the end of its first line. The text of ``secrets``, spans of the same file, is
    masked.
    """
    at, stop = source.line_bounds(span.start_line)
    length = stop - at
    start = min(span.start_column - 1, length)
    one_line = span.end_line == span.start_line
    end = max(min(span.end_column - 1, length) if one_line else length, start)
    begin, left, right = 0, "", ""
    if length > most:
        begin = max(0, min(start - most // 4, length - most))
        stop = at + begin + most
        left, right = ("…" if begin else ""), ("…" if begin + most < length else "")
    around = source.text[max(at, at + begin - _AROUND) : min(stop + _AROUND, at + length)]
    hidden = masked(around)[min(begin, _AROUND) :][: stop - at - begin]
    line = _masked(hidden, begin, span.start_line, secrets)
    if not one_line:
        end = max(min(end, begin + len(line.rstrip())), start)
    start, end = start - begin, min(end - begin, len(line))
    before, marked, after = (
        printable(part.replace("\t", "    "))
        for part in (line[:start], line[start:end], line[end:])
    )
    return (
        f"{left}{before}{marked}{after}{right}",
        len(left) + width(before),
        width(marked),
    )


def _masked(line: str, begin: int, number: int, secrets: Iterable[Span]) -> str:
    """A part of a line with stars for what secrets it holds; columns stay where they are.

    ``begin`` is how many columns of the line are before the part.
    """
    for secret in secrets:
        if not secret.start_line <= number <= secret.end_line:
            continue
        start = secret.start_column - 1 - begin if number == secret.start_line else 0
        end = secret.end_column - 1 - begin if number == secret.end_line else len(line)
        start, end = max(start, 0), max(min(end, len(line)), 0)
        text = line[start:end]
        bare = text.strip("\"' \r\n")
        if bare:
            line = line[:start] + text.replace(bare, "*" * len(bare)) + line[end:]
    return line


def fixable_words(finding: Finding) -> str:
    """What ``fix`` can do about it, ``""`` for nothing."""
    if not finding.fixable:
        return ""
    return "fixable with --unsafe" if finding.unsafe_fix else "fixable"
