"""What holds for every test."""

from __future__ import annotations

import os

from hypothesis import settings

# A test is about a run, unless it is about the cache.
os.environ["PIPEWARDEN_NO_CACHE"] = "1"

# How long an example takes says more of the machine than of the code.
settings.register_profile("pipewarden", deadline=None)
settings.load_profile("pipewarden")
