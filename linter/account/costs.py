"""What AWS billed for the jobs of pipelines, by Cost Explorer.

Jobs that a pipeline starts carry tags whose keys begin with ``sagemaker:pipeline-``; they show in
Cost Explorer once they are activated as cost allocation tags. AWS charges USD 0.01 for each request
(https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/), so it is asked only with
``--costs``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from linter.account.client import Account
from linter.account.snapshot import COSTS, Area, Object

PREFIX = "sagemaker:pipeline-"
METRIC = "UnblendedCost"
MONTHS = 3
_NAME = re.compile(r"(?:^|:)pipeline/([A-Za-z0-9-]+)")


def pull_costs(account: Account, area: Area, now: datetime) -> int:
    """What the last whole months cost by pipeline. Nothing is written where no tag is active."""
    until = now.date().replace(day=1)
    since = until
    for _ in range(MONTHS):
        since = (
            since.replace(year=since.year - 1, month=12)
            if since.month == 1
            else (since.replace(month=since.month - 1))
        )
    period = {"Start": since.isoformat(), "End": until.isoformat()}
    answer = account.asked("ce", "get_tags", "", TimePeriod=period)
    keys = [key for key in answer.get("Tags") or () if str(key).startswith(PREFIX)]
    if not keys:
        return 0
    key = min(keys, key=lambda key: ("arn" not in key, "execution" not in key, key))
    months: dict[str, dict[str, Decimal]] = {}
    token = ""
    while True:
        more = {"NextPageToken": token} if token else {}
        page = account.asked(
            "ce",
            "get_cost_and_usage",
            key,
            TimePeriod=period,
            Granularity="MONTHLY",
            Metrics=[METRIC],
            GroupBy=[{"Type": "TAG", "Key": key}],
            **more,
        )
        for result in page.get("ResultsByTime") or ():
            _add(months, result)
        token = str(page.get("NextPageToken") or "")
        if not token:
            break
    properties = {
        "Tag": key,
        "Metric": METRIC,
        "Months": {
            month: {name: str(amount) for name, amount in sorted(found.items())}
            for month, found in months.items()
        },
    }
    arn = f"arn:{account.partition}:ce::{account.id}:costs"
    area.put("costs", "pipelines", Object(COSTS, arn, area.account, "", properties))
    return 1


def _add(months: dict[str, dict[str, Decimal]], result: dict[str, Any]) -> None:
    """Sum one month's groups by the pipeline that a tag's value names."""
    month = str((result.get("TimePeriod") or {}).get("Start", ""))[:7]
    found = months.setdefault(month, defaultdict(Decimal))
    for group in result.get("Groups") or ():
        value = str((group.get("Keys") or [""])[0]).partition("$")[2]
        named = _NAME.search(value)
        amount = ((group.get("Metrics") or {}).get(METRIC) or {}).get("Amount", "0")
        if named:
            found[named[1]] += Decimal(str(amount))
