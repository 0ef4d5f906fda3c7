"""An editor, as far as a language server sees one: JSON-RPC on the pipes of a process."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.e2e.running import COMMAND

SECONDS = 30


class Client:
    """A client that has one folder open.

    Args:
        encodings: what it offers for positions; the server's choice is ``encoding``.
    """

    def __init__(self, folder: Path, encodings: tuple[str, ...] = ("utf-16",)) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._number = 0
        self._answers: dict[int, Any] = {}
        self._came: queue.Queue[dict[str, Any]] = queue.Queue()
        self.shown: list[str] = []
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PIPEWARDEN")}
        self._process = subprocess.Popen(
            [str(COMMAND), "lsp"],
            cwd=folder.parent,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        threading.Thread(target=self._read, daemon=True).start()
        capabilities = {"general": {"positionEncodings": list(encodings)}}
        folders = [{"uri": folder.as_uri(), "name": folder.name}]
        self.server = self.request(
            "initialize",
            {"processId": None, "capabilities": capabilities, "workspaceFolders": folders},
        )["capabilities"]
        self.encoding = self.server.get("positionEncoding", "utf-16")
        self.notify("initialized", {})

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            length = 0
            while line := stream.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                return
            self._came.put(json.loads(stream.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _next(self) -> dict[str, Any]:
        message = self._came.get(timeout=SECONDS)
        if message.get("method") == "window/showMessage":
            self.shown.append(message["params"]["message"])
        return message

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == self._number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str | None = None) -> list[dict[str, Any]]:
        """Open a file, by default as it is on the disk; its diagnostics."""
        self.texts[name] = (self.folder / name).read_text("utf-8") if text is None else text
        self._versions[name] = 1
        document = {"uri": self.uri(name), "languageId": "x", "version": 1}
        self.notify(
            "textDocument/didOpen", {"textDocument": {**document, "text": self.texts[name]}}
        )
        return self.diagnostics(name)

    def change(self, name: str, old: str, new: str) -> None:
        """Type: one piece of the text is replaced by another."""
        text = self.texts[name]
        assert text.count(old) == 1, old
        start = text.index(old)
        edit = {"range": self._range(text, start, start + len(old)), "text": new}
        self.texts[name] = text.replace(old, new)
        self._versions[name] += 1
        document = {"uri": self.uri(name), "version": self._versions[name]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [edit]})

    def diagnostics(self, name: str) -> list[dict[str, Any]]:
        """The next that are published of a file."""
        while True:
            message = self._next()
            if message.get("method") == "textDocument/publishDiagnostics":
                params = message["params"]
                if params["uri"] == self.uri(name):
                    found: list[dict[str, Any]] = params["diagnostics"]
                    return found

    def _units(self, text: str) -> int:
        if self.encoding == "utf-8":
            return len(text.encode())
        return len(text.encode("utf-16-le")) // 2 if self.encoding == "utf-16" else len(text)

    def position(self, text: str, offset: int) -> dict[str, int]:
        before = text[:offset]
        return {
            "line": before.count("\n"),
            "character": self._units(before[before.rfind("\n") + 1 :]),
        }

    def _range(self, text: str, start: int, end: int) -> dict[str, Any]:
        return {"start": self.position(text, start), "end": self.position(text, end)}

    def offset(self, text: str, position: dict[str, int]) -> int:
        lines = text.split("\n")
        start = sum(len(line) + 1 for line in lines[: position["line"]])
        line = lines[position["line"]] if position["line"] < len(lines) else ""
        for column in range(len(line) + 1):
            if self._units(line[:column]) == position["character"]:
                return start + column
        raise AssertionError(f"{position} is in the middle of a character")

    def marked(self, name: str, range_: dict[str, Any]) -> str:
        """The text of a range."""
        text = self.texts[name]
        return text[self.offset(text, range_["start"]) : self.offset(text, range_["end"])]

    def at(self, name: str, word: str) -> dict[str, Any]:
        """Parameters of a request about a place in a file."""
        text = self.texts[name]
        position = self.position(text, text.index(word) + 1)
        return {"textDocument": {"uri": self.uri(name)}, "position": position}

    def hover(self, name: str, where: str | dict[str, int]) -> str:
        """What is said of a word, or at a position."""
        params = self.at(name, where if isinstance(where, str) else "")
        if not isinstance(where, str):
            params["position"] = where
        found = self.request("textDocument/hover", params)
        return "" if found is None else found["contents"]["value"]

    def until(self, name: str, code: str) -> None:
        """Wait until a rule is among a file's diagnostics."""
        while all(one.get("code") != code for one in self.diagnostics(name)):
            pass

    def lenses(self, name: str) -> list[tuple[dict[str, int], str]]:
        """Where they stand, and what they say."""
        params = {"textDocument": {"uri": self.uri(name)}}
        found = self.request("textDocument/codeLens", params)
        return [(one["range"]["start"], one["command"]["title"]) for one in found]

    def actions(
        self, name: str, range_: dict[str, Any], only: list[str] | None = None
    ) -> dict[str, dict[str, Any]]:
        """By title."""
        context: dict[str, Any] = {"diagnostics": [], **({"only": only} if only else {})}
        params = {"textDocument": {"uri": self.uri(name)}, "range": range_, "context": context}
        return {one["title"]: one for one in self.request("textDocument/codeAction", params)}

    def applied(self, name: str, edits: list[dict[str, Any]]) -> str:
        """A file's text with edits made."""
        text = self.texts.get(name, "")
        pieces = sorted(
            (self.offset(text, e["range"]["start"]), self.offset(text, e["range"]["end"]), e)
            for e in edits
        )
        for start, end, edit in reversed(pieces):
            text = text[:start] + edit["newText"] + text[end:]
        return text

    def close(self) -> tuple[int, str]:
        """End it; the exit code and what it said on standard error."""
        self.request("shutdown", None)
        self.notify("exit", None)
        _, errors = b"", self._process.stderr.read() if self._process.stderr else b""
        return self._process.wait(timeout=SECONDS), errors.decode()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
