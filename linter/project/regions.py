"""Which region things of a project live in, as far as the text says."""

from __future__ import annotations

from linter.core.documents import Document
from linter.core.values import MISSING, lookup
from linter.project.model import Project


def region_of(document: Document, project: Project) -> str | None:
    """The region of a Terraform resource: its own ``region``, else that of the provider.

    Which of several configurations of the provider a resource uses is not looked at: the region
    is known only when all of them name the same. Other formats do not say where they are deployed.
    """
    own = lookup(document.value, "region")
    if isinstance(own, str):
        return own
    if own is not MISSING or not document.kind.startswith("terraform."):
        return None
    home = document.module.partition("//")[0]
    regions = {
        region if isinstance(region, str) else None
        for provider in project.by_type.get("aws", ())
        if provider.kind == "terraform.provider" and provider.module.partition("//")[0] == home
        for region in (lookup(provider.value, "region"),)
    }
    return regions.pop() if len(regions) == 1 else None
