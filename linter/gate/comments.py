"""Comments of a text, told from strings that look like them.

Three languages have comments: HCL, YAML and Python. JSON has none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from linter.core.record import entity, field
from linter.core.regex import lazy_regex
from linter.core.sources import Source
from linter.discovery.detect import Format, detect_format
from linter.gate import MARKER


class Comment(NamedTuple):
    """A comment's text without its delimiters; ``start`` is the offset of that text."""

    text: str
    start: int
    end: int
    """Offset behind the whole comment, closing delimiter included."""


@entity
class Layout:
    """What suppressions need to know of a text."""

    comments: list[Comment] = field(default_factory=list)
    opaque: list[tuple[int, int]] = field(default_factory=list)
    """Strings over several lines (offsets, in order), where a comment would be text."""
    block_end: Callable[[int], int] = lambda line: line
    """The last line of the block that starts on a line; the line itself where none does."""

    own: set[int] | None = None
    """Lines that hold comments and nothing else, where the text's own lines do not say it."""

    def opener(self, offset: int) -> int:
        """``offset``, or where the multi-line string around it starts."""
        index = bisect_right(self.opaque, (offset, 1 << 62)) - 1
        if index >= 0 and self.opaque[index][0] < offset < self.opaque[index][1]:
            return self.opaque[index][0]
        return offset


def has_comments(source: Source) -> bool:
    """Whether the text's format has comments."""
    return _language(source) is not None


def layout_of(source: Source) -> Layout:
    """Comments, strings and blocks of a text; nothing for JSON and unknown formats.

    Of notebooks those of code cells that have each line on a line of the file, as all tools write
    them.
    """
    if source.path.lower().endswith(".ipynb"):
        return _scan_notebook(source)
    scan = _language(source)
    return Layout() if scan is None else scan(source)


def _language(source: Source) -> Callable[[Source], Layout] | None:
    path = source.path.lower()
    if path.endswith((".tf", ".tfvars", ".hcl", ".tofu")):
        return _scan_hcl
    if path.endswith(".json") or source.text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return None
    if path.endswith((".yaml", ".yml")):
        return _scan_yaml
    if path.endswith(".py"):
        return _scan_python
    return {Format.TERRAFORM: _scan_hcl, Format.YAML: _scan_yaml}.get(
        detect_format(source.path, source.text)
    )


_HCL = lazy_regex(
    r"""(?P<line>\#|//)|(?P<block>/\*)|(?P<quote>")|(?P<open>[\[({])|(?P<close>[\])}])
    |<<-?(?P<tag>[^\W\d][\w-]*)[ \t]*\r?\n""",
    re.VERBOSE,
)
_STRING = lazy_regex(r'\\.|\$\$\{|%%\{|(?P<open>[$%]\{)|(?P<end>["\n])', re.DOTALL)


def _scan_hcl(source: Source) -> Layout:
    """Brackets, strings with nested templates, heredocs and comments, in one pass."""
    text = source.text
    layout = Layout()
    ends: dict[int, int] = {}
    stack: list[tuple[str, int]] = []
    # What is open: ("[", line) a bracket, ("$", offset) a template sequence inside a string.
    position = 0
    in_string = -1
    while True:
        if in_string >= 0:
            found = _STRING.search(text, position)
            if found is None:
                break
            position = found.end()
            if found["open"]:
                stack.append(("$", in_string))
                in_string = -1
            elif found["end"]:
                in_string = -1
            continue
        found = _HCL.search(text, position)
        if found is None:
            break
        start, position = found.span()
        if found["line"]:
            end = text.find("\n", position)
            end = position = len(text) if end < 0 else end
            layout.comments.append(Comment(text[found.end() : end].rstrip(), found.end(), end))
        elif found["block"]:
            end = text.find("*/", position)
            if end < 0:
                break
            layout.comments.append(Comment(text[position:end], position, end + 2))
            position = end + 2
        elif found["quote"]:
            in_string = start
        elif found["tag"]:
            close = re.compile(rf"^[ \t]*{re.escape(found['tag'])}[ \t]*\r?$", re.MULTILINE)
            last = close.search(text, position)
            if last is None:
                break
            position = last.end()
            layout.opaque.append((start, position))
            _widest(ends, source.position(start)[0], source.position(position)[0])
        elif found["open"]:
            stack.append(("[", source.position(start)[0]))
        elif stack:
            kind, value = stack.pop()
            if kind == "$":
                in_string = value
            else:
                _widest(ends, value, source.position(start)[0])
    layout.block_end = lambda line: ends.get(line, line)
    return layout


def _widest(ends: dict[int, int], line: int, end: int) -> None:
    ends[line] = max(end, ends.get(line, line))


_YAML_COMMENT = lazy_regex(r"(?:^|(?<=[ \t]))#([^\r\n]*)", re.MULTILINE)


def _scan_yaml(source: Source) -> Layout:
    scalars = _yaml_scalars(source)
    starts = [start for start, _ in scalars]
    layout = Layout()
    for found in _YAML_COMMENT.finditer(source.text):
        index = bisect_right(starts, found.start()) - 1
        if index >= 0 and found.start() < scalars[index][1]:
            continue
        text = found[1].rstrip()
        layout.comments.append(Comment(text, found.start(1), found.end()))
    layout.opaque = [(a, b) for a, b in scalars if "\n" in source.text[a:b]]
    layout.block_end = lambda line: _yaml_block_end(source, line)
    return layout


def _yaml_scalars(source: Source) -> list[tuple[int, int]]:
    """Offsets of scalars. After a syntax error there are none: every ``#`` counts from there."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = source.text
    skipped = len(text) - len(text.removeprefix("\ufeff"))
    found: list[tuple[int, int]] = []
    try:
        for token in yaml.scan(text[skipped:], Loader=loader):
            if isinstance(token, yaml.ScalarToken):
                start, end = token.start_mark.index, token.end_mark.index
                found.append((start + skipped, end + skipped))
    except (yaml.YAMLError, RecursionError):
        return found
    return found


def _yaml_block_end(source: Source, line: int) -> int:
    first = source.line(line)
    indent = len(first) - len(first.lstrip(" "))
    item = first.lstrip(" ").startswith("-")
    last = line
    for number in range(line + 1, len(source.line_starts) + 1):
        text = source.line(number)
        bare = text.lstrip(" ")
        if not bare or bare.startswith("#"):
            continue
        here = len(text) - len(bare)
        listed = not item and here == indent and (bare == "-" or bare.startswith("- "))
        if here <= indent and not listed:
            break
        last = number
    return last


def _scan_python(source: Source) -> Layout:
    """Comments, texts over several lines, and where brackets and statements end.

    Behind what is no Python nothing is found.
    """
    import io
    import tokenize

    between = (
        *(tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT),
        *(tokenize.COMMENT, tokenize.ENCODING, tokenize.ENDMARKER),
    )
    layout = Layout()
    ends: dict[int, int] = {}
    open_brackets: list[int] = []
    starts = source.line_starts
    statement = 0
    skipped = len(source.text) - len(source.text.removeprefix("\ufeff"))

    def offset(position: tuple[int, int]) -> int:
        line, column = position
        return min(starts[line - 1] + column + (skipped if line == 1 else 0), len(source.text))

    reader = io.StringIO(source.text[skipped:], newline="")
    try:
        for token in tokenize.generate_tokens(reader.readline):
            line = token.start[0]
            if token.type == tokenize.COMMENT:
                start = offset(token.start) + 1
                text = token.string[1:].rstrip()
                layout.comments.append(Comment(text, start, offset(token.end)))
            elif token.type == tokenize.STRING and token.end[0] > line:
                layout.opaque.append((offset(token.start), offset(token.end)))
                _widest(ends, line, token.end[0])
            elif token.type == tokenize.OP and token.string in "([{":
                open_brackets.append(line)
            elif token.type == tokenize.OP and token.string in ")]}" and open_brackets:
                _widest(ends, open_brackets.pop(), line)
            elif token.type == tokenize.NEWLINE:
                _widest(ends, statement or line, line)
                statement = 0
            if not statement and token.type not in between:
                statement = line
    except (tokenize.TokenError, SyntaxError, IndexError):
        pass
    layout.block_end = lambda line: ends.get(line, line)
    return layout


def _scan_notebook(source: Source) -> Layout:
    """The comments of code cells, at their places in the notebook."""
    layout = Layout()
    if MARKER not in source.text.lower():
        return layout
    from linter.readers.python.files import python_file

    file, _ = python_file(source, "")
    inner = Source(source.path, file.text)
    scanned = _scan_python(inner)
    count = file.text.count("\n")
    outer = [source.position(file.offset(line, 0))[0] for line in range(1, count + 1)]
    shared = {line for line, times in Counter(outer).items() if times > 1}
    inner_of = {line: number for number, line in enumerate(outer, 1) if line not in shared}
    layout.own = set()
    for comment in scanned.comments:
        line, column = inner.position(comment.start)
        if line > count or outer[line - 1] in shared:
            continue
        start = file.offset(line, column - 1)
        layout.comments.append(Comment(comment.text, start, start + len(comment.text)))
        if inner.line(line).lstrip().startswith("#"):
            layout.own.add(outer[line - 1])

    def block_end(line: int) -> int:
        number = inner_of.get(line)
        last = scanned.block_end(number) if number is not None else 0
        return outer[last - 1] if 0 < last <= count else line

    layout.block_end = block_end
    return layout
