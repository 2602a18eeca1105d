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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bpy
import pytest

from tests.blender_addon.conftest import ROOT
from tests.support import elsewhere

FRAMES = 24  # the engine writes them in several goes
ROUNDS = 10 if bpy.app.version >= (5, 0) else 1
AT_ONCE = 2  # most of a round is one thread of the engine that imports its packages


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

    def start(self) -> subprocess.Popen[bytes]:
        """A Blender in which Estimate Depth was just pressed."""
        pressed = self._folder / "pressed"
        process = self._run("start", pressed)
        while not pressed.exists():
            assert process.poll() is None, (self._folder / "log.txt").read_text()
            time.sleep(0.01)
        return process

    def finish(self) -> dict[str, list[str]]:
        """What the next Blender says once it has imported the result."""
        report = self._folder / "report.json"
        process = self._run("finish", report)
        process.wait(120)
        assert report.exists(), (self._folder / "log.txt").read_text()
        return json.loads(report.read_text())

    @property
    def done(self) -> bool:
        """Whether the engine has written a result."""
        return any(self.results.glob("*.depth/manifest.json"))

    @property
    def events(self) -> int:
        """How many events the engine has told."""
        return sum(path.read_bytes().count(b"\n") for path in self.results.glob("*.depth/events.jsonl"))

    def engines(self) -> list[int]:
        """The engines' processes that work on its results."""
        own = [path for path in Path("/proc").iterdir() if path.name.isdecimal()]
        return [int(path.name) for path in own if f"{self.results}/" in _command(path) and "\0run\0" in _command(path)]

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
def another(tmp_path: Path, strip, module, engine_command: Path) -> Callable[[str], Blender]:
    """Gives a user with the extension and the saved film, who has no results yet, under a name of its own."""
    extensions = Path(bpy.utils.user_resource("EXTENSIONS"))
    movie = elsewhere.make_movie(tmp_path / "shot.mp4", frames=FRAMES, size=(96, 64))
    editor = bpy.context.scene.sequence_editor
    module("compat").strips(editor).remove(strip)
    editor.active_strip = module("compat").strips(editor).new_movie("shot", str(movie), 1, 1)
    bpy.context.scene.estimate_depth.shots = "off"

    def make(name: str) -> Blender:
        own = Blender(tmp_path / name, engine_command)
        shutil.copytree(extensions / "user_default", tmp_path / name / "blender" / "extensions" / "user_default")
        bpy.ops.wm.save_as_mainfile(filepath=str(own.film), copy=True)
        return own

    return make


def depth(job: str) -> dict[str, bytes]:
    """Every frame's files, by their names."""
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in Path(job).glob("[dp]*/*.[ej]*")}


def interrupted(blender: Blender, events: int, seconds: float, crash: bool) -> dict[str, list[str]]:
    """What the next Blender says after the first was killed this long after so many events; crash: its engine too."""
    process = blender.start()
    while blender.events < events and not blender.done:
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(seconds)
    process.kill()
    process.wait()
    if crash:  # the computer goes down, not only Blender
        for engine in blender.engines():
            os.kill(engine, signal.SIGKILL)
    return blender.finish()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds the engine's process in /proc")
def test_a_killed_blender_loses_nothing_and_doubles_nothing(another: Callable[[str], Blender]) -> None:
    undisturbed = another("undisturbed")
    expected = depth(interrupted(undisturbed, sys.maxsize, 0.0, crash=False)["jobs"][0])
    assert len([name for name in expected if name.startswith("depth/")]) == FRAMES
    seed = random.randrange(10**6)
    moments, last = random.Random(seed), undisturbed.events
    rounds = [  # a sixth before the engine's first event, while Blender prepares the job
        (another(str(number)), max(0, moments.randint(-last // 5, last)), moments.random(), moments.random() < 0.5)
        for number in range(ROUNDS)
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for played, found in zip(rounds, pool.map(lambda played: interrupted(*played), rounds)):
            blender, *moment = played
            said = f"seed {seed}, killed at {moment}"
            assert len(found["jobs"]) == len(list(blender.results.iterdir())) == len(found["reliefs"]) == 1, said
            assert depth(found["jobs"][0]) == expected, said
            print(said, found["pressed"])
