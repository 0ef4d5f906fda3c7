"""What a script is evaluated in: its budget, what may be undone, and calls of its functions.

Where a condition is not known, both branches are run, each on what was there before, and what they
made is joined: a value becomes one of two, an element of a list becomes one that may be there.
Nothing of the script is executed.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Collection, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from linter.core.documents import Problem
from linter.core.values import Unknown
from linter.readers.python.files import PythonFile
from linter.readers.python.values import (
    Bound,
    Cell,
    Function,
    Instance,
    Loose,
    Map,
    Place,
    Scope,
    Sdk,
    Seq,
    UserClass,
    birth,
    flat,
    one_of,
    same,
    unknown,
)

MAX_STEPS = 1_500_000
"""Nodes that are evaluated for one scan; a loop that never ends is given up there."""
MAX_STEPS_A_FILE = 200_000
MAX_DEPTH = 24
"""Calls of the script's functions inside one another."""
MAX_NESTING = 150
"""Expressions and statements inside one another, in all calls together."""
MAX_ITEMS = 5_000
"""Elements of a list, and turns of a loop, that are kept apart."""
MAX_LIST = 50_000
"""Elements of a list that is put together of others; a longer one ends the script's reading."""
MAX_TEXT = 200_000


class Exhausted(Exception):  # noqa: N818
    """The budget is spent: what is left of the script is not evaluated."""


class Raised(Exception):  # noqa: N818
    """The script raises an exception of this name here, for sure."""

    def __init__(self, name: str, place: Place, kinds: frozenset[str] | None = None) -> None:
        """``kinds`` are the names that catch it, where its class is not Python's own."""
        super().__init__(name)
        self.name = name
        self.place = place
        self.kinds = _kinds_of(name) if kinds is None else kinds


def _kinds_of(name: str) -> frozenset[str]:
    kind = getattr(builtins, name, None)
    if not isinstance(kind, type) or not issubclass(kind, BaseException):
        return frozenset()
    return frozenset(one.__name__ for one in kind.__mro__)


class Stopped(Exception):  # noqa: N818
    """The script ends here: ``sys.exit()``."""


Result = TypeVar("Result")
Container = Scope | Seq | Map | Instance | Sdk


class Journal(dict[int, tuple[Container, Any]]):
    """Containers that were changed, each with what was there before."""

    def __init__(self) -> None:
        self.again: set[int] = set()
        """Those that were changed more than once."""

    def note(self, key: int, entry: tuple[Container, Any]) -> None:
        if key in self:
            self.again.add(key)
        else:
            self[key] = entry


class Frame:
    """One function that runs, or a module's own statements."""

    def __init__(self, file: PythonFile, scope: Scope, module: Scope, function: Function | None):
        self.file = file
        self.scope = scope
        self.module = module
        self.function = function
        self.returned: list[Cell] = []
        """What it may have returned already, behind a condition that is not known."""
        self.globals: set[str] = set()
        self.outer: set[str] = set()
        self.receiver: Cell | None = None
        self.yields: Seq | None = None
        self.inner_scopes = 0
        """How many comprehensions are around what is evaluated: their names are their own."""
        self.breaks = 0
        """How often a loop, or the function, may have been left behind an unknown condition."""


class Machine:
    """Evaluates scripts. ``tree`` gives the files that they may import or read."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.steps = 0
        self.limit = MAX_STEPS
        self.depth = 0
        self.nesting = 0
        self.frames: list[Frame] = []
        self.pipelines: list[Sdk] = []
        self.problems: list[Problem] = []
        self.uncertain = 0
        """How often something was done of which it is not known whether it fails."""
        self.replaced = Map({})
        """Attributes of other packages that the script itself sets, by their full names."""
        self.environment = Map({})
        """Environment variables that the script itself sets."""
        self._journals: list[Journal] = []
        self.lost: list[list[Recording]] = []
        """What branches changed before they failed, for each ``try`` that is around."""
        self.between: list[Recording] = []
        """What was changed by something that runs while a block of statements does."""
        self.modules: dict[str, Scope] = {}
        """Modules of the tree that were imported, by path."""
        self.generators: dict[int, bool] = {}
        self.called: set[int] = set()
        """Functions of the script's own that were called."""
        self.named: set[tuple[str, str]] = set()
        """Keywords and classes that the tables lack, each named once."""

    # -- budget ------------------------------------------------------------------------------------

    @contextmanager
    def budget(self) -> Any:
        """A file's own share of the budget."""
        before = self.limit
        self.limit = min(MAX_STEPS, self.steps + MAX_STEPS_A_FILE)
        frames = len(self.frames)
        journals = len(self._journals)
        try:
            yield
        finally:
            self.limit = before
            del self.frames[frames:]
            del self._journals[journals:]
            self.depth = self.nesting = 0

    def step(self, count: int = 1) -> None:
        self.steps += count
        if self.steps > self.limit:
            raise Exhausted

    # -- places ------------------------------------------------------------------------------------

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def place(self, node: ast.AST) -> Place:
        return Place(self.frame.file, node)

    def cell(self, value: Any, node: ast.AST) -> Cell:
        return Cell(value, Place(self.frame.file, node))

    # -- what may be undone ------------------------------------------------------------------------

    def touch(self, container: Container) -> None:
        """To be said before a container is changed.

        The innermost fork notes what was there before it; what it changed is said to the next
        one when it ends.
        """
        if self._journals:
            journal = self._journals[-1]
            if id(container) in journal:
                journal.again.add(id(container))
            else:
                state = _state(container)
                journal[id(container)] = (container, state)
                self.step(1 + _size(container) // 8)

    def _leave(self) -> None:
        """Hand what the innermost journal noted on to the one around it."""
        journal = self._journals.pop()
        if self._journals:
            around = self._journals[-1]
            around.again |= journal.again
            for key, entry in journal.items():
                around.note(key, entry)

    def fork(
        self,
        branches: Sequence[Callable[[], Any]],
        reason: str,
        place: Place,
        *,
        many: bool = False,
        kind_of: Callable[[Any], str] = lambda outcome: "",
    ) -> list[Any]:
        """Run each branch on what is there now, and join what they leave.

        ``kind_of`` says of a branch's outcome how it left: a branch that fails (``raise``) leaves
        nothing, as what is made then is never used; one that leaves otherwise (``return``) does
        not go on behind the fork, and the names that it bound are nobody's. ``many`` says that
        the first branch may run any number of times.
        """
        outcomes: list[Any] = []
        if many:
            first = partial(self._turn, branches[0], self._carried(branches[0], reason, place))
            branches = [first, *branches[1:]]
        states: list[tuple[dict[int, tuple[Container, Any]], str]] = []
        base: dict[int, tuple[Container, Any]] = {}
        for branch in branches:
            journal = Journal()
            self._journals.append(journal)
            try:
                outcome = branch()
            finally:
                self._leave()
            kind = kind_of(outcome)
            if kind == "raise" and self.lost:
                self.lost[-1].append(Recording(self, journal))
            after = {key: (one, _state(one)) for key, (one, _) in journal.items()}
            for one, state in journal.values():
                _restore(one, state)
            for key, entry in journal.items():
                base.setdefault(key, entry)
            outcomes.append(outcome)
            states.append((after, kind))
        self._join(base, states, reason, place, many)
        return outcomes

    def _carried(self, turn: Callable[[], Any], reason: str, place: Place) -> list[Carried]:
        """What a turn of a loop finds changed by the turns before it.

        Turns are tried until no more is found, and undone.
        """
        found: dict[int, Carried] = {}
        start = birth()
        for _ in range(MAX_TRIALS):
            before = len(self.pipelines), len(self.frame.returned), self.frame.breaks
            journal = Journal()
            self._journals.append(journal)
            try:
                self._turn(turn, list(found.values()))
            finally:
                self._leave()
            changes = [(one, state, _state(one)) for one, state in journal.values()]
            for one, state, _ in changes:
                _restore(one, state)
            del self.pipelines[before[0] :], self.frame.returned[before[1] :]
            self.frame.breaks = before[2]
            more = False
            for one, state, after in changes:
                if one.born > start:
                    continue
                carried = found.get(id(one)) or Carried(one, reason, place)
                if carried.learn(state, after):
                    found[id(one)] = carried
                    more = True
            if not more:
                return list(found.values())
        raise Exhausted

    def _turn(self, turn: Callable[[], Result], carried: list[Carried]) -> Result:
        for one in carried:
            self.touch(one.container)
            one.begin()
        outcome = turn()
        for one in carried:
            one.end()
        return outcome

    def recorded(self, run: Callable[[], Result]) -> tuple[Result | Raised, Recording]:
        """Run something; what it returned, or what it raised for sure, and what it changed."""
        frames, depth, nesting = len(self.frames), self.depth, self.nesting
        journal = Journal()
        self._journals.append(journal)
        outcome: Result | Raised
        try:
            outcome = run()
        except Raised as raised:
            del self.frames[frames:]
            self.depth, self.nesting = depth, nesting
            outcome = raised
        finally:
            self._leave()
        return outcome, Recording(self, journal)

    def _join(
        self,
        base: dict[int, tuple[Container, Any]],
        states: list[tuple[dict[int, tuple[Container, Any]], str]],
        reason: str,
        place: Place,
        many: bool,
    ) -> None:
        self.step(2 + 4 * len(base))
        live = [after for after, kind in states if not kind]
        whole = [after for after, kind in states if kind != "raise"]
        for key, (container, before) in base.items():
            chosen = live if isinstance(container, Scope) else whole
            if not chosen:
                continue
            found = [after[key][1] if key in after else before for after in chosen]
            self.touch(container)
            joined = found[0]
            for other in found[1:]:
                joined = _joined(container, joined, other, reason, place, many)
            _restore(container, joined)

    def attempt(self, run: Callable[[], Result | None], failed: Result | None) -> Result | None:
        """Run something behind an unknown condition; ``failed`` where it fails for sure."""
        frames, depth, nesting = len(self.frames), self.depth, self.nesting
        try:
            return run()
        except (Raised, Stopped):
            del self.frames[frames:]
            self.depth, self.nesting = depth, nesting
            self.uncertain += 1
            return failed

    def either(self, runs: Sequence[Callable[[], Cell]], reason: str, place: Place) -> Cell:
        """What one of several expressions gives; those that fail for sure are not the one.

        Raises :class:`Raised` where all of them fail.
        """
        outcomes = self.fork(
            [partial(self.attempt, run, None) for run in runs],
            reason,
            place,
            kind_of=lambda outcome: "raise" if outcome is None else "",
        )
        cells = [outcome for outcome in outcomes if outcome is not None]
        if not cells:
            raise Raised("Exception", place)
        return one_of(cells, reason, place)

    # -- calls -------------------------------------------------------------------------------------

    def call(
        self,
        function: Function,
        positional: Sequence[Cell],
        keywords: dict[str, Cell],
        place: Place,
        *,
        receiver: Cell | None = None,
        rest: Unknown | None = None,
    ) -> Cell:
        """What a function of the script's own returns. Raises :class:`Raised`."""
        from linter.readers.python.calling import bind, run

        key = id(function.node)
        if self.depth >= MAX_DEPTH or self.nesting >= MAX_NESTING - 20:
            self.uncertain += 1
            return Cell(unknown(f"{function.name}() is called too deeply to be followed"), place)
        self.called.add(key)
        arguments = [receiver, *positional] if receiver is not None else list(positional)
        scope = bind(self, function, arguments, keywords, place, rest)
        frame = Frame(function.file, scope, _module_of(function.scope), function)
        frame.receiver = receiver
        self.depth += 1
        self.frames.append(frame)
        try:
            return run(self, function, frame, place)
        finally:
            self.frames.pop()
            self.depth -= 1

    def method(self, cls: UserClass, name: str) -> tuple[Cell, UserClass] | None:
        """A name of a class, and the class it is defined in."""
        for one in cls.lineage():
            if name in one.scope.names:
                return one.scope.names[name], one
        return None

    def bound(self, cell: Cell, receiver: Cell) -> Cell:
        if isinstance(cell.value, Function):
            return Cell(Bound(cell.value, receiver), cell.place)
        return cell


MAX_TRIALS = 12
"""How often a loop of unknown length is tried to learn what it changes."""


class Carried:
    """What one container may hold when a turn of a loop begins, by the turns before it."""

    def __init__(self, container: Container, reason: str, place: Place) -> None:
        self.container = container
        self._keys: set[Any] = set()
        self._gone: set[Any] = set()
        """Keys of a dict that a turn may have taken out."""
        self._open = False
        self._mixed = False
        """Whether elements of a list are not only added at its end."""
        self._some = Cell(Unknown(reason), place)
        self._more = Cell(Loose((), reason, many=True), place)

    def learn(self, before: Any, after: Any) -> bool:
        """Take over what a turn has changed; whether that was not known yet."""
        mixed = False
        if isinstance(self.container, Seq):
            mixed = not _grew(before[0], after[0]) or before[1] is not after[1]
            opened = mixed or len(before[0]) < len(after[0])
            keys: set[Any] = set()
        else:
            keys = _changed(before[0], after[0])
            if isinstance(self.container, Map):
                keys |= _changed(before[3], after[3])
                self._gone |= before[0].keys() - after[0].keys()
            opened = isinstance(self.container, Map) and before[2] is not after[2]
        new = not keys <= self._keys or (opened and not self._open) or (mixed and not self._mixed)
        self._mixed = self._mixed or mixed
        self._keys |= keys
        self._open = self._open or opened
        return new

    def begin(self) -> None:
        """Put the container into the state that any turn may find."""
        one = self.container
        if isinstance(one, Seq):
            one.items = [] if self._mixed else one.items
            one.items.append(self._more)
            one.later = None
        elif isinstance(one, Map):
            for key in self._keys:
                if key in self._gone:
                    one.items.pop(key, None)
                (one.items if key in one.items else one.possible)[key] = self._some
            if self._open:
                one.rest = one.rest or self._some.value
        elif isinstance(one, Scope):
            one.names.update({key: self._some for key in self._keys if key in one.names})
        elif isinstance(one, Instance):
            one.names.update(dict.fromkeys(self._keys, self._some))
        else:
            one.args.update(dict.fromkeys(self._keys, self._some))

    def end(self) -> None:
        """Leave out what stood for other turns: the join of the turns stands for them."""
        one = self.container
        if isinstance(one, Seq) and not self._mixed:
            one.items = [cell for cell in one.items if cell is not self._more]


def _grew(before: list[Cell], after: list[Cell]) -> bool:
    """Whether elements were only added at the end."""
    return len(before) <= len(after) and all(map(_same_cell, before, after))


def _differs(key: Any, before: Any, after: Any) -> bool:
    return before[0].get(key) is not after[0].get(key)


def _changed(before: dict[Any, Cell], after: dict[Any, Cell]) -> set[Any]:
    """The keys that hold something else now."""
    return {
        key
        for key in before.keys() | after.keys()
        if key not in before or key not in after or not _same_cell(before[key], after[key])
    }


class Recording:
    """What some statements changed: each container with its state before and after."""

    def __init__(self, machine: Machine, journal: Journal) -> None:
        self._machine = machine
        self._changes = [(one, before, _state(one)) for one, before in journal.values()]
        self._again = journal.again

    def undo(self) -> None:
        for one, before, _ in self._changes:
            _restore(one, before)

    def redo(self) -> None:
        for one, _, after in self._changes:
            self._machine.touch(one)
            _restore(one, after)

    def doubt(self, reason: str, place: Place) -> None:
        """As it is when other statements run in between: in any order, changed in any way."""
        for one, _, _ in self._changes:
            self._machine.touch(one)
            if isinstance(one, Seq):
                one.later = None
                one.items = [Cell(Loose(flat(one.items), reason, many=True), place)]
            elif isinstance(one, Map):
                one.doubt(reason)

    def perhaps(self, reason: str, place: Place, unsure: Collection[str]) -> None:
        """What was changed may be so as well as it is now."""
        now = [(one, _state(one)) for one, _, _ in self._changes]
        self.somewhere(reason, place, unsure)
        for one, state in now:
            _restore(one, _joined(one, state, _state(one), reason, place, many=True))

    def somewhere(self, reason: str, place: Place, unsure: Collection[str]) -> None:
        """As it is when the statements stop somewhere; ``unsure`` names were bound repeatedly."""
        for one, before, after in self._changes:
            self._machine.touch(one)
            joined = _joined(one, before, after, reason, place, many=True)
            if isinstance(one, Seq):
                if id(one) in self._again and not _grew(before[0], after[0]):
                    joined = [Cell(Loose((), reason, many=True), place)], None
            else:
                repeated = id(one) in self._again and not isinstance(one, Scope)
                some = Cell(Unknown(reason), place)
                cells = {
                    key: some if key in unsure or (repeated and _differs(key, before, after)) else c
                    for key, c in joined[0].items()
                }
                joined = (cells, *joined[1:])
            _restore(one, joined)


def _module_of(scope: Scope) -> Scope:
    while scope.outer is not None:
        scope = scope.outer
    return scope


def _size(container: Container) -> int:
    if isinstance(container, Scope | Instance):
        return len(container.names)
    return len(container.items if isinstance(container, Seq | Map) else container.args)


def _state(container: Container) -> Any:
    if isinstance(container, Scope):
        return dict(container.names), container.rest
    if isinstance(container, Seq):
        return list(container.items), container.later
    if isinstance(container, Map):
        return (
            dict(container.items),
            dict(container.keys),
            container.rest,
            dict(container.possible),
        )
    if isinstance(container, Instance):
        return dict(container.names), container.rest
    return dict(container.args), container.rest, dict(container.state)


def _restore(container: Container, state: Any) -> None:
    if isinstance(container, Scope | Instance):
        container.names, container.rest = dict(state[0]), state[1]
    elif isinstance(container, Seq):
        container.items, container.later = list(state[0]), state[1]
    elif isinstance(container, Map):
        container.items, container.keys = dict(state[0]), dict(state[1])
        container.rest, container.possible = state[2], dict(state[3])
    else:
        container.args, container.rest = dict(state[0]), state[1]
        container.state = dict(state[2])


def _joined(
    container: Container, left: Any, right: Any, reason: str, place: Place, many: bool
) -> Any:
    if isinstance(container, Seq):
        if left[1] is not right[1]:  # in one branch it was asked for its elements
            return [Cell(Loose((), reason, many=True), place)], None
        return _joined_items(left[0], right[0], reason, place, many), left[1]
    if isinstance(container, Map):
        return _joined_maps(left, right, reason, place)
    if isinstance(container, Sdk):
        return (
            _joined_names(left[0], right[0], reason, place, absent=Cell(None, container.place)),
            left[1] or right[1],
            {**left[2], **right[2]},
        )
    return _joined_names(left[0], right[0], reason, place), left[1] or right[1]


def _joined_names(
    left: dict[str, Cell],
    right: dict[str, Cell],
    reason: str,
    place: Place,
    absent: Cell | None = None,
) -> dict[str, Cell]:
    """Names of two branches; what only one of them bound is that wherever it can be used."""
    found: dict[str, Cell] = {}
    for name in (*left, *(name for name in right if name not in left)):
        cells = [side.get(name, absent) for side in (left, right)]
        known = [cell for cell in cells if cell is not None]
        found[name] = one_of(known, reason, place) if len(known) == 2 else known[0]
    return found


def _joined_maps(left: Any, right: Any, reason: str, place: Place) -> Any:
    items: dict[Any, Cell] = {}
    possible: dict[Any, Cell] = {}
    for key in dict.fromkeys((*left[0], *right[0], *left[3], *right[3])):
        cells = [members[key] for side in (left, right) for members in side[::3] if key in members]
        sure = key in left[0] and key in right[0]
        (items if sure else possible)[key] = one_of(cells, reason, place)
    return items, {**left[1], **right[1]}, left[2] or right[2], possible


def _joined_items(
    left: list[Cell], right: list[Cell], reason: str, place: Place, many: bool
) -> list[Cell]:
    start = 0
    shortest = min(len(left), len(right))
    while start < shortest and _same_cell(left[start], right[start]):
        start += 1
    end = 0
    while end < shortest - start and _same_cell(left[-1 - end], right[-1 - end]):
        end += 1
    middle_left = left[start : len(left) - end]
    middle_right = right[start : len(right) - end]
    if many:
        added = (*middle_left, *middle_right)
        middle = [Cell(Loose(flat(added), reason, many=True), place)] if added else []
    elif any(isinstance(cell.value, Loose) for cell in (*middle_left, *middle_right)):
        cells = flat((*middle_left, *middle_right))
        middle = [Cell(Loose(cells, reason, many=True), place)]
    elif len(middle_left) == len(middle_right):
        middle = [
            one_of((one, other), reason, place)
            for one, other in zip(middle_left, middle_right, strict=True)
        ]
    else:
        middle = [_loose(cell, reason, place) for cell in (*middle_left, *middle_right)]
    return [*left[:start], *middle, *left[len(left) - end :]]


def _loose(cell: Cell, reason: str, place: Place) -> Cell:
    return cell if isinstance(cell.value, Loose) else Cell(Loose((cell,), reason), place)


def _same_cell(left: Cell, right: Cell) -> bool:
    return left is right or (left.place == right.place and same(left.value, right.value))
