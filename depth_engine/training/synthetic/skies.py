# SPDX-License-Identifier: Apache-2.0
"""Photographed skies under CC0, as an alternative to painted ones: small HDR panoramas from one npm package.

Poly Haven's panoramas, made small for the web by the package's authors. They come as text modules; nothing is run.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import httpx2

from depth_engine.contract import DepthError, ExitCode
from depth_engine.outputs.files import whole_file

PACKAGE = "@pmndrs/assets 1.7.0"
ADDRESS = "https://registry.npmjs.org/@pmndrs/assets/-/assets-1.7.0.tgz"
SHA256 = "152bd218a3390703f184f0c6ce16e73c8f0a87f32d38530d418a09d33d8208dc"
NAMES = (
    "apartment", "bridge", "city", "dawn", "esplanade", "forest", "hall", "lab", "lobby", "night", "park", "sky",
    "studio", "sunrise", "sunset", "venice", "warehouse", "workshop",
)  # fmt: skip
_MOST_BYTES = 2**25


def fetch_skies(folder: Path) -> Path:
    """Put the panoramas as .exr files into the folder, unless they are there. Returns the folder.

    Raises DepthError DOWNLOAD_FAILED, also where the package is another than the known one.
    """
    if all((folder / f"{name}.exr").is_file() for name in NAMES):
        return folder
    archive = _download()
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        for name in NAMES:
            member = package.extractfile(f"package/hdri/{name}.exr.js")
            if member is None:
                raise _failed(f"{name} is missing in it")
            encoded = member.read().decode("ascii").split("base64,", 1)[1].split("'", 1)[0]
            with whole_file(folder / f"{name}.exr") as part:
                part.write_bytes(base64.b64decode(encoded))
    return folder


def _download() -> bytes:
    received = bytearray()
    try:
        with httpx2.stream("GET", ADDRESS, follow_redirects=True, timeout=60) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_bytes():
                received += chunk
                if len(received) > _MOST_BYTES:
                    raise _failed("it is larger than the known one")
    except httpx2.HTTPError as error:
        raise _failed(str(error) or type(error).__name__) from error
    if hashlib.sha256(received).hexdigest() != SHA256:
        raise _failed("it is another than the known one")
    return bytes(received)


def _failed(reason: str) -> DepthError:
    return DepthError(
        ExitCode.DOWNLOAD_FAILED,
        f"The skies of {PACKAGE} could not be had ({reason.rstrip('.')}).",
        "Check the network, or render with painted skies: leave --photo-skies away.",
    )
