"""The language server: pygls around :mod:`linter.cli.editor.analysis`.

Changes are waited out for a moment, then the units that they touch are looked at in a thread of
their own, one after the other; what a request needs is looked at at once. Nothing of the project
runs, and nothing is fetched.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, cast

import click
from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from linter.cli.editor.analysis import Action, Analysis, Replacement, Units
from linter.cli.editor.positions import Positions
from linter.config.load import FILE_NAME
from linter.core.secrets import masked
from linter.core.sources import Span
from linter.discovery.walk import SCRIPTS, SUFFIXES, display_path
from linter.policy.model import Finding, Severity
from linter.version import __version__

QUIET_SECONDS = 0.25
"""So long nothing may be typed before a change is looked at."""
_SEVERITIES = {
    Severity.CRITICAL: lsp.DiagnosticSeverity.Error,
    Severity.HIGH: lsp.DiagnosticSeverity.Error,
    Severity.MEDIUM: lsp.DiagnosticSeverity.Warning,
    Severity.LOW: lsp.DiagnosticSeverity.Information,
    Severity.INFO: lsp.DiagnosticSeverity.Hint,
}
_OURS = (*SUFFIXES, *(name for name in SCRIPTS if name != ".ipynb"))
_SETTINGS = (FILE_NAME, "pyproject.toml", "pipewarden-usage.yml")
FIX_ALL = "source.fixAll.pipewarden"


class Server(LanguageServer):
    """Keeps the units of open files, and what was last published."""

    def __init__(self) -> None:
        super().__init__("pipewarden", __version__)
        self.units = Units()
        self._lock = threading.Lock()
        self._waiting: dict[str, None] = {}
        self._looking: asyncio.Task[None] | None = None
        self._due = 0.0
        self._complained = ""

    # Names

    def path_of(self, uri: str) -> str:
        """A file as reports name it; ``""`` for one that is none of ours."""
        file = to_fs_path(uri) if uri.startswith("file:") else None
        if file is None or not file.endswith(_OURS):
            return ""
        return display_path(Path(file), Path.cwd())

    def uri_of(self, path: str) -> str:
        return from_fs_path(str(Path.cwd() / path)) or ""

    # Analysis

    def analysis(self, path: str) -> Analysis | None:
        """What is known of a file; ``None`` where settings cannot be used, which is shown once."""
        with self._lock:
            try:
                found = self.units.analysis(path)
            except click.ClickException as error:
                self._complain(error.format_message())
                return None
            except Exception as error:  # a bug costs one look, and not the editor's server
                self._complain(f"pipewarden {__version__} hit an internal error: {error!r}")
                return None
        self._complained = ""
        return found

    def _complain(self, text: str) -> None:
        if text != self._complained:
            self._complained = text
            params = lsp.ShowMessageParams(lsp.MessageType.Error, masked(text)[:600])
            self.window_show_message(params)

    def look_at(self, paths: Iterable[str]) -> None:
        """Publish what is known of some open files, after a moment of quiet."""
        self._waiting.update(dict.fromkeys(paths))
        loop = asyncio.get_running_loop()
        self._due = loop.time() + QUIET_SECONDS
        if self._looking is None or self._looking.done():
            self._looking = loop.create_task(self._look())

    async def _look(self) -> None:
        while self._waiting:
            left = self._due - asyncio.get_running_loop().time()
            if left > 0:
                await asyncio.sleep(left)
                continue
            path = next(iter(self._waiting))
            del self._waiting[path]
            found = await asyncio.to_thread(self.analysis, path)
            if path in self.units.open and path not in self._waiting:
                self.publish(path, [] if found is None else self._diagnostics(found))
        if self._refreshes_lenses():
            self.workspace_code_lens_refresh(None)

    def _refreshes_lenses(self) -> bool:
        workspace = self.client_capabilities.workspace
        return bool(workspace and workspace.code_lens and workspace.code_lens.refresh_support)

    def take(self, uri: str) -> None:
        """The editor has a new text of a file."""
        path = self.path_of(uri)
        if path:
            text = self.workspace.get_text_document(uri).source
            self.look_at([path, *self.units.changed(path, text)])

    async def asked(self, uri: str) -> Analysis | None:
        """What is known of a file that a request is about."""
        path = self.path_of(uri)
        return await asyncio.to_thread(self.analysis, path) if path else None

    def publish(self, path: str, diagnostics: list[lsp.Diagnostic]) -> None:
        self.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(self.uri_of(path), diagnostics)
        )

    # Conversion

    def positions(self, analysis: Analysis, path: str) -> Positions:
        text = analysis.texts.get(path)
        if text is None:  # a configuration, which is no text of the scan
            file = Path(path)
            text = file.read_text(encoding="utf-8-sig") if file.is_file() else ""
        encoding = self.workspace.position_encoding or lsp.PositionEncodingKind.Utf16
        return Positions(text, str(getattr(encoding, "value", encoding)))

    def range_of(self, analysis: Analysis, span: Span) -> lsp.Range:
        at = self.positions(analysis, span.path)
        return lsp.Range(
            lsp.Position(*at.to_client(span.start_line, span.start_column)),
            lsp.Position(*at.to_client(span.end_line, span.end_column)),
        )

    def _diagnostics(self, analysis: Analysis) -> list[lsp.Diagnostic]:
        found = [self.diagnostic(analysis, finding) for finding in analysis.findings]
        for problem in analysis.problems:
            found.append(
                lsp.Diagnostic(
                    self.range_of(analysis, problem.span),
                    masked(f"not read: {problem.message}"),
                    severity=lsp.DiagnosticSeverity.Error,
                    source="pipewarden",
                )
            )
        return found

    def diagnostic(self, analysis: Analysis, finding: Finding) -> lsp.Diagnostic:
        related = [
            lsp.DiagnosticRelatedInformation(
                lsp.Location(self.uri_of(other.span.path), self.range_of(analysis, other.span)),
                masked(other.message),
            )
            for other in finding.location.related
        ]
        described = lsp.CodeDescription(finding.page) if finding.page else None
        return lsp.Diagnostic(
            self.range_of(analysis, finding.location.span),
            masked(finding.message),
            severity=_SEVERITIES[finding.severity],
            code=finding.rule,
            code_description=described,
            source="pipewarden",
            related_information=related or None,
        )

    def edit(self, analysis: Analysis, edits: list[Replacement], creates: str = "") -> Any:
        """A workspace edit."""
        by_path: dict[str, list[lsp.TextEdit | Any]] = {}
        for one in edits:
            at = self.positions(analysis, one.path)
            where = lsp.Range(
                lsp.Position(*at.of_offset(one.start)), lsp.Position(*at.of_offset(one.end))
            )
            by_path.setdefault(self.uri_of(one.path), []).append(lsp.TextEdit(where, one.text))
        if not creates:
            return lsp.WorkspaceEdit(changes=by_path)
        made: list[Any] = [lsp.CreateFile(self.uri_of(creates))]
        for uri, texts in by_path.items():
            document = lsp.OptionalVersionedTextDocumentIdentifier(uri, None)
            made.append(lsp.TextDocumentEdit(document, texts))
        return lsp.WorkspaceEdit(document_changes=made)

    def code_action(self, analysis: Analysis, action: Action) -> lsp.CodeAction:
        finding = action.finding
        return lsp.CodeAction(
            masked(action.title),
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=None if finding is None else [self.diagnostic(analysis, finding)],
            is_preferred=action.safe or None,
            edit=self.edit(analysis, action.edits, action.creates),
        )


async def _initialize(_ls: Server, params: lsp.InitializeParams) -> None:
    root = params.root_uri
    if params.workspace_folders:
        root = params.workspace_folders[0].uri
    folder = to_fs_path(root) if root else None
    if folder and os.path.isdir(folder):  # noqa: PTH112
        os.chdir(folder)


async def _opened(ls: Server, params: lsp.DidOpenTextDocumentParams) -> None:
    ls.take(params.text_document.uri)


async def _changed(ls: Server, params: lsp.DidChangeTextDocumentParams) -> None:
    ls.take(params.text_document.uri)


async def _saved(ls: Server, _params: lsp.DidSaveTextDocumentParams) -> None:
    # Settings, modules that are called now, files that are read: found anew.
    ls.look_at(ls.units.forget())


async def _watched(ls: Server, params: lsp.DidChangeWatchedFilesParams) -> None:
    named = [to_fs_path(change.uri) or "" for change in params.changes]
    if any(name.endswith((*_OURS, *_SETTINGS)) for name in named):
        ls.look_at(ls.units.forget())


async def _closed(ls: Server, params: lsp.DidCloseTextDocumentParams) -> None:
    path = ls.path_of(params.text_document.uri)
    if path:
        ls.look_at(ls.units.closed(path))
        ls.publish(path, [])  # a file that is not open has no diagnostics


async def _hover(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    analysis = await ls.asked(params.text_document.uri)
    if analysis is None:
        return None
    at = ls.positions(analysis, analysis.path)
    text = analysis.hover(*at.from_client(params.position.line, params.position.character))
    if not text:
        return None
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text))


async def _lenses(ls: Server, params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
    analysis = await ls.asked(params.text_document.uri)
    if analysis is None:
        return []
    return [
        # A command without a name is shown and does nothing.
        lsp.CodeLens(ls.range_of(analysis, lens.span), lsp.Command(lens.title, ""))
        for lens in analysis.lenses()
    ]


async def _actions(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    analysis = await ls.asked(params.text_document.uri)
    if analysis is None:
        return []
    only = params.context.only
    found: list[lsp.CodeAction] = []
    if only is None or any(_within(lsp.CodeActionKind.QuickFix, kind) for kind in only):
        at = ls.positions(analysis, analysis.path)
        first, _ = at.from_client(params.range.start.line, 0)
        last, _ = at.from_client(params.range.end.line, 0)
        made = await asyncio.to_thread(analysis.actions, first, last)
        found += [ls.code_action(analysis, action) for action in made]
    if only is not None and any(_within(FIX_ALL, kind) for kind in only):
        edits = await asyncio.to_thread(analysis.fix_all)
        if edits:
            title = "Make every safe fix of pipewarden"
            found.append(lsp.CodeAction(title, kind=FIX_ALL, edit=ls.edit(analysis, edits)))
    return found


def make_server() -> Server:
    """A server with its features."""
    server = Server()
    kinds = [lsp.CodeActionKind.QuickFix, FIX_ALL]
    for name, handler, options in (
        (lsp.INITIALIZE, _initialize, None),
        (lsp.TEXT_DOCUMENT_DID_OPEN, _opened, None),
        (lsp.TEXT_DOCUMENT_DID_CHANGE, _changed, None),
        (lsp.TEXT_DOCUMENT_DID_SAVE, _saved, None),
        (lsp.TEXT_DOCUMENT_DID_CLOSE, _closed, None),
        (lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, _watched, None),
        (lsp.TEXT_DOCUMENT_HOVER, _hover, None),
        (lsp.TEXT_DOCUMENT_CODE_LENS, _lenses, lsp.CodeLensOptions()),
        (lsp.TEXT_DOCUMENT_CODE_ACTION, _actions, lsp.CodeActionOptions(kinds)),
    ):
        server.feature(name, options)(handler)
    return server


def _within(kind: str, asked: str) -> bool:
    """Whether a kind of action is among those that a client asks for: ``source`` holds all."""
    return kind == asked or kind.startswith(f"{asked}.")


def serve() -> None:
    """Speak on standard input and output until the client ends it."""
    import gc
    import sys

    gc.enable()  # a command is over before its garbage matters, and this is none
    # What is printed by accident must not get among the messages. The server closes its ends.
    sys.stdout = sys.stderr
    with os.fdopen(os.dup(0), "rb") as messages, os.fdopen(os.dup(1), "wb") as answers:
        make_server().start_io(cast(BinaryIO, messages), cast(BinaryIO, answers))
