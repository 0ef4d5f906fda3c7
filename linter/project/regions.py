"""Which region and account things of a project live in, as far as the text says."""

from __future__ import annotations

import re
from typing import Any

from linter.core.documents import Document
from linter.core.values import MISSING, Template, lookup
from linter.domain.pipeline import Pipeline
from linter.project.model import Project

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/")


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


def account_of(pipeline: Pipeline) -> str | None:
    """The account of a pipeline: that of its own role, else the one account of its steps' roles."""
    own = _account(pipeline.role)
    if own is not None:
        return own
    accounts = {
        account
        for step in pipeline.steps
        for account in map(_account, (step.get("RoleArn"), step.get("ExecutionRoleArn")))
        if account is not None
    }
    return accounts.pop() if len(accounts) == 1 else None


def _account(role: Any) -> str | None:
    text = role.prefix if isinstance(role, Template) else role
    found = _ROLE.match(text) if isinstance(text, str) else None
    return found[1] if found else None
