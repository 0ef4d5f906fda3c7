"""Profiles: how much is asked of a team. A rule's file says its severity in each.

``starter`` reports what nobody would defend, ``standard`` (the default) also what a careful team
repairs this quarter, ``regulated`` also the decisions that regulated work asks for: network
isolation, VPCs, customer managed keys, lineage and approvals.
"""

from __future__ import annotations

STARTER, STANDARD, REGULATED = PROFILES = ("starter", "standard", "regulated")
"""From the one that asks least to the one that asks most."""
OFF = "off"


def strictness(profile: str) -> int:
    """Where a profile stands among the others; more is stricter."""
    return PROFILES.index(profile)
