# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things lie: the checkout, its environments, and the user's data folder."""

from __future__ import annotations

import os
from pathlib import Path

from depth_engine import contract

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".venv"
BUILD = ROOT / "build"
EXTENSION_ZIP = BUILD / "estimate_depth.zip"
STAGED = BUILD / "extension"


def is_checkout() -> bool:
    """Whether this is a git checkout (a developer's copy) and not an unpacked release."""
    return (ROOT / ".git").exists()


def engine_folder(prefix: Path | None = None) -> Path:
    """The engine's environment: `prefix`, else .venv/engine of a checkout, else the per-user data folder."""
    if prefix is not None:
        return prefix.expanduser().absolute()
    return ENVIRONMENTS / "engine" if is_checkout() else contract.user_data_folder() / "engine"


def engine_note() -> Path:
    """The file in which the extension reads where the engine's command lies."""
    return contract.user_data_folder() / "engine.json"


def installer_note() -> Path:
    """The file in which the extension reads how to run this installer."""
    return contract.user_data_folder() / "installer.json"


def executable(environment: Path, name: str) -> Path:
    """A program of a virtual environment."""
    return environment / "Scripts" / f"{name}.exe" if os.name == "nt" else environment / "bin" / name
