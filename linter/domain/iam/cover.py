"""Which of many globs includes another one, without comparing each with each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linter.domain.iam.globs import GAP, ONE, STAR, covers

_ATOMS = (STAR, ONE, GAP)


class Cover:
    """Globs by the literal text that they begin and end with.

    A glob that includes another begins with a beginning of the other's literal text, and ends with
    an end of it; so only those that do are compared.
    """

    def __init__(self, globs: Iterable[str]) -> None:
        self._literal: dict[str, list[int]] = {}
        self._wild: dict[str, dict[str, list[int]]] = {}
        self._globs: list[str] = []
        for number, glob in enumerate(globs):
            self._globs.append(glob)
            head, tail = _ends(glob)
            if tail is None:
                self._literal.setdefault(glob, []).append(number)
            else:
                self._wild.setdefault(head, {}).setdefault(tail, []).append(number)

    def includes(self, glob: str) -> bool:
        """Whether one of the globs matches all that ``glob`` does."""
        return any(covers(self._globs[number], glob) for number in self._candidates(glob))

    def wider(self, number: int) -> int | None:
        """The first other glob that makes one superfluous: of two equal ones, the earlier does."""
        glob = self._globs[number]
        found = (
            other
            for other in self._candidates(glob)
            if other != number
            and covers(self._globs[other], glob)
            and (other < number or not covers(glob, self._globs[other]))
        )
        return min(found, default=None)

    def _candidates(self, glob: str) -> Iterator[int]:
        head, tail = _ends(glob)
        if tail is None:
            yield from self._literal.get(glob, ())
            tail = glob
        for end in range(len(head) + 1):
            tails = self._wild.get(head[:end])
            if tails is None:
                continue
            if len(tails) <= len(tail):
                for other, numbers in tails.items():
                    if tail.endswith(other):
                        yield from numbers
            else:
                for start in range(len(tail) + 1):
                    yield from tails.get(tail[start:], ())


def _ends(glob: str) -> tuple[str, str | None]:
    """(the text before the first wildcard, the text after the last); no end without a wildcard."""
    places = [at for at in map(glob.find, _ATOMS) if at >= 0]
    if not places:
        return glob, None
    last = max(glob.rfind(atom) for atom in _ATOMS)
    return glob[: min(places)], glob[last + 1 :]
