"""``pipewarden lsp``: a language server for editors."""

from __future__ import annotations

import click

from linter.cli.exits import EXIT_OK, EXIT_USAGE


@click.command()
def lsp() -> int:
    """Serve an editor on standard input and output, by the language server protocol.

    Diagnostics, hovers with the rule and a step's price, fixes, suppressions, and dollars per run
    above each step. Needs pygls (pip install 'pipewarden[lsp]').
    """
    try:
        import pygls.lsp.server  # noqa: F401
    except ImportError:
        click.echo("lsp needs pygls 2: pip install 'pipewarden[lsp]'", err=True)
        return EXIT_USAGE
    from linter.cli.editor.server import serve

    serve()
    return EXIT_OK
