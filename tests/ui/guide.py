# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside Blender: what a scenario does, told as a guide for artists, step by step with pictures."""

from __future__ import annotations

import bpy
from window import Steps, Window

SAMPLES = 48


class Guide:
    """Collects titles, sentences and pictures in the window's report, under "guide"."""

    def __init__(self, ui: Window) -> None:
        self._ui = ui
        self._jobs: list[dict[str, object]] = []
        self._steps: list[dict[str, str]] = []
        ui.report["guide"] = self._jobs

    def job(self, name: str, title: str, purpose: str) -> None:
        """A new job begins. name: how its pictures' names start."""
        self._name = name
        self._steps = []
        self._jobs.append({"name": name, "title": title, "purpose": purpose, "steps": self._steps})

    def step(self, text: str) -> None:
        """What was just done, as an artist does it."""
        self._steps.append({"text": text})

    def shown(self, text: str, picture: str, shows: str) -> Steps:
        """As `step`, with a picture of the window as it is now. shows: what is on it, for those who cannot see it."""
        name = f"{self._name}_{picture}"
        yield from self._ui.picture(name)
        self._steps.append({"text": text, "picture": name, "shows": shows})

    def rendered(self, text: str, picture: str, shows: str) -> Steps:
        """As `shown`, with what the scene's camera sees at the current frame, rendered by Cycles."""
        name, render = f"{self._name}_{picture}", self._ui.window.scene.render
        render.engine = "CYCLES"
        cycles = self._ui.window.scene.cycles
        cycles.samples, cycles.use_denoising = SAMPLES, False  # not every build can denoise
        render.image_settings.file_format = "PNG"
        render.filepath = str(self._ui.folder / f"{name}.png")
        bpy.ops.render.render(write_still=True)
        yield 0.5
        self._steps.append({"text": text, "picture": name, "shows": shows})
