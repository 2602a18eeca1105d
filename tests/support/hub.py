# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub of weights on this machine: what `huggingface.co` answers to a download, with faults on demand.

As the real one does, the hub answers for small files itself and redirects to a storage host for large ones, telling
their SHA-256 and size; the storage understands Range.
"""

from __future__ import annotations

import hashlib
import re
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self


@dataclass(frozen=True)
class Asked:
    """One request: of the "hub" or its "storage"."""

    host: str
    path: str
    range: str | None
    authorization: str | None


@dataclass
class Faults:
    """What goes wrong. Lists are used up, one entry a request."""

    cut_after: list[int] = field(default_factory=list[int])  # the storage closes the connection after so many bytes
    statuses: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])  # the hub's: status, X-Error-Code
    ignore_range: bool = False
    storage_statuses: list[int] = field(default_factory=list[int])
    hold_after: int | None = None  # the storage sends so many bytes, then waits for `release`
    without_checksums: bool = False


class Hub:
    """Files by (repo, revision, path). Use it as a context. Change `stored` to serve other bytes than are promised."""

    LARGE = 1000

    def __init__(self, files: dict[tuple[str, str, str], bytes]) -> None:
        self.files = files
        self.stored = {hashlib.sha256(content).hexdigest(): content for content in files.values()}
        self.asked: list[Asked] = []
        self.faults = Faults()
        self.held, self.release = threading.Event(), threading.Event()
        self._servers = [self._serve("hub", _HubHandler), self._serve("storage", _StorageHandler)]
        self.url, self.storage_url = (f"http://127.0.0.1:{server.server_port}" for server in self._servers)

    def _serve(self, host: str, handler: type[_Handler]) -> ThreadingHTTPServer:
        own = type(handler.__name__, (handler,), {"hub": self, "host": host})
        server = _Server(("127.0.0.1", 0), own)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def of(self, host: str) -> list[Asked]:
        """What a host was asked for."""
        return [asked for asked in self.asked if asked.host == host]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Programs that are killed while they download are meant to be."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: ClassVar[Hub]
    host: ClassVar[str]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def note(self) -> None:
        range_, token = self.headers.get("Range"), self.headers.get("Authorization")
        self.hub.asked.append(Asked(self.host, self.path, range_, token))

    def answer(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class _HubHandler(_Handler):
    def do_GET(self) -> None:
        self.note()
        faults = self.hub.faults
        if faults.statuses:
            status, code = faults.statuses.pop(0)
            return self.answer(status, {"X-Error-Code": code} if code else {}, b'{"error": "in words"}')
        found = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.path)
        content = self.hub.files.get((found[1], found[2], found[3])) if found else None
        if content is None:
            return self.answer(404, {"X-Error-Code": "EntryNotFound"})
        digest = hashlib.sha256(content).hexdigest()
        if len(content) < Hub.LARGE:
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            return self.answer(200, {} if faults.without_checksums else {"ETag": f'"{blob}"'}, self.hub.stored[digest])
        linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content))}
        location = {"Location": f"{self.hub.storage_url}/{digest}"}
        return self.answer(302, location | ({} if faults.without_checksums else linked))


class _StorageHandler(_Handler):
    def do_GET(self) -> None:
        self.note()
        hub, faults = self.hub, self.hub.faults
        if faults.storage_statuses:
            return self.answer(faults.storage_statuses.pop(0), {}, b"<Error>in words</Error>")
        content, start = hub.stored[self.path.strip("/")], 0
        headers = {"ETag": '"0123456789abcdef0123456789abcdef"'}  # the storage's own, of no use to anyone
        if (asked := self.headers.get("Range")) and not faults.ignore_range:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return self.answer(416, {"Content-Range": f"bytes */{len(content)}"})
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        part = content[start:]
        self.send_response(206 if "Content-Range" in headers else 200)
        for name, value in (headers | {"Content-Length": str(len(part))}).items():
            self.send_header(name, value)
        self.end_headers()
        if faults.hold_after is not None:
            self.wfile.write(part[: faults.hold_after])
            hub.held.set()
            hub.release.wait()
            part = part[faults.hold_after :]
        if faults.cut_after:
            part = part[: faults.cut_after.pop(0)]
            self.close_connection = True
        return self._send(part)

    def _send(self, part: bytes) -> None:
        try:
            self.wfile.write(part)
        except OSError:  # whoever asked is gone
            self.close_connection = True
