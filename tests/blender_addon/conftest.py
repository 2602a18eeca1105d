# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the add-on run inside the `bpy` module, on the built zip as a user installs it."""

from __future__ import annotations

import atexit
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "bl_ext.user_default.estimate_depth"

# Both folders must be set before bpy is imported: no test may see or touch the user's own Blender or engine.
_HOME = Path(tempfile.mkdtemp(prefix="estimate-depth-blender-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ["BLENDER_USER_RESOURCES"] = str(_HOME / "blender")
os.environ["ESTIMATE_DEPTH_HOME"] = str(_HOME / "estimate_depth")

import bpy  # noqa: E402


@pytest.fixture(scope="session")
def extension_zip() -> Path:
    """The zip under test: ESTIMATE_DEPTH_ZIP, else the checkout's own, built anew if its sources changed."""
    given = os.environ.get("ESTIMATE_DEPTH_ZIP")
    if given:
        return Path(given)
    subprocess.run([sys.executable, ROOT / "install.py", "blender", "--zip-only"], check=True)
    return ROOT / "build" / "estimate_depth.zip"


@pytest.fixture(scope="session")
def addon(extension_zip: Path) -> Iterator[ModuleType]:
    """The add-on as Blender imports it, installed from the zip and enabled."""
    bpy.ops.extensions.package_install_files(
        filepath=str(extension_zip), repo="user_default", enable_on_install=True, overwrite=True
    )
    assert PACKAGE in bpy.context.preferences.addons, "Blender did not enable the extension"
    yield importlib.import_module(PACKAGE)
    # A class or timer left registered can hang the module at exit.
    bpy.ops.preferences.addon_disable(module=PACKAGE)


@pytest.fixture(scope="session")
def engine_command() -> Path:
    """The engine's command: ESTIMATE_DEPTH_ENGINE, else the checkout's own environment."""
    return Path(os.environ.get("ESTIMATE_DEPTH_ENGINE") or ROOT / ".venv" / "engine" / "bin" / "depth-engine")


@pytest.fixture(autouse=True)
def empty_file(addon: ModuleType) -> None:
    """Every test starts in an empty file; the add-on stays enabled (factory settings would unregister it)."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
