# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender is killed at random moments of a job, with or without its engine; the next Blender picks the job up, finishes
and imports it: nothing is lost, nothing doubled, and the depth is that of an uninterrupted run, bit for bit.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import bpy
import pytest

from tests.blender_addon.conftest import ROOT
from tests.support import elsewhere

FRAMES = 40
ROUNDS = 10 if bpy.app.version >= (5, 0) else 2


class Blender:
    """Starts Blenders that share a user's folders, a saved film with one strip, and its results."""

    def __init__(self, folder: Path, engine: Path) -> None:
        self.film, self.results = folder / "film.blend", folder / "results"
        self._folder = folder
        self._environment = {
            **os.environ,
            "BLENDER_USER_RESOURCES": str(folder / "blender"),
            "ESTIMATE_DEPTH_HOME": str(folder / "home"),
            "ESTIMATE_DEPTH_ENGINE": str(engine),
        }

    def start(self) -> tuple[subprocess.Popen[bytes], float]:
        """A Blender in which Estimate Depth was just pressed, and when."""
        pressed = self._folder / "pressed"
        pressed.unlink(missing_ok=True)
        process = self._run("start", pressed)
        while not pressed.exists():
            assert process.poll() is None, (self._folder / "log.txt").read_text()
            time.sleep(0.01)
        return process, time.monotonic()

    def finish(self) -> dict[str, list[str]]:
        """What the next Blender says once it has imported the result."""
        report = self._folder / "report.json"
        report.unlink(missing_ok=True)
        process = self._run("finish", report)
        process.wait(120)
        assert report.exists(), (self._folder / "log.txt").read_text()
        return json.loads(report.read_text())

    def engines(self) -> list[int]:
        """The engines' processes that work on its results."""
        own = [path for path in Path("/proc").iterdir() if path.name.isdecimal()]
        return [int(path.name) for path in own if f"{self.results}/" in _command(path) and "\0run\0" in _command(path)]

    def forget(self) -> None:
        shutil.rmtree(self.results)

    def _run(self, what: str, report: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.blender_addon.jobs.one_blender", what, self.film, report]
        with (self._folder / "log.txt").open("wb") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:  # it has ended meanwhile
        return ""


@pytest.fixture
def blender(tmp_path: Path, strip, module, engine_command: Path) -> Blender:
    own = Blender(tmp_path / "user", engine_command)
    extensions = Path(bpy.utils.user_resource("EXTENSIONS"))
    shutil.copytree(extensions / "user_default", tmp_path / "user" / "blender" / "extensions" / "user_default")
    movie = elsewhere.make_movie(tmp_path / "shot.mp4", frames=FRAMES, size=(96, 64))
    editor = bpy.context.scene.sequence_editor
    module("compat").strips(editor).remove(strip)
    editor.active_strip = module("compat").strips(editor).new_movie("shot", str(movie), 1, 1)
    bpy.context.scene.estimate_depth.shots = "off"
    bpy.ops.wm.save_as_mainfile(filepath=str(own.film))
    return own


def depth(job: str) -> dict[str, bytes]:
    """Every frame's files, by their names."""
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in Path(job).glob("[dp]*/*.[ej]*")}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds the engine's process in /proc")
def test_a_killed_blender_loses_nothing_and_doubles_nothing(blender: Blender) -> None:
    process, pressed = blender.start()
    while not list(blender.results.glob("*.depth/manifest.json")):
        time.sleep(0.05)
    duration = time.monotonic() - pressed
    process.kill()
    process.wait()
    whole = blender.finish()
    expected = depth(whole["jobs"][0])
    assert len([name for name in expected if name.startswith("depth/")]) == FRAMES
    blender.forget()
    seed = random.randrange(10**6)
    moments = random.Random(seed)
    for number in range(ROUNDS):
        said = f"seed {seed}, round {number}"
        process, _ = blender.start()
        time.sleep(moments.uniform(0, duration))
        process.kill()
        process.wait()
        if moments.random() < 0.5:  # the computer goes down, not only Blender
            for engine in blender.engines():
                os.kill(engine, signal.SIGKILL)
        found = blender.finish()
        assert len(found["jobs"]) == len(list(blender.results.iterdir())) == len(found["reliefs"]) == 1, said
        assert depth(found["jobs"][0]) == expected, said
        print(said, found["pressed"])
        blender.forget()
