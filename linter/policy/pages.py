"""The address of a rule's page, where the documentation is published."""

from __future__ import annotations

from linter.policy.model import RuleMeta


def page_of(docs_url: str, meta: RuleMeta) -> str:
    """The page of a built-in rule below an address, ``""`` where nothing is published.

    ``docs_url`` is the root of the site that ``mkdocs`` builds, or holds ``{id}`` or ``{name}``
    where another form is wanted (``https://example.com/rules/{id}-{name}.md``).
    """
    if not docs_url or meta.origin != "built-in":
        return ""
    form = docs_url
    if "{id}" not in form and "{name}" not in form:
        form = form.rstrip("/") + "/rules/{id}-{name}/"
    return form.replace("{id}", meta.id).replace("{name}", meta.name)


def published() -> str:
    """The documentation's address in the metadata of the installed package, ``""`` without one."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        listed = metadata("pipewarden").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    for entry in listed:
        label, _, address = str(entry).partition(",")
        if label.strip().lower() == "documentation":
            return address.strip()
    return ""
