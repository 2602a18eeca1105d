# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.blender_addon.fixtures import module, preferences, session, sessions  # noqa: F401
from tests.blender_addon.scene import made


@pytest.fixture(scope="session")
def library(addon: ModuleType) -> ModuleType:
    """The installed add-on's scene library."""
    return importlib.import_module(f"{addon.__name__}.scene")


@pytest.fixture(scope="session")
def contract(addon: ModuleType) -> ModuleType:
    return importlib.import_module(f"{addon.__name__}.engine.contract")


@pytest.fixture
def write(contract: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Writes a result by hand into a folder of its own: see made.write_result."""

    def write_result(disparity: Any, **options: Any) -> Path:
        return made.write_result(contract, tmp_path / "clip-0a1b.depth", disparity, **options)

    return write_result
