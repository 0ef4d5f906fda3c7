"""What a snapshot of an account saw of a standing resource: whether it is on, and asked anything.

A usage file that speaks of the resource is believed first.
"""

from __future__ import annotations

from typing import Any

from linter.core.documents import Document
from linter.core.record import replace
from linter.core.values import lookup
from pricing.ranges import ZERO
from pricing.standing import StandingResource
from pricing.usage import NOTHING_STANDING, StandingUsage

_OFF = {
    # state member → states in which no instance is billed
    "NotebookInstanceStatus": ("Stopped", "Failed"),
    "Status": ("Deleted", "Failed"),
    "EndpointStatus": ("Failed",),
}
"""States of DescribeNotebookInstance, DescribeApp and DescribeEndpoint
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/)."""


def observed_usage(resource: StandingResource, stated: StandingUsage) -> tuple[StandingUsage, str]:
    """The usage with what was seen, and what was seen in words, ``""`` for nothing."""
    document = resource.of
    observed = document.attributes.get("Observed") if isinstance(document, Document) else None
    if not isinstance(observed, dict) or stated != NOTHING_STANDING:
        return stated, ""
    for member, states in _OFF.items():
        state = lookup(observed, member)
        if state in states:
            return replace(stated, hours_per_month=ZERO), f"{state} when the snapshot was pulled"
    words = never_invoked(observed)
    return (replace(stated, idle=True), words) if words else (stated, "")


def never_invoked(observed: Any) -> str:
    """What CloudWatch counted of an endpoint that nothing called, ``""`` where something did."""
    counted = lookup(observed, "Invocations")
    variants = lookup(counted, "Variants") if isinstance(counted, dict) else None
    if not isinstance(variants, dict) or not variants or any(variants.values()):
        return ""
    days, until = lookup(counted, "Days"), lookup(counted, "Until")
    return f"no invocation in the {days} days before {until}, by CloudWatch"
