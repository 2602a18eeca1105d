# SPDX-License-Identifier: GPL-3.0-or-later
"""Another Debian with a real Blender and a virtual screen, in which programs of this checkout run, too."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.ui import enclosure

ROOT = Path(__file__).resolve().parents[2]
SCREEN = (1600, 1000)


class Machine:
    """Another Debian with a person's home in `folder`, which both sides see at the same path."""

    def __init__(self, root: Path, work: Path) -> None:
        self._root = root
        self.folder = work
        self._home = work / "home"
        self._home.mkdir(mode=0o700)

    def run(self, program: Sequence[str | Path], seconds: float = 1500) -> str:
        """Run a program there and return what it printed; raises AssertionError when it fails."""
        surroundings = {
            "HOME": self._home,
            "XDG_RUNTIME_DIR": self._home,
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        program = ["env", "-i", *(f"{name}={value}" for name, value in surroundings.items()), *program]
        command = enclosure.command(self._root, program, [ROOT, self.folder, *_python_files()])
        log = self.folder / "output.txt"
        with log.open("w") as output:
            done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, timeout=seconds, check=False)
        text = log.read_text(errors="replace")
        assert done.returncode == 0, text
        return text

    def play(self, scenario: str, name: str, *arguments: str | Path) -> dict[str, Any]:
        """Play a scenario in Blender's window; returns its report, with the folder of its pictures."""
        folder = self.folder / name
        folder.mkdir()
        width, height = SCREEN
        screen = ["xvfb-run", "--auto-servernum", f"--server-args=-screen 0 {width}x{height}x24 +extension GLX"]
        blender = ["blender", "--enable-event-simulate", "--no-window-focus"]
        size = ["-p", "0", "0", str(width), str(height), "--gpu-backend", "opengl"]
        script = ["--python", Path(__file__).parent / scenario, "--", folder, *arguments]
        text = self.run([*screen, *blender, *size, *script])
        report = json.loads((folder / "report.json").read_text())
        assert "error" not in report, f"{report['error']}\n{text}"
        assert "Traceback" not in text, text
        return report | {"folder": folder}


def _python_files() -> list[Path]:
    """What the engine's interpreter consists of: its own prefix, or its files in a system's /usr."""
    base = Path(sys.base_prefix)
    if base != Path("/usr"):
        return [base]
    return [Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))]
