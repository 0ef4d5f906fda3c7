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

    @property
    def where(self) -> tuple[str, tuple[str, ...], str]:
        """The place itself, by whatever reason it is believed."""
        return self.region, self.regions, self.account


NO_ROOT = Root()
NO_PLACEMENT = Placement()
