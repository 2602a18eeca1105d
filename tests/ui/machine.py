# SPDX-License-Identifier: GPL-3.0-or-later
"""Another Debian with a real Blender and a virtual screen, in which programs of this checkout run, too."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.ui import enclosure

ROOT = Path(__file__).resolve().parents[2]
SCREEN = (1600, 1000)
HOME = Path("/home/artist")
CHECKOUT = HOME / "estimate-depth"


class Machine:
    """Another Debian with an artist's home, in which this checkout lies, too."""

    def __init__(self, root: Path, home: Path) -> None:
        """root: the folder that holds the system; home: a new folder of the host, the home there."""
        self._root = root
        self.home = home
        home.mkdir(mode=0o700)

    def outside(self, inside: str) -> Path:
        """The host's path of a path in the artist's home."""
        return self.home / Path(inside).relative_to(HOME)

    def run(self, program: Sequence[str | Path], seconds: float = 1500) -> str:
        """Run a program there and return what it printed; raises AssertionError when it fails."""
        surroundings = {
            "HOME": HOME,
            "XDG_RUNTIME_DIR": HOME,
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        program = ["env", "-i", *(f"{name}={value}" for name, value in surroundings.items()), *program]
        # The engine's environment knows its own path, so the checkout is seen there as well.
        shared = [(self.home, HOME), (ROOT, CHECKOUT), *((path, path) for path in (ROOT, *_python_files()))]
        log = self.home.with_name("output.txt")
        with log.open("w") as output:
            command = enclosure.command(self._root, program, shared)
            done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, timeout=seconds, check=False)
        text = log.read_text(errors="replace")
        assert done.returncode == 0, text
        return text

    def play(self, scenario: str, name: str, clip: Path, *arguments: Path) -> dict[str, Any]:
        """Play a scenario in Blender's window with a copy of a clip; returns its report, and its folder on the host.

        arguments: what else the scenario is told.
        """
        folder = self.home / name
        folder.mkdir()
        shutil.copy(clip, folder)
        width, height = SCREEN
        screen = ["xvfb-run", "--auto-servernum", f"--server-args=-screen 0 {width}x{height}x24 +extension GLX"]
        blender = ["blender", "--enable-event-simulate", "--no-window-focus", "--gpu-backend", "opengl"]
        size = ["-p", "0", "0", str(width), str(height)]
        script = [
            "--python",
            CHECKOUT / "tests" / "ui" / scenario,
            "--",
            HOME / name,
            HOME / name / clip.name,
            *arguments,
        ]
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
