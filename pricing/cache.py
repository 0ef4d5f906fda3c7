"""The user's own prices, brought by ``prices refresh`` and kept between runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pricing import bookfile
from pricing.bookfile import PriceFileError


def cache_directory() -> Path:
    """``$XDG_CACHE_HOME/pipewarden/prices``, ``~/.cache/…`` without the variable."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification says that a relative path is to be ignored.
    root = Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache"
    return root / "pipewarden" / "prices"


def cache_file(region: str, directory: Path | None = None) -> Path:
    if not bookfile.is_region(region):
        raise PriceFileError(f"{region[:40]!r} is not the name of a region")
    return (directory or cache_directory()) / f"{region}.json"


def cached_regions(directory: Path | None = None) -> list[str]:
    """Regions that have a file in the cache, whole or not."""
    try:
        names = [file.stem for file in (directory or cache_directory()).glob("*.json")]
    except OSError:
        return []
    return sorted(name for name in names if bookfile.is_region(name))


def read_cached(region: str, directory: Path | None = None) -> tuple[dict[str, Any] | None, str]:
    """The cached data of a region and ``""``, or ``None`` and what is wrong with the cache."""
    try:
        file = cache_file(region, directory)
        if not file.is_file():
            return None, ""
        if file.stat().st_size > bookfile.MAX_BYTES:
            raise PriceFileError(f"{file}: larger than {bookfile.MAX_BYTES} bytes")
        data = bookfile.decode(file.read_text("utf-8"), str(file))
        if data["region"] != region:
            raise PriceFileError(f"{file}: holds prices of {data['region']}")
    except PriceFileError as error:
        if not bookfile.is_region(region):
            return None, ""
        return None, f"the price cache is not used: {error}"
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        return None, f"the price cache is not used: {error}"
    return data, ""


def write_cached(data: dict[str, Any], directory: Path | None = None) -> Path:
    """Replace a region's cache in one step; a failed write leaves the old file as it was."""
    import json
    import tempfile

    bookfile.validate(data, "refreshed prices")
    file = cache_file(data["region"], directory)
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(data, out, separators=(",", ":"))
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return file
