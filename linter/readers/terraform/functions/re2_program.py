"""The program a parsed regular expression becomes."""

from __future__ import annotations

from linter.core.record import record
from linter.readers.terraform.functions.re2_classes import Test
from linter.readers.terraform.functions.re2_syntax import Parser
from linter.readers.terraform.functions.re2_tree import Node, UnsupportedPatternError

PROGRAM_LIMIT = 20_000


@record
class Char:
    test: Test


@record
class Split:
    """Tries ``first``, then ``second``."""

    first: int
    second: int


@record
class Save:
    slot: int


@record
class Assert:
    kind: str


@record
class Jump:
    to: int


@record
class Done:
    pass


Instruction = Char | Split | Save | Assert | Jump | Done


@record
class Program:
    code: list[Instruction]
    groups: list[str]
    """Names of the groups, ``""`` for a group without one; the whole match is not counted."""


class Compiler:
    def __init__(self) -> None:
        self.code: list[Instruction] = []

    def emit(self, instruction: Instruction) -> int:
        if len(self.code) >= PROGRAM_LIMIT:
            raise UnsupportedPatternError("a regular expression of this size")
        self.code.append(instruction)
        return len(self.code) - 1

    def add(self, node: Node) -> None:
        kind = node.kind
        if kind == "char" and node.test is not None:
            self.emit(Char(node.test))
        elif kind == "cat":
            for item in node.items:
                self.add(item)
        elif kind == "alt":
            self.alternatives(node.items)
        elif kind == "repeat":
            self.repeat(node)
        elif kind == "group":
            self.emit(Save(2 * node.index))
            self.add(node.items[0])
            self.emit(Save(2 * node.index + 1))
        elif kind == "assert":
            self.emit(Assert(node.what))

    def alternatives(self, branches: tuple[Node, ...]) -> None:
        jumps: list[int] = []
        for branch in branches[:-1]:
            split = self.emit(Split(0, 0))
            self.add(branch)
            jumps.append(self.emit(Jump(0)))
            self.code[split] = Split(split + 1, len(self.code))
        self.add(branches[-1])
        for jump in jumps:
            self.code[jump] = Jump(len(self.code))

    def repeat(self, node: Node) -> None:
        inner = node.items[0]
        for _ in range(node.low):
            self.add(inner)
        if node.high == -1:
            split = self.emit(Split(0, 0))
            self.add(inner)
            self.emit(Jump(split))
            self.code[split] = self.choice(split + 1, len(self.code), node.lazy)
            return
        splits: list[int] = []
        for _ in range(node.high - node.low):
            splits.append(self.emit(Split(0, 0)))
            self.add(inner)
        for split in splits:
            self.code[split] = self.choice(split + 1, len(self.code), node.lazy)

    @staticmethod
    def choice(inside: int, after: int, lazy: bool) -> Split:
        return Split(after, inside) if lazy else Split(inside, after)


def compile_pattern(pattern: str) -> Program:
    """A pattern's program.

    Raises:
        PatternError: when Go would refuse the pattern.
        UnsupportedPatternError: when it is beyond this engine.
    """
    parser = Parser(pattern)
    node = parser.parse()
    compiler = Compiler()
    compiler.emit(Save(0))
    compiler.add(node)
    compiler.emit(Save(1))
    compiler.emit(Done())
    return Program(compiler.code, parser.groups)
