# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests that work with the add-on's session: import the ones needed into a conftest."""

from __future__ import annotations

import importlib
import shutil
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import pytest

from tests.blender_addon.buttons import press_button
from tests.blender_addon.fakes import write_engine
from tests.support import elsewhere

FRAMES = 6
ANSWER = """\
if sys.argv[1:3] == ["models", "fetch"]:
    exec(Path(__file__).with_name("fetch.py").read_text())
    sys.exit()
if sys.argv[1] != "run":
    with Path(__file__).with_name("asked.txt").open("a") as file:
        print(*sys.argv[1:], file=file)
    print(Path(__file__).with_name(f"{sys.argv[1]}.json").read_text())
    sys.exit()
"""


@pytest.fixture
def module(addon: ModuleType) -> Callable[[str], ModuleType]:
    """A module of the installed add-on, by its name."""
    return lambda name: importlib.import_module(f"{addon.__name__}.{name}")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A movie of six small frames, 24 a second."""
    return elsewhere.make_movie(tmp_path_factory.mktemp("footage") / "clip.mp4", frames=FRAMES, size=(96, 64))


@pytest.fixture
def preferences(module: Callable[[str], ModuleType], engine_command: Path, tmp_path: Path) -> Iterator[Any]:
    """The add-on's preferences: the real engine, and results in the test's folder."""
    own = module("preferences").get_preferences()
    own.engine, own.folder = str(engine_command), str(tmp_path / "results")
    yield own
    own = module("preferences").get_preferences()  # a test may have disabled and enabled the add-on
    for name in ("engine", "folder", "device", "keep_running", "weights"):
        own.property_unset(name)


@pytest.fixture
def sessions(module: Callable[[str], ModuleType], preferences: Any) -> Iterator[ModuleType]:
    """The module that holds the session, which is new and knows no job; nothing runs on after the test."""
    sessions, places = module("jobs.session"), module("jobs.places")

    def renew() -> None:
        for job in sessions.session().book.jobs:
            if not job.ended:
                job.kill()
        sessions.close_session()
        shutil.rmtree(places.user_folder())
        sessions.open_session()

    renew()
    yield sessions
    renew()


@pytest.fixture
def session(sessions: ModuleType) -> Any:
    return sessions.session()


@pytest.fixture
def answers(module: Callable[[str], ModuleType], tmp_path: Path) -> dict[str, Any]:
    """What the fake engine says when it is asked: a plan of the clip, a diagnosis, the models."""
    contract = module("engine.contract")
    facts = contract.SourceFacts(
        width=96, height=64, frame_count=FRAMES, rate="24", duration_seconds=0.25, constant_rate=True,
        start_seconds=0.0, rotation=0, pixel_aspect="1", codec="h264", alpha=False,
    )  # fmt: skip
    model = contract.ModelFacts("embedded", "Embedded", "disparity", "Apache-2.0", True, "included", "cpu", "fp32")
    plan = contract.Plan(
        facts=facts, model=model, frames=FRAMES, first=1, last=FRAMES, windows=1, processed_width=96,
        processed_height=64, output_width=96, output_height=64, seconds=150.0, seconds_measured=True,
        disk_bytes=2_000_000_000, disk_free_bytes=50_000_000_000, memory_bytes=10**9, memory_free_bytes=10**10,
        execution="fp32, all weights resident",
    )  # fmt: skip
    entry = contract.ModelEntry(
        "embedded", "Embedded", "disparity", True, "Apache-2.0", True, "Small", True, 30 * 10**6,
        settings=("stabilise",),
    )  # fmt: skip
    video = contract.ModelEntry(
        "video", "Video Diffusion", "disparity", True, "Academic License", False, "Steady", False, 5_400_000_000,
        included=False, fetchable=True, folder="/models/video", licence_url="https://example.org/license",
        licence_summary="For research only.",
        settings=("seed", "noise", "steps", "guidance", "window", "overlap", "streaming"),
    )  # fmt: skip
    checks = (
        contract.Check("Python", "ok", "3.11"),
        contract.Check("Disk", "warning", "1 GB free", "Free some space.", "folder", str(tmp_path)),
    )
    return {
        "plan": plan,
        "doctor": contract.Diagnosis("0.1.0", checks),
        "models": contract.ModelList((entry, video)),
    }


@pytest.fixture
def fake_engine(
    module: Callable[[str], ModuleType], tmp_path: Path, preferences: Any, answers: dict[str, Any]
) -> Callable[..., Path]:
    """Makes the add-on use an engine that gives these answers, and runs jobs and downloads as the scripts say."""

    def use(run: str = "started()\ntime.sleep(600)", fetch: str = "", **changed: Any) -> Path:
        folder = tmp_path / "engine"
        folder.mkdir(exist_ok=True)
        for name, answer in {**answers, **changed}.items():
            (folder / f"{name}.json").write_text(module("engine.contract").to_json(answer))
        (folder / "fetch.py").write_text(textwrap.dedent(fetch))
        preferences.engine = str(write_engine(folder / "depth-engine", ANSWER + textwrap.dedent(run)))
        return Path(preferences.engine)

    return use


@pytest.fixture
def add_strip(module: Callable[[str], ModuleType], clip: Path) -> Callable[..., Any]:
    """Adds a movie strip of the clip, selects it, and returns it."""

    def add(path: Path = clip, frame_start: int = 1, name: str = "clip") -> Any:
        scene = bpy.context.scene
        if hasattr(bpy.context.workspace, "sequencer_scene"):  # from 5.0 on the sequencer shows no scene by itself
            bpy.context.workspace.sequencer_scene = scene
        scene.render.resolution_x, scene.render.resolution_y = 96, 64
        editor = scene.sequence_editor or scene.sequence_editor_create()
        strip = module("compat").strips(editor).new_movie(name, str(path), 1, frame_start)
        editor.active_strip = strip
        return strip

    return add


@pytest.fixture
def strip(add_strip: Callable[..., Any]) -> Any:
    """The active strip: the whole clip, from frame 1 on."""
    return add_strip()


@pytest.fixture
def press(module: Callable[[str], ModuleType]) -> Callable[..., set[str]]:
    """Presses an operator's button; without a window Blender itself would execute the operator at once."""

    def press(operator: str, **properties: Any) -> set[str]:
        return press_button(module("registration").CLASSES, operator, **properties)

    return press


@pytest.fixture
def finish(module: Callable[[str], ModuleType], tmp_path: Path, answers: dict[str, Any]) -> str:
    """A script for the fake engine: the job succeeds at once, with a manifest (and no pictures)."""
    contract = module("engine.contract")
    manifest = contract.Manifest(
        name="clip", engine_version="0.1.0", source=contract.MovieSource("/footage/clip.mp4"),
        facts=answers["plan"].facts, options=contract.Options(), model=answers["plan"].model,
        frames=tuple(contract.FrameRecord(number, number, (number - 1) / 24) for number in range(1, FRAMES + 1)),
        shots=(contract.ShotRange(1, FRAMES, 0.0, 1.0, 0.1, 0.9),),
        depth={"exr32": contract.Sequence("depth/clip.######.exr", 96, 64)},
        proxy_depth=contract.Sequence("proxy/depth.######.exr", 96, 64),
        proxy_color=contract.Sequence("proxy/color.######.jpg", 96, 64),
        preview="preview/clip.mp4", npz=(), warnings=("A frame was dark.",), seconds=1.0,
    )  # fmt: skip
    path = tmp_path / "manifest.json"
    path.write_text(contract.to_json(manifest))
    return f'started()\n(folder / "manifest.json").write_text(Path({str(path)!r}).read_text())\n'
