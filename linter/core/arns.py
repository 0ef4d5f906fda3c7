"""What an ARN says of where its resource is."""

from __future__ import annotations

from typing import Any

from linter.core.regions import is_region
from linter.core.values import Template


def parts_of(value: Any) -> list[str]:
    """``arn``, partition, service, region, account and the rest, as far as they are known.

    Of a partly known text only the parts before the first unknown are given; nothing for what is
    no ARN.
    """
    text = value.prefix if isinstance(value, Template) else value
    if not isinstance(text, str) or not text.startswith("arn:aws"):
        return []
    parts = text[:2_000].split(":", 5)
    # The part in which the known text ends may go on.
    return parts if not isinstance(value, Template) or len(parts) == 6 else parts[:-1]


def region_in(value: Any) -> str:
    """The region in an ARN, ``""`` where it has none."""
    parts = parts_of(value)
    return parts[3] if len(parts) > 3 and is_region(parts[3]) else ""


def account_in(value: Any) -> str:
    """The account in an ARN, ``""`` where it has none or one of AWS's own."""
    parts = parts_of(value)
    account = parts[4] if len(parts) > 4 else ""
    return account if len(account) == 12 and account.isdecimal() else ""
