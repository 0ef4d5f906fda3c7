"""The regions that AWS has, by partition.

From botocore 1.44.8, ``data/partitions.json`` (without the pseudo-regions ``aws-global`` and the
like); a region that is newer is added here. Whether a region has prices is another question: see
:mod:`pricing.bookfile`.
"""

from __future__ import annotations

from linter.core.printable import printable
from linter.core.regex import lazy_regex

PARTITIONS: dict[str, tuple[str, ...]] = {
    "aws": (
        *("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2"),
        *("ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2"),
        *("ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6"),
        *("ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2"),
        *("eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3"),
        *("il-central-1", "me-central-1", "me-south-1", "me-west-1", "mx-central-1"),
        *("sa-east-1", "sa-west-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    ),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
    "aws-eusc": ("eusc-de-east-1",),
    "aws-iso": ("us-iso-east-1", "us-iso-west-1"),
    "aws-iso-b": ("us-isob-east-1", "us-isob-west-1"),
    "aws-iso-e": ("eu-isoe-west-1",),
    "aws-iso-f": ("us-isof-east-1", "us-isof-south-1"),
}
REGIONS = frozenset(name for names in PARTITIONS.values() for name in names)

_LOCAL_ZONE = lazy_regex(r"(.+)-[a-z]{3}-\d{1,2}")
LOCAL_ZONE = r"^[a-z0-9-]+-\d-[a-z]{3}-\d{1,2}$"
"""For schemas, which cannot ask whether the region of a zone exists."""


def is_region(name: str) -> bool:
    return name in REGIONS


def has_prices_of_its_own(name: str) -> bool:
    """Whether AWS may list prices under this name: a region, or a local zone group of one."""
    zone = _LOCAL_ZONE.fullmatch(name[:60])
    return name in REGIONS or (zone is not None and zone[1] in REGIONS)


def partition_of(region: str) -> str:
    """The partition a region is in, ``""`` for what is no region."""
    return next((key for key, names in PARTITIONS.items() if region in names), "")


def nearest(name: str) -> str:
    """The region whose name is most like the given one, ``""`` when none is."""
    from difflib import get_close_matches

    found = get_close_matches(name.strip().lower()[:40], sorted(REGIONS), 1, 0.6)
    return found[0] if found else ""


def no_region(name: str) -> str:
    """What to say of a name that is none: ``"eu-wset-1" is not the name of a region; …``."""
    near = nearest(name)
    hint = f"; did you mean {near}?" if near else ""
    return f'"{printable(name, 60)}" is not the name of a region{hint}'
