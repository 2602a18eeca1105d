# SPDX-License-Identifier: Apache-2.0
"""Exported networks on disk, made once and used by later jobs.

In the user's data folder:

    graphs/<model>/<key>/<part>.onnx    the graphs of one network at one picture size
    graphs/<model>/<key>/graphs.json    a Record, with each file's SHA-256
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from depth_engine import __version__
from depth_engine.contract import DepthError, from_json, to_json, write_text
from depth_engine.models.store import sha256
from depth_engine.runtimes import RuntimeUnavailable
from depth_engine.runtimes.export import Part, export
from depth_engine.runtimes.shelf import shelf

KEPT = 3
"""Networks of one model, at different sizes or with different weights, that stay on disk: the last ones used."""

ABANDONED_SECONDS = 3600.0
"""An export that has not ended after so long was killed."""

EXPORTERS = ("torch", "transformers", "onnx", "onnxscript")
RECORD = "graphs.json"

Build = Callable[[], Mapping[str, Part]]
"""Makes the network's parts, by name; called only where they have to be exported."""


def versions() -> dict[str, str]:
    """Of what decides how a graph looks."""
    return {"depth_engine": __version__} | {name: importlib.metadata.version(name) for name in EXPORTERS}


@dataclass(frozen=True, slots=True)
class GraphKey:
    """Which network. weights: their identity, as in `models.weights`. width, height: of the pictures, in pixels.
    batch: pictures at once.
    """

    model: str
    weights: str
    width: int
    height: int
    batch: int = 1
    versions: dict[str, str] = field(default_factory=versions)


@dataclass(frozen=True, slots=True)
class Record:
    """What lies beside the graphs. files: SHA-256 by name."""

    key: GraphKey
    files: dict[str, str]


def graph_files(key: GraphKey, build: Build) -> dict[str, Path]:
    """The graphs' files by the parts' names, from the cache; exported now where they are not there or damaged.

    Raises RuntimeUnavailable where they cannot be exported or written.
    """
    folder = shelf(key.model) / hashlib.sha256(to_json(key).encode()).hexdigest()[:16]
    if (found := _whole(folder, key)) is None:
        try:
            found = _make(folder, key, build)
        except OSError as error:
            raise RuntimeUnavailable(
                f"The exported network cannot be kept in {folder.parent}: {error.strerror or error}.",
                "Free some space, set ESTIMATE_DEPTH_HOME to another folder, or use --runtime torch.",
            ) from error
    with suppress(OSError):  # a cache that may only be read does, too
        os.utime(folder)  # the last one used is the last one to go
        _tidy(folder.parent)
    return found


def _whole(folder: Path, key: GraphKey) -> dict[str, Path] | None:
    """The files, if all are there as they were written."""
    try:
        record = from_json(Record, json.loads((folder / RECORD).read_text(encoding="utf-8")), RECORD)
        files = {name: folder / f"{name}.onnx" for name in record.files}
        if record.key == key and all(sha256(files[name]) == known for name, known in record.files.items()):
            return files
    except (OSError, ValueError, DepthError):
        pass  # none yet, or damaged
    return None


def _make(folder: Path, key: GraphKey, build: Build) -> dict[str, Path]:
    """Export beside, then rename. Another engine may do the same meanwhile: both write the same."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(".part", f"{folder.name}.", folder.parent))
    try:
        digests: dict[str, str] = {}
        for name, part in build().items():
            export(part, beside / f"{name}.onnx")
            digests[name] = sha256(beside / f"{name}.onnx")
        write_text(beside / RECORD, to_json(Record(key, digests)))
        if (found := _whole(folder, key)) is None:
            shutil.rmtree(folder, ignore_errors=True)
            beside.rename(folder)
            found = {name: folder / f"{name}.onnx" for name in digests}
        return found
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _tidy(place: Path) -> None:
    """Delete what has not been used for longest, and exports that never ended."""
    folders = sorted(filter(Path.is_dir, place.iterdir()), key=lambda folder: -folder.stat().st_mtime)
    parts = [folder for folder in folders if folder.suffix == ".part"]
    abandoned = [part for part in parts if time.time() - part.stat().st_mtime > ABANDONED_SECONDS]
    for folder in [*[folder for folder in folders if folder not in parts][KEPT:], *abandoned]:
        shutil.rmtree(folder, ignore_errors=True)
