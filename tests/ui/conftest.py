# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine that the UI tests share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.ui.machine import CHECKOUT, ROOT, Machine

ENVIRONMENT = Path(sys.prefix)


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with Blender on which install.py set up the engine and the extension."""
    root = Path(os.environ.get("ESTIMATE_DEPTH_UI_ROOT") or ROOT / ".venv" / "blender-ui")
    assert root.is_dir(), f"{root} is missing: python3 install.py test ui"
    machine = Machine(root, tmp_path_factory.mktemp("ui") / "home")
    engine = CHECKOUT / ENVIRONMENT.relative_to(ROOT)
    machine.run([sys.executable, CHECKOUT / "install.py", "engine", "--prefix", engine])
    machine.run([sys.executable, CHECKOUT / "install.py", "blender", "--blender", "/usr/bin/blender"])
    return machine
