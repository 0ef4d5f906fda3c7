"""``fleet discover``: entries of a manifest from what is there already."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linter.core.printable import printable
from linter.core.record import entity, field
from linter.fleet.manifest import refused_url, without_credentials

MAX_DEPTH = 6
"""Folders below the given one in which checkouts and snapshots are looked for."""
MAX_LISTING = 512 * 1024 * 1024
_PASSED = frozenset({"node_modules", ".venv", "venv", "__pycache__", ".terraform"})
_ACCOUNT = re.compile(r"\d{12}")


class ListingError(Exception):
    """Why nothing was discovered; one line."""


@entity
class Found:
    """Entries as plain mappings, and what was left out, with the reason."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def discover(source: str, *, ssh: bool = False, archived: bool = False) -> Found:
    """Entries of a folder of checkouts and snapshots, or of an organisation's listing as JSON.

    Args:
        ssh: clone by SSH and not by HTTPS.
        archived: take archived and empty repositories, too.

    Raises:
        ListingError: it is neither.
    """
    path = Path(source)
    if path.is_dir():
        return _in_folder(path)
    try:
        with path.open("rb") as stream:
            data = json.loads(stream.read(MAX_LISTING + 1).decode("utf-8-sig"))
    except FileNotFoundError:
        raise ListingError(f"{printable(source, 200)}: there is no such file or folder") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ListingError(f"{printable(source, 200)} cannot be read: {reason}") from None
    except (ValueError, RecursionError):
        raise ListingError(f"{printable(source, 200)} is neither a folder nor JSON") from None
    found = Found()
    for one in _repositories(data):
        _take(found, one, ssh=ssh, archived=archived)
    if not found.entries and not found.left_out:
        raise ListingError(
            f"{printable(source, 200)} lists no repositories as GitHub or GitLab do: each has a"
            " clone_url, an sshUrl or an http_url_to_repo"
        )
    return found


def _in_folder(top: Path) -> Found:
    found = Found()
    waiting = [(top, 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            inner = sorted(p for p in folder.iterdir() if p.is_dir() and not p.is_symlink())
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            found.left_out.append(f"{printable(str(folder), 200)}: {reason}")
            continue
        name = folder.relative_to(top).as_posix()
        name = folder.absolute().name if name == "." else name
        if (folder / ".git").exists():
            found.entries.append({"name": name, "path": str(folder.absolute())})
            continue
        accounts = [p for p in inner if _ACCOUNT.fullmatch(p.name)]
        if accounts and (folder / "manifest.json").is_file():
            for account in accounts:
                found.entries.append(
                    {
                        "name": f"{name}/{account.name}",
                        "snapshot": str(account.absolute()),
                        "tags": {"account": account.name},
                    }
                )
            continue
        if depth < MAX_DEPTH:
            waiting += [(p, depth + 1) for p in reversed(inner) if p.name not in _PASSED]
    found.entries.sort(key=lambda entry: entry["name"])
    return found


def _repositories(data: Any) -> Iterator[dict[str, Any]]:
    """The objects that describe repositories: in a list, in pages of it, or below a name."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            if _urls(value):
                yield value
            else:  # {"items": […]}, {"data": {"organization": {"repositories": {"nodes": […]}}}}
                waiting.extend(
                    v for v in reversed(list(value.values())) if isinstance(v, dict | list)
                )


def _urls(one: dict[str, Any]) -> dict[str, str]:
    """The addresses by which a repository is cloned, by HTTPS and by SSH."""
    keys = {
        "https": ("clone_url", "http_url_to_repo", "url"),
        "ssh": ("ssh_url", "ssh_url_to_repo", "sshUrl"),
    }
    known = {k for names in keys.values() for k in names if k != "url"}
    if not known & one.keys():
        return {}
    return {
        way: found
        for way, names in keys.items()
        for found in [next((one[n] for n in names if isinstance(one.get(n), str) and one[n]), "")]
        if found
    }


def _take(found: Found, one: dict[str, Any], *, ssh: bool, archived: bool) -> None:
    names = ("full_name", "path_with_namespace", "nameWithOwner", "name")
    name = next((str(one[key]) for key in names if one.get(key)), "")
    urls = _urls(one)
    url = urls.get("ssh" if ssh else "https") or next(iter(urls.values()))
    shown = printable(name or without_credentials(url), 200)
    if refused_url(url):
        found.left_out.append(f"{shown}: {refused_url(url)}")
        return
    if not archived:
        if one.get("archived") or one.get("isArchived"):
            found.left_out.append(f"{shown}: archived")
            return
        if one.get("size") == 0 or one.get("empty_repo") or one.get("isEmpty"):
            found.left_out.append(f"{shown}: empty")
            return
    entry: dict[str, Any] = {"name": name, "git": url} if name else {"git": url}
    branch = one.get("default_branch") or (one.get("defaultBranchRef") or {})
    branch = branch.get("name") if isinstance(branch, dict) else branch
    if isinstance(branch, str) and branch:
        entry["revision"] = branch
    owner = one.get("owner")
    login = owner.get("login") if isinstance(owner, dict) else None
    namespace = one.get("namespace")
    team = namespace.get("full_path") if isinstance(namespace, dict) else login
    if isinstance(team, str) and team:
        entry["team"] = team
    topics = one.get("topics") or one.get("tag_list")
    if isinstance(topics, list) and topics:
        entry["tags"] = {"topics": " ".join(sorted(str(topic) for topic in topics))}
    found.entries.append(entry)


def relative_paths(entries: list[dict[str, Any]], folder: Path) -> None:
    """Places below the manifest's folder are written relative to it."""
    for entry in entries:
        for key in ("path", "snapshot"):
            if key in entry:
                way = os.path.relpath(entry[key], folder)
                if not way.startswith(".."):
                    entry[key] = way
