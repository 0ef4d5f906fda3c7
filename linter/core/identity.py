"""Who a document is: the root it belongs to, and where what it describes runs."""

from __future__ import annotations

from linter.core.record import record


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


NO_ROOT = Root()
NO_PLACEMENT = Placement()


def deployed_from(root: Root, path: str) -> str:
    """The directory whose settings hold for something: its root module's, else its file's.

    Named as reports name it; ``""`` is the working directory.
    """
    if root.kind == "terraform":
        return "" if root.path == "." else root.path
    return path.rpartition("/")[0]
