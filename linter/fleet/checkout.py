"""From an entry of the manifest to a folder on this machine.

What has to be fetched goes to a folder of the machine's own that all its workers share: a lock says
who fetches and who reads, and what was used least lately is removed when there are many.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from linter.core.digest import sha256
from linter.core.printable import printable
from linter.core.record import record
from linter.fleet.manifest import refused_url, without_credentials

MAX_KEPT = 64
"""Fetched folders that are kept at once on a machine."""
MAX_FETCHED_FILES = 100_000
MAX_FETCHED_BYTES = 4 * 1024 * 1024 * 1024
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class CheckoutError(Exception):
    """Why there is no folder: ``kind`` is a word of the ``failures`` dataset."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@record
class Checkout:
    """A folder that holds an entry, and the commit it is at (``""``: not kept by git)."""

    directory: str
    revision: str = ""


@contextmanager
def checked_out(
    entry: Mapping[str, Any], work: str, seconds: float, revision: str = ""
) -> Iterator[Checkout]:
    """The folder of an entry, for as long as it is used.

    Args:
        entry: as :meth:`linter.fleet.manifest.Entry.to_json` gives it.
        work: where fetched folders are kept on this machine.
        seconds: how long fetching may take.
        revision: the commit that is wanted, where it is known already.

    Raises:
        CheckoutError: it does not exist, or cannot be fetched.
    """
    place, where = entry["place"], entry["where"]
    if place in ("path", "snapshot"):
        yield _local(where, place)
        return
    folder = _work_folder(work)
    wanted = revision or entry["revision"]
    name = sha256(
        f"{place}\0{where}\0{entry['revision']}".encode("utf-8", "surrogatepass")
    ).hexdigest()[:24]
    home = folder / name
    with _locked(folder / f"{name}.lock", shared=False):
        if not (home / ".fetched").is_file():
            shutil.rmtree(home, ignore_errors=True)
            tree = home / "tree"
            tree.mkdir(parents=True)
            try:
                commit = (
                    _clone(where, wanted, tree, seconds)
                    if place == "git"
                    else _copy(where, tree, seconds)
                )
            except CheckoutError:
                shutil.rmtree(home, ignore_errors=True)
                raise
            (home / ".fetched").write_text(commit, encoding="utf-8")
    with _locked(folder / f"{name}.lock", shared=True):
        try:
            commit = (home / ".fetched").read_text(encoding="utf-8")
        except OSError as error:  # removed between the two locks, by a machine that is full
            message = "its folder was removed while it was waited for"
            raise CheckoutError("crash", message) from error
        os.utime(home)
        directory = home / "tree" / entry["directory"]
        inside = directory.resolve().is_relative_to((home / "tree").resolve())
        if not directory.is_dir() or not inside:
            raise CheckoutError("missing", f"it has no folder {printable(entry['directory'], 200)}")
        yield Checkout(str(directory), commit)
    _remove_oldest(folder, name)


def _local(where: str, place: str) -> Checkout:
    path = Path(where)
    try:
        if path.is_dir():
            with os.scandir(path):
                return Checkout(str(path))
        reason = "is a file, not a folder" if path.exists() else "does not exist"
    except OSError as error:
        reason = f"cannot be read: {(error.strerror or str(error)).lower()}"
    what = "the snapshot" if place == "snapshot" else "the folder"
    raise CheckoutError("missing", f"{what} {printable(where, 200)} {reason}")


def _work_folder(work: str) -> Path:
    folder = Path(work)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not folder.is_dir() or folder.is_symlink() or status.st_uid != os.getuid():
        raise CheckoutError("missing", f"{work} is no folder of this user's")
    return folder


@contextmanager
def _locked(path: Path, *, shared: bool) -> Iterator[None]:
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def _remove_oldest(folder: Path, used: str) -> None:
    import fcntl

    homes = [path for path in folder.iterdir() if path.is_dir() and path.name != used]
    homes.sort(key=lambda path: path.stat().st_mtime)
    for home in homes[: max(len(homes) - MAX_KEPT, 0)]:
        with (folder / f"{home.name}.lock").open("w") as file, suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(home, ignore_errors=True)


# --- git ------------------------------------------------------------------------------------------

_SAFE = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "submodule.recurse=false",
    "-c",
    "advice.detachedHead=false",
    "-c",
    "gc.auto=0",
)


def _environment() -> dict[str, str]:
    """The user's own, with which their credential helpers work; nobody is asked anything."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_DIR")}
    own.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=30")
    return own | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": own.get("GIT_ASKPASS", "true"),
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
        "LC_ALL": "C",
    }


def _clone(url: str, revision: str, tree: Path, seconds: float) -> str:
    """One commit of a repository, without its history. Gives the commit."""
    reason = refused_url(url)
    if reason:
        raise CheckoutError("missing", f"{printable(without_credentials(url), 200)}: {reason}")
    if shutil.which("git") is None:
        raise CheckoutError("missing", "git is not installed on the worker")

    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - no shell; what is named cannot be an option
                ["git", *_SAFE, *arguments],  # noqa: S607 - the user's own git
                cwd=tree,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            message = f"{shown} was not cloned within {seconds:g} s"
            raise CheckoutError("time", message) from None

    shown = printable(without_credentials(url), 200)
    git("init", "-q")
    wanted = revision or "HEAD"
    fetched = git("fetch", "-q", "--depth", "1", "--no-tags", "--", url, wanted)
    target = "FETCH_HEAD"
    if fetched.returncode != 0:
        reached = git("ls-remote", "-q", "--", url, "HEAD")
        if reached.returncode != 0:
            said = _reason(reached.stderr, url)
            raise CheckoutError("missing", f"{shown} cannot be reached: {said}")
        # A server need not give a commit by its number; then the history has to be had.
        whole = ("+refs/heads/*:refs/remotes/o/*", "+refs/tags/*:refs/tags/*")
        git("fetch", "-q", "--no-tags", "--", url, *whole)
        target = ""
        for form in (wanted, f"refs/remotes/o/{wanted}", f"refs/tags/{wanted}"):
            found = git("rev-parse", "-q", "--verify", "--end-of-options", f"{form}^{{commit}}")
            if found.returncode == 0 and _COMMIT.fullmatch(found.stdout.strip()):
                target = found.stdout.strip()
                break
        if not target:
            message = f"{shown} has no revision {printable(wanted, 100)} (any more)"
            raise CheckoutError("revision", message)
    done = git("checkout", "-q", "--detach", target)
    if done.returncode != 0:
        said = _reason(done.stderr, url)
        raise CheckoutError("revision", f"{shown} cannot be checked out: {said}")
    return git("rev-parse", "HEAD").stdout.strip()


def _reason(errors: str, url: str) -> str:
    """The line of git's that says most, without what might be a credential."""
    lines = [line for line in errors.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "remote:", "ERROR:", "error:"))]
    line = (told or lines or ["git gave no reason"])[0].replace(url, without_credentials(url))
    return printable(re.sub(r"(?<=://)[^/@\s]*@", "", line.removeprefix("fatal: ")), 300)


# --- prefixes -------------------------------------------------------------------------------------


def _copy(url: str, tree: Path, seconds: float) -> str:
    """The files below a prefix that a scan can look at. Gives no revision."""
    import time

    from linter.discovery.walk import MAP, SCRIPTS, SUFFIXES

    try:
        import fsspec
    except ImportError:
        message = "prefixes need fsspec on every worker: pip install 'pipewarden[fleet]'"
        raise CheckoutError("missing", message) from None
    shown = printable(without_credentials(url), 200)
    deadline = time.monotonic() + seconds
    try:
        files, root = fsspec.core.url_to_fs(url)
        sizes = files.find(root, detail=True)
        suffixes = (*SUFFIXES, *SCRIPTS, MAP, ".toml")
        wanted = {name: info for name, info in sizes.items() if name.endswith(suffixes)}
        if not sizes:
            raise CheckoutError("missing", f"{shown} holds nothing")
        total = sum(int(info.get("size") or 0) for info in wanted.values())
        if len(wanted) > MAX_FETCHED_FILES or total > MAX_FETCHED_BYTES:
            size = f"{len(wanted):,} files of {total / 1e9:.1f} GB"
            message = f"{shown} has {size}: name a longer prefix"
            raise CheckoutError("files", message)
        for name in sorted(wanted):
            if time.monotonic() > deadline:
                raise CheckoutError("time", f"{shown} was not copied within {seconds:g} s")
            target = _target(tree, root, name)
            if target is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                files.get_file(name, str(target))
    except CheckoutError:
        raise
    except ImportError as error:
        scheme = url.partition("://")[0]
        hint = "pip install s3fs" if scheme in ("s3", "s3a") else str(error)
        message = f"{scheme}:// needs another package on every worker: {printable(hint, 200)}"
        raise CheckoutError("missing", message) from None
    except Exception as error:  # every file system raises its own
        said = printable(f"{type(error).__name__}: {error}", 300)
        raise CheckoutError("missing", f"{shown} cannot be read: {said}") from None
    return ""


def _target(tree: Path, root: str, name: str) -> Path | None:
    """Where a file of a prefix goes; ``None`` for a name that would leave the folder."""
    relative = name[len(root) :] if name.startswith(root) else name.rsplit("/", 1)[-1]
    parts = [part for part in relative.split("/") if part]
    if not parts:  # the prefix is one file
        parts = [name.rsplit("/", 1)[-1]]
    if any(part in (".", "..") or "\x00" in part or len(part) > 255 for part in parts):
        return None
    return tree.joinpath(*parts)
