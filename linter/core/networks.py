"""Ranges of addresses: whether they are everywhere, however that is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

WIDEST = {4: 8, 6: 16}
"""Networks with a shorter prefix than this are so much of the internet that they name nobody."""


def is_much_of_the_internet(values: Iterable[Any]) -> bool:
    """Whether some range, or several joined, is everywhere or a large part of it."""
    return any(length < WIDEST[version] for version, length in widest(values))


def widest(values: Iterable[Any]) -> list[tuple[int, int]]:
    """(version, prefix length) of ranges, joined where they can be; what is no range is left out.

    ``0.0.0.0/0``, ``::/0`` in any spelling and the two halves of the internet are all length 0.
    Bits of an address behind its prefix are let be: ``::1/0`` is ``::/0``, as AWS takes it.
    """
    from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

    v4: list[IPv4Network] = []
    v6: list[IPv6Network] = []
    for value in values:
        if not isinstance(value, str):
            continue
        try:
            network = ip_network(value.strip(), strict=False)
        except ValueError:
            continue
        if isinstance(network, IPv4Network):
            v4.append(network)
        else:
            v6.append(network)
    return [
        *((4, network.prefixlen) for network in collapse_addresses(v4)),
        *((6, network.prefixlen) for network in collapse_addresses(v6)),
    ]
