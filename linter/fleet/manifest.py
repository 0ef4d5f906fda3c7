"""The manifest of a fleet: which repositories, snapshots and prefixes, and whose they are.

TOML, YAML and CSV hold the same. A mistake costs the entry it is in: it is named with its file, its
line where that is known and the nearest valid word, and the rest goes on.
"""

from __future__ import annotations

import csv
import io
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from linter.core.digest import sha256
from linter.core.printable import printable
from linter.core.record import field, record
from linter.core.schemas import SCHEMA_FILES
from linter.policy.suggest import did_you_mean

MAX_ENTRIES = 1_000_000
MAX_BYTES = 256 * 1024 * 1024
_MAX_TEXT = 2_000

PLACES = ("path", "git", "snapshot", "prefix")
"""Where an entry's files are: exactly one of these says it."""

KEYS: Mapping[str, str] = {
    "name": "What reports call it; by default the end of its place.",
    "path": "A folder on this machine, from the manifest's folder.",
    "git": "The URL of a repository; cloned shallowly with your own git and its credentials.",
    "revision": "A branch, tag or commit of it; by default what the server calls HEAD.",
    "directory": "Only this folder of the repository.",
    "snapshot": "A folder that `pipewarden pull` wrote.",
    "prefix": "Files behind an fsspec URL: s3://bucket/prefix, file:///folder.",
    "team": "Who answers for it.",
    "owner": "A person, or an address.",
    "environment": "dev, prod …",
    "tags": "More of it: names with texts.",
}
_TOP = ("entries", "defaults")
_INHERITED = ("team", "owner", "environment", "tags")
_TAG_COLUMN = re.compile(r"tags?[.:](.+)")
_LOCAL = re.compile(r"[A-Za-z]:[\\/]|[/~]")


@record
class Entry:
    """One repository, snapshot or prefix.

    ``place`` is one of :data:`PLACES` and ``where`` its value: an absolute path, or a URL.
    """

    name: str
    place: str
    where: str
    revision: str = ""
    directory: str = ""
    team: str = ""
    owner: str = ""
    environment: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """``where`` without what might be a credential."""
        return without_credentials(self.where)

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _FIELDS} | {"tags": dict(self.tags)}

    @property
    def digest(self) -> str:
        """Tells it from an entry that says something else about the same place."""
        parts = [str(getattr(self, name)) for name in _FIELDS]
        parts += [f"{key}={self.tags[key]}" for key in sorted(self.tags)]
        text = "\x00".join(parts)
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


_FIELDS = (
    "name",
    "place",
    "where",
    "revision",
    "directory",
    "team",
    "owner",
    "environment",
)


@record
class Mistake:
    """One thing wrong with a manifest; ``line`` is 0 where it is not known."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        place = (
            f"{printable(self.path, 300)}:{self.line}" if self.line else printable(self.path, 300)
        )
        return f"{place}: {printable(self.message, 400)}"


@record
class Manifest:
    """What a manifest says, and what is wrong with it."""

    entries: tuple[Entry, ...]
    mistakes: tuple[Mistake, ...] = ()


def without_credentials(where: str) -> str:
    """A URL without the user and password in it, and without a query that may hold a token."""
    stripped = re.sub(r"^([A-Za-z][\w+.-]*://)[^/@\s]*@", r"\1", where)
    return stripped.partition("?")[0] if "://" in stripped else stripped


def read_manifest(path: str) -> Manifest:
    """A manifest's entries. Nothing is raised: what cannot be used is a mistake."""
    file = Path(path)
    try:
        if file.exists() and not file.is_file():
            raise OSError(0, "not a regular file")
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise OSError(0, f"larger than {MAX_BYTES // 1024 // 1024} MB")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Manifest((), (Mistake(path, 0, "is not UTF-8 text"),))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Manifest((), (Mistake(path, 0, f"cannot be read: {reason.lower()}"),))
    return parse_manifest(text, path, file.absolute().parent)


def parse_manifest(text: str, path: str, folder: Path) -> Manifest:
    """The entries of a manifest's text; ``folder`` is what its paths are relative to."""
    reading = _Reading(path, folder)
    suffix = posixpath.splitext(path)[1].lower()
    if suffix == ".csv":
        reading.csv(text)
    elif suffix == ".toml":
        reading.toml(text)
    elif suffix in (".yaml", ".yml", ".json"):
        reading.yaml(text)
    else:
        reading.wrong(0, "ends in none of .toml, .yaml, .yml, .json and .csv")
    return Manifest(tuple(reading.entries), tuple(reading.mistakes))


class _Reading:
    def __init__(self, path: str, folder: Path) -> None:
        self.path, self.folder = path, folder
        self.entries: list[Entry] = []
        self.mistakes: list[Mistake] = []
        self._names: dict[str, int] = {}

    def wrong(self, line: int, message: str) -> None:
        self.mistakes.append(Mistake(self.path, line, message))

    # --- the three forms ---------------------------------------------------------------------

    def toml(self, text: str) -> None:
        import tomllib

        try:
            data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            found = re.search(r" \(at line (\d+), column \d+\)$", str(error))
            reason = str(error)[: found.start()] if found else str(error)
            self.wrong(int(found[1]) if found else 0, f"is no TOML: {reason}")
            return
        lines = [n for n, row in enumerate(text.split("\n"), 1) if _TOML_ENTRY.match(row)]
        entries = data.get("entries")
        same = isinstance(entries, list) and len(lines) == len(entries)
        self._document(data, lambda number: lines[number] if same else 0)

    def yaml(self, text: str) -> None:
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            node = yaml.compose(text, loader)
            data = yaml.load(text, loader)  # noqa: S506 - one of the safe loaders
        except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError) as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
            self.wrong(mark.line + 1 if mark else 0, f"is no YAML: {reason}")
            return
        lines: list[int] = []
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            if key.value == "entries" and isinstance(value, yaml.SequenceNode):
                lines = [item.start_mark.line + 1 for item in value.value]
        self._document(data, lambda number: lines[number] if number < len(lines) else 0)

    def csv(self, text: str) -> None:
        try:
            rows = csv.reader(io.StringIO(text, newline=""), strict=True)
            head = [name.strip() for name in next(rows, [])]
        except csv.Error as error:
            self.wrong(1, f"is no CSV: {error}")
            return
        known = [name for name in KEYS if name != "tags"]
        if not any(place in head for place in PLACES):
            self.wrong(1, f"the first line names the columns, one of them {_or(PLACES)}")
            return
        for name in head:
            if name not in known and not _TAG_COLUMN.fullmatch(name):
                hint = did_you_mean(name, known)
                self.wrong(1, f"there is no column {name!r}{hint}; tags are tags.NAME")
        try:
            for row in rows:
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) > len(head):
                    self.wrong(rows.line_num, f"has {len(row)} cells for {len(head)} columns")
                    continue
                said: dict[str, Any] = {}
                tags: dict[str, str] = {}
                for name, cell in zip(head, row, strict=False):
                    tag = _TAG_COLUMN.fullmatch(name)
                    if tag and cell.strip():
                        tags[tag[1]] = cell.strip()
                    elif name in known and cell.strip():
                        said[name] = cell.strip()
                if tags:
                    said["tags"] = tags
                self._entry(said, {}, rows.line_num)
        except csv.Error as error:
            self.wrong(rows.line_num, f"is no CSV: {error}")

    def _document(self, data: Any, line_of: Any) -> None:
        if not isinstance(data, dict):
            self.wrong(0, "must be a mapping with a list named entries")
            return
        for key in data:
            if key not in _TOP and key != "$schema":
                self.wrong(0, f"has no {str(key)!r}{did_you_mean(key, _TOP)}")
        defaults = data.get("defaults", {})
        if not isinstance(defaults, dict):
            self.wrong(0, "defaults must be a mapping")
            defaults = {}
        for key in defaults:
            if key not in _INHERITED:
                self.wrong(0, f"defaults has no {str(key)!r}{did_you_mean(key, _INHERITED)}")
        entries = data.get("entries")
        if not isinstance(entries, list):
            self.wrong(0, "must have a list named entries")
            return
        shared = {key: defaults[key] for key in _INHERITED if key in defaults}
        for number, said in enumerate(entries):
            self._entry(said, shared, line_of(number))

    # --- one entry ---------------------------------------------------------------------------

    def _entry(self, said: Any, shared: Mapping[str, Any], line: int) -> None:
        if len(self.entries) >= MAX_ENTRIES:
            if len(self.entries) == MAX_ENTRIES and not self._names.get("\x00"):
                self._names["\x00"] = 1
                self.wrong(line, f"has more than {MAX_ENTRIES:,} entries; the rest is left out")
            return
        if not isinstance(said, dict):
            self.wrong(line, "an entry must be a mapping")
            return
        before = len(self.mistakes)
        for key in said:
            if key not in KEYS:
                self.wrong(line, f"an entry has no {str(key)!r}{did_you_mean(key, KEYS)}")
        given = [place for place in PLACES if said.get(place) not in (None, "")]
        if len(given) != 1:
            count = "none" if not given else " and ".join(given)
            self.wrong(line, f"an entry has one of {_or(PLACES)}; this one has {count}")
        words = {key: self._text(said, key, line) for key in KEYS if key != "tags"}
        for key in _INHERITED[:3]:
            if not words[key] and shared.get(key) is not None:
                words[key] = self._text(shared, key, line)
        tags = self._tags(shared.get("tags"), line) | self._tags(said.get("tags"), line)
        if len(self.mistakes) > before:
            return
        (place,) = given
        for key in ("revision", "directory"):
            if words[key] and place != "git":
                self.wrong(line, f"{key} belongs to git, not to {place}")
        where = self._where(place, words[place], line)
        directory = posixpath.normpath(words["directory"]) if words["directory"] else ""
        if directory.startswith(("/", "..")):
            self.wrong(line, f"directory {words['directory']!r} leaves the repository")
        if words["revision"] and not _REVISION.fullmatch(words["revision"]):
            self.wrong(
                line, f"revision {words['revision']!r} is no name of a branch, tag or commit"
            )
        name = words["name"] or _name_of(where, directory)
        if name in self._names and len(self.mistakes) == before:
            self.wrong(line, f"a second entry is called {name!r}: give one of them a name")
        if len(self.mistakes) > before:
            return
        self._names[name] = line
        self.entries.append(
            Entry(
                name,
                place,
                where,
                words["revision"],
                "" if directory == "." else directory,
                words["team"],
                words["owner"],
                words["environment"],
                tags,
            )
        )

    def _text(self, said: Mapping[str, Any], key: str, line: int) -> str:
        value = said.get(key)
        if value is None:
            return ""
        if isinstance(value, bool | list | dict) or not isinstance(value, str | int | float):
            self.wrong(line, f"{key} must be a text")
            return ""
        text = str(value).strip()
        if len(text) > _MAX_TEXT or "\x00" in text:
            self.wrong(line, f"{key} is no usable text")
            return ""
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    def _tags(self, value: Any, line: int) -> dict[str, str]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong(line, "tags must be names with texts")
            return {}
        return {str(key)[:200]: self._text(value, key, line) for key in value}

    def _where(self, place: str, value: str, line: int) -> str:
        if place == "git":
            reason = refused_url(value)
            if reason:
                shown = printable(without_credentials(value), 120)
                self.wrong(line, f"git {shown!r} is refused: {reason}")
                return value
            if "://" not in value and not _SCP.fullmatch(value):  # a folder on this machine
                return str((self.folder / Path(value).expanduser()).absolute())
            return value
        if place == "prefix":
            if not _PREFIX.match(value):
                self.wrong(
                    line, f"prefix {printable(value, 120)!r} is no URL such as s3://bucket/a"
                )
            return value
        try:
            return str((self.folder / Path(value).expanduser()).absolute())
        except (RuntimeError, ValueError) as error:
            self.wrong(line, f"{place} cannot be used: {error}")
            return value


_TOML_ENTRY = re.compile(r"\s*\[\[\s*entries\s*\]\]")
_REVISION = re.compile(r"(?!-)(?!.*\.\.)(?!.*@\{)[\w./@+#-]{1,255}")
_SCP = re.compile(r"(?!-)(?:[\w.-]+@)?[A-Za-z0-9][\w.-]*:(?![:/\\]{2})[^\s]+")
_URL = re.compile(r"(https?|ssh|git|file)://(?:[^\s/@]*@)?([^\s/]*)(/[^\s]*)?")
_PREFIX = re.compile(r"[a-z][a-z0-9+.]{1,20}://[^\s]*$")


def refused_url(url: str) -> str:
    """Why a URL is not given to git; ``""`` for one that is."""
    if url.startswith("-"):
        return "it starts with a dash, which git takes for an option"
    if "::" in url.partition("/")[0] or any(ord(c) < 33 for c in url):
        return "git would run a program of that name" if "::" in url else "it holds a space"
    if "://" in url:
        match = _URL.fullmatch(url)
        if match is None:
            return "only https, http, ssh, git and file are used"
        if match[2].startswith("-"):
            return "its host starts with a dash"
        return ""
    head, colon, tail = url.partition(":")
    if colon and "/" not in head and not _LOCAL.match(url) and not _SCP.fullmatch(url):
        return "it is neither a URL nor host:path"
    if colon and tail.startswith("-"):
        return "its path starts with a dash"
    return ""


def _name_of(where: str, directory: str) -> str:
    plain = without_credentials(where).rstrip("/").removesuffix(".git")
    parts = [part for part in re.split(r"[/\\:]+", plain) if part]
    hosted = "://" in plain or "@" in plain
    name = "/".join(parts[-2:] if hosted and len(parts) > 2 else parts[-1:]) or "root"
    return f"{name}/{directory}" if directory not in ("", ".") else name


def _or(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}"


# --- writing --------------------------------------------------------------------------------------


def manifest_text(entries: Iterable[Mapping[str, Any]], form: str, comment: str = "") -> str:
    """Entries, as plain mappings with the keys of :data:`KEYS`, as TOML, YAML or CSV."""
    if form == "csv":
        return _as_csv(list(entries))
    if form == "yaml":
        import yaml

        body = yaml.safe_dump(
            {"entries": [dict(entry) for entry in entries]}, sort_keys=False, allow_unicode=True
        )
        first = f"# yaml-language-server: $schema=./{SCHEMA_FILES['fleet']}\n"
        return f"{first}{_commented(comment)}{body}"
    given = list(entries)
    return "".join(_as_toml(given, comment)) + ("" if given else "entries = []\n")


_SCHEMA = SCHEMA_FILES["fleet"]


def _commented(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def _as_toml(entries: Iterable[Mapping[str, Any]], comment: str) -> Iterator[str]:
    yield f"#:schema ./{SCHEMA_FILES['fleet']}\n{_commented(comment)}"
    for entry in entries:
        yield "\n[[entries]]\n"
        for key, value in entry.items():
            if key == "tags":
                inner = ", ".join(f"{_quoted(k)} = {_quoted(v)}" for k, v in value.items())
                yield f"tags = {{ {inner} }}\n"
            else:
                yield f"{key} = {_quoted(value)}\n"


def _quoted(text: object) -> str:
    from json import dumps

    # A JSON text is a TOML one, but for DEL, which TOML wants escaped.
    return dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def _as_csv(entries: list[Mapping[str, Any]]) -> str:
    keys = [key for key in KEYS if key != "tags" and any(key in entry for entry in entries)]
    tags = sorted({tag for entry in entries for tag in entry.get("tags", {})})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*keys, *(f"tags.{tag}" for tag in tags)])
    for entry in entries:
        own = entry.get("tags", {})
        writer.writerow(
            [*(entry.get(key, "") for key in keys), *(own.get(tag, "") for tag in tags)]
        )
    return out.getvalue()


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema of a manifest in TOML, YAML or JSON; draft 7, which editors know best."""
    text = {"type": "string", "maxLength": _MAX_TEXT}
    tags = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
    entry: dict[str, Any] = {
        key: {**(tags if key == "tags" else text), "description": about}
        for key, about in KEYS.items()
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "pipewarden fleet manifest",
        "type": "object",
        "additionalProperties": False,
        "required": ["entries"],
        "properties": {
            "$schema": {"type": "string"},
            "defaults": {
                "type": "object",
                "description": "What entries say that do not say it themselves.",
                "additionalProperties": False,
                "properties": {key: entry[key] for key in _INHERITED},
            },
            "entries": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": entry,
                    "oneOf": [{"required": [place]} for place in PLACES],
                },
            },
        },
    }
