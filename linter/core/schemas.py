"""The JSON Schemas of files that people write, as editors are told of them.

An editor finds a schema by a comment on the first line of a file. The schema is a file beside it,
which ``pipewarden schema NAME -o FILE`` writes: it is that of the version that is installed, and
nothing has to be fetched.
"""

from __future__ import annotations

SCHEMA_FILES = {
    "configuration": "pipewarden.schema.json",
    "rule": "pipewarden-rule.schema.json",
    "usage": "pipewarden-usage.schema.json",
    "prices": "pipewarden-prices.schema.json",
    "fleet": "pipewarden-fleet.schema.json",
}
"""By the name that ``pipewarden schema`` knows; the file that the comment names."""


def modeline(name: str, above: str = "") -> str:
    """The comment that names the schema: for Taplo in TOML, else for yaml-language-server.

    Args:
        name: a key of :data:`SCHEMA_FILES`.
        above: the way from the file to the directory of the schema, as in ``"../"``.
    """
    file = f"{above or './'}{SCHEMA_FILES[name]}"
    if name in ("configuration", "fleet"):
        return f"#:schema {file}"
    return f"# yaml-language-server: $schema={file}"
