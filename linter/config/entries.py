"""``[[ignore]]``: suppressions for files without comments; ``[[policy]]``: what files hold."""

from __future__ import annotations

from datetime import date

from linter.core.record import record
from linter.core.sources import Span

NOWHERE = Span("pipewarden.toml", 1, 1, 1, 1)


@record
class IgnoreEntry:
    """One ``[[ignore]]`` entry.

    ``path`` and ``address`` are globs; an empty one matches everything, and at least one is
    given. ``span`` is the entry's place in the configuration file, ``base`` the directory that
    ``path`` is relative to (``""``: the working directory).
    """

    rule: str
    path: str = ""
    address: str = ""
    reason: str = ""
    until: date | None = None
    span: Span = NOWHERE
    base: str = ""


@record
class PolicyEntry:
    """One ``[[policy]]`` entry: what kind of policy the files of a glob hold.

    ``kind`` is one of :data:`linter.config.keys.POLICY_KINDS`. ``accounts`` are those that an
    organisation's policy is attached to; empty: all. ``base`` is the directory that ``path`` is
    relative to.
    """

    path: str
    kind: str
    accounts: tuple[str, ...] = ()
    span: Span = NOWHERE
    base: str = ""
