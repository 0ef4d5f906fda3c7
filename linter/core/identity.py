"""Who a document is: the root it belongs to, and where what it describes runs."""

from __future__ import annotations

from linter.core.record import record
from linter.core.regex import lazy_regex


@record
class Root:
    """What is deployed as one: references resolve inside it and nowhere else.

    ``kind`` is ``terraform`` (a root module), ``plan``, ``cloudformation`` (a template) or
    ``file`` (a definition or policy that stands alone). ``path`` is the root module's directory
    (``"."`` for the working directory) or the file. ``variant`` names the set of variable files
    it is evaluated with, ``""`` where there is only one.
    """

    kind: str = "file"
    path: str = ""
    variant: str = ""

    def never_with(self, other: Root) -> bool:
        """Whether both are variants of one root: two deployments, which share no resource."""
        return self.variant != other.variant and (self.kind, self.path) == (other.kind, other.path)

    def __str__(self) -> str:
        """For people: ``infra/prod``, ``infra (dev)``."""
        return f"{self.path} ({self.variant})" if self.variant else self.path


@record
class Placement:
    """Where something runs, and why that is believed.

    ``region`` is ``""`` where it is not known; ``regions`` then lists what it may be, where the
    text says that it is one of a few. ``account`` is the twelve digits, or ``""``. ``because`` is
    one clause for people: ``provider aws.west``, ``its own region argument``.
    """

    region: str = ""
    regions: tuple[str, ...] = ()
    account: str = ""
    because: str = ""

    @property
    def where(self) -> tuple[str, tuple[str, ...], str]:
        """The place itself, by whatever reason it is believed."""
        return self.region, self.regions, self.account


Identity = tuple[Root, str]
"""What is deployed: the root, and the address in it, instance keys included."""

NO_ROOT = Root()
NO_PLACEMENT = Placement()


def deployed_from(root: Root, path: str) -> str:
    """The directory whose settings hold for something: its root module's, else its file's.

    Named as reports name it; ``""`` is the working directory.
    """
    if root.kind == "terraform":
        return "" if root.path == "." else root.path
    return path.rpartition("/")[0]


UNKNOWN_KEY = "…"
"""Stands in an address for an instance key that is not known."""

_KEY = lazy_regex(r'\[(?:"(?:[^"\\]|\\.)*"|\d+|…)\]')
_INDEX = lazy_regex(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')
_STEP = lazy_regex(r'([^.\[]+)((?:\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\])*)(?:\.|$)')


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted_key(key: str) -> str:
    """A ``for_each`` key as addresses write it."""
    return '"' + "".join(_ESCAPES.get(character, character) for character in key) + '"'


def without_keys(address: str) -> str:
    """``module.a["x"].aws_iam_role.r[0]`` → ``module.a.aws_iam_role.r``."""
    return _KEY.sub("", address) if "[" in address else address


def split_address(address: str) -> list[tuple[str, str | None]]:
    """The steps of an address, each with its instance key as written, ``None`` where it has none.

    ``module.a["x"].aws_iam_role.r`` → ``module``, ``a`` with ``"x"`` (quoted), ``aws_iam_role``,
    ``r``. A key that is not a literal is :data:`UNKNOWN_KEY`.
    """
    steps: list[tuple[str, str | None]] = []
    position = 0
    while position < len(address) and (match := _STEP.match(address, position)):
        position = match.end()
        index = _INDEX.match(match[2])
        if index is None:
            steps.append((match[1], None))
            continue
        key = index[0][1:-1]
        literal = key.isdecimal() or key.startswith('"')
        steps.append((match[1], key if literal else UNKNOWN_KEY))
    return steps
