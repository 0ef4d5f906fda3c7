"""What a root module is evaluated with, where a configuration says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from linter.core.record import field, record


@record
class RootSettings:
    """One set of values for a root module; what the command line gives comes on top.

    ``variable_files`` are paths, the later win; ``variables`` win over them. ``workspace`` is
    ``""`` where none is given. ``variant`` names the set where a root is applied with several.
    ``declared`` says that the configuration calls the directory a root: it is one even where
    another module calls it.
    """

    variable_files: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    workspace: str = ""
    variant: str = ""
    declared: bool = False


SettingsOf = Callable[[str], Sequence[RootSettings]]
"""For the directory of a root module, ``""`` for the working directory: one for each variant."""

DEFAULT = (RootSettings(),)


def only_with(variants: Sequence[str]) -> str:
    """What is said of something that does not hold in every variant of its root."""
    return f"only with {' and '.join(variants)}"
