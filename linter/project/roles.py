"""Finding the scanned role that a name, an ARN or a reference denotes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from linter.core.documents import Document
from linter.core.values import Template, references_of
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
        """The roles that ``target``, written in ``document``, denotes.

        References decide first; a name or an ARN's last part is looked up in the same module,
        then in the whole scan where it is unique.
        """
        found = [
            self._by_document[id(item)]
            for item in self._project.find_all(references_of(target), document.module)
            if id(item) in self._by_document
        ]
        if found:
            return found
        if isinstance(target, str) and ":role/" in target:
            target = target.rsplit("/", 1)[-1]
        if isinstance(target, str | Template):
            same = [
                role
                for role in self._by_name.get(target, ())
                if not role.document.root.never_with(document.root)
            ]
            local = [role for role in same if role.document.module == document.module]
            return local or (same if len(same) == 1 else [])
        return []
