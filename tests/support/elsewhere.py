# SPDX-License-Identifier: GPL-3.0-or-later
"""Make coded footage from a Python that lacks PyAV, such as Blender's: the engine's environment does the work.

The functions take the options of `movies.make_movie`, `movies.make_sound` and `images.make_images` as plain values
(all but `picture`).
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def engine_python() -> Path:
    """The Python of the engine's environment; ESTIMATE_DEPTH_PYTHON overrides the checkout's own."""
    folder = ROOT / ".venv" / "engine"
    own = folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"
    return Path(os.environ.get("ESTIMATE_DEPTH_PYTHON") or own)


def make_movie(path: Path | str, **options: Any) -> Path:
    """As `movies.make_movie`."""
    _make("make_movie", path=str(Path(path).absolute()), **options)
    return Path(path)


def make_sound(path: Path | str, **options: Any) -> Path:
    """As `movies.make_sound`."""
    _make("make_sound", path=str(Path(path).absolute()), **options)
    return Path(path)


def make_images(folder: Path | str, **options: Any) -> list[Path]:
    """As `images.make_images`: the new files, in the order of their names."""
    before = set(Path(folder).glob("*"))
    _make("make_images", folder=str(Path(folder).absolute()), **options)
    return sorted(set(Path(folder).glob("*")) - before)


def _make(name: str, **options: Any) -> None:
    # Blender's own modules and settings must not leak into the engine's Python.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [str(engine_python()), "-m", "tests.support", name, json.dumps(options)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr}")
