"""Go's regular expression syntax.

Python's ``re`` reads other things into the same pattern and can be made to run for years;
both matter here, because patterns come from the files that are scanned.
"""

from __future__ import annotations

from linter.readers.terraform.functions.re2_classes import (
    CATEGORIES,
    ESCAPES,
    PERL,
    POSIX,
    Test,
    any_of,
    folded,
    in_category,
    in_ranges,
    literal,
    negated,
)
from linter.readers.terraform.functions.re2_tree import (
    Node,
    PatternError,
    UnsupportedPatternError,
)

DEPTH_LIMIT = 200
REPEAT_LIMIT = 1000


class Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.groups: list[str] = []
        self.flags = frozenset[str]()
        self.depth = 0

    @staticmethod
    def fail(what: str, part: str) -> PatternError:
        return PatternError(what, part)

    @property
    def rest(self) -> str:
        return self.pattern[self.position :]

    def peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.position)

    def parse(self) -> Node:
        node = self.alternatives()
        if self.position < len(self.pattern):
            raise self.fail("unexpected )", self.pattern)
        return node

    def alternatives(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise UnsupportedPatternError("the pattern is nested too deeply")
        branches: list[Node] = []
        items: list[Node] = []
        while self.position < len(self.pattern) and not self.peek(")"):
            if self.peek("|"):
                self.position += 1
                branches.append(Node("cat", tuple(items)))
                items = []
                continue
            node = self.atom()
            if node is not None:
                items.append(self.repeats(node))
        branches.append(Node("cat", tuple(items)))
        self.depth -= 1
        return branches[0] if len(branches) == 1 else Node("alt", tuple(branches))

    def atom(self) -> Node | None:
        char = self.pattern[self.position]
        if char == "(":
            return self.group()
        if char == "[":
            return Node("char", test=self.char_class())
        if char == "\\":
            return self.escape()
        self.position += 1
        if char == ".":
            dot_all = "s" in self.flags
            return Node("char", test=bool if dot_all else "\n".__ne__)
        if char == "^":
            return Node("assert", what="line-start" if "m" in self.flags else "start")
        if char == "$":
            return Node("assert", what="line-end" if "m" in self.flags else "end")
        if char in "*+?":
            raise self.fail("missing argument to repetition operator", char)
        return Node("char", test=self.folded(literal(char)))

    def folded(self, test: Test) -> Test:
        return folded(test) if "i" in self.flags else test

    # --- groups --------------------------------------------------------------------------

    def group(self) -> Node | None:
        start = self.position
        outer = self.flags
        self.position += 1
        name: str | None = ""
        if self.peek("?"):
            self.position += 1
            if self.peek("P<") or (self.peek("<") and not self.peek("<=") and not self.peek("<!")):
                name = self.group_name(start)
            elif self.set_flags(start):
                return None
            else:
                name = None
        index = 0
        if name is not None:
            self.groups.append(name)
            index = len(self.groups)
        inner = self.alternatives()
        if not self.peek(")"):
            raise self.fail("missing closing )", self.pattern)
        self.position += 1
        self.flags = outer
        return Node("group", (inner,), index=index) if index else inner

    def group_name(self, start: int) -> str:
        open_at = self.pattern.index("<", self.position) + 1
        close = self.pattern.find(">", open_at)
        name = self.pattern[open_at:close] if close != -1 else ""
        if not name.isascii() or not name.replace("_", "a").isalnum():
            raise self.fail("invalid named capture", self.pattern[start : start + 20])
        if name in self.groups:
            raise self.fail("duplicate capture group name", name)
        self.position = close + 1
        return name

    def set_flags(self, start: int) -> bool:
        """Reads ``i-s:`` or ``i)``; true when the flags hold from here on."""
        flags = set(self.flags)
        add = True
        while self.position < len(self.pattern):
            char = self.pattern[self.position]
            self.position += 1
            if char in "ims":
                (flags.add if add else flags.discard)(char)
            elif char == "U":
                raise UnsupportedPatternError("the flag U of a regular expression")
            elif char == "-" and add:
                add = False
            elif char in ":)":
                self.flags = frozenset(flags)
                return char == ")"
            else:
                break
        raise self.fail("invalid or unsupported Perl syntax", self.pattern[start : self.position])

    # --- repetition ----------------------------------------------------------------------

    def repeats(self, node: Node) -> Node:
        found = self.quantifier()
        if found is None:
            return node
        low, high = found
        lazy = self.peek("?")
        self.position += lazy
        start = self.position
        if self.quantifier() is not None:
            raise self.fail(
                "invalid nested repetition operator", self.pattern[start - 1 : self.position]
            )
        return Node("repeat", (node,), low=low, high=high, lazy=lazy)

    def quantifier(self) -> tuple[int, int] | None:
        if self.position >= len(self.pattern):
            return None
        simple = {"*": (0, -1), "+": (1, -1), "?": (0, 1)}.get(self.pattern[self.position])
        if simple is not None:
            self.position += 1
            return simple
        close = self.pattern.find("}", self.position)
        if not self.peek("{") or close == -1:
            return None
        inside = self.pattern[self.position + 1 : close]
        low, comma, high = inside.partition(",")
        if not _is_number(low) or (high and not _is_number(high)):
            return None
        lowest = int(low)
        highest = lowest if not comma else (int(high) if high else -1)
        if max(lowest, highest) > REPEAT_LIMIT or (highest != -1 and highest < lowest):
            raise self.fail("invalid repeat count", "{" + inside + "}")
        self.position = close + 1
        return lowest, highest

    # --- characters ----------------------------------------------------------------------

    def escape(self) -> Node | None:
        if self.position + 1 >= len(self.pattern):
            raise self.fail("trailing backslash at end of expression", "")
        char = self.pattern[self.position + 1]
        what = {"A": "start", "z": "end", "b": "word", "B": "not-word"}.get(char)
        if what is not None:
            self.position += 2
            return Node("assert", what=what)
        if char == "Q":
            return self.quoted()
        test = self.escaped_set()
        if test is None:
            test = literal(self.escaped_char())
        return Node("char", test=self.folded(test))

    def quoted(self) -> Node:
        start = self.position + 2
        end = self.pattern.find("\\E", start)
        text = self.pattern[start:] if end == -1 else self.pattern[start:end]
        self.position = len(self.pattern) if end == -1 else end + 2
        return Node("cat", tuple(Node("char", test=self.folded(literal(c))) for c in text))

    def escaped_set(self) -> Test | None:
        """``\\d``, ``\\W``, ``\\pL``; ``None`` when the escape is a single character."""
        char = self.pattern[self.position + 1 : self.position + 2]
        ranges = PERL.get(char.lower())
        if ranges is not None:
            self.position += 2
            test = in_ranges(ranges)
            return test if char.islower() else negated(test)
        if char and char in "pP":
            return self.category_set(negative=char == "P")
        return None

    def category_set(self, *, negative: bool) -> Test:
        start = self.position
        self.position += 2
        if self.peek("{"):
            close = self.pattern.find("}", self.position)
            name = self.pattern[self.position + 1 : close] if close != -1 else ""
            self.position = close + 1 if close != -1 else len(self.pattern)
        else:
            name = self.pattern[self.position : self.position + 1]
            self.position += 1
        if name.startswith("^"):
            negative, name = not negative, name[1:]
        if not name:
            raise self.fail("invalid character class range", self.pattern[start : self.position])
        if name[0] not in CATEGORIES or len(name) > 2:
            raise UnsupportedPatternError(f"the character class \\p{{{name}}}")
        test = in_category(name)
        return negated(test) if negative else test

    def escaped_char(self) -> str:
        start = self.position
        char = self.pattern[start + 1 : start + 2]
        self.position += 2
        if char in ESCAPES:
            return ESCAPES[char]
        if char == "x":
            return self.hexadecimal(start)
        if char in "01234567" and char:
            digits = char
            while len(digits) < 3 and self.rest[:1] in tuple("01234567"):
                digits += self.rest[0]
                self.position += 1
            if char == "0" or len(digits) > 1:
                return chr(int(digits, 8))
        elif char and (not char.isalnum() and char.isascii()):
            return char
        raise self.fail("invalid escape sequence", f"\\{char}")

    def hexadecimal(self, start: int) -> str:
        if self.peek("{"):
            close = self.pattern.find("}", self.position)
            digits = self.pattern[self.position + 1 : close] if close != -1 else ""
            self.position = close + 1
        else:
            digits = self.pattern[self.position : self.position + 2]
            self.position += 2
            if len(digits) < 2:
                digits = ""
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            part = self.pattern[start : start + 4]
            raise self.fail("invalid escape sequence", part) from None

    def char_class(self) -> Test:
        start = self.position
        self.position += 1
        negative = self.peek("^")
        self.position += negative
        tests: list[Test] = []
        ranges: list[tuple[str, str]] = []
        first = True
        while first or not self.peek("]"):
            if self.position >= len(self.pattern):
                raise self.fail("missing closing ]", self.pattern[start:])
            first = False
            test = self.class_set()
            if test is not None:
                tests.append(test)
                continue
            low = self.class_char()
            high = low
            if self.peek("-") and not self.peek("-]") and len(self.rest) > 1:
                self.position += 1
                high = self.class_char()
                if high < low:
                    raise self.fail("invalid character class range", f"{low}-{high}")
            ranges.append((low, high))
        self.position += 1
        if ranges:
            tests.append(in_ranges(ranges))
        test = self.folded(any_of(tests))
        return negated(test) if negative else test

    def class_set(self) -> Test | None:
        if self.peek("[:"):
            close = self.pattern.find(":]", self.position + 2)
            if close != -1:
                name = self.pattern[self.position + 2 : close]
                ranges = POSIX.get(name.removeprefix("^"))
                if ranges is None:
                    raise self.fail("invalid character class range", f"[:{name}:]")
                self.position = close + 2
                test = in_ranges(ranges)
                return negated(test) if name.startswith("^") else test
        return self.escaped_set() if self.peek("\\") else None

    def class_char(self) -> str:
        if self.peek("\\"):
            return self.escaped_char()
        if self.position >= len(self.pattern):
            raise self.fail("missing closing ]", self.pattern)
        char = self.pattern[self.position]
        self.position += 1
        return char


def _is_number(text: str) -> bool:
    return 0 < len(text) < 10 and text.isdecimal() and text.isascii()
