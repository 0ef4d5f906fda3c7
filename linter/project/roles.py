"""Finding the scanned role that a name, an ARN or a reference denotes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from linter.core.documents import Document
from linter.core.values import Template
from linter.project.model import Project, Role


class RoleIndex:
    """Roles of a project by document and by name."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._by_document: dict[int, Role] = {}
        self._by_name: dict[Any, list[Role]] = defaultdict(list)
        for role in project.roles:
            self.add(role)

    def add(self, role: Role) -> None:
        self._by_document[id(role.document)] = role
        if isinstance(role.name, str | Template):
            self._by_name[role.name].append(role)

    def find(self, target: Any, document: Document) -> list[Role]:
        """The roles that ``target``, written in ``document``, denotes; several when one of them.

        References decide; where there is none, a name or an ARN's last part is looked up in the
        same module instance, then in the same root, then in the whole scan where it is unique.
        """
        found = [
            self._by_document[id(item)]
            for item in self._project.linked(target, document)
            if id(item) in self._by_document
        ]
        text = target
        if isinstance(text, str) and ":role/" in text:
            text = text.rsplit("/", 1)[-1]
        if found:
            if isinstance(text, str):
                # What it was reached through may be only a part of it.
                fitting = [r for r in found if not isinstance(r.name, str) or r.name == text]
                return fitting or self._named(text, document)
            return found
        return self._named(text, document) if isinstance(text, str | Template) else []

    def _named(self, text: Any, document: Document) -> list[Role]:
        same = [
            role
            for role in self._by_name.get(text, ())
            if not role.document.root.never_with(document.root)
        ]
        for near in (
            [role for role in same if role.document.module == document.module],
            [role for role in same if role.document.root == document.root],
        ):
            if near:
                return near
        return same if len(same) == 1 else []
