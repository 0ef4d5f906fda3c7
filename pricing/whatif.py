"""The ``--what-if`` language: ``spot=all,cache=on,instance:Train=ml.g5.xlarge,count:Train=2``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from pricing.model import WhatIf
from pricing.yamlfile import suggestion


class WhatIfError(ValueError):
    """Text that is no what-if, with the reason."""


def parse_what_if(text: str) -> WhatIf:
    """Decode the option's text. Raises :class:`WhatIfError`."""
    spot = cache = ""
    instances: dict[str, str] = {}
    counts: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key, sign, value = (piece.strip() for piece in part.partition("="))
        kind, colon, step = key.partition(":")
        if not sign or not value:
            raise WhatIfError(f"{part!r}: write name=value, as in spot=all")
        if key == "spot":
            spot = _one_of(part, value, ("all", "off"))
        elif key == "cache":
            cache = _one_of(part, value, ("on", "off"))
        elif kind == "instance" and colon and step:
            if not re.fullmatch(r"ml\.[a-z0-9-]+\.[a-z0-9-]+", value):
                raise WhatIfError(f"{part!r}: {value} is not an instance type like ml.m5.xlarge")
            instances[step] = value
        elif kind == "count" and colon and step:
            if not value.isascii() or not value.isdecimal() or not 1 <= int(value[:6]) <= 10_000:
                raise WhatIfError(f"{part!r}: the count must be a whole number from 1 to 10000")
            counts[step] = int(value)
        else:
            known = ("spot", "cache", "instance:STEP", "count:STEP")
            raise WhatIfError(
                f"{part!r}: there is no {key}{suggestion(key, known)}; known are {', '.join(known)}"
            )
    return WhatIf(spot, cache, instances, counts)


def check_names(what_if: WhatIf, steps: Iterable[str]) -> None:
    """Raise :class:`WhatIfError` for a change to a step that is not there."""
    names = list(dict.fromkeys(steps))
    for kind, table in (("instance", what_if.instances), ("count", what_if.counts)):
        for wanted in table:
            if wanted not in names and not any(fnmatchcase(name, wanted) for name in names):
                hint = suggestion(wanted, names)
                raise WhatIfError(f"{kind}:{wanted}: there is no step {wanted!r}{hint}")


def _one_of(part: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise WhatIfError(f"{part!r}: the value must be {' or '.join(allowed)}")
    return value
