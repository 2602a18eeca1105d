# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs scenarios in a real Blender window: Debian's Blender under a virtual screen, with the real engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.ui import enclosure

ROOT = Path(__file__).resolve().parents[2]
SCREEN = (1600, 1000)
Play = Callable[..., dict[str, Any]]


class Machine:
    """Another Debian with a person's home, the extension and the engine installed as a person does it."""

    def __init__(self, root: Path, work: Path) -> None:
        self._root = root
        self._work = work
        self._home = work / "home"
        self._home.mkdir(mode=0o700)

    def run(self, program: Sequence[str | Path], seconds: float = 900) -> str:
        """Run a program there and return what it printed; raises AssertionError when it fails."""
        surroundings = {
            "HOME": self._home,
            "XDG_RUNTIME_DIR": self._home,
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        program = ["env", "-i", *(f"{name}={value}" for name, value in surroundings.items()), *program]
        command = enclosure.command(self._root, program, [ROOT, self._work, *_python_files()])
        log = self._work / "output.txt"
        with log.open("w") as output:
            done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, timeout=seconds, check=False)
        text = log.read_text(errors="replace")
        assert done.returncode == 0, text
        return text

    def play(self, scenario: str, name: str, *arguments: str | Path) -> dict[str, Any]:
        """Play a scenario in Blender's window; returns its report, with the folder of its pictures."""
        folder = self._work / name
        folder.mkdir()
        width, height = SCREEN
        screen = ["xvfb-run", "--auto-servernum", f"--server-args=-screen 0 {width}x{height}x24 +extension GLX"]
        blender = ["blender", "--app-template", "Video_Editing", "--enable-event-simulate", "--no-window-focus"]
        size = ["-p", "0", "0", str(width), str(height), "--gpu-backend", "opengl"]
        script = ["--python", Path(__file__).parent / scenario, "--", folder, *arguments]
        text = self.run([*screen, *blender, *size, *script])
        report = json.loads((folder / "report.json").read_text())
        assert "error" not in report, f"{report['error']}\n{text}"
        assert "Traceback" not in text, text
        return report | {"folder": folder}


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with Blender on which install.py set up the engine and the extension."""
    root = Path(os.environ.get("ESTIMATE_DEPTH_UI_ROOT") or ROOT / ".venv" / "blender-ui")
    assert root.is_dir(), f"{root} is missing: python3 install.py test ui"
    machine = Machine(root, tmp_path_factory.mktemp("ui"))
    machine.run([sys.executable, ROOT / "install.py", "engine", "--prefix", sys.prefix])
    machine.run([sys.executable, ROOT / "install.py", "blender", "--blender", "/usr/bin/blender"])
    return machine


def _python_files() -> list[Path]:
    """What the engine's interpreter consists of: its own prefix, or its files in a system's /usr."""
    base = Path(sys.base_prefix)
    if base != Path("/usr"):
        return [base]
    return [Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))]
