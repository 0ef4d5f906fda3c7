"""Container images in Amazon ECR: what their addresses say, and whose registries are AWS's own.

The accounts of AWS's registries are data (``data/aws_registries.json``), taken from the image
configuration of the SageMaker Python SDK: built-in algorithms, Deep Learning Containers, Clarify,
Model Monitor and the like, in all regions.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from linter.core.record import record
from linter.core.regex import lazy_regex
from linter.core.values import Template

_DATA = Path(__file__).parent / "data" / "aws_registries.json"
_HOST = lazy_regex(
    r"(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)/"
)
_REST = lazy_regex(r"([a-z0-9._/-]{1,256})(?::([A-Za-z0-9_.-]{1,128}))?(?:@(sha256:[0-9a-f]{64}))?")


@record
class EcrImage:
    """``ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG@DIGEST``; ``""`` for what is absent.

    Of a partly known text only the account and the region are given.
    """

    account: str
    region: str
    repository: str = ""
    tag: str = ""
    digest: str = ""

    @property
    def of_aws(self) -> bool:
        return self.account in aws_accounts()


def parse(image: Any) -> EcrImage | None:
    """The image a text names, ``None`` when it is not known to be one in ECR."""
    text = image.prefix if isinstance(image, Template) else image
    if not isinstance(text, str):
        return None
    host = _HOST.match(text)
    if host is None:
        return None
    rest = _REST.fullmatch(text, host.end()) if isinstance(image, str) else None
    if rest is None:
        return EcrImage(host[1], host[2])
    return EcrImage(host[1], host[2], rest[1], rest[2] or "", rest[3] or "")


@cache
def aws_accounts() -> frozenset[str]:
    """Accounts whose registries AWS publishes SageMaker images in."""
    return frozenset(json.loads(_DATA.read_text(encoding="utf-8"))["accounts"])
