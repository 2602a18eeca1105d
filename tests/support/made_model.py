# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up model whose weights lie on a hub; as a program, the engine's command line that knows it."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from depth_engine.models import registry
from depth_engine.models.base import ModelInfo, ModelModule, WeightFile

ROOT = Path(__file__).resolve().parents[2]
BIG = random.Random(1).randbytes(3_000_000)
CONTENTS = {"net/config.json": b'{"layers": 2}\n', "net/big.safetensors": BIG, "other/small.json": b"[1, 2, 3]\n"}
"""By the path in the model's folder."""

REPO, REVISION = "someone/made-model", "1" * 40
HUB_FILES = {(REPO, REVISION, path): content for path, content in CONTENTS.items()}

INFO = ModelInfo(
    name="made",
    title="Made up",
    kind="disparity",
    temporal=True,
    licence="Look but do not touch 1.0",
    commercial_use=False,
    summary="A model of three files.",
    files=tuple(
        WeightFile(path, len(content), hashlib.sha256(content).hexdigest(), REPO, REVISION, path)
        for path, content in CONTENTS.items()
    ),
    included=False,
    window=1,
    licence_url="https://example.org/licence",
    licence_summary="You may look at it.",
)


def without_hashes(info: ModelInfo, sizes: bool = True) -> ModelInfo:
    """The same model, of whose files less is known beforehand."""
    files = tuple(replace(file, sha256="", size_bytes=file.size_bytes if sizes else 0) for file in info.files)
    return replace(info, files=files)


def known(info: ModelInfo = INFO) -> dict[str, ModelModule]:
    """An entry for the registry."""
    return {info.name: cast("ModelModule", cast(Any, SimpleNamespace(INFO=info)))}


def program(arguments: list[str], hub_url: str, **options: Any) -> subprocess.Popen[str]:
    """The engine as a program that knows the model, for what is read once when it starts.

    options: of `Popen`, and environment variables in capitals.
    """
    environment = {"PYTHONPATH": str(ROOT), "HF_ENDPOINT": hub_url, "NO_PROXY": "127.0.0.1"}
    environment |= {name: options.pop(name) for name in [*options] if name.isupper()}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-m", "tests.support.made_model", "sized", *arguments]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # else a test run in the background passes on
    try:  # that it ignores Ctrl+C
        return subprocess.Popen(command, env=os.environ | environment, cwd=ROOT, text=True, **(streams | options))
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    from depth_engine.cli.main import run

    registry.MODELS.update(known({"sized": INFO, "unsized": without_hashes(INFO, sizes=False)}[sys.argv[1]]))
    sys.exit(run(sys.argv[2:]))
